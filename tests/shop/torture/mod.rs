//! The crash test. 64 shoppers buy over HTTP from real servers while something crashes: a server, PostgreSQL with all
//! its processes, or Redis, which is also stopped and emptied. After each round everything is started again; then every
//! confirmed order must exist, none twice, reconciliation must find no mismatch, and every cart must contain exactly
//! what was added and not bought.
//!
//! `premises` are the servers and their crashes, `shopper` is what one shopper does and records, `audit` compares the
//! records with the data. Random choices come from a seed that is printed; the exact timing is not repeatable.

mod audit;
mod premises;
mod shopper;

use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use std::{
    env,
    time::{Duration, Instant},
};
use tokio::time::sleep;

use premises::{Crash, Premises, let_time_pass};
use shopper::{Shopper, Street};

const SHOPPERS: usize = 64;

/// In a rush, shoppers who are ready wait for the next multiple of this time.
const WHISTLE: Duration = Duration::from_millis(500);

/// Part of the normal tests: one round of each kind of crash.
#[actix_web::test]
async fn whatever_crashes_orders_are_there_once_and_carts_hold_what_was_not_bought() {
    // Other tests run at the same time, so shoppers pause between two orders.
    Torture { rounds: 1, seed: number("TORTURE_SEED"), breath: 300 }.run().await;
}

/// The full test, as `make torture` runs it.
#[actix_web::test]
#[ignore = "takes minutes: make torture"]
async fn whatever_crashes_again_and_again_orders_are_there_once_and_carts_hold_what_was_not_bought() {
    let rounds = number("TORTURE_ROUNDS").unwrap_or(20);
    Torture { rounds, seed: number("TORTURE_SEED"), breath: 30 }.run().await;
}

/// A number from the environment, if it is set.
fn number(name: &str) -> Option<u64> {
    let given = env::var(name).ok().filter(|given| !given.is_empty())?;
    Some(given.parse().unwrap_or_else(|_| panic!("{name} is '{given}': expected a number")))
}

/// Nothing crashes before there are this many orders, unless they take too long.
const FIRST_ORDERS: usize = 10;
const LATEST: Duration = Duration::from_secs(10);

struct Torture {
    /// Rounds of each kind of crash.
    rounds: u64,
    /// The seed of all choices; random if `None`.
    seed: Option<u64>,
    /// The longest pause of shoppers between two orders, in milliseconds.
    breath: u64,
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
    time_flies: bool,
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
        let together = WHISTLE * chance.random_range(1..=3) + Duration::from_millis(chance.random_range(0..150));
        Self {
            crash,
            before: if rush { together } else { before },
            down,
            after,
            rush,
            servers: chance.random_range(1..=2),
            delivery: chance.random_range(5..60),
            time_flies: chance.random_bool(0.5),
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

        let mut premises = Premises::open().await;
        let mut shoppers = Vec::new();
        for n in 1..=SHOPPERS {
            shoppers.push(Shopper::new(&premises, n, chance.random()));
        }
        premises.open_doors(1).await;
        join_all(shoppers.iter_mut().map(|shopper| shopper.comes(&premises))).await;
        let began = Instant::now();
        for (n, crash) in (1..).zip(&crashes) {
            let round = Round::choose(*crash, &mut chance);
            let said = self.play(&round, &mut premises, &mut shoppers, &mut chance).await;
            let all = crashes.len();
            match said {
                Ok(said) => eprintln!("{:4} s  round {n} of {all}: {round}: {said}", began.elapsed().as_secs()),
                Err(story) => panic!("TORTURE_SEED={seed}, round {n} of {all}: {round}\n{story}"),
            }
        }
    }

    /// Runs one round; returns its summary, or everything that is wrong afterwards.
    async fn play(
        &self,
        round: &Round,
        premises: &mut Premises,
        shoppers: &mut [Shopper],
        chance: &mut StdRng,
    ) -> Result<audit::Said, String> {
        premises.open_doors(round.servers).await;
        premises.send_orders();
        premises.deliver(round.delivery);
        let ready = audit::Ready::of(premises, shoppers, chance);

        let street = Street::of(premises, self.breath, round.rush.then_some(WHISTLE)).await;
        let database_url = premises.database.url.clone();
        let crashing = async {
            sleep(round.before).await;
            // On a busy machine shoppers may only just have started.
            while street.orders() < FIRST_ORDERS && street.has_been_open_for() < LATEST {
                sleep(WHISTLE).await;
            }
            premises.crash(round.crash, round.down, chance).await;
            sleep(round.after).await;
            street.close();
        };
        let time = async {
            while round.time_flies && street.is_open() {
                let url = database_url.clone();
                actix_web::web::block(move || let_time_pass(&url)).await.unwrap();
                sleep(Duration::from_millis(250)).await;
            }
        };
        tokio::join!(crashing, time, join_all(shoppers.iter_mut().map(|shopper| shopper.shops(&street))));

        let outcome = audit::audit(premises, shoppers, &ready, round.crash).await;
        shoppers.iter_mut().for_each(Shopper::goes_home);
        if round.crash == Crash::RedisEmptied {
            join_all(shoppers.iter_mut().map(|shopper| shopper.comes(premises))).await;
        }
        outcome
    }
}

impl std::fmt::Display for Round {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { crash, servers, before, down, .. } = self;
        let (before, down) = (before.as_millis(), down.as_millis());
        let servers = if *servers == 1 { "one server" } else { "two servers" };
        let time = if self.time_flies { ", time flies" } else { "" };
        let rush = if self.rush { ", a rush" } else { "" };
        write!(f, "{servers}{rush}, {crash} after {before} ms and for {down} ms{time}")
    }
}
