//! What changed the stock of one SKU, and the form that changes it.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};

use serde_json::json;

use super::{
    counter::Counter,
    journal::{NewStaffAction, record},
    stock::StockPage,
};
use crate::{
    accounts::Staff,
    config::Config,
    kernel::{SkuId, UserId},
    platform::{
        clock,
        db::{self, Db, DbError},
    },
    stock::{self, Change, Changed, MOST_STOCK, NewMovement, Refusal, StockEvent, StockLine},
    web::{self, Fields, Flash, Form, Page, PageError, Paging, Text, grouped},
};

/// How many changes a page lists.
const PER_PAGE: i64 = 50;

/// The history of a SKU's stock.
#[derive(Template)]
#[template(path = "admin/movements.html")]
struct MovementsPage {
    page: Page,
    counter: Counter,
    /// Where this page is: where the form comes back to.
    here: String,
    line: StockLine,
    events: Vec<StockEvent>,
    paging: Paging,
    form: Form,
    zone: FixedOffset,
}

/// `GET /admin/stock/{sku id}/movements`
///
/// # Errors
/// Not staff, no such SKU, or the database's own.
pub async fn movements(
    _: Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let here = page.path.clone();
    let of = (SkuId(id.into_inner()), config.zone);
    web::html(&MovementsPage::load(page, here, of, &Fields::of_query(&req), &db, Form::default()).await?)
}

/// `POST /admin/stock/{sku id}/movements`
///
/// # Errors
/// Not staff, no such SKU, or the database's own.
pub async fn move_stock(
    Staff(person): Staff,
    page: Page,
    id: Path<i64>,
    req: HttpRequest,
    fields: Fields,
    db: Data<Db>,
    config: Data<Config>,
) -> Result<HttpResponse, PageError> {
    let (sku, t, from) = (SkuId(id.into_inner()), page.t, web::client_address(&req));
    let mut form = Form::from(fields);
    if let Some(Change { delta, reason, note }) = Change::read(&mut form, t) {
        let movement =
            NewMovement { sku_id: sku, delta: delta.get(), reason: reason.code(), staff_id: Some(person.id), note };
        let changed = db
            .run_in_line(move |conn| {
                db::transaction(conn, |conn| {
                    let changed = stock::change_stock(conn, &movement)?;
                    if let Some(Changed::Done { code, after }) = &changed {
                        record(conn, &written(code, *after, &movement, person.id, &from))?;
                    }
                    Ok::<_, DbError>(changed)
                })
            })
            .await?;
        match changed.ok_or(PageError::NotFound)? {
            Changed::Done { code, after } => {
                let back = web::local_path(form.value("next")).unwrap_or("/admin/stock");
                return Ok(Flash::success(sum(&code, after, delta.get())).see_other(back, &config));
            }
            Changed::Refused(why) => form.fail("delta", refused(t, why)),
        }
    }
    again(page, (sku, config.zone), form, &db).await
}

/// The change as the journal tells it.
fn written(code: &str, after: i32, movement: &NewMovement, staff: UserId, from: &str) -> NewStaffAction {
    let NewMovement { delta, reason, note, .. } = movement;
    let mut said = json!({"stock": after, "difference": delta, "reason": reason});
    if let (Some(said), false) = (said.as_object_mut(), note.is_empty()) {
        said.insert("note".to_owned(), json!(note));
    }
    NewStaffAction {
        staff_id: staff,
        what: "move_stock",
        subject: code.to_owned(),
        before: Some(json!({"stock": i64::from(after) - i64::from(*delta)})),
        after: Some(said),
        came_from: Some(from.to_owned()),
    }
}

/// The page the form was on, saying what is wrong with it.
async fn again(page: Page, of: (SkuId, FixedOffset), form: Form, db: &Db) -> Result<HttpResponse, PageError> {
    let here = web::local_path(form.value("next")).unwrap_or("/admin/stock").to_owned();
    let (path, query) = here.split_once('?').unwrap_or((&here, ""));
    let query = Fields::of_query_string(query);
    if path == address(of.0) {
        return web::unprocessable(&MovementsPage::load(page, here, of, &query, db, form).await?);
    }
    web::unprocessable(&StockPage::load(page, here, &query, db, Some((of.0, form))).await?)
}

fn address(sku: SkuId) -> String {
    format!("/admin/stock/{sku}/movements")
}

/// What was done, as a sum: "AUR-BLU: 12 + 5 = 17".
fn sum(code: &str, after: i32, delta: i32) -> String {
    let before = i64::from(after) - i64::from(delta);
    let sign = if delta < 0 { '\u{2212}' } else { '+' };
    format!("{code}: {} {sign} {} = {}", grouped(&before), grouped(&delta.unsigned_abs()), grouped(&after))
}

fn refused(t: Text, why: Refusal) -> String {
    match why {
        Refusal::NotEnough(0) => t.stock_none_left().to_owned(),
        Refusal::NotEnough(left) => t.stock_not_enough(grouped(&left)),
        Refusal::TooMany(there) => t.stock_too_many(grouped(&there), grouped(&MOST_STOCK)),
        Refusal::JustChanged(now) => t.stock_just_changed(grouped(&now)),
    }
}

impl MovementsPage {
    async fn load(
        page: Page,
        here: String,
        (sku, zone): (SkuId, FixedOffset),
        query: &Fields,
        db: &Db,
        form: Form,
    ) -> Result<Self, PageError> {
        let (query, language) = (query.clone(), page.language());
        let (line, paging, events) = db
            .run(move |conn| {
                let line = stock::stock_line(conn, sku, language)?.ok_or(DbError::Missing)?;
                let paging = Paging::new(&query, &[], stock::count_events(conn, sku)?, PER_PAGE).at(address(sku));
                let events = stock::events(conn, sku, (paging.offset(), paging.limit()))?;
                Ok::<_, DbError>((line, paging, events))
            })
            .await?;
        let counter = Counter::load(db).await?;
        Ok(Self { page, counter, here, line, events, paging, form, zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn a_change_is_said_as_a_sum() {
        assert_eq!(sum("AUR-BLU", 17, 5), "AUR-BLU: 12 + 5 = 17");
        assert_eq!(sum("AUR-BLU", 0, -1_200), "AUR-BLU: 1,200 − 1,200 = 0");
    }
}
