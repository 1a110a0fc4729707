//! Compares outcomes and state of the shop with the model.

use std::collections::BTreeMap;

use super::{
    harness::Answered,
    operation::yuan,
    outcome::{Outcome, shortage},
    rules::{Event, ExpectedOutcome},
    state::ModelState,
};

/// Checks a single operation, for which exactly one outcome is right.
pub fn check_single(mut state: ModelState, event: &Event, answer: &Answered) -> Result<ModelState, String> {
    let mut event = event.clone();
    let expected = loop {
        if let Some(expected) = state.go_on(&mut event) {
            break expected;
        }
    };
    if state.accepts(&expected, &answer.outcome, true) {
        return Ok(state);
    }
    Err(format!("the answer should be {expected}; it is {}", answer.outcome))
}

/// Checks concurrent operations: tries every interleaving of their steps, and returns the states that explain all
/// outcomes.
pub fn check_concurrent(state: ModelState, events: &[Event], answers: &[Answered]) -> Result<Vec<ModelState>, String> {
    let mut possible = Vec::new();
    let open: Vec<(Event, &Outcome)> =
        events.iter().cloned().zip(answers.iter().map(|answer| &answer.outcome)).collect();
    explore_orders(&state, &open, &mut possible);
    if possible.is_empty() {
        let outcome: Vec<String> = events
            .iter()
            .zip(answers)
            .map(|(event, answer)| format!("    {}: the answer is {}", event.operation, answer.outcome))
            .collect();
        return Err(format!("no order of these explains all answers:\n{}", outcome.join("\n")));
    }
    Ok(possible)
}

fn explore_orders(state: &ModelState, open: &[(Event, &Outcome)], possible: &mut Vec<ModelState>) {
    if open.is_empty() {
        possible.push(state.clone());
    }
    for n in 0..open.len() {
        let (mut state, mut open) = (state.clone(), open.to_vec());
        let (event, outcome) = &mut open[n];
        if let Some(expected) = state.go_on(event) {
            if !state.accepts(&expected, outcome, false) {
                continue;
            }
            open.remove(n);
        }
        explore_orders(&state, &open, possible);
    }
}

/// Finds which of the possible states the shop is in.
///
/// # Errors
/// It is in none of them; the error has the differences from the nearest.
pub fn closest_state(possible: Vec<ModelState>, seen: &BTreeMap<String, String>) -> Result<ModelState, String> {
    let compared = possible.into_iter().map(|state| (differences(&state.view(), seen), state));
    let (different, state) = compared.min_by_key(|(different, _)| different.len()).expect("one at least");
    if different.is_empty() { Ok(state) } else { Err(different.join("\n")) }
}

fn differences(right: &BTreeMap<String, String>, seen: &BTreeMap<String, String>) -> Vec<String> {
    let nothing = "nothing".to_owned();
    let mut subjects: Vec<&String> = right.keys().chain(seen.keys()).collect();
    subjects.sort();
    subjects.dedup();
    let different = subjects.into_iter().filter_map(|subject| {
        let (right, seen) = (right.get(subject).unwrap_or(&nothing), seen.get(subject).unwrap_or(&nothing));
        let (should, does) = if subject.contains("cart") { ("should hold", "holds") } else { ("should be", "is") };
        (right != seen).then(|| format!("{subject} {should} {right}; it {does} {seen}"))
    });
    different.collect()
}

impl std::fmt::Display for ExpectedOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(outcome) => outcome.fmt(f),
            Self::Order(_) => write!(f, "that the order is placed"),
            Self::Checkout { total, short: rows, .. } => {
                write!(f, "that it comes to {}{}, with the cart's token", yuan(*total), shortage(rows))
            }
        }
    }
}
