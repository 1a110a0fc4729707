//! What an order costs, and whether it can be placed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::model::{
    Bound, CartAfter, Command, Excess, Outcome, Placed, PlacedBy, PriceChange, Quote, QuoteLine, Refusal, Shortage,
    Terms,
};
use crate::{
    accounts::{Role, User},
    cart::{Entry, NewEntry},
    catalog::SkuOffer,
    config::OrderLimits,
    kernel::{Freight, Language, Money, PayMethod, Quantity, SkuId, SpuId, UserId},
    orders::{self, Holdings, OrderLine},
};

/// Computes the amounts of an order of these entries at the prices of `offers`. Entries without an offer are left out.
pub fn quote(entries: &[Entry], offers: Vec<SkuOffer>, freight: Freight) -> Quote {
    let lines: Vec<QuoteLine> = offers
        .into_iter()
        .filter_map(|offer| {
            let count = entries.iter().find(|entry| entry.sku_id == offer.sku_id)?.count;
            Some(QuoteLine { amount: offer.price.times(count), count, offer })
        })
        .collect();
    let goods: Money = lines.iter().map(|line| line.amount).sum();
    let freight = if lines.is_empty() { Money::ZERO } else { freight.of(goods) };
    Quote { lines, goods, freight, total: goods + freight }
}

/// The prices and the remaining stock for a batch of checkouts: each checkout can have what those before it have left.
#[derive(Debug, Default)]
pub struct BatchStock {
    offers: HashMap<(Language, SkuId), SkuOffer>,
    sold: HashMap<SkuId, i32>,
}

impl BatchStock {
    /// Adds prices and stocks of SKUs, whose names are in this language.
    pub fn add_offers(&mut self, language: Language, offers: Vec<SkuOffer>) {
        self.offers.extend(offers.into_iter().map(|offer| ((language, offer.sku_id), offer)));
    }

    /// Validates a checkout and returns its amounts, or the error of [`check`] or [`check_bounds`]. If it is valid,
    /// subtracts its units from the remaining stock, and adds them to the shopper's unpaid goods in `holdings`.
    pub fn reserve(&mut self, command: &Command, holdings: &mut Holdings, terms: &Terms) -> Result<Quote, Refusal> {
        let quote = quote(&command.entries, self.offers_of(command), terms.freight);
        check(&quote, command.expected_total, &command.shown_prices)?;
        check_bounds(&quote, command.pay_method, holdings, &terms.limits).map_err(Refusal::Bound)?;
        holdings.open += 1;
        for line in &quote.lines {
            holdings.hold(line.offer.sku_id, line.offer.spu_id, line.count.get());
        }
        for line in &quote.lines {
            *self.sold.entry(line.offer.sku_id).or_default() += line.count.get();
        }
        Ok(quote)
    }

    /// Returns the ids of the products of all SKUs in the batch, ascending.
    pub fn products(&self) -> Vec<SpuId> {
        let products: BTreeSet<SpuId> = self.offers.values().map(|offer| offer.spu_id).collect();
        products.into_iter().collect()
    }

    fn offers_of(&self, command: &Command) -> Vec<SkuOffer> {
        let mut offers = Vec::with_capacity(command.entries.len());
        for entry in &command.entries {
            if let Some(mut offer) = self.offers.get(&(command.language, entry.sku_id)).cloned() {
                offer.stock -= self.sold.get(&offer.sku_id).unwrap_or(&0);
                offers.push(offer);
            }
        }
        offers.sort_by_key(|offer| offer.sku_id);
        offers
    }
}

/// Checks that the user who places an order is still signed in (as staff, if the order is for a caller), and that the
/// account of `shopper` is not disabled. `staff` has the members of staff who place orders of the batch, by id.
pub fn check_users(placed_by: &PlacedBy, shopper: Option<&User>, staff: &HashMap<UserId, User>) -> Result<(), Refusal> {
    match placed_by {
        PlacedBy::Shopper(claim) => match shopper {
            Some(shopper) if claim.holds_for(shopper) => Ok(()),
            _ => Err(Refusal::NotSignedIn),
        },
        PlacedBy::Staff(by) => {
            let user = staff.get(&by.staff.user_id());
            if !user.is_some_and(|user| by.staff.holds_for(user) && user.role() >= Role::Staff) {
                return Err(Refusal::NotSignedIn);
            }
            match shopper {
                Some(shopper) if shopper.disabled_at.is_none() => Ok(()),
                _ => Err(Refusal::AccountClosed),
            }
        }
    }
}

