//! Pages of returns of a shopper's own order: the shopper asks for one, follows it, sends the goods back, or gives it
//! up.

use actix_multipart::Multipart;
use actix_web::{HttpResponse, web::Path};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use std::sync::Arc;

use super::{
    orders::change_order,
    picture_upload::{UploadError, uploaded_picture},
};
use crate::{
    accounts::ShopperRequest,
    fulfillment::{
        self, MAX_RETURN_PICTURES, ReturnKind, ReturnLine, ReturnPicture, ReturnReason, ReturnStatus, ReturnView,
        forms, tracking_number,
    },
    kernel::{OrderNumber, ReturnId},
    lifecycle::{self, ReturnOutcome, ReturnStep, ReturnableLine, ReturnableOrder},
    messages::Messages,
    orders::{self, LineState},
    platform::{clock, db::DbError, random},
    store::Settings,
    web::{self, Fields, Flash, Form, Page, PageError, PageResult, see_other},
};

/// The maximum length of the name of a carrier, in characters.
const MAX_CARRIER_LEN: usize = 60;

#[derive(Template)]
#[template(path = "orders/return-new.html")]
struct NewReturnPage {
    page: Page,
    number: OrderNumber,
    order: ReturnableOrder,
    form: Form,
    /// The idempotency token of the form: the form sent twice makes one return.
    token: String,
    zone: FixedOffset,
}

/// `GET /orders/{number}/returns`: the form to ask for a return. Redirects to the order if nothing of it can be
/// returned.
pub async fn new_return(shopper: ShopperRequest, number: Path<String>) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    new_return_page(shopper, number, Form::default()).await
}

async fn new_return_page(shopper: ShopperRequest, number: OrderNumber, form: Form) -> PageResult {
    let (owner, asked, days) = (shopper.user.id, number.clone(), shopper.settings()?.return_days);
    let order = shopper
        .db
        .run(move |conn| {
            let view = orders::order_of(conn, owner, &asked)?.ok_or(DbError::Missing)?;
            Ok::<_, DbError>(lifecycle::returnable_order(conn, &view.order, days, clock::now())?)
        })
        .await?;
    let Some(order) = order else {
        let flash = Flash::notice(shopper.page.t.return_too_late());
        return Ok(flash.see_other(&format!("/orders/{number}"), &shopper.config));
    };
    let token = random::token_or_new(form.value("token"));
    let is_wrong = form.has_errors();
    let page = NewReturnPage { page: shopper.page, number, order, form, token, zone: shopper.config.zone };
    if is_wrong { web::unprocessable(&page) } else { web::html(&page) }
}

/// `POST /orders/{number}/returns`: asks for a return of units of order lines.
pub async fn ask(shopper: ShopperRequest, number: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (shopper.page.t, Form::from(fields));
    let token = form.value("token").to_owned();
    if !random::is_token(&token) {
        return Err(PageError::BadRequest);
    }
    let Some(new) = forms::new_return(&mut form, &token, t) else {
        return new_return_page(shopper, number, form).await;
    };
    let days = shopper.settings()?.return_days;
    let outcome = change_order(&shopper, &number, move |conn, id, owner| {
        Ok(lifecycle::ask_return(conn, id, &new, (owner, days), clock::now())?)
    });
    match outcome.await? {
        ReturnOutcome::Asked(asked) => {
            let path = return_path(&number, asked.id);
            Ok(Flash::success(t.return_asked_done()).see_other(&path, &shopper.config))
        }
        ReturnOutcome::Repeated(asked) => Ok(see_other(&return_path(&number, asked.id))),
        ReturnOutcome::TooLate => {
            let path = format!("/orders/{number}");
            Ok(Flash::notice(t.return_too_late()).see_other(&path, &shopper.config))
        }
        ReturnOutcome::TooMany { line, left } => {
            form.fail("count", t.return_too_many_of(line, left));
            new_return_page(shopper, number, form).await
        }
        ReturnOutcome::Nothing => {
            form.fail("count", t.return_nothing());
            new_return_page(shopper, number, form).await
        }
    }
}

#[derive(Template)]
#[template(path = "orders/return.html")]
struct ReturnPage {
    page: Page,
    number: OrderNumber,
    view: ReturnView,
    lines: Vec<LineState>,
    settings: Arc<Settings>,
    form: Form,
    zone: FixedOffset,
}

/// `GET /orders/{number}/returns/{return}`: the page of a return.
pub async fn show(shopper: ShopperRequest, path: Path<(String, i64)>) -> PageResult {
    let (number, id) = parsed(path)?;
    web::html(&ReturnPage::load(shopper, number, id, Form::default()).await?)
}

/// `POST /orders/{number}/returns/{return}/withdrawal`: ends a return, because the shopper wants to keep the goods.
pub async fn withdraw(shopper: ShopperRequest, path: Path<(String, i64)>) -> PageResult {
    let (number, id) = parsed(path)?;
    let t = shopper.page.t;
    let step = change_order(&shopper, &number, move |conn, order, owner| {
        Ok(lifecycle::withdraw_return(conn, (order, id), owner, clock::now())?)
    });
    let flash = flash(t, &step.await?, t.return_withdrawn_done());
    Ok(flash.see_other(&return_path(&number, id), &shopper.config))
}

