//! What the pages about people behind the counter say: what they did, who they are, how they come in.

use super::messages;

messages! {
    journal = "Journal", "操作日志";
    journal_words = "Everything that was done behind the counter, by whom and from where. Nothing here can be changed or deleted.", "后台的每一项操作，以及操作人和来源。记录不可修改或删除。";
    journal_when = "When", "时间";
    journal_who = "Who", "操作人";
    journal_what = "What", "操作";
    journal_subject = "Of what", "对象";
    journal_subject_hint = "Code, name", "编码、用户名等";
    journal_change = "Change", "变化";
    journal_from = "From", "来源";
    journal_day = "Day", "日期";
    journal_anything = "Anything", "全部操作";
    journal_filter = "Show", "筛选";
    journal_all = "Show everything", "显示全部";
    journal_command_line = "Command line", "命令行";
    journal_to = "to", "变为";
    journal_nothing = "—", "—";
    journal_yes = "yes", "是";
    journal_no = "no", "否";
    journal_comma = ", ", "、";
    journal_none = "Nothing was done yet", "还没有任何操作";
    journal_none_words = "As soon as somebody changes something behind the counter, it stands here.", "一旦有人在后台做出更改，就会记录在这里。";
    journal_none_like_this = "Nothing like this was done", "没有符合条件的操作";
    journal_none_like_this_words = "Names and codes must be given in full.", "用户名和编码须完整输入。";
    journal_newest = "Newest", "最新";
    journal_newer = "Newer", "较新";
    journal_older = "Older", "较早";
    journal_disagreeing = "Books that disagree", "不符的账目";
    journal_promises = "Pieces of work", "工作项数";

    people = "People", "员工";
    people_words = "Who may come behind the counter. Staff do stock and orders; admins also manage people.", "可以进入后台的人员。员工管理库存和订单，管理员还可以管理人员。";
    people_role = "Role", "角色";
    people_last_sign_in = "Last sign-in", "上次登录";
    people_never = "Never", "从未登录";
    people_you = "You", "您";
    people_is_closed = "Closed", "已停用";
    people_make_admin = "Make admin", "设为管理员";
    people_make_admin_sure(name) = "Make {name} an admin, who can close accounts?", "确定将 {name} 设为可停用账户的管理员吗？";
    people_make_staff = "Make staff", "设为普通员工";
    people_close = "Close account", "停用账户";
    people_close_sure(name) = "Close the account of {name}? They are signed out everywhere.", "确定停用 {name} 的账户吗？该账户将在所有设备上退出登录。";
    people_reopen = "Open again", "恢复账户";
    people_closed(name) = "The account of {name} is closed.", "{name} 的账户已停用。";
    people_reopened(name) = "The account of {name} is open again.", "{name} 的账户已恢复。";
    people_now_admin(name) = "{name} is an admin now.", "{name} 现在是管理员。";
    people_now_staff(name) = "{name} is staff now, and no admin.", "{name} 现在是普通员工。";
    people_already = "It was like that already.", "已经是这样了。";
    people_oneself = "You cannot do this to yourself. Please ask another admin.", "不能对自己执行此操作，请联系其他管理员。";
    people_role_wrong = "Please choose staff or admin.", "请选择员工或管理员。";
    people_how_to_add = "An operator lets somebody new in with", "由运维人员用以下命令添加新员工：";
    role_shopper = "Shopper", "顾客";
    role_staff = "Staff", "员工";
    role_admin = "Admin", "管理员";

    deed_add_staff = "Add a member of staff", "添加员工";
    deed_change_role = "Change a role", "更改角色";
    deed_disable_staff = "Close an account", "停用账户";
    deed_enable_staff = "Open an account again", "恢复账户";
    deed_reset_password = "Give another password", "重置密码";
    deed_move_stock = "Change stock", "调整库存";
    deed_check_books = "Check the books", "核对账目";
    deed_retry_outbox = "Try the outbox again", "重试待办";
}
