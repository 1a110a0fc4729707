//! The ledger of a SKU (all changes of its stock with the stock after each), and the form that changes the stock.

use actix_web::web::Path;
use askama::Template;
use chrono::{DateTime, Days, FixedOffset, Utc};
use serde_json::json;

use super::{
    bulk_changes,
    labels::{self, sum},
    large_changes::{needs_password, require_password},
};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        audit_context::{AuditContext, Diff},
    },
    audit::AuditAction,
    kernel::{Money, SkuId, thousands, with_sign},
    platform::{
        clock,
        db::{self, DbError},
        random,
    },
    stock::{
        self, LedgerCursor, Reason, ReservedStock, StaleCount, StockChange, StockChangeOutcome, StockEvent,
        StockHistory, StockLine, UndoOutcome,
    },
    web::{self, Fields, Flash, Form, PageError, PageResult, filters},
};

const PER_PAGE: i64 = 50;

/// The page with the ledger of a SKU.
#[derive(Template)]
#[template(path = "admin/stock/ledger.html")]
pub(super) struct MovementsPage {
    page: AdminPage,
    /// The path and query of this page, to which the browser is sent after a successful form.
    here: String,
    line: StockLine,
    /// What a unit costs the shop; `None` if that is not known.
    cost: Option<Money>,
    held: ReservedStock,
    history: StockHistory,
    /// How many days the chart shows.
    days: u64,
    events: Vec<StockEvent>,
    /// The cursor of the next page, which has older events; `None` on the last page.
    older: Option<LedgerCursor>,
    /// True if there are newer events than those on this page.
    newer: bool,
    form: Form,
    asked: Option<StaleCount>,
    /// The idempotency token of the form, different each time the page is shown.
    token: String,
    zone: FixedOffset,
}

/// The form that changes the stock of a SKU, as the page shows it: empty, or as typed if the change was refused.
/// `asked` is set if the stock has changed since the page with the count was shown; the form then asks whether the
/// count was made before that.
pub(super) struct ShownChangeForm {
    pub(super) sku: SkuId,
    pub(super) form: Form,
    pub(super) asked: Option<StaleCount>,
}

/// `GET /admin/stock/{sku id}/movements`: the ledger of a SKU.
pub async fn ledger(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (here, query, person) = (staff.page.path.clone(), staff.query(), staff.user.id);
    let counts = staff.db.run(move |conn| Ok::<_, DbError>(stock::prefers_counting(conn, person)?)).await?;
    let form = if counts { Form::filled([("how", "count".to_owned())]) } else { Form::default() };
    let shown = ShownChangeForm { sku: SkuId(id.into_inner()), form, asked: None };
    web::html(&MovementsPage::load(staff, here, shown, &query).await?)
}

/// `POST /admin/stock/{sku id}/movements`: changes the stock of a SKU by a difference, or to a count.
pub async fn move_stock(staff: StaffRequest, id: Path<i64>, fields: Fields) -> PageResult {
    let (sku, t) = (SkuId(id.into_inner()), staff.page.t);
    let mut failed = ShownChangeForm { sku, form: Form::from(fields), asked: None };
    if let Some(change) = StockChange::read(&mut failed.form, t) {
        let units = change.amount.units();
        if needs_password(&staff, units).await? {
            return require_password(staff, failed.form.fields(), units).await;
        }
        let (audit, token) = (AuditContext::of(&staff), stock::form_token(&failed.form));
        let counts = failed.form.value("how") == "count";
        let changing = staff.db.run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let made = bulk_changes::make(conn, sku, (&change, token.as_deref()), &audit)?;
                if matches!(made, Some(StockChangeOutcome::Done { .. })) {
                    stock::save_counting_preference(conn, audit.staff_id, counts)?;
                }
                Ok::<_, DbError>(made)
            })
        });
        let changed = changing.await?;
        let said = match changed.ok_or(PageError::NotFound)? {
            StockChangeOutcome::Done { code, before, after } => Ok(sum(&code, before, after)),
            StockChangeOutcome::Unchanged { code, stock } => Ok(t.stock_agrees(code, thousands(&stock))),
            StockChangeOutcome::AlreadyApplied { code, delta, now } => {
                Ok(t.stock_changed_before(code, with_sign(&delta), thousands(&now)))
            }
            StockChangeOutcome::TokenReused => Err((t.stock_form_reused().to_owned(), None)),
            StockChangeOutcome::Refused(why) => Err((labels::refused(t, why), None)),
            StockChangeOutcome::Stale(by) => Err((labels::stale_count(t, by), Some(by))),
        };
        match said {
            Ok(done) => {
                let back = web::local_path(failed.form.value("next")).unwrap_or("/admin/stock");
                return Ok(Flash::success(done).see_other(back, &staff.config));
            }
            Err((words, asked)) => {
                failed.form.fail("delta", words);
                failed.asked = asked;
            }
        }
    }
    again(staff, failed).await
}

