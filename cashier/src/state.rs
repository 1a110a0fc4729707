//! Everything that the process has in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::bill::BillLinks;
use crate::clock::BeijingTime;
use crate::config::Config;
use crate::delivery::Notification;
use crate::faults::{Fault, Faults};
use crate::gateway::CallRecord;
use crate::ledger::Ledger;
use crate::notification::{self, Event};
use crate::trade::Trade;

/// The number of latest requests that the cashier remembers.
const MAX_CALLS: usize = 10_000;

pub struct State {
    pub config: Config,
    ledger: Mutex<Ledger>,
    faults: Mutex<Faults>,
    notifications: Mutex<Vec<Notification>>,
    bill_links: Mutex<BillLinks>,
    calls: Mutex<VecDeque<CallRecord>>,
}

impl State {
    pub fn new(config: Config, ledger: Ledger) -> Self {
        Self {
            config,
            ledger: Mutex::new(ledger),
            faults: Mutex::default(),
            notifications: Mutex::default(),
            bill_links: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn notifications(&self) -> MutexGuard<'_, Vec<Notification>> {
        self.notifications.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn bill_links(&self) -> MutexGuard<'_, BillLinks> {
        self.bill_links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the latest requests, the oldest first.
    pub fn calls(&self) -> MutexGuard<'_, VecDeque<CallRecord>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add_call(&self, call: CallRecord, outcome: &str) {
        let mut calls = self.calls();
        if calls.len() == MAX_CALLS {
            calls.pop_front();
        }
        calls.push_back(CallRecord { outcome: outcome.to_owned(), ..call });
    }

    pub fn take_fault(&self, fault: Fault, method: &str) -> Option<String> {
        self.faults().take(fault, method)
    }
}

/// The state that all requests share, and the channel to the thread that sends notifications.
pub struct App {
    pub state: Arc<State>,
    /// Takes the indexes in `State::notifications` of the notifications to send.
    pub deliveries: UnboundedSender<usize>,
}

impl App {
    /// Sends a notification about the trade to its `notify_url`, if the shop gave one.
    pub fn notify(&self, trade: &Trade, event: &Event, now: BeijingTime) {
        let Some(url) = &trade.request.notify_url else { return };
        let fields = notification::fields(trade, event, &self.state.config, now);
        let notification = Notification::new(trade.request.out_trade_no.clone(), event.name(), url.clone(), fields);
        let mut notifications = self.state.notifications();
        notifications.push(notification);
        let _ = self.deliveries.send(notifications.len() - 1);
    }

    /// Sends the first notification again: of the trade with this number, or of each trade. Returns how many.
    pub fn send_oldest_again(&self, out_trade_no: Option<&str>) -> usize {
        let mut notifications = self.state.notifications();
        let mut oldest: Vec<Notification> = Vec::new();
        for notification in notifications.iter() {
            let wanted = out_trade_no.is_none_or(|number| number == notification.out_trade_no);
            if wanted && !oldest.iter().any(|older| older.out_trade_no == notification.out_trade_no) {
                oldest.push(notification.again());
            }
        }
        let count = oldest.len();
        for notification in oldest {
            notifications.push(notification);
            let _ = self.deliveries.send(notifications.len() - 1);
        }
        count
    }
}
