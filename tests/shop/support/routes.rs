//! Every address of the shop, as `src/routes.rs` lists them.

use std::fs;

/// The addresses, with a 1 in each of their holes. One that is added there is here as well.
pub fn addresses() -> Vec<String> {
    let routes = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/routes.rs")).unwrap();
    let mut addresses = Vec::new();
    // Each function lists the addresses of at most one scope, which it names first.
    for function in routes.split("fn ") {
        let (scope, listed) = match function.split_once("scope(\"") {
            None => ("", function),
            Some((before, rest)) => {
                assert!(!before.contains("resource("), "an address before its scope: {before}");
                rest.split_once('"').unwrap()
            }
        };
        assert!(!listed.contains("scope("), "a scope inside of {scope}");
        assert!(!listed.contains(".route(\""), "an address without a resource in {scope}");
        for rest in listed.split("resource(").skip(1) {
            let path = rest.strip_prefix('"').expect("an address stands where it is listed").split('"').next().unwrap();
            addresses.push(format!("{scope}{}", filled(path)));
        }
    }
    assert!(addresses.len() > 30, "{addresses:?}");
    addresses
}

fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