/// Checks that the stock is large enough, and that the page showed this total (`expected`) and these prices (`shown`).
/// Returns the first reason to refuse the order; too little stock comes before a changed price.
pub fn check(quote: &Quote, expected: Money, shown: &HashMap<SkuId, Money>) -> Result<(), Refusal> {
    if quote.lines.is_empty() {
        return Err(Refusal::NothingSelected);
    }
    let short = shortages(quote);
    if !short.is_empty() {
        return Err(Refusal::OutOfStock(short));
    }
    if quote.total > Money::MAX {
        return Err(Refusal::TooMuch);
    }
    // Prices may change although the total stays the same.
    let lines = price_changes(quote, shown);
    if quote.total != expected || !lines.is_empty() {
        return Err(Refusal::Changed { lines, before: expected, now: quote.total });
    }
    Ok(())
}

/// Checks the limits on what one shopper can order without paying. The error names all goods that exceed a limit.
pub fn check_bounds(
    quote: &Quote,
    pay_method: PayMethod,
    holdings: &Holdings,
    limits: &OrderLimits,
) -> Result<(), Bound> {
    let reached = |most: u32, count: u32| most > 0 && count >= most;
    if reached(limits.expired, holdings.expired) && orders::waits_to_be_paid(pay_method) {
        return Err(Bound::Expired(limits.expired));
    }
    if reached(limits.open, holdings.open) {
        return Err(Bound::OpenOrders(limits.open));
    }
    let mut excesses = Vec::new();
    let mut products: BTreeMap<SpuId, (&SkuOffer, u32)> = BTreeMap::new();
    let mut bound = |offer: &SkuOffer, of_product, most: u32, held: u32, wanted: u32| {
        if most > 0 && held.saturating_add(wanted) > most {
            excesses.push(Excess { offer: offer.clone(), of_product, most, held, wanted });
        }
    };
    for QuoteLine { offer, count, .. } in &quote.lines {
        let count = count.get().unsigned_abs();
        bound(offer, false, limits.per_sku, holdings.of_sku(offer.sku_id), count);
        let product = products.entry(offer.spu_id).or_insert((offer, 0));
        product.1 = product.1.saturating_add(count);
    }
    for (spu, (offer, wanted)) in products {
        bound(offer, true, limits.per_product, holdings.of_product(spu), wanted);
    }
    if excesses.is_empty() { Ok(()) } else { Err(Bound::Pieces(excesses)) }
}

/// Returns the lines with too little stock, or whose SKU is not sold any more.
pub fn shortages(quote: &Quote) -> Vec<Shortage> {
    let mut shortages = Vec::new();
    for QuoteLine { offer, count, .. } in &quote.lines {
        let left = if offer.on_sale { offer.stock } else { 0 };
        if left < count.get() {
            shortages.push(Shortage { wanted: *count, left, offer: offer.clone() });
        }
    }
    shortages
}

/// Which goods of an order are put into the cart again, and which are not.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reorder {
    pub entries: Vec<NewEntry>,
    /// The names of goods that are sold out or not sold any more.
    pub gone: Vec<String>,
    /// Goods of which fewer units are put into the cart than were ordered, as (name, stock).
    pub fewer: Vec<(String, i32)>,
}

/// Returns which goods of an order can be bought again, according to the current `offers`.
pub fn reorder(goods: &[OrderLine], offers: &[SkuOffer]) -> Reorder {
    let mut reorder = Reorder::default();
    for line in goods {
        let offer = offers.iter().find(|offer| offer.sku_id == line.sku_id && offer.on_sale);
        let left = offer.map_or(0, |offer| offer.stock.min(line.count));
        let (Some(offer), Some(count)) = (offer, Quantity::new(left.into())) else {
            reorder.gone.push(line.name.clone());
            continue;
        };
        if count.get() < line.count {
            reorder.fewer.push((line.name.clone(), count.get()));
        }
        reorder.entries.push(NewEntry { sku_id: line.sku_id, count, price: offer.price });
    }
    reorder
}

/// Returns the lines whose price differs from the one that the page showed. If the page showed no price, the line
/// counts as unchanged.
fn price_changes(quote: &Quote, shown: &HashMap<SkuId, Money>) -> Vec<PriceChange> {
    let mut changes = Vec::new();
    for QuoteLine { offer, .. } in &quote.lines {
        match shown.get(&offer.sku_id) {
            Some(before) if *before != offer.price => {
                changes.push(PriceChange { offer: offer.clone(), before: *before });
            }
            _ => {}
        }
    }
    changes
}

