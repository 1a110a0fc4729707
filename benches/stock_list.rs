//! Measures the statements of a page of the stock list in an existing shop:
//!
//! ```text
//! till seed --scale --spus 100000 --skus 1000000 --users 10
//! DATABASE_URL=... cargo bench --bench stock_list
//! ```
//!
//! Requests the first and the hundredth page of each list three times; prints the median in milliseconds, and its ratio
//! to the plain list by code. With `-- --explain SEARCH` (such as `q=mint&sort=stock`) the plans are written to the
//! server's log instead, which needs a role that may load `auto_explain`.

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use std::{
    env,
    error::Error,
    time::{Duration, Instant},
};
use till::{
    kernel::{BrandId, CategoryId},
    stock::{StockCursor, StockSearch, stock_page},
    web::Fields,
};

const PER_PAGE: i64 = 50;
const TIMES: usize = 3;
const FILTERS: [&str; 20] = [
    "",
    "q=saucepan",
    "q=mint",
    "q=mint+saucepan",
    "q=mint+knife",
    "q=mi",
    "q=zz",
    "q=S1-0499529",
    "q=%E4%BA%91%E9%9B%80",
    "q=%E5%88%80",
    "q=%E9%BE%99",
    "show=low",
    "show=out",
    "show=inactive",
    "category=2",
    "category=2,3",
    "brand=1",
    "category=2&brand=1",
    "category=3&show=low",
    "brand=2&q=mint&show=low",
];
const SORTS: [&str; 6] = ["code", "name", "newest", "stock", "sold", "days"];

fn main() -> Result<(), Box<dyn Error>> {
    let Ok(shop) = env::var("DATABASE_URL") else {
        println!("stock_list: DATABASE_URL names no shop, so nothing is measured");
        return Ok(());
    };
    let mut conn = PgConnection::establish(&shop)?;
    // The same settings as the shop's own connections.
    sql_query("set jit = off").execute(&mut conn)?;
    sql_query("set random_page_cost = 1.1").execute(&mut conn)?;
    let asked: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [explain, search] = asked.as_slice()
        && explain == "--explain"
    {
        return explain_both(&mut conn, &search_of(search));
    }
    let plain = time(&mut conn, &search_of("sort=code"))?;
    println!("{:<26} {:<7} {:>9} {:>7} {:>9} {:>7} {:>7}", "", "by", "first", "ratio", "100th", "ratio", "found");
    for filter in FILTERS {
        for sort in SORTS {
            let search = search_of(&format!("{filter}&sort={sort}"));
            let (first, found) = (time(&mut conn, &search)?, stock_page(&mut conn, &search, PER_PAGE)?.found);
            let far = hundredth(&mut conn, &search)?;
            let late = far.map(|far| time(&mut conn, &far)).transpose()?;
            let [ratio, late_ratio] =
                [Some(first), late].map(|took| said(took.map(|took| took.div_duration_f64(plain))));
            let [first, late] = [Some(first), late].map(|took| said(took.map(|took| took.as_secs_f64() * 1000.0)));
            let found = found.map_or_else(|| "many".to_owned(), |found| found.to_string());
            println!("{filter:<26} {sort:<7} {first:>9} {ratio:>7} {late:>9} {late_ratio:>7} {found:>7}");
        }
    }
    Ok(())
}

fn said(figure: Option<f64>) -> String {
    figure.map_or_else(String::new, |figure| format!("{figure:.1}"))
}

/// Categories and brands by their ids.
fn search_of(words: &str) -> StockSearch {
    let query = Fields::of_query_string(words);
    let categories =
        query.get("category").split(',').filter_map(|id| id.parse().ok().map(CategoryId)).collect::<Vec<_>>();
    let brand = query.get("brand").parse().ok().map(BrandId);
    StockSearch { categories: Some(categories).filter(|all| !all.is_empty()), brand, ..StockSearch::read(&query) }
}

/// The search a hundred pages later; `None` if there are fewer.
fn hundredth(conn: &mut PgConnection, search: &StockSearch) -> Result<Option<StockSearch>, Box<dyn Error>> {
    let before = stock_page(conn, search, PER_PAGE * 99)?;
    let last = before.skus.last().filter(|_| before.after);
    Ok(last.map(|last| StockSearch { cursor: StockCursor::After(*last), ..search.clone() }))
}

fn time(conn: &mut PgConnection, search: &StockSearch) -> Result<Duration, Box<dyn Error>> {
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let began = Instant::now();
        stock_page(conn, search, PER_PAGE)?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    took.get(TIMES / 2).copied().ok_or_else(|| "nothing was timed".into())
}

fn explain_both(conn: &mut PgConnection, search: &StockSearch) -> Result<(), Box<dyn Error>> {
    let far = hundredth(conn, search)?;
    for set in [
        "load 'auto_explain'",
        "set auto_explain.log_min_duration = 0",
        "set auto_explain.log_analyze = on",
        "set auto_explain.log_timing = off",
        "set auto_explain.log_buffers = on",
    ] {
        sql_query(set).execute(conn)?;
    }
    for search in [Some(search.clone()), far].into_iter().flatten() {
        println!("{search:?}: {:?}", stock_page(conn, &search, PER_PAGE)?.found);
    }
    Ok(())
}