/// `POST /orders/{number}/returns/{return}/parcel`: stores with which `carrier` and tracking `number` the shopper sends
/// the goods back.
pub async fn send_back(shopper: ShopperRequest, path: Path<(String, i64)>, fields: Fields) -> PageResult {
    let (number, id) = parsed(path)?;
    let (t, mut form) = (shopper.page.t, Form::from(fields));
    let carrier = form.line("carrier", 1..=MAX_CARRIER_LEN, t);
    let tracking = tracking_number(form.value("number")).filter(|_| !form.has_controls("number"));
    if tracking.is_none() {
        form.fail("number", t.parcel_number_wrong());
    }
    let (Some(carrier), Some(tracking)) = (carrier, tracking) else {
        return web::unprocessable(&ReturnPage::load(shopper, number, id, form).await?);
    };
    let step = change_order(&shopper, &number, move |conn, order, owner| {
        Ok(lifecycle::send_back(conn, (order, id), (&carrier, &tracking), owner, clock::now())?)
    });
    let flash = flash(t, &step.await?, t.return_sent_back_done());
    Ok(flash.see_other(&return_path(&number, id), &shopper.config))
}

/// `POST /orders/{number}/returns/{return}/pictures`: adds a picture, the file in the field `picture`.
pub async fn add_picture(shopper: ShopperRequest, path: Path<(String, i64)>, upload: Multipart) -> PageResult {
    let (number, id) = parsed(path)?;
    let t = shopper.page.t;
    let picture = match uploaded_picture(upload, t).await? {
        Ok(picture) => ReturnPicture { kind: picture.kind.to_owned(), body: picture.body },
        Err(UploadError::Busy) => {
            let path = return_path(&number, id);
            return Ok(Flash::error(t.picture_busy()).see_other(&path, &shopper.config));
        }
        Err(UploadError::Wrong(words)) => {
            let mut form = Form::default();
            form.fail("picture", words);
            return web::unprocessable(&ReturnPage::load(shopper, number, id, form).await?);
        }
    };
    let added = change_order(&shopper, &number, move |conn, order, _| {
        Ok(lifecycle::add_return_picture(conn, (order, id), &picture)?)
    });
    let flash = match added.await? {
        Some(true) => Flash::success(t.return_picture_done()),
        Some(false) => Flash::error(t.return_pictures_full(MAX_RETURN_PICTURES)),
        None => Flash::notice(t.return_answered_before()),
    };
    Ok(flash.see_other(&return_path(&number, id), &shopper.config))
}

/// `GET /orders/{number}/returns/{return}/pictures/{position}`: a picture of a return.
pub async fn picture(shopper: ShopperRequest, path: Path<(String, i64, i32)>) -> PageResult {
    let (typed, id, position) = path.into_inner();
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let owner = shopper.user.id;
    let picture = shopper
        .db
        .run(move |conn| {
            let order = orders::order_id(conn, owner, &number)?.ok_or(DbError::Missing)?;
            fulfillment::return_picture(conn, order, ReturnId(id), position)?.ok_or(DbError::Missing)
        })
        .await?;
    Ok(HttpResponse::Ok().content_type(picture.content_type()).body(picture.body))
}

fn parsed(path: Path<(String, i64)>) -> Result<(OrderNumber, ReturnId), PageError> {
    let (typed, id) = path.into_inner();
    Ok((typed.parse().map_err(|_| PageError::NotFound)?, ReturnId(id)))
}

fn return_path(number: &OrderNumber, id: ReturnId) -> String {
    format!("/orders/{number}/returns/{id}")
}

fn flash(t: Messages, step: &ReturnStep, done: &str) -> Flash {
    match step {
        ReturnStep::Done(_) => Flash::success(done),
        ReturnStep::TooLate(status) => Flash::notice(t.return_is_now(status.name(&t))),
        ReturnStep::Refused(_) | ReturnStep::TooMany => Flash::error(t.return_too_many()),
    }
}

impl NewReturnPage {
    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    /// Returns the number of units typed for this order line; "0" before anything was typed.
    fn count(&self, line: &ReturnableLine) -> &str {
        orders::forms::typed_units(&self.form, "count", line.state.id).unwrap_or("0")
    }
}

impl ReturnPage {
    async fn load(shopper: ShopperRequest, number: OrderNumber, id: ReturnId, form: Form) -> Result<Self, PageError> {
        let (owner, asked, settings) = (shopper.user.id, number.clone(), shopper.settings()?);
        let (view, lines) = shopper
            .db
            .run(move |conn| {
                let order = orders::order_id(conn, owner, &asked)?.ok_or(DbError::Missing)?;
                let view = fulfillment::return_of(conn, order, id)?.ok_or(DbError::Missing)?;
                Ok::<_, DbError>((view, orders::line_states(conn, order)?))
            })
            .await?;
        Ok(Self { page: shopper.page, number, view, lines, settings, form, zone: shopper.config.zone })
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    /// Returns the order line to which a line of the return belongs.
    fn line(&self, of: &ReturnLine) -> Option<&LineState> {
        self.lines.iter().find(|line| line.id == of.line)
    }

    fn can_be_withdrawn(&self) -> bool {
        matches!(self.view.ret.status, ReturnStatus::Asked | ReturnStatus::Approved)
    }

    fn can_be_sent_back(&self) -> bool {
        let is_approved = matches!(self.view.ret.status, ReturnStatus::Approved | ReturnStatus::SentBack);
        is_approved && self.view.ret.kind == ReturnKind::GoodsBack
    }

    fn can_have_pictures(&self) -> bool {
        let is_full = i64::try_from(self.view.pictures.len()).is_ok_and(|pictures| pictures >= MAX_RETURN_PICTURES);
        self.view.ret.status == ReturnStatus::Asked && !is_full
    }
}
