//! What the forms of goods do.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};

use super::{Difference, Look, NewProductPage, Part, ProductPage, address, both, came_from, details_form, refused};
use crate::{
    accounts::Staff,
    admin::journal::{NewStaffAction, record},
    catalog::{self, Details, Edited, Goods, OptionSlot, SkuRow, WrittenSku},
    config::Config,
    kernel::{SpuId, UserId},
    platform::db::{self, Connection, Db, DbError},
    web::{self, Fields, Flash, Form, Page, PageError, Text},
};

/// `POST /admin/products`
///
/// # Errors
/// Not staff, or the database's own.
pub async fn create_product(
    Staff(person): Staff,
    page: Page,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, mut form) = (page.t, Form::from(fields));
    if let Some(details) = catalog::goods_details(&mut form, t) {
        let (staff_id, came_from) = (person.id, came_from(&req));
        let made = db.run(move |conn| {
            db::transaction(conn, |conn| {
                let made = catalog::create_goods(conn, &details)?;
                if made.is_ok() {
                    let action = NewStaffAction {
                        staff_id,
                        what: "create_spu",
                        subject: details.slug.clone(),
                        before: None,
                        after: Some(serde_json::json!({ "name": details.name.en })),
                        came_from: came_from.clone(),
                    };
                    record(conn, &action)?;
                }
                Ok::<_, DbError>(made)
            })
        });
        match made.await? {
            Ok(id) => return Ok(Flash::success(t.goods_created()).see_other(&address(id), &config)),
            Err(why) => {
                let (field, words) = refused(t, &why);
                form.fail(field, words);
            }
        }
    }
    web::unprocessable(&NewProductPage::load(page, &db, form).await?)
}

/// `POST /admin/products/{spu}`
///
/// # Errors
/// Not staff, no such SPU, or the database's own.
pub async fn save_product(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, id, seen) = (page.t, SpuId(*id), seen(&fields));
    let mut form = Form::from(fields);
    let written = catalog::goods_details(&mut form, t);
    let mut stale = false;
    if let Some(details) = written.clone() {
        let edit = Edit { id, what: "edit_spu", by: person.id, came_from: came_from(&req) };
        match edit.make(&db, move |conn| catalog::save_details(conn, id, seen, &details)).await? {
            Edited::Refused(why) => {
                let (field, words) = refused(t, &why);
                form.fail(field, words);
            }
            Edited::Stale => stale = true,
            done => return Ok(answer(&done, t).see_other(&address(id), &config)),
        }
    }
    let mut again = ProductPage::load(page, id, &db, &config).await?;
    if stale && let Some(mine) = &written {
        let differences = differing_details(&again, mine);
        again.differences = Some((Part::Details, differences));
    }
    again.form = form;
    web::unprocessable(&again)
}

fn differing_details(page: &ProductPage, mine: &Details) -> Vec<Difference> {
    let (t, theirs) = (page.page.t, details_form(&page.goods.details));
    let mine = details_form(mine);
    let category = |id: &str| page.choices.categories.iter().find(|c| c.id.to_string() == id).map(|c| c.name.clone());
    let brand = |id: &str| page.choices.brands.iter().find(|(b, _)| b.to_string() == id).map(|(_, name)| name.clone());
    let said = |field: &str, value: &str| match field {
        "category_id" => category(value).unwrap_or_default(),
        "brand_id" => brand(value).unwrap_or_default(),
        _ => value.to_owned(),
    };
    let fields = [
        ("name_en", t.goods_name_en()),
        ("name_zh", t.goods_name_zh()),
        ("description_en", t.goods_description_en()),
        ("description_zh", t.goods_description_zh()),
        ("category_id", t.goods_category()),
        ("brand_id", t.goods_brand()),
        ("slug", t.goods_slug()),
    ];
    let differ = fields.into_iter().filter(|(field, _)| mine.value(field) != theirs.value(field));
    differ
        .map(|(field, name)| Difference {
            what: name.to_owned(),
            mine: said(field, mine.value(field)),
            theirs: said(field, theirs.value(field)),
        })
        .collect()
}

