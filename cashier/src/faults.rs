//! Fault injection: what the gateway does wrong when a test has asked for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    DelayMs,
    Answer20000,
    Answer40004,
    CloseAfterWork,
    Down,
    Nonsense,
    LoseNotifications,
    DoubleNotifications,
    ForgeSignature,
    ChangeAmount,
    LargeBill,
}

pub const FAULTS: &[(Fault, &str)] = &[
    (Fault::DelayMs, "delay_ms"),
    (Fault::Answer20000, "answer_20000"),
    (Fault::Answer40004, "answer_40004"),
    (Fault::CloseAfterWork, "close_after_work"),
    (Fault::Down, "down"),
    (Fault::Nonsense, "nonsense"),
    (Fault::LoseNotifications, "lose_notifications"),
    (Fault::DoubleNotifications, "double_notifications"),
    (Fault::ForgeSignature, "forge_signature"),
    (Fault::ChangeAmount, "change_amount"),
    (Fault::LargeBill, "large_bill"),
];

/// The name for notifications where faults and counts have the name of a method.
pub const NOTIFICATION: &str = "notification";

struct Setting {
    value: String,
    /// How many more times the fault happens; `None` for always.
    left: Option<u64>,
    /// The only method to which the fault applies; `None` for all methods.
    only: Option<String>,
}

#[derive(Default)]
pub struct Faults(BTreeMap<Fault, Setting>);

impl Faults {
    pub fn set(&mut self, fault: Fault, value: &str, times: Option<u64>, only: Option<&str>) {
        if matches!(value, "" | "false") || times == Some(0) {
            self.0.remove(&fault);
            return;
        }
        self.0.insert(fault, Setting { value: value.to_owned(), left: times, only: only.map(str::to_owned) });
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the value of a fault if it is set for this method, and counts that it happens once more.
    pub fn take(&mut self, fault: Fault, method: &str) -> Option<String> {
        let setting = self.0.get_mut(&fault)?;
        if setting.only.as_deref().is_some_and(|only| only != method) {
            return None;
        }
        let value = setting.value.clone();
        if let Some(left) = &mut setting.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.0.remove(&fault);
            }
        }
        Some(value)
    }

    /// Returns the faults that are set, by their names.
    pub fn to_json(&self) -> Value {
        let mut all = serde_json::Map::new();
        for (fault, name) in FAULTS {
            if let Some(setting) = self.0.get(fault) {
                let setting = json!({"value": setting.value, "left": setting.left, "only": setting.only});
                all.insert((*name).to_owned(), setting);
            }
        }
        Value::Object(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_counts_only_the_method_that_it_is_set_for() {
        let mut faults = Faults::default();
        faults.set(Fault::DelayMs, "50", Some(2), Some("a"));
        assert_eq!(faults.take(Fault::DelayMs, "b"), None);
        assert_eq!(faults.take(Fault::DelayMs, "a").as_deref(), Some("50"));
        assert_eq!(faults.take(Fault::DelayMs, "a").as_deref(), Some("50"));
        assert_eq!(faults.take(Fault::DelayMs, "a"), None);
        faults.set(Fault::Down, "true", None, None);
        assert!(faults.take(Fault::Down, "a").is_some() && faults.take(Fault::Down, "b").is_some());
        faults.set(Fault::Down, "false", None, None);
        assert_eq!(faults.take(Fault::Down, "a"), None);
    }
}
