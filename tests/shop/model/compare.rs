//! What the shop said and became, beside what it must have.

use std::collections::BTreeMap;

use super::{
    harness::Answered,
    operation::yuan,
    outcome::{Told, short},
    rules::{Event, Expected},
    state::Paper,
};

/// Something happens while nothing else does: one answer is right.
pub fn alone(mut paper: Paper, event: &Event, answer: &Answered) -> Result<Paper, String> {
    let mut event = event.clone();
    let expected = loop {
        if let Some(expected) = paper.go_on(&mut event) {
            break expected;
        }
    };
    if paper.accepts(&expected, &answer.told, true) {
        return Ok(paper);
    }
    Err(format!("the answer should be {expected}; it is {}", answer.told))
}

/// Several things happen at once: every order of their stages is tried that explains what everybody was told.
pub fn together(paper: Paper, events: &[Event], answers: &[Answered]) -> Result<Vec<Paper>, String> {
    let mut possible = Vec::new();
    let open: Vec<(Event, &Told)> = events.iter().cloned().zip(answers.iter().map(|answer| &answer.told)).collect();
    explore(&paper, &open, &mut possible);
    if possible.is_empty() {
        let told: Vec<String> = events
            .iter()
            .zip(answers)
            .map(|(event, answer)| format!("    {}: the answer is {}", event.step, answer.told))
            .collect();
        return Err(format!("no order of these explains all answers:\n{}", told.join("\n")));
    }
    Ok(possible)
}

fn explore(paper: &Paper, open: &[(Event, &Told)], possible: &mut Vec<Paper>) {
    if open.is_empty() {
        possible.push(paper.clone());
    }
    for n in 0..open.len() {
        let (mut paper, mut open) = (paper.clone(), open.to_vec());
        let (event, told) = &mut open[n];
        if let Some(expected) = paper.go_on(event) {
            if !paper.accepts(&expected, told, false) {
                continue;
            }
            open.remove(n);
        }
        explore(&paper, &open, possible);
    }
}

/// The one of the possible that the shop has become.
///
/// # Errors
/// It is none of them; what is different from the nearest.
pub fn nearest(possible: Vec<Paper>, seen: &BTreeMap<String, String>) -> Result<Paper, String> {
    let compared = possible.into_iter().map(|paper| (differences(&paper.view(), seen), paper));
    let (different, paper) = compared.min_by_key(|(different, _)| different.len()).expect("one at least");
    if different.is_empty() { Ok(paper) } else { Err(different.join("\n")) }
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

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(told) => told.fmt(f),
            Self::Order(_) => write!(f, "that the order is placed"),
            Self::Checkout { total, short: rows, .. } => {
                write!(f, "that it comes to {}{}, with the cart's token", yuan(*total), short(rows))
            }
        }
    }
}
