//! A real shop with the shoppers and SKUs of a story, and how each operation is executed in it.

use std::collections::BTreeMap;

use diesel::{PgConnection, QueryResult};
use futures_util::future::join_all;
use std::sync::Arc;
use till::{
    checkout,
    kernel::{Money, OrderId, RefundId, UserId},
    lifecycle::{self, RefundRequest, RefundedPart},
    payments::RefundState,
    platform::{
        clock,
        db::{self, Connection, Db, DbError},
        outbox::{self, JobHandler},
        random, redis as store,
    },
};

use super::{
    operation::{Operation, PEOPLE, PersonIndex, SKUS, SkuIndex, Submit, TABS},
    outcome::{Outcome, read_checkout_outcome, read_outcome},
    rules::Event,
    state::{self, ModelState, fen},
};
use crate::support::{Answer, Browser, OrderForm, PASSWORD, Shopper, TestShop, about, signed};

/// The shop under test.
pub struct Harness {
    pub shop: TestShop,
    pub shoppers: Vec<Shopper>,
    pub clerk: Browser,
    /// The ids just before the first SKU and the first SPU of this story.
    pub before: (i64, i64),
    /// The last outbox job before Redis was flushed: Redis has forgotten which jobs were done.
    flushed: i64,
    pub tabs: Vec<[Tab; TABS]>,
    /// The database connections of the background jobs.
    till: Db,
    pub redis: redis::Connection,
}

/// The checkout form that a tab shows, and the one that it sent last.
#[derive(Clone, Default)]
pub struct Tab {
    pub open: Option<OrderForm>,
    sent: Option<OrderForm>,
}

impl Harness {
    /// Opens a shop for stories. No story kills PostgreSQL, so no commit waits for the disk.
    pub async fn build() -> TestShop {
        let mut shop = TestShop::with(&state::LIMITS).await;
        shop.alter("set synchronous_commit = off");
        shop.reopen();
        shop
    }

    /// Creates shoppers and SKUs in a shop that may have others.
    pub async fn with_shop(shop: TestShop) -> (Self, ModelState) {
        shop.execute("update users set username = 'once-' || id, email = 'once-' || id || '@example.com'");
        redis::cmd("FLUSHALL").exec(&mut shop.redis.connect()).unwrap();
        let flushed = shop.number("select coalesce(max(id), 0) from outbox");
        let before = create_skus(&shop);
        let mut shoppers = Vec::new();
        for name in PEOPLE {
            shoppers.push(shop.shopper(&name.to_lowercase()).await);
        }
        let clerk = shop.clerk("chen").await;
        let state = ModelState::new([0, 1, 2].map(|who: PersonIndex| shoppers[who].address.to_string()), before.0);
        let (till, redis) = (Db::connect(&shop.database.url, 1).unwrap(), shop.redis.connect());
        (
            Self { shop, shoppers, clerk, before, flushed, tabs: vec![Default::default(); PEOPLE.len()], till, redis },
            state,
        )
    }

    /// The request of an operation; `None` if it makes no sense now.
    pub fn event(&self, state: &ModelState, operation: Operation) -> Option<Event> {
        let form = match &operation {
            Operation::Submit(press) | Operation::SubmitAndCrash(press) => Some(self.form(press)?),
            Operation::PressAgain { who, tab } => Some(self.tabs[*who][*tab].sent.clone()?),
            _ => None,
        };
        state.can(&operation).then(|| state.event(operation, form))
    }

    fn form(&self, press: &Submit) -> Option<OrderForm> {
        let mut form = self.tabs[press.who][press.tab].open.clone()?;
        form.pay_method = if press.online { "alipay" } else { "cod" }.to_owned();
        if press.cheats {
            let less = fen(&form.expected_total) - 1;
            form.expected_total = format!("{}.{:02}", less / 100, less % 100);
        }
        Some(form)
    }

    pub async fn happen(&mut self, state: &ModelState, events: &[Event]) -> Vec<Answered> {
        match events {
            [Event { operation: Operation::Reopen, .. }] => {
                self.shop.reopen();
                let url = self.shop.url();
                self.shoppers.iter_mut().for_each(|shopper| shopper.browser.goes_to(&url));
                self.clerk.goes_to(&url);
                vec![Answered::of(Outcome::Done)]
            }
            [Event { operation: Operation::Flush, .. }] => {
                self.flush(state).await;
                vec![Answered::of(Outcome::Done)]
            }
            [Event { operation: Operation::SubmitAndCrash(_), .. }] => {
                // The script that clears a cart remembers the order under a key; without access to that key nothing is
                // cleared.
                self.shop.redis.allow("resetkeys ~[^b]*");
                let answer = self.one(state, &events[0]).await;
                self.shop.redis.allow("allkeys");
                vec![answer]
            }
            events => join_all(events.iter().map(|event| self.one(state, event))).await,
        }
    }

