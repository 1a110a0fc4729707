//! The page of a sheet with collected cash. Before it is confirmed, the page shows what each line would record;
//! afterwards, what became of it.

use actix_web::web::Path;
use askama::Template;

use super::{address, labels};
use crate::{
    accounts::StaffRequest,
    admin::{
        admin_page::AdminPage,
        fulfillment::table_files::{LineCounts, LineState, state_name},
    },
    fulfillment::{self, CarrierFileState, CashFault, CashPlan, CashResult, CashSheet, PlannedCash, RecordedCash},
    kernel::{CashSheetId, Money, OrderNumber, codes},
    messages::Messages,
    platform::db::{self, DbError},
    web::{self, PageError, PageResult, Paging, csv_row},
};

const LINES_PER_PAGE: i64 = 100;

codes! {
    /// Which lines of a sheet the page shows.
    #[derive(Default)]
    pub(super) enum ShownLines {
        #[default]
        All = "all",
        /// Only lines whose amounts were recorded, or will be.
        Recorded = "recorded",
        Faulty = "faulty",
    }
}

/// A line of the sheet, formatted.
struct LineView {
    line: i32,
    /// The tracking number; if the line has none, the order number.
    reference: String,
    amount: String,
    found: Option<OrderNumber>,
    /// The text that says what will be done, or was done, for this line.
    words: String,
    state: LineState,
}

/// A number of orders and the sum of their amounts.
#[derive(Clone, Copy, Default)]
struct OrderSum {
    orders: usize,
    sum: Money,
}

#[derive(Template)]
#[template(path = "admin/fulfillment/cash-sheet.html")]
struct CashSheetPage {
    page: AdminPage,
    sheet: CashSheet,
    lines: Vec<LineView>,
    counts: LineCounts,
    /// The orders of a sheet that is not confirmed yet: `exact` are those whose amount equals the one to be collected,
    /// `differing` the others.
    exact: OrderSum,
    differing: OrderSum,
    show: ShownLines,
    paging: Paging,
}

/// `GET /admin/cash-sheets/{sheet}`: the page of a sheet.
pub async fn cash_sheet(staff: StaffRequest, id: Path<i64>) -> PageResult {
    web::html(&CashSheetPage::load(staff, CashSheetId(*id)).await?)
}

/// `GET /admin/cash-sheets/{sheet}/failed.csv`: the lines of a sheet that recorded nothing, with the reasons.
pub async fn failed_cash(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, t) = (CashSheetId(*id), staff.page.t);
    let loaded = Loaded::load(&staff, id).await?;
    let head = [t.shipment_line(), t.parcel_number(), t.cash_amount(), t.shipment_what()];
    let mut body = format!("{}{}", web::BYTE_ORDER_MARK, csv_row(head));
    for line in loaded.lines(t).iter().filter(|line| line.state == LineState::Faulty) {
        let number = line.line.to_string();
        body.push_str(&csv_row([number.as_str(), &line.reference, &line.amount, &line.words]));
    }
    Ok(web::csv_download(&format!("cash-{id}-failed.csv")).body(body))
}

/// A sheet with its lines. `plan` says what each line would record, and is empty once the sheet is confirmed; `results`
/// says what each line has recorded, and is empty before.
struct Loaded {
    sheet: CashSheet,
    plan: CashPlan,
    results: Vec<CashResult>,
}

impl Loaded {
    async fn load(staff: &StaffRequest, id: CashSheetId) -> Result<Self, PageError> {
        let loading = staff.db.run(move |conn| {
            db::snapshot(conn, |conn| {
                let sheet = fulfillment::cash_sheet(conn, id)?.ok_or(DbError::Missing)?;
                let (mut plan, mut results) = (CashPlan::default(), Vec::new());
                match sheet.state {
                    CarrierFileState::Applying | CarrierFileState::Done => {
                        results = fulfillment::cash_results(conn, id)?;
                    }
                    CarrierFileState::Ready | CarrierFileState::Discarded => {
                        let lines = fulfillment::cash_lines(conn, id)?;
                        plan = fulfillment::cash_plan(conn, lines)?;
                    }
                }
                Ok::<_, DbError>(Self { sheet, plan, results })
            })
        });
        Ok(loading.await?)
    }

    fn lines(&self, t: Messages) -> Vec<LineView> {
        let planned = self.plan.lines.iter().map(|line| LineView::planned(line, t));
        planned.chain(self.results.iter().map(|line| LineView::of_result(line, t))).collect()
    }

