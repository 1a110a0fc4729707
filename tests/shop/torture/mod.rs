//! The crash test. 64 shoppers buy over HTTP from real servers and pay at the cashier, staff send, withdraw, refund and
//! cancel what they ordered, and goods come back, while something crashes: a server, PostgreSQL with all its processes,
//! the cashier, or Redis, which is also stopped and emptied, or all at once. After each round everything is started
//! again; then every confirmed order must exist, none twice, reconciliation must find no mismatch, every cart must contain
//! exactly what was added and not bought, and every yuan that the cashier took must belong to a paid order or have gone
//! back.
//!
//! `environment` are the servers and their crashes, `shopper` is what one shopper does and records, `paying` how they pay,
//! `staff` what becomes of their orders, `audit` compares the records with the data, `money` the ledgers of cashier and
//! shop. Random choices come from a seed that is printed; the exact timing is not repeatable.

mod audit;
mod environment;
mod money;
mod paying;
mod shopper;
mod staff;

use diesel::result::Error;
use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use std::{
    env,
    time::{Duration, Instant},
};
use tokio::time::sleep;

use environment::{Crash, Environment, let_time_pass};
use shopper::{RoundContext, Shopper};
use staff::{Act, is_broken_rule};

const SHOPPERS: usize = 64;

/// In a rush, shoppers who are ready wait for the next multiple of this time.
const RUSH_INTERVAL: Duration = Duration::from_millis(500);

/// Part of the normal tests: one round of each kind of crash.
#[actix_web::test]
async fn whatever_crashes_orders_are_there_once_and_carts_hold_what_was_not_bought() {
    // Other tests run at the same time, so shoppers pause between two orders.
    Torture { rounds: 1, seed: number("TORTURE_SEED"), max_pause_ms: 300 }.run().await;
}

/// The full test, as `make torture` runs it.
#[actix_web::test]
#[ignore = "takes minutes: make torture"]
async fn whatever_crashes_again_and_again_orders_are_there_once_and_carts_hold_what_was_not_bought() {
    let rounds = number("TORTURE_ROUNDS").unwrap_or(20);
    Torture { rounds, seed: number("TORTURE_SEED"), max_pause_ms: 30 }.run().await;
}

/// A number from the environment, if it is set.
fn number(name: &str) -> Option<u64> {
    let given = env::var(name).ok().filter(|given| !given.is_empty())?;
    Some(given.parse().unwrap_or_else(|_| panic!("{name} is '{given}': expected a number")))
}

/// Nothing crashes before there are this many orders, unless they take too long.
const FIRST_ORDERS: usize = 10;
const FIRST_ORDERS_TIMEOUT: Duration = Duration::from_secs(10);

struct Torture {
    /// Rounds of each kind of crash.
    rounds: u64,
    /// The seed of all choices; random if `None`.
    seed: Option<u64>,
    /// The longest pause of shoppers between two orders, in milliseconds.
    max_pause_ms: u64,
}

/// The random choices of one round.
#[derive(Debug)]
struct Round {
    crash: Crash,
    /// The number of running servers.
    servers: usize,
    /// How long everything works before the crash.
    before: Duration,
    /// How long what crashed stays down.
    down: Duration,
    /// How long shoppers go on after the recovery.
    after: Duration,
    /// How many of the scarce SKUs come in before the round.
    delivery: i32,
    /// Whether workers take jobs that the server which enqueued them is about to perform.
    time_passes: bool,
    /// Whether all shoppers who are ready submit their checkouts at the same moment, every half second.
    rush: bool,
}

impl Round {
    fn choose(crash: Crash, chance: &mut StdRng) -> Self {
        let mut ms = |range| Duration::from_millis(chance.random_range(range));
        let down = match crash {
            // While Redis is stopped, requests first wait for it and then fail.
            Crash::RedisStopped => ms(50..3000),
            _ => ms(0..700),
        };
        let (before, after) = (ms(300..1300), ms(300..800));
        let rush = chance.random_bool(0.5);
        let together = RUSH_INTERVAL * chance.random_range(1..=3) + Duration::from_millis(chance.random_range(0..150));
        Self {
            crash,
            before: if rush { together } else { before },
            down,
            after,
            rush,
            servers: chance.random_range(1..=2),
            delivery: chance.random_range(5..60),
            time_passes: chance.random_bool(0.5),
        }
    }
}

