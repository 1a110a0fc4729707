//! What every page shows. `app` sets what loads it, so that `web` knows no part of the shop.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use askama::Template;
use std::{
    borrow::Cow,
    future::Future,
    ops::Deref,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use super::{Flash, PageError, app_data, assets, csrf::is_our_origin, flash};
use crate::{
    config::Config,
    kernel::{Language, Money, UserId},
    messages::Messages,
};

/// The signed-in user, as the header of a page shows them.
#[derive(Clone, Debug)]
pub struct CurrentUser {
    /// The account.
    pub id: UserId,
    /// The username.
    pub username: String,
    /// True for staff and admins: the header links to the admin pages.
    pub is_staff: bool,
    /// True for admins: the admin pages link to the staff accounts.
    pub is_admin: bool,
}

/// One of the links every page offers into the catalog.
#[derive(Clone, Debug)]
pub struct RootCategory {
    /// Its address: `/categories/{slug}`.
    pub slug: String,
    /// Its name in the language of the page.
    pub name: String,
    /// All categories below it, each right before those below that one.
    pub descendants: Vec<Subcategory>,
}

/// A category somewhere below a department.
#[derive(Clone, Debug)]
pub struct Subcategory {
    /// Its address: `/categories/{slug}`.
    pub slug: String,
    /// Its name in the language of the page.
    pub name: String,
    /// How many stand above it, at least 1.
    pub depth: i32,
}

/// The top of the tree of categories, in its order; and the whole tree as every page carries it.
#[derive(Debug, Default)]
pub struct CategoryMenu {
    roots: Vec<RootCategory>,
    written: OnceLock<String>,
}

impl From<Vec<RootCategory>> for CategoryMenu {
    fn from(roots: Vec<RootCategory>) -> Self {
        Self { roots, written: OnceLock::new() }
    }
}

impl Deref for CategoryMenu {
    type Target = [RootCategory];

    fn deref(&self) -> &[RootCategory] {
        &self.roots
    }
}

/// The tree of categories in the drawer of a phone.
#[derive(Template)]
#[template(path = "drawer.html")]
struct Drawer<'a> {
    category_menu: &'a [RootCategory],
    t: Messages,
    /// The slug of the category whose page it is.
    here: Option<&'a str>,
}

impl Drawer<'_> {
    fn is_here(&self, slug: &str) -> bool {
        self.here == Some(slug)
    }

    fn is_within(&self, root: &RootCategory) -> bool {
        self.here.is_some()
            && (self.is_here(&root.slug) || root.descendants.iter().any(|category| self.is_here(&category.slug)))
    }

    fn written(&self) -> String {
        // Nothing in it can fail, and a page without it is better than none.
        self.render().unwrap_or_default()
    }
}

/// What the rooms of the shop know that every page shows.
#[derive(Clone, Debug, Default)]
pub struct SharedPageData {
    /// The signed-in user, if any.
    pub current_user: Option<CurrentUser>,
    /// How many different goods are in the cart.
    pub cart_count: u32,
    /// The top of the tree of categories.
    pub category_menu: Arc<CategoryMenu>,
    /// Who is signed in and what is in the cart could not be found out just now.
    pub is_limited: bool,
}

type Answer = Pin<Box<dyn Future<Output = Result<SharedPageData, PageError>>>>;

/// Loads what the page of a request shares with all others.
pub struct SharedPageDataSource(pub Box<dyn Fn(HttpRequest, Language) -> Answer + Send + Sync>);

/// What every page shows. A handler takes it as an argument and puts it into its template.
#[derive(Debug)]
pub struct Page {
    /// The messages of the page's language.
    pub t: Messages,
    /// Where this page is, with its query: where a change of language comes back to.
    pub path: String,
    /// The signed-in user, if any.
    pub current_user: Option<CurrentUser>,
    /// How many different goods are in the cart.
    pub cart_count: u32,
    /// The top of the tree of categories.
    pub category_menu: Arc<CategoryMenu>,
    /// Who is signed in and what is in the cart could not be found out just now.
    pub is_limited: bool,
    /// What the last request has to say to this one.
    pub flashes: Vec<Flash>,
    /// From what amount of goods delivery is free.
    pub free_from: Money,
    /// The language that names are required in: the shop's main one, or that of the page where none is set.
    pub main_language: Language,
}

impl Page {
    /// A page that needs nothing but the request: what is left when the shop cannot answer.
    pub fn plain(req: &HttpRequest) -> Self {
        Self::with(req, SharedPageData::default(), Vec::new())
    }

    fn with(req: &HttpRequest, facts: SharedPageData, flashes: Vec<Flash>) -> Self {
        let path = req.uri().path_and_query().map_or("/", |path| path.as_str());
        let config = req.app_data::<Data<Config>>();
        let language = Language::of(req);
        Self {
            t: Messages(language),
            // A form's own address may answer no GET.
            path: if req.method().is_safe() {
                path.to_owned()
            } else {
                referer_path(req).unwrap_or_else(|| "/".into())
            },
            current_user: facts.current_user,
            cart_count: facts.cart_count,
            category_menu: facts.category_menu,
            is_limited: facts.is_limited,
            flashes,
            free_from: config.map(|config| config.freight.free_from).unwrap_or_default(),
            main_language: config.and_then(|config| config.shop_language).unwrap_or(language),
        }
    }

