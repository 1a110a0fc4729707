//! All paths of the shop, read from `src/routes.rs`.

use std::fs;

/// The paths, with a 1 for each parameter. New routes are found automatically.
pub fn addresses() -> Vec<String> {
    let routes = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/routes.rs")).unwrap();
    let mut addresses = Vec::new();
    // Each function lists the paths of at most one scope, which it names first.
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
