//! The tree of categories, and the page on which one is written.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use serde_json::json;

use super::refused;
use crate::{
    accounts::Staff,
    admin::{
        counter::Counter,
        editing::{Deed, Difference, answer, differing, seen},
    },
    catalog::{self, CategoryDetails, CategoryLine, Edited, Place, Shelving},
    config::Config,
    kernel::CategoryId,
    platform::{
        clock,
        db::{Connection, Db, DbError},
    },
    web::{self, Fields, Flash, Form, Page, PageError, see_other},
};

const HERE: &str = "/admin/categories";

#[derive(Template)]
#[template(path = "admin/categories.html")]
struct CategoriesPage {
    page: Page,
    counter: Counter,
    lines: Vec<CategoryLine>,
}

/// `GET /admin/categories`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn categories(_: Staff, page: Page, db: Data<Db>) -> Result<HttpResponse, PageError> {
    let language = page.language();
    let lines = db.run(move |conn| Ok::<_, DbError>(catalog::category_lines(conn, language)?)).await?;
    web::html(&CategoriesPage { counter: Counter::load(&db).await?, page, lines })
}

/// A category, or one that is not there yet.
#[derive(Template)]
#[template(path = "admin/category.html")]
struct CategoryPage {
    page: Page,
    counter: Counter,
    /// Which it is, its version and its name; none for a new one.
    there: Option<(CategoryId, i32, String)>,
    choices: Vec<Shelving>,
    form: Form,
    differences: Option<Vec<Difference>>,
}

impl CategoryPage {
    async fn new(page: Page, db: &Db, form: Form) -> Result<Self, PageError> {
        let language = page.language();
        let choices = db.run(move |conn| Ok::<_, DbError>(catalog::shelves_to_choose(conn, language)?)).await?;
        let counter = Counter::load(db).await?;
        Ok(Self { page: page.at(HERE), counter, there: None, choices, form, differences: None })
    }

    async fn load(page: Page, id: CategoryId, db: &Db) -> Result<Self, PageError> {
        let kept = db.run(move |conn| Ok::<_, DbError>(catalog::category_details_of(conn, id)?)).await?;
        let name = kept.details.name.words(page.language()).to_owned();
        let mut here = Self::new(page, db, form_of(&kept.details)).await?;
        here.page = here.page.at(&address(id));
        here.there = Some((id, kept.version, name));
        Ok(here)
    }

    fn name(&self) -> &str {
        self.there.as_ref().map_or(self.page.t.category_new(), |(.., name)| name)
    }

    fn action(&self) -> String {
        self.there.as_ref().map_or_else(|| HERE.to_owned(), |(id, ..)| address(*id))
    }

    /// What somebody else has written since, beside what was typed.
    fn beside(&self, mine: &CategoryDetails) -> Vec<Difference> {
        let t = self.page.t;
        let names = [
            ("name_en", t.goods_name_en()),
            ("name_zh", t.goods_name_zh()),
            ("slug", t.goods_slug()),
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
    format!("{HERE}/{id}")
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
    move |conn| Ok(catalog::category_details_of(conn, id)?.details.slug)
}

/// `GET /admin/categories/new`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn new_category(_: Staff, page: Page, db: Data<Db>) -> Result<HttpResponse, PageError> {
    web::html(&CategoryPage::new(page, &db, Form::default()).await?)
}

/// `POST /admin/categories`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn create_category(
    Staff(person): Staff,
    page: Page,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, mut form) = (page.t, Form::from(fields));
    if let Some(details) = catalog::category_details(&mut form, t) {
        let (deed, slug) = (Deed::new("create_category", person.id, &req), details.slug.clone());
        let made = deed.create(&db, slug, move |conn| {
            let told = json!({ "name": details.name.en, "low_stock_at": details.low_stock_at });
            Ok(catalog::create_category(conn, &details)?.map(|id| (id, told)))
        });
        match made.await? {
            Ok(_) => return Ok(Flash::success(t.category_created()).see_other(HERE, &config)),
            Err(why) => {
                let (field, words) = refused(t, &why);
                form.fail(field, words);
            }
        }
    }
    web::unprocessable(&CategoryPage::new(page, &db, form).await?)
}

/// `GET /admin/categories/{id}`
///
/// # Errors
/// Not staff, no such category, or the database's own.
pub async fn category(_: Staff, page: Page, id: Path<i64>, db: Data<Db>) -> Result<HttpResponse, PageError> {
    web::html(&CategoryPage::load(page, CategoryId(*id), &db).await?)
}

/// `POST /admin/categories/{id}`
///
/// # Errors
/// Not staff, no such category, or the database's own.
pub async fn save_category(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, id, seen) = (page.t, CategoryId(*id), seen(&fields));
    let mut form = Form::from(fields);
    let written = catalog::category_details(&mut form, t);
    let mut stale = false;
    if let Some(details) = written.clone() {
        let deed = Deed::new("edit_category", person.id, &req);
        let save = move |conn: &mut Connection| catalog::save_category(conn, id, seen, &details, clock::now());
        match deed.edit(&db, slug_of(id), save).await? {
            Edited::Refused(why) => {
                let (field, words) = refused(t, &why);
                form.fail(field, words);
            }
            Edited::Stale => stale = true,
            done => return Ok(answer(&done, t, refused).see_other(HERE, &config)),
        }
    }
    let mut again = CategoryPage::load(page, id, &db).await?;
    if stale {
        again.differences = written.as_ref().map(|mine| again.beside(mine));
    }
    again.form = form;
    web::unprocessable(&again)
}

/// `POST /admin/categories/{id}/place`, with `to`: `up` or `down` among its sisters.
///
/// # Errors
/// Not staff, no such category, or the database's own.
pub async fn place_category(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let id = CategoryId(*id);
    let place = match fields.get("to") {
        "up" => Place::Up,
        "down" => Place::Down,
        _ => return Err(PageError::BadRequest),
    };
    let deed = Deed::new("place_category", person.id, &req);
    let edited = deed.edit(&db, slug_of(id), move |conn| catalog::place_category(conn, id, place)).await?;
    Ok(answer(&edited, page.t, refused).see_other(&format!("{HERE}#category-{id}"), &config))
}

/// `POST /admin/categories/{id}/removal`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn remove_category(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, id) = (page.t, CategoryId(*id));
    let deed = Deed::new("remove_category", person.id, &req);
    match deed.edit(&db, slug_of(id), move |conn| catalog::remove_category(conn, id)).await {
        Ok(Edited::Refused(why)) => Ok(Flash::error(refused(t, &why).1).see_other(&address(id), &config)),
        Ok(_) => Ok(Flash::success(t.category_removed()).see_other(HERE, &config)),
        // Somebody else was quicker, or it was sent twice.
        Err(PageError::NotFound) => Ok(see_other(HERE)),
        Err(error) => Err(error),
    }
}
