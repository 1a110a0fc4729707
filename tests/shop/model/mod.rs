//! Random stories of shoppers, staff and crashes, run in a real shop and in a simple model of it: afterwards both must
//! agree, and reconciliation must find no mismatch. A story that fails is reduced to the few operations that matter,
//! and printed as sentences.
//!
//! `MODEL_CASES` is the number of stories, `MODEL_SEED` the seed of the first; a failure prints both.

mod compare;
mod harness;
mod operation;
mod outcome;
mod rules;
mod run;
mod state;
mod view;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use std::{
    cell::RefCell,
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    str::FromStr,
};

use crate::support::TestShop;
use operation::Story;

/// The default number of stories.
const CASES: u64 = 32;
const MAX_SCENES: usize = 20;

#[test]
fn whatever_happens_the_shop_is_as_it_is_on_paper_and_the_assert_reconciled() {
    let seed: u64 = setting("MODEL_SEED").unwrap_or_else(rand::random);
    let cases = setting("MODEL_CASES").unwrap_or(CASES);
    // Each story has its own seed, so that a failing one can be repeated alone.
    let mut shop = None;
    (0..cases).for_each(|n| run_seed(seed.wrapping_add(n), &mut shop));
}

fn setting<T: FromStr<Err: std::fmt::Debug>>(name: &str) -> Option<T> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|why| panic!("{name}={value}: {why:?}")))
}

fn run_seed(seed: u64, shop: &mut Option<TestShop>) {
    let config = Config {
        cases: 1,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 500,
        max_shrink_time: 120_000,
        ..Config::default()
    };
    let stories = Story::any(1..=MAX_SCENES);
    let runtime = actix_web::rt::Runtime::new().unwrap();
    let shop = RefCell::new(shop);
    let wrong = RefCell::new(None);
    let run = |story: &Story| {
        let outcome = runtime.block_on(run::run_story(story, &mut shop.borrow_mut()));
        if let Err(why) = &outcome {
            // A race may not fail again, so the first failure is kept with its story.
            *wrong.borrow_mut() = Some((story.clone(), why.clone()));
        }
        outcome
    };
    let outcome = TestRunner::new(config).run(&stories, |story| run(&story).map_err(TestCaseError::fail));
    if wrong.borrow().is_some() {
        shrink(&wrong, run);
    }
    if let Some((story, why)) = wrong.take() {
        panic!("\n{story}.\n\n{why}.\n\nAgain: MODEL_SEED={seed} MODEL_CASES=1 make test ARGS=model\n");
    }
    outcome.unwrap();
}

type Wrong = RefCell<Option<(Story, String)>>;

/// Removes single operations that do not matter; proptest only removes whole scenes.
fn shrink(wrong: &Wrong, run: impl Fn(&Story) -> Result<(), String>) {
    let operations = wrong.borrow().as_ref().map_or(0, |(story, _)| story.0.len());
    for n in (0..operations).rev() {
        let Some((mut shorter, _)) = wrong.borrow().clone() else { return };
        shorter.0.remove(n);
        // The result is not needed here: `run` keeps a failure.
        let _ = catch_unwind(AssertUnwindSafe(|| run(&shorter)));
    }
}
