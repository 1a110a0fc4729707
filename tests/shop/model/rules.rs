//! How the model changes with each operation.

use std::collections::BTreeMap;

use super::{
    operation::{Operation, PEOPLE, PersonIndex, SKUS, SkuIndex, Submit, yuan},
    outcome::{Outcome, Problem},
    state::{Attempt, Cart, Entry, Line, MAX_OPEN, ModelState, Order, Refund, fen, freight},
};
use crate::support::OrderForm;

/// An operation in progress. A checkout reads the cart, saves the order and clears the cart; other operations may come
/// in between.
#[derive(Clone, Debug)]
pub struct Event {
    pub operation: Operation,
    /// What is sent when a button is pressed.
    pub form: Option<OrderForm>,
    progress: Progress,
}

#[derive(Clone, Debug)]
enum Progress {
    Begun,
    CartRead(Vec<(SkuIndex, u32)>),
    Ordered {
        order: usize,
        new: bool,
    },
    /// No order, for this reason; the page will show the cart as it is then.
    Refused(Problem),
    Canceling {
        left: Vec<usize>,
        canceled: usize,
    },
    /// About this order.
    About {
        order: usize,
    },
}

/// The expected outcome; where the shop generates a number or a token, any new one is right.
#[derive(Clone, Debug)]
pub enum ExpectedOutcome {
    Exactly(Outcome),
    Order(usize),
    Checkout { who: PersonIndex, total: i64, short: Vec<String>, can_be_sent: bool },
}

impl ModelState {
    /// Starts the event of an operation.
    pub fn event(&self, operation: Operation, form: Option<OrderForm>) -> Event {
        let progress = match &operation {
            Operation::Expire { all } => Progress::Canceling { left: self.unpaid(*all), canceled: 0 },
            Operation::Notify { order, .. } | Operation::CancelOrder { order, .. } => {
                self.online_order(*order).map_or(Progress::Begun, |order| Progress::About { order })
            }
            _ => Progress::Begun,
        };
        Event { operation, form, progress }
    }

    fn unpaid(&self, all: bool) -> Vec<usize> {
        let unpaid = (0..self.orders.len()).filter(|order| self.orders[*order].status == "unpaid");
        unpaid.take(if all { usize::MAX } else { 1 }).collect()
    }

    /// The numbers of all unpaid orders, or of the first.
    pub fn unpaid_numbers(&self, all: bool) -> Vec<String> {
        self.unpaid(all).into_iter().filter_map(|order| self.orders[order].number.clone()).collect()
    }

    /// Takes the next step of an event; returns the expected outcome once it is finished.
    pub fn go_on(&mut self, event: &mut Event) -> Option<ExpectedOutcome> {
        match (&event.operation, event.progress.clone()) {
            (Operation::Submit(Submit { who, .. }) | Operation::PressAgain { who, .. }, harness) => {
                self.press(*who, harness, event, false)
            }
            (Operation::SubmitAndCrash(Submit { who, .. }), progress) => self.press(*who, progress, event, true),
            (Operation::Expire { .. }, Progress::Canceling { mut left, mut canceled }) => {
                if left.is_empty() {
                    return Some(ExpectedOutcome::Exactly(Outcome::Canceled(canceled)));
                }
                canceled += usize::from(self.cancel(left.remove(0), "expiry"));
                event.progress = Progress::Canceling { left, canceled };
                None
            }
            (Operation::Notify { attempt, .. }, Progress::About { order }) => {
                self.pay(order, *attempt);
                Some(ExpectedOutcome::Exactly(Outcome::Done))
            }
            (Operation::CancelOrder { by_staff, .. }, Progress::About { order }) => {
                if *by_staff {
                    self.cancel_by_staff(order);
                } else {
                    self.cancel(order, "shopper");
                }
                Some(ExpectedOutcome::Exactly(Outcome::Done))
            }
            (operation, _) => Some(self.happen(&operation.clone())),
        }
    }

