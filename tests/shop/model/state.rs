//! The model of the shop: its expected state, in the simplest form. It uses no Redis, no SQL and no rule of the real
//! shop.

use std::collections::BTreeMap;

use super::operation::{InitialSku, LATEST, Operation, PEOPLE, PersonIndex, SKUS, SkuIndex, yuan};

/// The freight, and the amount of goods from which it is free, in fen.
const FREIGHT: (i64, i64) = (1_000, 19_900);

/// The limits of one account: open orders, pieces of a SKU and of an SPU, and expired orders. Low enough that stories
/// reach them.
pub const MAX_OPEN: OpenOrderLimits = OpenOrderLimits { orders: 4, of_sku: 4, of_spu: 5, expired: 2 };
pub const LIMITS: [(&str, &str); 4] =
    [("MAX_OPEN_ORDERS", "4"), ("MAX_OPEN_PER_SKU", "4"), ("MAX_OPEN_PER_PRODUCT", "5"), ("MAX_EXPIRED_ORDERS", "2")];

pub struct OpenOrderLimits {
    pub orders: usize,
    pub of_sku: u32,
    pub of_spu: u32,
    pub expired: usize,
}

/// The expected state of the shop.
#[derive(Clone, Debug)]
pub struct ModelState {
    pub skus: Vec<SkuState>,
    pub published: Vec<bool>,
    pub people: Vec<PersonState>,
    pub orders: Vec<Order>,
    /// The id just before the first SKU.
    pub before: i64,
}

#[derive(Clone, Debug)]
pub struct SkuState {
    pub stock: i32,
    pub sales: i32,
    pub price: i64,
    pub active: bool,
    pub movements: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct PersonState {
    pub signed_in: bool,
    pub cart: Cart,
    /// The cart while they are not signed in.
    pub guest_cart: Cart,
    /// The token of the next checkout of `cart`, once a page has shown it.
    pub token: Option<String>,
    pub addresses: Vec<String>,
}

pub type Cart = BTreeMap<SkuIndex, Entry>;

#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub count: u32,
    pub selected: bool,
}

#[derive(Clone, Debug)]
pub struct Order {
    /// `None` until a response has named it.
    pub number: Option<String>,
    pub who: PersonIndex,
    pub token: String,
    pub status: &'static str,
    pub pay_method: String,
    /// Who or what has canceled it.
    pub canceled_by: Option<&'static str>,
    pub goods: Vec<Line>,
    /// The attempts to pay it.
    pub attempts: Vec<Attempt>,
    /// What was refunded of its payment, and did not stay refused.
    pub refunded: i64,
    /// True once what it bought has left the cart.
    pub cleared: bool,
}

/// An attempt to pay an order.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    pub paid: bool,
    /// Whether it is the payment of its order.
    pub counts: bool,
    /// It was paid when the goods were gone.
    pub waits: bool,
    pub refunds: Vec<Refund>,
}

#[derive(Clone, Debug)]
pub struct Refund {
    pub amount: i64,
    pub status: &'static str,
    /// The SKU of the unit that it is for.
    pub unit: Option<SkuIndex>,
}

/// A count of a SKU at a price.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub sku: SkuIndex,
    pub count: u32,
    pub price: i64,
    /// How many units were refunded.
    pub refunded: u32,
    /// How many units were taken out of the order, because they were refunded before they were sent.
    pub withdrawn: u32,
}

impl Order {
    pub fn total(&self) -> i64 {
        let goods = self.goods_amount();
        goods + freight(goods)
    }

    fn goods_amount(&self) -> i64 {
        self.goods.iter().map(|line| line.price * i64::from(line.count)).sum()
    }

    pub fn is_paid(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.counts)
    }
}

impl ModelState {
    /// A new shop; `addresses` are the ids of each person's only address, `before` is the id just before the first SKU.
    pub fn new(addresses: [String; PEOPLE.len()], before: i64) -> Self {
        let sku = |sku: &InitialSku| SkuState {
            stock: sku.stock,
            sales: 0,
            price: sku.price,
            active: true,
            movements: vec![format!("{:+} import", sku.stock)],
        };
        let person = |address| PersonState { signed_in: true, addresses: vec![address], ..PersonState::default() };
        Self {
            skus: SKUS.iter().map(sku).collect(),
            published: vec![true; 3],
            people: addresses.map(person).to_vec(),
            orders: Vec::new(),
            before,
        }
    }

    /// Whether the operation makes sense now; nobody signs in twice.
    pub fn can(&self, operation: &Operation) -> bool {
        match operation {
            Operation::SignIn { who } => !self.people[*who].signed_in,
            Operation::SignOut { who } => self.people[*who].signed_in,
            Operation::AddAddress { who } => self.people[*who].signed_in && self.people[*who].addresses.len() < 2,
            Operation::RemoveAddress { who } => self.people[*who].signed_in && !self.people[*who].addresses.is_empty(),
            Operation::BeginPayment { order, .. } | Operation::CancelOrder { order, by_staff: false } => {
                self.online_order(*order).is_some_and(|order| self.people[self.orders[order].who].signed_in)
            }
            Operation::Notify { order, .. } => {
                self.online_order(*order).is_some_and(|order| !self.orders[order].attempts.is_empty())
            }
            Operation::CancelOrder { order, .. } | Operation::Refund { order, .. } => {
                self.online_order(*order).is_some()
            }
            _ => true,
        }
    }

