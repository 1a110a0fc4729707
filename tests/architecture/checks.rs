//! The rules of the code's structure. Each check returns the violations that it finds, as texts.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::{is_name, module_of, paths, words};

/// The domains, each with the domains it may import.
const DOMAINS: [(&str, &[&str]); 17] = [
    ("store", &[]),
    ("catalog", &[]),
    ("stock", &["catalog"]),
    ("accounts", &[]),
    ("cart", &["catalog", "stock", "accounts"]),
    ("orders", &["catalog", "stock", "accounts"]),
    ("payments", &["orders"]),
    ("fulfillment", &["orders", "stock"]),
    ("lifecycle", &["orders", "stock", "payments", "fulfillment", "accounts", "reviews", "fapiao"]),
    ("order_mails", &["orders", "payments", "accounts"]),
    ("invoices", &["orders", "payments"]),
    ("fapiao", &["orders", "invoices"]),
    ("reports", &["orders", "payments", "invoices"]),
    ("questions", &["orders", "accounts", "order_mails"]),
    ("reviews", &["orders", "catalog"]),
    ("checkout", &["cart", "orders", "stock", "payments", "lifecycle", "accounts", "catalog"]),
    (
        "customers",
        &[
            "accounts",
            "cart",
            "fapiao",
            "stock",
            "orders",
            "payments",
            "fulfillment",
            "invoices",
            "order_mails",
            "questions",
            "reviews",
        ],
    ),
];

/// What every domain may import.
const FOUNDATION: [&str; 7] = ["kernel", "config", "platform", "schema", "messages", "web", "audit"];

/// Submodules of a domain that others may import, and which parts may: routes and the app name handlers, and the
/// checkout parses the fields of an address like the address book.
const OPEN_SUBMODULES: [(&str, &[&str]); 2] =
    [("pages", &["routes", "app"]), ("forms", &["checkout", "admin", "shop", "fulfillment"])];

/// Folders and files that may use actix. In a domain these are `pages`, and whatever reads a session or is an
/// extractor.
const HTTP: [&str; 11] = [
    "web/",
    "admin/",
    "shop/",
    "metrics.rs",
    "routes.rs",
    "app.rs",
    // The key that signs cookies is a setting.
    "config/",
    "cli/serve.rs",
    // The extractors of the current user.
    "accounts/current_user.rs",
    // It reads the session of a request.
    "accounts/staff_session.rs",
    // It finds the settings of the shop by a request.
    "store/request_settings.rs",
];

/// Files without SQL.
const NO_SQL: [&str; 3] = ["rules", "forms", "pages"];

/// The crates that the kernel may use in addition to `std`.
const KERNEL_CRATES: [&str; 4] = ["icu_normalizer", "icu_properties", "idna", "rust_decimal"];

/// The modules that `file` may import: `a` allows all of it, `a::b` only that part.
fn allowed(file: &str) -> Option<Vec<String>> {
    let top = file.split(['/', '.']).next().unwrap_or_default();
    let mut allowed: Vec<&str> = vec![top];
    match top {
        "lib" | "main" => return None,
        "kernel" | "schema" => {}
        "platform" => {
            match file {
                // The only place where kernel types get their SQL types.
                "platform/db/sql_types.rs" => allowed.push("kernel"),
                // Its table belongs to the outbox, not to a domain.
                "platform/outbox.rs" => allowed.push("schema::outbox"),
                _ => {}
            }
        }
        "config" => allowed.extend(["kernel", "platform::random"]),
        "messages" => allowed.push("kernel"),
        "web" => allowed.extend(["kernel", "config", "platform", "messages"]),
        "audit" => allowed.extend(FOUNDATION),
        "admin" | "shop" | "jobs" | "metrics" | "routes" => {
            allowed.extend(FOUNDATION);
            allowed.extend(DOMAINS.map(|(domain, _)| domain));
            if top == "routes" {
                allowed.extend(["admin", "shop", "metrics"]);
            }
        }
        "app" | "cli" => {
            allowed.extend(FOUNDATION);
            allowed.extend(DOMAINS.map(|(domain, _)| domain));
            allowed.extend(["admin", "shop", "jobs", "metrics", "routes"]);
            if top == "cli" {
                allowed.push("app");
            }
        }
        domain => {
            let (_, domains) = DOMAINS.iter().find(|(name, _)| *name == domain)?;
            allowed.extend(FOUNDATION);
            // Every domain may read the settings of the shop.
            allowed.push("store");
            allowed.extend(*domains);
        }
    }
    Some(allowed.into_iter().map(str::to_owned).collect())
}

