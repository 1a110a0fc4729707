//! The page of the fapiao for a shopper's own order: the request, its result, and the files.

use actix_web::web::Path;
use askama::Template;
use chrono::FixedOffset;

use super::orders::change_order;
use crate::{
    accounts::ShopperRequest,
    fapiao::{
        self, FapiaoDetail, FapiaoFile, FapiaoKind, FapiaoPart, FapiaoStatus, FapiaoView, OrderToInvoice,
        RequestOutcome, RequestRefusal, TitleKind, WithdrawOutcome, forms,
    },
    invoices,
    kernel::{Email, FapiaoRequestId, OrderNumber},
    messages::Messages,
    orders,
    platform::{clock, db::DbError},
    web::{self, Asker, Fields, Flash, Form, Limit, Page, PageError, PageResult, RateLimit, see_other},
};

#[derive(Template)]
#[template(path = "fapiao/request.html")]
struct FapiaoPage {
    page: Page,
    number: OrderNumber,
    order: OrderToInvoice,
    /// The order's latest request. `earlier` has the ones before it, newest first.
    latest: Option<FapiaoView>,
    earlier: Vec<FapiaoView>,
    /// Why the shopper cannot ask for a fapiao or change the request; `None` if the form is shown.
    refusal: Option<RequestRefusal>,
    form: Form,
    zone: FixedOffset,
}

/// `GET /orders/{number}/fapiao`: the fapiao of the shopper's own order. Has a form to ask for one or to change the
/// request, if that is possible now.
pub async fn show(shopper: ShopperRequest, number: Path<String>) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    web::html(&FapiaoPage::load(shopper, number, None).await?)
}

/// `POST /orders/{number}/fapiao`: asks for the fapiao of the shopper's own order, or changes the request that waits
/// for staff.
pub async fn request(shopper: ShopperRequest, number: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (shopper.page.t, Form::from(fields));
    let Some(new) = forms::request(&mut form, t) else {
        return web::unprocessable(&FapiaoPage::load(shopper, number, Some(form)).await?);
    };
    if let RateLimit::Wait(seconds) = Limit::Question.hit(&shopper.http, &shopper.redis, asker(&shopper)).await? {
        form.fail("fapiao_title", t.fapiao_too_often(seconds.div_ceil(60)));
        return web::too_many(&FapiaoPage::load(shopper, number, Some(form)).await?, seconds);
    }
    let outcome = change_order(&shopper, &number, move |conn, order, owner| {
        // Concurrent requests, and staff who issue it now, wait here.
        orders::lock_order(conn, order)?.ok_or(DbError::Missing)?;
        let settings = invoices::invoice_settings(conn)?;
        Ok(fapiao::request_fapiao(conn, order, (&new, owner), &settings, clock::now())?)
    });
    let path = format!("/orders/{number}/fapiao");
    let flash = match outcome.await? {
        RequestOutcome::Requested => Flash::success(t.fapiao_requested_done()),
        RequestOutcome::Changed => Flash::success(t.fapiao_changed_done()),
        RequestOutcome::Unchanged => return Ok(see_other(&path)),
        RequestOutcome::Refused(refusal) => Flash::notice(refusal_words(t, refusal)),
    };
    Ok(flash.see_other(&path, &shopper.config))
}

/// `POST /orders/{number}/fapiao/{request}/withdrawal`: withdraws a request of the shopper's own order that waits.
pub async fn withdraw(shopper: ShopperRequest, path: Path<(String, i64)>) -> PageResult {
    let (number, id) = path.into_inner();
    let (number, id) = (number.parse::<OrderNumber>().map_err(|_| PageError::NotFound)?, FapiaoRequestId(id));
    let t = shopper.page.t;
    let outcome = change_order(&shopper, &number, move |conn, order, owner| {
        // Staff who issue or refuse it now wait here, or have done so.
        orders::lock_order(conn, order)?.ok_or(DbError::Missing)?;
        Ok(fapiao::withdraw_request(conn, order, (id, owner), clock::now())?)
    });
    let flash = match outcome.await? {
        WithdrawOutcome::Withdrawn => Flash::success(t.fapiao_withdrawn_done()),
        WithdrawOutcome::Over(status) => Flash::notice(t.fapiao_withdraw_over(status.name(&t))),
        WithdrawOutcome::Missing => return Err(PageError::NotFound),
    };
    Ok(flash.see_other(&format!("/orders/{number}/fapiao"), &shopper.config))
}

