//! HTTP without the rules of the shop.

mod app_data;
pub mod assets;
mod canonical;
mod client;
mod compression;
mod connections;
pub mod cookies;
mod csrf;
mod csv;
mod encodings;
mod error;
mod escape;
mod fields;
pub mod filters;
mod flash;
mod form;
mod headers;
pub mod health;
mod http_metrics;
mod language;
mod mailbox;
mod own_cookies;
mod page;
mod page_meta;
mod page_request;
mod paging;
mod rate_limit;
pub mod reached_limits;
mod request_deadline;
mod request_span;
mod responses;
mod security;
mod session;
mod spreadsheet;
mod upload;

pub use app_data::app_data;
pub use canonical::{canonical_addresses, canonical_redirect, moved_permanently};
pub use client::{client_address, is_shared_address};
pub use compression::{SharedHtml, compress_responses};
pub use connections::{ConnectionLimits, ServerOptions, listen, register_connections, server};
pub use csrf::refuse_cross_site;
pub use csv::{BYTE_ORDER_MARK, csv_download, csv_row};
pub use error::{PageError, error_pages, shared_data_for_error_pages};
pub use escape::Escape;
pub use fields::{Fields, MaxFormBytes, brings_form, close_unread};
pub use flash::{Flash, FlashLevel, flashes};
pub use form::Form;
pub use headers::{answers_to_forms_uncompressed, security_headers};
pub use http_metrics::{count_traffic, register_traffic};
pub use language::change_language;
pub use mailbox::{mail_in_mailbox, mailbox};
pub use own_cookies::own_cookies;
pub use page::{
    CategoryMenu, CurrentUser, Page, PageSettings, PageSettingsSource, RootCategory, SharedPageData,
    SharedPageDataSource, Subcategory, local_path, picture_url, referer_path,
};
pub use page_meta::{MetaPicture, PageMeta, absolute, in_language, script_json};
pub use page_request::{PageRequest, VisitorRequest};
pub use paging::Paging;
pub use rate_limit::{Asker, CountedHit, Limit, RateLimit, hit, hit_counted, refund_hit};
pub use request_deadline::limit_waits;
pub use request_span::RequestSpan;
pub use responses::{
    PageResult, download, forbidden, gone, html, html_of, missing, picture, rendered, see_other, send_again, too_many,
    unavailable, unprocessable,
};
pub use security::{SecurityEvent, Subject, register_security_events};
pub use session::{is_session_unreadable, renewals, sessions};
pub use spreadsheet::{Cell, SheetFormat, SheetWriter};
pub use upload::{UploadFields, UploadResult, UploadSink, encoded_picture, picture_error, receive};
