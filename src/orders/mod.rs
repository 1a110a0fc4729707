//! Orders and their expiry, revenue, and reconciliation. An order has its own copy of names, prices and address, which
//! does not change when the product or the account does.

mod actions;
mod admin_queries;
mod daily_revenue;
mod model;
pub mod pages;
mod queries;
mod reconciliation;
mod rules;

pub use actions::{NewOrder, NewOrderLine, cancel_expired, save_orders};
pub use admin_queries::{
    AdminOrder, MAX_PENDING_COUNT, OrderFilter, OrderListItem, OrderSearch, PendingOrders, admin_order,
    orders_matching, pending_orders,
};
pub use daily_revenue::{
    Revenue, TimeRange, delete_recorded_days, last_days, record_days, recount_day, revenue_by_day, revenue_in,
};
pub use model::{Holdings, Order, OrderLine, OrderView, Status};
pub use queries::{OrderHistory, numbers_of, order_history, order_of, was_placed_since};
pub use reconciliation::{
    Check, CheckResult, MAX_RECORDED_MISMATCHES, Mismatch, ReconciliationStatus, RecordedCheck, RecordedRun, Run,
    last_runs, lock_reconciliation, reconciliation_is_running, reconciliation_status, record_run, run_checks,
    run_reconciliation, start_reconciliation,
};
pub use rules::waits_to_be_paid;
