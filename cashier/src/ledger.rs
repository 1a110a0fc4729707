//! The pages that were opened for buyers, in memory, and the trades that were created, also in the journal file if
//! there is one.

use std::collections::HashMap;

use crate::clock::BeijingTime;
use crate::journal::Journal;
use crate::random;
use crate::trade::{Failure, PayRequest, Trade, TradeStatus};

#[derive(Default)]
pub struct Ledger {
    /// The requests of opened pages, by page id.
    pages: HashMap<String, PayRequest>,
    /// The id of the page that was opened last, by `out_trade_no`.
    last_pages: HashMap<String, String>,
    /// All trades, by `out_trade_no`.
    trades: HashMap<String, Trade>,
    /// The `out_trade_no` of each trade, by `trade_no`.
    numbers: HashMap<String, String>,
    /// The `out_trade_no` of each trade, in the order of creation.
    created: Vec<String>,
    journal: Option<Journal>,
}

impl Ledger {
    /// Makes a ledger that begins with the trades of a journal.
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

    /// Writes a trade to the journal, before anybody is told about the change.
    fn record(&mut self, out_trade_no: &str) {
        let (Some(journal), Some(trade)) = (&mut self.journal, self.trades.get(out_trade_no)) else { return };
        if let Err(problem) = journal.add(trade) {
            // A gateway that forgets what it was paid is worse than one that is down.
            eprintln!("cashier: the journal cannot be written: {problem}");
            std::process::abort();
        }
    }

    /// Stores a request of the shop for a payment, and returns the id of its page for the buyer.
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

    /// Returns the request of the page that was opened last for this number.
    pub fn last_request(&self, out_trade_no: &str) -> Option<&PayRequest> {
        self.pages.get(self.last_pages.get(out_trade_no)?)
    }

    /// Checks that the buyer may pay this request now; says why not.
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

    /// Creates the trade, because the buyer has signed in. From now on it exists and waits for the payment.
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

    /// Runs `work` on the trade with this `trade_no`, or if that is `None`, with this `out_trade_no`. Closes the trade
    /// before, if its time to pay is over. Returns (result of `work`, the trade after it).
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

    /// Returns all trades, the oldest first.
    pub fn trades(&self) -> impl DoubleEndedIterator<Item = &Trade> {
        self.created.iter().filter_map(|number| self.trades.get(number))
    }

    /// Makes paid trades finished, so that they cannot be refunded any more: the one with this number, or all. Returns
    /// the trades that have become finished.
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
