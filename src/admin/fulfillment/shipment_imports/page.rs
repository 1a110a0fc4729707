//! The page of a file with tracking numbers. Before it is confirmed, the page shows what each line would do;
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
    fulfillment::{
        self, Carrier, CarrierFileState, ParcelResult, PlannedLine, ShipmentFault, ShipmentImport, ShipmentLine,
        ShipmentPlan, ShipmentResult,
    },
    kernel::{OrderNumber, ShipmentImportId, codes},
    messages::Messages,
    platform::db::{self, DbError},
    web::{self, Form, PageError, PageResult, Paging, csv_row},
};

const LINES_PER_PAGE: i64 = 100;

codes! {
    /// Which lines of a file the page shows.
    #[derive(Default)]
    pub(super) enum ShownLines {
        #[default]
        All = "all",
        /// Only lines whose parcel was sent, or will be.
        Sent = "sent",
        Faulty = "faulty",
    }
}

/// A line of the file, formatted.
struct LineView {
    line: i32,
    order: String,
    carrier: String,
    number: String,
    found: Option<OrderNumber>,
    /// The text that says what will be done, or was done, for this line.
    words: String,
    state: LineState,
}

/// A column of the file, as a choice in the form in which staff say what each column contains.
struct ColumnChoice {
    at: i32,
    name: String,
}

/// A select field in which staff choose the column of the file that contains, for example, the order number.
struct ColumnField {
    name: &'static str,
    label: &'static str,
    chosen: Option<i32>,
}

#[derive(Template)]
#[template(path = "admin/fulfillment/shipment-import.html")]
pub(super) struct ShipmentFilePage {
    page: AdminPage,
    import: ShipmentImport,
    carriers: Vec<Carrier>,
    columns: Vec<ColumnChoice>,
    lines: Vec<LineView>,
    counts: LineCounts,
    /// The number of parcels that the file will send when it is confirmed, then the number of orders in these parcels.
    parcels: usize,
    orders: usize,
    show: ShownLines,
    paging: Paging,
    form: Form,
}

/// `GET /admin/shipments/imports/{import}`: the page of a file.
pub async fn shipment_file(staff: StaffRequest, id: Path<i64>) -> PageResult {
    web::html(&ShipmentFilePage::load(staff, ShipmentImportId(*id), Form::default()).await?)
}

/// `GET /admin/shipments/imports/{import}/failed.csv`: the lines of a file that sent nothing, with the reasons.
pub async fn failed_shipments(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, t) = (ShipmentImportId(*id), staff.page.t);
    let loaded = Loaded::load(&staff, id).await?;
    let head = [t.shipment_line(), t.shipment_column_order(), t.parcel_carrier(), t.parcel_number(), t.shipment_what()];
    let mut body = format!("{}{}", web::BYTE_ORDER_MARK, csv_row(head));
    for line in loaded.lines(t).iter().filter(|line| line.state == LineState::Faulty) {
        let number = line.line.to_string();
        body.push_str(&csv_row([number.as_str(), &line.order, &line.carrier, &line.number, &line.words]));
    }
    Ok(web::csv_download(&format!("parcels-{id}-failed.csv")).body(body))
}

/// An uploaded file with its rows. `plan` says what each line would send, and is empty once the file is confirmed;
/// `results` says what each line has sent, and is empty before.
struct Loaded {
    import: ShipmentImport,
    carriers: Vec<Carrier>,
    rows: Vec<ShipmentLine>,
    plan: ShipmentPlan,
    results: Vec<ShipmentResult>,
}

impl Loaded {
    async fn load(staff: &StaffRequest, id: ShipmentImportId) -> Result<Self, PageError> {
        let loading = staff.db.run(move |conn| {
            db::snapshot(conn, |conn| {
                let import = fulfillment::shipment_import(conn, id)?.ok_or(DbError::Missing)?;
                let carriers = fulfillment::all_carriers(conn)?;
                let rows = fulfillment::shipment_lines(conn, id)?;
                let (mut plan, mut results) = (ShipmentPlan::default(), Vec::new());
                match import.state {
                    CarrierFileState::Applying | CarrierFileState::Done => {
                        results = fulfillment::shipment_results(conn, &import)?;
                    }
                    CarrierFileState::Ready | CarrierFileState::Discarded => {
                        plan = fulfillment::shipment_plan(conn, &import, &rows)?;
                    }
                }
                Ok::<_, DbError>(Self { import, carriers, rows, plan, results })
            })
        });
        Ok(loading.await?)
    }

    fn lines(&self, t: Messages) -> Vec<LineView> {
        let planned = self.plan.lines.iter().map(|line| LineView::planned(line, t));
        planned.chain(self.results.iter().map(|line| LineView::of_result(line, t))).collect()
    }

