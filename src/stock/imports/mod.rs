//! Stock imports from CSV and XLSX files. A file is stored, then read in the background into lines that say what each
//! would change, and applied in batches once a person has confirmed it. If it is uncertain which columns hold what, a
//! person chooses them first. Each step is one transaction that any process can continue, so after a crash a step is
//! repeated and nothing is lost.

mod applying;
mod choose_layout;
mod headings;
mod layout;
mod mapping;
mod model;
mod queries;
mod reading;
mod rules;
mod sheet_sample;
mod staged_lines;
mod staging;
mod table;

pub use applying::{
    BatchOutcome, ConfirmOutcome, Confirmation, MAX_SKUS_PER_BATCH, RetryOutcome, apply_import_batch, confirm_import,
    discard_import, retry_changed_lines,
};
pub use layout::{ChosenBy, ColumnMapping, FileLayout, HeadingRow, ImportColumn, MappingQuestion};
pub use mapping::{MapOutcome, drop_old_import_files, map_import};
pub use model::{Import, ImportFile, ImportLine, ImportState, LineOutcome, NewImport, SkuTotal};
pub use queries::{
    changed_lines, codes_like, import, import_lines, import_lines_after, import_units, imports, same_file_before,
    sku_totals,
};
pub use rules::{ImportMode, LineProblem, MAX_FILE_BYTES, MAX_FILE_LINES, UnreadableFile};
pub use staging::{claim_import_to_read, read_import, store_import};
pub use table::{FileCell, FileCellKind, FileRow, MAX_ROW_CELLS, read_table};
