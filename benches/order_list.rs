//! Measures the statements of a page of the list of orders, and of its totals, in an existing shop:
//!
//! ```text
//! till seed --scale --spus 300 --skus 1000 --users 20000
//! psql "$DATABASE_URL" -v orders=1000000 -f benches/orders.sql
//! DATABASE_URL=... cargo bench --bench order_list
//! ```
//!
//! Requests the first and the hundredth page of each search, and its totals, seven times; prints the medians in
//! milliseconds: how long it took, and the CPU time of PostgreSQL, which changes less if the machine is busy, 0 where
//! its processes cannot be seen. First the search table is filled. With `-- --explain SEARCH` (such as `q=138&show=unsent`) the plans
//! are written to the server's log instead, which needs a role that may load `auto_explain`.

use chrono::Utc;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use std::{
    env,
    error::Error,
    fs,
    time::{Duration, Instant},
};
use till::{
    kernel::{OrderId, PayMethod, text},
    orders::{OrderFilter, OrderSearch, fill_search, find_orders, order_totals},
    platform::{clock, cursor::Cursor},
    web::Fields,
};

const PER_PAGE: i64 = 51;
const TIMES: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let Ok(shop) = env::var("DATABASE_URL") else {
        println!("order_list: DATABASE_URL names no shop, so nothing is measured");
        return Ok(());
    };
    let mut conn = PgConnection::establish(&shop)?;
    fill(&mut conn)?;
    // The same settings as the shop's own connections.
    sql_query("set jit = off").execute(&mut conn)?;
    sql_query("set random_page_cost = 1.1").execute(&mut conn)?;
    let asked: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    match asked.as_slice() {
        [explain, search] if explain == "--explain" => explain_all(&mut conn, &search_of(search)),
        [] => measure(&mut conn, &searches(&mut PgConnection::establish(&shop)?)?),
        searches => measure(&mut conn, searches),
    }
}

fn fill(conn: &mut PgConnection) -> Result<(), Box<dyn Error>> {
    let (began, mut steps) = (Instant::now(), 0);
    while fill_search(conn)? {
        steps += 1;
    }
    if steps > 0 {
        sql_query("vacuum analyze order_search").execute(conn)?;
        println!("filled the search table in {steps} steps, {:.0} s", began.elapsed().as_secs_f64());
    }
    Ok(())
}

#[derive(diesel::QueryableByName)]
struct Sample {
    #[diesel(sql_type = diesel::sql_types::Text)]
    number: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    phone: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    username: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    parcel: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    common: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    rare: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    code: String,
}

/// The searches that are measured, with words of an order in the middle of the list.
fn searches(conn: &mut PgConnection) -> Result<Vec<String>, Box<dyn Error>> {
    let sample: Sample = sql_query(
        "select o.number, o.phone, u.username, p.number as parcel,
            (select name from order_goods order by sku_id limit 1) as common, g.name as rare, k.code
         from orders o join users u on u.id = o.user_id join shipments p on p.order_id = o.id
         join order_goods g on g.order_id = o.id join skus k on k.id = g.sku_id
         where o.id >= (select max(id) / 2 from orders) order by o.id, g.sku_id desc limit 1",
    )
    .get_result(conn)?;
    let (_, last_six) = sample.number.split_at(23);
    let common = sample.common.split(' ').next().unwrap_or_default();
    let mut words = vec![
        format!("q={}", sample.number),
        format!("q={last_six}"),
        format!("q={}", sample.number.split_at(14).0),
        format!("q={}", sample.phone),
        format!("q={}", sample.phone.split_at(7).1),
        "q=138".to_owned(),
        "q=1380".to_owned(),
        format!("q={}", sample.username),
        format!("q={}", sample.parcel),
        format!("q={}", sample.parcel.split_at(5).0),
        format!("q={common}"),
        format!("q={}", sample.rare),
        format!("q={}", sample.code),
        "q=王".to_owned(),
        "q=芳文".to_owned(),
        "q=李芳文".to_owned(),
        "q=Robin".to_owned(),
        "q=Fisher 138".to_owned(),
        format!("q=138 {common}"),
        format!("q=芳文 {common}"),
        "q=高 号".to_owned(),
        "q=nowhere".to_owned(),
        "q=zz".to_owned(),
        String::new(),
    ];
    let filters = [
        "show=unpaid",
        "show=unsent",
        "show=late",
        "show=to_collect",
        "show=unreceived",
        "show=finished",
        "show=canceled",
        "show=refunded",
        "show=counting",
        "paid=no",
        "paid=yes&method=cod",
        "show=finished&paid=no",
        "show=cancellation_asked",
        "from=2026-06-01&to=2026-06-30",
    ];
    words.extend(filters.map(str::to_owned));
    for filter in filters {
        words.extend(
            ["138".to_owned(), common.to_owned(), "226".to_owned(), "高".to_owned(), "芳文".to_owned()]
                .map(|word| format!("{filter}&q={word}")),
        );
    }
    words.push(format!("show=finished&from=2026-06-01&to=2026-06-30&q=138 {common}"));
    words.push(format!("show=canceled&from=2026-06-01&to=2026-06-02&q={common}"));
    Ok(words)
}

