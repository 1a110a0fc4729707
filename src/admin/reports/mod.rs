//! `/admin/reports`: the report of each month, for admins, and the closing of a month.

mod labels;

use actix_web::{HttpResponse, web::Path};
use askama::Template;
use chrono::{DateTime, FixedOffset, Utc};
use rust_decimal::Decimal;
use serde_json::json;
use std::borrow::Borrow;

use crate::{
    accounts::AdminRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    payments,
    platform::{
        clock,
        db::{self, Connection, DbError},
    },
    reports::{self, Closing, Correction, ListedMonth, Month, MonthReport, ReportLine, ReportPart, corrections},
    web::{self, Fields, Flash, PageError, PageResult, csv_download, csv_row, filters, see_other},
};

const REPORTS: &str = "/admin/reports";

#[derive(Template)]
#[template(path = "admin/reports/list.html")]
struct ReportsPage {
    page: AdminPage,
    months: Vec<ListedMonth>,
    zone: FixedOffset,
}

/// `GET /admin/reports`: the list of months from that of the first payment to the current one, newest first.
pub async fn reports(admin: AdminRequest) -> PageResult {
    let zone = admin.config.zone;
    let months = admin.db.run(move |conn| Ok::<_, DbError>(reports::months(conn, clock::now(), zone)?)).await?;
    let page = AdminPage::load(admin.page, &admin.db).await?;
    web::html(&ReportsPage { page, months, zone })
}

#[derive(Template)]
#[template(path = "admin/reports/month.html")]
struct ReportPage {
    page: AdminPage,
    month: Month,
    /// The stored report of a closed month; `None` if the month is not closed.
    closing: Option<Closing>,
    /// The report computed now, which can differ from the stored one.
    live: MonthReport,
    /// How many bills of payment gateways were not compared with the month's payments yet.
    missing_bills: i64,
    now: DateTime<Utc>,
    zone: FixedOffset,
}

/// `GET /admin/reports/{month}`: the report of a month such as `2026-11`; for a closed month the one stored when it was
/// closed. Anything but a month redirects to the list of months.
pub async fn report(admin: AdminRequest, typed: Path<String>) -> PageResult {
    let Ok(month) = typed.parse::<Month>() else { return Ok(see_other(REPORTS)) };
    let zone = admin.config.zone;
    let loaded = admin.db.run(move |conn| {
        db::snapshot(conn, |conn| {
            let live = compute(conn, month, zone)?;
            Ok::<_, DbError>((live, reports::closing(conn, month)?, reports::missing_bills(conn, month)?))
        })
    });
    let (live, closing, missing_bills) = loaded.await?;
    let page = AdminPage::load(admin.page, &admin.db).await?;
    web::html(&ReportPage { page, month, closing, live, missing_bills, now: clock::now(), zone })
}

fn month(typed: &str) -> Result<Month, PageError> {
    typed.parse().map_err(|_| PageError::NotFound)
}

/// Computes the report of a month from the present data. Must be called in a snapshot transaction.
fn compute(conn: &mut Connection, month: Month, zone: FixedOffset) -> Result<MonthReport, DbError> {
    let range = month.range(zone).ok_or(DbError::Missing)?;
    Ok(reports::compute_report(conn, range, payments::beijing())?)
}

/// `POST /admin/reports/{month}/closing`: closes a month that is over: stores its report, which no longer changes.
pub async fn close(admin: AdminRequest, typed: Path<String>) -> PageResult {
    let (month, zone, t) = (month(&typed)?, admin.config.zone, admin.page.t);
    let audit = AuditContext::of(&admin);
    let is_closed = admin.db.run_in_line(move |conn| {
        let report = db::snapshot(conn, |conn| compute(conn, month, zone))?;
        db::transaction(conn, |conn| {
            let is_closed = reports::close_month(conn, (month, &report), audit.staff_id, zone, clock::now())?;
            if is_closed {
                let after = json!({ "amount": amount(report.totals.sales - report.totals.refunds) });
                audit.record(conn, AuditAction::CloseMonth, &month.to_string(), Diff::after(after))?;
            }
            Ok::<_, DbError>(is_closed)
        })
    });
    let flash = if is_closed.await? {
        Flash::success(t.report_closed_now(month))
    } else {
        Flash::notice(t.report_not_closed(month))
    };
    Ok(flash.see_other(&format!("{REPORTS}/{month}"), &admin.config))
}

/// `POST /admin/reports/{month}/exports`: downloads a CSV file. `part` is `figures` or the code of a table of the
/// report. The audit log records who has downloaded it.
pub async fn export(admin: AdminRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let (month, zone, t) = (month(&typed)?, admin.config.zone, admin.page.t);
    let part = match fields.get("part") {
        "figures" => None,
        code => Some(ReportPart::from_code(code).ok_or(PageError::NotFound)?),
    };
    let name = format!("{month}-{}.csv", part.map_or("figures", ReportPart::code));
    let (audit, after) = (AuditContext::of(&admin), json!({ "file": name }));
    audit.record_download(&admin.db, AuditAction::ExportReport, month.to_string(), after).await?;
    let loaded = admin.db.run(move |conn| {
        db::snapshot(conn, |conn| match reports::closing(conn, month)? {
            Some(closing) => Ok(closing.report),
            None => compute(conn, month, zone),
        })
    });
    let report = loaded.await?;
    let rows = match part {
        None => labels::figure_rows(t, &report.totals),
        Some(part) => labels::table_rows(t, part, &report),
    };
    Ok(csv_file(&name, &rows))
}

fn csv_file(name: &str, rows: &[Vec<String>]) -> HttpResponse {
    let mut body = web::BYTE_ORDER_MARK.to_owned();
    for row in rows {
        body.push_str(&csv_row(row.iter().map(String::as_str)));
    }
    csv_download(name).body(body)
}

/// Formats an amount in yuan with two decimals, for files.
fn amount(amount: Decimal) -> String {
    format!("{amount:.2}")
}

impl ReportsPage {
    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn yuan(&self, amount: &Decimal) -> String {
        labels::yuan(*amount)
    }
}

impl ReportPage {
    /// Returns the report that the page shows: the stored one of a closed month, otherwise the one computed now.
    fn shown(&self) -> &MonthReport {
        self.closing.as_ref().map_or(&self.live, |closing| &closing.report)
    }

    fn figures(&self) -> Vec<labels::FigureGroup> {
        labels::figures(self.page.t, &self.shown().totals)
    }

    fn corrections(&self) -> Vec<Correction> {
        let closed = self.closing.as_ref();
        closed.map(|closing| corrections(&closing.report.totals, &self.live.totals)).unwrap_or_default()
    }

    fn figure_name(&self, correction: &Correction) -> &'static str {
        labels::figure_name(self.page.t, correction.figure)
    }

    fn parts(&self) -> [ReportPart; 4] {
        [ReportPart::PayMethod, ReportPart::TaxRate, ReportPart::Category, ReportPart::Product]
    }

    fn part_name(&self, part: &ReportPart) -> &'static str {
        labels::part_name(self.page.t, *part)
    }

    fn lines(&self, part: &ReportPart) -> Vec<&ReportLine> {
        self.shown().part(*part)
    }

    fn name(&self, line: &ReportLine) -> String {
        labels::name(self.page.t, line)
    }

    /// Returns whether the month can be closed now: it is over and not closed yet.
    fn is_closable(&self) -> bool {
        self.closing.is_none() && reports::is_closable(self.month, self.now, self.zone)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    fn yuan(&self, amount: impl Borrow<Decimal>) -> String {
        labels::yuan(*amount.borrow())
    }
}
