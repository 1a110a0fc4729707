//! How each step is executed, and what must hold after it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use rust_decimal::Decimal;
use std::{cell::Cell, collections::BTreeMap, fmt::Debug};
use till::{
    fulfillment::{self, ArrivedUnits, ReturnKind},
    kernel::{CarrierId, Money, OrderId, OrderLineId, PayMethod, RefundId, ReturnId, ShipmentId, SkuId},
    lifecycle::{
        self, AnswerOutcome, CancelOutcome, CashOutcome, ParcelOutcome, ReceiptOutcome, RefundDecision, RefundedPart,
        RefusalOutcome, ReturnOutcome, ReturnRefund, ReturnStep, SendOutcome, WithdrawOutcome,
    },
    orders::{self, EventKind},
};

use super::step::{Counts, Pick, Step};
use crate::fulfillment::domain_shop::{DomainShop, written_rows};

/// The prices of the SKUs of a history. Some do not divide well, one is free.
const PRICES: [&str; 4] = ["19.99", "3.33", "0.01", "0.00"];
/// How many units of a line are still to be sent.
const UNSENT: &str = "count - withdrawn_count - sent_count";
/// Few, so that lost goods and late payments find the shelf empty.
const STOCK: i32 = 8;

pub struct History {
    pub shop: DomainShop,
    skus: Vec<SkuId>,
    /// The last order of the history before.
    before: i64,
    /// Whether the step has written anything.
    changed: Cell<bool>,
}

impl History {
    pub fn open() -> Self {
        Self { shop: DomainShop::open(), skus: Vec::new(), before: 0, changed: Cell::new(false) }
    }

    /// Begins a new history, with SKUs of its own.
    pub fn begin(&mut self) {
        self.skus = PRICES.iter().map(|price| self.shop.make_sku(STOCK, price)).collect();
        self.before = self.shop.number("select coalesce(max(id), 0) from orders");
    }

    /// Runs a step, and checks everything after it.
    ///
    /// # Errors
    /// What is wrong.
    pub fn run(&self, step: &Step) -> Result<(), String> {
        self.changed.set(false);
        self.take(step)?;
        if self.changed.get() { self.check() } else { Ok(()) }
    }

    fn take(&self, step: &Step) -> Result<(), String> {
        match step {
            Step::Place { online, counts, discount } => {
                self.changed.set(true);
                self.place(*online, *counts, *discount);
                Ok(())
            }
            Step::Pay(order) => {
                if let Some(order) = self.online_order(*order) {
                    self.changed.set(true);
                    self.shop.pay(order);
                }
                Ok(())
            }
            Step::Expire => {
                self.changed.set(self.shop.expire() > 0);
                Ok(())
            }
            Step::ReceiveByItself => {
                self.changed.set(true);
                self.shop.let_pass(TimeDelta::days(11));
                self.shop.job(|conn, now| lifecycle::receive_sent(conn, 10, 100, now));
                self.shop.job(|conn, now| lifecycle::finish_received(conn, 10, 100, now));
                Ok(())
            }
            Step::LetPass { hours } => {
                self.shop.let_pass(TimeDelta::hours(*hours));
                Ok(())
            }
            Step::Pack { .. } | Step::Hold { .. } | Step::Send { .. } | Step::Withdraw { .. } => self.unsent(step),
            Step::Correct(parcel) | Step::Undo(parcel) | Step::ReplaceLost(parcel) | Step::RefundLost(parcel) => {
                self.parcel(step, *parcel)
            }
            Step::CancelByShopper(_) | Step::CancelByStaff { .. } | Step::AnswerCancellation { .. } => {
                self.cancel(step)
            }
            Step::Collect { .. } | Step::Refuse { .. } | Step::Confirm(_) => self.delivery(step),
            Step::AskReturn { order, counts, goods } => self.ask_return(step, *order, (*counts, *goods)),
            Step::WithdrawReturn(_) | Step::AnswerReturn { .. } | Step::SendBack(_) => self.early_return(step),
            Step::Arrive { .. } | Step::RefundReturn { .. } | Step::CloseReturn(_) => self.late_return(step),
            Step::RefundLines { .. } | Step::RefundAmount { .. } => self.refund(step),
            Step::AnswerRefund { .. } | Step::Retry(_) | Step::GiveOtherwise(_) => self.answer_refund(step),
        }
    }

