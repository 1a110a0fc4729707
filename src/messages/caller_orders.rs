//! Messages of orders that staff place for callers, and of the page that pays an order without signing in.

use super::messages;

messages! {
    caller_order = "Order for a caller", "代客下单";
    caller_order_words = "The customer gets an email with the order and, if it is to be paid online, a link to pay it without signing in.", "顾客会收到订单邮件；在线支付的订单附有免登录付款链接。";
    caller_customer = "Customer", "顾客";
    caller_find = "Email, username, or the phone of an earlier order", "邮箱、用户名，或以往订单的电话";
    caller_find_button = "Find", "查找";
    caller_found = "Found", "查找结果";
    caller_nobody(typed) = "Nobody was found for “{typed}”.", "未找到“{typed}”。";
    caller_choose = "Order for this customer", "为该顾客下单";
    caller_choose_whom(name) = "Order for {name}", "为 {name} 下单";
    caller_last_order(recipient, phone) = "Last order to {recipient}, {phone}", "最近收货：{recipient}，{phone}";
    caller_is_closed = "This account is closed.", "该账户已停用。";
    caller_new = "New customer", "新顾客";
    caller_new_words = "An account without a password is created for this email address. Nobody can sign in with it.", "系统会为该邮箱创建没有密码的账户，该账户无法登录。";
    caller_new_email = "Email of the customer", "顾客邮箱";
    caller_new_button = "Create and go on", "创建并继续";
    caller_created = "The account was created.", "账户已创建。";
    caller_email_known = "This email address has an account already; here it is.", "该邮箱已有账户，已为您选用。";
    caller_other_customer = "Another customer", "更换顾客";
    caller_blocked = "A contact of this customer is blocked, so no order can be placed:", "该顾客的联系方式在黑名单中，无法下单：";

    caller_lines = "Goods", "商品";
    caller_lines_words = "The codes of the SKUs, and how many of each.", "填写 SKU 编码和数量。";
    caller_code = "SKU code", "SKU 编码";
    caller_code_of(n) = "SKU code, line {n}", "第 {n} 行 SKU 编码";
    caller_count_of(n) = "Quantity, line {n}", "第 {n} 行数量";
    caller_no_line = "Please type at least one SKU code.", "请至少填写一个 SKU 编码。";
    caller_no_code = "Which SKU? Please type its code.", "请填写 SKU 编码。";
    caller_code_unknown = "There is no such SKU.", "没有此 SKU。";
    caller_code_off = "This SKU is not sold now.", "该 SKU 未在售。";
    caller_code_twice(n) = "This SKU stands in line {n} already.", "该 SKU 已在第 {n} 行。";
    caller_count_wrong = "A whole number from 1 to 999, please.", "请填写 1 至 999 的整数。";
    caller_too_few(left) = "Only {left} are left.", "库存仅剩 {left} 件。";
    caller_sku_bound(most, held) = "One account may have at most {most} of this SKU in unpaid orders, and has {held}.", "每个账户未付款订单中此 SKU 最多 {most} 件，现有 {held} 件。";
    caller_product_bound(most, held) = "One account may have at most {most} of this product in unpaid orders, and has {held}.", "每个账户未付款订单中此商品最多 {most} 件，现有 {held} 件。";
    caller_open_bound(most) = "This customer has {most} open orders, which is the most for one account.", "该顾客已有 {most} 个未完成的订单，达到每个账户的上限。", one "This customer has {most} open order, which is the most for one account.";
    caller_expired_bound(most) = "{most} orders of this customer were not paid in time in the last 24 hours: only cash on delivery is possible now.", "该顾客过去 24 小时有 {most} 个订单未按时付款，目前只能货到付款。", one "{most} order of this customer was not paid in time in the last 24 hours: only cash on delivery is possible now.";
    caller_refused_phone = "This phone is on the block list: the shop takes no orders from it.", "该电话在黑名单中，本店不接受其订单。";
    caller_refused_email = "The email address of this customer is on the block list: the shop takes no orders from it.", "该顾客的邮箱在黑名单中，本店不接受其订单。";
    caller_refused_address = "This address is on the block list: the shop takes no orders for it.", "该地址在黑名单中，本店不接受其订单。";

    caller_address_new = "Another address", "其他地址";
    caller_address_rule = "What is typed here is used instead of an address chosen above, and saved in the customer's address book.", "在此填写的地址优先于上方的选择，并会存入顾客的地址簿。";
    caller_language = "Language of the order and its emails", "订单及邮件语言";
    caller_note_hint(most) = "From the customer to the people who pack it, up to {most} characters", "顾客给打包同事的留言，最多 {most} 字";
    caller_preview = "Preview", "预览";
    caller_preview_title = "What the customer pays", "顾客应付";
    caller_preview_words = "Nothing is ordered yet.", "尚未下单。";
    caller_place = "Place order", "提交订单";
    caller_look_again = "Something was changed after the preview. Nothing was ordered: please look again.", "预览后内容有变动，尚未下单，请再次核对。";
    caller_changed = "Prices have changed meanwhile. Nothing was ordered: please look again.", "价格有变动，尚未下单，请再次核对。";
    caller_placed = "The order was placed. The customer gets an email.", "订单已提交，顾客将收到邮件。";
    caller_placed_before = "This form has placed this order already.", "此表单已提交过，这是对应的订单。";
    caller_not_now = "The shop is busy, and nothing was ordered. Please place the order again.", "系统繁忙，尚未下单，请再次提交。";
    caller_unknown = "It is unknown whether the order was placed. Please place it again: there is never a second one.", "未能确认订单是否已提交，请再次提交，不会重复下单。";
    caller_book_full(most) = "The customer's address book holds {most} addresses and is full. Please choose one of them.", "顾客的地址簿已满（{most} 个），请选择已有地址。";
    history_placed = "Placed for the customer", "代客下单";

    pay_link_title = "Your order", "您的订单";
    pay_link_words(amount, until) = "{amount} to be paid until {until}", "请在 {until} 前支付 {amount}";
    pay_link_paid = "This order is paid. Thank you.", "此订单已付款，谢谢惠顾。";
    pay_link_cod(amount) = "You pay {amount} in cash on delivery.", "货到时请支付 {amount}。";
    pay_link_expired = "This order was not paid in time, so it was cancelled. Nothing was charged.", "此订单未按时付款，已取消，未产生任何费用。";
    pay_link_canceled = "This order was cancelled.", "此订单已取消。";
    pay_link_refunded = "This order was refunded.", "此订单已退款。";
    pay_link_nothing_due = "Nothing is to be paid for this order now.", "此订单目前无需付款。";
    pay_link_contact(contact) = "Questions? {contact}", "如有疑问，请联系：{contact}";

    audit_action_place_order = "Place an order for a caller", "代客下单";
    audit_action_create_customer = "Create a customer's account", "创建顾客账户";
}
