//! The stock list as a CSV file for spreadsheets.

use futures_util::stream;

use super::{labels, list::narrowed};
use crate::{
    accounts::StaffRequest,
    catalog,
    platform::{clock, db::DbError},
    stock::{self, StockCursor, StockLine, StockSearch},
    web::{self, PageResult, csv_row},
};

/// The number of SKUs that one query reads.
const BATCH_SIZE: i64 = 1_000;

/// `GET /admin/stock/export`: all SKUs that match the filters of the list, read and sent in batches of a thousand, so
/// each line shows the stock at the time when its batch was read.
///
/// # Errors
/// A database error after the first batch ends the response early, which the browser reports.
pub async fn export_stock(staff: StaffRequest) -> PageResult {
    let (query, db) = (staff.query(), staff.db);
    let (language, today) = (staff.page.language(), clock::today(staff.config.zone));
    let search = db
        .run(move |conn| {
            let (tree, brands) = (catalog::category_tree(conn, language)?, catalog::brands(conn, language)?);
            Ok::<_, DbError>(narrowed(StockSearch::read(&query), &query, &tree, &brands))
        })
        .await?;
    let head = format!("{}{}", web::BYTE_ORDER_MARK, csv_row(labels::export_head(staff.page.t)));
    // The state is what is still to be sent: the header line, if not yet sent, and the search of the next batch.
    let start = Some((Some(head), StockSearch { cursor: StockCursor::First, ..search }));
    let parts = stream::unfold(start, move |left| {
        let db = db.clone();
        async move {
            let (head, search) = left?;
            if let Some(head) = head {
                return Some((Ok(head.into()), Some((None, search))));
            }
            let read = db
                .run(move |conn| {
                    let listed = stock::stock_page(conn, &search, BATCH_SIZE)?;
                    let lines = stock::stock_lines(conn, &listed.skus, language, today)?;
                    let more = listed.skus.last().filter(|_| listed.after).copied();
                    Ok::<_, DbError>((
                        lines,
                        more.map(|last| StockSearch { cursor: StockCursor::After(last), ..search }),
                    ))
                })
                .await;
            match read {
                Ok((lines, more)) => {
                    let rows: String = lines.iter().map(export_row).collect();
                    Some((Ok::<_, DbError>(rows.into()), more.map(|search| (None, search))))
                }
                Err(error) => Some((Err(error), None)),
            }
        }
    });
    let day = today.format("%Y-%m-%d");
    Ok(web::csv_download(&format!("stock-{day}.csv")).streaming(Box::pin(parts)))
}

fn export_row(line: &StockLine) -> String {
    let offer = &line.offer;
    let days = line.days_left().map(|days| days.to_string()).unwrap_or_default();
    let [stock, low, week, month, sales] =
        [i64::from(line.stock), i64::from(line.low_stock_at), line.velocity.week, line.velocity.month, line.sales]
            .map(|n| n.to_string());
    let price = offer.price.amount().to_string();
    let cost = line.cost.map(|cost| cost.plain()).unwrap_or_default();
    let sku = [line.code.as_str(), &offer.name, &offer.options, &price];
    csv_row(sku.into_iter().chain([&*stock, &low, &week, &month, &days, &sales, &line.shelf_place, &cost]))
}
