//! Handlers: what the routes register. They take few parameters, because one extractor holds what an audience needs.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use super::checks::{File, speaks_http};

/// The most parameters of a handler: the request of its audience, and three more.
const MAX_PARAMETERS: usize = 4;

const ROUTING_ATTRIBUTES: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "route"];

/// The names that are registered with `to(name)`, and the names that `use` renames.
#[derive(Default)]
struct Registered {
    names: BTreeSet<String>,
    renamed: Vec<(String, String)>,
}

impl Registered {
    fn add(&mut self, handler: Option<&syn::Expr>) {
        if let Some(syn::Expr::Path(path)) = handler {
            self.names.extend(path.path.segments.last().map(|segment| segment.ident.to_string()));
        }
    }
}

impl<'ast> Visit<'ast> for Registered {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "to" {
            self.add(call.args.first());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let is_to = matches!(&*call.func, syn::Expr::Path(path)
            if path.path.segments.last().is_some_and(|segment| segment.ident == "to"));
        if is_to {
            self.add(call.args.first());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_use_rename(&mut self, rename: &'ast syn::UseRename) {
        self.renamed.push((rename.rename.to_string(), rename.ident.to_string()));
    }
}

struct Handler {
    file: String,
    name: String,
    parameters: usize,
}

struct Handlers<'a> {
    file: &'a str,
    registered: &'a BTreeSet<String>,
    found: Vec<Handler>,
}

impl<'ast> Visit<'ast> for Handlers<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let name = item.sig.ident.to_string();
        let is_routed = item.attrs.iter().any(|attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|word| ROUTING_ATTRIBUTES.iter().any(|name| word.ident == name))
        });
        let is_registered = speaks_http(self.file) && self.registered.contains(&name);
        if item.sig.asyncness.is_some() && (is_routed || is_registered) {
            let (file, parameters) = (self.file.to_owned(), item.sig.inputs.len());
            self.found.push(Handler { file, name, parameters });
        }
        visit::visit_item_fn(self, item);
    }
}

fn handlers(files: &[File]) -> Vec<Handler> {
    let parsed: Vec<(&str, syn::File)> = files
        .iter()
        .map(|(file, source)| {
            let parsed = syn::parse_file(source).unwrap_or_else(|problem| panic!("{file}: {problem}"));
            (file.as_str(), parsed)
        })
        .collect();
    let mut registered = Registered::default();
    for (_, source) in &parsed {
        registered.visit_file(source);
    }
    let mut names = registered.names;
    for (new, old) in &registered.renamed {
        if names.contains(new) {
            names.insert(old.clone());
        }
    }
    let mut found = Vec::new();
    for (file, source) in &parsed {
        let mut handlers = Handlers { file, registered: &names, found: Vec::new() };
        handlers.visit_file(source);
        found.append(&mut handlers.found);
    }
    found
}

fn handler_faults(files: &[File]) -> Vec<String> {
    let too_many = handlers(files).into_iter().filter(|handler| handler.parameters > MAX_PARAMETERS);
    too_many
        .map(|Handler { file, name, parameters }| format!("{file}: the handler {name} has {parameters} parameters"))
        .collect()
}

#[test]
fn no_handler_has_more_than_four_parameters() {
    let sources = super::sources();
    assert!(handlers(&sources).len() > 100, "the handlers of the routes are found");
    super::none(&handler_faults(&sources));
}

#[test]
fn a_fifth_parameter_of_a_handler_is_a_fault_however_it_is_registered() {
    let file = |name: &str, source: &str| (name.to_owned(), source.to_owned());
    let five = "(a: A, b: B, c: C, d: D, e: E) {}";
    let faults_of = |routes: &str, page: &str, source: &str| {
        handler_faults(&[file("routes.rs", routes), file(page, &format!("{source}{five}"))])
    };
    let routes = "fn routes() { resource(\"/\").route(get().to(admin::orders)).default_service(actix::to(nowhere)); }";
    let fault = ["admin/orders/list.rs: the handler orders has 5 parameters"];
    assert_eq!(faults_of(routes, "admin/orders/list.rs", "pub async fn orders"), fault);
    assert_eq!(faults_of(routes, "cart/pages.rs", "async fn nowhere").len(), 1);
    assert_eq!(faults_of("", "cart/store.rs", "#[post(\"/\")] async fn add").len(), 1);
    let renamed = "pub use list::show as orders; fn routes() { get().to(admin::orders); }";
    assert_eq!(faults_of(renamed, "admin/orders/list.rs", "pub async fn show").len(), 1);
    super::none(&faults_of(routes, "admin/orders/list.rs", "pub async fn load"));
    super::none(&faults_of(routes, "orders/queries.rs", "pub async fn orders"));
    let four = file("admin/orders.rs", "pub async fn orders(a: A, b: B, c: C, d: D) {}");
    super::none(&handler_faults(&[file("routes.rs", routes), four]));
}
