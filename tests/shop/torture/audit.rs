//! The checks after a round: whether the shoppers' records and the data of the shop agree.

use futures_util::future::join_all;
use rand::{Rng, rngs::StdRng};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    time::{Duration, Instant},
};
use till::kernel::{SkuId, UserId};
use tokio::time::sleep;

use super::{
    environment::{Crash, Environment},
    money,
    shopper::{AddedCount, Shopper, ledger},
};
use crate::support::{self, Browser, PASSWORD};

/// How long the shop may take to repair what a crash has interrupted.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Requests whose shopper did not wait for the response are finished after this time.
const RECHECK_INTERVAL: Duration = Duration::from_millis(150);

/// A count for each shopper and SKU.
type Counts = HashMap<(UserId, SkuId), i64>;

/// The state before the round.
pub struct StateBefore {
    last_order: i64,
    carts: Counts,
}

impl StateBefore {
    /// Prepares the carts: some shoppers begin with an empty one, others with what is left in it.
    pub fn of(environment: &Environment, shoppers: &[Shopper], chance: &mut StdRng) -> Self {
        let mut redis = environment.redis.connect();
        let mut forget = redis::pipe();
        for Shopper { id, .. } in shoppers {
            forget.del(ledger(*id)).ignore();
            if chance.random_bool(0.5) {
                let keys = ["cart", "selected", "prices"].map(|key| format!("{key}:{{u{id}}}"));
                forget.del(&keys).ignore();
            }
        }
        forget.query::<()>(&mut redis).unwrap();
        let last_order = environment.database.number("select coalesce(max(id), 0) from orders");
        Self { last_order, carts: counts(environment, shoppers, "cart") }
    }
}

/// The summary of a round without errors.
#[derive(Default)]
pub struct Summary {
    orders: usize,
    together: i64,
    unanswered: usize,
    slowest: Duration,
    refused: usize,
    late: i64,
    settled: Duration,
    money: String,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { orders, together, unanswered, slowest, refused, late, settled, money } = self;
        let (slowest, settled) = (slowest.as_millis(), settled.as_millis());
        write!(
            f,
            "{orders} orders, up to {together} together; {refused} refused, {unanswered} without an answer, the slowest after \
             {slowest} ms; {late} carts cleared by a worker, settled in {settled} ms; {money}"
        )
    }
}

/// Waits until everything agrees; returns the differences with their history if it does not.
pub async fn audit(
    environment: &Environment,
    shoppers: &mut [Shopper],
    ready: &StateBefore,
    crash: Crash,
) -> Result<Summary, String> {
    let mut audit = Audit { environment, shoppers, ready, crash };
    let began = Instant::now();
    let mut wrong = audit.settle(began).await;
    if wrong.is_empty() {
        wrong = audit.pages().await;
    }
    if wrong.is_empty() {
        wrong = audit.new_shopper_can_buy().await;
    }
    if wrong.is_empty() { Ok(audit.said(began.elapsed())) } else { Err(audit.report(&wrong)) }
}

struct Audit<'a> {
    environment: &'a Environment,
    shoppers: &'a mut [Shopper],
    ready: &'a StateBefore,
    crash: Crash,
}

/// An error, and the shopper it belongs to, if there is one.
type Failure = (Option<UserId>, String);

