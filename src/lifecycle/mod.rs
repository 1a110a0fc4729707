//! What one event does to several domains at once: a canceled order returns its units to the stock, one that is paid
//! after that takes them again, a parcel makes the order sent, a return brings units and money back.

mod actions;
mod cancellations;
mod cash;
mod cash_sheets;
mod expiry;
mod handling;
mod notifications;
mod payments;
mod receipts;
mod refunds;
mod refused_refunds;
mod returns;
mod reviews;
mod rules;
mod shipment_imports;
mod shipments;
mod staff;
mod units;
mod withdrawals;

pub use actions::{cancel_order, revive_order};
pub use cancellations::{AnswerOutcome, CancelOutcome, answer_cancellation, cancel_by_shopper, cancel_by_staff};
pub use cash::{CashOutcome, RefusalOutcome, record_cash, record_refusal};
pub use cash_sheets::record_sheet_cash;
pub use expiry::cancel_expired;
pub use handling::{HandlingOutcome, change_address, hold_order, note_order, release_order};
pub use notifications::{apply_notification, apply_notifications};
pub use payments::{PaymentOutcome, apply_gateway_result, apply_refund_result, refund_out_of_stock};
pub use receipts::{ReceiptOutcome, confirm_delivery, finish_received, receive_sent};
pub use refunds::{RefundRequest, RequestedRefund, refund_order, refundable_order};
pub use refused_refunds::{RefundDecision, give_otherwise, retry_refund};
pub use returns::{
    ReturnOutcome, ReturnRefund, ReturnStep, ReturnableOrder, add_return_picture, answer_return, ask_return,
    close_return, receive_return, refund_return, returnable_order, send_back, withdraw_return,
};
pub use reviews::{FINISHED_BY_REVIEW, ReviewOutcome, write_review};
pub use rules::{RefundError, RefundPlan, RefundableOrder, RefundedPart, ReturnableLine, plan_refund};
pub use shipment_imports::send_imported_parcel;
pub use shipments::{
    ParcelOutcome, SendOutcome, correct_parcel, is_correctable, refund_lost_parcel, replace_lost_parcel, send_parcel,
    undo_parcel,
};
pub use staff::{refund_paid_late, revive_paid_late, settle_payment};
pub use withdrawals::{WithdrawOutcome, Withdrawal, withdraw_units};
