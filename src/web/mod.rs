//! HTTP without the rules of the shop: what every page needs, whatever it sells.

pub mod assets;
mod client;
pub mod cookies;
mod error;
mod figures;
mod flash;
mod form;
mod guard;
mod headers;
mod held;
mod language;
pub mod machines;
pub mod messages;
mod page;
mod paging;
mod rate_limit;
mod respond;
mod session;
mod trace;

pub use client::client_address;
pub use error::{PageError, error_pages, facts_of_error_pages};
pub use figures::{grouped, signed};
pub use flash::{Flash, Tone, flashes};
pub use form::{Fields, Form};
pub use guard::refuse_cross_site;
pub use headers::{answers_to_forms_uncompressed, security_headers};
pub use held::held;
pub use language::{Language, change_language, is_chinese};
pub use messages::Text;
pub use page::{Department, Facts, FactsSource, Page, Who, came_from, local_path, picture_url};
pub use paging::Paging;
pub use rate_limit::{Verdict, forgive_one, spend};
pub use respond::{html, html_of, rendered, see_other, too_many, unavailable, unprocessable};
pub use session::sessions;
pub use trace::RequestSpan;
