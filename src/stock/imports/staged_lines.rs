//! Stores the lines of a file, each with the stock to which it would lead.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Array, BigInt, Integer, Nullable, Text},
};
use std::collections::{HashMap, HashSet};

use super::{
    model::LineOutcome,
    reading::{CellKind, FileLine},
    rules::{ImportMode, LineProblem, change, evaluate_line},
};
use crate::{
    kernel::{ImportId, SkuId, text},
    platform::db::statement,
    schema::skus,
};

statement! {
    DropLines(import: i64 as BigInt) -> () = "delete from import_rows where import_id = " import ""
}

/// Stores lines of a file, each with the stock before and after the line, or with the reason why it cannot be applied.
pub(super) fn write_lines(
    conn: &mut PgConnection,
    id: ImportId,
    mode: ImportMode,
    lines: Vec<FileLine>,
) -> QueryResult<()> {
    // Normalized like the codes of the shop: full-width letters, non-breaking hyphens and so on become ASCII.
    let folded: Vec<String> = lines.iter().map(|line| text::fold(&line.code).trim().to_owned()).collect();
    let as_typed = lines.iter().map(|line| line.code.as_str());
    let codes: HashSet<&str> = as_typed.chain(folded.iter().map(String::as_str)).collect();
    let found: Vec<(String, SkuId, i32)> =
        skus::table.filter(skus::code.eq_any(codes)).select((skus::code, skus::id, skus::stock)).load(conn)?;
    let known: HashMap<&str, (SkuId, i32)> =
        found.iter().map(|(code, id, stock)| (code.as_str(), (*id, *stock))).collect();
    let mut rows = WriteLines { import: id.0, ..WriteLines::default() };
    for (line, folded) in lines.iter().zip(&folded) {
        let sku = known.get(line.code.as_str()).or_else(|| known.get(folded.as_str()));
        rows.add(mode, line, sku.copied());
    }
    rows.execute(conn)?;
    Ok(())
}

/// Returns the stock after a line, or why the line cannot be applied. `stock` is the stock before it; `None` if no SKU
/// has the line's code.
fn evaluate_file_line(mode: ImportMode, line: &FileLine, stock: Option<i32>) -> Result<i32, LineProblem> {
    match (line.code_kind, line.typed_kind, stock) {
        (CellKind::Formula, ..) | (_, CellKind::Formula, Some(_)) => Err(LineProblem::Formula),
        (CellKind::Date, _, None) => Err(LineProblem::CodeIsDate),
        _ => evaluate_line(mode, &line.code, &line.typed, stock),
    }
}

impl WriteLines {
    fn add(&mut self, mode: ImportMode, line: &FileLine, sku: Option<(SkuId, i32)>) {
        let judged = evaluate_file_line(mode, line, sku.map(|(_, stock)| stock));
        let before = sku.map(|(_, stock)| stock);
        let outcome = match judged {
            Ok(after) if Some(after) == before => LineOutcome::Unchanged,
            Ok(_) => LineOutcome::Due,
            Err(_) => LineOutcome::Failed,
        };
        let (problem, detail) = judged.err().map(LineProblem::parts).map_or((None, None), |(name, n)| (Some(name), n));
        self.lines.push(line.line);
        self.codes.push(line.code.clone());
        self.typed.push(line.typed.clone());
        self.skus.push(sku.map(|(id, _)| id.0));
        self.before.push(before);
        // Also for a difference that is out of range alone: with other lines of the SKU it may be valid.
        let difference = before.zip(change(&line.typed)).and_then(|(before, change)| before.checked_add(change));
        self.after.push(judged.ok().or(difference.filter(|_| mode == ImportMode::Difference)));
        self.outcomes.push(outcome.code().to_owned());
        self.problems.push(problem.map(str::to_owned));
        self.details.push(detail);
        self.notes.push(line.note.clone());
    }
}

statement! {
    #[derive(Default)]
    WriteLines(
        import: i64 as BigInt, lines: Vec<i32> as Array<Integer>, codes: Vec<String> as Array<Text>,
        typed: Vec<String> as Array<Text>, skus: Vec<Option<i64>> as Array<Nullable<BigInt>>,
        before: Vec<Option<i32>> as Array<Nullable<Integer>>, after: Vec<Option<i32>> as Array<Nullable<Integer>>,
        outcomes: Vec<String> as Array<Text>, problems: Vec<Option<String>> as Array<Nullable<Text>>,
        details: Vec<Option<i64>> as Array<Nullable<BigInt>>, notes: Vec<String> as Array<Text>
    ) -> () =
    "insert into import_rows
        (import_id, line, code, typed, sku_id, stock_before, stock_after, outcome, problem, detail, note)
     select " import ", l.* from unnest(
        (select " lines "), (select " codes "), (select " typed "), (select " skus "), (select " before "),
        (select " after "), (select " outcomes "), (select " problems "), (select " details "), (select " notes ")) as l"
}

statement! {
    /// Marks all lines as failed that count a SKU which another line counts too, because it is unknown which count is
    /// right.
    MarkTwice(import: i64 as BigInt) -> () =
    "with found as (
        select import_id, line, min(line) over same as first, max(line) over same as last
        from import_rows where import_id = " import " and sku_id is not null and typed <> ''
        window same as (partition by sku_id)
     )
     update import_rows r
     set outcome = 'failed', problem = 'twice', detail = case when r.line = f.first then f.last else f.first end
     from found f
     where f.first <> f.last and r.import_id = f.import_id and r.line = f.line and r.outcome <> 'failed'"
}

statement! {
    /// Adds up the differences of each SKU that occurs in several lines: each line starts from the stock after the
    /// SKU's previous line. If the sum is out of range, all lines of the SKU fail.
    AddUpLines(import: i64 as BigInt) -> () =
    "with found as (
        select line, sku_id, first_value(stock_before) over same as stock,
            stock_after::bigint - stock_before as delta, count(*) over (partition by sku_id) as n
        from import_rows
        where import_id = " import " and sku_id is not null and typed <> '' and stock_after is not null
            and (problem is null or problem in ('below-zero', 'too-many'))
        window same as (partition by sku_id order by line)
     ),
     added as (
        select line, sku_id, stock, delta, sum(delta) over (partition by sku_id) as total,
            sum(delta) over (partition by sku_id order by line) as so_far
        from found where n > 1
     ),
     judged as (
        select *, case
            when abs(total) > 1000000 or max(abs(stock + so_far)) over (partition by sku_id) > 2000000000 then 'too-far'
            when stock + total < 0 then 'below-zero'
            when stock + total > greatest(1000000000, stock) then 'too-many'
        end as problem
        from added
     )
     update import_rows r
     set outcome = case when j.problem is not null then 'failed' when j.delta = 0 then 'unchanged' else 'due' end,
        problem = j.problem,
        detail = case when j.problem in ('below-zero', 'too-many') then j.stock end,
        stock_before = case when j.problem is null then j.stock + j.so_far - j.delta else j.stock end,
        stock_after = case when j.problem is null then j.stock + j.so_far end
     from judged j
     where r.import_id = " import " and r.line = j.line"
}

statement! {
    StagedSums(import: i64 as BigInt) -> () =
    "update imports i
     set line_count = c.n, due_count = c.due, unchanged_count = c.unchanged, failed_count = c.failed
     from (
        select count(*) as n, count(*) filter (where outcome = 'due') as due,
            count(*) filter (where outcome = 'unchanged') as unchanged, count(*) filter (where outcome = 'failed') as failed
        from import_rows where import_id = " import "
     ) c
     where i.id = " import ""
}
