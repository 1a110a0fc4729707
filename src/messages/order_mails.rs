//! Messages of emails about orders: to shoppers, and to staff who want them.

use super::messages;

messages! {
    order_mail_subject(title, number) = "{title} (order {number})", "{title}（订单 {number}）";
    order_mail_order = "Order", "订单号";
    order_mail_see = "See the order", "查看订单";
    order_mail_sign_in = "You will be asked to sign in.", "需要登录后查看。";
    order_mail_goods_count(n) = "× {n}", "× {n}";
    order_mail_address = "Goes to", "收货信息";
    order_mail_note = "Your note", "备注";
    order_mail_questions = "Questions?", "有疑问？请联系";
    order_mail_why = "You get this because you ordered in this shop.", "您收到此邮件是因为您在本店下了订单。";

    order_mail_placed_title = "We have your order", "订单已生成";
    order_mail_pay_by(amount, method, until) = "Please pay {amount} with {method} by {until}. Until then we keep the goods for you; after that the order is cancelled.", "请在 {until} 前使用{method}支付 {amount}。在此之前我们为您保留商品，逾期订单将自动取消。";
    order_mail_pay_now = "Pay now", "立即付款";
    order_mail_cod(amount) = "Thank you. Please have {amount} ready for the courier.", "谢谢惠顾。请备好 {amount}，货到时交给快递员。";
    order_mail_free = "Thank you. There is nothing to pay.", "谢谢惠顾，无需付款。";

    order_mail_reminder_title(until) = "Please pay by {until}", "请在 {until} 前付款";
    order_mail_reminder(amount) = "Your order of {amount} is not paid yet. After that time it is cancelled, and the goods go back to the shelf.", "您的订单（{amount}）尚未付款。逾期将自动取消，商品重新上架。";

    order_mail_expired_title = "Your order was not paid in time", "订单因超时未付款已取消";
    order_mail_expired = "So it was cancelled, and nothing was charged. You can put its goods back into your cart with one press.", "订单已取消，未产生任何费用。您可以一键将商品放回购物车。";
    order_mail_refill = "Put the goods back into the cart", "将商品放回购物车";

    order_mail_paid_title = "Your order is paid", "订单已付款";
    order_mail_paid(amount, method) = "Thank you: {amount} has arrived with {method}. We tell you when the goods leave.", "谢谢惠顾：已通过{method}收到 {amount}。发货后将通知您。";

    order_mail_revived_title = "Your order stands after all", "订单已恢复";
    order_mail_revived(amount) = "Your payment of {amount} came after the order had been cancelled. Its goods were still there, so we took the order up again.", "您的付款 {amount} 在订单取消后到账。商品仍有库存，订单已恢复。";

    order_mail_parcel_title = "Your goods are on their way", "商品已发货";
    order_mail_parcel_part_title = "A part of your goods is on its way", "部分商品已发货";
    order_mail_parcel_part = "The rest follows in another parcel.", "其余商品将另行发出。";
    order_mail_carrier = "Carrier", "快递公司";
    order_mail_tracking = "Tracking number", "快递单号";
    order_mail_follow = "Follow the parcel", "查询物流";
    order_mail_in_parcel = "In the parcel", "包裹内商品";

    order_mail_canceled_title = "Your order is cancelled", "订单已取消";
    order_mail_canceled_by_you = "As you asked, we have cancelled the order.", "已按您的要求取消订单。";
    order_mail_canceled_by_us = "We are sorry: we had to cancel the order.", "非常抱歉，我们取消了您的订单。";
    order_mail_canceled_refused = "The parcel was not accepted and came back to us.", "包裹被拒收并已退回。";
    order_mail_reason = "Reason", "原因";
    order_mail_money_back(amount) = "What you have paid, {amount}, goes back to you. We write again when it is done.", "您支付的 {amount} 将退还给您，退款完成后会再通知您。";
    order_mail_nothing_charged = "Nothing was charged.", "未产生任何费用。";

    order_mail_refund_title(amount) = "{amount} went back to you", "已退款 {amount}";
    order_mail_refund_gateway(amount, method) = "We have refunded {amount} to where you paid from, with {method}. Until you see it there, it may take some days.", "已将 {amount} 通过{method}原路退回，到账可能需要几天。";
    order_mail_refund_elsewhere(amount) = "We have given {amount} back to you, not through the payment service but in another way.", "已将 {amount} 通过其他方式退还给您。";

    order_mail_late_title = "Your payment came too late", "付款到账时商品已售罄";
    order_mail_late(amount) = "Your payment of {amount} came after the order had been cancelled, and its goods are sold meanwhile. We look whether we can still find them; if not, the money goes back to you within a day.", "您的付款 {amount} 在订单取消后到账，而商品已售罄。我们会设法补货；如无法补货，款项将在一天内退还。";
    order_mail_twice_title = "A payment goes back to you", "多付的款项将退还";
    order_mail_twice(amount) = "A payment of {amount} came in that the order does not need, because it was paid already or was cancelled. It goes back to you.", "我们收到一笔无需支付的款项 {amount}（订单已付款或已取消），该款项将退还给您。";

    order_mail_return_asked_title = "We have your request for a return", "已收到退货申请";
    order_mail_return_asked = "We look at it and answer soon. Please send nothing back before.", "我们会尽快处理，请在答复前不要寄回商品。";
    order_mail_return_approved_title = "Your return is approved", "退货申请已通过";
    order_mail_return_send = "Please send these goods to the address below, and write the tracking number on the page of the order.", "请将以下商品寄往下列地址，并在订单页面填写快递单号。";
    order_mail_return_to = "Send to", "退货地址";
    order_mail_return_no_address = "We write to you where to send them.", "退货地址将另行通知。";
    order_mail_return_keep = "You need not send anything back. The money goes back to you.", "无需寄回商品，款项将退还给您。";
    order_mail_return_declined_title = "Your return is declined", "退货申请未通过";
    order_mail_return_declined = "We are sorry that we cannot take these goods back.", "很抱歉，我们无法接受以下商品的退货。";
    order_mail_return_arrived_title = "Your return has arrived", "退回的商品已收到";
    order_mail_return_arrived = "The goods are here. We check them, and then write about the money.", "商品已收到，检查后会通知您退款情况。";
    order_mail_return_closed_title = "Your return is closed", "退货已完成";
    order_mail_return_closed = "Nothing more is to be done for this return.", "本次退货已处理完毕。";
    order_mail_answer = "Our answer", "我们的答复";
    order_mail_in_return = "In the return", "退货商品";

    order_mail_soon_title = "Have the goods arrived?", "商品收到了吗？";
    order_mail_soon(day) = "On {day} your order counts as received by itself. If something is missing or wrong, please tell us before, on the page of the order.", "订单将于 {day} 自动确认收货。如有缺失或问题，请在此之前于订单页面告诉我们。";

    order_mails = "E-mails", "邮件";
    order_mails_none = "None yet.", "暂无。";
    order_mail_kind_placed = "Placed", "下单";
    order_mail_kind_reminder = "Reminder to pay", "付款提醒";
    order_mail_kind_expired = "Expired", "超时取消";
    order_mail_kind_paid = "Paid", "付款";
    order_mail_kind_revived = "Revived", "恢复";
    order_mail_kind_parcel = "Parcel sent", "发货";
    order_mail_kind_canceled = "Cancelled", "取消";
    order_mail_kind_refund = "Refund done", "退款";
    order_mail_kind_late = "Paid late", "逾期付款";
    order_mail_kind_twice = "Paid twice", "重复付款";
    order_mail_kind_return_asked = "Return asked for", "申请退货";
    order_mail_kind_return_approved = "Return approved", "同意退货";
    order_mail_kind_return_declined = "Return declined", "拒绝退货";
    order_mail_kind_return_arrived = "Return arrived", "收到退货";
    order_mail_kind_return_closed = "Return closed", "退货完成";
    order_mail_kind_soon = "Soon counts as received", "即将自动收货";
    order_mail_waiting = "Waiting", "等待发送";
    order_mail_retried = "Failed, is tried again", "失败，将重试";
    order_mail_failed = "Failed", "失败";
    order_mail_unknown = "Unknown whether it arrived", "是否送达未知";
    order_mail_sent = "Sent", "已发送";
    order_mail_no_address = "No address", "无邮箱地址";
    order_mail_outdated = "Not needed any more", "不再需要";

    job_order_mail = "Mail about an order", "订单邮件";
    job_staff_mail = "Mail about orders to staff", "给员工的订单邮件";

    staff_mails = "Orders", "订单";
    staff_mail_wanted_new_orders = "New orders to be sent, at most one mail an hour", "有新的待发货订单（每小时最多一封）";
    staff_mail_wanted_return_asked = "A shopper asks for a return", "有买家申请退货";
    staff_mail_wanted_strange_payment = "A payment that somebody must look at", "有需要人工处理的付款";
    staff_mail_wanted_cancellation = "A shopper cancels a paid order, or asks to", "有买家取消已付款订单或申请取消";
    staff_mail_wanted_refund_stuck = "A refund was refused, or is not done after an hour", "退款被拒，或一小时后仍未完成";
    staff_mails_saved = "Saved.", "已保存。";
    staff_mail_new_orders_title(n) = "{n} new orders to be sent", "{n} 个新订单待发货", one "{n} new order to be sent";
    staff_mail_new_order(number, method) = "{number}, {method}", "{number}，{method}";
    staff_mail_return_title = "A shopper asks for a return", "有买家申请退货";
    staff_mail_strange_title = "A payment must be looked at", "有付款需要处理";
    staff_mail_strange(why) = "Why: {why}", "原因：{why}";
    staff_mail_out_of_stock = "paid after it had expired, and its goods are sold", "订单超时后付款，商品已售罄";
    staff_mail_canceled_title = "A shopper has canceled a paid order", "买家取消了已付款的订单";
    staff_mail_canceled = "Please do not send it. The refund is under way.", "请勿再发货，退款正在处理。";
    staff_mail_cancellation_asked_title = "A shopper asks to cancel an order", "有买家申请取消订单";
    staff_mail_cancellation_asked = "It is being packed. Please answer before it leaves.", "订单正在打包，请在发出前答复买家。";
    staff_mail_cancellation_reason = "Reason", "原因";
    staff_mail_refund_refused_title = "A refund was refused", "有退款被拒绝";
    staff_mail_refund_stuck_title = "A refund is not done after an hour", "有退款一小时后仍未完成";
    staff_mail_refund_amount = "Refund", "退款金额";
    staff_mail_more = "More orders", "其他订单";
    staff_mail_see_all = "See all of them", "查看全部";
    staff_mail_see = "Look at it", "查看";
    staff_mail_why = "You get this because you asked for it.", "您收到此邮件是因为您订阅了此类通知。";
    staff_mail_unsubscribe = "No more mails of this kind", "不再接收此类邮件";
    audit_action_want_staff_mails = "Mails about orders", "订单邮件订阅";
    audit_field_mails = "Mails", "邮件";

    unsubscribe_title = "No more of these mails?", "不再接收此类邮件？";
    unsubscribe_words(what) = "This is about: {what}.", "邮件类型：{what}。";
    unsubscribe_button = "Unsubscribe", "取消订阅";
    unsubscribed_title = "You get no more of these mails", "已取消订阅";
    unsubscribed_words = "In the admin, under “Your mail”, you can have them again.", "可在后台“邮件通知”中重新订阅。";
}
