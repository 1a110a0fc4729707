//! Shows that each check can fail.

use std::collections::BTreeSet;

use super::{
    checks::{
        File, MAX_TEMPLATE_LINE, circle_faults, crate_faults, import_faults, inline_faults, long_line_faults, messages,
        path_faults, public_module_faults, row_faults, rows, tests, unused_messages, unused_templates, web_faults,
    },
    none,
    reading::paths,
};

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
        ("kernel/money.rs", "use crate::messages::Messages;"),
        ("kernel/money.rs", "fn f() { crate::platform::clock::now(); }"),
        ("platform/redis.rs", "use crate::config::Config;"),
        ("platform/redis.rs", "use crate::kernel::Money;"),
        ("platform/db/mod.rs", "use super::super::config::Config;"),
        ("config/mod.rs", "use crate::platform::{db::Db, random};"),
        ("web/page.rs", "use crate::{accounts, config::Config};"),
        ("web/page.rs", "use crate::schema::users;"),
        ("web/page.rs", "use crate::audit;"),
        ("audit/queries.rs", "use crate::accounts::Role;"),
        ("jobs/mod.rs", "use crate::admin;"),
        ("admin/stock.rs", "use crate::jobs;"),
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
        ("platform/db/sql_types.rs", "use crate::kernel::Money;"),
        ("config/mod.rs", "use crate::{kernel::Money, platform::random};"),
        ("web/page.rs", "use crate::{config::Config, kernel::Money, platform::redis}; use crate::messages::Messages;"),
        (
            "checkout/actions.rs",
            "use crate::{cart, catalog::Offer, orders, stock::take, accounts::Address, platform::db};",
        ),
        ("admin/stock.rs", "use crate::{stock, orders, web::Page};"),
        ("audit/queries.rs", "use crate::{kernel::UserId, schema::audit_log};"),
        ("catalog/actions.rs", "use crate::audit::AuditAction;"),
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
        assert_eq!(public_module_faults(&[file("cart/mod.rs", opened)]), ["cart/mod.rs opens store to everybody"]);
    }
    none(&public_module_faults(&[file("cart/mod.rs", "mod store;\npub mod pages;\npub use store::Cart;")]));
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
        ("cart/rules.rs", "#[cfg(test)]\nmod tests { fn f() { { } } }\nuse diesel::prelude::*;"),
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
fn http_in_the_rules_of_a_domain_is_a_fault() {
    for (name, source) in [
        ("cart/rules.rs", "use crate::web::PageError;"),
        ("stock/queries/list/mod.rs", "use crate::{kernel::Money, web::Paging};"),
        ("orders/actions.rs", "fn f() { crate::web::see_other() }"),
    ] {
        assert_eq!(web_faults(&[file(name, source)], &some_crates()).len(), 1, "{name}: {source}");
    }
    for (name, source) in [
        ("cart/pages.rs", "use crate::web::Page;"),
        ("cart/pages/list.rs", "use crate::web::Page;"),
        ("cart/forms.rs", "use crate::web::Form;"),
        ("admin/stock/list.rs", "use crate::web::Page;"),
        ("cart/rules.rs", "use crate::kernel::Money;"),
    ] {
        none(&web_faults(&[file(name, source)], &some_crates()));
    }
}

#[test]
fn parts_that_import_each_other_in_a_circle_are_faults() {
    let files = |of_labels: &str| {
        [
            file("admin/stock/mod.rs", "use super::labels::name;"),
            file("admin/labels.rs", of_labels),
            file("admin/orders.rs", "use crate::admin::stock; fn f() { stock::list() }"),
            file("admin/mod.rs", "use stock::list;"),
        ]
    };
    none(&circle_faults(&files("use crate::kernel::Money;"), &some_crates()));
    assert_eq!(circle_faults(&files("use super::orders::Order;"), &some_crates()).len(), 3);
    assert_eq!(circle_faults(&files("use super::stock::Row;"), &some_crates()).len(), 2);
}

#[test]
fn a_message_that_nobody_says_is_a_fault() {
    let defined = messages(
        "//! Words.\nuse super::messages;\nmessages! {\n    cart = \"Cart\", \"购物车\";\n    left(n) = \"{n} left\", \"仅剩 {n} 件\";\n    gone(a, b) =\n        \"Gone\", \"没了\";\n}\n",
    );
    assert_eq!(defined, ["cart", "left", "gone"]);
    let speakers = ["{{ page.t.cart() }}".to_owned(), "t.left_over(1); leave.gone_by; map(Messages::gone)".to_owned()];
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

#[test]
fn a_long_line_in_a_template_is_a_fault() {
    let longest = "梅".repeat(MAX_TEMPLATE_LINE);
    none(&long_line_faults("a.html", &format!("<p>\n{longest}\n</p>\n")));
    assert_eq!(long_line_faults("a.html", &format!("<p>\n{longest}.\n</p>\n")), ["a.html: line 2 has 121 characters"]);
}

#[test]
fn a_path_of_the_code_in_a_template_is_a_fault() {
    none(&path_faults("a.html", "<p>{{ stock|thousands }}</p>"));
    let template = "<p>\n  {{ crate::kernel::thousands(stock) }}\n</p>";
    assert_eq!(path_faults("a.html", template), ["a.html: line 2 names a path: {{ crate::kernel::thousands(stock) }}"]);
}

#[test]
fn a_row_without_a_test_and_a_test_without_a_row_are_faults() {
    let page = "Words.\n\n| what | how |\n| --- | --- |\n| Not a row | x |\n\n| row | how |\n| --- | --- |\n| It's well | a |\n| Gone | b |\n";
    let source = "/// A test.\n#[test]\nfn its_well() {}\n\n#[tokio::test]\nasync fn another() {}\n\nfn helper() {}\n";
    assert_eq!(row_faults(&rows(page), &tests(source)), ["no test is called gone", "no row is called another"]);
}