fn search_of(query: &str) -> OrderSearch {
    let query = Fields::of_query_string(query);
    let zone = till::payments::beijing();
    let day = |name| query.get(name).parse().ok().and_then(|day| clock::day_range(day, zone));
    OrderSearch {
        words: text::search_words(query.get("q"), 100, 8),
        show: OrderFilter::from_code(query.get("show")).unwrap_or_default(),
        from: day("from").map(|(begins, _)| begins),
        to: day("to").map(|(_, ends)| ends),
        paid: match query.get("paid") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        pay_method: PayMethod::from_code(query.get("method")),
        now: Utc::now(),
        cursor: Cursor::Newest,
    }
}

fn measure(conn: &mut PgConnection, searches: &[String]) -> Result<(), Box<dyn Error>> {
    let backend: Backend = sql_query("select pg_backend_pid() as pid").get_result(conn)?;
    println!("{:<58} {:>15} {:>15} {:>15} {:>8}", "elapsed / CPU time", "first", "100th", "totals", "found");
    for words in searches {
        let search = search_of(words);
        let first = backend.time(|| find_orders(conn, &search, PER_PAGE).map(drop))?;
        let late = hundredth(conn, &search)?;
        let late = late.map(|late| backend.time(|| find_orders(conn, &late, PER_PAGE).map(drop))).transpose()?;
        let totals = backend.time(|| order_totals(conn, &search).map(drop))?;
        let found = order_totals(conn, &search)?;
        let found = format!("{}{}", found.count, if found.are_exact() { "" } else { "+" });
        let late = late.unwrap_or_default();
        println!("{words:<58} {first:>15} {late:>15} {totals:>15} {found:>8}");
    }
    Ok(())
}

/// The search a hundred pages later; `None` if there are fewer.
fn hundredth(conn: &mut PgConnection, search: &OrderSearch) -> Result<Option<OrderSearch>, Box<dyn Error>> {
    let before: Vec<OrderId> = find_orders(conn, search, (PER_PAGE - 1) * 99)?;
    let last = before.last().filter(|_| i64::try_from(before.len()) == Ok((PER_PAGE - 1) * 99));
    Ok(last.map(|last| OrderSearch { cursor: Cursor::OlderThan(*last), ..search.clone() }))
}

/// The process of PostgreSQL that serves the connection.
#[derive(diesel::QueryableByName)]
struct Backend {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    pid: i32,
}

impl Backend {
    /// The medians of what `work` takes, in milliseconds: elapsed and CPU time.
    fn time(&self, mut work: impl FnMut() -> diesel::QueryResult<()>) -> Result<String, Box<dyn Error>> {
        let mut took: Vec<(Duration, Duration)> = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let (began, used) = (Instant::now(), self.cpu_time());
            work()?;
            took.push((began.elapsed(), self.cpu_time().saturating_sub(used)));
        }
        let (mut elapsed, mut used): (Vec<Duration>, Vec<Duration>) = took.into_iter().unzip();
        let mut medians = Vec::new();
        for times in [&mut elapsed, &mut used] {
            times.sort_unstable();
            medians.push(times.get(TIMES / 2).ok_or("nothing was timed")?.as_secs_f64() * 1000.0);
        }
        Ok(medians.iter().map(|time| format!("{time:.1}")).collect::<Vec<_>>().join(" / "))
    }

    fn cpu_time(&self) -> Duration {
        let said = fs::read_to_string(format!("/proc/{}/schedstat", self.pid)).unwrap_or_default();
        Duration::from_nanos(said.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
    }
}

fn explain_all(conn: &mut PgConnection, search: &OrderSearch) -> Result<(), Box<dyn Error>> {
    let late = hundredth(conn, search)?;
    for set in [
        "load 'auto_explain'",
        "set auto_explain.log_min_duration = 0",
        "set auto_explain.log_analyze = on",
        "set auto_explain.log_timing = off",
        "set auto_explain.log_buffers = on",
    ] {
        sql_query(set).execute(conn)?;
    }
    for search in [Some(search.clone()), late].into_iter().flatten() {
        println!("{search:?}: {}", find_orders(conn, &search, PER_PAGE)?.len());
    }
    println!("{:?}", order_totals(conn, search)?);
    Ok(())
}