fn asker(shopper: &ShopperRequest) -> Asker<'static> {
    Asker::User(shopper.user.id)
}

fn refusal_words(t: Messages, refusal: RequestRefusal) -> &'static str {
    match refusal {
        RequestRefusal::Off => t.fapiao_not_offered(),
        RequestRefusal::NotPaid => t.fapiao_not_paid(),
        RequestRefusal::NothingLeft => t.fapiao_nothing_left(),
        RequestRefusal::TooLate => t.fapiao_too_late(),
        RequestRefusal::Issued => t.fapiao_issued_before(),
    }
}

/// `GET /orders/{number}/fapiao/{request}/{part}`: downloads the file of the issued fapiao (`fapiao`) or of the red one
/// (`reversal`), for the shopper's own order.
pub async fn file(shopper: ShopperRequest, path: Path<(String, i64, String)>) -> PageResult {
    let (number, id, part) = path.into_inner();
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let part = FapiaoPart::from_code(&part).ok_or(PageError::NotFound)?;
    let (owner, wanted) = (shopper.user.id, number.clone());
    let found = shopper.db.run(move |conn| {
        let order = orders::order_id(conn, owner, &wanted)?.ok_or(DbError::Missing)?;
        fapiao::fapiao_file(conn, order, FapiaoRequestId(id), part)?.ok_or(DbError::Missing)
    });
    let (format, body) = found.await?;
    Ok(web::download(format.media_type(), &FapiaoFile { part, format }.name(&number), body))
}

impl FapiaoPage {
    /// Loads the page. If `form` is `None`, the form is filled with the data of the latest request.
    async fn load(shopper: ShopperRequest, number: OrderNumber, form: Option<Form>) -> Result<Self, PageError> {
        let (owner, wanted) = (shopper.user.id, number.clone());
        let (order, mut requests, settings) = shopper
            .db
            .run(move |conn| {
                let id = orders::order_id(conn, owner, &wanted)?.ok_or(DbError::Missing)?;
                let order = fapiao::order_to_invoice(conn, id)?;
                Ok::<_, DbError>((order, fapiao::requests_of_order(conn, id)?, invoices::invoice_settings(conn)?))
            })
            .await?;
        let latest = (!requests.is_empty()).then(|| requests.remove(0));
        let status = latest.as_ref().map(|view| view.request.status);
        let refusal = fapiao::check_request(&settings, &order, status, clock::now()).err();
        // Where there is nothing to see and nothing to do, there is no page.
        if latest.is_none() && refusal == Some(RequestRefusal::Off) {
            return Err(PageError::NotFound);
        }
        let form = form.unwrap_or_else(|| match &latest {
            Some(view) => view.request.form(),
            None => Form::filled([
                ("fapiao_kind", FapiaoKind::Ordinary.code().to_owned()),
                ("title_kind", TitleKind::Person.code().to_owned()),
                ("email", Email::shown(&shopper.user.email)),
            ]),
        });
        let page = shopper.page.at(&format!("/orders/{number}/fapiao"));
        Ok(Self { page, number, order, latest, earlier: requests, refusal, form, zone: shopper.config.zone })
    }

    /// Returns the title of the form, which is also the text of its button: ask, change, or ask again.
    fn form_words(&self) -> &'static str {
        let t = self.page.t;
        match self.latest.as_ref().map(|view| view.request.status) {
            None => t.fapiao_request(),
            Some(FapiaoStatus::Requested) => t.fapiao_change(),
            Some(_) => t.fapiao_again(),
        }
    }

    /// Returns a sentence that says why the page has no form. `None` if it has a form, or if the fapiao is issued,
    /// which the page shows anyway.
    fn refusal_words(&self) -> Option<&'static str> {
        let refusal = self.refusal.filter(|refusal| *refusal != RequestRefusal::Issued);
        refusal.map(|refusal| refusal_words(self.page.t, refusal))
    }

    fn details(&self, view: &FapiaoView) -> Vec<FapiaoDetail> {
        view.details(self.page.t, self.order.left(), self.zone)
    }
}
