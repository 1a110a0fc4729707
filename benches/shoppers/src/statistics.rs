//! Statistics of a run.

use std::{collections::BTreeMap, time::Duration};

use crate::{Outcome, answer::Answer};

/// Response times.
#[derive(Default)]
pub struct Durations(Vec<Duration>);

impl Durations {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Percentiles in milliseconds.
    pub fn percentiles<const N: usize>(&mut self, percents: [usize; N]) -> [f64; N] {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        percents.map(|percent| {
            let time = self.0.get((self.0.len() * percent / 100).min(last)).copied().unwrap_or_default();
            time.as_secs_f64() * 1000.0
        })
    }
}

/// Unexpected responses by kind, with their number.
#[derive(Default)]
pub struct Failures(BTreeMap<String, usize>);

impl Failures {
    pub fn add(&mut self, kind: String) {
        *self.0.entry(kind).or_default() += 1;
    }

    /// Adds an unexpected response.
    pub fn answered(&mut self, answer: &Answer<'_>) -> Outcome<()> {
        let text = answer.text()?;
        let title = [r#"<h2 id="problem-title">"#, "<h1>", "<title>"]
            .iter()
            .find_map(|mark| text.split_once(mark)?.1.split('<').next());
        let to = String::from_utf8_lossy(answer.location);
        self.add(format!("{} {to}{}", answer.status, title.unwrap_or_default()));
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.0.values().sum()
    }

    /// Prints them to standard error.
    pub fn tell(&self) {
        for (kind, count) in &self.0 {
            eprintln!("shoppers: {count} × {kind}");
        }
    }
}
