//! A database for each test, copied from one that was migrated once, and dropped after it.

use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Text},
};
use std::sync::{
    LazyLock, Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};
use till::platform::{db, random};
use url::Url;

/// A database for one test.
pub struct Database {
    /// Dropped at the end; `None` if its whole server goes.
    name: Option<String>,
    pub url: String,
    /// For short queries, since connecting takes longer than most of them.
    kept: Mutex<Option<PgConnection>>,
}

impl Database {
    /// A database with all tables, which are empty.
    pub fn migrated() -> Self {
        Self::create(&format!("template {}", *TEMPLATE))
    }

    /// A database without tables.
    pub fn empty() -> Self {
        Self::create("")
    }

    /// A database without tables, created with these options of `create database`.
    pub fn empty_like(words: &str) -> Self {
        Self::create(words)
    }

    /// The empty database of a server of the test's own, migrated.
    pub fn in_own_server(url: &str) -> Self {
        let database = Self { name: None, url: url.to_owned(), kept: Mutex::default() };
        db::migrate(&mut database.connect()).unwrap();
        database
    }

    fn create(like: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("{}_{}", *MARK, NUMBER.fetch_add(1, Ordering::Relaxed));
        server().batch_execute(&format!("create database {name} {like}")).expect("DATABASE_URL may create databases");
        Self { url: url_of(&name), name: Some(name), kept: Mutex::default() }
    }

    /// Opens a new connection.
    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }

    /// Runs a short query on the kept connection, or on a new one if that has died.
    #[track_caller]
    pub fn with<T>(&self, work: impl Fn(&mut PgConnection) -> QueryResult<T>) -> T {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let lives = |conn: &mut PgConnection| conn.batch_execute("select").is_ok();
        let mut conn =
            kept.take().and_then(|mut conn| lives(&mut conn).then_some(conn)).unwrap_or_else(|| self.connect());
        let done = work(&mut conn).unwrap();
        *kept = Some(conn);
        done
    }

    #[track_caller]
    pub fn execute(&self, sql: &str) {
        self.with(|conn| conn.batch_execute(sql));
    }

    /// Sends the unsent orders that meet a condition, each in one parcel.
    #[track_caller]
    pub fn send_orders(&self, condition: &str) {
        self.execute(&format!(
            "with parcels as (
                insert into shipments (order_id, carrier_id, number)
                select id, (select min(id) from carriers), 'SF' || id from orders o
                where status = 'unsent' and ({condition})
                returning id, order_id
             )
             insert into shipment_goods (shipment_id, order_goods_id, count)
             select p.id, g.id, g.count - g.withdrawn_count - g.sent_count
             from parcels p join order_goods g on g.order_id = p.order_id
             where g.count > g.withdrawn_count + g.sent_count;
             update order_goods g set sent_count = g.count - g.withdrawn_count
             from orders o where o.id = g.order_id and o.status = 'unsent' and ({condition});
             update orders o set status = 'unreceived', sent_at = now() where status = 'unsent' and ({condition})"
        ));
    }

    /// The one number that a query returns.
    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let found: Number = self.with(|conn| sql_query(format!("select ({sql})::bigint as n")).get_result(conn));
        found.n
    }

    /// The texts of a query's one column.
    #[track_caller]
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let found: Vec<Words> = self.with(|conn| sql_query(format!("select s::text from ({sql}) as q (s)")).load(conn));
        found.into_iter().map(|words| words.s).collect()
    }

    /// The one text that a query returns.
    #[track_caller]
    pub fn text(&self, sql: &str) -> String {
        self.texts(sql).pop().expect("a row")
    }

    /// A hash of the contents of all tables.
    pub fn fingerprint(&self) -> String {
        let tables = self.texts("select tablename from pg_tables where schemaname = 'public' order by 1");
        let sums = tables.iter().map(|table| {
            format!("(select md5(coalesce(string_agg(t::text, e'\n' order by t::text), '')) from {table} t)")
        });
        self.text(&format!("select array_to_string(array[{}], ' ')", sums.collect::<Vec<_>>().join(", ")))
    }

    /// Waits until a transaction waits for a lock of another.
    pub async fn somebody_waits(&self) {
        let waiting =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        while self.number(waiting) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// Runs `alter database NAME` with these words.
    pub fn alter(&self, words: &str) {
        let name = self.name.as_ref().expect("a database of the shared server");
        server().batch_execute(&format!("alter database {name} {words}")).unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            drop_database(&mut server(), name);
        }
    }
}

/// The prefix of the names of this run's databases. While the run lasts it holds a connection with this application
/// name, so that the next run knows which databases are unused: a run that was killed cannot clean up.
static MARK: LazyLock<String> = LazyLock::new(|| format!("till_t_{}", &random::token()[..10]));

static MARKED: LazyLock<Mutex<PgConnection>> = LazyLock::new(|| {
    let mut conn = PgConnection::establish(&given_url()).expect("DATABASE_URL leads to a PostgreSQL server");
    conn.batch_execute(&format!("set application_name = '{}'", *MARK)).unwrap();
    sweep(&mut conn);
    Mutex::new(conn)
});

static TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let name = format!("{}_template", *MARK);
    server().batch_execute(&format!("create database {name}")).expect("DATABASE_URL may create databases");
    db::migrate(&mut PgConnection::establish(&url_of(&name)).unwrap()).unwrap();
    name
});

/// A new connection each time: creating and dropping a database takes a while, and other tests need not wait for it.
fn server() -> PgConnection {
    LazyLock::force(&MARKED);
    PgConnection::establish(&given_url()).unwrap()
}

fn given_url() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL is set: `make test` does that, or eval \"$(make -s env)\"")
}

fn url_of(database: &str) -> String {
    let mut url = Url::parse(&given_url()).expect("DATABASE_URL is an address");
    url.set_path(database);
    url.into()
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = Text)]
    s: String,
}

fn sweep(conn: &mut PgConnection) {
    let left: Vec<Words> = sql_query(
        "select d.datname::text as s from pg_database d
         where d.datname ~ '^till_t_[0-9a-f]{10}_' and not exists (
            select from pg_stat_activity a where a.application_name = left(d.datname::text, 17))",
    )
    .load(conn)
    .unwrap();
    left.iter().for_each(|left| drop_database(conn, &left.s));
}

fn drop_database(conn: &mut PgConnection, name: &str) {
    if let Err(problem) = conn.batch_execute(&format!("drop database if exists {name} with (force)")) {
        eprintln!("could not drop {name}: {problem}");
    }
}
