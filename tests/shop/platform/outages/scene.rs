//! A shop behind proxies, and what its pages answer.

use futures_util::future::join_all;
use std::{
    fmt::Write,
    time::{Duration, Instant},
};
use tokio::time::sleep;

use super::table::Outage;
use crate::support::{Browser, OrderForm, PASSWORD, Shopper, TestShop, order_number};
use till::kernel::SkuId;

/// The response time of a page, and a margin for a machine that runs other tests too.
const MAX_ANSWER: Duration = Duration::from_millis(3000 + 1500);
/// Connections that were used a moment ago are taken to be alive: those that an outage has cut are noticed after that.
const UNNOTICED: Duration = Duration::from_millis(1200);
/// How soon everything must work again.
pub const MAX_RECOVERY: Duration = Duration::from_secs(10);

/// A kind of page: one column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Home,
    Product,
    Search,
    Cart,
    SignIn,
    ShowCheckout,
    PlaceOrder,
    Order,
    AdminStock,
    Healthz,
    Readyz,
}

impl Page {
    pub const ALL: [Self; 11] = [
        Self::Home,
        Self::Product,
        Self::Search,
        Self::Cart,
        Self::SignIn,
        Self::ShowCheckout,
        Self::PlaceOrder,
        Self::Order,
        Self::AdminStock,
        Self::Healthz,
        Self::Readyz,
    ];

    /// The status if nothing is wrong.
    pub fn usual(self) -> u16 {
        match self {
            Self::SignIn | Self::PlaceOrder => 303,
            _ => 200,
        }
    }

    /// The same; after an order was placed, the checkout redirects to the empty cart.
    pub fn usual_or_after_the_order(self) -> Vec<u16> {
        if self == Self::ShowCheckout { vec![200, 303] } else { vec![self.usual()] }
    }
}

/// A shop with a user of each kind.
pub struct Scene {
    pub shop: TestShop,
    mei: Shopper,
    form: OrderForm,
    order: String,
    product: String,
    pub clerk: Browser,
}

impl Scene {
    pub async fn open() -> Self {
        Self::open_for(&[]).await
    }

    /// With settings, named as in the environment.
    pub async fn open_for(settings: &[(&str, &str)]) -> Self {
        let shop = TestShop::behind_proxies(settings).await;
        let sku = shop.make_sku(1000, "20.00");
        let product = shop.product_path(shop.spu_of(sku));
        let clerk = shop.clerk("clerk").await;
        let mei = shop.shopper("mei").await;
        shop.make_user("bo");
        mei.puts_in_cart(sku, 1).await;
        let order = mei.orders().await;
        mei.puts_in_cart(sku, 1).await;
        let form = mei.opens_checkout().await;
        Self { shop, mei, form, order, product, clerk }
    }

    async fn ask(&self, page: Page) -> (u16, Duration, String) {
        let (mei, began) = (&self.mei.browser, Instant::now());
        let answer = match page {
            Page::Home => mei.get("/").await,
            Page::Product => mei.get(&self.product).await,
            Page::Search => mei.get("/search?q=goods").await,
            Page::Cart => mei.get("/cart").await,
            Page::SignIn => {
                let fields = [("username", "bo"), ("password", PASSWORD)];
                self.shop.visitor().post("/sign-in", &fields).await
            }
            Page::ShowCheckout => mei.get("/checkout").await,
            Page::PlaceOrder => self.mei.places(&self.form).await,
            Page::Order => mei.get(&format!("/orders/{}", self.order)).await,
            Page::AdminStock => self.clerk.get("/admin/stock").await,
            Page::Healthz => mei.get("/healthz").await,
            Page::Readyz => mei.get("/readyz").await,
        };
        if answer.status == 503 && page != Page::Readyz {
            assert!(!answer.header("retry-after").is_empty(), "{page:?} says when to come back");
        }
        (answer.status, began.elapsed(), answer.body)
    }

