//! The house, and the checks that hold the code to it. Each gives the faults it finds, in words.

use std::collections::BTreeSet;

use super::reading::{is_name, module_of, paths, words};

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
const GROUND: [&str; 7] = ["kernel", "config", "platform", "schema", "messages", "web", "audit"];

/// Submodules of a room that others may reach, and who: handlers are named where the addresses are, and a checkout asks for
/// an address in the words of the address book.
const DOORS: [(&str, &[&str]); 2] = [("pages", &["routes", "app"]), ("forms", &["checkout"])];

/// Where HTTP stands: folders and files. In a room it is `pages`, and what asks a request who makes it.
const HTTP: [&str; 10] = [
    "web/",
    "admin/",
    "metrics.rs",
    "routes.rs",
    "app.rs",
    // The key that signs cookies is a setting.
    "config/",
    "cli/serve.rs",
    // The extractors: who makes a request is asked of the request.
    "accounts/current_user.rs",
    // Whether theirs goes on is asked of the session.
    "accounts/staff_session.rs",
    "cart/visitor.rs",
];

/// Files that know no SQL.
const NO_SQL: [&str; 3] = ["rules", "forms", "pages"];

/// What the kernel may use beside `std`.
const KERNEL_CRATES: [&str; 4] = ["icu_normalizer", "icu_properties", "idna", "rust_decimal"];

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
        "messages" => allowed.push("kernel"),
        "web" => allowed.extend(["kernel", "config", "platform", "messages"]),
        "audit" => allowed.extend(GROUND),
        "admin" | "jobs" | "metrics" | "routes" => {
            allowed.extend(GROUND);
            allowed.extend(ROOMS.map(|(room, _)| room));
            if top == "routes" {
                allowed.extend(["admin", "metrics"]);
            }
        }
        "app" | "cli" => {
            allowed.extend(GROUND);
            allowed.extend(ROOMS.map(|(room, _)| room));
            allowed.extend(["admin", "jobs", "metrics", "routes"]);
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

/// A source file: its path under `src/`, and what it says.
pub(crate) type File = (String, String);

pub(crate) fn import_faults(files: &[File], crates: &BTreeSet<String>) -> Vec<String> {
    let modules: BTreeSet<Vec<String>> = files.iter().map(|(file, _)| module_of(file)).collect();
    let mut faults = BTreeSet::new();
    for (file, source) in files {
        let Some(allowed) = allowed(file) else {
            if !matches!(file.as_str(), "lib.rs" | "main.rs") {
                faults.insert(format!(
                    "{file} is in no part of the house; say in tests/architecture/checks.rs where it stands"
                ));
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
            let is_room =
                matches!(room.as_str(), "admin" | "audit" | "jobs") || ROOMS.iter().any(|(name, _)| name == room);
            let past_the_door = modules.contains(&vec![room.clone(), inner.clone()]);
            let open = DOORS.iter().any(|(door, who)| door == inner && who.contains(&own.as_str()));
            if is_room && room != own && past_the_door && !open {
                faults.insert(format!("{file} reaches {room} past its mod.rs: {said}"));
            }
        }
    }
    faults.into_iter().collect()
}

pub(crate) fn crate_faults(files: &[File], crates: &BTreeSet<String>) -> Vec<String> {
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

pub(crate) fn door_faults(files: &[File]) -> Vec<String> {
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
pub(crate) fn messages(source: &str) -> Vec<String> {
    let body = source.split_once("messages! {").map_or("", |(_, body)| body);
    let names = body.lines().map(str::trim).filter_map(|line| {
        let (name, rest) = line.split_at(line.find(|c: char| !c.is_alphanumeric() && c != '_')?);
        let rest = rest.trim_start();
        (is_name(name) && rest.starts_with(['=', '('])).then(|| name.to_owned())
    });
    names.collect()
}

/// The messages that are nowhere said: `t.name(` or `Messages::name`.
pub(crate) fn unused_messages(defined: &[String], speakers: &[String]) -> Vec<String> {
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
pub(crate) fn unused_templates(templates: &[File], sources: &[File]) -> Vec<String> {
    let named = |name: &str| {
        let quoted = format!("\"{name}\"");
        sources.iter().chain(templates).any(|(_, text)| text.contains(&quoted))
    };
    templates.iter().map(|(name, _)| name).filter(|name| !named(name)).cloned().collect()
}

/// What the content security policy would stop, or would have to be loosened for.
pub(crate) fn inline_faults(name: &str, template: &str) -> Vec<String> {
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

/// The rows of a page's tables that begin with "row", as the names of their tests.
pub(crate) fn rows(page: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let mut counted = false;
    for line in page.lines() {
        let Some(first) = line.strip_prefix("| ").and_then(|line| line.split(" |").next()) else {
            counted = false;
            continue;
        };
        match first {
            "row" => counted = true,
            "---" => {}
            words if counted => rows.push(words.to_lowercase().replace('\'', "").replace([' ', '-', ','], "_")),
            _ => {}
        }
    }
    rows
}

/// The names of the tests in a file.
pub(crate) fn tests(source: &str) -> Vec<String> {
    let lines: Vec<&str> = source.lines().collect();
    let is_mark = |line: &str| matches!(line, "#[test]" | "#[tokio::test]" | "#[actix_web::test]");
    let named = lines.windows(2).filter(|pair| is_mark(pair[0])).filter_map(|pair| {
        let function = pair[1].trim_start_matches("async ").strip_prefix("fn ")?;
        function.split('(').next().map(str::to_owned)
    });
    named.collect()
}

/// Rows without a test, and tests without a row.
pub(crate) fn row_faults(rows: &[String], tests: &[String]) -> Vec<String> {
    let untested = rows.iter().filter(|row| !tests.contains(row)).map(|row| format!("no test is called {row}"));
    let untold = tests.iter().filter(|test| !rows.contains(test)).map(|test| format!("no row is called {test}"));
    untested.chain(untold).collect()
}
