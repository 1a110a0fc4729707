//! Imports: stock out of a file. The rules are the stock room's.

mod decisions;
mod files;
mod list;
mod mapping;
mod page;
mod sending;
mod upload;
pub(super) mod words;

use crate::kernel::ImportId;

pub use decisions::{confirm_import, decide_again, discard_import};
pub use files::{failed_lines, import_sheet};
pub use list::imports;
pub use mapping::map_import;
pub use page::import;
pub use sending::{new_import, send_import};

const IMPORTS: &str = "/admin/imports";
/// How many imports, or lines of one, a page lists.
const PER_PAGE: i64 = 50;

fn address(id: ImportId) -> String {
    format!("{IMPORTS}/{id}")
}
