//! Shoppers, SKUs and the checkout form.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    io::Write,
    str::FromStr,
};

use crate::{Fault, Outcome, setting};

/// In fen: the default FREIGHT and FREIGHT_FREE_FROM.
const FREIGHT: u64 = 1000;
const FREE_FROM: u64 = 19900;

/// A signed-in shopper.
pub struct Shopper {
    pub user: String,
    address: String,
    cookie: String,
}

impl FromStr for Shopper {
    type Err = Fault;

    fn from_str(line: &str) -> Outcome<Self> {
        let [user, address, cookie] = *line.split('\t').collect::<Vec<_>>() else { return Err("not a shopper".into()) };
        Ok(Self { user: user.to_owned(), address: address.to_owned(), cookie: cookie.to_owned() })
    }
}

pub struct Sku {
    pub id: String,
    /// The price as text.
    pub yuan: String,
    fen: u64,
}

impl FromStr for Sku {
    type Err = Fault;

    fn from_str(line: &str) -> Outcome<Self> {
        let (id, yuan) = line.split_once('\t').ok_or("not a SKU")?;
        Ok(Self { id: id.to_owned(), yuan: yuan.to_owned(), fen: yuan.replace('.', "").parse()? })
    }
}

/// Writes checkout requests.
pub struct Forms {
    /// The request up to the cookie.
    head: String,
    random: Random,
    body: Vec<u8>,
}

impl Forms {
    pub fn new() -> Outcome<Self> {
        // Compressed, as a browser requests it.
        let head = format!(
            "POST /checkout HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\naccept-encoding: gzip\r\n\
             content-type: application/x-www-form-urlencoded\r\ncookie: ",
            setting("SHOP")?
        );
        Ok(Self { head, random: Random::new(), body: Vec::new() })
    }

    /// The checkout form for one of each SKU, with a new checkout token.
    pub fn write<'a>(
        &mut self,
        request: &mut Vec<u8>,
        shopper: &Shopper,
        skus: impl Iterator<Item = &'a Sku> + Clone,
    ) -> Outcome<()> {
        let checkout_form: u64 = skus.clone().map(|sku| sku.fen).sum();
        let total = if checkout_form < FREE_FROM { checkout_form + FREIGHT } else { checkout_form };
        self.body.clear();
        write!(
            self.body,
            "checkout_token={:016x}{:016x}&address_id={}&pay_method=cod&expected_total={}.{:02}&note=",
            self.random.next(),
            self.random.next(),
            shopper.address,
            total / 100,
            total % 100,
        )?;
        for sku in skus {
            write!(self.body, "&seen={}%3A{}", sku.id, sku.yuan)?;
        }
        request.clear();
        write!(request, "{}{}\r\ncontent-length: {}\r\n\r\n", self.head, shopper.cookie, self.body.len())?;
        request.extend_from_slice(&self.body);
        Ok(())
    }
}

/// SplitMix64 with a random seed.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Three different SKUs, or the only one.
    pub fn basket<'a>(&mut self, skus: &'a [Sku]) -> Vec<&'a Sku> {
        if let [sku] = skus {
            return vec![sku];
        }
        loop {
            let mut draw = || skus.get(self.below(skus.len()));
            if let (Some(a), Some(b), Some(c)) = (draw(), draw(), draw())
                && a.id != b.id
                && b.id != c.id
                && a.id != c.id
            {
                return vec![a, b, c];
            }
        }
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or_default()
    }
}
