//! Holds the code to the house: who may import whom, what stands where, and that nothing lies about unused.
//!
//! It reads the source as text, so it needs no services and also sees code that is not compiled in. Each check is proven
//! able to fail on small strings at the end of this file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

// --- the house ------------------------------------------------------------------------------------------------------

/// The rooms, each with the rooms it may import.
const ROOMS: [(&str, &[&str]); 8] = [
    ("catalog", &[]),
    ("stock", &["catalog"]),
    ("accounts", &[]),
    ("cart", &["catalog", "stock", "accounts"]),
    ("orders", &["catalog", "stock", "accounts"]),
    ("payment", &["orders"]),
    ("reviews", &["orders", "catalog"]),
    ("checkout", &["cart", "orders", "stock", "payment", "accounts", "catalog"]),
];

/// What every room stands on.
const GROUND: [&str; 5] = ["kernel", "config", "platform", "schema", "web"];

/// Submodules of a room that others may reach, and who: handlers are named where the addresses are, and a checkout asks for
/// an address in the words of the address book.
const DOORS: [(&str, &[&str]); 2] = [("pages", &["routes", "app"]), ("forms", &["checkout"])];

/// Where HTTP stands: folders and files. In a room it is `pages`, and what asks a request who makes it.
const HTTP: [&str; 8] = [
    "web/",
    "admin/",
    "routes.rs",
    "app.rs",
    // The key that signs cookies is a setting.
    "config/",
    "cli/serve.rs",
    // The extractors: who makes a request is asked of the request.
    "accounts/visitor.rs",
    "cart/visitor.rs",
];

/// Files that know no SQL.
const NO_SQL: [&str; 3] = ["rules", "forms", "pages"];

/// What the kernel may use beside `std`.
const KERNEL_CRATES: [&str; 1] = ["rust_decimal"];

/// The modules that code of `file` may name: `a` allows all of it, `a::b` that part alone.
fn allowed(file: &str) -> Option<Vec<String>> {
    let top = file.split(['/', '.']).next().unwrap_or_default();
    let mut allowed: Vec<&str> = vec![top];
    match top {
        "lib" | "main" => return None,
        "kernel" | "schema" => {}
        "platform" => {
            match file {
                // The one place where the words of the trade learn how the database keeps them.
                "platform/db/kinds.rs" => allowed.push("kernel"),
                // Its table holds no word of the shop.
                "platform/outbox.rs" => allowed.push("schema::outbox"),
                _ => {}
            }
        }
        "config" => allowed.extend(["kernel", "platform::secrets"]),
        "web" => allowed.extend(["kernel", "config", "platform"]),
        "admin" | "routes" => {
            allowed.extend(GROUND);
            allowed.extend(ROOMS.map(|(room, _)| room));
            if top == "routes" {
                allowed.push("admin");
            }
        }
        "app" | "cli" => {
            allowed.extend(GROUND);
            allowed.extend(ROOMS.map(|(room, _)| room));
            allowed.extend(["admin", "routes"]);
            if top == "cli" {
                allowed.push("app");
            }
        }
        room => {
            let (_, rooms) = ROOMS.iter().find(|(name, _)| *name == room)?;
            allowed.extend(GROUND);
            allowed.extend(*rooms);
        }
    }
    Some(allowed.into_iter().map(str::to_owned).collect())
}

// --- reading Rust ---------------------------------------------------------------------------------------------------