/// Responds with status 422 and the page again, with the form as typed and its errors.
async fn again(staff: StaffRequest, failed: ShownChangeForm) -> PageResult {
    let own = address(failed.sku);
    let next = web::local_path(failed.form.value("next")).unwrap_or(&own).to_owned();
    let (path, query) = next.split_once('?').unwrap_or((&next, ""));
    let query = if path == own { Fields::of_query_string(query) } else { Fields::default() };
    web::unprocessable(&MovementsPage::load(staff, next, failed, &query).await?)
}

pub(super) fn address(sku: SkuId) -> String {
    format!("/admin/stock/{sku}/movements")
}

/// `POST /admin/stock/{sku id}/movements/{movement}/reversal`: undoes a stock movement; repeating it has no effect.
pub async fn undo_movement(staff: StaffRequest, ids: Path<(i64, i64)>) -> PageResult {
    let (sku, movement) = ids.into_inner();
    let (sku, t) = (SkuId(sku), staff.page.t);
    let moved = staff.db.run(move |conn| Ok::<_, DbError>(stock::movement_delta(conn, sku, movement)?)).await?;
    let units = moved.ok_or(PageError::NotFound)?.unsigned_abs().into();
    if needs_password(&staff, units).await? {
        return require_password(staff, &Fields::default(), units).await;
    }
    let audit = AuditContext::of(&staff);
    let undone = staff
        .db
        .run_in_line(move |conn| {
            db::transaction(conn, |conn| {
                let undone = stock::undo_movement(conn, sku, movement, audit.staff_id)?;
                if let Some(UndoOutcome::Done { code, before, after }) = &undone {
                    let after = json!({ "stock": after, "movement": movement });
                    let diff = Diff::new(json!({ "stock": before }), after);
                    audit.record(conn, AuditAction::UndoMovement, code, diff)?;
                }
                Ok::<_, DbError>(undone)
            })
        })
        .await?;
    let said = match undone.ok_or(PageError::NotFound)? {
        UndoOutcome::Done { code, before, after } => Flash::success(sum(&code, before, after)),
        UndoOutcome::NotUndoable => Flash::notice(t.movement_undone_already()),
        UndoOutcome::Refused(why) => Flash::error(labels::refused(t, why)),
    };
    Ok(said.see_other(&address(sku), &staff.config))
}

/// Reads the ledger cursor from the query parameters `movement` and `sale`. If one is missing or invalid, returns the
/// cursor of the first page, [`LedgerCursor::NEWEST`].
fn place(query: &Fields) -> LedgerCursor {
    let number = |name| query.get(name).parse::<i64>().ok();
    match (number("movement"), number("sale")) {
        (Some(movement), Some(sale)) => LedgerCursor { movement, sale },
        _ => LedgerCursor::NEWEST,
    }
}

/// Truncates `events`, which begin at the cursor `place`, to one page. Returns (events of the page, cursor of the next
/// page if there is one).
fn split_page(mut events: Vec<StockEvent>, place: LedgerCursor) -> (Vec<StockEvent>, Option<LedgerCursor>) {
    let page = usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    let more = events.len() > page;
    events.truncate(page);
    let older = more.then(|| place.after(&events));
    (events, older)
}

