//! Payments.

use super::messages;

messages! {
    payment_title = "Pay the order", "支付订单";
    payment_pay(amount) = "Pay {amount}", "支付 {amount}";
    payment_go(amount) = "Pay {amount} with Alipay", "用支付宝支付 {amount}";
    payment_words(minutes) = "You are being led to Alipay. If nothing happens, press the button. There are {minutes} minutes left.", "正在前往支付宝。如未自动跳转，请点击按钮。剩余 {minutes} 分钟。", one "You are being led to Alipay. If nothing happens, press the button. There is {minutes} minute left.";
    payment_trial = "This is a trial: no real money moves.", "此为试用：不会产生真实扣款。";
    payment_until = "To be paid by", "付款截止";
    payment_back = "Back to the order", "返回订单";
    payment_cannot_be_paid = "This order cannot be paid any more, or not online.", "该订单已无法在线支付。";
    payment_too_late_to_cancel = "This order can no longer be cancelled here.", "该订单已无法在此取消。";
    payment_cancel = "Cancel the order", "取消订单";
    payment_subject(number) = "Order {number}", "订单 {number}";
    payment_asking = "We are asking Alipay whether the payment has arrived. This page follows by itself.", "正在向支付宝确认付款结果，页面将自动更新。";
    payment_minutes_left(minutes) = "{minutes} minutes left.", "剩余 {minutes} 分钟。", one "{minutes} minute left.";
    payment_paid_at(method, at) = "Paid with {method} on {at}.", "已于 {at} 通过{method}支付。";
    payment_surplus(amount) = "You paid {amount} that this order does not need. It goes back to where it came from.", "您多付的 {amount} 将原路退回。";
    payment_refunded(amount) = "{amount} goes back to where it came from.", "{amount} 将原路退回。";
}
