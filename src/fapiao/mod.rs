//! Fapiao, the tax invoices of China: what shoppers ask for or withdraw, what staff issue on the tax platform or refuse,
//! and the red ones that reverse them after a refund.

mod actions;
mod details;
pub mod forms;
mod model;
mod queries;
mod rules;

pub use actions::{
    IssueOutcome, IssuedFapiao, RefuseOutcome, RequestOutcome, Reversal, ReverseOutcome, WithdrawOutcome, erase_due,
    erase_requests, issue_fapiao, mark_to_reverse, refuse_request, request_fapiao, reverse_fapiao, withdraw_request,
};
pub use details::FapiaoDetail;
pub use model::{
    FapiaoFile, FapiaoFilter, FapiaoKind, FapiaoListItem, FapiaoPart, FapiaoRequest, FapiaoStatus, FapiaoView,
    FileFormat, NewFapiaoRequest, OpenFapiao, OrderToInvoice, TitleKind,
};
pub use queries::{
    ListPosition, MAX_OPEN_COUNT, fapiao_file, open_fapiao, order_to_invoice, request_with_id, requests_in_list,
    requests_of_order,
};
pub use rules::{MAX_FILE_BYTES, RequestRefusal, check_request};
