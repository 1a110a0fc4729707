//! Checks of the structure of the code: which part may import which, where SQL and HTTP may be used, which names are
//! used, how long files and functions are, and that no message and no template is unused.
//!
//! It reads the sources, so it needs no services. `proofs` shows for each check that it can fail.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "architecture/checks.rs"]
mod checks;
#[path = "architecture/documents.rs"]
mod documents;
#[path = "architecture/handlers.rs"]
mod handlers;
#[path = "architecture/proofs.rs"]
mod proofs;
#[path = "architecture/reading.rs"]
mod reading;
#[path = "architecture/sizes.rs"]
mod sizes;
#[path = "architecture/vocabulary.rs"]
mod vocabulary;

use std::{collections::BTreeSet, fs, path::Path};

use checks::{
    File, circle_faults, crate_faults, import_faults, inline_faults, long_line_faults, messages, path_faults,
    public_module_faults, row_faults, rows, tests, unused_messages, unused_templates, web_faults,
};

fn read_folder(folder: &str, kind: &str) -> Vec<File> {
    fn walk(folder: &Path, kind: &str, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, kind, found);
            } else if path.extension().is_some_and(|extension| extension == kind) {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    walk(&root, kind, &mut found);
    found.sort();
    assert!(!found.is_empty(), "{folder} is empty");
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn sources() -> Vec<File> {
    read_folder("src", "rs")
}

/// The names that the dependencies have in code.
fn crates() -> BTreeSet<String> {
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("[dependencies]").unwrap();
    let lines = rest.lines().skip(1).take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.replace('-', "_")).collect()
}

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn each_part_imports_only_what_stands_before_it() {
    none(&import_faults(&sources(), &crates()));
}

#[test]
fn http_and_sql_stand_where_they_belong_and_the_kernel_needs_neither() {
    none(&crate_faults(&sources(), &crates()));
}

#[test]
fn rules_queries_and_actions_know_nothing_of_http() {
    none(&web_faults(&sources(), &crates()));
}

#[test]
fn no_parts_of_a_folder_import_each_other_in_a_circle() {
    none(&circle_faults(&sources(), &crates()));
}

#[test]
fn a_room_opens_only_its_known_doors() {
    none(&public_module_faults(&sources()));
}

#[test]
fn every_message_is_said_somewhere() {
    let (catalogue, speakers): (Vec<File>, Vec<File>) =
        sources().into_iter().partition(|(file, text)| file.starts_with("messages/") && text.contains("messages! {"));
    let pages = ["html", "txt"].into_iter().flat_map(|kind| read_folder("templates", kind));
    let texts: Vec<String> = speakers.into_iter().chain(pages).map(|(_, text)| text).collect();
    for (file, source) in catalogue {
        let unused = unused_messages(&messages(&source), &texts);
        assert!(unused.is_empty(), "{file}: nobody says {}", unused.join(", "));
    }
}

#[test]
fn every_template_is_shown_somewhere() {
    none(&unused_templates(&read_folder("templates", "html"), &sources()));
}

#[test]
fn no_template_has_style_or_script_in_it() {
    let faults: Vec<String> =
        read_folder("templates", "html").iter().flat_map(|(name, text)| inline_faults(name, text)).collect();
    none(&faults);
}

#[test]
fn no_template_line_is_too_long() {
    let templates = ["html", "txt"].into_iter().flat_map(|kind| read_folder("templates", kind));
    let faults: Vec<String> = templates.flat_map(|(name, text)| long_line_faults(&name, &text)).collect();
    none(&faults);
}

#[test]
fn no_template_names_a_path_of_the_code() {
    let templates = ["html", "txt"].into_iter().flat_map(|kind| read_folder("templates", kind));
    let faults: Vec<String> = templates.flat_map(|(name, text)| path_faults(&name, &text)).collect();
    none(&faults);
}

#[test]
fn each_row_about_transactions_has_a_test() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/transactions.md")).unwrap();
    let files = read_folder("tests/shop/platform/transaction", "rs");
    let tests: Vec<String> = files.iter().flat_map(|(_, source)| tests(source)).collect();
    assert!(!tests.is_empty());
    none(&row_faults(&rows(&page), &tests));
}
