//! Data that every page shows. `app` registers the functions that load it, so that `web` does not depend on the
//! domains.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use askama::Template;
use std::{
    borrow::Cow,
    future::Future,
    ops::Deref,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use super::{
    Flash, PageError, PageMeta, app_data, assets,
    canonical::{is_tracker, kept_query},
    csrf::is_our_origin,
    flash, page_meta,
};
use crate::{
    config::Config,
    kernel::{Language, Money, UserId},
    messages::Messages,
};

#[derive(Clone, Debug)]
pub struct CurrentUser {
    pub id: UserId,
    pub username: String,
    pub is_staff: bool,
    pub is_admin: bool,
}

#[derive(Clone, Debug)]
pub struct RootCategory {
    /// The name of the category in the URL of its page, `/categories/{slug}`.
    pub slug: String,
    pub name: String,
    /// All categories below this one, each followed by its own descendants.
    pub descendants: Vec<Subcategory>,
}

#[derive(Clone, Debug)]
pub struct Subcategory {
    pub slug: String,
    pub name: String,
    /// The number of the category's ancestors; at least 1.
    pub depth: i32,
}

/// The root categories in the order of the menu, and the cached HTML of the menu for phones.
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

/// The template of the category menu for phones.
#[derive(Template)]
#[template(path = "drawer.html")]
struct Drawer<'a> {
    category_menu: &'a [RootCategory],
    t: Messages,
    /// The slug of the category whose page is shown; `None` on other pages.
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
        // Cannot fail in practice; if it does, the page has no menu.
        self.render().unwrap_or_default()
    }
}

/// The data of the user, the cart and the categories that every page shows.
#[derive(Clone, Debug, Default)]
pub struct SharedPageData {
    pub current_user: Option<CurrentUser>,
    /// The number of entries in the cart.
    pub cart_count: u32,
    pub category_menu: Arc<CategoryMenu>,
    /// True if the user or the cart could not be loaded, because PostgreSQL or Redis is down.
    pub is_limited: bool,
}

/// The settings of the shop that every page shows, error pages included.
#[derive(Clone, Debug, Default)]
pub struct PageSettings {
    /// The name of the shop in the language of the page.
    pub shop_name: String,
    /// The sum of the goods' prices from which delivery is free.
    pub free_from: Money,
}

/// A function that returns the [`PageSettings`] for a language.
pub struct PageSettingsSource(pub Box<dyn Fn(Language) -> PageSettings + Send + Sync>);

type SharedPageDataFuture = Pin<Box<dyn Future<Output = Result<SharedPageData, PageError>>>>;

/// A function that loads the [`SharedPageData`] of a request.
pub struct SharedPageDataSource(pub Box<dyn Fn(HttpRequest, Language) -> SharedPageDataFuture + Send + Sync>);

/// The data of the layout `base.html`: an extractor for handlers, and a field of their templates.
#[derive(Debug)]
pub struct Page {
    pub t: Messages,
    /// The name of the shop in the language of the page.
    pub shop_name: String,
    /// The path and query of the request without the parameter `lang` and tracking parameters: where to return to after
    /// the visitor has chosen a language.
    pub path: String,
    /// The metadata with which search engines list the page; `None` if they must not list it.
    pub meta: Option<Box<PageMeta>>,
    pub current_user: Option<CurrentUser>,
    /// The number of entries in the cart.
    pub cart_count: u32,
    pub category_menu: Arc<CategoryMenu>,
    pub is_limited: bool,
    /// Messages that the previous request left for this page, such as "Added to your cart".
    pub flashes: Vec<Flash>,
    /// The sum of the goods' prices from which delivery is free.
    pub free_from: Money,
    /// The language in which staff must name products: the shop's default, or that of the page if no default is set.
    pub main_language: Language,
}

impl Page {
    /// Returns the data of a page without user, cart and categories, for error pages.
    pub fn plain(req: &HttpRequest) -> Self {
        Self::with(req, SharedPageData::default(), Vec::new())
    }

    fn with(req: &HttpRequest, data: SharedPageData, flashes: Vec<Flash>) -> Self {
        let config = req.app_data::<Data<Config>>();
        let language = Language::of(req);
        let source = req.app_data::<Data<PageSettingsSource>>();
        let settings = source.map(|source| (source.0)(language)).unwrap_or_default();
        Self {
            t: Messages(language),
            shop_name: settings.shop_name,
            // The path of a form may not support GET.
            path: if req.method().is_safe() { path_of(req) } else { referer_path(req).unwrap_or_else(|| "/".into()) },
            meta: None,
            current_user: data.current_user,
            cart_count: data.cart_count,
            category_menu: data.category_menu,
            is_limited: data.is_limited,
            flashes,
            free_from: settings.free_from,
            main_language: config.and_then(|config| config.shop_language).unwrap_or(language),
        }
    }

