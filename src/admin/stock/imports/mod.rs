//! `/admin/imports`: pages of stock imported from files. The rules are in the domain `stock`.

mod decisions;
mod downloads;
pub(super) mod labels;
mod list;
mod mapping;
mod new_import;
mod page;
mod upload;

use crate::kernel::ImportId;

pub use decisions::{confirm_import, decide_again, discard_import};
pub use downloads::{failed_lines, import_sheet};
pub use list::imports;
pub use mapping::map_import;
pub use new_import::{new_import, send_import};
pub use page::import;

pub(in crate::admin) use labels::unreadable_words;

const IMPORTS: &str = "/admin/imports";
/// The number of imports, or of lines of an import, on one page.
const PER_PAGE: i64 = 50;

fn address(id: ImportId) -> String {
    format!("{IMPORTS}/{id}")
}
