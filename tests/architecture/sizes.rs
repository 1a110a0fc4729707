//! How long files and functions may be, and how many elements a row may have as a tuple.

use std::collections::BTreeMap;
use syn::visit::{self, Visit};

use super::checks::File;

/// The most lines of a file of `src`, without its tests.
pub(crate) const MAX_FILE: usize = 350;
/// The most lines of a function, from `fn` to its brace.
pub(crate) const MAX_FUNCTION: usize = 60;
/// What is longer says why in a comment: at the head of a file, or just above a function.
const REASON: &str = "// Long: ";
/// Written by diesel.
const GENERATED: &str = "schema.rs";
/// The most elements of a tuple type where rows are read: with more, nobody remembers what is what.
const MAX_TUPLE: usize = 3;
/// What reads no rows.
const PAGES: [&str; 3] = ["admin/", "shop/", "pages"];

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The index of the line that closes the item that begins at `start`, as rustfmt lays it out.
fn end_of_item(lines: &[&str], start: usize) -> usize {
    let depth = indent(lines[start]);
    for (at, line) in lines.iter().enumerate().skip(start) {
        let closes = line.trim_start().starts_with('}') || line.ends_with(['}', ';']);
        if closes && indent(line) == depth {
            return at;
        }
    }
    lines.len() - 1
}

/// The lines of a file without its test modules.
fn without_tests(source: &str) -> Vec<&str> {
    let lines: Vec<&str> = source.lines().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let is_tests = lines[at].trim() == "#[cfg(test)]"
            && lines.get(at + 1).is_some_and(|next| next.trim_start().starts_with("mod "));
        if is_tests {
            at = end_of_item(&lines, at + 1) + 1;
        } else {
            kept.push(lines[at]);
            at += 1;
        }
    }
    kept
}

/// The name of the function that begins in this line.
fn function(line: &str) -> Option<&str> {
    const BEFORE: [&str; 7] = ["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", "unsafe ", "default "];
    let mut rest = line.trim_start();
    while let Some(shorter) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
    }
    rest.strip_prefix("fn ")?.split(['(', '<']).next()
}

/// Whether a reason stands above the line at `at`, among its comments and attributes.
fn has_reason_above(lines: &[&str], at: usize) -> bool {
    let above = lines[..at].iter().rev().map(|line| line.trim_start());
    above.take_while(|line| line.starts_with("//") || line.starts_with('#')).any(|line| line.starts_with(REASON))
}

fn has_reason_at_head(lines: &[&str]) -> bool {
    let head = lines.iter().take_while(|line| line.is_empty() || line.starts_with("//"));
    head.clone().any(|line| line.starts_with(REASON))
}

/// Long files and functions without a reason, and reasons that are not needed any more.
pub(crate) fn size_faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, source) in files.iter().filter(|(file, _)| file != GENERATED) {
        let lines = without_tests(source);
        faults.extend(size_fault(file, lines.len(), MAX_FILE, has_reason_at_head(&lines)));
        for (at, line) in lines.iter().enumerate() {
            let Some(name) = function(line) else { continue };
            let length = end_of_item(&lines, at) - at + 1;
            faults.extend(size_fault(&format!("{file}: {name}"), length, MAX_FUNCTION, has_reason_above(&lines, at)));
        }
    }
    faults
}

fn size_fault(what: &str, length: usize, most: usize, has_reason: bool) -> Option<String> {
    if length > most && !has_reason {
        return Some(format!("{what} has {length} lines and does not say why (\"{REASON}..\")"));
    }
    (length <= most && has_reason).then(|| format!("{what} is not long any more: drop its \"{REASON}..\""))
}

/// Tuple types that are too long, by the number of their elements.
#[derive(Default)]
struct Tuples(BTreeMap<usize, usize>);

impl<'ast> Visit<'ast> for Tuples {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_type_tuple(&mut self, tuple: &'ast syn::TypeTuple) {
        if tuple.elems.len() > MAX_TUPLE {
            *self.0.entry(tuple.elems.len()).or_default() += 1;
        }
        visit::visit_type_tuple(self, tuple);
    }