    /// An operation in one step.
    fn happen(&mut self, operation: &Operation) -> ExpectedOutcome {
        ExpectedOutcome::Exactly(match operation {
            Operation::Add { who, sku, count } => self.add(*who, *sku, *count),
            Operation::SetCount { who, sku, count } => self.change(*who, *sku, |entry| entry.count = *count),
            Operation::Select { who, sku, selected } => self.change(*who, *sku, |entry| entry.selected = *selected),
            Operation::Remove { who, sku } => {
                self.cart(*who).remove(sku);
                Outcome::Done
            }
            Operation::SelectAll { who, selected } => {
                self.cart(*who).values_mut().for_each(|entry| entry.selected = *selected);
                Outcome::Done
            }
            Operation::OpenCheckout { who, .. } => return self.open_checkout(*who),
            Operation::Adjust { who, take_left } => self.adjust(*who, *take_left),
            Operation::AddAddress { .. } | Operation::Work | Operation::Flush | Operation::Reopen => {
                self.befall(operation);
                Outcome::Done
            }
            Operation::RemoveAddress { who } => {
                self.people[*who].addresses.remove(0);
                Outcome::Done
            }
            Operation::SignOut { who } => {
                self.people[*who].signed_in = false;
                Outcome::Done
            }
            Operation::SignIn { who } => self.sign_in(*who),
            Operation::MoveStock { sku, delta } => self.move_stock(*sku, *delta),
            Operation::Reprice { sku, price } => {
                self.skus[*sku].price = *price;
                Outcome::Done
            }
            Operation::SetActive { sku, active } => {
                self.skus[*sku].active = *active;
                Outcome::Done
            }
            Operation::SetPublished { spu, published } => {
                self.published[*spu] = *published;
                Outcome::Done
            }
            Operation::BeginPayment { order, again } => {
                self.begin_payment(self.online_order(*order).unwrap(), *again);
                Outcome::Done
            }
            Operation::Refund { order, unit } => self.refund(self.online_order(*order).unwrap(), *unit),
            Operation::AnswerRefunds { refused } => {
                self.orders.iter_mut().for_each(|order| order.answer_refunds(*refused));
                Outcome::Done
            }
            Operation::RefundLate => {
                self.orders.iter_mut().for_each(Order::refund_late);
                Outcome::Done
            }
            Operation::Submit(_)
            | Operation::PressAgain { .. }
            | Operation::SubmitAndCrash(_)
            | Operation::Expire { .. }
            | Operation::Notify { .. }
            | Operation::CancelOrder { .. }
            | Operation::AtOnce(_) => {
                unreachable!("these have stages")
            }
        })
    }

    fn befall(&mut self, operation: &Operation) {
        match operation {
            Operation::Work => (0..PEOPLE.len()).for_each(|who| self.settle(who)),
            Operation::Flush => {
                for who in 0..PEOPLE.len() {
                    self.settle(who);
                    let person = &mut self.people[who];
                    (person.cart, person.guest_cart, person.token) = Default::default();
                }
            }
            _ => {}
        }
    }

    fn cart(&mut self, who: PersonIndex) -> &mut Cart {
        let person = &mut self.people[who];
        if person.signed_in { &mut person.cart } else { &mut person.guest_cart }
    }

    fn on_sale(&self, sku: SkuIndex) -> bool {
        self.skus[sku].active && self.published[SKUS[sku].spu]
    }

    fn left(&self, sku: SkuIndex) -> i32 {
        if self.on_sale(sku) { self.skus[sku].stock } else { 0 }
    }

    fn add(&mut self, who: PersonIndex, sku: SkuIndex, count: u32) -> Outcome {
        if !self.on_sale(sku) {
            return Outcome::Refused;
        }
        let entry = self.cart(who).entry(sku).or_insert(Entry { count: 0, selected: true });
        entry.count += count;
        entry.selected = true;
        Outcome::Done
    }

    fn change(&mut self, who: PersonIndex, sku: SkuIndex, change: impl Fn(&mut Entry)) -> Outcome {
        match self.cart(who).get_mut(&sku) {
            Some(entry) => {
                change(entry);
                Outcome::Done
            }
            None => Outcome::NotThere,
        }
    }

    /// The larger count wins, no entry is lost, and what was selected in either cart is selected.
    fn sign_in(&mut self, who: PersonIndex) -> Outcome {
        let person = &mut self.people[who];
        person.signed_in = true;
        for (sku, brought) in std::mem::take(&mut person.guest_cart) {
            let entry = person.cart.entry(sku).or_insert(Entry { count: 0, selected: false });
            entry.count = entry.count.max(brought.count);
            entry.selected |= brought.selected;
        }
        Outcome::Done
    }