    /// The page with one more thing to say now.
    #[must_use]
    pub fn with_flash(mut self, flash: Flash) -> Self {
        self.flashes.push(flash);
        self
    }

    /// The page as that of another address: one that answers a form which has none of its own to read.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// The plain page with what the rooms know after all.
    pub(super) fn knowing(mut self, facts: SharedPageData) -> Self {
        (self.current_user, self.cart_count, self.category_menu) =
            (facts.current_user, facts.cart_count, facts.category_menu);
        self
    }

    /// Whether it shows nothing of whoever asks: then it is the same for all who ask for it in this language.
    pub fn is_anybodys(&self) -> bool {
        self.current_user.is_none() && self.cart_count == 0 && self.flashes.is_empty() && !self.is_limited
    }

    /// The language of the page.
    pub fn language(&self) -> Language {
        self.t.language()
    }

    /// All languages, for the switch.
    pub fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    /// Whether this page is the department of that slug.
    pub fn is_in(&self, slug: &str) -> bool {
        self.category() == Some(slug)
    }

    /// The slug of the category whose page this is.
    fn category(&self) -> Option<&str> {
        self.path.strip_prefix("/categories/").and_then(|rest| rest.split('?').next())
    }

    /// The tree of categories as HTML. Only the page of one of them has one of its own.
    pub fn drawer(&self) -> Cow<'_, str> {
        let drawer = Drawer { category_menu: &self.category_menu, t: self.t, here: self.category() };
        if drawer.here.is_some() {
            return drawer.written().into();
        }
        self.category_menu.written.get_or_init(|| drawer.written()).into()
    }

    /// The address of a picture of goods, by the name the catalog keeps, as small as in a grid.
    pub fn picture(&self, file: &str) -> String {
        picture_url(file, "grid")
    }

    /// The same, as large as on its own page.
    pub fn large_picture(&self, file: &str) -> String {
        picture_url(file, "page")
    }

    /// The same, as large as there is.
    pub fn zoomed_picture(&self, file: &str) -> String {
        picture_url(file, "zoom")
    }

    /// The picture of a grid for screens that show more points than pages count.
    pub fn picture_set(&self, file: &str) -> String {
        format!("{} 1x, {} 2x", picture_url(file, "grid"), picture_url(file, "page"))
    }

    /// The same for the picture of a page of its own.
    pub fn large_picture_set(&self, file: &str) -> String {
        format!("{} 1x, {} 2x", picture_url(file, "page"), picture_url(file, "zoom"))
    }

    /// Whether it was uploaded, and fills its ground; others are drawn on it.
    pub fn is_photo(&self, file: &str) -> bool {
        file.starts_with(UPLOADED)
    }

    /// The address of a file under `static/`, which changes when the file does.
    pub fn asset(&self, path: &str) -> String {
        assets::url(path)
    }
}

impl FromRequest for Page {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let source = app_data::<SharedPageDataSource>(&req)?;
            let facts = (source.0)(req.clone(), Language::of(&req)).await?;
            let flashes = flash::take(&req);
            Ok(Self::with(&req, facts, flashes))
        })
    }
}

/// What the names of pictures begin with that staff have uploaded.
const UPLOADED: &str = "uploaded/";

/// The address of a picture: of the shop's own one under `static/`, or of a size of one that was uploaded, which is called
/// `uploaded/<hash>.<kind>`.
fn picture_url(file: &str, size: &str) -> String {
    match file.strip_prefix(UPLOADED).and_then(|name| name.split_once('.')) {
        Some((hash, kind)) => format!("/pictures/{hash}-{size}.{kind}"),
        None => assets::url(&format!("pictures/{file}")),
    }
}

/// What the rooms know, as far as they can tell.
pub(super) async fn facts(req: &HttpRequest) -> Option<SharedPageData> {
    let source = req.app_data::<Data<SharedPageDataSource>>()?.clone();
    (source.0)(req.clone(), Language::of(req)).await.ok()
}

/// The page of ours that a form was on or a link stood on, as the browser tells.
pub fn referer_path(req: &HttpRequest) -> Option<String> {
    let referer = url::Url::parse(req.headers().get("referer")?.to_str().ok()?).ok()?;
    if !is_our_origin(req, &referer.origin().ascii_serialization()) {
        return None;
    }
    let path = match referer.query() {
        Some(query) => format!("{}?{query}", referer.path()),
        None => referer.path().to_owned(),
    };
    local_path(&path).map(str::to_owned)
}

/// `path`, if it leads to a page of ours and nowhere else: no other host, no scheme, nothing a browser reads as one.
pub fn local_path(path: &str) -> Option<&str> {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.len() <= 2000
        && path.bytes().all(|b| b.is_ascii_graphic());
    ours.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_our_own_are_followed() {
        assert_eq!(local_path("/orders?page=2"), Some("/orders?page=2"));
        for elsewhere in
            ["", "orders", "//evil.example", "/\\evil.example", "https://evil.example", "/\r\nSet-Cookie: a", "/a b"]
        {
            assert_eq!(local_path(elsewhere), None, "{elsewhere}");
        }
    }
}