impl MovementsPage {
    pub(super) async fn load(
        staff: StaffRequest,
        here: String,
        ShownChangeForm { sku, form, asked }: ShownChangeForm,
        query: &Fields,
    ) -> Result<Self, PageError> {
        let (zone, now) = (staff.config.zone, clock::now());
        let (language, today) = (staff.page.language(), clock::today(zone));
        let days = query.get("days").parse().ok().filter(|days| stock::HISTORY_DAYS.contains(days)).unwrap_or(30);
        let (from, place) = (stock::history_start(days, now, zone), place(query));
        let (line, (held, cost), history, events) = staff
            .db
            .run(move |conn| {
                // One snapshot, so that the balances match the stock even if something is sold meanwhile.
                db::snapshot(conn, |conn| {
                    let line = stock::stock_line(conn, sku, language, today)?.ok_or(DbError::Missing)?;
                    let moves = stock::history_entries(conn, sku, (from, now), zone)?;
                    let history = StockHistory::of((line.stock, line.low_stock_at), &moves, (from, now), zone);
                    let events = stock::stock_events(conn, sku, place, PER_PAGE + 1)?;
                    let held = (stock::reserved_stock(conn, sku)?, stock::sku_cost(conn, sku)?);
                    Ok::<_, DbError>((line, held, history, events))
                })
            })
            .await?;
        let (events, older) = split_page(events, place);
        let newer = place != LedgerCursor::NEWEST;
        let (page, token) = (AdminPage::load(staff.page, &staff.db).await?, random::token());
        Ok(Self { page, here, line, cost, held, history, days, events, older, newer, form, asked, token, zone })
    }

    /// Returns the periods that can be chosen for the chart, as (number of days, URL of the page with that period).
    fn spans(&self) -> Vec<(u64, String)> {
        let own = address(self.line.offer.sku_id);
        stock::HISTORY_DAYS.into_iter().map(|days| (days, format!("{own}?days={days}"))).collect()
    }

    fn older(&self) -> Option<String> {
        let LedgerCursor { movement, sale } = self.older?;
        Some(format!("{}?days={}&movement={movement}&sale={sale}#moves", address(self.line.offer.sku_id), self.days))
    }

    fn newest(&self) -> Option<String> {
        self.newer.then(|| format!("{}?days={}#moves", address(self.line.offer.sku_id), self.days))
    }

    /// Returns the caption of the chart, with the first and the last stock.
    fn history_words(&self) -> String {
        let [first, last] = [self.history.first, self.history.last].map(|n| thousands(&n));
        self.page.t.stock_history_words(self.days, first, last)
    }

    /// Returns the text alternative to the chart, with the lowest and the highest stock.
    fn chart_words(&self) -> String {
        let [fewest, most] = [self.history.fewest, self.history.most].map(|n| thousands(&n));
        format!("{} {}", self.history_words(), self.page.t.stock_history_between(fewest, most))
    }

    fn day(&self, days_ago: u64) -> String {
        let today = clock::today(self.zone);
        today.checked_sub_days(Days::new(days_ago)).unwrap_or(today).format("%Y-%m-%d").to_string()
    }

    /// Returns the stock at half of the chart's height.
    fn half(&self) -> String {
        thousands(&(self.history.top / 2))
    }

    fn part_name(&self, part: &(Option<Reason>, i64)) -> &'static str {
        labels::reason(self.page.t, part.0)
    }

    fn part_delta(&self, part: &(Option<Reason>, i64)) -> String {
        with_sign(&part.1)
    }

    fn badge(&self) -> Option<(&'static str, &'static str)> {
        labels::badge(&self.page.t, &self.line.status)
    }

    fn reasons(&self) -> Vec<(&'static str, &'static str)> {
        labels::reasons(&self.page.t)
    }

    fn reason(&self, event: &StockEvent) -> &'static str {
        labels::reason(self.page.t, event.reason)
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.zone)
    }

    /// Returns the form of the page. The template calls this for each SKU that it shows; this page shows only one.
    fn form_of(&self, _: &StockLine) -> &Form {
        &self.form
    }

    fn asked_of(&self, _: &StockLine) -> Option<StaleCount> {
        self.asked
    }

    fn low_stock_at(&self) -> String {
        let typed = self.form.value("low_stock_at");
        if typed.is_empty() { self.line.low_stock_at.to_string() } else { typed.to_owned() }
    }

    fn shelf_place(&self) -> &str {
        if self.form.error("shelf_place").is_some() { self.form.value("shelf_place") } else { &self.line.shelf_place }
    }

    fn cost(&self) -> String {
        if self.form.error("cost").is_some() {
            return self.form.value("cost").to_owned();
        }
        self.cost.map(Money::plain).unwrap_or_default()
    }

    fn reserved_words(&self) -> Option<String> {
        let ReservedStock { count, orders } = self.held;
        (count > 0).then(|| self.page.t.stock_held(thousands(&count), thousands(&orders)))
    }

    fn delta(&self, event: &StockEvent) -> String {
        with_sign(&event.delta)
    }
}