/// A source file: its path under `src/`, and its text.
pub(crate) type File = (String, String);

pub(crate) fn import_faults(files: &[File], crates: &BTreeSet<String>) -> Vec<String> {
    let modules: BTreeSet<Vec<String>> = files.iter().map(|(file, _)| module_of(file)).collect();
    let mut faults = BTreeSet::new();
    for (file, source) in files {
        let Some(allowed) = allowed(file) else {
            if !matches!(file.as_str(), "lib.rs" | "main.rs") {
                faults.insert(format!(
                    "{file} is in no known part; say in tests/architecture/checks.rs what it may import"
                ));
            }
            continue;
        };
        let own = &module_of(file)[0];
        for path in paths(file, source, crates).iter().filter(|path| path[0] == "crate") {
            let path = &path[1..];
            let imported = path.join("::");
            let within = |module: &String| imported == *module || imported.starts_with(&format!("{module}::"));
            if !path.is_empty() && !allowed.iter().any(within) {
                faults.insert(format!("{file} may not import {imported}"));
            }
            // A name of the mod.rs itself may be followed by more segments; only a submodule is past it.
            let [part, inner, _, ..] = path else {
                continue;
            };
            let is_closed =
                matches!(part.as_str(), "admin" | "audit" | "jobs") || DOMAINS.iter().any(|(name, _)| name == part);
            let is_submodule = modules.contains(&vec![part.clone(), inner.clone()]);
            let is_open = OPEN_SUBMODULES.iter().any(|(name, users)| name == inner && users.contains(&own.as_str()));
            if is_closed && part != own && is_submodule && !is_open {
                faults.insert(format!("{file} reaches {part} past its mod.rs: {imported}"));
            }
        }
    }
    faults.into_iter().collect()
}

/// Whether a file may use actix.
pub(crate) fn speaks_http(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    name == "pages" || file.contains("/pages/") || HTTP.iter().any(|place| file.starts_with(place))
}

pub(crate) fn crate_faults(files: &[File], crates: &BTreeSet<String>) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for (file, source) in files {
        let name = file.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        let part = |part: &&str| name == *part || file.contains(&format!("/{part}/"));
        let is_page = speaks_http(file);
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
        // Attributes such as #[diesel(..)] are not paths.
        if knows_no_sql && words(source).windows(2).any(|pair| pair[0] == "diesel" && pair[1] == "(") {
            faults.insert(format!("{file} speaks SQL: #[diesel(..)]"));
        }
    }
    faults.into_iter().collect()
}

/// Files of domains, apart from pages and forms, that may use `web`.
const WEB_USERS: [&str; 7] = [
    // The extractors of the current user, which redirect to the sign-in page.
    "accounts/current_user.rs",
    // It reads the session of a request.
    "accounts/staff_session.rs",
    // Counts sign-ins in the rate limiter of `web`.
    "accounts/login_throttle.rs",
    // Counts attempts at codes there too.
    "accounts/second_factor/verify.rs",
    // Answers 503 while too many passwords are being hashed.
    "accounts/passwords.rs",
    // It reads the query string of a list, and prepares the category menu of every page.
    "catalog/storefront.rs",
    // It finds the settings of the shop by a request.
    "store/request_settings.rs",
];

