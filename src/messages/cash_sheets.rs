//! Messages of the admin pages for sheets with the cash that carriers have collected.

use super::messages;

messages! {
    cash_sheets = "Collected cash", "代收货款对账";
    cash_sheets_words = "The sheet of a carrier with tracking numbers and the amounts that its couriers have collected, as CSV or XLSX. Nothing is recorded before you have seen what it would do.", "上传快递公司的代收货款明细（含运单号和代收金额的 CSV 或 XLSX 文件）。确认之前不会登记任何款项。";
    cash_sheet_file = "Sheet", "明细文件";
    cash_sheet_hint(lines, size) = "CSV or XLSX, at most {lines} lines and {size} MB. A parcel is named by its tracking number or by its order number.", "CSV 或 XLSX，最多 {lines} 行、{size} MB。可按运单号或订单号对应包裹。";
    cash_sheet_headings = "Headings of an unusual sheet", "自定义列标题";
    cash_sheet_headings_words = "Only if the columns are not recognized: how the sheet calls them.", "仅在无法识别列时填写：文件中对应列的标题。";
    cash_sheet_number_heading = "Heading of the tracking numbers", "运单号列的标题";
    cash_sheet_amount_heading = "Heading of the amounts", "代收金额列的标题";
    cash_sheet_no_numbers = "No column with tracking numbers was recognized. Please say below how the sheet calls it.", "未能识别运单号列，请在下方填写该列的标题。";
    cash_sheet_no_amounts = "No column with amounts was recognized. Please say below how the sheet calls it.", "未能识别代收金额列，请在下方填写该列的标题。";
    cash_sheet_empty = "The sheet has no line below its heading.", "文件中标题行以下没有内容。";
    cash_sheets_last = "Last sheets", "最近的明细";
    cash_sheets_none = "No sheet was uploaded yet.", "还没有上传过明细。";
    cash_sheet_state_applying = "Being recorded", "登记中";
    cash_preview_orders(n, sum) = "{n} orders, {sum} in all, will be recorded as collected", "将登记 {n} 个订单已收款，合计 {sum}", one "{n} order, {sum}, will be recorded as collected";
    cash_preview_differing(n, sum) = "{n} orders, {sum} in all, with another amount than is due", "{n} 个订单金额与应收不符，合计 {sum}", one "{n} order, {sum}, with another amount than is due";
    cash_preview_already(n) = "{n} lines were recorded before", "{n} 行此前已登记", one "{n} line was recorded before";
    cash_preview_faults(n) = "{n} lines record nothing", "{n} 行不会登记", one "{n} line records nothing";
    cash_preview_nothing = "No line of this sheet records anything.", "此明细没有可登记的行。";
    cash_with_differences = "Record also what differs: each such payment is then to be looked at", "同时登记金额不符的款项（之后须逐笔处理）";
    cash_confirm = "Record as collected", "登记收款";
    cash_discard = "Discard the sheet", "放弃此明细";
    cash_running = "The amounts are being recorded. This page follows.", "正在登记，本页会自动更新。";
    cash_result_recorded(n) = "{n} lines recorded", "{n} 行已登记", one "{n} line recorded";
    cash_result_waiting(n) = "{n} lines are still to be recorded", "还有 {n} 行待登记", one "{n} line is still to be recorded";
    cash_failed_file = "Download the lines that were not recorded", "下载未登记的行";
    cash_too_late = "This sheet was confirmed or discarded already.", "此明细已确认或已放弃。";
    cash_show_record = "To be recorded", "将登记";
    cash_show_recorded = "Recorded", "已登记";
    cash_show_faults = "Not recorded", "不登记";
    cash_amount = "Collected", "代收金额";
    cash_will_be_recorded = "will be recorded", "将登记";
    cash_was_recorded = "recorded", "已登记";
    cash_was_strange = "recorded with another amount than is due: see payments", "已登记，金额与应收不符，请到付款页处理";
    cash_waits = "waiting", "待登记";
    cash_was_already = "recorded before", "此前已登记";
    cash_was_not_due = "nothing is to be collected for the order any more", "该订单已不需收款";

    cash_fault_no_reference = "no tracking number", "缺少运单号";
    cash_fault_wrong_amount = "the amount is not one", "金额无法识别";
    cash_fault_nothing_collected = "nothing was collected", "代收金额为零";
    cash_fault_unknown = "the shop has no such parcel", "店铺没有此运单";
    cash_fault_several_orders = "several orders are in this parcel: record them one by one", "此运单含多个订单，请逐单登记";
    cash_fault_nothing_due = "the order is not paid on delivery", "该订单不是货到付款";
    cash_fault_differs(due) = "{due} is due for the order", "该订单应收 {due}";

    audit_action_upload_cash_sheet = "Upload collected cash", "上传代收货款明细";
    audit_action_confirm_cash_sheet = "Record collected cash from a sheet", "确认代收货款明细";
    audit_action_discard_cash_sheet = "Discard a sheet with collected cash", "放弃代收货款明细";
    audit_field_sheet = "Sheet", "明细";
}