/// Returns what to do with the cart that was claimed for a checkout with this outcome.
pub fn cart_after(outcome: &Outcome) -> CartAfter<'_> {
    match outcome {
        Ok(Placed { owed: Some(owed), .. }) => CartAfter::Clear(owed),
        Ok(Placed { owed: None, .. }) | Err(Refusal::Fault(_) | Refusal::OutcomeUnknown) => CartAfter::Keep,
        Err(_) => CartAfter::Release,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        kernel::{OrderNumber, UserId},
        platform::db::DbError,
    };

    fn yuan(s: &str) -> Money {
        s.parse().unwrap()
    }

    fn entry(id: i64, count: i64) -> Entry {
        Entry { sku_id: SkuId(id), count: Quantity::new(count).unwrap(), selected: true, price_when_added: None }
    }

    fn freight() -> Freight {
        Freight { charge: yuan("10"), free_from: yuan("199") }
    }

    #[test]
    fn an_order_costs_its_goods_and_their_freight() {
        let quote = quote(
            &[entry(1, 2), entry(2, 1)],
            vec![SkuOffer::sample(1, "50", 9), SkuOffer::sample(2, "20.50", 9)],
            freight(),
        );
        assert_eq!((quote.goods, quote.freight, quote.total), (yuan("120.50"), yuan("10"), yuan("130.50")));
        assert!(check(&quote, yuan("130.5"), &HashMap::new()).is_ok());
    }

    #[test]
    fn too_little_stock_names_each_sku_with_what_is_left() {
        let gone = SkuOffer { on_sale: false, ..SkuOffer::sample(3, "1", 9) };
        let quote = quote(
            &[entry(1, 5), entry(2, 1), entry(3, 1)],
            vec![SkuOffer::sample(1, "1", 4), SkuOffer::sample(2, "1", 1), gone],
            freight(),
        );
        let Err(Refusal::OutOfStock(short)) = check(&quote, yuan("0"), &HashMap::new()) else { panic!("not refused") };
        let said: Vec<_> = short.iter().map(|s| (s.offer.sku_id.0, s.wanted.get(), s.left)).collect();
        assert_eq!(said, [(1, 5, 4), (3, 1, 0)]);
    }

    #[test]
    fn a_total_that_moved_is_asked_again_with_the_prices_that_moved() {
        let quote = quote(
            &[entry(1, 1), entry(2, 1)],
            vec![SkuOffer::sample(1, "60", 9), SkuOffer::sample(2, "20", 9)],
            freight(),
        );
        let seen = HashMap::from([(SkuId(1), yuan("50")), (SkuId(2), yuan("20"))]);
        let Err(Refusal::Changed { lines, before, now }) = check(&quote, yuan("80"), &seen) else {
            panic!("not refused")
        };
        assert_eq!((before, now, lines.len()), (yuan("80"), yuan("90"), 1));
        assert_eq!(lines[0].before, yuan("50"));
    }

    #[test]
    fn prices_that_moved_are_asked_about_even_where_the_total_is_the_same() {
        let quote = quote(
            &[entry(1, 1), entry(2, 1)],
            vec![SkuOffer::sample(1, "60", 9), SkuOffer::sample(2, "20", 9)],
            freight(),
        );
        let seen = HashMap::from([(SkuId(1), yuan("50")), (SkuId(2), yuan("30"))]);
        let Err(Refusal::Changed { lines, .. }) = check(&quote, yuan("90"), &seen) else { panic!("not refused") };
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_cart_is_released_only_where_nothing_can_have_been_ordered() {
        let fault = Refusal::Fault(Arc::new(DbError::Lost("cut".into())));
        for unknown in [fault, Refusal::OutcomeUnknown] {
            assert_eq!(cart_after(&Err(unknown)), CartAfter::Keep);
        }
        let placed_before = Placed::before(OrderNumber::new("20261130120000", UserId(1), [0; 6]));
        assert_eq!(cart_after(&Ok(placed_before)), CartAfter::Keep, "its goods may still be in the cart");
        for nothing in [Refusal::NotSignedIn, Refusal::Contention, Refusal::LockTimeout, Refusal::OutOfStock(vec![])] {
            assert_eq!(cart_after(&Err(nothing)), CartAfter::Release);
        }
    }

    #[test]
    fn nothing_selected_is_no_order() {
        let quote = quote(&[], vec![], freight());
        assert!(matches!(check(&quote, Money::ZERO, &HashMap::new()), Err(Refusal::NothingSelected)));
    }
}
