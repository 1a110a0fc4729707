//! What the documents must mention: every part of the code, and every setting.

use std::{collections::BTreeSet, fs, path::Path};
use syn::visit::{self, Visit};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{name}: {problem}"))
}

/// Names such as `DATABASE_URL`.
fn is_setting(text: &str) -> bool {
    text.len() >= 3 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// The string literals of a file that look like settings, without those of its tests.
struct Settings(BTreeSet<String>);

impl<'ast> Visit<'ast> for Settings {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        if is_setting(&literal.value()) {
            self.0.insert(literal.value());
        }
    }
}

fn settings() -> BTreeSet<String> {
    let mut settings = Settings(BTreeSet::new());
    let files = super::read_folder("src/config", "rs").into_iter().chain(super::read_folder("src/cli", "rs"));
    for (file, source) in files {
        settings.visit_file(&syn::parse_file(&source).unwrap_or_else(|problem| panic!("{file}: {problem}")));
    }
    settings.0
}

/// The variables that `.env.sample` sets, as lines or as comments.
fn sampled() -> BTreeSet<String> {
    let sample = read(".env.sample");
    let names = sample.lines().filter_map(|line| line.trim_start_matches('#').split_once('='));
    names.map(|(name, _)| name.to_owned()).filter(|name| is_setting(name)).collect()
}

#[test]
fn every_setting_stands_in_the_sample_and_no_other() {
    let (settings, sampled) = (settings(), sampled());
    assert!(settings.contains("DATABASE_URL") && settings.contains("PORT") && settings.len() > 30, "{settings:?}");
    assert_eq!(sampled, settings);
}

#[test]
fn every_setting_stands_in_the_readme() {
    let readme = read("README.md");
    let missing: Vec<String> = settings().into_iter().filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The words in backticks that look like the name of a test.
fn named_tests(document: &str) -> BTreeSet<&str> {
    let is_test = |word: &&str| {
        word.matches('_').count() >= 4 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    document.split('`').skip(1).step_by(2).filter(is_test).collect()
}

#[test]
fn every_test_that_a_document_names_exists() {
    let sources: String = super::read_folder("tests", "rs").into_iter().map(|(_, source)| source).collect();
    let document = read("docs/payments.md");
    let named = named_tests(&document);
    assert!(named.len() > 15, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "docs/payments.md names tests that are not there: {missing:?}");
}

#[test]
fn the_map_names_every_part_of_the_code() {
    let map = read("docs/ARCHITECTURE.md");
    let parts = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let missing: Vec<String> = parts
        .map(|part| part.unwrap())
        .map(|part| {
            let name = part.file_name().into_string().unwrap();
            if part.path().is_dir() { format!("`{name}/`") } else { format!("`{name}`") }
        })
        .filter(|name| !map.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "docs/ARCHITECTURE.md does not name {missing:?}");
}