    fn move_stock(&mut self, sku: SkuIndex, delta: i32) -> Outcome {
        let sku = &mut self.skus[sku];
        if sku.stock + delta < 0 {
            return Outcome::Refused;
        }
        sku.stock += delta;
        sku.movements.push(format!("{delta:+} count"));
        Outcome::Done
    }

    fn selected(&self, who: PersonIndex) -> Vec<(SkuIndex, u32)> {
        let selected = self.people[who].cart.iter().filter(|(_, entry)| entry.selected);
        selected.map(|(sku, entry)| (*sku, entry.count)).collect()
    }

    fn total(&self, entries: &[(SkuIndex, u32)]) -> i64 {
        let goods: i64 = entries.iter().map(|(sku, count)| self.skus[*sku].price * i64::from(*count)).sum();
        goods + freight(goods)
    }

    fn missing_stock(&self, entries: &[(SkuIndex, u32)]) -> Vec<String> {
        let short = entries.iter().filter(|(sku, count)| i64::from(self.left(*sku)) < i64::from(*count));
        short
            .map(|(sku, count)| {
                let gone = if self.on_sale(*sku) { "" } else { " no longer sold" };
                format!("{} {count} {}{gone}", SKUS[*sku].name, self.left(*sku))
            })
            .collect()
    }

    fn open_checkout(&mut self, who: PersonIndex) -> ExpectedOutcome {
        if !self.people[who].signed_in {
            return ExpectedOutcome::Exactly(Outcome::SignIn);
        }
        self.settle(who);
        let entries = self.selected(who);
        if entries.is_empty() {
            return ExpectedOutcome::Exactly(Outcome::BackToCart);
        }
        let can_be_sent = !self.people[who].addresses.is_empty();
        ExpectedOutcome::Checkout { who, total: self.total(&entries), short: self.missing_stock(&entries), can_be_sent }
    }

    fn adjust(&mut self, who: PersonIndex, take_left: bool) -> Outcome {
        if !self.people[who].signed_in {
            return Outcome::SignIn;
        }
        for (sku, count) in self.selected(who) {
            let left = u32::try_from(self.left(sku)).unwrap();
            if left >= count {
                continue;
            }
            let entry = self.people[who].cart.get_mut(&sku).unwrap();
            if take_left && left > 0 {
                entry.count = left;
            } else {
                entry.selected = false;
            }
        }
        Outcome::BackToCheckout
    }

    fn press(
        &mut self,
        who: PersonIndex,
        progress: Progress,
        event: &mut Event,
        crash: bool,
    ) -> Option<ExpectedOutcome> {
        let form = event.form.clone().expect("a form to send");
        match progress {
            Progress::Begun if !self.people[who].signed_in => return Some(ExpectedOutcome::Exactly(Outcome::SignIn)),
            Progress::Begun => event.progress = Progress::CartRead(self.selected(who)),
            Progress::CartRead(entries) => {
                let before = self.orders.iter().position(|order| order.who == who && order.token == form.token);
                event.progress = match before {
                    Some(order) => Progress::Ordered { order, new: false },
                    None => match self.order(who, &form, &entries) {
                        Ok(order) => Progress::Ordered { order, new: true },
                        Err(problem @ (Problem::NoAddress | Problem::NothingSelected)) => Progress::Refused(problem),
                        Err(problem) => return Some(ExpectedOutcome::Exactly(self.refused(who, problem))),
                    },
                };
            }
            Progress::Ordered { order, new } => {
                match (crash, new) {
                    (true, _) => {}
                    (false, true) => self.clear(order),
                    (false, false) => self.settle(who),
                }
                return Some(ExpectedOutcome::Order(order));
            }
            Progress::Refused(problem) => {
                return Some(ExpectedOutcome::Exactly(self.refused(who, self.against(who, problem))));
            }
            Progress::Canceling { .. } | Progress::About { .. } => unreachable!("that is another step"),
        }
        None
    }