/// What is left of a source without comments, texts and the tests at its end, word by word: names, `::` and single signs.
fn words(source: &str) -> Vec<String> {
    let source: Vec<char> = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().chars().collect();
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
    words
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// One path as it stands in the source, and what it is called there.
#[derive(Debug, PartialEq)]
struct Named {
    path: Vec<String>,
    called: String,
}

/// Reads the path or the tree of paths that begins at `words[i]`; gives the place after it.
fn tree(words: &[String], mut i: usize, before: &[String], found: &mut Vec<Named>) -> usize {
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
    found.push(Named { path, called });
    i
}

/// All paths of a file that lead out of it, from the root: `crate::..` as what follows, other crates by their names.
fn paths(file: &str, source: &str, crates: &BTreeSet<String>) -> Vec<Vec<String>> {
    let words = words(source);
    let mut used = Vec::new();
    let mut mentioned = Vec::new();
    // How deep the braces are, and at which depths an inline module began.
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
            for Named { path, called } in found {
                let path = from_root(&path, &here);
                if word == "use" { used.push(Named { path, called }) } else { mentioned.push(path) }
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
fn module_of(file: &str) -> Vec<String> {
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

// --- the checks -----------------------------------------------------------------------------------------------------

/// A source file: its path under `src/`, and what it says.
type File = (String, String);

fn import_faults(files: &[File], crates: &BTreeSet<String>) -> Vec<String> {
    let modules: BTreeSet<Vec<String>> = files.iter().map(|(file, _)| module_of(file)).collect();
    let mut faults = BTreeSet::new();
    for (file, source) in files {
        let Some(allowed) = allowed(file) else {
            if !matches!(file.as_str(), "lib.rs" | "main.rs") {
                faults
                    .insert(format!("{file} is in no part of the house; say in tests/architecture.rs where it stands"));
            }
            continue;
        };
        let own = &module_of(file)[0];
        for path in paths(file, source, crates).iter().filter(|path| path[0] == "crate") {
            let path = &path[1..];
            let said = path.join("::");
            let within = |module: &String| said == *module || said.starts_with(&format!("{module}::"));
            if !path.is_empty() && !allowed.iter().any(within) {
                faults.insert(format!("{file} may not import {said}"));
            }
            // Something of that name may well stand in the mod.rs itself; past it means further in.
            let [room, inner, _, ..] = path else {
                continue;
            };
            let is_room = room == "admin" || ROOMS.iter().any(|(name, _)| name == room);
            let past_the_door = modules.contains(&vec![room.clone(), inner.clone()]);
            let open = DOORS.iter().any(|(door, who)| door == inner && who.contains(&own.as_str()));
            if is_room && room != own && past_the_door && !open {
                faults.insert(format!("{file} reaches {room} past its mod.rs: {said}"));
            }
        }
    }
    faults.into_iter().collect()
}

fn crate_faults(files: &[File], crates: &BTreeSet<String>) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for (file, source) in files {
        let name = file.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        let part = |part: &&str| name == *part || file.contains(&format!("/{part}/"));
        let is_page = part(&"pages") || HTTP.iter().any(|place| file.starts_with(place));
        let knows_no_sql = file.starts_with("web/") || NO_SQL.iter().any(part);
        for path in paths(file, source, crates) {
            let first = path[0].as_str();
            if matches!(first, "actix_web" | "actix_session") && !is_page {
                faults.insert(format!("{file} speaks HTTP: {}", path.join("::")));
            }
            let sql =
                matches!(first, "diesel" | "diesel_migrations") || path.get(1).is_some_and(|next| next == "schema");
            if sql && knows_no_sql {
                faults.insert(format!("{file} speaks SQL: {}", path.join("::")));
            }
            if file.starts_with("kernel/") && crates.contains(first) && !KERNEL_CRATES.contains(&first) {
                faults.insert(format!("{file} needs more than std: {first}"));
            }
        }
        // An attribute such as #[diesel(..)] is no path.
        if knows_no_sql && words(source).windows(2).any(|pair| pair[0] == "diesel" && pair[1] == "(") {
            faults.insert(format!("{file} speaks SQL: #[diesel(..)]"));
        }
    }
    faults.into_iter().collect()
}

fn door_faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (room, _) in ROOMS {
        let Some((file, source)) = files.iter().find(|(file, _)| *file == format!("{room}/mod.rs")) else {
            continue;
        };
        let words = words(source);
        for (i, _) in words.iter().enumerate().filter(|(_, word)| *word == "mod") {
            let public = words[..i]
                .iter()
                .rev()
                .take_while(|word| !matches!(word.as_str(), ";" | "}"))
                .any(|word| word == "pub");
            if public && !DOORS.iter().any(|(door, _)| *door == words[i + 1]) {
                faults.push(format!("{file} opens {} to everybody", words[i + 1]));
            }
        }
    }
    faults
}

/// The names of the messages that a file defines.
fn messages(source: &str) -> Vec<String> {
    let body = source.split_once("messages! {").map_or("", |(_, body)| body);
    let names = body.lines().map(str::trim).filter_map(|line| {
        let (name, rest) = line.split_at(line.find(|c: char| !c.is_alphanumeric() && c != '_')?);
        let rest = rest.trim_start();
        (is_name(name) && rest.starts_with(['=', '('])).then(|| name.to_owned())
    });
    names.collect()
}

/// The messages that are nowhere said: `t.name(` or `Text::name`.
fn unused_messages(defined: &[String], speakers: &[String]) -> Vec<String> {
    let mut said = BTreeSet::new();
    for source in speakers {
        for (at, _) in source.match_indices(['.', ':']) {
            let rest = &source[at + 1..];
            said.insert(rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default());
        }
    }
    defined.iter().filter(|name| !said.contains(name.as_str())).cloned().collect()
}

/// The templates that no page and no other template names.
fn unused_templates(templates: &[File], sources: &[File]) -> Vec<String> {
    let named = |name: &str| {
        let quoted = format!("\"{name}\"");
        sources.iter().chain(templates).any(|(_, text)| text.contains(&quoted))
    };
    templates.iter().map(|(name, _)| name).filter(|name| !named(name)).cloned().collect()
}

/// What the content security policy would stop, or would have to be loosened for.
fn inline_faults(name: &str, template: &str) -> Vec<String> {
    let markup = without_askama(template).to_lowercase();
    let mut faults = Vec::new();
    let mut fault = |what: &str| faults.push(format!("{name}: {what}"));
    if markup.contains("<style") {
        fault("<style>");
    }
    if markup.contains("javascript:") {
        fault("javascript:");
    }
    for tag in markup.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
        if tag.split_whitespace().next() == Some("script")
            && !tag.contains("src=")
            && !tag.contains("type=\"application/")
        {
            fault("an inline <script>");
        }
        for attribute in tag.split_whitespace().skip(1).filter_map(|word| word.split_once('=')).map(|(name, _)| name) {
            let handler =
                attribute.strip_prefix("on").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphabetic()));
            if attribute == "style" || handler {
                fault(&format!("{attribute}="));
            }
        }
    }
    faults
}

