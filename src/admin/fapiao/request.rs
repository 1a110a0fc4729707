//! The page of a request for a fapiao: what the shopper has typed, and the forms for staff.

use actix_multipart::Multipart;
use actix_web::web::Path;
use askama::Template;
use chrono::FixedOffset;
use serde_json::{Value, json};

use super::list::PATH;
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
        nav_badges::NavBadges,
    },
    audit::AuditAction,
    fapiao::{
        self, FapiaoDetail, FapiaoFile, FapiaoPart, FapiaoRequest, FapiaoStatus, FapiaoView, IssueOutcome,
        IssuedFapiao, MAX_FILE_BYTES, OrderToInvoice, RefuseOutcome, Reversal, ReverseOutcome,
        forms::{self, MAX_REFUSAL_LEN, UploadedFapiao},
    },
    kernel::{FapiaoRequestId, Money},
    messages::Messages,
    orders,
    platform::{
        clock,
        db::{self, Connection, DbError},
    },
    web::{self, Fields, Flash, Form, PageError, PageResult, UploadFields},
};

#[derive(Template)]
#[template(path = "admin/fapiao/request.html")]
struct RequestPage {
    page: AdminPage,
    view: FapiaoView,
    order: OrderToInvoice,
    form: Form,
    zone: FixedOffset,
}

/// `GET /admin/fapiao/{request}`: the page of a request for a fapiao.
pub async fn request(staff: StaffRequest, id: Path<i64>) -> PageResult {
    web::html(&RequestPage::load(staff, FapiaoRequestId(id.into_inner()), Form::default()).await?)
}

const ISSUED: UploadFields<3> =
    UploadFields { fields: ["numbers", "seen", "amount"], file: "file", max_bytes: MAX_FILE_BYTES };
const REVERSED: UploadFields<1> = UploadFields { fields: ["numbers"], file: "file", max_bytes: MAX_FILE_BYTES };

/// `POST /admin/fapiao/{request}/issuing`: records the fapiao that was issued on the tax platform, with its `numbers`
/// and its `file`. `seen` and `amount` are the version of the request and the amount that the page showed; if they have
/// changed, nothing is stored.
pub async fn issue(staff: StaffRequest, id: Path<i64>, upload: Multipart) -> PageResult {
    let (id, t) = (FapiaoRequestId(id.into_inner()), staff.page.t);
    let (mut form, file) = web::receive(upload, ISSUED, Vec::new()).await?;
    let seen: i32 = form.value("seen").parse().map_err(|_| PageError::BadRequest)?;
    let amount = Money::typed(form.value("amount")).map_err(|_| PageError::BadRequest)?;
    let (numbers, file) = (forms::numbers(&mut form, t), forms::file(&mut form, file, t));
    let (Some(numbers), Some(UploadedFapiao::File(format, file))) = (numbers, file) else {
        form.fail("file", t.fapiao_file_needed());
        return web::unprocessable(&RequestPage::load(staff, id, form).await?);
    };
    let issued = IssuedFapiao { numbers, format, file, seen, amount };
    let outcome = change(&staff, id, AuditAction::IssueFapiao, move |conn, request, audit| {
        let outcome = fapiao::issue_fapiao(conn, request, (&issued, audit.staff_id), clock::now())?;
        let after = json!({ "number": issued.numbers.join(", "), "amount": issued.amount.plain() });
        Ok((outcome == IssueOutcome::Issued, after, outcome))
    });
    match outcome.await? {
        IssueOutcome::Issued => done(&staff, id, Flash::success(t.fapiao_issue_done())),
        IssueOutcome::Over(FapiaoStatus::Withdrawn) => done(&staff, id, Flash::error(t.fapiao_withdrawn_meanwhile())),
        IssueOutcome::Over(status) => done(&staff, id, over(t, status)),
        IssueOutcome::Stale => done(&staff, id, Flash::error(t.fapiao_stale())),
        IssueOutcome::NumberTaken(number) => {
            form.fail("numbers", t.fapiao_number_taken(number));
            web::unprocessable(&RequestPage::load(staff, id, form).await?)
        }
    }
}

/// `POST /admin/fapiao/{request}/refusal`: refuses a request. The shopper gets the words in `refusal`.
pub async fn refuse_request(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (id, t, mut form) = (FapiaoRequestId(id.into_inner()), staff.page.t, Form::from(fields));
    let seen: i32 = form.value("seen").parse().map_err(|_| PageError::BadRequest)?;
    let Some(words) = forms::refusal(&mut form, t) else {
        return web::unprocessable(&RequestPage::load(staff, id, form).await?);
    };
    let outcome = change(&staff, id, AuditAction::RefuseFapiao, move |conn, request, audit| {
        let by = (seen, words.as_str(), audit.staff_id);
        let outcome = fapiao::refuse_request(conn, request, by, clock::now())?;
        Ok((outcome == RefuseOutcome::Refused, json!({ "reason": words }), outcome))
    });
    let flash = match outcome.await? {
        RefuseOutcome::Refused => Flash::success(t.fapiao_refuse_done()),
        RefuseOutcome::Over(status) => over(t, status),
        RefuseOutcome::Stale => Flash::error(t.fapiao_stale()),
    };
    done(&staff, id, flash)
}

