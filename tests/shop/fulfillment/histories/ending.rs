//! The end of a history: no order is stuck, whatever has happened to it.

use chrono::TimeDelta;
use std::collections::BTreeMap;
use till::{
    kernel::{Money, OrderId, RefundId, ReturnId},
    lifecycle::{
        self, AnswerOutcome, CancelOutcome, CashOutcome, RefundDecision, RefundedPart, ReturnStep, SendOutcome,
        WithdrawOutcome,
    },
};

use super::run::History;

impl History {
    /// Brings each order to an end: what waits is answered; what is unsent is sent, canceled or withdrawn; what is left of
    /// the money goes back.
    ///
    /// # Errors
    /// An order for which a step that staff need is refused.
    pub fn end(&self) -> Result<(), String> {
        self.shop.expire();
        for order in self.orders("true") {
            self.end_order(order).map_err(|why| {
                format!("order {order}: {why}\n{}\n{}", self.shop.events(order).join("\n"), self.lines(order))
            })?;
            self.check()?;
        }
        Ok(())
    }

    fn lines(&self, order: OrderId) -> String {
        self.shop.line_states(order).join("\n")
    }

    fn end_order(&self, order: OrderId) -> Result<(), String> {
        self.close_returns(order)?;
        if self.shop.status(order) == "unsent" {
            // Odd orders are sent, of the others nothing more leaves.
            if order.0 % 2 == 1 { self.send_rest(order)? } else { self.keep_rest(order)? }
        }
        self.shop.let_pass(TimeDelta::days(11));
        self.shop.job(|conn, now| lifecycle::receive_sent(conn, 10, 100, now));
        self.collect(order)?;
        self.answer_refunds(order)?;
        self.refund_rest(order)?;
        let status = self.shop.status(order);
        let is_over = match status.as_str() {
            "canceled" | "refunded" => true,
            "unreviewed" | "finished" => self.amounts(order)? == "0.00 0.00",
            _ => false,
        };
        if is_over { Ok(()) } else { Err(format!("it ends as {status}")) }
    }

    /// What was paid, and what of that is left.
    fn amounts(&self, order: OrderId) -> Result<String, String> {
        let amounts = "select concat_ws(' ', paid_amount, paid_amount - refunded_amount) from orders where id = ";
        Ok(self.shop.text(&format!("{amounts}{order}")))
    }

    fn close_returns(&self, order: OrderId) -> Result<(), String> {
        let open = format!("select id || ' ' || status from returns where order_id = {order} and closed_at is null");
        for ret in self.shop.texts(&open) {
            let (id, status) = ret.split_once(' ').unwrap();
            let (of, by) = ((order, ReturnId(id.parse().unwrap())), (self.shop.staff, "It never came"));
            let step = self.attempt(
                |step| matches!(step, ReturnStep::Done(_)),
                |conn, now| match status {
                    "asked" => lifecycle::answer_return(conn, of, false, by, now),
                    _ => lifecycle::close_return(conn, of, by, now),
                },
            )?;
            if step != ReturnStep::Done(None) {
                return Err(format!("a return that is {status} cannot be closed: {step:?}"));
            }
        }
        Ok(())
    }

    fn send_rest(&self, order: OrderId) -> Result<(), String> {
        self.shop.act(|conn, now| {
            till::fulfillment::release(conn, order)?;
            let by = (self.shop.staff, "It is packed");
            lifecycle::answer_cancellation(conn, order, false, by, now)
        });
        match self.shop.send(order, None) {
            SendOutcome::Sent { is_last: true, .. } => Ok(()),
            outcome => Err(format!("the rest cannot be sent: {outcome:?}")),
        }
    }

    /// Withdraws what is unsent if a parcel has left, else cancels the order.
    fn keep_rest(&self, order: OrderId) -> Result<(), String> {
        let asked =
            format!("select count(*) from cancellation_requests where order_id = {order} and answered_at is null");
        if self.shop.number(&asked) > 0 {
            let by = (self.shop.staff, "As you wish");
            return match self.shop.act(|conn, now| lifecycle::answer_cancellation(conn, order, true, by, now)) {
                AnswerOutcome::Canceled(_) => Ok(()),
                outcome => Err(format!("the request cannot be accepted: {outcome:?}")),
            };
        }
        if self.shop.number(&format!("select sum(sent_count) from order_goods where order_id = {order}")) == 0 {
            let by = (self.shop.staff, "Nothing is here");
            let canceled =
                self.shop.act(|conn, now| lifecycle::cancel_by_staff(conn, order, by, &BTreeMap::new(), now));
            return match canceled {
                CancelOutcome::Canceled(_) => Ok(()),
                outcome => Err(format!("it cannot be canceled: {outcome:?}")),
            };
        }
        let unsent = format!("select count - withdrawn_count - sent_count from order_goods where order_id = {order}");
        let unsent = self.shop.texts(&format!("{unsent} order by sku_id"));
        let unsent: Vec<i32> = unsent.iter().map(|count| count.parse().unwrap()).collect();
        match self.shop.withdraw(order, &unsent, true) {
            WithdrawOutcome::Done(_) => Ok(()),
            outcome => Err(format!("the rest cannot be withdrawn: {outcome:?}")),
        }
    }

    fn collect(&self, order: OrderId) -> Result<(), String> {
        let due = self.shop.texts(&format!(
            "select total_amount - waived_amount from orders
             where id = {order} and pay_method = 'cod' and paid_amount = 0 and total_amount > waived_amount
                and status in ('unreceived', 'unreviewed')"
        ));
        let Some(due) = due.first() else { return Ok(()) };
        match self.shop.collect(order, due) {
            CashOutcome::Recorded => Ok(()),
            outcome => Err(format!("{due} cannot be collected: {outcome:?}")),
        }
    }

    /// The gateway does what it was asked for, and what it has refused is given otherwise if it still can be.
    fn answer_refunds(&self, order: OrderId) -> Result<(), String> {
        let refunds = |status: &str| {
            self.shop.texts(&format!(
                "select r.id from refunds r join payments p on p.id = r.payment_id
                 where p.order_id = {order} and r.status in ({status}) order by r.id"
            ))
        };
        for id in refunds("'refused'") {
            let id = RefundId(id.parse().unwrap());
            let by = (self.shop.staff, "In cash");
            let is_done = |outcome: &RefundDecision| matches!(outcome, RefundDecision::Made(_));
            self.attempt(is_done, |conn, now| lifecycle::give_otherwise(conn, id, by, now))?;
        }
        for id in refunds("'wanted', 'sent'") {
            self.shop.answer_refund(RefundId(id.parse().unwrap()), true);
        }
        Ok(())
    }

    fn refund_rest(&self, order: OrderId) -> Result<(), String> {
        let left = self.shop.text(&format!("select paid_amount - refunded_amount from orders where id = {order}"));
        let left: Money = left.parse().unwrap();
        if !left.is_zero() {
            let request = self.shop.refund_request(RefundedPart::Amount(left));
            let made = self.attempt(Result::is_ok, |conn, now| lifecycle::refund_order(conn, order, &request, now))?;
            made.map_err(|error| format!("{} cannot be refunded: {error:?}", left.plain()))?;
            self.answer_refunds(order)?;
        }
        Ok(())
    }
}
