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

    deed_add_staff = "Add a member of staff", "添加员工";
    deed_move_stock = "Change stock", "调整库存";
    deed_check_books = "Check the books", "核对账目";
    deed_retry_outbox = "Try the outbox again", "重试待办";
}
