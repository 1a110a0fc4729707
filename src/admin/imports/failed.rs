//! The lines of an import that failed, as a file that can be mended and sent again.

use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data, Path},
};
use futures_util::stream;

use super::problem_words;
use crate::{
    accounts::Staff,
    kernel::ImportId,
    platform::db::{Db, DbError},
    stock::{self, ImportLine, Outcome},
    web::{Page, PageError, Text},
};

/// How many lines are read from the database at once.
const TOGETHER: i64 = 2_000;

/// `GET /admin/imports/{import}/failed.csv`, sent as it is read.
///
/// # Errors
/// Not staff, no such import, or the database's own.
pub async fn failed_lines(_: Staff, page: Page, id: Path<i64>, db: Data<Db>) -> Result<HttpResponse, PageError> {
    let (id, t) = (ImportId(id.into_inner()), page.t);
    db.run(move |conn| stock::import(conn, id)?.ok_or(DbError::Missing)).await?;
    // The mark at its start tells sheets that it is UTF-8.
    let heading = [t.import_line(), t.import_code(), t.import_typed(), t.import_problem()];
    let heading = format!("\u{feff}{}", row(heading.map(str::to_owned)));
    let db = db.get_ref().clone();
    let body = stream::try_unfold((Some(heading), 0), move |(heading, last)| {
        let db = db.clone();
        async move {
            if let Some(heading) = heading {
                return Ok(Some((Bytes::from(heading), (None, last))));
            }
            let lines = db
                .run(move |conn| {
                    Ok::<_, DbError>(stock::import_lines_after(conn, id, Outcome::Failed, last, TOGETHER)?)
                })
                .await?;
            let Some(next) = lines.last().map(|line| line.line) else { return Ok(None) };
            let rows: String = lines.iter().map(|line| row(cells(t, line))).collect();
            Ok::<_, DbError>(Some((Bytes::from(rows), (None, next))))
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"import-{id}-failed.csv\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(Box::pin(body)))
}

fn cells(t: Text, line: &ImportLine) -> [String; 4] {
    let problem = line.problem.map(|problem| problem_words(t, problem, line)).unwrap_or_default();
    [line.line.to_string(), harmless(&line.code), harmless(&line.typed), harmless(&problem)]
}

/// A cell that no sheet reads as a formula; a number stays one. An import takes the apostrophe off again.
fn harmless(cell: &str) -> String {
    let is_number =
        cell.strip_prefix(['+', '-']).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    let begins_one = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{2212}']);
    if begins_one && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

/// One line (RFC 4180).
fn row<const N: usize>(cells: [String; N]) -> String {
    let quoted = cells.map(|cell| {
        let plain = !cell.contains(['"', ',', ';', '\t', '\n', '\r']);
        if plain { cell } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
    });
    format!("{}\r\n", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_for_whoever_opens_the_file() {
        let written: Vec<String> = ["=1+1", "+1", "-5", "-5+A1", "@SUM(A1)", "A-1", "−3"].map(harmless).to_vec();
        assert_eq!(written, ["'=1+1", "+1", "-5", "'-5+A1", "'@SUM(A1)", "A-1", "'−3"]);
        assert_eq!(row(["a\"b".to_owned(), "c,d".into(), "e".into()]), "\"a\"\"b\",\"c,d\",e\r\n");
    }
}