    async fn one(&self, state: &ModelState, event: &Event) -> Answered {
        match &event.operation {
            Operation::Work => {
                self.work().await;
                Answered::of(Outcome::Done)
            }
            Operation::Expire { all } => {
                let numbers = state.unpaid_numbers(*all).join("', '");
                // So long ago that no open attempt is waited for.
                self.shop.execute(&format!(
                    "update orders set expires_at = now() - interval '16 minutes' where number in ('{numbers}')"
                ));
                let canceled = self.till.run(|conn| lifecycle::cancel_expired(conn, clock::now(), 100)).await.unwrap();
                Answered::of(Outcome::Canceled(canceled))
            }
            Operation::Reprice { sku, price } => {
                self.sql(&format!("skus set price = {price} / 100.0 where id = {}", self.sku(*sku)))
            }
            Operation::SetActive { sku, active } => {
                self.sql(&format!("skus set active = {active} where id = {}", self.sku(*sku)))
            }
            Operation::SetPublished { spu, published } => {
                self.sql(&format!("spus set published = {published} where id = {}", self.spu(*spu)))
            }
            Operation::MoveStock { sku, delta } => {
                let path = format!("/admin/stock/{}/movements", self.sku(*sku));
                let answer = self.clerk.post(&path, &[("delta", &delta.to_string()), ("reason", "count")]).await;
                Answered::to(&answer)
            }
            Operation::Submit(Submit { who, .. })
            | Operation::PressAgain { who, .. }
            | Operation::SubmitAndCrash(Submit { who, .. }) => {
                let answer = self.shoppers[*who].places(event.form.as_ref().unwrap()).await;
                Answered::at_checkout(&answer)
            }
            Operation::OpenCheckout { who, .. } => {
                let answer = self.browser(*who).get("/checkout").await;
                Answered::at_checkout(&answer)
            }
            Operation::Adjust { who, take_left } => {
                let mode = if *take_left { "left" } else { "without" };
                let answer = self.browser(*who).post("/checkout/adjustment", &[("mode", mode)]).await;
                Answered::at_checkout(&answer)
            }
            Operation::Notify { order, attempt, twice } => self.notify(state, *order, (*attempt, *twice)).await,
            Operation::CancelOrder { order, by_staff: true } => {
                let (order, by) = (self.order_id(state, *order), (self.staff(), "Damaged"));
                self.by_staff(move |conn| {
                    lifecycle::cancel_by_staff(conn, order, by, &BTreeMap::new(), clock::now()).map(|_| true)
                })
                .await
            }
            Operation::Refund { order, unit } => self.refund(self.order_id(state, *order), *unit).await,
            Operation::AnswerRefunds { refused } => self.answer_refunds(*refused).await,
            Operation::RefundLate => {
                let paid_before = clock::now() + chrono::TimeDelta::hours(1);
                let refund =
                    move |conn: &mut Connection| lifecycle::refund_out_of_stock(conn, paid_before, 100, clock::now());
                self.till.run(refund).await.unwrap();
                Answered::of(Outcome::Done)
            }
            operation => {
                let answer = self.simple(state, operation).await;
                Answered::to(&answer)
            }
        }
    }