    /// Returns the columns of the file with their headings; if the file has no heading row, with their first cells.
    fn columns(&self) -> Vec<ColumnChoice> {
        let heading = self.rows.iter().find(|row| row.line == self.import.columns.heading_line);
        let widest = self.rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
        let mut columns = Vec::with_capacity(widest);
        for (at, index) in (0_i32..).zip(0..widest) {
            let named = heading.or(self.rows.first()).and_then(|row| row.cells.get(index));
            let name = named.map(|cell| cell.text.as_str()).unwrap_or_default();
            columns.push(ColumnChoice { at, name: format!("{}: {name}", at + 1) });
        }
        columns
    }
}

fn fault_state(fault: &ShipmentFault) -> LineState {
    if *fault == ShipmentFault::Already { LineState::Already } else { LineState::Faulty }
}

impl LineView {
    fn planned(line: &PlannedLine, t: Messages) -> Self {
        let (words, state) = match &line.parcel {
            Ok(_) => (t.shipment_will_be_sent().to_owned(), LineState::Done),
            Err(fault) => (labels::fault(t, fault), fault_state(fault)),
        };
        let PlannedLine { line, order, carrier, number, found, .. } = line.clone();
        Self { line, order, carrier, number, found, words, state }
    }

    fn of_result(line: &ShipmentResult, t: Messages) -> Self {
        let (words, state) = match &line.result {
            ParcelResult::Sent => (t.shipment_was_sent().to_owned(), LineState::Done),
            ParcelResult::Waiting => (t.shipment_waits().to_owned(), LineState::Waiting),
            ParcelResult::Failed(fault) => (labels::fault(t, fault), fault_state(fault)),
        };
        let ShipmentResult { line, order, carrier, number, found, .. } = line.clone();
        Self { line, order, carrier, number, found, words, state }
    }

    fn is_shown(&self, show: ShownLines) -> bool {
        match show {
            ShownLines::All => true,
            ShownLines::Sent => self.state == LineState::Done,
            ShownLines::Faulty => matches!(self.state, LineState::Faulty | LineState::Already),
        }
    }

    fn is_fault(&self) -> bool {
        self.state == LineState::Faulty
    }
}

impl ShipmentFilePage {
    pub(super) async fn load(staff: StaffRequest, id: ShipmentImportId, form: Form) -> Result<Self, PageError> {
        let (query, t) = (staff.query(), staff.page.t);
        let loaded = Loaded::load(&staff, id).await?;
        let all = loaded.lines(t);
        let counts = LineCounts::of(all.iter().map(|line| line.state));
        let show = ShownLines::from_code(query.get("show")).unwrap_or_default();
        let mut orders: Vec<&OrderNumber> = loaded.plan.parcels.iter().map(|parcel| &parcel.order_number).collect();
        orders.sort_unstable();
        orders.dedup();
        let (parcels, orders) = (loaded.plan.parcels.len(), orders.len());
        let lines: Vec<LineView> = all.into_iter().filter(|line| line.is_shown(show)).collect();
        let total = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let paging = Paging::new(&query, &["show"], total, LINES_PER_PAGE).at(address(id));
        let lines = paging.page_of(lines);
        let columns = loaded.columns();
        let page = AdminPage::load(staff.page.at(&address(id)), &staff.db).await?;
        let Loaded { import, carriers, .. } = loaded;
        Ok(Self { page, import, carriers, columns, lines, counts, parcels, orders, show, paging, form })
    }

    fn path(&self) -> String {
        address(self.import.id)
    }

    fn state(&self) -> &'static str {
        state_name(self.page.t, self.import.state, self.page.t.shipment_state_applying())
    }

    fn is_ready(&self) -> bool {
        self.import.state == CarrierFileState::Ready
    }

    fn is_moving(&self) -> bool {
        self.import.state == CarrierFileState::Applying
    }

    fn is_confirmed(&self) -> bool {
        self.import.state.is_confirmed()
    }

    /// Returns whether staff have to choose the columns, because the program did not recognize them.
    fn is_unmapped(&self) -> bool {
        self.import.columns.order.is_none() || self.import.columns.number.is_none()
    }

    fn shows(&self) -> [(ShownLines, &'static str); 3] {
        let t = self.page.t;
        let sent = if self.is_confirmed() { t.shipment_show_sent() } else { t.shipment_show_send() };
        [
            (ShownLines::All, t.shipment_show_all()),
            (ShownLines::Sent, sent),
            (ShownLines::Faulty, t.shipment_show_faults()),
        ]
    }

    fn fields(&self) -> [ColumnField; 5] {
        let (t, columns) = (self.page.t, &self.import.columns);
        [
            ColumnField { name: "order_column", label: t.shipment_column_order(), chosen: columns.order },
            ColumnField { name: "number_column", label: t.parcel_number(), chosen: columns.number },
            ColumnField { name: "carrier_column", label: t.parcel_carrier(), chosen: columns.carrier },
            ColumnField { name: "code_column", label: t.shipment_column_code(), chosen: columns.code },
            ColumnField { name: "count_column", label: t.shipment_column_count(), chosen: columns.count },
        ]
    }

    fn heading_line(&self) -> String {
        let typed = self.form.value("heading_line");
        if typed.is_empty() { self.import.columns.heading_line.to_string() } else { typed.to_owned() }
    }
}
