//! Returns: the shopper's pages and those of staff.

use super::messages;

messages! {
    returns = "Returns", "退货退款";
    returns_words = "What shoppers want to return, and what is done about it.", "买家的退货退款申请及处理情况。";
    returns_none = "No open returns", "没有待处理的退货";
    returns_none_words = "When a shopper asks for a return, it stands here.", "买家申请退货退款后会显示在这里。";
    return_one = "Return", "退货退款";
    return_kind = "What is wanted", "申请类型";
    return_reason = "Reason", "原因";
    return_words = "What happened", "问题描述";
    return_answer = "Answer", "答复";
    return_lines = "Goods", "商品";
    return_asked_at = "Asked", "申请时间";
    return_pictures = "Pictures", "图片";
    return_approve = "Approve", "同意";
    return_decline = "Decline", "拒绝";
    return_answer_hint = "The shopper reads it. Needed if you decline.", "买家可见；拒绝时必填。";
    return_approved_done = "Approved. The shopper is told.", "已同意，并通知买家。";
    return_declined_done = "Declined. The shopper is told.", "已拒绝，并通知买家。";
    return_arrival_title = "The goods arrived", "退货到货";
    return_sellable = "Sellable", "可售";
    return_damaged = "Damaged", "损坏";
    return_sellable_of(name) = "Sellable units of {name}", "{name}的可售件数";
    return_damaged_of(name) = "Damaged units of {name}", "{name}的损坏件数";
    return_arrival_button = "Record what arrived", "登记到货";
    return_arrived_done = "Recorded. Sellable units are in stock.", "已登记，可售件数已入库。";
    return_refund_title = "Refund and close", "退款并关闭";
    return_refund_units = "Units to refund", "退款件数";
    return_refund_button = "Refund", "退款";
    return_close_title = "Close without a refund", "不退款关闭";
    return_close_words = "Words for the shopper", "给买家的说明";
    return_close_button = "Close", "关闭";
    return_closed_done = "The return is closed.", "退货退款已关闭。";
    return_is_now(status) = "Nothing was done. The return is now: {status}.", "未执行，退货退款现在的状态：{status}。";
    return_too_many = "More units than the return has.", "超过退货件数。";
    return_back_with(carrier, number) = "Sent back with {carrier}, number {number}", "退回物流：{carrier}，单号 {number}";
    return_units_asked(n) = "{n} asked for", "申请 {n} 件";
    return_units_arrived(sellable, damaged) = "{sellable} sellable, {damaged} damaged arrived", "到货：可售 {sellable}，损坏 {damaged}";
    return_asked = "Asked", "待审核";
    return_approved = "Approved", "已同意";
    return_declined = "Declined", "已拒绝";
    return_sent_back = "On its way back", "退货中";
    return_arrived = "Arrived", "已到货";
    return_closed = "Closed", "已完成";
    return_withdrawn = "Withdrawn", "已撤销";
    return_goods_back = "Send goods back for a refund", "退货退款";
    return_refund_only = "Refund only, without sending goods back", "仅退款";
    return_reason_damaged = "Arrived damaged or faulty", "商品损坏或有质量问题";
    return_reason_wrong = "Not what I ordered", "发错商品";
    return_reason_not_as_described = "Not as described", "与描述不符";
    return_reason_not_arrived = "Did not arrive", "没有收到";
    return_reason_unwanted = "I do not want it any more", "不想要了";
    return_reason_other = "Another reason", "其他原因";
}
