//! The brands, and the page on which one is written.

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
    catalog::{self, BrandDetails, BrandLine, Edited},
    config::Config,
    kernel::BrandId,
    platform::db::{Connection, Db, DbError},
    web::{self, Fields, Flash, Form, Page, PageError, see_other},
};

const HERE: &str = "/admin/brands";

#[derive(Template)]
#[template(path = "admin/brands.html")]
struct BrandsPage {
    page: Page,
    counter: Counter,
    lines: Vec<BrandLine>,
}

/// `GET /admin/brands`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn brands(_: Staff, page: Page, db: Data<Db>) -> Result<HttpResponse, PageError> {
    let language = page.language();
    let lines = db.run(move |conn| Ok::<_, DbError>(catalog::brand_lines(conn, language)?)).await?;
    web::html(&BrandsPage { counter: Counter::load(&db).await?, page, lines })
}

/// A brand, or one that is not there yet.
#[derive(Template)]
#[template(path = "admin/brand.html")]
struct BrandPage {
    page: Page,
    counter: Counter,
    /// Which it is, its version and its name; none for a new one.
    there: Option<(BrandId, i32, String)>,
    form: Form,
    differences: Option<Vec<Difference>>,
}

impl BrandPage {
    async fn new(page: Page, db: &Db, form: Form) -> Result<Self, PageError> {
        let counter = Counter::load(db).await?;
        Ok(Self { page: page.at(HERE), counter, there: None, form, differences: None })
    }

    async fn load(page: Page, id: BrandId, db: &Db) -> Result<Self, PageError> {
        let kept = db.run(move |conn| Ok::<_, DbError>(catalog::brand_details_of(conn, id)?)).await?;
        let name = kept.details.name.words(page.language()).to_owned();
        let mut here = Self::new(page.at(&address(id)), db, form_of(&kept.details)).await?;
        here.page = here.page.at(&address(id));
        here.there = Some((id, kept.version, name));
        Ok(here)
    }

    fn name(&self) -> &str {
        self.there.as_ref().map_or(self.page.t.brand_new(), |(.., name)| name)
    }

    fn action(&self) -> String {
        self.there.as_ref().map_or_else(|| HERE.to_owned(), |(id, ..)| address(*id))
    }
}

fn address(id: BrandId) -> String {
    format!("{HERE}/{id}")
}

fn form_of(details: &BrandDetails) -> Form {
    Form::filled([
        ("name_en", details.name.en.clone()),
        ("name_zh", details.name.zh.clone()),
        ("slug", details.slug.clone()),
    ])
}

fn slug_of(id: BrandId) -> impl Fn(&mut Connection) -> diesel::QueryResult<String> + Send + 'static {
    move |conn| Ok(catalog::brand_details_of(conn, id)?.details.slug)
}

/// `GET /admin/brands/new`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn new_brand(_: Staff, page: Page, db: Data<Db>) -> Result<HttpResponse, PageError> {
    web::html(&BrandPage::new(page, &db, Form::default()).await?)
}

/// `POST /admin/brands`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn create_brand(
    Staff(person): Staff,
    page: Page,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, mut form) = (page.t, Form::from(fields));
    if let Some(details) = catalog::brand_details(&mut form, t) {
        let (deed, slug) = (Deed::new("create_brand", person.id, &req), details.slug.clone());
        let made = deed.create(&db, slug, move |conn| {
            let told = json!({ "name": details.name.en });
            Ok(catalog::create_brand(conn, &details)?.map(|id| (id, told)))
        });
        match made.await? {
            Ok(_) => return Ok(Flash::success(t.brand_created()).see_other(HERE, &config)),
            Err(why) => {
                let (field, words) = refused(t, &why);
                form.fail(field, words);
            }
        }
    }
    web::unprocessable(&BrandPage::new(page, &db, form).await?)
}

/// `GET /admin/brands/{id}`
///
/// # Errors
/// Not staff, no such brand, or the database's own.
pub async fn brand(_: Staff, page: Page, id: Path<i64>, db: Data<Db>) -> Result<HttpResponse, PageError> {
    web::html(&BrandPage::load(page, BrandId(*id), &db).await?)
}

/// `POST /admin/brands/{id}`
///
/// # Errors
/// Not staff, no such brand, or the database's own.
pub async fn save_brand(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, id, seen) = (page.t, BrandId(*id), seen(&fields));
    let mut form = Form::from(fields);
    let written = catalog::brand_details(&mut form, t);
    let mut stale = false;
    if let Some(details) = written.clone() {
        let deed = Deed::new("edit_brand", person.id, &req);
        let save = move |conn: &mut Connection| catalog::save_brand(conn, id, seen, &details);
        match deed.edit(&db, slug_of(id), save).await? {
            Edited::Refused(why) => {
                let (field, words) = refused(t, &why);
                form.fail(field, words);
            }
            Edited::Stale => stale = true,
            done => return Ok(answer(&done, t, refused).see_other(HERE, &config)),
        }
    }
    let mut again = BrandPage::load(page, id, &db).await?;
    if stale {
        let names = [("name_en", t.goods_name_en()), ("name_zh", t.goods_name_zh()), ("slug", t.goods_slug())];
        let beside = |mine| differing(&names, (&form_of(mine), &again.form), |_, value| value.to_owned());
        again.differences = written.as_ref().map(beside);
    }
    again.form = form;
    web::unprocessable(&again)
}

/// `POST /admin/brands/{id}/removal`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn remove_brand(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, id) = (page.t, BrandId(*id));
    let deed = Deed::new("remove_brand", person.id, &req);
    match deed.edit(&db, slug_of(id), move |conn| catalog::remove_brand(conn, id)).await {
        Ok(Edited::Refused(why)) => Ok(Flash::error(refused(t, &why).1).see_other(&address(id), &config)),
        Ok(_) => Ok(Flash::success(t.brand_removed()).see_other(HERE, &config)),
        // Somebody else was quicker, or it was sent twice.
        Err(PageError::NotFound) => Ok(see_other(HERE)),
        Err(error) => Err(error),
    }
}