/// Rules, queries and actions decide and load; they know nothing of HTTP.
pub(crate) fn web_faults(files: &[File], crates: &BTreeSet<String>) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for (file, source) in files {
        let is_domain = DOMAINS.iter().any(|(domain, _)| file.starts_with(&format!("{domain}/")));
        let name = file.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        let may = ["pages", "forms"].iter().any(|part| name == *part || file.contains(&format!("/{part}/")))
            || WEB_USERS.iter().any(|place| file.starts_with(place));
        if !is_domain || may {
            continue;
        }
        for path in paths(file, source, crates).iter().filter(|path| path.len() > 1 && path[1] == "web") {
            faults.insert(format!("{file} uses {}", path[1..].join("::")));
        }
    }
    faults.into_iter().collect()
}

/// Parts of one folder that import each other in a circle: `admin::stock` and `admin::catalog`, for example.
pub(crate) fn circle_faults(files: &[File], crates: &BTreeSet<String>) -> Vec<String> {
    let modules: BTreeSet<Vec<String>> = files.iter().map(|(file, _)| module_of(file)).collect();
    let mut imports: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (file, source) in files {
        let module = module_of(file);
        let [folder, own, ..] = module.as_slice() else { continue };
        for path in paths(file, source, crates) {
            let [root, top, inner, ..] = path.as_slice() else { continue };
            let other = vec![top.clone(), inner.clone()];
            if root == "crate" && top == folder && inner != own && modules.contains(&other) {
                imports.entry(vec![folder.clone(), own.clone()]).or_default().insert(other);
            }
        }
    }
    let reached = |from: &Vec<String>| {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            for next in imports.get(module).into_iter().flatten() {
                if reached.insert(next) {
                    open.push(next);
                }
            }
        }
        reached
    };
    let circles = imports.keys().filter(|module| reached(module).contains(module));
    circles.map(|module| format!("{} imports itself in a circle", module.join("::"))).collect()
}

pub(crate) fn public_module_faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (domain, _) in DOMAINS {
        let Some((file, source)) = files.iter().find(|(file, _)| *file == format!("{domain}/mod.rs")) else {
            continue;
        };
        let words = words(source);
        for (i, _) in words.iter().enumerate().filter(|(_, word)| *word == "mod") {
            let public = words[..i]
                .iter()
                .rev()
                .take_while(|word| !matches!(word.as_str(), ";" | "}"))
                .any(|word| word == "pub");
            if public && !OPEN_SUBMODULES.iter().any(|(name, _)| *name == words[i + 1]) {
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

/// The messages that are never used as `t.name(` or `Messages::name`.
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

/// Markup that the content security policy blocks.
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
        // Mail programs know no style sheets.
        let is_mail = name.starts_with("mail/");
        for attribute in tag.split_whitespace().skip(1).filter_map(|word| word.split_once('=')).map(|(name, _)| name) {
            let handler =
                attribute.strip_prefix("on").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphabetic()));
            if attribute == "style" && !is_mail || handler {
                fault(&format!("{attribute}="));
            }
        }
    }
    faults
}

/// The most characters in a line of a template, as in `.editorconfig`.
pub(crate) const MAX_TEMPLATE_LINE: usize = 120;

pub(crate) fn long_line_faults(name: &str, template: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, line) in template.lines().enumerate() {
        let length = line.chars().count();
        if length > MAX_TEMPLATE_LINE {
            faults.push(format!("{name}: line {} has {length} characters", index + 1));
        }
    }
    faults
}

/// The lines of a template that name a path of the code, instead of a filter or a method of the page.
pub(crate) fn path_faults(name: &str, template: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, line) in template.lines().enumerate() {
        if line.contains("crate::") {
            faults.push(format!("{name}: line {} names a path: {}", index + 1, line.trim()));
        }
    }
    faults
}

/// A template without its Askama tags.
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

/// The first cells of the tables whose heading is "row", converted to the names of their tests.
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