    fn order_number<'a>(&self, state: &'a ModelState, order: usize) -> (PersonIndex, &'a str) {
        let order = &state.orders[state.online_order(order).expect("an order")];
        (order.who, order.number.as_deref().expect("its number"))
    }

    fn order_id(&self, state: &ModelState, order: usize) -> OrderId {
        let (_, number) = self.order_number(state, order);
        OrderId(self.shop.number(&format!("select id from orders where number = '{number}'")))
    }

    fn staff(&self) -> UserId {
        UserId(self.shop.number("select id from users where username = 'chen'"))
    }

    /// The gateway's notification that an attempt is paid, sent once, or twice at the same moment.
    async fn notify(&self, state: &ModelState, order: usize, (attempt, twice): (usize, bool)) -> Answered {
        let (_, number) = self.order_number(state, order);
        let of_order = format!("from payments p join orders o on o.id = p.order_id where o.number = '{number}'");
        let attempts = self.shop.texts(&format!("select p.number || ' ' || p.amount {of_order} order by p.id"));
        let (attempt, amount) = attempts[attempt % attempts.len()].split_once(' ').expect("two words");
        let trade_no = format!("T{attempt}");
        let mut fields = about(attempt, amount);
        fields.iter_mut().find(|(name, _)| *name == "trade_no").expect("its trade").1 = &trade_no;
        let body = signed(&fields);
        let gateway = self.shop.visitor();
        let send = || gateway.post_raw("/pay/alipay/notification", body.clone());
        let answers = join_all((0..=usize::from(twice)).map(|_| send())).await;
        match answers.iter().find(|answer| answer.body != "success") {
            Some(odd) => Answered::of(Outcome::Else(odd.to_string())),
            None => Answered::of(Outcome::Done),
        }
    }

    /// In a transaction; returns whether it could be done.
    async fn by_staff(&self, act: impl Fn(&mut PgConnection) -> QueryResult<bool> + Send + 'static) -> Answered {
        let done = self.till.run(move |conn| db::transaction(conn, |conn| act(conn).map_err(DbError::from))).await;
        Answered::of(if done.unwrap() { Outcome::Done } else { Outcome::Refused })
    }

    async fn refund(&self, order: OrderId, unit: bool) -> Answered {
        let staff = self.staff();
        self.by_staff(move |conn| {
            let part = if unit {
                let lines = lifecycle::refundable_order(conn, order)?.lines;
                let left = lines.iter().find(|(line, refunded)| line.count > *refunded);
                let units = left.map(|(line, _)| (line.id, 1)).into_iter().collect();
                RefundedPart::Lines { units, freight: Money::ZERO }
            } else {
                RefundedPart::Amount("1.00".parse().unwrap())
            };
            let request = RefundRequest { part, note: "A scratch".to_owned(), staff, token: random::token() };
            Ok(lifecycle::refund_order(conn, order, &request, clock::now())?.is_ok())
        })
        .await
    }

    async fn answer_refunds(&self, refused: bool) -> Answered {
        for id in self.shop.texts("select id from refunds where status = 'wanted' order by id") {
            let id = RefundId(id.parse().unwrap());
            let state = if refused {
                RefundState::Refused { code: "ACQ.SELLER_BALANCE_NOT_ENOUGH".into(), message: "no balance".into() }
            } else {
                RefundState::Done
            };
            let now = clock::now();
            let answer = move |conn: &mut Connection| lifecycle::apply_refund_result(conn, id, &state, now, now);
            self.till.run(answer).await.unwrap();
        }
        Answered::of(Outcome::Done)
    }

    /// Operations that send a single form.
    async fn simple(&self, state: &ModelState, operation: &Operation) -> Answer {
        let entry = |sku: &SkuIndex, what: &str| format!("/cart/entries/{}{what}", self.sku(*sku));
        match operation {
            Operation::Add { who, sku, count } => {
                let fields = [("sku_id", self.sku(*sku).to_string()), ("count", count.to_string())];
                self.browser(*who).post("/cart/entries", &fields.each_ref().map(|(name, v)| (*name, v.as_str()))).await
            }
            Operation::SetCount { who, sku, count } => {
                self.browser(*who).post(&entry(sku, ""), &[("count", &count.to_string())]).await
            }
            Operation::Remove { who, sku } => self.browser(*who).post(&entry(sku, "/removal"), &[]).await,
            Operation::Select { who, sku, selected } => {
                self.browser(*who).post(&entry(sku, "/selection"), &[("selected", &selected.to_string())]).await
            }
            Operation::SelectAll { who, selected } => {
                self.browser(*who).post("/cart/selection", &[("selected", &selected.to_string())]).await
            }
            Operation::AddAddress { who } => self.browser(*who).post("/checkout/addresses", &ADDRESS).await,
            Operation::RemoveAddress { who } => {
                let path = format!("/account/addresses/{}/removal", state.first_address(*who));
                self.browser(*who).post(&path, &[]).await
            }
            Operation::BeginPayment { order, again } => {
                let (who, number) = self.order_number(state, *order);
                if *again {
                    // No page moves the time of an order, and other terms are another attempt.
                    self.shop.execute(&format!(
                        "update orders set expires_at = expires_at + interval '1 second'
                         where number = '{number}' and status = 'unpaid'"
                    ));
                }
                self.browser(who).post(&format!("/orders/{number}/payment"), &[]).await
            }
            Operation::CancelOrder { order, .. } => {
                let (who, number) = self.order_number(state, *order);
                self.browser(who).post(&format!("/orders/{number}/cancellation"), &[]).await
            }
            Operation::SignOut { who } => self.browser(*who).post("/sign-out", &[]).await,
            Operation::SignIn { who } => self.sign_in(*who).await,
            operation => unreachable!("{operation} is not one form"),
        }
    }

    fn sku(&self, sku: SkuIndex) -> i64 {
        self.before.0 + 1 + i64::try_from(sku).unwrap()
    }

    fn spu(&self, spu: usize) -> i64 {
        self.before.1 + 1 + i64::try_from(spu).unwrap()
    }

    fn browser(&self, who: PersonIndex) -> &Browser {
        &self.shoppers[who].browser
    }

    async fn sign_in(&self, who: PersonIndex) -> Answer {
        self.browser(who).sign_in(&PEOPLE[who].to_lowercase(), PASSWORD).await
    }

    fn sql(&self, update: &str) -> Answered {
        self.shop.execute(&format!("update {update}"));
        Answered::of(Outcome::Done)
    }

    /// Performs every job, also those that were done before, because a mark may be lost.
    async fn work(&self) {
        let since = self.flushed;
        self.shop
            .execute(&format!("update outbox set done_at = null, due_at = now(), attempts = 0 where id > {since}"));
        let redis = store::connect(&self.shop.redis.url()).await.unwrap();
        let job_handler: JobHandler = Arc::new(move |job| {
            let redis = redis.clone();
            Box::pin(async move { checkout::clear_cart(job, &redis).await })
        });
        outbox::work_once(&self.till, &job_handler).await.unwrap();
    }

    /// Jobs are performed before: a cart that is created after the flush cannot be told from the one of an order. Nor
    /// can a tab that was open before, so all tabs are closed.
    async fn flush(&mut self, state: &ModelState) {
        self.work().await;
        self.flushed = self.shop.number("select coalesce(max(id), 0) from outbox");
        self.tabs.fill_with(Default::default);
        redis::cmd("FLUSHALL").exec(&mut self.redis).unwrap();
        redis::cmd("SCRIPT").arg("FLUSH").exec(&mut self.redis).unwrap();
        self.clerk.sign_in("chen", PASSWORD).await.expect(303);
        for who in state.signed_in() {
            self.sign_in(who).await.expect(303);
        }
    }

    /// Stores the forms that the pages left in the tabs, and the ids of new addresses.
    pub fn afterwards(&mut self, state: &mut ModelState, events: &[Event], answers: &[Answered]) {
        for (event, Answered { form, location, .. }) in events.iter().zip(answers) {
            match &event.operation {
                Operation::OpenCheckout { who, tab } => self.tabs[*who][*tab].open.clone_from(form),
                Operation::Submit(Submit { who, tab, .. }) | Operation::SubmitAndCrash(Submit { who, tab, .. }) => {
                    self.tabs[*who][*tab] = Tab { open: form.clone(), sent: event.form.clone() };
                }
                Operation::AddAddress { who } => {
                    let (_, id) = location.split_once("address=").expect("the new address");
                    state.has_address(*who, id.to_owned());
                }
                _ => {}
            }
        }
    }
}

