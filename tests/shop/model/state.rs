//! The model of the shop: its expected state, in the simplest form. It uses no Redis, no SQL and no rule of the real
//! shop.

use std::collections::BTreeMap;

use super::operation::{InitialSku, Operation, PEOPLE, PersonIndex, SKUS, SkuIndex, yuan};

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
    pub goods: Vec<Line>,
    /// True once what it bought has left the cart.
    pub cleared: bool,
}

/// A count of a SKU at a price.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub sku: SkuIndex,
    pub count: u32,
    pub price: i64,
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
            _ => true,
        }
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
        let goods: i64 = self.goods.iter().map(|line| line.price * i64::from(line.count)).sum();
        let lines: Vec<String> = self
            .goods
            .iter()
            .map(|line| format!("{} of SKU {} at {}", line.count, line.sku + 1, yuan(line.price)))
            .collect();
        let (who, freight) = (PEOPLE[self.who], freight(goods));
        write!(f, "{who}'s, {}, {}: {}; ", self.status, self.pay_method, lines.join(", "))?;
        write!(f, "goods {}, freight {}, total {}", yuan(goods), yuan(freight), yuan(goods + freight))
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