/// `POST /admin/products/{spu}/publication`, with `published`.
///
/// # Errors
/// Not staff, no such SPU, or the database's own.
pub async fn publish_product(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, id, seen) = (page.t, SpuId(*id), seen(&fields));
    let (published, what) = match fields.get("published") {
        "true" => (true, "publish_spu"),
        "false" => (false, "take_down_spu"),
        _ => return Err(PageError::BadRequest),
    };
    let edit = Edit { id, what, by: person.id, came_from: came_from(&req) };
    let flash = match edit.make(&db, move |conn| catalog::set_published(conn, id, seen, published)).await? {
        Edited::Refused(why) => Flash::error(refused(t, &why).1),
        Edited::Stale => Flash::error(t.goods_changed_meanwhile()),
        Edited::Done { .. } if published => Flash::success(t.goods_is_published()),
        Edited::Done { .. } => Flash::success(t.goods_is_taken_down()),
        Edited::Unchanged => Flash::notice(t.goods_unchanged()),
    };
    Ok(flash.see_other(&address(id), &config))
}

/// `POST /admin/products/{spu}/options`
///
/// # Errors
/// Not staff, no such SPU, or the database's own.
pub async fn save_product_options(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, id, seen) = (page.t, SpuId(*id), seen(&fields));
    let form = Form::from(fields);
    let mut again = ProductPage::load(page, id, &db, &config).await?;
    let written = OptionSlot::read(&mut again.slots, &form, t);
    let mut stale = again.goods.version != seen;
    if let Some(written) = written.filter(|_| !stale) {
        let edit = Edit { id, what: "edit_options", by: person.id, came_from: came_from(&req) };
        match edit.make(&db, move |conn| catalog::save_options(conn, id, seen, &written)).await? {
            // Between the two looks; the next one shows it.
            Edited::Stale => {
                again = ProductPage::load(again.page, id, &db, &config).await?;
                OptionSlot::read(&mut again.slots, &form, t);
                stale = true;
            }
            done => {
                return Ok(answer(&done, t).see_other(&format!("{}#skus", address(id)), &config));
            }
        }
    }
    if stale {
        let differences = differing_options(&again);
        again.differences = Some((Part::Options, differences));
    }
    web::unprocessable(&again)
}

fn differing_options(page: &ProductPage) -> Vec<Difference> {
    let t = page.page.t;
    let there = page.goods.options.iter();
    let theirs: Vec<String> = there
        .map(|option| {
            let values: Vec<String> = option.values.iter().map(|value| both(&value.name)).collect();
            format!("{}: {}", both(&option.name), values.join(", "))
        })
        .collect();
    let mine: Vec<String> = page
        .slots
        .iter()
        .filter(|slot| !slot.name.en.is_empty())
        .map(|slot| {
            let values = slot.values.iter().map(|value| both(&value.name));
            let new = slot.new_values.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
            format!("{}: {}", both(&slot.name), values.chain(new).collect::<Vec<_>>().join(", "))
        })
        .collect();
    let most = mine.len().max(theirs.len());
    let line = |lines: &[String], at: usize| lines.get(at).cloned().unwrap_or_default();
    (0..most)
        .map(|at| Difference { what: t.goods_option_number(at + 1), mine: line(&mine, at), theirs: line(&theirs, at) })
        .filter(|difference| difference.mine != difference.theirs)
        .collect()
}