    /// Takes the step that must come before, so that more than one in ten of the steps does something.
    fn instead(&self, step: &Step) -> Result<(), String> {
        match step {
            Step::Correct(order)
            | Step::Undo(order)
            | Step::ReplaceLost(order)
            | Step::RefundLost(order)
            | Step::Collect { order, .. }
            | Step::Refuse { order, .. }
            | Step::Confirm(order)
            | Step::AskReturn { order, .. } => self.take(&Step::Send { order: *order, counts: None }),
            Step::AnswerReturn { ret, .. } => {
                self.take(&Step::AskReturn { order: *ret, counts: [2, 1, 1], goods: ret.n % 4 > 0 })
            }
            Step::SendBack(ret)
            | Step::WithdrawReturn(ret)
            | Step::CloseReturn(ret)
            | Step::Arrive { ret, .. }
            | Step::RefundReturn { ret, .. } => self.take(&Step::AnswerReturn { ret: *ret, approved: true }),
            Step::AnswerCancellation { order, .. } => self.take(&Step::CancelByShopper(Pick { n: 0, ..*order })),
            Step::CancelByShopper(order) => self.take(&Step::Pack { order: *order, begins: true }),
            Step::AnswerRefund { refund, .. } => {
                self.take(&Step::RefundLines { order: *refund, counts: [1, 1, 0], freight: refund.n.is_multiple_of(3) })
            }
            Step::Retry(refund) | Step::GiveOtherwise(refund) => {
                self.take(&Step::AnswerRefund { refund: *refund, done: false })
            }
            Step::Send { order, .. } | Step::Withdraw { order, .. } | Step::RefundLines { order, .. } => {
                self.take(&Step::Pay(*order))
            }
            _ => Ok(()),
        }
    }

    /// Every check of the reconciliation, and the worth of lines that were refunded completely.
    pub fn check(&self) -> Result<(), String> {
        let mut wrong = self.shop.mismatches();
        wrong.extend(self.shop.texts(&format!(
            "select concat_ws(' ', 'line', g.id, 'is worth', net, 'and was refunded', g.refunded_amount)
             from (select *, price * count - discount - waived_amount as net from order_goods) g
             where g.order_id > {} and g.count > 0 and g.waived_amount = 0
                and g.count = (select sum(l.count) from refund_goods l where l.order_goods_id = g.id)
                and g.refunded_amount <> g.net
                and not exists (select from order_events e where e.order_id = g.order_id and e.event = 'refund_refused')",
            self.before
        )));
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }

    /// The events that have happened less than three times, with how often.
    pub fn rare_events(&self) -> Vec<String> {
        let elsewhere = ["held", "released", "noted", "address_changed", "packing", "packing_stopped"];
        let mut rare = Vec::new();
        for event in EventKind::ALL.into_iter().filter(|event| !elsewhere.contains(&event.code())) {
            let event = event.code();
            let times = self.shop.number(&format!("select count(*) from order_events where event = '{event}'"));
            if times < 3 {
                rare.push(format!("{event} {times} times"));
            }
        }
        rare
    }

    /// Does something in a transaction.
    ///
    /// # Errors
    /// An error of the database; or it was refused and has written something, or was done and has written nothing.
    pub fn attempt<T: Debug>(
        &self,
        is_done: impl Fn(&T) -> bool,
        mut act: impl FnMut(&mut PgConnection, DateTime<Utc>) -> QueryResult<T>,
    ) -> Result<T, String> {
        let attempt = self.shop.try_act(|conn, now| {
            let before = written_rows(conn)?;
            let outcome = act(conn, now)?;
            Ok((outcome, written_rows(conn)? - before))
        });
        let (outcome, written) = attempt.map_err(|error| format!("an error: {error:?}"))?;
        self.changed.set(self.changed.get() || written > 0);
        match (is_done(&outcome), written) {
            (true, 0) => Err(format!("{outcome:?}, and nothing was written")),
            (false, 1..) => Err(format!("{outcome:?}, and {written} rows were written")),
            _ => Ok(outcome),
        }
    }

