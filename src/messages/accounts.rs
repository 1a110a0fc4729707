//! Messages about accounts and addresses.

use super::messages;

messages! {
    sign_in_lead = "What is in your cart comes with you.", "购物车里的商品会一起带过去。";
    username_or_email = "Username or email", "用户名或邮箱";
    username = "Username", "用户名";
    username_hint = "3 to 32 letters, digits, - _ or .", "3 至 32 个字母、数字、汉字或 - _ .，含汉字时 2 个即可";
    username_odd_characters = "Only letters, digits, - _ and . please, or Chinese characters.", "用户名只能包含字母、数字、汉字和 - _ .";
    username_taken = "This username is taken.", "该用户名已被使用。";
    email = "Email", "邮箱";
    email_wrong = "This is not an email address.", "这不是有效的邮箱地址。";
    email_taken = "There is an account with this email already.", "该邮箱已注册过账户。";
    password = "Password", "密码";
    password_hint = "At least 8 characters", "至少 8 个字符";
    password_common = "Too many people use this password, so it is guessed first. Please choose another one.", "该密码过于常见，容易被猜中，请换一个。";
    password_same_as_name = "Please choose something other than your username or email.", "密码不能与用户名或邮箱相同。";
    new_here = "New here?", "还没有账户？";
    been_here_before = "Been here before?", "已有账户？";
    make_an_account = "Make an account", "注册账户";
    make_the_account = "Make the account", "注册";
    sign_up_lead = "For your orders and your addresses. Nothing else.", "只用于您的订单和收货地址，别无他用。";
    not_signed_in = "You are not signed in", "登录未成功";
    sign_up_not_now(n) = "The account could not be made with these details. Please try again in {n} minutes, or sign in if you have been here before.", "暂时无法用这些信息注册账户，请在 {n} 分钟后重试；如已有账户，请直接登录。", one "The account could not be made with these details. Please try again in {n} minute, or sign in if you have been here before.";
    not_signed_up = "The account is not made yet", "注册未成功";
    sign_in_wrong = "The name or the password is not right.", "用户名或密码不正确。";
    demo_sign_in_refused = "This is a sign-in of the demo, whose password everybody knows. It does not work in a shop that others can reach.", "这是演示账户，密码人尽皆知；商店可被他人访问时，该账户不能登录。";
    account_closed = "This account is closed.", "该账户已停用。";
    welcome(name) = "Welcome, {name}.", "欢迎您，{name}。";
    was_signed_out = "You were signed out, so nothing was saved. Sign in, and send the form again.", "您已退出登录，未保存任何内容。请登录后重新提交。";
    signed_out = "You are signed out.", "您已退出登录。";

    account_greeting(name) = "Good to see you, {name}", "您好，{name}";
    account_orders = "What you ordered, and how far it has come", "查看您的订单和进度";
    addresses_kept(n, most) = "{n} of {most} addresses", "已保存 {n} 个，最多 {most} 个";
    change_it = "Change it", "修改";
    change_password_title = "Change your password", "修改密码";
    change_password_lead = "You stay signed in here; everywhere else you are signed out.", "修改后，此处保持登录，其他设备将退出登录。";
    current_password = "Current password", "当前密码";
    new_password = "New password", "新密码";
    repeat_password = "New password again", "再次输入新密码";
    password_wrong = "This is not your password.", "当前密码不正确。";
    password_not_repeated = "This is not the same as the new password.", "两次输入的新密码不一致。";
    password_not_changed = "The password is not changed", "密码未修改";
    password_changed = "Your password is changed. Everywhere else you are signed out.", "密码已修改，其他设备已退出登录。";

    addresses_of_most(n, most) = "{n} of {most}", "{n} / {most}";
    no_address_yet = "No address yet. The first one becomes your default.", "还没有收货地址，添加的第一个将成为默认地址。";
    add_an_address = "Add an address", "新增收货地址";
    edit_the_address = "Edit the address", "编辑收货地址";
    save_the_address = "Save the address", "保存地址";
    make_default = "Make default", "设为默认";
    delete_this_address = "Delete this address?", "确定删除该地址吗？";
    address_saved = "The address is saved.", "地址已保存。";
    address_deleted = "The address is deleted.", "地址已删除。";
    address_is_default = "This is your default address now.", "已设为默认地址。";
    default_address = "Default", "默认";
    address_recipient = "Recipient", "收件人";
    address_phone = "Phone", "手机号码";
    address_region = "Region", "所在地区";
    address_region_hint = "Province, city, district", "省、市、区";
    address_street = "Street and number", "详细地址";
    address_postcode = "Postcode", "邮政编码";
    address_make_default = "Make this my default address", "设为默认地址";
    phone_with_extension(number, extension) = "{number} ext. {extension}", "{number} 转 {extension}";
    phone_wrong = "This is not a phone number.", "这不是有效的电话号码。";
    postcode_wrong = "Only letters, digits, spaces and hyphens, please.", "邮政编码只能包含字母、数字、空格和连字符。";
    address_book_full(most) = "Your address book is full: it holds {most} addresses. Please delete one first.", "收货地址已满：最多保存 {most} 个，请先删除一个。";
}
