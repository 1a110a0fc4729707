//! Sending: parcels, withdrawals, holds, and the history of an order.

use super::messages;

messages! {
    refund_because_withdrawn = "Taken out of the order", "商品移出订单";
    refund_because_return = "Return", "退货退款";
    refund_because_lost = "Parcel lost", "包裹丢失";
    withdraw_cancel_instead = "Nothing would be left of this order. Cancel it instead.", "取出后订单将没有商品，请直接取消订单。";
    history_packing = "Packing began", "开始配货";
    history_packing_stopped = "Packing was stopped", "停止配货";
    history_parcel_sent = "Parcel sent", "包裹已发出";
    history_parcel_corrected = "Parcel corrected", "包裹信息已更正";
    history_parcel_undone = "Parcel undone", "发货已撤销";
    history_parcel_lost = "Parcel lost", "包裹丢失";
    history_withdrawn = "Goods taken out", "商品移出订单";
    history_held = "Put on hold", "订单已挂起";
    history_released = "Hold ended", "解除挂起";
    history_noted = "Note", "备注";
    history_address_changed = "Address changed", "收货地址已修改";
    history_cancellation_asked = "The shopper asks to cancel", "买家申请取消";
    history_cancellation_declined = "Request to cancel declined", "已拒绝取消申请";
    history_refund_wanted = "Refund asked for", "发起退款";
    history_refund_done = "Refund done", "退款成功";
    history_refund_refused = "Refund refused by the gateway", "退款被支付平台拒绝";
    history_return_asked = "Return asked for", "申请退货退款";
    history_return_approved = "Return approved", "已同意退货退款";
    history_return_declined = "Return declined", "已拒绝退货退款";
    history_return_sent_back = "Goods on their way back", "买家已寄回商品";
    history_return_arrived = "Returned goods arrived", "退货已到";
    history_return_closed = "Return closed", "退货退款已完成";
    history_return_withdrawn = "Return withdrawn", "买家撤销退货退款";
}