impl Audit<'_> {
    /// Repeats the checks until nothing is wrong twice in a row, or it takes too long: workers still have jobs to do.
    async fn settle(&mut self, began: Instant) -> Vec<Failure> {
        let mut seen = None;
        loop {
            self.environment.let_days_pass().await;
            let mut wrong = self.check_all();
            if wrong.is_empty() {
                wrong = self.money().await;
            }
            // Reconciliation comes last, because it runs a program.
            if wrong.is_empty() {
                wrong = self.reconciliation();
            }
            let orders = self.environment.database.number("select coalesce(max(id), 0) from orders");
            if wrong.is_empty() && seen.replace(orders) == Some(orders) {
                return wrong;
            }
            if began.elapsed() > SETTLE_TIMEOUT {
                return wrong;
            }
            sleep(RECHECK_INTERVAL).await;
        }
    }

    fn check_all(&mut self) -> Vec<Failure> {
        let mut wrong = self.recorded_errors();
        wrong.extend(self.orders());
        wrong.extend(self.jobs());
        wrong.extend(self.carts());
        wrong
    }

    /// The ledgers of cashier and shop agree, and the cashier has what it told shoppers.
    async fn money(&mut self) -> Vec<Failure> {
        let ledger = money::ledger_of(&self.environment.cashier).await;
        let mut wrong: Vec<Failure> = Vec::new();
        for shopper in self.shoppers.iter_mut() {
            let id = shopper.id;
            let lost = shopper.notes().paid.iter().filter(|number| !ledger.paid.contains_key(*number));
            wrong.extend(lost.map(|number| (Some(id), format!("has paid {number}, and the cashier has forgotten it"))));
        }
        wrong.extend(money::differences(&self.environment.database, &ledger).into_iter().map(|what| (None, what)));
        wrong
    }

    /// Errors that shoppers have noticed themselves.
    fn recorded_errors(&mut self) -> Vec<Failure> {
        let recorded_errors = self.shoppers.iter_mut().flat_map(|shopper| {
            let id = shopper.id;
            shopper.notes().wrong.iter().map(move |wrong| (Some(id), wrong.clone())).collect::<Vec<_>>()
        });
        recorded_errors.collect()
    }

    /// Every confirmed order exists, each checkout has at most one, and nobody has an order that they did not ask for.
    fn orders(&mut self) -> Vec<Failure> {
        let mut there: HashMap<(i64, String), Vec<String>> = HashMap::new();
        for (user, token, number) in rows(self.environment, &self.since("user_id, checkout_token, number")) {
            there.entry((user.parse().unwrap(), token)).or_default().push(number);
        }
        let mut wrong = Vec::new();
        for shopper in self.shoppers.iter_mut() {
            let id = shopper.id;
            let mut say = |what| wrong.push((Some(id), what));
            let notes = shopper.notes();
            for (token, number) in &notes.confirmed {
                if !there.get(&(id.0, token.clone())).is_some_and(|there| there.contains(number)) {
                    say(format!("was told of order {number} for checkout {token}, and it is not there"));
                }
            }
            for ((_, token), numbers) in there.iter().filter(|((user, _), _)| *user == id.0) {
                if numbers.len() > 1 {
                    say(format!("has several orders for checkout {token}: {}", numbers.join(", ")));
                }
                if !notes.sent.contains(token) {
                    say(format!("has an order for checkout {token}, which they have never sent"));
                }
            }
        }
        wrong
    }

    /// Each order has one job that clears its cart, every job is done, and no transaction is left open.
    fn jobs(&self) -> Vec<Failure> {
        let since = self.ready.last_order;
        let asked = [
            (
                "jobs are not done yet",
                // An email whose sending was cut off may have arrived: it is not sent again, and staff see its job.
                "select concat_ws(' ', o.id, payload ->> 'order', attempts, last_error) from outbox o
                 where done_at is null and not exists (
                    select from order_mails m where m.job_id = o.id and m.begun_at is not null and m.sent_at is null
                 )"
                .to_owned(),
            ),
            (
                "orders do not have exactly one job that clears their cart",
                format!(
                    "select number from orders o
                     left join (
                        select payload ->> 'order' as number, count(*) from outbox where kind = 'clear_cart' group by 1
                     ) b using (number)
                     where o.id > {since} and b.count is distinct from 1"
                ),
            ),
            (
                "transactions were left open",
                "select query from pg_stat_activity where state like 'idle in transaction%'".to_owned(),
            ),
        ];
        let found = asked.map(|(what, sql)| (what, self.environment.database.texts(&sql)));
        let wrong = found.into_iter().filter(|(_, rows)| !rows.is_empty());
        wrong.map(|(what, rows)| (None, format!("{} {what}: {}", rows.len(), some(&rows)))).collect()
    }

    /// What was added is in the cart or was bought, and nothing is both. If Redis lost its data, nothing was bought or
    /// is in the cart that was not added.
    fn carts(&mut self) -> Vec<Failure> {
        let (there, straight) = (self.counts("cart"), self.counts("ledger"));
        let mut bought = Counts::new();
        let goods = "select o.user_id, g.sku_id, sum(g.count) from order_goods g join orders o on o.id = g.order_id";
        let goods = format!("{goods} where o.id > {} group by 1, 2", self.ready.last_order);
        for (user, sku, count) in rows(self.environment, &goods) {
            bought.insert((UserId(user.parse().unwrap()), SkuId(sku.parse().unwrap())), count.parse().unwrap());
        }
        let mut wrong = Vec::new();
        for shopper in self.shoppers.iter_mut() {
            let id = shopper.id;
            let put = &shopper.notes().put;
            let of = |counts: &Counts, sku| counts.get(&(id, sku)).copied().unwrap_or_default();
            let mine = |counts: &Counts| counts.keys().filter(|(user, _)| *user == id).map(|(_, sku)| *sku).collect();
            let skus: [BTreeSet<SkuId>; 4] =
                [mine(&there), mine(&bought), mine(&self.ready.carts), put.keys().copied().collect()];
            for sku in skus.into_iter().flatten().collect::<BTreeSet<_>>() {
                let AddedCount { confirmed_count, unconfirmed, tried } = put.get(&sku).copied().unwrap_or_default();
                let (before, left, bought) = (of(&self.ready.carts, sku), of(&there, sku), of(&bought, sku));
                let (least, most) = match self.crash {
                    Crash::RedisEmptied => (0, before + tried),
                    _ => {
                        let confirmed_count = before + of(&straight, sku) + confirmed_count;
                        (confirmed_count, confirmed_count + unconfirmed)
                    }
                };
                if !(least..=most).contains(&(left + bought)) {
                    let words = format!(
                        "SKU {sku}: {before} were in the cart, and with what was put in there were {least} to {most}; \
                         {bought} were bought and {left} are left, which is {}",
                        left + bought
                    );
                    wrong.push((Some(id), words));
                }
            }
        }
        wrong.extend(self.odd_entries());
        wrong
    }

    /// No entry has a count of zero, and no missing entry has a selection or a price.
    fn odd_entries(&self) -> Vec<Failure> {
        let mut redis = self.environment.redis.connect();
        let mut wrong = Vec::new();
        for Shopper { id, .. } in self.shoppers.iter() {
            let key = |name: &str| format!("{name}:{{u{id}}}");
            let (cart, selected, prices): (BTreeMap<i64, i64>, BTreeSet<i64>, BTreeMap<i64, String>) = redis::pipe()
                .hgetall(key("cart"))
                .smembers(key("selected"))
                .hgetall(key("prices"))
                .query(&mut redis)
                .unwrap();
            for sku in selected.iter().chain(prices.keys()).filter(|sku| !cart.contains_key(sku)) {
                wrong.push((Some(*id), format!("SKU {sku} is selected or has a price, and is not in the cart")));
            }
            for (sku, count) in cart.iter().filter(|(_, count)| **count < 1) {
                wrong.push((Some(*id), format!("SKU {sku} is in the cart {count} times")));
            }
        }
        wrong
    }

    fn reconciliation(&self) -> Vec<Failure> {
        let asked = self.environment.servers[0].run("reconcile");
        if asked.status.success() {
            return Vec::new();
        }
        let said = [asked.stdout, asked.stderr].concat();
        vec![(None, format!("till reconcile says:\n{}", String::from_utf8_lossy(&said)))]
    }

    /// A new shopper can buy.
    async fn new_shopper_can_buy(&self) -> Vec<Failure> {
        let Environment { database, plenty, .. } = self.environment;
        let name = format!("stranger-{}", database.number("select count(*) from users"));
        let id = database.make_user(&name);
        let (address, browser) = (database.make_address(id), Browser::at(&self.environment.servers[0].url()));
        let stranger = support::Shopper { id, address, browser };
        let answers = [
            stranger.browser.sign_in(&name, PASSWORD).await,
            stranger.browser.add(plenty[0].sku, 1).await,
            stranger.browser.get("/checkout").await,
        ];
        if let Some(odd) = answers.iter().find(|answer| !matches!(answer.status, 200 | 303)) {
            return vec![(Some(id), format!("is a stranger, and told {odd}"))];
        }
        let placed = stranger.places(&support::Shopper::form_on(&answers[2])).await;
        if placed.status == 303 { Vec::new() } else { vec![(Some(id), format!("is a stranger, and told {placed}"))] }
    }

    /// Shoppers can open their last order and their cart.
    async fn pages(&mut self) -> Vec<Failure> {
        let server_url = self.environment.servers[0].url();
        let looking = self.shoppers.iter_mut().map(|shopper| {
            let (id, browser) = (shopper.id, shopper.browser.towards(&server_url));
            let last = shopper.notes().confirmed.values().max().filter(|_| self.crash != Crash::RedisEmptied).cloned();
            async move {
                let order = last.map(|number| format!("/orders/{number}"));
                let paths = order.into_iter().chain(["/cart".to_owned()]);
                let answers = join_all(paths.map(async |path| (browser.get(&path).await, path))).await;
                let odd = answers.into_iter().filter(|(answer, _)| answer.status != 200);
                odd.map(|(answer, path)| (Some(id), format!("looks at {path}: {answer}"))).collect::<Vec<Failure>>()
            }
        });
        join_all(looking).await.concat()
    }

    fn said(&mut self, settled: Duration) -> Summary {
        let orders = rows(self.environment, &self.since("1, 1, 1")).len();
        let since = self.ready.last_order;
        let late = self.environment.database.number(&format!(
            "select count(*) from outbox b join orders o on o.number = b.payload ->> 'order'
             where o.id > {since} and b.attempts > 0"
        ));
        let together = self.environment.database.number(&format!(
            "select coalesce(max(n), 0) from (select count(*) as n from orders where id > {since} group by xmin::text) q"
        ));
        let money = money::summary(&self.environment.database, since);
        let said = Summary { orders, together, late, settled, money, ..Summary::default() };
        self.shoppers.iter_mut().fold(said, |said, shopper| {
            let notes = shopper.notes();
            Summary {
                unanswered: said.unanswered + notes.unanswered,
                slowest: said.slowest.max(notes.slowest),
                refused: said.refused + notes.refused,
                ..said
            }
        })
    }

    /// All errors, the history of the first shopper who has one, and the log of the servers.
    fn report(&mut self, wrong: &[Failure]) -> String {
        let mut report = String::new();
        let name = |id: &UserId| format!("user {id}");
        for (who, what) in wrong.iter().take(20) {
            report += &format!("- {}: {what}\n", who.as_ref().map_or("the shop".to_owned(), name));
        }
        if wrong.len() > 20 {
            report += &format!("- and {} more\n", wrong.len() - 20);
        }
        if let Some(first) = wrong.iter().find_map(|(who, _)| *who)
            && let Some(shopper) = self.shoppers.iter_mut().find(|shopper| shopper.id == first)
        {
            report += &format!("\nWhat user {first} noted in this round:\n{}\n", shopper.notes().history());
        }
        for (n, server) in (1..).zip(&self.environment.servers) {
            let said = server.said();
            let last: Vec<&str> = said.lines().rev().take(30).collect();
            report += &format!("\nThe last that server {n} said:\n");
            last.into_iter().rev().for_each(|line| report += &format!("{line}\n"));
        }
        report
    }

    /// A query over the orders of this round.
    fn since(&self, columns: &str) -> String {
        format!("select {columns} from orders where id > {}", self.ready.last_order)
    }

    fn counts(&self, what: &str) -> Counts {
        counts(self.environment, self.shoppers, what)
    }
}

/// The contents of every shopper's `cart` or `ledger`.
fn counts(environment: &Environment, shoppers: &[Shopper], what: &str) -> Counts {
    let mut redis = environment.redis.connect();
    let mut all = redis::pipe();
    for Shopper { id, .. } in shoppers {
        all.hgetall(format!("{what}:{{u{id}}}"));
    }
    let found: Vec<HashMap<i64, i64>> = all.query(&mut redis).unwrap();
    let each = shoppers.iter().zip(found);
    each.flat_map(|(shopper, counts)| counts.into_iter().map(|(sku, n)| ((shopper.id, SkuId(sku)), n))).collect()
}

/// The rows of a query with three columns.
fn rows(environment: &Environment, query: &str) -> Vec<(String, String, String)> {
    let rows = environment.database.texts(&format!("select concat_ws(' ', a, b, c) from ({query}) as q (a, b, c)"));
    let cut = |row: String| {
        let mut words = row.split(' ').map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap(), words.next().unwrap())
    };
    rows.into_iter().map(cut).collect()
}

fn some(rows: &[String]) -> String {
    let shown: Vec<&str> = rows.iter().take(5).map(String::as_str).collect();
    let more = if rows.len() > shown.len() { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}
