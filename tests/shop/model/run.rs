//! Runs a story in a real shop and in the model, and compares the two after each operation.

use super::{
    compare::{check_concurrent, check_single, closest_state},
    harness::Harness,
    operation::{Operation, Story, Submit},
    rules::Event,
    state::ModelState,
};
use crate::support::TestShop;

/// Runs the story in the shop of the story before, or in a new one, with users and SKUs of its own. Leaves its shop to
/// the next story if nothing was wrong.
///
/// # Errors
/// The first difference.
pub async fn run_story(story: &Story, used: &mut Option<TestShop>) -> Result<(), String> {
    // Creating a database takes longer than a story.
    let shop = match used.take() {
        Some(shop) => shop,
        None => Harness::build().await,
    };
    let (mut harness, mut state) = Harness::with_shop(shop).await;
    for operation in &story.0 {
        harness.run_operation(&mut state, operation).await?;
    }
    // In the end all jobs are done, all orders that were not paid have expired, all money that goes back has gone back, and
    // reconciliation finds no mismatch.
    harness.run_operation(&mut state, &Operation::Work).await?;
    harness.run_operation(&mut state, &Operation::Expire { all: true }).await?;
    harness.run_operation(&mut state, &Operation::RefundLate).await?;
    harness.run_operation(&mut state, &Operation::AnswerRefunds { refused: false }).await?;
    let wrong = harness.shop.reconciliation_mismatches();
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    *used = Some(harness.shop);
    Ok(())
}

impl Harness {
    /// Runs one operation and compares the shop with the model.
    async fn run_operation(&mut self, state: &mut ModelState, operation: &Operation) -> Result<(), String> {
        let operations = match operation {
            Operation::AtOnce(operations) => operations.clone(),
            operation => vec![operation.clone()],
        };
        for operation in &operations {
            if let Operation::Submit(Submit { who, tab, .. }) | Operation::SubmitAndCrash(Submit { who, tab, .. }) =
                operation
                && self.tabs[*who][*tab].open.is_none()
            {
                self.run_events(state, vec![Operation::OpenCheckout { who: *who, tab: *tab }]).await?;
            }
        }
        self.run_events(state, operations).await
    }

    async fn run_events(&mut self, state: &mut ModelState, operations: Vec<Operation>) -> Result<(), String> {
        let mut events: Vec<Event> =
            operations.into_iter().filter_map(|operation| self.event(state, operation)).collect();
        // Two concurrent cancellations share the orders in an unpredictable way, so only one is kept.
        let mut canceling = false;
        events.retain(|event| {
            !matches!(event.operation, Operation::Expire { .. }) || !std::mem::replace(&mut canceling, true)
        });
        // A guest's first request creates a cart; two at once create two, of which the browser keeps one.
        let mut guests = Vec::new();
        events.retain(|event| match event.operation {
            Operation::Add { who, .. } if !state.signed_in().contains(&who) => {
                let is_first = !guests.contains(&who);
                guests.push(who);
                is_first
            }
            _ => true,
        });
        if events.is_empty() {
            return Ok(());
        }
        let answers = self.happen(state, &events).await;
        let possible = match (events.as_slice(), answers.as_slice()) {
            ([event], [answer]) => vec![check_single(state.clone(), event, answer)?],
            _ => check_concurrent(state.clone(), &events, &answers)?,
        };
        let seen = self.view();
        *state = closest_state(possible, &seen)?;
        self.afterwards(state, &events, &answers);
        Ok(())
    }
}
