//! What one shopper of the crash test does, and records about it.

use futures_util::future::join;
use rand::{Rng, SeedableRng, rngs::StdRng};
use redis::{RedisResult, Script};
use reqwest::{Method, RequestBuilder};
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    sync::LazyLock,
    time::{Duration, Instant},
};
use till::{
    kernel::{AddressId, SkuId, UserId},
    platform::{
        random,
        redis::{self as platform, Redis},
    },
};
use tokio::time::{sleep, timeout};

use super::environment::{Environment, PricedSku};
use crate::support::{Answer, Browser, OrderForm, PASSWORD, Payer};

/// How long a shopper repeats a checkout, in this round and the next, before the test fails because the shop does not
/// answer. A checkout that crashed may claim the cart for half of that.
const WAIT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long they repeat it after the end of the round.
const RETRY_AFTER_END: Duration = Duration::from_secs(3);

/// What the shoppers of a round share.
pub struct RoundContext {
    server_urls: Vec<String>,
    redis: Redis,
    pub(super) payer: Payer,
    pub(super) database_url: String,
    plenty: Vec<PricedSku>,
    scarce: Vec<PricedSku>,
    max_pause_ms: u64,
    rush_interval: Option<Duration>,
    closed: Cell<Option<Instant>>,
    orders: Cell<usize>,
    began: Instant,
}

impl RoundContext {
    pub async fn of(environment: &Environment, max_pause_ms: u64, rush_interval: Option<Duration>) -> Self {
        Self {
            server_urls: environment.server_urls(),
            redis: platform::connect(&environment.redis.url()).await.unwrap(),
            payer: environment.cashier.payer(),
            database_url: environment.database.url.clone(),
            plenty: environment.plenty.clone(),
            scarce: environment.scarce.clone(),
            max_pause_ms,
            rush_interval,
            closed: Cell::new(None),
            orders: Cell::new(0),
            began: Instant::now(),
        }
    }

    pub fn is_open(&self) -> bool {
        self.closed.get().is_none()
    }

    /// In a rush, waits for the moment when all submit.
    async fn wait_for_rush(&self) {
        if let Some(rush_interval) = self.rush_interval {
            let moments = self.began.elapsed().as_millis() / rush_interval.as_millis() + 1;
            sleep((rush_interval * u32::try_from(moments).unwrap()).saturating_sub(self.began.elapsed())).await;
        }
    }

    fn has_been_closed_for(&self, time: Duration) -> bool {
        self.closed.get().is_some_and(|closed| closed.elapsed() > time)
    }

    pub fn has_been_open_for(&self) -> Duration {
        self.began.elapsed()
    }

    /// The number of confirmed orders.
    pub fn orders(&self) -> usize {
        self.orders.get()
    }

    /// Ends the round. Shoppers who have submitted a checkout still wait for the response for a while.
    pub fn close(&self) {
        self.closed.set(Some(Instant::now()));
    }
}

/// How many of a SKU a shopper has added to the cart.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddedCount {
    /// Confirmed by the shop. What was added directly in Redis is in the [ledger](ledger).
    pub confirmed_count: i64,
    /// Without a response.
    pub unconfirmed: i64,
    /// Every attempt, in either way.
    pub tried: i64,
}

pub struct Shopper {
    number: usize,
    pub id: UserId,
    address: AddressId,
    pub browser: Browser,
    pub(super) chance: StdRng,
    /// Since when they have had no response to any checkout.
    waits_since: Option<Instant>,
    pub(super) notes: RefCell<ShopperLog>,
}

/// A shopper's records of one round.
#[derive(Default)]
pub struct ShopperLog {
    /// The numbers of confirmed orders, by checkout token.
    pub confirmed: HashMap<String, String>,
    /// The tokens that were sent.
    pub sent: HashSet<String>,
    pub put: HashMap<SkuId, AddedCount>,
    /// The numbers of the attempts that the cashier said are paid.
    pub paid: Vec<String>,
    pub wrong: Vec<String>,
    /// The number of missing responses.
    pub unanswered: usize,
    /// The number of refused orders.
    pub refused: usize,
    /// The longest wait for a response.
    pub slowest: Duration,
    history: Vec<String>,
}

