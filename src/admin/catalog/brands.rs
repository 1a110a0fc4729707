//! The list of brands, and the page that edits one.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use serde_json::json;

use super::{
    edit_form::{AuditedEdit, CatalogEditForm, CreatedRow, Difference, SaveOutcome, differing},
    taxonomy_refusal,
};
use crate::{
    accounts::Staff,
    admin::nav_badges::NavBadges,
    audit::AuditAction,
    catalog::{self, BrandDetails, BrandListItem},
    kernel::{BrandId, Language},
    platform::db::{Connection, Db, DbError},
    web::{self, Flash, Form, Page, PageError},
};

const BRANDS_PATH: &str = "/admin/brands";

#[derive(Template)]
#[template(path = "admin/catalog/brands.html")]
struct BrandsPage {
    page: Page,
    badges: NavBadges,
    lines: Vec<BrandListItem>,
}

/// `GET /admin/brands`
pub async fn brands(_: Staff, page: Page, db: Data<Db>) -> Result<HttpResponse, PageError> {
    let language = page.language();
    let lines = db.run(move |conn| Ok::<_, DbError>(catalog::brand_lines(conn, language)?)).await?;
    web::html(&BrandsPage { badges: NavBadges::load(&db).await?, page, lines })
}

/// The page with the form of a brand or of a new one.
#[derive(Template)]
#[template(path = "admin/catalog/brand.html")]
struct EditBrandPage {
    page: Page,
    badges: NavBadges,
    /// The id, the version and the name of the brand; `None` for a new one.
    there: Option<(BrandId, i32, String)>,
    form: Form,
    differences: Option<Vec<Difference>>,
}

impl EditBrandPage {
    async fn new(page: Page, db: &Db, form: Form) -> Result<Self, PageError> {
        let badges = NavBadges::load(db).await?;
        Ok(Self { page: page.at(BRANDS_PATH), badges, there: None, form, differences: None })
    }

    async fn load(page: Page, id: BrandId, db: &Db) -> Result<Self, PageError> {
        let main = page.main_language;
        let stored = db.run(move |conn| Ok::<_, DbError>(catalog::brand_details_of(conn, id, main)?)).await?;
        let name = stored.details.name.words(page.language()).to_owned();
        let mut here = Self::new(page.at(&address(id)), db, form_of(&stored.details)).await?;
        here.page = here.page.at(&address(id));
        here.there = Some((id, stored.version, name));
        Ok(here)
    }

    fn name(&self) -> &str {
        self.there.as_ref().map_or(self.page.t.brand_new(), |(.., name)| name)
    }

    fn action(&self) -> String {
        self.there.as_ref().map_or_else(|| BRANDS_PATH.to_owned(), |(id, ..)| address(*id))
    }
}

fn address(id: BrandId) -> String {
    format!("{BRANDS_PATH}/{id}")
}

fn form_of(details: &BrandDetails) -> Form {
    Form::filled([
        ("name_en", details.name.en.clone()),
        ("name_zh", details.name.zh.clone()),
        ("slug", details.slug.clone()),
    ])
}

fn slug_of(id: BrandId) -> impl Fn(&mut Connection) -> diesel::QueryResult<String> + Send + 'static {
    move |conn| Ok(catalog::brand_details_of(conn, id, Language::En)?.details.slug)
}

/// `GET /admin/brands/new`
pub async fn new_brand(_: Staff, page: Page, db: Data<Db>) -> Result<HttpResponse, PageError> {
    web::html(&EditBrandPage::new(page, &db, Form::default()).await?)
}

/// `POST /admin/brands`: creates a brand and redirects to the list.
pub async fn create_brand(mut sent: CatalogEditForm) -> Result<HttpResponse, PageError> {
    let (t, main) = (sent.page.t, sent.page.main_language);
    if let Some(details) = catalog::brand_details(&mut sent.form, main, t) {
        let work = move |conn: &mut Connection, _: &AuditedEdit| {
            let audit_json = json!({ "name": details.name.words(main) });
            Ok(catalog::create_brand(conn, &details, main)?.map(|(id, slug)| CreatedRow { id, slug, audit_json }))
        };
        if sent.create(AuditAction::CreateBrand, work, taxonomy_refusal).await?.is_some() {
            return Ok(Flash::success(t.brand_created()).see_other(BRANDS_PATH, &sent.config));
        }
    }
    web::unprocessable(&EditBrandPage::new(sent.page, &sent.db, sent.form).await?)
}

/// `GET /admin/brands/{id}`
pub async fn brand(_: Staff, page: Page, id: Path<i64>, db: Data<Db>) -> Result<HttpResponse, PageError> {
    web::html(&EditBrandPage::load(page, BrandId(*id), &db).await?)
}

/// `POST /admin/brands/{id}`: saves a brand and redirects to the list. An outdated form gets the differences.
pub async fn save_brand(id: Path<i64>, mut sent: CatalogEditForm) -> Result<HttpResponse, PageError> {
    let (t, id, seen, main) = (sent.page.t, BrandId(*id), sent.seen(), sent.page.main_language);
    let written = catalog::brand_details(&mut sent.form, main, t);
    let mut stale = false;
    if let Some(details) = written.clone() {
        let save = move |conn: &mut Connection| catalog::save_brand(conn, id, seen, &details, main);
        match sent.save(AuditAction::EditBrand, slug_of(id), save, taxonomy_refusal).await? {
            SaveOutcome::Done(flash) => return Ok(flash.see_other(BRANDS_PATH, &sent.config)),
            saved => stale = matches!(saved, SaveOutcome::Stale),
        }
    }
    let mut again = EditBrandPage::load(sent.page, id, &sent.db).await?;
    if stale {
        let names = [("name_en", t.products_name_en()), ("name_zh", t.products_name_zh()), ("slug", t.products_slug())];
        let beside = |mine| differing(&names, (&form_of(mine), &again.form), |_, value| value.to_owned());
        again.differences = written.as_ref().map(beside);
    }
    again.form = sent.form;
    web::unprocessable(&again)
}

/// `POST /admin/brands/{id}/removal`: removes a brand without products.
pub async fn remove_brand(id: Path<i64>, sent: CatalogEditForm) -> Result<HttpResponse, PageError> {
    let (t, id, main) = (sent.page.t, BrandId(*id), sent.page.main_language);
    let work = move |conn: &mut Connection| catalog::remove_brand(conn, id, main);
    sent.remove(
        AuditAction::RemoveBrand,
        slug_of(id),
        work,
        (BRANDS_PATH, &address(id), t.brand_removed(), taxonomy_refusal),
    )
    .await
}
