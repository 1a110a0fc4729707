//! What payments, refunds, parcels and returns mean for an order. These rules get all data as parameters.

mod refunds;
mod units;

pub use refunds::{
    PaidDecision, RefundError, RefundPlan, RefundableOrder, RefundedPart, decide_paid, fits, plan_lost, plan_refund,
    plan_withdrawal,
};
pub use units::{
    ReturnableLine, SendError, is_all_sent, is_partly_sent, is_within_return, refused_units, returnable_lines,
    units_to_send, units_to_withdraw, units_within, waived_units, withdraws_all,
};