    /// The row of a `statement!`.
    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        if !called.path.is_ident("statement") {
            return;
        }
        let text = called.tokens.to_string();
        let row = text.split_once("->").and_then(|(_, rest)| rest.split_once('=')).map(|(row, _)| row);
        let row = row.unwrap_or_else(|| panic!("a statement without a row: {text}"));
        let row: syn::Type = syn::parse_str(row).unwrap_or_else(|problem| panic!("{row}: {problem}"));
        let mut of_row = Tuples::default();
        of_row.visit_type(&row);
        for (elements, times) in of_row.0 {
            *self.0.entry(elements).or_default() += times;
        }
    }
}

pub(crate) fn tuple_faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, source) in files.iter().filter(|(file, _)| !PAGES.iter().any(|part| file.contains(part))) {
        let mut tuples = Tuples::default();
        tuples.visit_file(&syn::parse_file(source).unwrap_or_else(|problem| panic!("{file}: {problem}")));
        for (elements, times) in tuples.0 {
            faults.push(format!("{file}: {times} tuples of {elements}; make it a struct"));
        }
    }
    faults
}

#[test]
fn no_file_and_no_function_is_long_without_a_reason() {
    super::none(&size_faults(&super::sources()));
}

#[test]
fn no_row_is_a_tuple_of_more_than_three_elements() {
    super::none(&tuple_faults(&super::sources()));
}

#[test]
fn a_long_file_or_function_without_a_reason_is_a_fault() {
    let faults = |source: &str| size_faults(&[("stock/rules.rs".to_owned(), source.to_owned())]);
    let lines = |n: usize| "const A: i32 = 1;\n".repeat(n);
    assert!(faults(&lines(MAX_FILE)).is_empty());
    assert_eq!(faults(&lines(MAX_FILE + 1)).len(), 1);
    let told = format!("//! Rules.\n\n{REASON}one table.\n\n{}", lines(MAX_FILE + 1));
    assert!(faults(&told).is_empty());
    let too_late = format!("{}{REASON}one table.\n", lines(MAX_FILE + 1));
    assert_eq!(faults(&too_late).len(), 1, "not at the head");
    let tested =
        format!("{}\n#[cfg(test)]\nmod tests {{\n{}}}\n", lines(MAX_FILE - 1), "    const A: i32 = 1;\n".repeat(100));
    assert!(faults(&tested).is_empty(), "tests do not count");
    let function = |n: usize| {
        format!(
            "    pub(super) async fn long<T>(\n        a: T,\n    ) -> T {{\n{}    }}\n",
            "        a();\n".repeat(n)
        )
    };
    let within = |function: &str| format!("impl A {{\n    fn short() {{}}\n\n{function}}}\n");
    assert!(faults(&within(&function(MAX_FUNCTION - 4))).is_empty());
    assert_eq!(faults(&within(&function(MAX_FUNCTION - 3))).len(), 1);
    let told = format!("    /// Does it.\n    {REASON}one table.\n    #[must_use]\n{}", function(MAX_FUNCTION));
    assert!(faults(&within(&told)).is_empty());
    let stale = format!("    {REASON}one table.\n    fn short() {{}}\n");
    assert_eq!(faults(&within(&stale)).len(), 1, "a reason that is not needed");
}

#[test]
fn a_tuple_of_four_is_a_fault_wherever_it_stands() {
    let faults = |source: &str| tuple_faults(&[("stock/queries.rs".to_owned(), source.to_owned())]).len();
    for source in [
        "type Row = (i64, i64, String, bool);",
        "fn f() { let row: Vec<(i64, i64, Option<(i64, i64, i64, i64)>)> = load(); }",
        "fn f() { load::<(i64, i64, i64, i64)>() }",
        "statement! { /// Text.\n A(id: i64 as BigInt) -> (BigInt, BigInt, BigInt, Text) = \"select 1\" }",
        "statement! { A(id: i64 as BigInt) -> (BigInt, Array<Record<(Text, Text, Text, Text)>>) = \"select 1\" }",
    ] {
        assert_eq!(faults(source), 1, "{source}");
    }
    for source in [
        "type Row = (i64, i64, String);",
        "fn f() { let row = (1, 2, 3, 4); }",
        "statement! { A(ids: Vec<(i64, i64)> as Array<BigInt>) -> [Row] = \"select 1\" ids \"\" }",
        "statement! { A() -> (BigInt, BigInt, BigInt) = include_str!(\"a.sql\") }",
        "#[cfg(test)]\nmod tests { type Row = (i64, i64, i64, i64); }",
    ] {
        assert_eq!(faults(source), 0, "{source}");
    }
}