    /// Returns the number and sum of the sheet's orders whose amount is the one to be collected, or of the others if
    /// `is_exact` is false.
    fn orders(&self, is_exact: bool) -> OrderSum {
        let mut sum = OrderSum::default();
        for order in self.plan.orders.iter().filter(|order| order.is_exact == is_exact) {
            sum.orders += 1;
            sum.sum = Money::new(sum.sum.amount() + order.amount.amount()).unwrap_or(sum.sum);
        }
        sum
    }
}

fn fault_state(fault: CashFault) -> LineState {
    if fault == CashFault::Already { LineState::Already } else { LineState::Faulty }
}

impl LineView {
    fn planned(planned: &PlannedCash, t: Messages) -> Self {
        let (words, state) = match planned.order {
            Ok(_) => (t.cash_will_be_recorded().to_owned(), LineState::Done),
            Err(fault) => (labels::fault(t, fault), fault_state(fault)),
        };
        let found = planned.found.as_ref().map(|(_, number)| number.clone());
        Self::of(&planned.line, found, words, state)
    }

    fn of_result(result: &CashResult, t: Messages) -> Self {
        let (words, state) = match result.result {
            Err(fault) => (labels::fault(t, fault), fault_state(fault)),
            Ok(outcome) => {
                let state = match outcome {
                    None => LineState::Waiting,
                    Some(RecordedCash::Recorded | RecordedCash::Strange) => LineState::Done,
                    Some(RecordedCash::Already) => LineState::Already,
                    Some(RecordedCash::NotDue) => LineState::Faulty,
                };
                (labels::result(t, outcome).to_owned(), state)
            }
        };
        Self::of(&result.line, result.found.clone(), words, state)
    }

    fn of(line: &fulfillment::CashSheetLine, found: Option<OrderNumber>, words: String, state: LineState) -> Self {
        let reference = if line.number.is_empty() { &line.order_number } else { &line.number };
        Self { line: line.line, reference: reference.clone(), amount: line.amount.clone(), found, words, state }
    }

    fn is_shown(&self, show: ShownLines) -> bool {
        match show {
            ShownLines::All => true,
            ShownLines::Recorded => self.state == LineState::Done,
            ShownLines::Faulty => matches!(self.state, LineState::Faulty | LineState::Already),
        }
    }

    fn is_fault(&self) -> bool {
        self.state == LineState::Faulty
    }
}

impl CashSheetPage {
    async fn load(staff: StaffRequest, id: CashSheetId) -> Result<Self, PageError> {
        let (query, t) = (staff.query(), staff.page.t);
        let loaded = Loaded::load(&staff, id).await?;
        let all = loaded.lines(t);
        let counts = LineCounts::of(all.iter().map(|line| line.state));
        let show = ShownLines::from_code(query.get("show")).unwrap_or_default();
        let lines: Vec<LineView> = all.into_iter().filter(|line| line.is_shown(show)).collect();
        let total = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let paging = Paging::new(&query, &["show"], total, LINES_PER_PAGE).at(address(id));
        let lines = paging.page_of(lines);
        let (exact, differing) = (loaded.orders(true), loaded.orders(false));
        let page = AdminPage::load(staff.page.at(&address(id)), &staff.db).await?;
        let sheet = loaded.sheet;
        Ok(Self { page, sheet, lines, counts, exact, differing, show, paging })
    }

    fn path(&self) -> String {
        address(self.sheet.id)
    }

    fn state(&self) -> &'static str {
        state_name(self.page.t, self.sheet.state, self.page.t.cash_sheet_state_applying())
    }

    fn is_ready(&self) -> bool {
        self.sheet.state == CarrierFileState::Ready
    }

    fn is_moving(&self) -> bool {
        self.sheet.state == CarrierFileState::Applying
    }

    fn is_confirmed(&self) -> bool {
        self.sheet.state.is_confirmed()
    }

    fn can_be_confirmed(&self) -> bool {
        self.is_ready() && self.exact.orders + self.differing.orders > 0
    }

    fn shows(&self) -> [(ShownLines, &'static str); 3] {
        let t = self.page.t;
        let recorded = if self.is_confirmed() { t.cash_show_recorded() } else { t.cash_show_record() };
        [
            (ShownLines::All, t.shipment_show_all()),
            (ShownLines::Recorded, recorded),
            (ShownLines::Faulty, t.cash_show_faults()),
        ]
    }
}
