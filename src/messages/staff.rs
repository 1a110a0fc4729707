//! Messages of the page of staff accounts and their roles.

use super::messages;

messages! {
    staff = "People", "员工";
    staff_words = "Members of staff. Staff manage stock and orders; admins also manage people.", "可以进入后台的人员。员工管理库存和订单，管理员还可以管理人员。";
    staff_role = "Role", "角色";
    staff_last_sign_in = "Last sign-in", "上次登录";
    staff_never = "Never", "从未登录";
    staff_you = "You", "您";
    staff_is_closed = "Closed", "已停用";
    staff_make_admin = "Make admin", "设为管理员";
    staff_make_admin_sure(name) = "Make {name} an admin, who can close accounts?", "确定将 {name} 设为可停用账户的管理员吗？";
    staff_make_staff = "Make staff", "设为普通员工";
    staff_close = "Close account", "停用账户";
    staff_close_sure(name) = "Close the account of {name}? They are signed out everywhere.", "确定停用 {name} 的账户吗？该账户将在所有设备上退出登录。";
    staff_reopen = "Open again", "恢复账户";
    staff_closed(name) = "The account of {name} is closed.", "{name} 的账户已停用。";
    staff_reopened(name) = "The account of {name} is open again.", "{name} 的账户已恢复。";
    staff_now_admin(name) = "{name} is an admin now.", "{name} 现在是管理员。";
    staff_now_staff(name) = "{name} is staff now, and no admin.", "{name} 现在是普通员工。";
    staff_already = "It was like that already.", "已经是这样了。";
    staff_oneself = "You cannot do this to yourself. Please ask another admin.", "不能对自己执行此操作，请联系其他管理员。";
    staff_role_wrong = "Please choose staff or admin.", "请选择员工或管理员。";
    staff_how_to_add = "An operator adds a member of staff with", "由运维人员用以下命令添加新员工：";
    role_shopper = "Shopper", "顾客";
    role_staff = "Staff", "员工";
    role_admin = "Admin", "管理员";

    staff_reset_two_factor = "Reset two-factor", "重置两步验证";
    staff_two_factor_reset_sure(name) = "Take the second factor of {name} away? They are signed out everywhere, and sign in with the password alone.", "确定重置 {name} 的两步验证吗？该账户将退出登录，之后仅凭密码即可登录。";
    staff_two_factor_reset(name) = "{name} signs in without a second factor now.", "{name} 的两步验证已重置。";
    staff_rule_on = "All staff must have it.", "所有后台人员都必须启用。";
    staff_rule_off = "Everybody may turn it on for themselves.", "每个人可自行决定是否启用。";
    staff_rule_begin = "Require it of everybody", "要求所有人启用";
    staff_rule_end = "Require it no longer", "不再要求";
    staff_rule_is_on = "Whoever has none is led to its set-up from now on.", "从现在起，未启用的人员须先完成设置。";
    staff_rule_is_off = "It is no longer required.", "已不再要求。";
    staff_rule_wrong = "Please decide with the button below.", "请使用下方的按钮。";
}