/// A template without what is said to Askama.
fn without_askama(template: &str) -> String {
    let mut markup = String::new();
    let mut rest = template;
    while let Some(start) = ["{{", "{%", "{#"].iter().filter_map(|mark| rest.find(mark)).min() {
        let (before, after) = rest.split_at(start);
        markup.push_str(before);
        markup.push('x');
        let end = match &after[..2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        rest = after.split_once(end).map_or("", |(_, rest)| rest);
    }
    markup + rest
}

// --- the code itself ------------------------------------------------------------------------------------------------

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

/// The names by which the code knows its dependencies.
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
fn a_room_opens_only_its_known_doors() {
    none(&door_faults(&sources()));
}

#[test]
fn every_message_is_said_somewhere() {
    let (catalogue, speakers): (Vec<File>, Vec<File>) =
        sources().into_iter().partition(|(file, _)| file.starts_with("web/messages/"));
    let texts: Vec<String> =
        speakers.into_iter().chain(read_folder("templates", "html")).map(|(_, text)| text).collect();
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

// --- that the checks can fail ---------------------------------------------------------------------------------------

fn file(name: &str, source: &str) -> File {
    (name.to_owned(), source.to_owned())
}

fn some_crates() -> BTreeSet<String> {
    ["actix_web", "diesel", "serde", "redis", "rust_decimal"].map(str::to_owned).into()
}

fn paths_in(name: &str, source: &str) -> Vec<String> {
    paths(name, source, &some_crates()).iter().map(|path| path.join("::")).collect()
}

#[test]
fn paths_are_read_however_they_are_written() {
    let source = r##"
        //! crate::comments::do_not_count
        use crate::{a, b::{self, c::D, e as f}, g::*};
        pub use super::model::Row;
        use self::inner::Thing;
        /* use crate::nor::these; /* */
        const TEXT: &str = "crate::nor::texts \" crate::x";
        const RAW: &str = r#"crate::nor::"raw""#;
        fn f(c: char) -> crate::h::I<'static> { let _ = ('"', '\'', b'"'); crate::j::k::<u8>(c); c::l(); f::m() }
        mod inner { use super::super::web; use super::sibling; }
        fn after() { super::rules::decide() }
    "##;
    let found = paths_in("cart/pages.rs", source);
    for path in [
        "crate::a",
        "crate::b",
        "crate::b::c::D",
        "crate::b::e",
        "crate::g::*",
        "crate::cart::model::Row",
        "crate::cart::pages::inner::Thing",
        "crate::h::I",
        "crate::j::k",
        "crate::b::e::m",
        "crate::cart::web",
        "crate::cart::pages::sibling",
        "crate::cart::rules::decide",
    ] {
        assert!(found.iter().any(|f| f == path), "{path} in {found:#?}");
    }
    assert!(!found.iter().any(|f| f.contains("nor") || f.contains("comments") || f.ends_with("::x")), "{found:#?}");
}

#[test]
fn an_import_against_the_order_is_a_fault() {
    let faulty = [
        ("kernel/money.rs", "use crate::web::Text;"),
        ("kernel/money.rs", "fn f() { crate::platform::clock::now(); }"),
        ("platform/redis.rs", "use crate::config::Config;"),
        ("platform/redis.rs", "use crate::kernel::Money;"),
        ("platform/db/mod.rs", "use super::super::config::Config;"),
        ("config/mod.rs", "use crate::platform::{db::Db, secrets};"),
        ("web/page.rs", "use crate::{accounts, config::Config};"),
        ("web/page.rs", "use crate::schema::users;"),
        ("catalog/queries.rs", "use crate::cart::Cart;"),
        ("accounts/queries.rs", "use crate::{\n    kernel::UserId,\n    orders::Order,\n};"),
        ("cart/store.rs", "use crate::orders::Order;"),
        ("orders/queries.rs", "fn f() { super::super::checkout::place() }"),
        ("checkout/pages.rs", "use crate::admin;"),
        ("routes.rs", "use crate::app::Shop;"),
        ("app.rs", "use crate::cli;"),
        ("cart/mod.rs", "use crate::{web as w}; use crate::routes as w2;"),
        ("gifts/mod.rs", "use crate::kernel::Money;"),
    ];
    for (name, source) in faulty {
        assert_eq!(import_faults(&[file(name, source)], &some_crates()).len(), 1, "{name}: {source}");
    }
    let fine = [
        ("platform/db/kinds.rs", "use crate::kernel::Money;"),
        ("config/mod.rs", "use crate::{kernel::Money, platform::secrets};"),
        ("web/page.rs", "use crate::{config::Config, kernel::Money, platform::redis}; use super::Text;"),
        (
            "checkout/actions.rs",
            "use crate::{cart, catalog::Offer, orders, stock::take, accounts::Address, platform::db};",
        ),
        ("admin/stock.rs", "use crate::{stock, orders, web::Page};"),
        ("app.rs", "use crate::{accounts, cart, routes, admin};"),
        ("main.rs", "fn main() { till::cli::run() }"),
    ];
    for (name, source) in fine {
        none(&import_faults(&[file(name, source)], &some_crates()));
    }
}

#[test]
fn a_room_entered_past_its_mod_is_a_fault() {
    let rooms = |name: &str, source: &str| {
        [file("cart/mod.rs", ""), file("cart/store.rs", ""), file("cart/pages.rs", ""), file(name, source)]
    };
    for (name, source) in [
        ("checkout/actions.rs", "use crate::cart::store::Cart;"),
        ("checkout/actions.rs", "use crate::cart;\nfn f() { cart::store::take() }"),
        ("checkout/actions.rs", "use crate::cart as c;\nfn f() { c::store::take() }"),
        ("checkout/pages.rs", "use crate::cart::pages::show;"),
        ("routes.rs", "use crate::cart::store;\nfn f() { store::take() }"),
    ] {
        assert_eq!(import_faults(&rooms(name, source), &some_crates()).len(), 1, "{name}: {source}");
    }
    for (name, source) in [
        ("checkout/actions.rs", "use crate::cart::{Cart, store};\nfn f() { store() }"),
        ("routes.rs", "use crate::cart;\nfn f() { cart::pages::show() }"),
        ("cart/actions.rs", "use super::store::Cart; use crate::cart::store;"),
    ] {
        none(&import_faults(&rooms(name, source), &some_crates()));
    }
    for opened in ["pub mod store;", "pub(crate) mod store;", "mod rules;\npub mod store { }"] {
        assert_eq!(door_faults(&[file("cart/mod.rs", opened)]), ["cart/mod.rs opens store to everybody"]);
    }
    none(&door_faults(&[file("cart/mod.rs", "mod store;\npub mod pages;\npub use store::Cart;")]));
}

#[test]
fn http_or_sql_in_the_wrong_file_is_a_fault() {
    for (name, source) in [
        ("cart/rules.rs", "use actix_web::HttpResponse;"),
        ("cart/queries.rs", "fn f(req: actix_web::HttpRequest) {}"),
        ("cart/queries.rs", "use ::actix_web::web;"),
        ("platform/redis.rs", "use actix_web::rt;"),
        ("cart/rules.rs", "use diesel::prelude::*;"),
        ("cart/forms.rs", "#[derive(Queryable)]\n#[diesel(table_name = users)]\nstruct User;"),
        ("cart/pages.rs", "use crate::schema::users;"),
        ("cart/pages/list.rs", "use diesel::PgConnection;"),
        ("web/session.rs", "use diesel::PgConnection;"),
        ("kernel/money.rs", "use serde::Serialize;"),
        ("kernel/money.rs", "fn f(m: diesel::result::Error) {}"),
    ] {
        assert_eq!(crate_faults(&[file(name, source)], &some_crates()).len(), 1, "{name}: {source}");
    }
    for (name, source) in [
        ("cart/pages.rs", "use actix_web::HttpResponse; use crate::web::Page;"),
        ("cart/queries.rs", "use diesel::prelude::*; use crate::schema::users;"),
        ("cart/rules.rs", "// diesel::prelude\nconst WORD: &str = \"actix_web::web\";"),
        ("cart/rules.rs", "fn f() {}\n\n#[cfg(test)]\nmod tests { use diesel::prelude::*; }"),
        ("kernel/money.rs", "use rust_decimal::Decimal; use std::fmt;"),
        ("platform/redis.rs", "use redis::Client;"),
    ] {
        none(&crate_faults(&[file(name, source)], &some_crates()));
    }
}

#[test]
fn a_message_that_nobody_says_is_a_fault() {
    let defined = messages(
        "//! Words.\nuse super::messages;\nmessages! {\n    cart = \"Cart\", \"购物车\";\n    left(n) = \"{n} left\", \"仅剩 {n} 件\";\n    gone(a, b) =\n        \"Gone\", \"没了\";\n}\n",
    );
    assert_eq!(defined, ["cart", "left", "gone"]);
    let speakers = ["{{ page.t.cart() }}".to_owned(), "t.left_over(1); leave.gone_by; map(Text::gone)".to_owned()];
    assert_eq!(unused_messages(&defined, &speakers), ["left"]);
}

#[test]
fn a_template_that_nobody_shows_is_a_fault() {
    let templates =
        [file("base.html", ""), file("cart/cart.html", "{% extends \"base.html\" %}"), file("old.html", "")];
    let sources = [file("cart/pages.rs", "#[template(path = \"cart/cart.html\")]")];
    assert_eq!(unused_templates(&templates, &sources), ["old.html"]);
}

#[test]
fn style_and_script_in_a_template_are_faults() {
    for template in [
        "<p style=\"color: red\">",
        "<p class=\"a\"\n   STYLE='x'>",
        "<style>p { color: red }</style>",
        "<button onclick=\"go()\">",
        "<body{% if a %} onload=\"{{ b }}\"{% endif %}>",
        "<a href=\"javascript:go()\">",
        "<script>go()</script>",
    ] {
        assert_eq!(inline_faults("a.html", template).len(), 1, "{template}");
    }
    for template in [
        "<p class=\"style=\">",
        "<link rel=\"stylesheet\" href=\"{{ page.asset(\"app.css\") }}\">",
        "<script type=\"module\" src=\"{{ a }}\"></script>",
        "<a href=\"/?one=1&style=2\">style=\"free\"</a>",
        "{% let online = 1 %}{# <p onclick=\"\"> #}",
        "<input name=\"on\" value=\"on\" data-on=\"1\">",
    ] {
        none(&inline_faults("a.html", template));
    }
}