impl Torture {
    async fn run(self) {
        let seed = self.seed.unwrap_or_else(|| rand::random_range(1..1_000_000));
        let mut chance = StdRng::seed_from_u64(seed);
        let mut crashes: Vec<Crash> = (0..self.rounds).flat_map(|_| Crash::ALL).collect();
        crashes.shuffle(&mut chance);
        eprintln!("{} rounds, TORTURE_SEED={seed}", crashes.len());

        let mut environment = Environment::open().await;
        let mut shoppers = Vec::new();
        for n in 1..=SHOPPERS {
            shoppers.push(Shopper::new(&environment, n, chance.random()));
        }
        environment.run_servers(1).await;
        join_all(shoppers.iter_mut().map(|shopper| shopper.opens_browser(&environment))).await;
        let began = Instant::now();
        for (n, crash) in (1..).zip(&crashes) {
            let round = Round::choose(*crash, &mut chance);
            let said = self.run_round(&round, &mut environment, &mut shoppers, &mut chance).await;
            let all = crashes.len();
            match said {
                Ok(said) => eprintln!("{:4} s  round {n} of {all}: {round}: {said}", began.elapsed().as_secs()),
                Err(report) => panic!("TORTURE_SEED={seed}, round {n} of {all}: {round}\n{report}"),
            }
        }
    }

    /// Runs one round; returns its summary, or everything that is wrong afterwards.
    async fn run_round(
        &self,
        round: &Round,
        environment: &mut Environment,
        shoppers: &mut [Shopper],
        chance: &mut StdRng,
    ) -> Result<audit::Summary, String> {
        environment.run_servers(round.servers).await;
        environment.send_orders();
        environment.add_stock(round.delivery);
        let ready = audit::StateBefore::of(environment, shoppers, chance);

        let context = RoundContext::of(environment, self.max_pause_ms, round.rush.then_some(RUSH_INTERVAL)).await;
        let database_url = environment.database.url.clone();
        let (member_of_staff, mut staff_chance) = (environment.staff, StdRng::seed_from_u64(chance.random()));
        let crashing = async {
            sleep(round.before).await;
            // On a busy machine shoppers may only just have started.
            while context.orders() < FIRST_ORDERS && context.has_been_open_for() < FIRST_ORDERS_TIMEOUT {
                sleep(RUSH_INTERVAL).await;
            }
            environment.crash(round.crash, round.down, chance).await;
            sleep(round.after).await;
            context.close();
        };
        let time = async {
            while round.time_passes && context.is_open() {
                let url = database_url.clone();
                actix_web::web::block(move || let_time_pass(&url, 0.3)).await.unwrap();
                sleep(Duration::from_millis(250)).await;
            }
        };
        let moving = async {
            while context.is_open() {
                let (url, acts) = (database_url.clone(), [(); 4].map(|()| Act::choose(&mut staff_chance)));
                let done = actix_web::web::block(move || staff::act(&url, member_of_staff, &acts)).await.unwrap();
                // The database may have been killed; but no move may be refused by it.
                assert!(!matches!(done, Err(Error::DatabaseError(kind, _)) if is_broken_rule(&kind)), "{done:?}");
                sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::join!(crashing, time, moving, join_all(shoppers.iter_mut().map(|shopper| shopper.shops(&context))));

        let outcome = audit::audit(environment, shoppers, &ready, round.crash).await;
        shoppers.iter_mut().for_each(Shopper::clears_log);
        if round.crash == Crash::RedisEmptied {
            join_all(shoppers.iter_mut().map(|shopper| shopper.opens_browser(environment))).await;
        }
        outcome
    }
}

impl std::fmt::Display for Round {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { crash, servers, before, down, .. } = self;
        let (before, down) = (before.as_millis(), down.as_millis());
        let servers = if *servers == 1 { "one server" } else { "two servers" };
        let time = if self.time_passes { ", time flies" } else { "" };
        let rush = if self.rush { ", a rush" } else { "" };
        write!(f, "{servers}{rush}, {crash} after {before} ms and for {down} ms{time}")
    }
}