    /// The orders of this history, oldest first, that meet a condition.
    pub fn orders(&self, condition: &str) -> Vec<OrderId> {
        let ids = self
            .shop
            .texts(&format!("select id from orders o where id > {} and ({condition}) order by id", self.before));
        ids.iter().map(|id| OrderId(id.parse().unwrap())).collect()
    }

    /// One of the orders to which this may happen; `None` if there is none.
    fn order(&self, pick: Pick, condition: &str) -> Option<OrderId> {
        let orders = self.orders(if pick.any { "true" } else { condition });
        (!orders.is_empty()).then(|| orders[pick.n % orders.len()])
    }

    /// Units of each line, at most as many as there are; as they are if the step is about anything.
    fn possible(&self, pick: Pick, counts: Counts, order: OrderId, most: &str) -> Vec<i32> {
        let most = self.shop.texts(&format!("select {most} from order_goods where order_id = {order} order by sku_id"));
        let at_most = |(count, most): (i32, &String)| {
            if pick.any { count } else { count.clamp(0, most.parse().unwrap()) }
        };
        counts.into_iter().zip(&most).map(at_most).collect()
    }

    fn online_order(&self, pick: Pick) -> Option<OrderId> {
        let online = "pay_method = 'alipay' and expires_at is not null";
        let waiting = format!("{online} and (status = 'unpaid' or canceled_by = 'expiry')");
        let orders = self.orders(if pick.any { online } else { &waiting });
        (!orders.is_empty()).then(|| orders[pick.n % orders.len()])
    }

    /// One of the rows of a table with a column `order_id`, with its order.
    fn row(&self, pick: Pick, table: &str, condition: &str) -> Option<(OrderId, i64)> {
        let rows = |condition: &str| {
            self.shop.texts(&format!(
                "select order_id || ' ' || id from {table} where order_id > {} and ({condition}) order by id",
                self.before
            ))
        };
        let found = rows(if pick.any { "true" } else { condition });
        let row = found.get(pick.n % found.len().max(1))?;
        let (order, id) = row.split_once(' ').unwrap();
        Some((OrderId(order.parse().unwrap()), id.parse().unwrap()))
    }

    fn place(&self, online: bool, counts: Counts, discount: bool) {
        // The third line is of the third SKU or of the free one.
        let third = if counts[0] % 2 == 0 { self.skus[2] } else { self.skus[3] };
        let mut goods: Vec<(SkuId, i32)> = [self.skus[0], self.skus[1], third].into_iter().zip(counts).collect();
        goods.retain(|(_, count)| *count > 0);
        if goods.is_empty() {
            goods.push((self.skus[0], 1));
        }
        let pay_method = if online { PayMethod::Alipay } else { PayMethod::Cod };
        let Some(order) = self.shop.try_place(pay_method, &goods) else { return };
        if discount {
            // No page gives a discount yet.
            self.shop.execute(&format!(
                "update order_goods set discount = least(1, price * count)
                 where id = (select min(id) from order_goods where order_id = {order});
                 update orders o set discount = d.sum, total_amount = goods_amount + freight - d.sum
                 from (select sum(discount) as sum from order_goods where order_id = {order}) d where o.id = {order}"
            ));
        }
    }

