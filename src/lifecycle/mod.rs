//! What one event does to several domains at once: a canceled order returns its units to the stock, a revived one
//! takes them again.

mod actions;
mod expiry;
mod notifications;
mod payments;
mod refunds;
mod rules;
mod staff;

pub use actions::{cancel_order, revive_order};
pub use expiry::cancel_expired;
pub use notifications::{apply_notification, apply_notifications};
pub use payments::{PaymentOutcome, apply_gateway_result, apply_refund_result, refund_out_of_stock};
pub use refunds::{
    RefundDecision, RefundRequest, RequestedRefund, give_otherwise, refund_order, refundable_order, retry_refund,
};
pub use rules::{RefundError, RefundPlan, RefundableOrder, RefundedPart, plan_refund};
pub use staff::{
    CancelOutcome, CashOutcome, cancel_by_staff, record_cash, refund_paid_late, revive_paid_late, settle_payment,
};