/// `POST /admin/fapiao/{request}/reversal`: records the red fapiao that was issued on the tax platform after a refund,
/// with its `numbers` and, if there is one, its `file`.
pub async fn reverse(staff: StaffRequest, id: Path<i64>, upload: Multipart) -> PageResult {
    let (id, t) = (FapiaoRequestId(id.into_inner()), staff.page.t);
    let (mut form, file) = web::receive(upload, REVERSED, Vec::new()).await?;
    let (Some(numbers), Some(file)) = (forms::numbers(&mut form, t), forms::file(&mut form, file, t)) else {
        return web::unprocessable(&RequestPage::load(staff, id, form).await?);
    };
    let file = match file {
        UploadedFapiao::File(format, body) => Some((format, body)),
        UploadedFapiao::Nothing => None,
    };
    let reversal = Reversal { numbers, file };
    let outcome = change(&staff, id, AuditAction::ReverseFapiao, move |conn, request, audit| {
        let outcome = fapiao::reverse_fapiao(conn, request, (&reversal, audit.staff_id), clock::now())?;
        let after = json!({ "number": reversal.numbers.join(", ") });
        Ok((outcome == ReverseOutcome::Reversed, after, outcome))
    });
    match outcome.await? {
        ReverseOutcome::Reversed => done(&staff, id, Flash::success(t.fapiao_reverse_done())),
        ReverseOutcome::Over(status) => done(&staff, id, over(t, status)),
        ReverseOutcome::NumberTaken(number) => {
            form.fail("numbers", t.fapiao_number_taken(number));
            web::unprocessable(&RequestPage::load(staff, id, form).await?)
        }
    }
}

/// `GET /admin/fapiao/{request}/{part}`: downloads the file of the issued fapiao (`fapiao`) or of the red one
/// (`reversal`).
pub async fn file(staff: StaffRequest, path: Path<(i64, String)>) -> PageResult {
    let (id, part) = path.into_inner();
    let (id, part) = (FapiaoRequestId(id), FapiaoPart::from_code(&part).ok_or(PageError::NotFound)?);
    let found = staff.db.run(move |conn| {
        let view = fapiao::request_with_id(conn, id)?.ok_or(DbError::Missing)?;
        let order = fapiao::order_to_invoice(conn, view.request.order_id)?;
        let file = fapiao::fapiao_file(conn, order.id, id, part)?.ok_or(DbError::Missing)?;
        Ok::<_, DbError>((order.number, file))
    });
    let (number, (format, body)) = found.await?;
    Ok(web::download(format.media_type(), &FapiaoFile { part, format }.name(&number), body))
}

/// Locks the order of a request and calls `act` in the same transaction. `act` gets the request and the audit context,
/// and returns (whether it has changed something, data for the audit log, outcome). If it returns false, the
/// transaction is rolled back and nothing is logged.
async fn change<T: Send + 'static>(
    staff: &StaffRequest,
    id: FapiaoRequestId,
    action: AuditAction,
    act: impl Fn(&mut Connection, &FapiaoRequest, &AuditContext) -> Result<(bool, Value, T), DbError> + Send + 'static,
) -> Result<T, PageError> {
    let audit = AuditContext::of(staff);
    let changed = staff.db.run_in_line(move |conn| {
        db::transaction(conn, |conn| {
            let found = fapiao::request_with_id(conn, id)?.ok_or(DbError::Missing)?;
            let order = orders::lock_order(conn, found.request.order_id)?.ok_or(DbError::Missing)?;
            // The order is locked now, so the request stays as it is.
            let found = fapiao::request_with_id(conn, id)?.ok_or(DbError::Missing)?;
            let (is_changed, after, outcome) = act(conn, &found.request, &audit)?;
            if is_changed {
                audit.record(conn, action, order.number.as_str(), Diff::after(after))?;
            } else {
                db::set_rollback(conn)?;
            }
            Ok::<_, DbError>(outcome)
        })
    });
    Ok(changed.await?)
}

fn over(t: Messages, status: FapiaoStatus) -> Flash {
    Flash::notice(t.fapiao_over(status.name(&t)))
}

fn done(staff: &StaffRequest, id: FapiaoRequestId, flash: Flash) -> PageResult {
    Ok(flash.see_other(&path(id), &staff.config))
}

fn path(id: FapiaoRequestId) -> String {
    format!("{PATH}/{id}")
}

impl RequestPage {
    async fn load(staff: StaffRequest, id: FapiaoRequestId, form: Form) -> Result<Self, PageError> {
        let (badges, view, order) = staff
            .db
            .run(move |conn| {
                let view = fapiao::request_with_id(conn, id)?.ok_or(DbError::Missing)?;
                let order = fapiao::order_to_invoice(conn, view.request.order_id)?;
                Ok::<_, DbError>((NavBadges::load_with(conn)?, view, order))
            })
            .await?;
        let page = AdminPage::new(staff.page.at(&path(id)), badges);
        Ok(Self { page, view, order, form, zone: staff.config.zone })
    }

    fn details(&self) -> Vec<FapiaoDetail> {
        self.view.details(self.page.t, self.order.left(), self.zone)
    }

    fn can_be_issued(&self) -> bool {
        self.view.request.status == FapiaoStatus::Requested && !self.order.left().is_zero()
    }

    /// Returns the maximum size of a file in MiB.
    fn max_megabytes(&self) -> u64 {
        MAX_FILE_BYTES / 1024 / 1024
    }
}
