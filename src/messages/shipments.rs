//! Messages of the admin pages on which many orders are sent at once.

use super::messages;

messages! {
    shipments_parcels = "Parcels", "包裹";
    send_many = "Send orders", "批量发货";
    send_many_words = "Each order is sent whole in one parcel. Leave a number empty to send that order later.", "每个订单整单发出，一单一个包裹；暂不发货的订单请将运单号留空。";
    send_many_order = "Order", "订单";
    send_many_to = "To", "收件人";
    send_many_carrier_of(order) = "Carrier of {order}", "订单 {order} 的快递公司";
    send_many_number_of(order) = "Tracking number of {order}", "订单 {order} 的运单号";
    send_many_done(n) = "{n} orders were sent.", "已发出 {n} 个订单。", one "{n} order was sent.";
    send_many_some(sent, left) = "{sent} sent. {left} could not be sent: see below.", "已发出 {sent} 个，另有 {left} 个未能发出，见下方。";
    send_many_none = "Please type at least one tracking number.", "请至少填写一个运单号。";
    send_many_file = "Send from a file", "用文件发货";

    shipment_files = "Sending from a file", "文件发货";
    shipment_files_words = "A CSV or XLSX file with order numbers, carriers and tracking numbers, as carriers and their programs export it. Nothing is sent before you have seen what it would do.", "上传含订单号、快递公司和运单号的 CSV 或 XLSX 文件（快递公司或打单软件的导出文件均可）。确认之前不会发货。";
    shipment_file = "File", "文件";
    shipment_file_hint(lines, size) = "CSV or XLSX, at most {lines} lines and {size} MB. An order is named by its number or its last six characters, a carrier by its name or code.", "CSV 或 XLSX，最多 {lines} 行、{size} MB。订单可填完整订单号或后六位，快递公司可填名称或代码。";
    shipment_file_carrier = "Carrier of lines that name none", "未写明快递公司的行使用";
    shipment_file_no_carrier = "None", "不指定";
    shipment_file_upload = "Upload and look", "上传并预览";
    shipment_file_needed = "Please choose a file.", "请选择文件。";
    shipment_file_too_large(size) = "The file is larger than {size} MB.", "文件超过 {size} MB。";
    shipment_file_too_long(lines) = "The file has more than {lines} lines. Please split it.", "文件超过 {lines} 行，请拆分后上传。";
    shipment_files_last = "Last files", "最近的文件";
    shipment_files_none = "No file was uploaded yet.", "还没有上传过文件。";
    shipment_state_ready = "Not confirmed", "待确认";
    shipment_state_applying = "Being sent", "发货中";
    shipment_state_done = "Done", "已完成";
    shipment_state_discarded = "Discarded", "已放弃";

    shipment_preview_parcels(n) = "{n} parcels will be sent", "将发出 {n} 个包裹", one "{n} parcel will be sent";
    shipment_preview_orders(n) = "of {n} orders", "涉及 {n} 个订单", one "of {n} order";
    shipment_preview_already(n) = "{n} lines were sent before", "{n} 行此前已发出", one "{n} line was sent before";
    shipment_preview_faults(n) = "{n} lines send nothing", "{n} 行不会发货", one "{n} line sends nothing";
    shipment_preview_nothing = "No line of this file sends anything.", "此文件没有可发货的行。";
    shipment_confirm(n) = "Send {n} parcels", "发出 {n} 个包裹", one "Send {n} parcel";
    shipment_discard = "Discard the file", "放弃此文件";
    shipment_running = "The parcels are being sent. This page follows.", "正在发货，本页会自动更新。";
    shipment_result_sent(n) = "{n} lines sent", "{n} 行已发出", one "{n} line sent";
    shipment_result_waiting(n) = "{n} lines are still to be sent", "还有 {n} 行待发出", one "{n} line is still to be sent";
    shipment_result_failed_file = "Download the lines that were not sent", "下载未发出的行";
    shipment_columns = "Columns", "列对应";
    shipment_columns_words = "Which column of the file is what. Only the order and the tracking number are needed.", "文件各列的含义，只有订单号和运单号是必需的。";
    shipment_column_order = "Order number", "订单号";
    shipment_column_code = "SKU code, for part of an order", "SKU 编码（部分发货）";
    shipment_column_count = "Units, for part of an order", "数量（部分发货）";
    shipment_column_none = "None", "无";
    shipment_column_heading = "Line with the headings; 0: none", "标题所在行（0 表示没有）";
    shipment_column_wrong = "Please choose a line of the file.", "请填写文件中的行号。";
    shipment_column_twice = "This column is chosen already.", "此列已被选用。";
    shipment_columns_unknown = "The columns with the order and the tracking number were not recognized. Please choose them.", "未能识别订单号列和运单号列，请手动选择。";
    shipment_columns_button = "Read the file so", "按此读取";
    shipment_stale = "Somebody has changed the columns meanwhile. Please look again.", "其他人刚刚更改了列对应，请重新查看。";
    shipment_too_late = "This file was confirmed or discarded already.", "此文件已确认或已放弃。";
    shipment_show_all = "All lines", "全部行";
    shipment_show_send = "To be sent", "将发货";
    shipment_show_sent = "Sent", "已发出";
    shipment_show_faults = "Not sent", "不发货";
    shipment_line = "Line", "行";
    shipment_what = "What happens", "结果";
    shipment_will_be_sent = "will be sent", "将发出";
    shipment_was_sent = "sent", "已发出";
    shipment_waits = "waiting", "待发出";

    shipment_fault_no_order = "no order number", "缺少订单号";
    shipment_fault_unknown_order = "there is no such order, or these last six characters belong to none that is to be sent", "没有此订单，或后六位与任何待发货订单不符";
    shipment_fault_ambiguous_order = "several orders end so: use the whole number", "多个订单的后六位相同，请填写完整订单号";
    shipment_fault_no_carrier = "no carrier: choose one for such lines above", "缺少快递公司，可在上方为此类行指定";
    shipment_fault_unknown_carrier = "the carrier is not known", "无法识别快递公司";
    shipment_fault_carrier_off = "the carrier is switched off", "该快递公司已停用";
    shipment_fault_no_number = "no tracking number", "缺少运单号";
    shipment_fault_wrong_number = "the tracking number is too long or has odd characters", "运单号过长或含有异常字符";
    shipment_fault_lost_number = "a spreadsheet has rounded or changed the number: format that column as text and type it again", "运单号已被表格软件改动或丢失尾数，请将该列设为文本后重新填写";
    shipment_fault_already = "sent before, with this number", "此前已用此单号发出";
    shipment_fault_status(status) = "the order is “{status}”", "订单状态为“{status}”";
    shipment_fault_on_hold(reason) = "the order is on hold: {reason}", "订单已暂停发货：{reason}";
    shipment_fault_cancellation_asked = "the shopper has asked to cancel the order", "顾客已申请取消订单";
    shipment_fault_second_parcel(line) = "line {line} sends the whole order with another number; for several parcels give SKU codes and units", "第 {line} 行已用另一单号整单发出；分多个包裹请填写 SKU 编码和数量";
    shipment_fault_nothing_left(line) = "nothing is left after line {line}", "第 {line} 行之后已无剩余商品";
    shipment_fault_unknown_sku = "the order has no such SKU", "订单中没有此 SKU";
    shipment_fault_wrong_count = "the number of units must be a whole number above zero", "数量须为正整数";
    shipment_fault_which_sku = "units of which SKU? Please give its code", "请填写该数量对应的 SKU 编码";
    shipment_fault_too_many(left) = "only {left} are left to be sent", "只剩 {left} 件待发";

    audit_action_upload_shipments = "Upload tracking numbers", "上传发货文件";
    audit_action_confirm_shipments = "Send parcels from a file", "确认文件发货";
    audit_action_discard_shipments = "Discard a file with tracking numbers", "放弃发货文件";
}
