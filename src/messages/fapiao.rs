//! Messages about fapiao, on the pages of shoppers and of staff, and in emails.

use super::messages;

messages! {
    fapiao = "Fapiao", "增值税发票";
    fapiao_ordinary = "Ordinary fapiao", "普通发票";
    fapiao_ordinary_words = "For persons and companies.", "个人与企业均可申请。";
    fapiao_special = "Special VAT fapiao", "专用发票";
    fapiao_special_words = "For companies that deduct the tax.", "供企业抵扣进项税额。";
    fapiao_person = "A person", "个人";
    fapiao_company = "A company", "企业单位";
    fapiao_requested = "Requested", "待开具";
    fapiao_issued = "Issued", "已开具";
    fapiao_refused = "Refused", "已拒绝";
    fapiao_to_reverse = "To be reversed", "待冲红";
    fapiao_reversed = "Reversed", "已冲红";
    fapiao_file = "Download the fapiao", "下载发票";
    fapiao_reversal_file = "Download the red fapiao", "下载红字发票";

    fapiao_request = "Ask for a fapiao", "申请开票";
    fapiao_change = "Change the request", "修改申请";
    fapiao_again = "Ask again", "重新申请";
    fapiao_words = "An electronic fapiao for what you have paid. You get an email when it is issued.", "我们将按实付金额开具电子发票，开具后邮件通知您。";
    fapiao_kind = "Kind", "发票类型";
    fapiao_title_kind = "In whose name", "抬头类型";
    fapiao_title = "Title", "发票抬头";
    fapiao_title_hint = "The full name of the person or company.", "个人姓名或企业全称。";
    fapiao_of_company = "Of a company", "企业信息";
    fapiao_of_company_words = "A special VAT fapiao needs all of it, an ordinary one the taxpayer number.", "专用发票须全部填写，普通发票只需税号。";
    fapiao_taxpayer = "Taxpayer number", "纳税人识别号";
    fapiao_taxpayer_hint = "The unified social credit code of 18 characters, or an older number of 15, 17 or 20.", "18 位统一社会信用代码，或 15、17、20 位旧税号。";
    fapiao_address = "Registered address", "注册地址";
    fapiao_phone = "Registered phone", "注册电话";
    fapiao_bank = "Bank", "开户银行";
    fapiao_account = "Bank account", "银行账号";
    fapiao_email_hint = "The email about the fapiao goes here.", "发票通知将发送到此邮箱。";
    fapiao_amount = "Amount", "开票金额";
    fapiao_number = "Fapiao number", "发票号码";
    fapiao_reversal_number = "Number of the red fapiao", "红字发票号码";
    fapiao_requested_on = "Requested", "申请时间";
    fapiao_issued_on = "Issued", "开具时间";
    fapiao_reversed_on = "Reversed", "冲红时间";
    fapiao_earlier = "Earlier requests", "历史申请";
    fapiao_waits = "We issue it soon. Until then you can change the request below.", "我们将尽快开具。开具前您可在下方修改。";
    fapiao_refused_words = "We cannot issue this fapiao:", "无法开具此发票：";
    fapiao_to_reverse_words = "Money went back to you after it was issued. We will reverse it with a red fapiao.", "开具后有退款，我们将开具红字发票冲销。";
    fapiao_reversed_words = "A red fapiao reverses it, because money went back to you.", "因退款已开具红字发票冲销。";
    fapiao_special_needs_company = "A special VAT fapiao is only for companies.", "专用发票仅限企业申请。";
    fapiao_taxpayer_wrong = "This is not a taxpayer number. Please compare each character.", "纳税人识别号有误，请逐位核对。";
    fapiao_account_wrong = "Please give the 5 to 32 digits of the account.", "请输入 5 至 32 位数字的银行账号。";
    fapiao_requested_done = "We have your request.", "已收到您的开票申请。";
    fapiao_changed_done = "The request is changed.", "申请已修改。";
    fapiao_too_often(minutes) = "You have sent too much. Please wait {minutes} minutes.", "操作过于频繁，请 {minutes} 分钟后再试。", one "You have sent too much. Please wait a minute.";
    fapiao_not_offered = "This shop issues no fapiao.", "本店不提供增值税发票。";
    fapiao_not_paid = "You can ask for a fapiao once the order is paid.", "订单付款后可申请开票。";
    fapiao_nothing_left = "All that was paid for this order goes back to you, so there is no fapiao.", "此订单款项已全部退还，无法开票。";
    fapiao_too_late = "The time in which you can ask for a fapiao is over.", "已超过开票申请期限。";
    fapiao_issued_before = "The fapiao is issued, so the request cannot be changed.", "发票已开具，申请不能再修改。";

    fapiao_requests = "Fapiao requests", "开票申请";
    fapiao_requests_words = "What shoppers ask for. Issue each on the tax platform, and record it here.", "买家的开票申请。请在税务平台开具后在此登记。";
    fapiao_none = "No requests", "没有申请";
    fapiao_none_words = "Nothing of this kind.", "暂无此类申请。";
    fapiao_open = "Open", "待处理";
    fapiao_since = "Since", "自";
    fapiao_waiting = "Waits", "已等待";
    fapiao_open_many(n) = "{n} fapiao requests wait", "{n} 个开票申请待处理", one "{n} fapiao request waits";
    dashboard_fapiao = "Fapiao to issue or reverse", "待开具或冲红的发票";
    fapiao_issue_title = "Record the issued fapiao", "登记已开具的发票";
    fapiao_issue_words(amount) = "Issue it on the tax platform for {amount}, then record it here.", "请先在税务平台按 {amount} 开具，再在此登记。";
    fapiao_issue = "It is issued", "确认已开具";
    fapiao_numbers_hint = "20 digits; several with spaces between them.", "20 位数字；多个号码以空格分隔。";
    fapiao_file_label = "File", "发票文件";
    fapiao_file_hint(megabytes) = "PDF or OFD, at most {megabytes} MB. Only the shopper and staff can download it.", "PDF 或 OFD，不超过 {megabytes} MB。仅买家与员工可下载。";
    fapiao_file_needed = "Please choose the file of the fapiao.", "请选择发票文件。";
    fapiao_file_wrong = "This is neither a PDF nor an OFD document.", "文件不是 PDF 或 OFD。";
    fapiao_file_too_large(megabytes) = "The file is larger than {megabytes} MB.", "文件超过 {megabytes} MB。";
    fapiao_number_wrong(number) = "“{number}” is no fapiao number: it has 8 to 20 digits.", "“{number}”不是发票号码：应为 8 至 20 位数字。";
    fapiao_numbers_wrong(n) = "Please give 1 to {n} numbers.", "请输入 1 至 {n} 个号码。";
    fapiao_number_taken(number) = "Number {number} was recorded before.", "号码 {number} 已登记过。";
    fapiao_refuse_title = "Refuse it", "拒绝申请";
    fapiao_refuse_words = "The shopper gets your words by email and can ask again.", "理由将邮件通知买家，买家可重新申请。";
    fapiao_refusal = "Why", "拒绝理由";
    fapiao_refuse = "Refuse", "拒绝";
    fapiao_reverse_title = "Record the red fapiao", "登记红字发票";
    fapiao_reverse_words(issued, left) = "It was issued for {issued}, and {left} of it is left with the shop. Reverse it on the tax platform. The shopper can then ask for a new one.", "开具金额 {issued}，退款后剩余 {left}。请在税务平台冲红，买家之后可重新申请。";
    fapiao_reverse = "It is reversed", "确认已冲红";
    fapiao_left_none = "All that was paid went back, so there is nothing to issue. Refuse it with a word to the shopper.", "款项已全部退还，无需开具。请说明理由并拒绝。";
    fapiao_issue_done = "The fapiao is recorded. The shopper gets an email.", "发票已登记，并将邮件通知买家。";
    fapiao_refuse_done = "The request is refused. The shopper gets an email.", "申请已拒绝，并将邮件通知买家。";
    fapiao_reverse_done = "The red fapiao is recorded.", "红字发票已登记。";
    fapiao_over(status) = "Somebody else was faster, nothing was changed. The request is now: {status}.", "其他人已先处理，未作更改。当前状态：{status}。";
    fapiao_stale = "The shopper has changed the request, or money went back meanwhile. Look at it again; nothing was recorded.", "买家已修改申请或其间有退款，未登记。请重新核对。";
    fapiao_shopper = "What the shopper has typed", "买家填写的信息";

    fapiao_on = "Shoppers can ask for one", "买家可以申请";
    fapiao_off = "Shoppers cannot ask for one", "买家不能申请";
    fapiao_on_hint = "You issue it on the tax platform and upload the file.", "由您在税务平台开具并上传文件。";
    fapiao_days = "Days to ask for a fapiao", "可申请开票天数";
    fapiao_days_hint = "Counted from the payment.", "自付款之日起计算。";

    history_fapiao_requested = "Fapiao requested", "买家申请开票";
    history_fapiao_issued = "Fapiao issued", "发票已开具";
    history_fapiao_refused = "Fapiao refused", "开票申请被拒绝";
    history_fapiao_reversed = "Fapiao reversed", "发票已冲红";

    order_mail_kind_fapiao_issued = "Fapiao issued", "发票已开具";
    order_mail_kind_fapiao_refused = "Fapiao refused", "开票申请被拒绝";
    fapiao_mail_issued_title = "Your fapiao is issued", "您的发票已开具";
    fapiao_mail_issued = "You can download it on the page of your order.", "您可在订单页面下载。";
    fapiao_mail_refused_title = "We cannot issue your fapiao", "您的开票申请未通过";
    fapiao_mail_refused = "You can change what you have typed, and ask again.", "您可修改信息后重新申请。";
    fapiao_mail_see = "Go to the fapiao", "查看发票";

    audit_action_issue_fapiao = "Issue fapiao", "开具增值税发票";
    audit_action_refuse_fapiao = "Refuse fapiao", "拒绝开票申请";
    audit_action_reverse_fapiao = "Reverse fapiao", "冲红增值税发票";
}
