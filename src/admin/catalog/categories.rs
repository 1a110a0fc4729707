//! The page with the tree of categories, and the page that edits one category.

use actix_web::web::Path;
use askama::Template;
use serde_json::json;

use super::{
    edit_form::{AuditedEdit, CatalogEditForm, CreatedRow, SaveOutcome, answer},
    taxonomy_refusal,
};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        differences::{Difference, differing},
    },
    audit::AuditAction,
    catalog::{self, CategoryChoice, CategoryDetails, CategoryListItem, MoveDirection},
    kernel::{CategoryId, Language},
    platform::{
        clock,
        db::{Connection, DbError},
    },
    web::{self, Flash, Form, PageError, PageResult, filters},
};

const CATEGORIES_PATH: &str = "/admin/categories";

#[derive(Template)]
#[template(path = "admin/catalog/categories.html")]
struct CategoriesPage {
    page: AdminPage,
    lines: Vec<CategoryListItem>,
}

/// `GET /admin/categories`: the tree of categories.
pub async fn categories(staff: StaffRequest) -> PageResult {
    let language = staff.page.language();
    let lines = staff.db.run(move |conn| Ok::<_, DbError>(catalog::category_lines(conn, language)?)).await?;
    web::html(&CategoriesPage { page: AdminPage::load(staff.page, &staff.db).await?, lines })
}

/// The page with the form that edits a category, or adds one.
#[derive(Template)]
#[template(path = "admin/catalog/category.html")]
struct EditCategoryPage {
    page: AdminPage,
    /// The id, version and stored name of the edited category; `None` for a new category.
    there: Option<(CategoryId, i32, String)>,
    choices: Vec<CategoryChoice>,
    form: Form,
    differences: Option<Vec<Difference>>,
}

impl EditCategoryPage {
    async fn new(staff: StaffRequest, form: Form) -> Result<Self, PageError> {
        let language = staff.page.language();
        let choices = staff.db.run(move |conn| Ok::<_, DbError>(catalog::category_choices(conn, language)?)).await?;
        let page = AdminPage::load(staff.page, &staff.db).await?;
        Ok(Self { page, there: None, choices, form, differences: None })
    }

    async fn load(staff: StaffRequest, id: CategoryId) -> Result<Self, PageError> {
        let main = staff.page.main_language;
        let stored = staff.db.run(move |conn| Ok::<_, DbError>(catalog::category_details_of(conn, id, main)?)).await?;
        let name = stored.details.name.words(staff.page.language()).to_owned();
        let mut here = Self::new(staff.at(&address(id)), form_of(&stored.details)).await?;
        here.there = Some((id, stored.version, name));
        Ok(here)
    }

    fn name(&self) -> &str {
        self.there.as_ref().map_or(self.page.t.category_new(), |(.., name)| name)
    }

    fn action(&self) -> String {
        self.there.as_ref().map_or_else(|| CATEGORIES_PATH.to_owned(), |(id, ..)| address(*id))
    }

    /// Returns the fields in which the input `mine`, which was not saved, differs from the category that somebody else
    /// has saved meanwhile.
    fn beside(&self, mine: &CategoryDetails) -> Vec<Difference> {
        let t = self.page.t;
        let names = [
            ("name_en", t.products_name_en()),
            ("name_zh", t.products_name_zh()),
            ("slug", t.products_slug()),
            ("parent_id", t.category_parent()),
            ("low_stock_at", t.stock_low_at()),
        ];
        let parent = |id: &str| self.choices.iter().find(|choice| choice.id.to_string() == id).map(|c| c.name.clone());
        differing(&names, (&form_of(mine), &self.form), |field, value| match field {
            "parent_id" => parent(value).unwrap_or_else(|| t.category_root().to_owned()),
            _ => value.to_owned(),
        })
    }
}

fn address(id: CategoryId) -> String {
    format!("{CATEGORIES_PATH}/{id}")
}

fn form_of(details: &CategoryDetails) -> Form {
    Form::filled([
        ("name_en", details.name.en.clone()),
        ("name_zh", details.name.zh.clone()),
        ("slug", details.slug.clone()),
        ("parent_id", details.parent_id.map(|id| id.to_string()).unwrap_or_default()),
        ("low_stock_at", details.low_stock_at.map(|at| at.to_string()).unwrap_or_default()),
    ])
}

