//! Downloads of stock imports: a sheet to fill in, and the failed lines of an import.

use actix_web::{
    HttpResponse,
    web::{Bytes, Data, Path},
};
use futures_util::stream;

use super::labels::problem_words;
use crate::{
    accounts::StaffRequest,
    catalog,
    kernel::ImportId,
    messages::Messages,
    platform::{
        clock,
        db::{Connection, Db, DbError},
    },
    stock::{self, ImportLine, ImportMode, LineOutcome, MAX_FILE_LINES, StockCursor, StockLine, StockSearch},
    web::{self, Fields, PageResult, csv_row},
};

/// The number of lines that one query loads.
const BATCH_SIZE: i64 = 1_000;

/// `GET /admin/imports/sheet`: a CSV file with the SKUs of a category, or of all, and an empty column to fill in; at
/// most as many lines as an import accepts. `mode` says whether the column is for counts or differences.
pub async fn import_sheet(staff: StaffRequest) -> PageResult {
    let (query, language, t) = (staff.query(), staff.page.language(), staff.page.t);
    let mode = ImportMode::from_code(query.get("mode")).unwrap_or(ImportMode::Difference);
    let category = query.get("category").to_owned();
    let search = staff
        .db
        .run(move |conn| {
            let tree = catalog::category_tree(conn, language)?;
            let below =
                catalog::category_subtree(&tree, &category).map(|below| below.iter().map(|branch| branch.id).collect());
            let none = if category.is_empty() { None } else { Some(Vec::new()) };
            Ok::<_, DbError>(StockSearch { categories: below.or(none), ..StockSearch::read(&Fields::default()) })
        })
        .await?;
    let today = clock::today(staff.config.zone);
    let head =
        [t.import_code(), t.import_sheet_name(), t.import_sheet_options(), t.import_sheet_stock(), column(t, mode)];
    let next = move |conn: &mut Connection, (search, sent): (StockSearch, usize)| {
        let listed = stock::stock_page(conn, &search, BATCH_SIZE)?;
        let lines = stock::stock_lines(conn, &listed.skus, language, today)?;
        let rows = lines.iter().take(MAX_FILE_LINES.saturating_sub(sent)).map(sheet_row).collect();
        let sent = sent + lines.len();
        let last = listed.skus.last().filter(|_| listed.after && sent < MAX_FILE_LINES).copied();
        Ok((rows, last.map(|last| (StockSearch { cursor: StockCursor::After(last), ..search }, sent))))
    };
    Ok(sent(&staff.db, format!("stock-{}.csv", mode.code()), csv_row(head), (search, 0), next))
}

/// Returns the heading of the column that staff fill in.
pub(super) fn column(t: Messages, mode: ImportMode) -> &'static str {
    match mode {
        ImportMode::Difference => t.import_column_difference(),
        ImportMode::Count => t.import_column_count(),
    }
}

fn sheet_row(line: &StockLine) -> String {
    csv_row([line.code.as_str(), &line.offer.name, &line.offer.options, &line.stock.to_string(), ""])
}

/// `GET /admin/imports/{import}/failed.csv`: the failed lines of an import, to be corrected and imported again.
pub async fn failed_lines(staff: StaffRequest, id: Path<i64>) -> PageResult {
    let (id, t) = (ImportId(id.into_inner()), staff.page.t);
    let import = staff.db.run(move |conn| stock::import(conn, id)?.ok_or(DbError::Missing)).await?;
    let head = [t.import_line(), t.import_code(), column(t, import.mode), t.import_problem()];
    let next = move |conn: &mut Connection, last: i32| {
        let lines = stock::import_lines_after(conn, id, LineOutcome::Failed, last, BATCH_SIZE)?;
        let rows = lines.iter().map(|line| failed_row(t, line)).collect();
        Ok((rows, lines.last().map(|line| line.line)))
    };
    Ok(sent(&staff.db, format!("import-{id}-failed.csv"), csv_row(head), 0, next))
}

fn failed_row(t: Messages, line: &ImportLine) -> String {
    let problem = line.problem.map(|problem| problem_words(t, problem, line)).unwrap_or_default();
    csv_row([line.line.to_string().as_str(), &line.code, &line.typed, &problem])
}

/// Responds with a CSV file that is sent while it is made: the line `head`, then the texts that `next` returns. `next`
/// is called with the position `start`, then with the position that it returned last, until that is `None`. An error
/// ends the response early, which the browser reports.
fn sent<P, F>(db: &Data<Db>, name: String, head: String, start: P, next: F) -> HttpResponse
where
    P: Send + 'static,
    F: Fn(&mut Connection, P) -> Result<(String, Option<P>), DbError> + Clone + Send + 'static,
{
    let head = format!("{}{head}", web::BYTE_ORDER_MARK);
    let db = db.get_ref().clone();
    let body = stream::try_unfold((Some(head), Some(start)), move |(head, place)| {
        let (db, next) = (db.clone(), next.clone());
        async move {
            if let Some(head) = head {
                return Ok(Some((Bytes::from(head), (None, place))));
            }
            let Some(place) = place else { return Ok(None) };
            let (rows, place) = db.run(move |conn| next(conn, place)).await?;
            Ok::<_, DbError>(Some((Bytes::from(rows), (None, place))))
        }
    });
    web::csv_download(&name).streaming(Box::pin(body))
}
