//! Random histories of orders: whatever shoppers, staff, gateways and time do, every check of the reconciliation holds
//! after each step, no step fails in the database, a refused step writes nothing, and in the end each order can be
//! brought to an end. A history that fails is reduced to the few steps that matter.
//!
//! `HISTORY_CASES` is the number of histories, `HISTORY_SEED` the seed of the first; a failure prints both.

mod ending;
mod run;
mod step;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use std::{cell::RefCell, env};

use run::History;
use step::Step;

/// The default number of histories.
const CASES: u64 = 40;
const STEPS: usize = 25;
/// In so many histories everything that can happen has happened.
const MANY_CASES: u64 = 200;

#[test]
fn whatever_happens_to_orders_everything_adds_up_and_each_comes_to_an_end() {
    let seed = setting("HISTORY_SEED").unwrap_or_else(rand::random);
    let cases = setting("HISTORY_CASES").unwrap_or(CASES);
    // Each history has its own seed, so that a failing one can be repeated alone.
    let mut used = None;
    for n in 0..cases {
        run_seed(seed.wrapping_add(n), &mut used);
    }
    // A test in which nothing happens would pass.
    let rare = used.map(|history| history.rare_events()).unwrap_or_default();
    assert!(
        cases < MANY_CASES || rare.is_empty(),
        "in {cases} histories from HISTORY_SEED={seed}: {}",
        rare.join(", ")
    );
}

fn setting(name: &str) -> Option<u64> {
    let value = env::var(name).ok().filter(|value| !value.is_empty())?;
    Some(value.parse().unwrap_or_else(|why| panic!("{name}={value}: {why}")))
}

/// Runs the history of a seed in the shop of the history before, or in a new one, and leaves it to the next one.
fn run_seed(seed: u64, used: &mut Option<History>) {
    let config = Config {
        cases: 1,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 300,
        max_shrink_time: 120_000,
        ..Config::default()
    };
    let used = RefCell::new(used);
    let outcome = TestRunner::new(config).run(&Step::histories(STEPS), |steps| {
        let mut history = used.borrow_mut().take().unwrap_or_else(History::open);
        history.begin();
        let wrong = steps.iter().find_map(|step| history.run(step).err().map(|why| format!("{step:?}: {why}")));
        if let Some(why) = wrong.or_else(|| history.end().err()) {
            return Err(TestCaseError::fail(why));
        }
        **used.borrow_mut() = Some(history);
        Ok(())
    });
    if let Err(wrong) = outcome {
        panic!("{wrong}\n\nAgain: HISTORY_SEED={seed} HISTORY_CASES=1 make test ARGS=histories\n");
    }
}