impl ShopperLog {
    pub(super) fn log_event(&mut self, context: &RoundContext, what: impl Into<String>) {
        self.history.push(format!("{:6} ms  {}", context.began.elapsed().as_millis(), what.into()));
    }

    fn has_waited(&mut self, waited: Duration) {
        self.slowest = self.slowest.max(waited);
    }

    fn put(&mut self, sku: SkuId) -> &mut AddedCount {
        self.put.entry(sku).or_default()
    }

    /// The latest events of this shopper.
    pub fn history(&self) -> String {
        let from = self.history.len().saturating_sub(60);
        self.history[from..].join("\n")
    }
}

/// The result of a submitted checkout.
enum CheckoutAnswer {
    /// The order with this number exists.
    Order(String),
    /// Nothing was ordered, for a reason.
    Refused(Answer),
    SignIn,
    /// No response, or "try again soon".
    Nothing,
}

impl Shopper {
    /// A shopper with an account and an address.
    pub fn new(environment: &Environment, number: usize, seed: u64) -> Self {
        let id = environment.database.make_user(&name(number));
        let address = environment.database.make_address(id);
        let browser = Browser::at(&environment.servers[0].url());
        let chance = StdRng::seed_from_u64(seed);
        Self { number, id, address, browser, chance, waits_since: None, notes: RefCell::default() }
    }

    /// Starts a new browser, without old sessions and carts.
    pub async fn opens_browser(&mut self, environment: &Environment) {
        self.browser = Browser::at(&environment.servers[0].url());
        self.browser.sign_in(&name(self.number), PASSWORD).await.expect(303);
    }

    pub fn notes(&mut self) -> &mut ShopperLog {
        self.notes.get_mut()
    }

    /// Ends the round and clears its records.
    pub fn clears_log(&mut self) {
        self.notes.take();
    }

    /// Buys until the end of the round.
    pub async fn shops(&mut self, context: &RoundContext) {
        while context.is_open() {
            self.fills_the_cart(context).await;
            if let Some(form) = self.opens_checkout(context).await {
                context.wait_for_rush().await;
                self.orders(context, &form).await;
            }
            self.pauses(context.max_pause_ms).await;
        }
    }

    pub(super) async fn pauses(&mut self, most: u64) {
        sleep(Duration::from_millis(self.chance.random_range(0..=most))).await;
    }

    /// A browser for one of the servers.
    pub(super) fn at(&mut self, context: &RoundContext) -> Browser {
        let server_url = self.chance.random_range(0..context.server_urls.len());
        self.browser.towards(&context.server_urls[server_url])
    }

    // --- the cart ---------------------------------------------------------------------------------------------------

    async fn fills_the_cart(&mut self, context: &RoundContext) {
        let goods = match self.chance.random_range(0..10) {
            0..3 => vec![self.one_of(&context.scarce)],
            3..8 => (0..3).map(|_| self.one_of(&context.plenty)).collect(),
            _ => vec![self.one_of(&context.scarce), self.one_of(&context.plenty)],
        };
        for goods in goods {
            let browser = self.chance.random_bool(0.3).then(|| self.at(context));
            let count = self.chance.random_range(1..=3);
            self.puts(context, browser, goods, count).await;
        }
    }

    fn one_of(&mut self, goods: &[PricedSku]) -> PricedSku {
        goods[self.chance.random_range(0..goods.len())]
    }