    #[must_use]
    pub fn with_flash(mut self, flash: Flash) -> Self {
        self.flashes.push(flash);
        self
    }

    /// Sets the path to show after the visitor changes the language, for a response to a form: the path to which the
    /// form was sent has no page of its own.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Lets search engines list the page, with this metadata.
    #[must_use]
    pub fn listed(mut self, meta: PageMeta) -> Self {
        self.meta = Some(Box::new(meta));
        self
    }

    /// Lets search engines list the page with this metadata; with `None` they must not list it.
    #[must_use]
    pub fn listed_if(mut self, meta: Option<PageMeta>) -> Self {
        self.meta = meta.map(Box::new);
        self
    }

    pub(super) fn with_shared_data(mut self, data: SharedPageData) -> Self {
        (self.current_user, self.cart_count, self.category_menu) =
            (data.current_user, data.cart_count, data.category_menu);
        self
    }

    /// Returns whether the page shows nothing about the user, and so is the same for all visitors in this language.
    pub fn is_anonymous(&self) -> bool {
        self.current_user.is_none() && self.cart_count == 0 && self.flashes.is_empty() && !self.is_limited
    }

    pub fn language(&self) -> Language {
        self.t.language()
    }

    pub fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    pub fn is_in(&self, slug: &str) -> bool {
        self.category() == Some(slug)
    }

    fn category(&self) -> Option<&str> {
        self.path.strip_prefix("/categories/").and_then(|rest| rest.split('?').next())
    }

    /// Returns the HTML of the category menu for phones; cached, except on the page of a category, which marks that
    /// category.
    pub fn drawer(&self) -> Cow<'_, str> {
        let drawer = Drawer { category_menu: &self.category_menu, t: self.t, here: self.category() };
        if drawer.here.is_some() {
            return drawer.written().into();
        }
        self.category_menu.written.get_or_init(|| drawer.written()).into()
    }

    /// Returns the elements of the page's `<head>` for search engines and for previews of links, as HTML.
    pub fn meta_tags(&self) -> String {
        page_meta::meta_tags(self.meta.as_deref(), self.language(), &self.shop_name)
    }

    /// Returns the URL of a picture in the size for lists; `file` is its file name in the catalog.
    pub fn picture(&self, file: &str) -> String {
        picture_url(file, "grid")
    }

    /// Returns the URL of a picture in the size for product pages.
    pub fn large_picture(&self, file: &str) -> String {
        picture_url(file, "page")
    }

    /// Returns the URL of a picture in the largest size.
    pub fn zoomed_picture(&self, file: &str) -> String {
        picture_url(file, "zoom")
    }

    /// Returns the `srcset` of a picture in lists: two sizes, the second for high-density screens.
    pub fn picture_set(&self, file: &str) -> String {
        format!("{} 1x, {} 2x", picture_url(file, "grid"), picture_url(file, "page"))
    }

    /// Returns the `srcset` of a picture on product pages: two sizes, the second for high-density screens.
    pub fn large_picture_set(&self, file: &str) -> String {
        format!("{} 1x, {} 2x", picture_url(file, "page"), picture_url(file, "zoom"))
    }

    /// Returns whether staff uploaded the picture; otherwise it is a drawing of the demo shop.
    pub fn is_photo(&self, file: &str) -> bool {
        file.starts_with(UPLOADED)
    }

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
            let data = (source.0)(req.clone(), Language::of(&req)).await?;
            let flashes = flash::take(&req);
            Ok(Self::with(&req, data, flashes))
        })
    }
}

/// Returns the path and query of a request without the parameter `lang` and tracking parameters.
fn path_of(req: &HttpRequest) -> String {
    match kept_query(req.query_string(), |name| name == "lang" || is_tracker(name)) {
        query if query.is_empty() => req.path().to_owned(),
        query => format!("{}?{query}", req.path()),
    }
}

/// The start of the file names of pictures that staff have uploaded.
const UPLOADED: &str = "uploaded/";

/// Returns the URL of a picture: for an uploaded one in this `size` (`grid`, `page` or `zoom`), otherwise below
/// `static/`.
pub fn picture_url(file: &str, size: &str) -> String {
    match file.strip_prefix(UPLOADED).and_then(|name| name.split_once('.')) {
        Some((hash, kind)) => format!("/pictures/{hash}-{size}.{kind}"),
        None => assets::url(&format!("pictures/{file}")),
    }
}

/// Returns the shared data of the request; `None` if it cannot be loaded.
pub(super) async fn shared_data(req: &HttpRequest) -> Option<SharedPageData> {
    let source = req.app_data::<Data<SharedPageDataSource>>()?.clone();
    (source.0)(req.clone(), Language::of(req)).await.ok()
}

/// Returns the path and query of the page that sent the request (`Referer`); `None` if it is not a page of this shop.
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

/// Returns `path` if it leads to a page of this shop; otherwise `None`, so that a forged link cannot redirect to
/// another site.
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