    /// The order to be paid online that an operation means, if there is any.
    pub fn online_order(&self, order: usize) -> Option<usize> {
        let is_online =
            |order: &usize| self.orders[*order].pay_method == "alipay" && self.orders[*order].number.is_some();
        let online: Vec<usize> = (0..self.orders.len()).filter(is_online).collect();
        if order == LATEST { online.last().copied() } else { online.get(order % online.len().max(1)).copied() }
    }

    /// The people who are signed in.
    pub fn signed_in(&self) -> Vec<PersonIndex> {
        (0..PEOPLE.len()).filter(|who| self.people[*who].signed_in).collect()
    }

    /// The address that this person would delete.
    pub fn first_address(&self, who: PersonIndex) -> &str {
        &self.people[who].addresses[0]
    }

    /// Stores the id of a new address.
    pub fn has_address(&mut self, who: PersonIndex, id: String) {
        self.people[who].addresses.push(id);
    }

    /// The observable state: the subject of a sentence, and its value.
    pub fn view(&self) -> BTreeMap<String, String> {
        let mut view = BTreeMap::new();
        for (who, person) in self.people.iter().enumerate() {
            view.insert(format!("{}'s cart", PEOPLE[who]), in_cart(&person.cart));
        }
        let guests = self.people.iter().map(|person| in_cart(&person.guest_cart)).collect();
        view.insert("the carts of guests".to_owned(), in_all(guests));
        for (n, sku) in self.skus.iter().enumerate() {
            view.insert(format!("the stock of SKU {}", n + 1), sku.stock.to_string());
            view.insert(format!("the sales of SKU {}", n + 1), sku.sales.to_string());
            let mut movements = sku.movements.clone();
            movements.sort();
            view.insert(format!("the movements of SKU {}", n + 1), movements.join(", "));
        }
        for spu in 0..self.published.len() {
            let sales: i32 =
                self.skus.iter().zip(&SKUS).filter(|(_, on)| on.spu == spu).map(|(sku, _)| sku.sales).sum();
            view.insert(format!("the sales of SPU {}", spu + 1), sales.to_string());
        }
        for (n, order) in self.orders.iter().enumerate() {
            let number = order.number.clone().unwrap_or_else(|| format!("no. {}", n + 1));
            view.insert(format!("order {number}"), order.to_string());
        }
        view
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let goods = self.goods_amount();
        let lines: Vec<String> = self
            .goods
            .iter()
            .map(|line| format!("{} of SKU {} at {}", line.count, line.sku + 1, yuan(line.price)))
            .collect();
        let (who, freight) = (PEOPLE[self.who], freight(goods));
        let by = self.canceled_by.map(|by| format!(" by {by}")).unwrap_or_default();
        write!(f, "{who}'s, {}{by}, {}: {}; ", self.status, self.pay_method, lines.join(", "))?;
        write!(f, "goods {}, freight {}, total {}", yuan(goods), yuan(freight), yuan(goods + freight))?;
        let paid = if self.is_paid() { self.total() } else { 0 };
        write!(f, ", paid {}, refunded {}", yuan(paid), yuan(self.refunded))?;
        for attempt in &self.attempts {
            let state = match attempt {
                Attempt { counts: true, .. } => "counts",
                Attempt { waits: true, .. } => "waits",
                Attempt { paid: true, .. } => "paid",
                _ => "open",
            };
            write!(f, "; {state}")?;
            for refund in &attempt.refunds {
                write!(f, " {} {}", yuan(refund.amount), refund.status)?;
            }
        }
        Ok(())
    }
}

/// A cart as text, the same for model and shop: for each SKU from 1 its count, and whether it is selected.
pub fn cart_in_words<N: std::fmt::Display>(entries: impl Iterator<Item = (N, u32, bool)>) -> String {
    let words: Vec<String> = entries
        .map(|(sku, count, selected)| {
            let selected = if selected { "" } else { " (not selected)" };
            format!("{count} of SKU {sku}{selected}")
        })
        .collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// Several carts as text, without empty ones.
pub fn in_all(mut carts: Vec<String>) -> String {
    carts.retain(|cart| cart != "nothing");
    carts.sort();
    if carts.is_empty() { "nothing".to_owned() } else { carts.join("; ") }
}

fn in_cart(cart: &Cart) -> String {
    cart_in_words(cart.iter().map(|(sku, entry)| (sku + 1, entry.count, entry.selected)))
}

/// The freight of goods of this amount.
pub fn freight(goods: i64) -> i64 {
    let (charge, free_from) = FREIGHT;
    if goods >= free_from { 0 } else { charge }
}

/// Parses an amount as forms have it, into fen.
pub fn fen(plain: &str) -> i64 {
    plain.replace('.', "").parse().unwrap_or_else(|_| panic!("{plain} is no amount"))
}
