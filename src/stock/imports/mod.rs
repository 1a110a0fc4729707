//! Stock out of a file. What is sent is kept, read in the background into lines that say what each would do, and applied
//! only when somebody has confirmed it; where more than one column could be meant, somebody chooses first. It is applied in
//! small batches that any process can go on with. Each step is one transaction, so that a crash repeats nothing and loses
//! nothing.

mod applying;
mod choosing;
mod headings;
mod mapping;
mod model;
mod queries;
mod reading;
mod rules;
mod staging;

pub use applying::{
    Applied, Confirmation, Confirmed, Decided, MOST_AT_ONCE, apply_import_batch, confirm_import, decide_again,
    discard_import,
};
pub use mapping::{Mapped, drop_old_import_files, map_import};
pub use model::{
    ChosenBy, Column, HeadingRow, Import, ImportFile, ImportLine, ImportState, Layout, Mapping, NewImport, Outcome,
    Question, Together,
};
pub use queries::{
    changed_lines, codes_like, import, import_lines, import_lines_after, import_units, imports, same_file_before,
    together,
};
pub use rules::{MOST_BYTES, MOST_LINES, Mode, Problem, Unreadable};
pub use staging::{import_to_read, keep_import, read_import};
