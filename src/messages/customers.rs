//! Texts of the pages about customers, and of the export and erasure of their data.

use super::messages;

messages! {
    customers = "Customers", "客户";
    customers_words = "Everybody with an account. The figures are some seconds old. Each look is in the audit log.", "所有注册客户，统计数据有几秒延迟。每次查看都会记入操作日志。";
    customers_words_masked = "You see names, addresses and phone numbers in full on the pages of orders; here parts are hidden. Each look at a customer is in the audit log.", "完整的姓名、地址和电话请在订单页查看，此处部分隐藏。每次查看客户都会记入操作日志。";
    customers_search = "Username, email, phone or name", "用户名、邮箱、电话或姓名";
    customers_sort = "Sort by", "排序";
    customers_newest = "Newest", "最新注册";
    customers_last_order = "Last order", "最近下单";
    customers_spend = "Spend", "消费金额";
    customers_orders = "Orders", "订单数";
    customers_since = "Since", "注册时间";
    customers_none = "No customers found", "没有符合条件的客户";
    customers_none_words = "A new account appears here some seconds after it is made.", "新账户会在几秒后出现。";
    customers_export = "Download as CSV", "下载 CSV";
    customers_closed = "closed", "已停用";

    customers_limit_title = "You have opened many customers", "您查看的客户较多";
    customers_limit(minutes) = "To protect personal data, one person can open only so many of these pages in an hour. Please wait {minutes} minutes.", "为保护个人信息，每人每小时可查看的客户页面有限，请 {minutes} 分钟后再试。", one "To protect personal data, one person can open only so many of these pages in an hour. Please wait a minute.";
    customers_limit_orders = "Orders can be opened meanwhile. If your work needs more, ask who runs the shop.", "期间仍可查看订单。如工作需要更多，请联系店铺负责人。";

    customer = "Customer", "客户";
    customer_erased = "The data of this customer was erased", "该客户的个人信息已删除";
    customer_erased_words = "Their orders are kept without names and addresses, so that the figures stay right.", "订单保留，但不含姓名与地址，以保证统计数据准确。";
    customer_figures = "Figures", "统计";
    customer_paid = "Paid", "已付款";
    customer_refunded = "Refunded", "已退款";
    customer_spend = "Paid and not refunded", "实际消费";
    customer_all_orders = "All orders", "全部订单";
    customer_no_orders = "No orders yet", "暂无订单";
    customer_addresses = "Addresses", "收货地址";
    customer_no_addresses = "No addresses", "暂无收货地址";
    customer_no_reviews = "No reviews", "暂无评价";
    customer_no_questions = "No questions", "暂无咨询";
    customer_notes = "Notes of staff", "员工备注";
    customer_no_notes = "No notes", "暂无备注";
    customer_note = "Note", "备注";
    customer_note_hint = "Only staff read it; it is part of what a customer may ask to see.", "仅员工可见；客户申请查看个人信息时会一并提供。";
    customer_note_add = "Add the note", "添加备注";
    customer_note_added = "The note is saved.", "备注已保存。";
    customer_note_remove = "Remove", "删除";
    customer_note_removed = "The note is removed.", "备注已删除。";
    customer_note_not_own = "Only who has written a note can remove it.", "只能删除自己写的备注。";
    customer_closing = "Account", "账户";
    customer_close = "Close the account", "停用账户";
    customer_close_words = "Nobody can sign in or order with it. To take no orders from a phone number or an address, use the block list.", "停用后无法登录和下单。如需拒绝某个电话或地址的订单，请使用黑名单。";
    customer_reopen = "Open the account again", "重新启用账户";
    customer_is_closed = "The account is closed.", "账户已停用。";
    customer_was_closed = "The account is closed; its sessions have ended.", "账户已停用，已登录的设备均已退出。";
    customer_was_reopened = "The account is open again.", "账户已重新启用。";
    customer_unchanged = "It was like that already.", "状态未改变。";
    customer_block_email = "Block the email address", "拉黑邮箱";
    customer_data = "Personal data", "个人信息";
    customer_data_download = "Download all that is kept", "下载所保存的全部信息";
    customer_erase = "Erase the personal data", "删除个人信息";
    customer_erase_words = "Name, contacts, words and pictures are erased everywhere, and the account is closed. Amounts and goods of the orders stay. This cannot be undone.", "姓名、联系方式、文字和图片将从所有记录中删除，账户同时停用；订单的金额与商品保留。此操作无法撤销。";
    customer_erase_reason = "Why", "原因";
    customer_erase_reason_hint = "For example “asked by email”. No names, please: this stays.", "例如“客户来信要求”。请勿填写姓名，此内容会保留。";
    customer_erase_username = "Type the username to confirm", "输入用户名以确认";
    customer_erase_username_wrong = "This is not the username of this customer.", "与该客户的用户名不符。";
    customer_erase_done = "The personal data is erased.", "个人信息已删除。";
    customer_page = "Customer", "客户页";

    erasure_open = "This is not over, so nothing was erased yet", "以下事项尚未完结，暂未删除任何信息";
    erasure_open_status = "not received yet", "尚未收货";
    erasure_open_cash = "cash is still to come in", "货款尚未入账";
    erasure_open_payment = "a payment may still come in", "可能仍有付款到账";
    erasure_open_refund = "money is still to go back", "退款尚未完成";
    erasure_open_return = "a return is not closed", "退货尚未完结";
    erasure_open_question = "Question", "咨询";
    erasure_open_question_of_guest = "Question asked with this email address without signing in", "使用该邮箱但未登录的咨询";
    erasure_open_question_why = "it waits for an answer", "等待回复";
    erasure_open_question_close = "it waits for an answer; close it if you need none", "等待回复；如无需回复，请先结束该咨询";

    account_data = "Your data", "您的个人信息";
    account_data_words = "Download it, or have it erased", "下载或删除";
    account_data_lead = "What this shop keeps about you, and how to get rid of it.", "本店保存了您的哪些信息，以及如何删除。";
    account_data_download_title = "Download", "下载";
    account_data_download_words = "One file with everything: account, addresses, orders, payments, invoices, returns, reviews, questions, emails and cart, with your pictures.", "包含账户、地址、订单、付款、发票、退货、评价、咨询、邮件、购物车及您上传图片的完整文件。";
    account_data_download = "Download my data", "下载我的信息";
    account_data_erase_title = "Erase", "删除";
    account_data_erase_words = "Your name, email address, addresses, notes, reviews, questions and pictures are erased, and the account ends. This cannot be undone.", "您的姓名、邮箱、地址、备注、评价文字、咨询和图片将被删除，账户随之注销，且无法恢复。";
    account_data_kept(years) = "Kept without your name: what was ordered, when and for how much; the stars of reviews. Invoices keep your name and address for {years} years, because the law wants that.", "以下内容不含您的姓名而保留：订单的商品、时间与金额，评价的星级。发票按法律规定保留您的姓名与地址 {years} 年。";
    account_data_erase = "Erase my data for good", "永久删除我的信息";
    account_data_erase_confirm = "Yes, erase everything; I cannot get it back.", "确认全部删除，且知晓无法恢复。";
    account_data_erase_unconfirmed = "Please tick this to confirm.", "请勾选以确认。";
    account_data_staff = "This is an account of staff. An admin has to end your work here first.", "这是员工账户，请先由管理员解除员工身份。";
    account_data_not_done = "Nothing was done", "未执行任何操作";
    account_erased_title = "Your data is erased", "您的个人信息已删除";
    account_erased_words = "You are signed out, and the account does not exist any more. Links in our emails do not work any more either.", "您已退出登录，账户不复存在，此前邮件中的链接也已失效。";
    account_erased_blocked = "If the shop has blocked a contact of yours, it keeps only a code by which it recognizes that contact.", "如您的某个联系方式曾被列入黑名单，本店仅保留用于识别的代码。";

    order_erased = "Nothing was done: the customer of this order was erased.", "未执行：该订单客户的个人信息已删除。";
    former_customer = "A former customer", "已注销用户";

    audit_action_find_customers = "Look at the list of customers", "查看客户列表";
    audit_action_view_customer = "Look at a customer", "查看客户";
    audit_action_export_customers = "Download the list of customers", "下载客户列表";
    audit_action_export_customer = "Download a customer's data", "下载客户个人信息";
    audit_action_note_customer = "Note on a customer", "客户备注";
    audit_action_close_customer = "Close a customer's account", "停用客户账户";
    audit_action_reopen_customer = "Reopen a customer's account", "启用客户账户";
    audit_action_erase_customer = "Erase a customer", "删除客户信息";
    job_erase_customer = "Complete the erasure of a customer", "完成客户信息删除";
}
