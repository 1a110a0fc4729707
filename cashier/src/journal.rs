//! The journal of trades: a file to which a line is added whenever a trade changes, and which is read at the start.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::amount::Amount;
use crate::clock::{self, BeijingTime};
use crate::trade::{PayMethod, PayRequest, Refund, Trade, TradeStatus};

pub struct Journal(File);

impl Journal {
    /// Opens or creates the file. Returns each trade as it was last, the oldest first.
    pub fn open(path: &str) -> io::Result<(Self, Vec<Trade>)> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(problem) if problem.kind() == io::ErrorKind::NotFound => String::new(),
            Err(problem) => return Err(problem),
        };
        let mut trades: Vec<Trade> = Vec::new();
        let mut indexes: HashMap<String, usize> = HashMap::new();
        // A line without an end was being written when the process was killed: nobody was answered.
        let (lines, _) = text.rsplit_once('\n').unwrap_or_default();
        for (n, line) in lines.lines().enumerate() {
            let trade = serde_json::from_str(line).ok().and_then(|line: Value| read_trade(&line));
            let trade = trade.ok_or_else(|| io::Error::other(format!("line {} is no trade", n + 1)))?;
            match indexes.get(&trade.trade_no).and_then(|index| trades.get_mut(*index)) {
                Some(known) => *known = trade,
                None => {
                    indexes.insert(trade.trade_no.clone(), trades.len());
                    trades.push(trade);
                }
            }
        }
        let file = File::options().create(true).append(true).open(path)?;
        let whole_len = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(u64::try_from(whole_len).unwrap_or_default())?;
        Ok((Self(file), trades))
    }

    /// Appends the current state of a trade. After that the end of the process does not lose it.
    pub fn add(&mut self, trade: &Trade) -> io::Result<()> {
        self.0.write_all(format!("{}\n", write_trade(trade)).as_bytes())
    }
}

fn write_trade(trade: &Trade) -> Value {
    let refunds: Vec<Value> = trade.refunds.iter().map(write_refund).collect();
    json!({
        "trade_no": trade.trade_no,
        "method": trade.request.method.name(),
        "terms": trade.request.terms,
        "notify_url": trade.request.notify_url,
        "return_url": trade.request.return_url,
        "trade_status": trade.status.name(),
        "created_at": clock::with_seconds(trade.created_at),
        "paid_at": trade.paid_at.map(clock::with_seconds),
        "closed_at": trade.closed_at.map(clock::with_seconds),
        "refunds": refunds,
    })
}

fn write_refund(refund: &Refund) -> Value {
    json!({
        "out_request_no": refund.out_request_no,
        "amount": refund.amount.to_string(),
        "reason": refund.reason,
        "at": clock::with_seconds(refund.at),
    })
}

fn read_trade(line: &Value) -> Option<Trade> {
    let methods = [PayMethod::Page, PayMethod::Wap];
    let method = methods.into_iter().find(|method| line.get("method").is_some_and(|name| name == method.name()))?;
    let request =
        PayRequest::parse(method, line.get("terms")?.clone(), text(line, "notify_url"), text(line, "return_url"));
    let refunds: Option<Vec<Refund>> = line.get("refunds")?.as_array()?.iter().map(read_refund).collect();
    Some(Trade {
        request: request.ok()?,
        trade_no: text(line, "trade_no")?,
        status: TradeStatus::from_name(&text(line, "trade_status")?)?,
        created_at: time(line, "created_at")?,
        paid_at: time(line, "paid_at"),
        closed_at: time(line, "closed_at"),
        refunds: refunds?,
    })
}

fn read_refund(refund: &Value) -> Option<Refund> {
    Some(Refund {
        out_request_no: text(refund, "out_request_no")?,
        amount: Amount::parse(&text(refund, "amount")?)?,
        reason: text(refund, "reason"),
        at: time(refund, "at")?,
    })
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

fn time(value: &Value, name: &str) -> Option<BeijingTime> {
    clock::parse_with_seconds(&text(value, name)?)
}