/// `POST /admin/products/{spu}/skus`
///
/// # Errors
/// Not staff, no such SPU, or the database's own.
pub async fn save_product_skus(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    fields: Fields,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (t, id, seen) = (page.t, SpuId(*id), seen(&fields));
    let form = Form::from(fields);
    let mut again = ProductPage::load(page, id, &db, &config).await?;
    let written = SkuRow::read(&mut again.rows, &form, t);
    let mut stale = again.goods.version != seen;
    if let Some(written) = written.filter(|_| !stale) {
        again.looks = looks(&again.goods, &written, t);
        let looked_at = again.looks.iter().all(|look| form.all("confirmed").any(|key| key == look.key));
        if looked_at {
            let (edit, by) = (Edit { id, what: "edit_skus", by: person.id, came_from: came_from(&req) }, person.id);
            match edit.make(&db, move |conn| catalog::save_skus(conn, id, seen, &written, by)).await? {
                Edited::Stale => {
                    again = ProductPage::load(again.page, id, &db, &config).await?;
                    SkuRow::read(&mut again.rows, &form, t);
                    stale = true;
                }
                Edited::Refused(catalog::Refused::CodeTaken(code)) => {
                    for row in again.rows.iter_mut().filter(|row| row.code == code) {
                        row.fail("code", t.goods_code_taken(&code));
                    }
                }
                done => return Ok(answer(&done, t).see_other(&format!("{}#skus", address(id)), &config)),
            }
        }
    }
    if stale {
        let differences = differing_skus(&again);
        again.differences = Some((Part::Skus, differences));
    }
    web::unprocessable(&again)
}

/// The prices to be looked at twice.
fn looks(goods: &Goods, written: &[WrittenSku], t: Text) -> Vec<Look> {
    let look = |sku: &WrittenSku| {
        let old = goods.skus.iter().find(|old| Some(old.id) == sku.id).map(|old| old.price);
        let words = match old {
            Some(old) => t.goods_look_twice(&sku.code, old, sku.price),
            None => t.goods_look_twice_new(&sku.code, sku.price),
        };
        let key = format!("{}:{}", sku.code, sku.price.plain());
        catalog::doubtful_price(old, sku.price).then_some(Look { key, words })
    };
    written.iter().filter_map(look).collect()
}

fn differing_skus(page: &ProductPage) -> Vec<Difference> {
    let t = page.page.t;
    let said = |row: &SkuRow| {
        let mut parts = vec![row.code.clone(), row.price.clone()];
        if !row.list_price.is_empty() {
            parts.push(t.named(t.goods_list_price(), &row.list_price));
        }
        parts.push(if row.active { t.goods_active() } else { t.goods_inactive() }.to_owned());
        if row.price.is_empty() { t.goods_not_made().to_owned() } else { parts.join(" · ") }
    };
    let theirs = catalog::sku_rows(&page.goods);
    let pairs = page.rows.iter().zip(&theirs).map(|(mine, theirs)| Difference {
        what: page.made_of(mine),
        mine: said(mine),
        theirs: said(theirs),
    });
    pairs.filter(|difference| difference.mine != difference.theirs).collect()
}

/// The version of the goods that the form was made of; none that there is where it does not say.
fn seen(fields: &Fields) -> i32 {
    fields.get("version").parse().unwrap_or(0)
}

fn answer(edited: &Edited, t: Text) -> Flash {
    match edited {
        Edited::Done { .. } => Flash::success(t.goods_saved()),
        Edited::Refused(why) => Flash::error(refused(t, why).1),
        Edited::Unchanged | Edited::Stale => Flash::notice(t.goods_unchanged()),
    }
}

/// An edit by somebody behind the counter, about to be made and written down.
struct Edit {
    id: SpuId,
    what: &'static str,
    by: UserId,
    came_from: Option<String>,
}

impl Edit {
    /// Makes it in a transaction of its own, with its row in the journal.
    async fn make<W>(self, db: &Db, work: W) -> Result<Edited, PageError>
    where
        W: Fn(&mut Connection) -> diesel::QueryResult<Edited> + Send + 'static,
    {
        let edited = db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let edited = work(conn)?;
                if let Edited::Done { before, after } = &edited {
                    let goods = catalog::goods(conn, self.id)?.ok_or(DbError::Missing)?;
                    let action = NewStaffAction {
                        staff_id: self.by,
                        what: self.what,
                        subject: goods.details.slug,
                        before: Some(before.clone()),
                        after: Some(after.clone()),
                        came_from: self.came_from.clone(),
                    };
                    record(conn, &action)?;
                }
                Ok::<_, DbError>(edited)
            })
        });
        Ok(edited.await?)
    }
}
