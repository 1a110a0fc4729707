//! Orders and their status, revenue, and reconciliation. An order has its own copy of names, prices and address, which
//! does not change when the product or the account does.

mod actions;
mod admin_queries;
mod daily_revenue;
mod erasure;
mod events;
mod export_queries;
pub mod forms;
mod model;
pub mod pages;
mod queries;
mod reconciliation;
mod rules;
mod search;
mod transitions;
mod work_lists;

pub use actions::{NewOrder, NewOrderLine, save_orders};
pub use admin_queries::{
    AdminOrder, LastRecipient, MAX_PENDING_COUNT, OrderListItem, PendingOrders, admin_order, last_recipient, lines_of,
    order_list_items, pending_orders, shoppers_of,
};
pub use daily_revenue::{
    Revenue, TimeRange, delete_recorded_days, last_days, record_days, recount_day, revenue_by_day, revenue_in,
};
pub use erasure::{OpenOrder, OpenReason, erase_orders, lock_orders_of, open_orders_of, refresh_search_of};
pub use events::{Actor, ActorKind, CanceledBy, EventKind, OrderEvent, RecordedEvent};
pub use export_queries::{ExportedLine, ExportedOrder, exported_lines, exported_orders, tracking_numbers};
pub use model::{DeliveryAddress, Holdings, LineState, LockedOrder, Order, OrderLine, OrderView, Status};
pub use queries::{
    OrderHistory, address_of, amounts_of, contacts_of, events_of, has_event_of_form, id_of_number, is_placed_by_staff,
    last_language, line_states, number_of, number_of_staff_form, numbers_of, order_history, order_id, order_of,
    skus_of_lines, view_of_number, was_placed_since,
};
pub use reconciliation::{
    Check, CheckResult, LastReconciliation, MAX_RECORDED_MISMATCHES, Mismatch, ReconciliationStatus, RecordedCheck,
    RecordedRun, Run, last_reconciliation, last_runs, lock_reconciliation, reconciliation_is_running, record_run,
    run_checks, run_reconciliation, start_reconciliation,
};
pub use rules::{expired_at, status_sequence, waits_to_be_paid};
pub use search::{
    FoundOrders, LATE_AFTER, MAX_TOTAL, OrderFilter, OrderSearch, OrderTotals, SearchLimits, SearchedTo, WorkList,
    fill_search, find_orders, find_orders_with_limits, find_page_of_orders, order_totals, order_totals_with_limits,
    refresh_search,
};
pub use transitions::{
    LineCounts, apply_event, apply_paid, change_address, change_line_counts, change_line_refunded_amount,
    change_refunded_amount, forget_recorded_day, lock_order, record_collected, record_event, record_placed_by_staff,
    set_packing, try_lock_order, try_lock_orders, waive_amount,
};
pub use work_lists::{WaitingOrders, newest_order, orders_after, waiting_orders};