    /// Adds through the shop, or directly in Redis together with an entry in the ledger.
    async fn puts(&self, context: &RoundContext, browser: Option<Browser>, goods: PricedSku, count: u32) {
        let PricedSku { sku, price } = goods;
        let number = i64::from(count);
        self.notes.borrow_mut().put(sku).tried += number;
        let Some(browser) = browser else {
            let put = add_in_redis(&context.redis, self.id, goods, count).await;
            let said = put.map_or_else(|problem| problem.to_string(), |()| "done".to_owned());
            let what = format!("puts {count} of SKU {sku} (at {price}) straight into the cart: {said}");
            return self.notes.borrow_mut().log_event(context, what);
        };
        let fields = [("sku_id", sku.to_string()), ("count", count.to_string())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = self.sends(context, browser.form("/cart/entries", &fields)).await;
        let mut notes = self.notes.borrow_mut();
        match answer.as_ref().map(|answer| answer.status) {
            Some(303) => notes.put(sku).confirmed_count += number,
            Some(422) => {}
            _ => notes.put(sku).unconfirmed += number,
        }
        let said = answer.map_or("no answer".to_owned(), |answer| format!("{} {}", answer.status, answer.location()));
        notes.log_event(context, format!("puts {count} of SKU {sku} into the cart: {said}"));
    }

    // --- the checkout -----------------------------------------------------------------------------------------------

    /// The form of the checkout page, if there is something to order.
    async fn opens_checkout(&mut self, context: &RoundContext) -> Option<OrderForm> {
        let (browser, cod) = (self.at(context), self.chance.random_bool(0.3));
        let page = self.looks_at_checkout(context, &browser).await?;
        if page.location().starts_with("/sign-in") {
            self.signs_in(context).await;
        } else if is_short(&page) {
            self.goes_without(context, &page).await;
        } else if page.status == 200 {
            return Some(self.form_on(&page, cod));
        }
        None
    }

    async fn looks_at_checkout(&self, context: &RoundContext, browser: &Browser) -> Option<Answer> {
        let page = self.sends(context, browser.request(Method::GET, "/checkout")).await?;
        self.notes.borrow_mut().log_event(context, format!("opens the checkout: {} {}", page.status, page.location()));
        Some(page)
    }

    fn form_on(&self, page: &Answer, cod: bool) -> OrderForm {
        OrderForm {
            token: field(page, "checkout_token"),
            address: self.address.to_string(),
            pay_method: if cod { "cod" } else { "alipay" }.to_owned(),
            expected_total: field(page, "expected_total"),
            note: String::new(),
            seen: Vec::new(),
        }
    }

    /// Submits the checkout until there is a response, or goes back and looks for the order.
    async fn orders(&mut self, context: &RoundContext, form: &OrderForm) {
        while !context.has_been_closed_for(RETRY_AFTER_END) {
            let answered = self.submits(context, form).await;
            if matches!(answered, CheckoutAnswer::Order(_) | CheckoutAnswer::Refused(_)) {
                self.waits_since = None;
            }
            match answered {
                CheckoutAnswer::Order(number) => {
                    self.has_order(context, form, &number).await;
                    if form.pay_method == "alipay" {
                        self.pays(context, &number).await;
                    }
                    return;
                }
                CheckoutAnswer::Refused(page) => return self.was_refused(context, &page).await,
                CheckoutAnswer::SignIn => self.signs_in(context).await,
                CheckoutAnswer::Nothing => {
                    self.was_not_answered();
                    self.pauses(200).await;
                    if self.chance.random_bool(0.2) {
                        return;
                    }
                }
            }
        }
    }

    fn was_not_answered(&mut self) {
        let since = *self.waits_since.get_or_insert_with(Instant::now);
        let mut notes = self.notes.borrow_mut();
        notes.unanswered += 1;
        if since.elapsed() > WAIT_TIMEOUT {
            notes.wrong.push(format!("has had no answer to any checkout for {} s", since.elapsed().as_secs()));
        }
    }

    /// Submits once, or twice at once, perhaps without waiting for the response; perhaps something is added to the cart
    /// at the same time.
    async fn submits(&mut self, context: &RoundContext, form: &OrderForm) -> CheckoutAnswer {
        let (here, there) = (self.at(context), self.at(context));
        let second = self.chance.random_bool(0.15).then(|| self.chance.random_range(0..3));
        let patience = match self.chance.random_bool(0.08) {
            true => Duration::from_millis(self.chance.random_range(1..80)),
            false => WAIT_TIMEOUT,
        };
        let raising = self.chance.random_bool(0.25).then(|| {
            let goods = if self.chance.random_bool(0.5) { &context.scarce } else { &context.plenty };
            let through = self.chance.random_bool(0.3).then(|| self.at(context));
            (self.one_of(goods), through, Duration::from_millis(self.chance.random_range(0..30)))
        });

        let me = &*self;
        let pressing_again = async {
            match second {
                None => CheckoutAnswer::Nothing,
                Some(0) => me.submits_once(context, &there, form).await,
                Some(1) => me.submits_in_new_tab(context, &there).await,
                // No page of the shop has issued this token.
                Some(_) => {
                    me.submits_once(context, &there, &OrderForm { token: random::token(), ..form.clone() }).await
                }
            }
        };
        let pressing = async {
            match timeout(patience, join(me.submits_once(context, &here, form), pressing_again)).await {
                Ok((CheckoutAnswer::Nothing, order @ CheckoutAnswer::Order(_)) | (order, _)) => order,
                Err(_) => CheckoutAnswer::Nothing,
            }
        };
        let raising = async {
            if let Some((goods, through, when)) = raising {
                sleep(when).await;
                me.puts(context, through, goods, 1).await;
            }
        };
        tokio::join!(pressing, raising).0
    }

    async fn submits_in_new_tab(&self, context: &RoundContext, browser: &Browser) -> CheckoutAnswer {
        match self.looks_at_checkout(context, browser).await {
            Some(page) if page.status == 200 && !is_short(&page) => {
                self.submits_once(context, browser, &self.form_on(&page, true)).await
            }
            _ => CheckoutAnswer::Nothing,
        }
    }

    async fn submits_once(&self, context: &RoundContext, browser: &Browser, form: &OrderForm) -> CheckoutAnswer {
        self.notes.borrow_mut().log_event(context, format!("presses {}", form.token));
        self.notes.borrow_mut().sent.insert(form.token.clone());
        let Some(answer) = self.sends(context, browser.form("/checkout", &form.fields())).await else {
            return CheckoutAnswer::Nothing;
        };
        let answered = match (answer.status, answer.location()) {
            (303, to) if to.starts_with("/sign-in") => CheckoutAnswer::SignIn,
            (303, to) => match to.strip_prefix("/orders/").and_then(|to| to.split('?').next()) {
                Some(number) => CheckoutAnswer::Order(number.to_owned()),
                None => {
                    self.notes.borrow_mut().wrong.push(format!("an order led to {to}"));
                    CheckoutAnswer::Nothing
                }
            },
            (422, _) => CheckoutAnswer::Refused(answer),
            _ => CheckoutAnswer::Nothing,
        };
        if let CheckoutAnswer::Order(number) = &answered {
            self.records_order(context, form, number);
        }
        answered
    }

    fn records_order(&self, context: &RoundContext, form: &OrderForm, number: &str) {
        let mut notes = self.notes.borrow_mut();
        notes.log_event(context, format!("is told of order {number} for {}", form.token));
        let before = notes.confirmed.insert(form.token.clone(), number.to_owned());
        context.orders.set(context.orders.get() + 1);
        if let Some(before) = before.filter(|before| before != number) {
            notes.wrong.push(format!("checkout {} led to order {before} and then to {number}", form.token));
        }
    }

    /// Some shoppers submit again, and some open their order.
    async fn has_order(&mut self, context: &RoundContext, form: &OrderForm, number: &str) {
        let browser = self.at(context);
        match self.chance.random_range(0..10) {
            0 => self.presses_once_more(context, &browser, form).await,
            1 => self.looks_at(context, &browser, number).await,
            _ => {}
        }
    }

    /// After a checkout has led to an order, it is never refused.
    async fn presses_once_more(&self, context: &RoundContext, browser: &Browser, form: &OrderForm) {
        let before = self.notes.borrow().confirmed.get(&form.token).cloned();
        let again = self.submits_once(context, browser, form).await;
        if let (Some(number), CheckoutAnswer::Refused(page)) = (before, again) {
            let wrong = format!("checkout {} had led to order {number}, and then: {page}", form.token);
            self.notes.borrow_mut().wrong.push(wrong);
        }
    }

    async fn looks_at(&self, context: &RoundContext, browser: &Browser, number: &str) {
        let request = browser.request(Method::GET, &format!("/orders/{number}"));
        if let Some(page) = self.sends(context, request).await
            && page.status == 404
        {
            self.notes.borrow_mut().wrong.push(format!("was told of order {number}, and there is no such page"));
        }
    }

    async fn was_refused(&mut self, context: &RoundContext, page: &Answer) {
        self.notes.borrow_mut().refused += 1;
        self.notes.borrow_mut().log_event(context, "is refused");
        if is_short(page) {
            self.goes_without(context, page).await;
        }
    }

    /// Removes the SKUs that are short, or deselects everything.
    async fn goes_without(&mut self, context: &RoundContext, page: &Answer) {
        let browser = self.at(context);
        let request = if page.body.contains("value=\"without\"") {
            browser.form("/checkout/adjustment", &[("mode", "without")])
        } else {
            browser.form("/cart/selection", &[("selected", "false")])
        };
        self.sends(context, request).await;
    }

    // --- requests ---------------------------------------------------------------------------------------------------

    async fn signs_in(&mut self, context: &RoundContext) {
        let browser = self.at(context);
        let name = name(self.number);
        let request = browser.form("/sign-in", &[("username", name.as_str()), ("password", PASSWORD)]);
        let answer = self.sends(context, request).await;
        let said = answer.map_or(0, |answer| answer.status);
        self.notes.borrow_mut().log_event(context, format!("signs in: {said}"));
    }

    /// The response; `None` if there was none, or only "try again soon". Any other error fails the test.
    pub(super) async fn sends(&self, context: &RoundContext, request: RequestBuilder) -> Option<Answer> {
        let asked = Instant::now();
        let answered = self.browser.try_send(request).await;
        self.notes.borrow_mut().has_waited(asked.elapsed());
        let answer = match answered {
            Ok(answer) => answer,
            Err(problem) => {
                let mut notes = self.notes.borrow_mut();
                if problem.is_timeout() {
                    notes.wrong.push(format!("no answer for a minute: {problem}"));
                }
                notes.log_event(context, format!("hears nothing: {}", cause_of(&problem)));
                return None;
            }
        };
        if !matches!(answer.status, 200 | 303 | 404 | 422) {
            let mut notes = self.notes.borrow_mut();
            notes.log_event(context, format!("is told {}", answer.status));
            if !matches!(answer.status, 429 | 503) {
                notes.wrong.push(format!("an answer that is not for shoppers: {answer}"));
            }
        }
        (!matches!(answer.status, 429 | 503)).then_some(answer)
    }
}

fn name(number: usize) -> String {
    format!("shopper-{number}")
}

/// The Redis key of what was added directly to a shopper's cart in this round.
pub fn ledger(user: UserId) -> String {
    format!("ledger:{{u{user}}}")
}

static ADD_IN_REDIS: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "redis.call('hincrby', KEYS[1], ARGV[1], ARGV[2])
         redis.call('sadd', KEYS[2], ARGV[1])
         redis.call('hset', KEYS[3], ARGV[1], ARGV[3])
         redis.call('hincrby', KEYS[4], ARGV[1], ARGV[2])",
    )
});

/// Adds directly in Redis. Cart and ledger are changed together, whether or not the response arrives.
async fn add_in_redis(redis: &Redis, user: UserId, goods: PricedSku, count: u32) -> RedisResult<()> {
    let mut call = ADD_IN_REDIS.prepare_invoke();
    for key in ["cart", "selected", "prices"] {
        call.key(format!("{key}:{{u{user}}}"));
    }
    call.key(ledger(user)).arg(goods.sku.0).arg(count).arg(goods.price);
    call.invoke_async(&mut redis.clone()).await
}

/// Whether a checkout page says that stock is too low.
fn is_short(page: &Answer) -> bool {
    page.body.contains("/checkout/adjustment")
}

/// The value of a hidden field. Parsing the whole page would take longer than the shop takes to make it.
fn field(page: &Answer, name: &str) -> String {
    let found = page.body.split_once(&format!("name=\"{name}\"")).and_then(|(_, rest)| {
        let (_, rest) = rest.split_once("value=\"")?;
        Some(rest.split_once('"')?.0.to_owned())
    });
    found.unwrap_or_else(|| panic!("no {name} in {page}"))
}

fn cause_of(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest.to_string()
}