fn slug_of(id: CategoryId) -> impl Fn(&mut Connection) -> diesel::QueryResult<String> + Send + 'static {
    move |conn| Ok(catalog::category_details_of(conn, id, Language::En)?.details.slug)
}

/// `GET /admin/categories/new`: the form for a new category.
pub async fn new_category(staff: StaffRequest) -> PageResult {
    web::html(&EditCategoryPage::new(staff.at(CATEGORIES_PATH), Form::default()).await?)
}

/// `POST /admin/categories`: creates a category and redirects to the list.
pub async fn create_category(mut sent: CatalogEditForm) -> PageResult {
    let (t, main) = (sent.staff.page.t, sent.staff.page.main_language);
    if let Some(details) = catalog::category_details(&mut sent.form, main, t) {
        let work = move |conn: &mut Connection, _: &AuditedEdit| {
            let audit_json = json!({ "name": details.name.words(main), "low_stock_at": details.low_stock_at });
            Ok(catalog::create_category(conn, &details, main)?.map(|(id, slug)| CreatedRow { id, slug, audit_json }))
        };
        if sent.create(AuditAction::CreateCategory, work, taxonomy_refusal).await?.is_some() {
            return Ok(Flash::success(t.category_created()).see_other(CATEGORIES_PATH, &sent.staff.config));
        }
    }
    web::unprocessable(&EditCategoryPage::new(sent.staff.at(CATEGORIES_PATH), sent.form).await?)
}

/// `GET /admin/categories/{id}`: the form that edits a category.
pub async fn category(staff: StaffRequest, id: Path<i64>) -> PageResult {
    web::html(&EditCategoryPage::load(staff, CategoryId(*id)).await?)
}

/// `POST /admin/categories/{id}`: saves a category and redirects to the list. If somebody else has saved it since the
/// form was loaded, shows the differences and saves nothing.
pub async fn save_category(id: Path<i64>, mut sent: CatalogEditForm) -> PageResult {
    let (t, id, seen, main) = (sent.staff.page.t, CategoryId(*id), sent.seen(), sent.staff.page.main_language);
    let written = catalog::category_details(&mut sent.form, main, t);
    let mut stale = false;
    if let Some(details) = written.clone() {
        let save = move |conn: &mut Connection| catalog::save_category(conn, id, seen, &details, (main, clock::now()));
        match sent.save(AuditAction::EditCategory, slug_of(id), save, taxonomy_refusal).await? {
            SaveOutcome::Done(flash) => return Ok(flash.see_other(CATEGORIES_PATH, &sent.staff.config)),
            saved => stale = matches!(saved, SaveOutcome::Stale),
        }
    }
    let mut again = EditCategoryPage::load(sent.staff, id).await?;
    if stale {
        again.differences = written.as_ref().map(|mine| again.beside(mine));
    }
    again.form = sent.form;
    web::unprocessable(&again)
}

/// `POST /admin/categories/{id}/place`: moves a category up or down among its siblings; reads `to` (`up` or `down`).
pub async fn place_category(id: Path<i64>, sent: CatalogEditForm) -> PageResult {
    let id = CategoryId(*id);
    let place = match sent.form.value("to") {
        "up" => MoveDirection::Up,
        "down" => MoveDirection::Down,
        _ => return Err(PageError::BadRequest),
    };
    let work = move |conn: &mut Connection| catalog::place_category(conn, id, place);
    let edited = sent.audited_edit(AuditAction::PlaceCategory).edit(&sent.staff.db, slug_of(id), work).await?;
    Ok(answer(&edited, sent.staff.page.t, taxonomy_refusal)
        .see_other(&format!("{CATEGORIES_PATH}#category-{id}"), &sent.staff.config))
}

/// `POST /admin/categories/{id}/removal`: removes a category without products and children.
pub async fn remove_category(id: Path<i64>, sent: CatalogEditForm) -> PageResult {
    let (t, id, main) = (sent.staff.page.t, CategoryId(*id), sent.staff.page.main_language);
    let work = move |conn: &mut Connection| catalog::remove_category(conn, id, main);
    sent.remove(
        AuditAction::RemoveCategory,
        slug_of(id),
        work,
        (CATEGORIES_PATH, &address(id), t.category_removed(), taxonomy_refusal),
    )
    .await
}