    /// Places an order, unless there is a problem.
    fn order(&mut self, who: PersonIndex, form: &OrderForm, entries: &[(SkuIndex, u32)]) -> Result<usize, Problem> {
        if !self.people[who].addresses.contains(&form.address) {
            return Err(Problem::NoAddress);
        }
        if entries.is_empty() {
            return Err(Problem::NothingSelected);
        }
        let short = self.missing_stock(entries);
        if !short.is_empty() {
            return Err(Problem::Short(short));
        }
        let (expected, total) = (fen(&form.expected_total), self.total(entries));
        if expected != total {
            return Err(Problem::Changed { lines: self.moved(form, entries), total: (yuan(expected), yuan(total)) });
        }
        self.bounded(who, &form.pay_method, entries)?;
        let goods: Vec<Line> = entries
            .iter()
            .map(|(sku, count)| Line {
                sku: *sku,
                count: *count,
                price: self.skus[*sku].price,
                refunded: 0,
                withdrawn: 0,
            })
            .collect();
        for line in &goods {
            let sku = &mut self.skus[line.sku];
            sku.stock -= count(line);
            sku.sales += count(line);
        }
        let status = if form.pay_method == "alipay" { "unpaid" } else { "unsent" };
        let (token, pay_method) = (form.token.clone(), form.pay_method.clone());
        self.orders.push(Order {
            number: None,
            who,
            token,
            status,
            pay_method,
            canceled_by: None,
            goods,
            attempts: Vec::new(),
            refunded: 0,
            cleared: false,
        });
        Ok(self.orders.len() - 1)
    }

    /// The limits of one account: unpaid orders, and those paid on delivery.
    fn bounded(&self, who: PersonIndex, pay_method: &str, entries: &[(SkuIndex, u32)]) -> Result<(), Problem> {
        let theirs = || self.orders.iter().filter(|order| order.who == who);
        let open: Vec<&Order> = theirs().filter(|order| order.status != "canceled" && !order.is_paid()).collect();
        let expired = theirs().filter(|order| order.canceled_by == Some("expiry")).count();
        if pay_method == "alipay" && expired >= MAX_OPEN.expired {
            return Err(Problem::TooManyExpired);
        }
        if open.len() >= MAX_OPEN.orders {
            return Err(Problem::TooManyOpen);
        }
        let held = |is_counted: &dyn Fn(SkuIndex) -> bool| -> u32 {
            let lines = open.iter().flat_map(|order| &order.goods);
            lines.filter(|line| is_counted(line.sku)).map(|line| line.count).sum()
        };
        let mut rows = Vec::new();
        for (sku, wanted) in entries {
            let held = held(&|other| other == *sku);
            if held + wanted > MAX_OPEN.of_sku {
                rows.push(format!("{} {} {held} {wanted}", SKUS[*sku].name, MAX_OPEN.of_sku));
            }
        }
        for (spu, name) in ["Teapot", "Lamp", "Soap"].iter().enumerate() {
            let of_spu = |sku: SkuIndex| SKUS[sku].spu == spu;
            let wanted: u32 = entries.iter().filter(|(sku, _)| of_spu(*sku)).map(|(_, count)| count).sum();
            let held = held(&of_spu);
            if wanted > 0 && held + wanted > MAX_OPEN.of_spu {
                rows.push(format!("{name} all kinds together {} {held} {wanted}", MAX_OPEN.of_spu));
            }
        }
        if rows.is_empty() { Ok(()) } else { Err(Problem::TooManyPieces(rows)) }
    }

    fn moved(&self, form: &OrderForm, entries: &[(SkuIndex, u32)]) -> Vec<String> {
        let seen = form.seen.iter().filter_map(|seen| seen.split_once(':'));
        let seen: BTreeMap<i64, i64> = seen.map(|(sku, price)| (sku.parse().unwrap(), fen(price))).collect();
        let moved = entries.iter().filter_map(|(sku, _)| {
            let (before, now) = (*seen.get(&self.id(*sku))?, self.skus[*sku].price);
            (before != now).then(|| format!("{} {} {}", SKUS[*sku].name, yuan(before), yuan(now)))
        });
        moved.collect()
    }

    fn id(&self, sku: SkuIndex) -> i64 {
        self.before + 1 + i64::try_from(sku).unwrap()
    }

    /// The problem that the page shows: one of the present cart comes before that of an empty cart or of an address.
    fn against(&self, who: PersonIndex, problem: Problem) -> Problem {
        let entries = self.selected(who);
        match (entries.is_empty(), problem) {
            (true, _) => Problem::NothingSelected,
            (false, Problem::NothingSelected) => match self.missing_stock(&entries) {
                short if short.is_empty() => Problem::Outdated,
                short => Problem::Short(short),
            },
            (false, problem) => problem,
        }
    }

