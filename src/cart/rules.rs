//! Computes what the cart page shows.

use super::model::{Cart, Entry, Line, Notice, View};
use crate::{
    catalog::SkuOffer,
    kernel::{Freight, Money},
};

/// Joins a cart with the current prices and stocks of its SKUs. An entry whose SKU does not exist is left out.
pub fn view(cart: &Cart, offers: Vec<SkuOffer>, freight: Freight) -> View {
    let lines: Vec<Line> = offers
        .into_iter()
        .filter_map(|offer| {
            let entry = cart.entries.iter().find(|entry| entry.sku_id == offer.sku_id)?;
            Some(line(entry, offer))
        })
        .collect();
    let counted = || lines.iter().filter(|line| line.selected && line.available());
    let goods: Money = counted().map(|line| line.amount).sum();
    let pieces = counted().map(|line| line.count.get()).sum();
    let freight_charge = if pieces == 0 { Money::ZERO } else { freight.of(goods) };
    View {
        selected: lines.iter().filter(|line| line.selected).count(),
        pieces,
        goods,
        freight: freight_charge,
        total: goods + freight_charge,
        until_free: goods.short_of(freight.free_from).filter(|_| pieces > 0),
        lines,
    }
}

fn line(entry: &Entry, offer: SkuOffer) -> Line {
    Line {
        count: entry.count,
        selected: entry.selected,
        amount: offer.price.times(entry.count),
        notices: notices(entry, &offer),
        offer,
    }
}

fn notices(entry: &Entry, offer: &SkuOffer) -> Vec<Notice> {
    if !offer.on_sale {
        return vec![Notice::Gone];
    }
    let stock = match offer.stock {
        0 => Some(Notice::SoldOut),
        left if left < entry.count.get() => Some(Notice::Scarce { left }),
        _ => None,
    };
    let price = entry.price_when_added.filter(|seen| *seen != offer.price).map(|from| Notice::PriceChanged { from });
    stock.into_iter().chain(price).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Quantity, SkuId};

    fn yuan(s: &str) -> Money {
        s.parse().unwrap()
    }

    fn entry(id: i64, count: i64, selected: bool) -> Entry {
        Entry { sku_id: SkuId(id), count: Quantity::new(count).unwrap(), selected, price_when_added: None }
    }

    const FREIGHT: fn() -> Freight = || Freight { charge: yuan("10"), free_from: yuan("199") };

    #[test]
    fn the_sums_are_over_what_is_selected_and_can_be_bought() {
        let cart = Cart { entries: vec![entry(1, 2, true), entry(2, 1, false), entry(3, 1, true)] };
        let view = view(
            &cart,
            vec![SkuOffer::sample(1, "50", 9), SkuOffer::sample(2, "70", 9), SkuOffer::sample(3, "80", 0)],
            FREIGHT(),
        );
        assert_eq!((view.pieces, view.goods, view.freight, view.total), (2, yuan("100"), yuan("10"), yuan("110")));
        assert_eq!(view.until_free, Some(yuan("99")));
        assert_eq!(view.all_selected(), "mixed");
    }

    #[test]
    fn nothing_selected_costs_nothing() {
        let view = view(&Cart { entries: vec![entry(1, 2, false)] }, vec![SkuOffer::sample(1, "50", 9)], FREIGHT());
        assert_eq!((view.total, view.until_free, view.all_selected()), (Money::ZERO, None, "false"));
    }

    #[test]
    fn an_entry_says_what_became_of_it() {
        let seen = Entry { price_when_added: Some(yuan("45")), ..entry(1, 5, true) };
        let scarce = [Notice::Scarce { left: 3 }, Notice::PriceChanged { from: yuan("45") }];
        assert_eq!(notices(&seen, &SkuOffer::sample(1, "50", 3)), scarce);
        assert_eq!(notices(&entry(1, 5, true), &SkuOffer::sample(1, "50", 0)), [Notice::SoldOut]);
        let gone = SkuOffer { on_sale: false, ..SkuOffer::sample(1, "50", 9) };
        assert_eq!(notices(&seen, &gone), [Notice::Gone]);
    }
}
