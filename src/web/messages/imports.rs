//! What the pages of imports say.

use super::messages;

messages! {
    imports = "Imports", "导入";
    imports_words = "Stock out of a file: a delivery, or a count. You see first what it would change; nothing happens before you confirm it.", "用文件更新库存：进货或盘点。系统先显示会改变什么，确认之前不会改动任何库存。";
    imports_none = "Nothing was imported yet", "还没有导入过";
    imports_none_words = "A list of SKU codes and numbers is all it takes, as CSV or XLSX. If you have none yet, start from a sheet of your SKUs.", "只需一份包含 SKU 编码和数量的 CSV 或 XLSX 表格。还没有表格时，可先下载 SKU 清单来填写。";
    import_new = "Import a file", "导入文件";
    import_send = "Send and preview", "上传并预览";
    import_file = "File", "文件";
    import_file_hint(most, lines) = "CSV or XLSX, at most {most} MB and {lines} lines. The first line names the columns: “SKU code”, and “Change” or “Count”. Other columns are passed over, and lines without a number change nothing.", "CSV 或 XLSX，最多 {most} MB、{lines} 行。第一行为列名：“SKU 编码”，以及“增减数量”或“盘点数量”。其他列会被忽略，没有填写数字的行不会改变库存。";
    import_file_needed = "Please choose a file.", "请选择文件。";
    import_file_too_large(most) = "The file is larger than {most} MB. Please send it in parts.", "文件超过 {most} MB，请分成几份上传。";
    import_mode = "What the numbers in your file say", "文件中的数字表示什么";
    import_mode_difference = "How many came or went", "增减数量";
    import_mode_difference_hint = "For a delivery: 12 adds twelve, −3 takes three away.", "用于进货：12 表示增加 12 件，−3 表示减少 3 件。";
    import_mode_count = "How many there are", "盘点数量";
    import_mode_count_hint = "For a count: 37 means that there are 37. What is sold before you confirm is not overwritten; you decide those lines again.", "用于盘点：37 表示实际有 37 件。确认之前若有售出，不会覆盖，由您重新决定这些行。";
    import_column_difference = "Change", "增减数量";
    import_column_count = "Count", "盘点数量";

    import_sheet = "No file yet? Start from a sheet", "还没有文件？先下载表格";
    import_sheet_words = "It lists your SKUs with an empty column. Write your numbers there, leave the rest empty, save it, and send it below.", "表格列出您的 SKU，并留有一个空列。在空列中填写数字，其余留空，保存后在下方上传。";
    import_sheet_of = "SKUs of", "SKU 范围";
    import_sheet_difference = "Sheet for a delivery", "进货表格";
    import_sheet_count = "Sheet for a count", "盘点表格";
    import_sheet_name = "Name", "名称";
    import_sheet_options = "Options", "规格";
    import_sheet_stock = "Stock now", "现有库存";
    import_example = "Such a file looks like this", "文件示例";
    import_see_stock = "See the stock", "查看库存";
    import_mode_wrong = "Please choose what the numbers mean.", "请选择数字的含义。";
    import_reason_usual = "As the numbers say: delivery or count", "按数字含义：进货或盘点";

    import_when = "Sent", "上传时间";
    import_by = "By", "上传人";
    import_kind = "Numbers", "数字";
    import_lines = "Lines", "行数";
    import_state = "State", "状态";
    import_about(mode, reason, by, at) = "{mode} · {reason} · sent by {by} on {at}", "{mode} · {reason} · {by} 上传于 {at}";
    import_state_reading = "Being read", "读取中";
    import_state_refused = "Not readable", "无法读取";
    import_state_ready = "Waits for you", "待确认";
    import_state_discarded = "Discarded", "已放弃";
    import_state_applying = "Being applied", "应用中";
    import_state_done = "Done", "已完成";
    import_state_done_but(n) = "Done, {n} failed", "已完成，{n} 行失败";
    import_reading = "The file is being read. Nothing is changed yet.", "正在读取文件，尚未改动任何库存。";
    import_refused = "This file cannot be imported, and nothing was changed", "无法导入该文件，库存没有任何改动";
    import_refused_line(n) = "Line {n}.", "第 {n} 行。";
    import_discarded = "This import was discarded. Nothing was changed.", "该导入已放弃，库存没有任何改动。";

    import_would(n) = "{n} lines would change stock", "{n} 行会改变库存", one "{n} line would change stock";
    import_would_nothing = "Nothing in this file would change stock", "该文件不会改变任何库存";
    import_would_words(failed, unchanged) = "Cannot be applied: {failed}. Change nothing: {unchanged}. Nothing has happened yet.", "{failed} 行无法应用，{unchanged} 行没有变化。尚未改动任何库存。";
    import_confirm(n) = "Apply {n} lines", "应用 {n} 行", one "Apply {n} line";
    import_discard = "Discard", "放弃";
    import_discard_sure = "Discard this import?", "确定放弃该导入吗？";
    import_same_file(by, at) = "The very same file was already applied: sent by {by} on {at}.", "完全相同的文件已应用过：{by} 上传于 {at}。";
    import_same_file_sure = "Apply it once more all the same", "仍要再应用一次";
    import_same_file_tick = "This file was applied before. Tick the box if it should be applied once more.", "该文件已应用过。若确实要再应用一次，请勾选。";
    import_not_ready = "There is nothing to apply here any more.", "这里已没有可应用的内容。";
    import_follows = "Lines decided again of an earlier import", "对先前导入中部分行的重新决定";

    import_applying(done, all) = "{done} of {all} lines are through", "已处理 {done} / {all} 行";
    import_applying_words = "You may leave this page; it goes on by itself, and goes on where it was if the shop is restarted.", "可以离开本页，系统会自动继续；即使商店重启，也会从中断处继续。";
    import_done(n) = "{n} lines were applied", "已应用 {n} 行", one "{n} line was applied";
    import_done_words(failed, unchanged, at) = "Failed: {failed}. Changed nothing: {unchanged}. Finished on {at}.", "{failed} 行失败，{unchanged} 行没有变化。完成于 {at}。";
    import_changed(n) = "{n} counts met a stock that had changed meanwhile", "{n} 行盘点时库存已发生变化", one "{n} count met a stock that had changed meanwhile";
    import_changed_words = "They were not applied, so that no sale is lost. See them with the stock of now, and decide again.", "为避免丢失销售记录，这些行没有应用。请查看当前库存后重新决定。";
    import_decide_again = "Decide again", "重新决定";
    import_nothing_to_decide = "There is nothing to decide again.", "没有需要重新决定的内容。";
    import_failed_csv = "Failed lines as CSV", "下载失败行（CSV）";

    import_show = "Lines", "行";
    import_show_due = "To be changed", "将改变";
    import_show_applied = "Applied", "已应用";
    import_show_failed = "Failed", "失败";
    import_show_unchanged = "Unchanged", "无变化";
    import_line = "Line", "行号";
    import_code = "SKU code", "SKU 编码";
    import_typed = "Number", "数字";
    import_before = "Before", "之前";
    import_change = "Change", "变动";
    import_after = "After", "之后";
    import_problem = "Why not", "原因";
    import_no_lines = "No such lines.", "没有这样的行。";

    line_no_code = "No SKU code stands there.", "没有填写 SKU 编码。";
    line_unknown_code = "No SKU has this code.", "没有该编码的 SKU。";
    line_unknown_code_but(code) = "No SKU has this code. Did you mean {code}?", "没有该编码的 SKU。您是指 {code} 吗？";
    line_code_rewritten = "A spreadsheet has turned this code into a number. Format the column as text and put the code in again.", "表格软件已把该编码改写成数字，请将该列设为文本格式并重新填写编码。";
    line_not_a_number = "This is not a whole number.", "不是整数。";
    line_too_far = "A difference may be at most 1,000,000.", "增减数量不能超过 1,000,000。";
    line_count_below_zero = "A count cannot be below zero.", "盘点数量不能小于零。";
    line_twice(line) = "The SKU also stands in line {line}; neither is applied.", "该 SKU 在第 {line} 行重复出现，均未应用。";
    line_below_zero(n) = "There are {n}: stock cannot go below zero.", "现有 {n} 件，库存不能低于零。";
    line_too_many(n, most) = "There are {n}, and no more than {most} are counted.", "现有 {n} 件，最多只能记 {most} 件。";
    line_changed(shown, now) = "The stock was {shown} when this was shown and is {now} now.", "显示时库存为 {shown} 件，现为 {now} 件。";
    line_refused = "The database refused this line.", "数据库拒绝了该行。";

    deed_send_import = "Sent a file to import", "上传导入文件";
    deed_confirm_import = "Confirmed an import", "确认导入";
    deed_discard_import = "Discarded an import", "放弃导入";
    deed_decide_import_again = "Took up counts again", "重新决定盘点";
    deed_finish_import = "Import finished", "导入完成";

    file_empty = "The file is empty.", "文件是空的。";
    file_not_a_table = "This is no table. Please send CSV or XLSX.", "这不是表格文件，请上传 CSV 或 XLSX。";
    file_encoding = "The text could not be read. Please save it as CSV in UTF-8.", "无法识别文字编码，请另存为 UTF-8 编码的 CSV。";
    file_no_heading = "The first line must name the columns: “SKU code”, and “Change” (how many came or went) or “Count” (how many there are).", "第一行必须是列名：“SKU 编码”，以及“增减数量”或“盘点数量”。";
    file_counts = "The numbers of this file are counts (“Count”), but it was sent under “How many came or went”. Please send it again under “How many there are”.", "此文件中的数字是盘点数量，上传时却选择了“增减数量”。请改选“盘点数量”后重新上传。";
    file_differences = "The numbers of this file say how many came or went (“Change”), but it was sent under “How many there are”. Please send it again under “How many came or went”.", "此文件中的数字是增减数量，上传时却选择了“盘点数量”。请改选“增减数量”后重新上传。";
    file_no_lines = "Below the column names there is nothing.", "列名下面没有内容。";
    file_too_many_lines(most) = "There are more than {most} lines. Please send them in parts.", "超过 {most} 行，请分成几份上传。";
    file_line_too_long = "This line has no end; perhaps a quote is not closed.", "该行过长，可能是引号没有闭合。";
    file_old_workbook = "This is a workbook of the old kind (XLS) or one with a password. Please save it as XLSX or CSV.", "这是旧格式（XLS）或加密的工作簿，请另存为 XLSX 或 CSV。";
    file_broken_workbook = "This workbook is broken or cut off. Please save and send it again.", "工作簿已损坏或不完整，请重新保存并上传。";
    file_more_sheets = "This workbook has a stock list on more than one sheet, and only one can be read. Please send each sheet as a file of its own.", "此工作簿有多个工作表含有库存清单，一次只能读取一个。请将每个工作表另存为单独的文件。";
    file_too_large_inside = "This workbook holds far more than a stock list. Please send only the columns that are needed.", "工作簿内容过大，请只保留需要的列。";
    file_given_up = "Reading this file failed several times. Please try another format.", "多次读取失败，请换一种格式再试。";
}
