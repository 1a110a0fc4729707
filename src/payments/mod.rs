//! Payments: attempts to pay an order at a gateway, what the gateway says of them, refunds, and bills.

mod actions;
mod admin_queries;
mod alipay;
mod bills;
mod erasure;
mod gateway;
mod gateways;
mod metrics;
mod model;
mod money_moves;
mod pay_link;
mod queries;
mod rules;

pub use actions::{
    NewPayment, NewRefund, claim_payments, claim_refunds, lock_payment, lock_refund, mark_closed, mark_counting,
    mark_paid, mark_refund_sent, mark_settled, mark_settled_by_staff, mark_strange, open_payment, query_soon,
    record_cash, record_given_otherwise, record_notifications, record_query, record_refund, retry_refund,
    save_refund_lines, set_return_of_refund, try_lock_payments, want_closed, want_refund,
};
pub use admin_queries::{
    AdminRefund, PaymentFigures, PaymentFilter, PaymentListItem, PaymentSearch, PaymentTasks, StoredNotification,
    admin_payment, admin_refunds, is_refund_of, notifications_of, payment_figures, payment_tasks,
    payment_tasks_statement, payments_matching,
};
pub use alipay::{
    MAX_NOTIFICATION_LEN, NotificationError, PayPage, PrivateKey, PublicKey, beijing, notification_fields,
};
pub use bills::{
    BillCheck, BillCheckResult, BillOutcome, BillReconciliation, BillTotals, ClaimedBill, RecordedBill, bill_due_at,
    claim_bill, last_bills, reconcile_bill, record_bill, record_bill_failure, retry_bill_at, skip_bills, want_bills,
};
pub use erasure::erase_payments;
pub use gateway::{BillLine, BillLineKind, BillState, GatewayState, PaidTrade, PaymentTerms, RefundState, RefundTerms};
pub use gateways::{Gateway, GatewayError, Gateways};
pub use metrics::{NOTIFICATION_BATCHES, NOTIFICATIONS, NotificationOutcome, REFUND_RESULTS, register_metrics};
pub use model::{
    AppliedNotification, OUT_OF_STOCK, PaidAttempt, Payment, PaymentStatus, ReceivedNotification, Refund, RefundLine,
    RefundReason, RefundStatus,
};
pub use money_moves::{MoneyMove, MoneyMoveKind, MovePlace, money_moves};
pub use pay_link::PayLinkKey;
pub use queries::{
    counting_payment, lines_of_refund, order_of_payment, payment, payment_by_number, payment_of_refund,
    payments_by_number, payments_by_trade, payments_of, refund, refund_by_token, refunded_freight, refunded_sum,
    refunded_units, returned_sum, sent_sum, strange_payments, surplus_of,
};
pub use rules::{next_query, stuck_before, worth_of_units};
