//! The list of brands, and the page that edits one.

use actix_web::web::Path;
use askama::Template;
use serde_json::json;

use super::{
    edit_form::{AuditedEdit, CatalogEditForm, CreatedRow, SaveOutcome},
    taxonomy_refusal,
};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        differences::{Difference, differing},
    },
    audit::AuditAction,
    catalog::{self, BrandDetails, BrandListItem},
    kernel::{BrandId, Language},
    platform::db::{Connection, DbError},
    web::{self, Flash, Form, PageError, PageResult, filters},
};

const BRANDS_PATH: &str = "/admin/brands";

#[derive(Template)]
#[template(path = "admin/catalog/brands.html")]
struct BrandsPage {
    page: AdminPage,
    lines: Vec<BrandListItem>,
}

/// `GET /admin/brands`: the list of brands.
pub async fn brands(staff: StaffRequest) -> PageResult {
    let language = staff.page.language();
    let lines = staff.db.run(move |conn| Ok::<_, DbError>(catalog::brand_lines(conn, language)?)).await?;
    web::html(&BrandsPage { page: AdminPage::load(staff.page, &staff.db).await?, lines })
}

/// The page with the form that edits a brand, or adds one.
#[derive(Template)]
#[template(path = "admin/catalog/brand.html")]
struct EditBrandPage {
    page: AdminPage,
    /// The id, version and stored name of the edited brand; `None` for a new brand.
    there: Option<(BrandId, i32, String)>,
    form: Form,
    differences: Option<Vec<Difference>>,
}

impl EditBrandPage {
    async fn new(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        let page = AdminPage::load(staff.page, &staff.db).await?;
        Ok(Self { page, there: None, form, differences: None })
    }

    async fn load(staff: StaffRequest, id: BrandId) -> Result<Self, PageError> {
        let main = staff.page.main_language;
        let stored = staff.db.run(move |conn| Ok::<_, DbError>(catalog::brand_details_of(conn, id, main)?)).await?;
        let name = stored.details.name.words(staff.page.language()).to_owned();
        let mut here = Self::new(staff.at(&address(id)), form_of(&stored.details)).await?;
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

/// `GET /admin/brands/new`: the form for a new brand.
pub async fn new_brand(staff: StaffRequest) -> PageResult {
    web::html(&EditBrandPage::new(staff.at(BRANDS_PATH), Form::default()).await?)
}

/// `POST /admin/brands`: creates a brand and redirects to the list.
pub async fn create_brand(mut sent: CatalogEditForm) -> PageResult {
    let (t, main) = (sent.staff.page.t, sent.staff.page.main_language);
    if let Some(details) = catalog::brand_details(&mut sent.form, main, t) {
        let work = move |conn: &mut Connection, _: &AuditedEdit| {
            let audit_json = json!({ "name": details.name.words(main) });
            Ok(catalog::create_brand(conn, &details, main)?.map(|(id, slug)| CreatedRow { id, slug, audit_json }))
        };
        if sent.create(AuditAction::CreateBrand, work, taxonomy_refusal).await?.is_some() {
            return Ok(Flash::success(t.brand_created()).see_other(BRANDS_PATH, &sent.staff.config));
        }
    }
    web::unprocessable(&EditBrandPage::new(sent.staff.at(BRANDS_PATH), sent.form).await?)
}

/// `GET /admin/brands/{id}`: the form that edits a brand.
pub async fn brand(staff: StaffRequest, id: Path<i64>) -> PageResult {
    web::html(&EditBrandPage::load(staff, BrandId(*id)).await?)
}

/// `POST /admin/brands/{id}`: saves a brand and redirects to the list. If somebody else has saved it since the form
/// was loaded, shows the differences and saves nothing.
pub async fn save_brand(id: Path<i64>, mut sent: CatalogEditForm) -> PageResult {
    let (t, id, seen, main) = (sent.staff.page.t, BrandId(*id), sent.seen(), sent.staff.page.main_language);
    let written = catalog::brand_details(&mut sent.form, main, t);
    let mut stale = false;
    if let Some(details) = written.clone() {
        let save = move |conn: &mut Connection| catalog::save_brand(conn, id, seen, &details, main);
        match sent.save(AuditAction::EditBrand, slug_of(id), save, taxonomy_refusal).await? {
            SaveOutcome::Done(flash) => return Ok(flash.see_other(BRANDS_PATH, &sent.staff.config)),
            saved => stale = matches!(saved, SaveOutcome::Stale),
        }
    }
    let mut again = EditBrandPage::load(sent.staff, id).await?;
    if stale {
        let names = [("name_en", t.products_name_en()), ("name_zh", t.products_name_zh()), ("slug", t.products_slug())];
        let beside = |mine| differing(&names, (&form_of(mine), &again.form), |_, value| value.to_owned());
        again.differences = written.as_ref().map(beside);
    }
    again.form = sent.form;
    web::unprocessable(&again)
}

/// `POST /admin/brands/{id}/removal`: removes a brand without products.
pub async fn remove_brand(id: Path<i64>, sent: CatalogEditForm) -> PageResult {
    let (t, id, main) = (sent.staff.page.t, BrandId(*id), sent.staff.page.main_language);
    let work = move |conn: &mut Connection| catalog::remove_brand(conn, id, main);
    sent.remove(
        AuditAction::RemoveBrand,
        slug_of(id),
        work,
        (BRANDS_PATH, &address(id), t.brand_removed(), taxonomy_refusal),
    )
    .await
}
