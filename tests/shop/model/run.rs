//! Plays a story in a real shop and on paper, and compares the two after each step.

use super::{
    compare::{alone, nearest, together},
    harness::Stage,
    operation::{Press, Step, Story},
    rules::Event,
    state::Paper,
};
use crate::support::TestShop;

/// Plays it in the shop of the story before, or in a new one, with people and goods of its own; leaves its shop for the next
/// story, if nothing was wrong.
///
/// # Errors
/// What disagreed first, in words.
pub async fn play(story: &Story, used: &mut Option<TestShop>) -> Result<(), String> {
    // Making a database takes longer than a story.
    let shop = match used.take() {
        Some(shop) => shop,
        None => Stage::build().await,
    };
    let (mut stage, mut paper) = Stage::set(shop).await;
    for step in &story.0 {
        stage.step(&mut paper, step).await?;
    }
    // In the end nothing is owed and nothing waits, and all adds up.
    stage.step(&mut paper, &Step::Work).await?;
    stage.step(&mut paper, &Step::Expire { all: true }).await?;
    let wrong = stage.shop.wrong_in_the_books();
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    *used = Some(stage.shop);
    Ok(())
}

impl Stage {
    /// Lets one step happen, and sees whether the shop is as it must be.
    async fn step(&mut self, paper: &mut Paper, step: &Step) -> Result<(), String> {
        let steps = match step {
            Step::AtOnce(steps) => steps.clone(),
            step => vec![step.clone()],
        };
        for step in &steps {
            if let Step::Press(Press { who, tab, .. }) | Step::PressAndCrash(Press { who, tab, .. }) = step
                && self.tabs[*who][*tab].open.is_none()
            {
                self.events(paper, vec![Step::OpenCheckout { who: *who, tab: *tab }]).await?;
            }
        }
        self.events(paper, steps).await
    }

    async fn events(&mut self, paper: &mut Paper, steps: Vec<Step>) -> Result<(), String> {
        let mut events: Vec<Event> = steps.into_iter().filter_map(|step| self.event(paper, step)).collect();
        // Two who cancel at once share the orders between them as it comes.
        let mut canceling = false;
        events.retain(|event| !matches!(event.step, Step::Expire { .. }) || !std::mem::replace(&mut canceling, true));
        // A guest's first request brings a cart; two at once bring two, of which the browser keeps one.
        let mut guests = Vec::new();
        events.retain(|event| match event.step {
            Step::Add { who, .. } if !paper.signed_in().contains(&who) => {
                let is_first = !guests.contains(&who);
                guests.push(who);
                is_first
            }
            _ => true,
        });
        if events.is_empty() {
            return Ok(());
        }
        let answers = self.happen(paper, &events).await;
        let possible = match (events.as_slice(), answers.as_slice()) {
            ([event], [answer]) => vec![alone(paper.clone(), event, answer)?],
            _ => together(paper.clone(), &events, &answers)?,
        };
        let seen = self.view();
        *paper = nearest(possible, &seen)?;
        self.afterwards(paper, &events, &answers);
        Ok(())
    }
}
