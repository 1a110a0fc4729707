//! Fapiao, the tax invoices of China: shoppers ask for one or withdraw the request, staff issue it on the tax platform or
//! refuse it, and after a refund staff issue a red fapiao that reverses it.

mod actions;
mod details;
mod erasure;
pub mod forms;
mod model;
mod queries;
mod rules;

pub use actions::{
    IssueOutcome, IssuedFapiao, RefuseOutcome, RequestOutcome, Reversal, ReverseOutcome, WithdrawOutcome, issue_fapiao,
    mark_to_reverse, refuse_request, request_fapiao, reverse_fapiao, withdraw_request,
};
pub use details::FapiaoDetail;
pub use erasure::{erase_due, erase_requests};
pub use model::{
    FapiaoFile, FapiaoFilter, FapiaoKind, FapiaoListItem, FapiaoPart, FapiaoRequest, FapiaoStatus, FapiaoView,
    FileFormat, NewFapiaoRequest, OpenFapiao, OrderToInvoice, TitleKind,
};
pub use queries::{
    MAX_OPEN_COUNT, fapiao_file, open_fapiao_statement, order_to_invoice, request_with_id, requests_in_list,
    requests_of_order,
};
pub use rules::{MAX_FILE_BYTES, RequestRefusal, check_request};
