//! Messages of emails, the settings for them, and the mailbox page of a shop that is only tried out.

use super::messages;

messages! {
    mail = "Your mail", "邮件通知";
    mail_words(address) = "What the shop writes to you at {address}.", "商店发送到 {address} 的邮件。";
    low_stock_mail = "Low stock", "低库存";
    low_stock_mail_wanted = "Each morning on which something is low or sold out, send me a mail", "有商品库存偏少或售罄时，每天早上给我发一封邮件";
    mail_language = "Language of the mails", "邮件语言";
    mail_language_wrong = "Please choose a language.", "请选择语言。";
    mail_save = "Save", "保存";
    mail_will_come = "From now on the mail comes when something is low.", "今后库存偏少时将发送邮件。";
    mail_will_not_come = "No more mail on low stock.", "不再发送低库存邮件。";
    mail_last_sent(at) = "The last one was sent at {at}.", "上一封发送于 {at}。";
    mail_last_unknown(at) = "The last one left at {at}; whether it has arrived nobody knows, so it is not sent twice.", "上一封于 {at} 发出，是否送达未知，为避免重复不再重发。";
    mail_last_waiting(day) = "The one of {day} is not sent yet. If that lasts, look under “Background jobs”.", "{day} 的邮件尚未发送，如持续未发送，请查看“后台任务”。";
    mail_nowhere = "This shop cannot send mail yet: an operator must set SMTP_URL and MAIL_FROM.", "商店尚不能发送邮件：请运维人员设置 SMTP_URL 和 MAIL_FROM。";
    mail_to_mailbox = "This shop is being tried out. Its mails are not sent; they lie in the", "商店处于试用状态，邮件不会真正发送，请查看";
    mail_hello(name) = "Hello {name},", "{name}，您好：";
    low_stock_mail_subject(title, day) = "{title} ({day})", "{title}（{day}）";
    mail_left(n) = "{n} left", "剩 {n} 件";
    mail_more(n) = "And {n} more.", "另有 {n} 个 SKU。";
    mail_list = "All of them:", "全部列表：";
    mail_list_link = "See all of them", "查看全部";
    mail_why = "You get this because you asked for it. To change that:", "您收到此邮件是因为您订阅了低库存通知。更改设置：";
    mail_why_link = "You get this because you asked for it.", "您收到此邮件是因为您订阅了低库存通知。";
    mail_settings = "Change that", "更改设置";
    mailbox = "Mailbox", "邮箱";
    mailbox_words = "The mails of this shop while it is tried out. In earnest there is no such page.", "试用期间商店发出的邮件。正式运行时没有此页面。";
    mailbox_empty = "No mail yet", "还没有邮件";
    mailbox_from = "From", "发件人";
    mailbox_to = "To", "收件人";
    mailbox_at = "When", "时间";
    mailbox_html = "As a mail program shows it", "查看 HTML 版本";
}
