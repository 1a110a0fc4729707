//! Returns: the shopper's pages and those of staff.

use super::messages;

messages! {
    returns = "Returns", "退货退款";
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