    fn unsent(&self, step: &Step) -> Result<(), String> {
        let (Step::Pack { order, .. }
        | Step::Hold { order, .. }
        | Step::Send { order, .. }
        | Step::Withdraw { order, .. }) = step
        else {
            return Ok(());
        };
        let Some(id) = self.order(*order, "status = 'unsent'") else { return self.instead(step) };
        match step {
            // Pages do these to unsent orders alone.
            Step::Pack { begins, .. } if self.shop.status(id) == "unsent" => {
                self.shop.act(|conn, now| orders::set_packing(conn, id, begins.then_some(now)));
            }
            Step::Hold { ends, .. } => self.hold(id, *ends),
            Step::Send { counts, .. } => {
                let counts = counts.map(|counts| self.possible(*order, counts, id, UNSENT));
                let parcel = self.shop.parcel(id, counts.as_deref());
                let is_done = |outcome: &SendOutcome| matches!(outcome, SendOutcome::Sent { .. });
                self.attempt(is_done, |conn, now| lifecycle::send_parcel(conn, id, &parcel, self.shop.staff, now))?;
            }
            Step::Withdraw { counts, written_off, .. } => {
                let counts = self.possible(*order, *counts, id, UNSENT);
                let withdrawal = self.shop.withdrawal(id, &counts, *written_off);
                let is_done = |outcome: &WithdrawOutcome| matches!(outcome, WithdrawOutcome::Done(_));
                self.attempt(is_done, |conn, now| lifecycle::withdraw_units(conn, id, &withdrawal, now))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn hold(&self, order: OrderId, ends: bool) {
        self.shop.act(|conn, now| {
            if ends {
                lifecycle::release_order(conn, order, self.shop.staff)
            } else {
                lifecycle::hold_order(conn, order, (self.shop.staff, "Check the address"), now)
            }
        });
    }

    fn parcel(&self, step: &Step, parcel: Pick) -> Result<(), String> {
        let Some((order, id)) = self.row(parcel, "shipments", "status = 'sent'") else { return self.instead(step) };
        let (of, staff) = ((order, ShipmentId(id)), self.shop.staff);
        // What a savepoint undoes is counted as written.
        let is_done = |outcome: &ParcelOutcome| {
            matches!(outcome, ParcelOutcome::Done | ParcelOutcome::Refunded(_) | ParcelOutcome::OutOfStock)
        };
        self.attempt(is_done, |conn, now| match step {
            Step::Correct(_) => lifecycle::correct_parcel(conn, of, (CarrierId(2), "JD1"), staff, now),
            Step::Undo(_) => lifecycle::undo_parcel(conn, of, staff, now),
            Step::ReplaceLost(_) => lifecycle::replace_lost_parcel(conn, of, staff, now),
            _ => lifecycle::refund_lost_parcel(conn, of, (staff, "Lost"), now),
        })
        .map(drop)
    }

    fn cancel(&self, step: &Step) -> Result<(), String> {
        let is_done = |outcome: &CancelOutcome| matches!(outcome, CancelOutcome::Canceled(_) | CancelOutcome::Asked);
        let waits = "status in ('unpaid', 'unsent')";
        match step {
            Step::CancelByShopper(order) => {
                let packed = "status = 'unsent' and packing_at is not null";
                let condition = if order.n.is_multiple_of(2) { packed } else { waits };
                let Some(id) = self.order(*order, condition) else { return self.instead(step) };
                let by = (self.shop.shopper, "Changed my mind");
                self.attempt(is_done, |conn, now| lifecycle::cancel_by_shopper(conn, id, by, now))?;
            }
            Step::CancelByStaff { order, written_off } => {
                let Some(id) = self.order(*order, waits) else { return self.instead(step) };
                let (by, units) = ((self.shop.staff, "Damaged"), self.shop.units(id, written_off));
                self.attempt(is_done, |conn, now| lifecycle::cancel_by_staff(conn, id, by, &units, now))?;
            }
            Step::AnswerCancellation { order, accepted } => {
                let asked = "exists (select from cancellation_requests where order_id = o.id and answered_at is null)";
                let Some(id) = self.order(*order, asked) else { return self.instead(step) };
                let by = (self.shop.staff, "Too late");
                let is_done = |outcome: &AnswerOutcome| *outcome != AnswerOutcome::TooLate;
                self.attempt(is_done, |conn, now| lifecycle::answer_cancellation(conn, id, *accepted, by, now))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn delivery(&self, step: &Step) -> Result<(), String> {
        let under_way = "status = 'unreceived' and pay_method = 'cod' and paid_amount = 0";
        match step {
            Step::Collect { order, exactly } => {
                let Some(id) = self.order(*order, under_way) else { return self.instead(step) };
                let due = self.shop.text(&format!("select total_amount - waived_amount from orders where id = {id}"));
                let due: Decimal = due.parse().unwrap();
                let amount = Money::new(if *exactly { due } else { due + Decimal::ONE }).unwrap();
                let by = (self.shop.staff, amount);
                let is_done = |outcome: &CashOutcome| matches!(outcome, CashOutcome::Recorded | CashOutcome::Strange);
                self.attempt(is_done, |conn, now| lifecycle::record_cash(conn, id, by, now))?;
            }
            Step::Refuse { order, sellable } => {
                let Some(id) = self.order(*order, under_way) else { return self.instead(step) };
                let units = self.shop.units(id, &self.possible(*order, *sellable, id, "sent_count"));
                let is_done = |outcome: &RefusalOutcome| *outcome == RefusalOutcome::Canceled;
                self.attempt(is_done, |conn, now| lifecycle::record_refusal(conn, id, &units, self.shop.staff, now))?;
            }
            Step::Confirm(order) => {
                let Some(id) = self.order(*order, "status = 'unreceived'") else { return self.instead(step) };
                let is_done = |outcome: &ReceiptOutcome| *outcome == ReceiptOutcome::Received;
                self.attempt(is_done, |conn, now| lifecycle::confirm_delivery(conn, id, self.shop.shopper, now))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn ask_return(&self, step: &Step, order: Pick, (counts, goods): (Counts, bool)) -> Result<(), String> {
        let sent = "status in ('unreceived', 'unreviewed', 'finished')";
        let Some(id) = self.order(order, sent) else { return self.instead(step) };
        let kind = if goods { ReturnKind::GoodsBack } else { ReturnKind::RefundOnly };
        let counts = self.possible(order, counts, id, "sent_count - returned_count");
        let mut new = self.shop.new_return(id, &counts, kind);
        // As a forged form may have them.
        new.units = self.shop.units(id, &counts).into_iter().collect();
        let is_done = |outcome: &ReturnOutcome| matches!(outcome, ReturnOutcome::Asked(_));
        let by = (self.shop.shopper, 7);
        self.attempt(is_done, |conn, now| lifecycle::ask_return(conn, id, &new, by, now)).map(drop)
    }

    fn early_return(&self, step: &Step) -> Result<(), String> {
        let (pick, condition) = match step {
            Step::AnswerReturn { ret, .. } => (ret, "status = 'asked'"),
            Step::SendBack(ret) => (ret, "status = 'approved'"),
            Step::WithdrawReturn(ret) => (ret, "status in ('asked', 'approved')"),
            _ => return Ok(()),
        };
        let Some((order, id)) = self.row(*pick, "returns", condition) else { return self.instead(step) };
        let (of, shopper, staff) = ((order, ReturnId(id)), self.shop.shopper, self.shop.staff);
        self.attempt(is_step_done, |conn, now| match step {
            Step::AnswerReturn { approved, .. } => {
                lifecycle::answer_return(conn, of, *approved, (staff, "To the store room"), now)
            }
            Step::SendBack(_) => lifecycle::send_back(conn, of, ("SF", "SF2"), shopper, now),
            _ => lifecycle::withdraw_return(conn, of, shopper, now),
        })
        .map(drop)
    }

    fn late_return(&self, step: &Step) -> Result<(), String> {
        let (pick, condition) = match step {
            Step::Arrive { ret, .. } => (ret, "status in ('approved', 'sent_back') and kind = 'goods_back'"),
            Step::RefundReturn { ret, .. } | Step::CloseReturn(ret) => {
                (ret, "status in ('approved', 'sent_back', 'arrived')")
            }
            _ => return Ok(()),
        };
        let Some((order, id)) = self.row(*pick, "returns", condition) else { return self.instead(step) };
        let (of, staff) = ((order, ReturnId(id)), self.shop.staff);
        self.attempt(is_step_done, |conn, now| match step {
            Step::Arrive { sellable, damaged, .. } => {
                let asked = fulfillment::units_of_return(conn, of.1)?;
                let mut arrived = Vec::new();
                for (line, (sellable, damaged)) in asked.iter().zip(sellable.iter().zip(damaged)) {
                    let (mut sellable, mut damaged) = (*sellable, *damaged);
                    if !pick.any {
                        sellable = sellable.clamp(0, line.count);
                        damaged = damaged.clamp(0, line.count - sellable);
                    }
                    arrived.push(ArrivedUnits { line: line.line, sellable, damaged });
                }
                lifecycle::receive_return(conn, of, &arrived, staff, now)
            }
            Step::RefundReturn { counts, freight, .. } => {
                let asked = fulfillment::units_of_return(conn, of.1)?;
                let mut units: BTreeMap<OrderLineId, i32> = BTreeMap::new();
                for (line, count) in asked.iter().zip(counts) {
                    units.insert(line.line, if pick.any { *count } else { (*count).clamp(0, line.count) });
                }
                let wanted = ReturnRefund { units, freight: freight_of(*freight), note: "In cash".to_owned(), staff };
                lifecycle::refund_return(conn, of, &wanted, now)
            }
            _ => lifecycle::close_return(conn, of, (staff, "Nothing came"), now),
        })
        .map(drop)
    }

    fn refund(&self, step: &Step) -> Result<(), String> {
        let (Step::RefundLines { order, .. } | Step::RefundAmount { order, .. }) = step else { return Ok(()) };
        let Some(id) = self.order(*order, "paid_amount > refunded_amount") else { return self.instead(step) };
        let part = match step {
            Step::RefundLines { counts, freight, .. } => {
                let counts = self.possible(*order, *counts, id, "count");
                RefundedPart::Lines { units: self.shop.units(id, &counts), freight: freight_of(*freight) }
            }
            Step::RefundAmount { fen, .. } => RefundedPart::Amount(Money::new(Decimal::new(*fen, 2)).unwrap()),
            _ => return Ok(()),
        };
        let request = self.shop.refund_request(part);
        self.attempt(Result::is_ok, |conn, now| lifecycle::refund_order(conn, id, &request, now)).map(drop)
    }

    fn answer_refund(&self, step: &Step) -> Result<(), String> {
        let (pick, condition) = match step {
            Step::AnswerRefund { refund, .. } => (refund, "status in ('wanted', 'sent')"),
            Step::Retry(refund) | Step::GiveOtherwise(refund) => (refund, "status = 'refused'"),
            _ => return Ok(()),
        };
        let refunds = "(select r.*, p.order_id from refunds r join payments p on p.id = r.payment_id) r";
        let Some((_, id)) = self.row(*pick, refunds, condition) else { return self.instead(step) };
        let (id, staff) = (RefundId(id), self.shop.staff);
        match step {
            Step::AnswerRefund { done, .. } => {
                self.changed.set(true);
                self.shop.answer_refund(id, *done);
            }
            _ => {
                let is_done = |outcome: &RefundDecision| matches!(outcome, RefundDecision::Made(_));
                self.attempt(is_done, |conn, now| match step {
                    Step::Retry(_) => lifecycle::retry_refund(conn, id, now),
                    _ => lifecycle::give_otherwise(conn, id, (staff, "In cash"), now),
                })?;
            }
        }
        Ok(())
    }
}

fn is_step_done(step: &ReturnStep) -> bool {
    matches!(step, ReturnStep::Done(_))
}

fn freight_of(is_refunded: bool) -> Money {
    if is_refunded { "4.00".parse().unwrap() } else { Money::ZERO }
}