const ADDRESS: [(&str, &str); 5] = [
    ("recipient", "Mei Lin"),
    ("phone", "13800138000"),
    ("region", "Shanghai, Xuhui"),
    ("street", "2 Anfu Road"),
    ("postcode", "200031"),
];

/// Creates the SPUs and SKUs; returns the ids just before theirs.
fn create_skus(shop: &TestShop) -> (i64, i64) {
    shop.execute("update spus set slug = slug || '-' || id");
    let spus = ["Teapot", "Lamp", "Soap"].map(|name| shop.make_spu(name));
    let colours = shop.make_option(spus[0], "Colour", &["Green", "Blue"]);
    let mut skus = Vec::new();
    for sku in &SKUS {
        let price = format!("{}.{:02}", sku.price / 100, sku.price % 100);
        skus.push(shop.make_sku_of(spus[sku.spu], sku.stock, &price));
    }
    colours.iter().zip(&skus).for_each(|(colour, sku)| shop.set_option(*sku, *colour));
    assert_eq!(skus[3].0 - skus[0].0, 3, "stories call SKUs by their ids");
    (skus[0].0 - 1, spus[0].0 - 1)
}

/// The outcome of a request, with what is needed for the next one.
pub struct Answered {
    pub outcome: Outcome,
    form: Option<OrderForm>,
    /// The target of the redirect.
    location: String,
}

impl Answered {
    fn of(outcome: Outcome) -> Self {
        Self { outcome, form: None, location: String::new() }
    }

    fn to(answer: &Answer) -> Self {
        Self { location: answer.location().to_owned(), ..Self::of(read_outcome(answer)) }
    }

    fn at_checkout(answer: &Answer) -> Self {
        let (outcome, form) = read_checkout_outcome(answer);
        Self { form, ..Self::of(outcome) }
    }
}
