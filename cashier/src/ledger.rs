//! The pages that were opened, in memory, and the trades that were created, also in the journal if there is one.

use std::collections::HashMap;

use crate::clock::BeijingTime;
use crate::journal::Journal;
use crate::random;
use crate::trade::{Failure, PayRequest, Trade, TradeStatus};

#[derive(Default)]
pub struct Ledger {
    /// By page id.
    pages: HashMap<String, PayRequest>,
    /// The id of the page that was opened last, by `out_trade_no`.
    last_pages: HashMap<String, String>,
    /// By `out_trade_no`.
    trades: HashMap<String, Trade>,
    /// `out_trade_no` by `trade_no`.
    numbers: HashMap<String, String>,
    /// `out_trade_no` in the order of creation.
    created: Vec<String>,
    journal: Option<Journal>,
}

impl Ledger {
    /// A ledger that goes on with the trades of a journal.
    pub fn with_journal(journal: Journal, trades: Vec<Trade>) -> Self {
        let mut ledger = Self { journal: Some(journal), ..Self::default() };
        trades.into_iter().for_each(|trade| ledger.insert(trade));
        ledger
    }

    fn insert(&mut self, trade: Trade) {
        let number = trade.request.out_trade_no.clone();
        self.numbers.insert(trade.trade_no.clone(), number.clone());
        self.created.push(number.clone());
        self.trades.insert(number, trade);
    }

    /// Writes a trade into the journal, before anybody is told about it.
    fn record(&mut self, out_trade_no: &str) {
        let (Some(journal), Some(trade)) = (&mut self.journal, self.trades.get(out_trade_no)) else { return };
        if let Err(problem) = journal.add(trade) {
            // A gateway that forgets what it was paid is worse than one that is down.
            eprintln!("cashier: the journal cannot be written: {problem}");
            std::process::abort();
        }
    }

    /// Remembers a request that may be paid, and returns the id of its page.
    pub fn open_page(&mut self, request: PayRequest, now: BeijingTime) -> Result<String, Failure> {
        self.check(&request, now)?;
        let id = random::token();
        self.last_pages.insert(request.out_trade_no.clone(), id.clone());
        self.pages.insert(id.clone(), request);
        Ok(id)
    }

    pub fn page(&self, id: &str) -> Option<&PayRequest> {
        self.pages.get(id)
    }

    /// The request of the page that was opened last for this number.
    pub fn last_request(&self, out_trade_no: &str) -> Option<&PayRequest> {
        self.pages.get(self.last_pages.get(out_trade_no)?)
    }

    /// Whether this request may be paid now.
    pub fn check(&mut self, request: &PayRequest, now: BeijingTime) -> Result<(), Failure> {
        let trade = self.trades.get_mut(&request.out_trade_no);
        let status = trade.as_ref().map(|trade| trade.status);
        if matches!(status, Some(TradeStatus::TradeSuccess | TradeStatus::TradeFinished)) {
            return Err(Failure::TradeHasSuccess);
        }
        if request.is_expired(now) {
            return Err(Failure::Expired);
        }
        let Some(trade) = trade else { return Ok(()) };
        trade.close_if_expired(now);
        if trade.status == TradeStatus::TradeClosed {
            return Err(Failure::TradeHasClose);
        }
        if trade.request.terms != request.terms {
            return Err(Failure::ContextInconsistent);
        }
        Ok(())
    }

    /// The buyer has signed in: the trade exists from now on and waits for the payment.
    pub fn create(&mut self, request: &PayRequest, now: BeijingTime) -> Result<&mut Trade, Failure> {
        self.check(request, now)?;
        let number = &request.out_trade_no;
        if !self.trades.contains_key(number) {
            let trade_no = format!("{}22001{}", now.format("%Y%m%d"), random::digits(15));
            self.insert(Trade::new(request.clone(), trade_no, now));
            self.record(number);
        }
        self.trades.get_mut(number).ok_or(Failure::TradeNotExist)
    }

    pub fn pay(&mut self, request: &PayRequest, now: BeijingTime) -> Result<Trade, Failure> {
        let trade = self.create(request, now)?;
        trade.status = TradeStatus::TradeSuccess;
        trade.paid_at = Some(now);
        let trade = trade.clone();
        self.record(&request.out_trade_no);
        Ok(trade)
    }

    /// Works on the trade with this `trade_no`, or else with this `out_trade_no`; it is closed before if its time has
    /// passed. Returns the trade as it is afterwards, too.
    pub fn change<T>(
        &mut self,
        trade_no: Option<&str>,
        out_trade_no: Option<&str>,
        now: BeijingTime,
        work: impl FnOnce(&mut Trade) -> Result<T, Failure>,
    ) -> Result<(T, Trade), Failure> {
        let trade = self.find(trade_no, out_trade_no, now)?;
        let before = (trade.status, trade.refunds.len());
        let done = work(trade)?;
        let trade = trade.clone();
        if before != (trade.status, trade.refunds.len()) {
            self.record(&trade.request.out_trade_no);
        }
        Ok((done, trade))
    }

    fn find(
        &mut self,
        trade_no: Option<&str>,
        out_trade_no: Option<&str>,
        now: BeijingTime,
    ) -> Result<&mut Trade, Failure> {
        let number = match (trade_no, out_trade_no) {
            (Some(trade_no), _) => self.numbers.get(trade_no).map(String::as_str),
            (None, Some(out_trade_no)) => Some(out_trade_no),
            (None, None) => return Err(Failure::InvalidParameter("out_trade_no, trade_no")),
        };
        let trade = number.and_then(|number| self.trades.get_mut(number)).ok_or(Failure::TradeNotExist)?;
        trade.close_if_expired(now);
        Ok(trade)
    }

    /// All trades, the oldest first.
    pub fn trades(&self) -> impl DoubleEndedIterator<Item = &Trade> {
        self.created.iter().filter_map(|number| self.trades.get(number))
    }

    /// Makes paid trades finished, so that they cannot be refunded any more: this one or all. Returns which.
    pub fn finish(&mut self, out_trade_no: Option<&str>) -> Vec<Trade> {
        let mut finished = Vec::new();
        for number in &self.created {
            let Some(trade) = self.trades.get_mut(number) else { continue };
            if out_trade_no.is_none_or(|wanted| wanted == number) && trade.status == TradeStatus::TradeSuccess {
                trade.status = TradeStatus::TradeFinished;
                finished.push(trade.clone());
            }
        }
        finished.iter().for_each(|trade| self.record(&trade.request.out_trade_no));
        finished
    }
}
