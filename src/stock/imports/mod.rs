//! Stock out of a file. What is sent is kept, read in the background into lines that say what each would do, and applied
//! only when somebody has confirmed it; then in small batches that any process can go on with. Each step is one
//! transaction, so that a crash repeats nothing and loses nothing.

mod applying;
mod arriving;
mod model;
mod queries;
mod reading;
mod rules;

pub use applying::{
    Applied, Confirmed, Decided, MOST_AT_ONCE, apply_import_batch, confirm_import, decide_again, discard_import,
};
pub use arriving::{import_to_read, keep_import, read_import};
pub use model::{Import, ImportFile, ImportLine, ImportState, NewImport, Outcome};
pub use queries::{
    changed_lines, codes_like, import, import_lines, import_lines_after, import_units, imports, same_file_before,
};
pub use rules::{MOST_BYTES, MOST_LINES, Mode, Problem, Unreadable};