    /// Requests every page at once; returns the responses with an unexpected status or time. `expected` has the allowed
    /// statuses.
    pub async fn faults(&self, expected: impl Fn(Page) -> Vec<u16>) -> String {
        let mut faults = String::new();
        let answers = join_all(Page::ALL.map(|page| self.ask(page))).await;
        for (page, (status, took, body)) in Page::ALL.into_iter().zip(answers) {
            if !expected(page).contains(&status) {
                writeln!(faults, "  {page:?}: {status} instead of {:?}", expected(page)).unwrap();
            }
            if took > MAX_ANSWER {
                writeln!(faults, "  {page:?}: {status} after {took:?}").unwrap();
            }
            if page == Page::PlaceOrder && status == 503 && !body.contains(&self.form.token) {
                writeln!(faults, "  {page:?}: what was typed is lost").unwrap();
            }
        }
        faults
    }

    /// What is answered while an outage lasts, by all pages at once, and afterwards.
    pub async fn goes_through(&mut self, outage: &Outage) {
        let name = outage.name;
        (outage.begin)(&self.shop);
        sleep(UNNOTICED).await;
        // The first requests notice the outage, the following ones are refused at once.
        for round in 1..=3 {
            let faults = self.faults(outage.expected).await;
            assert!(faults.is_empty(), "{name}, round {round}:\n{faults}");
        }
        (outage.end)(&self.shop);
        let since = Instant::now();
        loop {
            let faults = self.faults(Page::usual_or_after_the_order).await;
            if faults.is_empty() {
                break;
            }
            assert!(since.elapsed() < MAX_RECOVERY, "{name}, when it was over:\n{faults}");
            sleep(Duration::from_millis(200)).await;
        }
        self.orders_anew().await;
        self.shop.assert_reconciled();
    }

    /// The same for one page at a time: for each the outage begins anew, so that none profits from what another found out.
    pub async fn goes_through_page_by_page(&mut self, outage: &Outage) {
        for page in Page::ALL {
            (outage.begin)(&self.shop);
            sleep(UNNOTICED).await;
            for _ in 0..3 {
                let (status, took, _) = self.ask(page).await;
                assert!((outage.expected)(page).contains(&status), "{}: {page:?}: {status}", outage.name);
                assert!(took <= MAX_ANSWER, "{}: {page:?}: {status} after {took:?}", outage.name);
            }
            (outage.end)(&self.shop);
            let since = Instant::now();
            while !page.usual_or_after_the_order().contains(&self.ask(page).await.0) {
                assert!(since.elapsed() < MAX_RECOVERY, "{}, when it was over: {page:?}", outage.name);
                sleep(Duration::from_millis(200)).await;
            }
            if page == Page::PlaceOrder {
                self.orders_anew().await;
            }
        }
    }

    /// Uses every page some times, so that the connections have prepared their statements.
    pub async fn uses_every_page(&mut self) {
        for _ in 0..4 {
            let faults = self.faults(Page::usual_or_after_the_order).await;
            assert!(faults.is_empty(), "{faults}");
            self.orders_anew().await;
        }
        for page in Page::ALL.into_iter().filter(|page| *page != Page::PlaceOrder) {
            self.ask(page).await;
        }
    }

    /// Statuses and times of so many requests of a page, one after the other, in words.
    pub async fn times_of(&self, page: Page, requests: usize) -> String {
        let mut times = Vec::new();
        for _ in 0..requests {
            let (status, took, _) = self.ask(page).await;
            times.push(format!("{status} after {:.2} s", took.as_secs_f64()));
        }
        times.join(", ")
    }

    /// The presses of the button so far led to one order; the next ones lead to another.
    async fn orders_anew(&mut self) {
        let answer = self.mei.places(&self.form).await.expect(303);
        self.order = order_number(&answer);
        let sku = self.shop.number("select min(id) from skus");
        self.mei.puts_in_cart(SkuId(sku), 1).await;
        self.form = self.mei.opens_checkout().await;
    }
}
