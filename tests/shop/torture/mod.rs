//! The crash test. 64 shoppers buy over HTTP at real servers, and meanwhile something is killed: a server, PostgreSQL with
//! every process of it, or Redis, which is also stopped and emptied. After each round everything is started again, and then
//! each order that a shopper was told of must be there, none twice, every book must agree, and every cart must hold
//! exactly what was put in and not bought.
//!
//! `premises` are the servers and how they crash, `shopper` is what one shopper does and notes, `audit` compares what they
//! noted with what is there. What is chosen comes from a seed that is printed; when exactly it happens is the machine's.

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

/// In a rush, who is ready waits for the next whistle.
const WHISTLE: Duration = Duration::from_millis(500);

/// Part of the tests: one round of each kind.
#[actix_web::test]
async fn whatever_crashes_orders_are_there_once_and_carts_hold_what_was_not_bought() {
    // Beside other tests, which also want the machine: the shoppers take a breath between two orders.
    Torture { rounds: 1, seed: number("TORTURE_SEED"), breath: 300 }.run().await;
}

/// In full, as `make torture` runs it.
#[actix_web::test]
#[ignore = "takes minutes: make torture"]
async fn whatever_crashes_again_and_again_orders_are_there_once_and_carts_hold_what_was_not_bought() {
    let rounds = number("TORTURE_ROUNDS").unwrap_or(20);
    Torture { rounds, seed: number("TORTURE_SEED"), breath: 30 }.run().await;
}

/// A number that the environment may give.
fn number(name: &str) -> Option<u64> {
    let given = env::var(name).ok().filter(|given| !given.is_empty())?;
    Some(given.parse().unwrap_or_else(|_| panic!("{name} is '{given}': expected a number")))
}

/// Nothing crashes before there are so many orders, unless they do not come at all.
const FIRST_ORDERS: usize = 10;
const LATEST: Duration = Duration::from_secs(10);

struct Torture {
    /// Of each kind of crash.
    rounds: u64,
    /// Of all that is chosen; drawn if there is none.
    seed: Option<u64>,
    /// The longest that shoppers rest between two orders, in milliseconds.
    breath: u64,
}

/// What is chosen for one round.
#[derive(Debug)]
struct Round {
    crash: Crash,
    /// How many servers are open.
    servers: usize,
    /// How long all is well before it.
    before: Duration,
    /// How long what crashed stays away.
    down: Duration,
    /// How long shoppers go on when all is well again.
    after: Duration,
    /// So many of the scarce goods come in before the round.
    delivery: i32,
    /// Whether workers reach for promises that shoppers' own servers are just about to keep.
    time_flies: bool,
    /// Whether all who are ready press the button at the same moment, each half second.
    rush: bool,
}

impl Round {
    fn choose(crash: Crash, chance: &mut StdRng) -> Self {
        let mut ms = |range| Duration::from_millis(chance.random_range(range));
        let down = match crash {
            // A stopped Redis is first waited for, and then given up.
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

    /// One round; what there is to say of it, or everything that is wrong afterwards.
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
            // On a machine with much else to do shoppers may only just be coming.
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
