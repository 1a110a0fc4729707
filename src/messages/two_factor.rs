//! Messages of the second factor: its set-up, the code at sign-in, and asking for the password again.

use super::messages;

messages! {
    two_factor = "Two-factor sign-in", "两步验证";
    two_factor_own = "Your own", "设置自己的两步验证";
    two_factor_words = "Besides your password, a code from an app on your phone: the password alone is not enough to sign in.", "除密码外，登录还需输入手机应用中的验证码：仅知道密码的人无法登录。";
    two_factor_required_words = "All staff need this now. Set it up to go on.", "现在所有后台人员都必须启用两步验证，请先完成设置。";
    two_factor_scan = "Scan this with an authenticator app.", "请用验证器应用扫描二维码。";
    two_factor_picture = "QR code; the same secret stands below as text", "二维码，下方有同样的密钥文字";
    two_factor_type = "Or type it in:", "或手动输入密钥：";
    two_factor_confirm = "Type the code that the app shows now, and your password.", "输入应用当前显示的验证码和您的密码。";
    two_factor_code_hint = "Six digits", "6 位数字";
    two_factor_turn_on = "Turn it on", "启用";
    two_factor_turn_off = "Turn it off", "停用两步验证";
    two_factor_turn_off_words = "For another phone: turn it off and on again. It takes your password and a code.", "更换手机时，请先停用再重新启用。需要密码和验证码。";
    two_factor_since(at) = "On since {at}", "自 {at} 起启用";
    two_factor_codes_left(n) = "{n} recovery codes are left.", "还剩 {n} 个恢复码。", one "{n} recovery code is left.";
    two_factor_is_on = "Two-factor sign-in is on. Everywhere else you are signed out.", "两步验证已启用，其他设备已退出登录。";
    two_factor_is_off = "Two-factor sign-in is off. Everywhere else you are signed out.", "两步验证已停用，其他设备已退出登录。";
    two_factor_on_already = "Two-factor sign-in is on already.", "两步验证已启用。";
    two_factor_not_changed = "Nothing is changed", "未做更改";
    two_factor_code_wrong = "This is not the code that the app shows now. Is the phone's clock right?", "验证码不正确，请确认手机时间是否准确。";
    two_factor_offer_gone = "This picture is no longer good. Please scan the new one.", "该二维码已失效，请扫描新的二维码。";
    recovery_codes = "Recovery codes", "恢复码";
    recovery_codes_words = "If you lose your phone, each of these signs you in once, in place of a code. Write them down now: they are not shown again.", "如果手机丢失，每个恢复码可代替验证码登录一次。请立即抄写保存：它们不会再次显示。";
    recovery_codes_kept = "I have written them down", "我已抄写保存";
    second_factor_code = "Code", "验证码";
    second_factor_code_hint = "Six digits from your app, or a recovery code", "应用中的 6 位数字，或恢复码";
    second_factor_title = "Your code, please", "请输入验证码";
    second_factor_lead = "Your password is right. Now the code from your authenticator app.", "密码正确，请输入验证器应用中的验证码。";
    second_factor_code_wrong = "This code is not right, or it was used before. The app shows a new one every half minute.", "验证码不正确或已使用过。应用每半分钟会显示新的验证码。";
    second_factor_unreadable = "The shop cannot check codes of apps just now. Please use a recovery code, or ask an admin.", "暂时无法核对应用验证码，请使用恢复码或联系管理员。";
    second_factor_expired = "That took too long. Please sign in again.", "操作超时，请重新登录。";
    recovery_codes_left(n) = "You have used a recovery code. {n} are left.", "您使用了一个恢复码，还剩 {n} 个。", one "You have used a recovery code. {n} is left.";
    reauthenticate_title = "Your password again, please", "请再次输入密码";
    reauthenticate_lead = "For admin pages a sign-in lasts twelve hours, and half an hour without activity. You are still signed in as a shopper.", "后台登录最长 12 小时，闲置半小时后也会失效。您在商店中仍保持登录。";
    reauthenticate_units(n) = "This changes {n} units at once. So that nobody else does it in your name, please give your password; for five minutes it is not asked for again.", "此操作一次更改 {n} 件库存。为防止他人冒用您的名义，请输入密码；五分钟内不再询问。";
    reauthenticate_data = "This concerns the personal data of a customer. So that nobody else does it in your name, please give your password; for five minutes it is not asked for again.", "此操作涉及客户的个人信息。为防止他人冒用您的名义，请输入密码；五分钟内不再询问。";
    reauthenticate_amount(amount) = "This gives {amount} back. So that nobody else does it in your name, please give your password; for five minutes it is not asked for again.", "此操作将退还 {amount}。为防止他人冒用您的名义，请输入密码；五分钟内不再询问。";
    reauthenticate_kept = "What you typed is kept, and is sent as soon as your password is right.", "您填写的内容已保留，密码正确后将立即提交。";
    reauthenticate_refused = "Nothing was done", "未作任何更改";
    reauthenticate_go_on = "Go on", "继续";
    reauthenticate_back = "Back without a change", "返回，不作更改";
    second_factor_somebody_else = "Sign in as somebody else", "使用其他账户登录";
}