    fn refused(&self, who: PersonIndex, problem: Problem) -> Outcome {
        let entries = self.selected(who);
        let total = (!entries.is_empty()).then(|| self.total(&entries));
        Outcome::NotOrdered { problem, total }
    }

    /// Clears the cart of everything that this person's orders have bought.
    fn settle(&mut self, who: PersonIndex) {
        let owed: Vec<usize> =
            (0..self.orders.len()).filter(|o| self.orders[*o].who == who && !self.orders[*o].cleared).collect();
        owed.into_iter().for_each(|order| self.clear(order));
    }

    fn clear(&mut self, order: usize) {
        let order = &mut self.orders[order];
        if std::mem::replace(&mut order.cleared, true) {
            return;
        }
        let person = &mut self.people[order.who];
        person.token = None;
        for line in &order.goods {
            if let Some(entry) = person.cart.get_mut(&line.sku) {
                entry.count = entry.count.saturating_sub(line.count);
            }
        }
        person.cart.retain(|_, entry| entry.count > 0);
    }

    fn cancel(&mut self, order: usize, by: &'static str) -> bool {
        if self.orders[order].status != "unpaid" {
            return false;
        }
        self.restock(order, by);
        true
    }

    fn restock(&mut self, order: usize, by: &'static str) {
        let order = &mut self.orders[order];
        (order.status, order.canceled_by) = ("canceled", Some(by));
        for line in order.goods.iter().filter(|line| count(line) > 0) {
            let sku = &mut self.skus[line.sku];
            sku.stock += count(line);
            sku.sales -= count(line);
            sku.movements.push(format!("{:+} cancellation", count(line)));
        }
    }

    // --- payments ---------------------------------------------------------------------------------------------------

    /// The same terms are the same attempt.
    fn begin_payment(&mut self, order: usize, again: bool) {
        let order = &mut self.orders[order];
        if order.status == "unpaid" && (again || order.attempts.is_empty()) {
            order.attempts.push(Attempt::default());
        }
    }

    /// An attempt is paid: that pays the order, or revives it; otherwise the money goes back, or waits for goods.
    fn pay(&mut self, order: usize, attempt: usize) {
        let (status, canceled_by) = (self.orders[order].status, self.orders[order].canceled_by);
        let attempt = attempt % self.orders[order].attempts.len();
        if self.orders[order].attempts[attempt].paid {
            return;
        }
        let pays = status == "unpaid" || canceled_by == Some("expiry") && self.retake(order);
        let order = &mut self.orders[order];
        let total = order.total();
        let attempt = &mut order.attempts[attempt];
        (attempt.paid, attempt.counts) = (true, pays);
        if pays {
            (order.status, order.canceled_by) = ("unsent", None);
        } else if canceled_by == Some("expiry") {
            attempt.waits = true;
        } else {
            attempt.refunds.push(Refund { amount: total, status: "wanted", unit: None });
        }
    }

    /// Takes the goods of an expired order again, if all are there.
    fn retake(&mut self, order: usize) -> bool {
        let goods = &self.orders[order].goods;
        if goods.iter().any(|line| self.skus[line.sku].stock < count(line)) {
            return false;
        }
        for line in goods {
            let sku = &mut self.skus[line.sku];
            sku.stock -= count(line);
            sku.sales += count(line);
            sku.movements.push(format!("{:+} revival", -count(line)));
        }
        true
    }

    /// What is left of the payment goes back.
    fn cancel_by_staff(&mut self, order: usize) {
        if !matches!(self.orders[order].status, "unpaid" | "unsent") {
            return;
        }
        self.restock(order, "staff");
        let order = &mut self.orders[order];
        let left = order.left();
        if left > 0 {
            order.want_refund(left, None);
        }
    }

