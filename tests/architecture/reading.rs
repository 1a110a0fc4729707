//! Reads enough of Rust's syntax to find the paths that a file uses.

use std::collections::{BTreeMap, BTreeSet};

/// The tokens of a source without comments, strings and tests: names, `::` and single characters.
pub(crate) fn words(source: &str) -> Vec<String> {
    let source: Vec<char> = source.chars().collect();
    let at = |i: usize| source.get(i).copied().unwrap_or('\0');
    let mut words = Vec::new();
    let mut i = 0;
    while i < source.len() {
        let c = at(i);
        if c == '/' && at(i + 1) == '/' {
            while i < source.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            i += 2;
            while i < source.len() && !(at(i) == '*' && at(i + 1) == '/') {
                i += 1;
            }
            i += 2;
        } else if c == 'r' && (at(i + 1) == '"' || (at(i + 1) == '#' && matches!(at(i + 2), '"' | '#'))) {
            let hashes = (i + 1..).take_while(|&n| at(n) == '#').count();
            i += 2 + hashes;
            while i < source.len() && !(at(i) == '"' && (1..=hashes).all(|n| at(i + n) == '#')) {
                i += 1;
            }
            i += 1 + hashes;
        } else if c == '"' {
            i += 1;
            while i < source.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < source.len() && at(i) != '\'' {
                i += 1;
            }
            i += 1;
        } else if c.is_alphabetic() || c == '_' {
            let start = i;
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            words.push(source[start..i].iter().collect());
        } else if c == ':' && at(i + 1) == ':' {
            words.push("::".into());
            i += 2;
        } else {
            if !c.is_whitespace() {
                words.push(c.into());
            }
            i += 1;
        }
    }
    without_tests(words)
}

/// Removes each `#[cfg(test)] mod name { .. }`.
fn without_tests(words: Vec<String>) -> Vec<String> {
    const START: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let mut kept = Vec::new();
    let mut rest = words.into_iter();
    while let Some(word) = rest.next() {
        kept.push(word);
        if !kept.ends_with(&START.map(str::to_owned)) {
            continue;
        }
        kept.truncate(kept.len() - START.len());
        let mut depth = 0;
        for word in rest.by_ref() {
            match word.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                break;
            }
        }
    }
    kept
}

pub(crate) fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// A path in a source, and the name it has there.
#[derive(Debug, PartialEq)]
struct NamedPath {
    path: Vec<String>,
    called: String,
}

/// Reads the path or tree of paths that begins at `words[i]`; returns the index after it.
fn tree(words: &[String], mut i: usize, before: &[String], found: &mut Vec<NamedPath>) -> usize {
    let mut path = before.to_vec();
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    loop {
        if word(i) == "{" {
            i += 1;
            while word(i) != "}" && i < words.len() {
                i = tree(words, i, &path, found);
                if word(i) == "," {
                    i += 1;
                }
            }
            return i + 1;
        }
        if is_name(word(i)) {
            path.push(word(i).to_owned());
        } else if word(i) == "*" {
            path.push("*".into());
        } else {
            return i.max(1) + usize::from(i == 0);
        }
        i += 1;
        let goes_on = word(i) == "::" && (is_name(word(i + 1)) || matches!(word(i + 1), "{" | "*"));
        if !goes_on {
            break;
        }
        i += 1;
    }
    if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
        path.pop();
    }
    let mut called = path.last().cloned().unwrap_or_default();
    if word(i) == "as" {
        called = word(i + 1).to_owned();
        i += 2;
    }
    found.push(NamedPath { path, called });
    i
}

/// All paths that lead out of a file, from the root: `crate::..` resolved, and paths of other crates.
pub(crate) fn paths(file: &str, source: &str, crates: &BTreeSet<String>) -> Vec<Vec<String>> {
    let words = words(source);
    let mut used = Vec::new();
    let mut mentioned = Vec::new();
    // The depth of braces, and the depths at which inline modules began.
    let (mut depth, mut inline) = (0_usize, Vec::new());
    let mut i = 0;
    while i < words.len() {
        let word = words[i].as_str();
        let after_path = i > 0 && (words[i - 1] == "::" || words[i - 1] == ".");
        if word == "{" {
            depth += 1;
        } else if word == "}" {
            depth = depth.saturating_sub(1);
            inline.retain(|&(at, _)| at < depth + 1);
        } else if word == "mod" && words.get(i + 2).is_some_and(|next| next == "{") {
            inline.push((depth + 1, words[i + 1].clone()));
        }
        if word == "use" || (is_name(word) && !after_path && words.get(i + 1).is_some_and(|next| next == "::")) {
            let mut found = Vec::new();
            let start = if word == "use" { i + 1 } else { i };
            let start = start + usize::from(words.get(start).is_some_and(|word| word == "::"));
            let end = tree(&words, start, &[], &mut found);
            let here: Vec<String> =
                module_of(file).into_iter().chain(inline.iter().map(|(_, name)| name.clone())).collect();
            for NamedPath { path, called } in found {
                let path = from_root(&path, &here);
                if word == "use" { used.push(NamedPath { path, called }) } else { mentioned.push(path) }
            }
            i = end.max(i + 1);
        } else {
            i += 1;
        }
    }
    let aliases: BTreeMap<&str, &Vec<String>> = used.iter().map(|named| (named.called.as_str(), &named.path)).collect();
    let resolved = mentioned.into_iter().map(|path| match aliases.get(path[0].as_str()) {
        Some(meant) if **meant != path => meant.iter().chain(&path[1..]).cloned().collect(),
        _ => path,
    });
    let known = |path: &Vec<String>| path[0] == "crate" || crates.contains(&path[0]);
    resolved.chain(used.iter().map(|named| named.path.clone())).filter(known).collect()
}

/// `web/page.rs` is `web::page`, `web/mod.rs` is `web`.
pub(crate) fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|part| !matches!(*part, "lib" | "main")).map(str::to_owned).collect()
}

fn from_root(path: &[String], here: &[String]) -> Vec<String> {
    let mut here = here.to_vec();
    let mut rest = path;
    if !matches!(rest[0].as_str(), "self" | "super") {
        return path.to_vec();
    }
    while let Some(first) = rest.first() {
        match first.as_str() {
            "self" => {}
            "super" => drop(here.pop()),
            _ => break,
        }
        rest = &rest[1..];
    }
    [vec!["crate".to_owned()], here, rest.to_vec()].concat()
}