    fn refund(&mut self, order: usize, unit: bool) -> Outcome {
        let order = &mut self.orders[order];
        let is_last_unit = order.goods.iter().map(count).sum::<i32>() == 1;
        let line = order.goods.iter().find(|line| line.refunded < line.count);
        let (amount, sku) = match (unit, line) {
            (true, Some(line)) => (line.price, Some(line.sku)),
            (true, None) => return Outcome::Refused,
            (false, _) => (100, None),
        };
        if amount > order.left() {
            return Outcome::Refused;
        }
        if let Some(line) = order.goods.iter_mut().find(|line| Some(line.sku) == sku) {
            // A unit that was taken out, and whose refund was refused, is refunded first.
            if order.status == "unsent" && line.withdrawn <= line.refunded {
                if is_last_unit {
                    return Outcome::Refused;
                }
                line.withdrawn += 1;
                let sku = &mut self.skus[line.sku];
                sku.stock += 1;
                sku.sales -= 1;
                sku.movements.push("+1 withdrawal".to_owned());
            }
        }
        order.want_refund(amount, sku);
        Outcome::Done
    }

    /// Whether an outcome is the expected one; stores new numbers and tokens. `check_single` means that nothing else
    /// was running, so that a page that was loaded later shows the same state.
    pub fn accepts(&mut self, expected: &ExpectedOutcome, outcome: &Outcome, check_single: bool) -> bool {
        match (expected, outcome) {
            (ExpectedOutcome::Order(order), Outcome::Ordered(number)) => self.is_called(*order, number),
            (ExpectedOutcome::Checkout { who, total, short, can_be_sent }, Outcome::Checkout(page)) => {
                (*total, short, *can_be_sent) == (page.total, &page.short, page.can_be_sent)
                    && self.has_token(*who, &page.token)
            }
            (
                ExpectedOutcome::Exactly(Outcome::NotOrdered { problem, total }),
                Outcome::NotOrdered { problem: said, total: shown },
            ) => problem == said && (!check_single || total == shown),
            (ExpectedOutcome::Exactly(expected), outcome) => expected == outcome,
            _ => false,
        }
    }

    fn is_called(&mut self, order: usize, number: &str) -> bool {
        match &self.orders[order].number {
            Some(known) => known == number,
            None if self.orders.iter().any(|other| other.number.as_deref() == Some(number)) => false,
            None => {
                self.orders[order].number = Some(number.to_owned());
                true
            }
        }
    }

    /// Whether the token is the cart's: a cart keeps one token until an order has been taken out of it.
    fn has_token(&mut self, who: PersonIndex, token: &str) -> bool {
        match &self.people[who].token {
            Some(known) => known == token,
            None if self.orders.iter().any(|order| order.token == token) => false,
            None => {
                self.people[who].token = Some(token.to_owned());
                true
            }
        }
    }
}

impl Order {
    /// What was paid for it and does not go back.
    fn left(&self) -> i64 {
        if self.is_paid() { self.total() - self.refunded } else { 0 }
    }

    fn want_refund(&mut self, amount: i64, unit: Option<SkuIndex>) {
        self.refunded += amount;
        self.count_refunded(unit, 1);
        let payment = self.attempts.iter_mut().find(|attempt| attempt.counts).expect("it is paid");
        payment.refunds.push(Refund { amount, status: "wanted", unit });
    }

    fn count_refunded(&mut self, unit: Option<SkuIndex>, change: i32) {
        if let Some(line) = self.goods.iter_mut().find(|line| Some(line.sku) == unit) {
            line.refunded = line.refunded.saturating_add_signed(change);
        }
    }

    /// A refund of the payment that is refused is left again.
    fn answer_refunds(&mut self, refused: bool) {
        let status = if refused { "refused" } else { "done" };
        let mut left_again = Vec::new();
        for attempt in &mut self.attempts {
            for refund in attempt.refunds.iter_mut().filter(|refund| refund.status == "wanted") {
                refund.status = status;
                if refused && attempt.counts {
                    left_again.push((refund.amount, refund.unit));
                }
            }
        }
        for (amount, unit) in left_again {
            self.refunded -= amount;
            self.count_refunded(unit, -1);
        }
    }

    fn refund_late(&mut self) {
        let amount = self.total();
        for attempt in self.attempts.iter_mut().filter(|attempt| attempt.waits) {
            attempt.waits = false;
            attempt.refunds.push(Refund { amount, status: "wanted", unit: None });
        }
    }
}

/// The units that the order keeps of a line.
fn count(line: &Line) -> i32 {
    i32::try_from(line.count - line.withdrawn).unwrap()
}
