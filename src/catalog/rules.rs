//! Rules of the catalog: which SKU a product page shows, and how lists are sorted.

use super::model::{ProductOption, Sku};
use crate::kernel::{OptionValueId, SkuId, codes};

/// The number of products shown beside what a page is about: bought with it, seen before, bestsellers.
pub(super) const MAX_BESIDE: i64 = 5;

codes! {
    #[derive(Default)]
    pub enum Sort {
        #[default]
        Bestselling = "bestselling",
        /// Sorted by price, the cheapest first.
        PriceUp = "price_up",
        /// Sorted by price, the most expensive first.
        PriceDown = "price_down",
        New = "new",
        /// Best matches first; only for the results of a search.
        Relevance = "relevance",
    }
}

impl Sort {
    /// The sort orders that lists of a category offer.
    pub const OF_CATEGORY: [Self; 4] = [Self::Bestselling, Self::PriceUp, Self::PriceDown, Self::New];
    /// The sort orders that lists of search results offer.
    pub const OF_SEARCH: [Self; 5] = [Self::Relevance, Self::Bestselling, Self::PriceUp, Self::PriceDown, Self::New];
}

/// Which SKU the query string of a product page asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RequestedSku {
    pub sku: Option<SkuId>,
    /// The requested option values; ignored if `sku` is the id of a SKU of the product.
    pub values: Vec<OptionValueId>,
    /// The SKU that the page showed when the visitor submitted the form; `None` if unknown. Requested values that this
    /// SKU does not have are those that the visitor has just changed.
    pub was: Option<SkuId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkuChoice<'a> {
    pub sku: &'a Sku,
    /// True if this SKU has exactly what was requested; false if it is the closest one that exists.
    pub is_exact: bool,
}

/// Chooses the SKU to show: the one with the requested id, or with the requested values, or else the closest one. The
/// closest SKU has the value that was just changed if possible, then as many requested values as possible, then stock.
/// Returns `None` if there are no SKUs.
pub(super) fn choose_sku<'a>(skus: &'a [Sku], asked: &RequestedSku) -> Option<SkuChoice<'a>> {
    if let Some(sku) = skus.iter().find(|sku| Some(sku.id) == asked.sku) {
        return Some(SkuChoice { sku, is_exact: true });
    }
    let was = skus.iter().find(|sku| Some(sku.id) == asked.was);
    let mut changed = asked.values.clone();
    changed.retain(|value| was.is_some_and(|was| !was.values.contains(value)));
    // `max_by_key` takes the last of equals, so the order is reversed to get the first.
    let nearest = skus
        .iter()
        .rev()
        .max_by_key(|sku| (count_values(sku, &changed), count_values(sku, &asked.values), sku.stock > 0))?;
    Some(SkuChoice { sku: nearest, is_exact: count_values(nearest, &asked.values) == asked.values.len() })
}

/// Returns how many of these option values a SKU has.
fn count_values(sku: &Sku, values: &[OptionValueId]) -> usize {
    values.iter().filter(|value| sku.values.contains(value)).count()
}

/// Returns whether `value` of `option` cannot be had with the values of `chosen` for all other options: no SKU with
/// these values is in stock.
pub fn is_unavailable(skus: &[Sku], chosen: &Sku, option: &ProductOption, value: OptionValueId) -> bool {
    let mut together = chosen.values.clone();
    together.retain(|other| !option.values.iter().any(|sibling| sibling.id == *other));
    together.push(value);
    !skus.iter().any(|sku| sku.stock > 0 && count_values(sku, &together) == together.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::model::Value,
        kernel::{Money, OptionId},
    };

    /// Returns test SKUs of the colors 1 and 2 and the sizes 11 and 12. Color 1 is sold out in size 11 and does not
    /// exist in size 12.
    fn skus() -> Vec<Sku> {
        let sku = |id, stock, values: [i64; 2]| Sku {
            id: SkuId(id),
            code: format!("S-{id}"),
            price: Money::ZERO,
            list_price: None,
            stock,
            low_stock_at: 5,
            values: values.map(OptionValueId).to_vec(),
        };
        vec![sku(101, 0, [1, 11]), sku(102, 3, [2, 11]), sku(103, 9, [2, 12])]
    }

    fn chosen(sku: Option<i64>, values: &[i64]) -> (i64, bool) {
        chosen_after(None, sku, values)
    }

    fn chosen_after(was: Option<i64>, sku: Option<i64>, values: &[i64]) -> (i64, bool) {
        let values = values.iter().copied().map(OptionValueId).collect();
        let asked = RequestedSku { sku: sku.map(SkuId), values, was: was.map(SkuId) };
        let skus = skus();
        let choice = choose_sku(&skus, &asked).unwrap();
        (choice.sku.id.0, choice.is_exact)
    }

    #[test]
    fn a_page_begins_with_something_that_can_be_bought() {
        assert_eq!(chosen(None, &[]), (102, true));
        assert_eq!(choose_sku(&[], &RequestedSku::default()), None);
    }

    #[test]
    fn the_sku_with_exactly_the_values_asked_for_is_shown_even_when_sold_out() {
        assert_eq!(chosen(None, &[1, 11]), (101, true));
        assert_eq!(chosen(None, &[2, 12]), (103, true));
        assert_eq!(chosen(None, &[12]), (103, true));
    }

    #[test]
    fn what_is_not_made_is_said_and_the_nearest_is_shown() {
        assert_eq!(chosen(None, &[1, 12]), (103, false));
        assert_eq!(chosen(None, &[2, 999]), (102, false));
    }

    #[test]
    fn the_nearest_keeps_what_was_changed() {
        assert_eq!(chosen_after(Some(103), None, &[1, 12]), (101, false));
        assert_eq!(chosen_after(Some(101), None, &[1, 12]), (103, false));
        assert_eq!(chosen_after(Some(999), None, &[1, 12]), (103, false));
    }

    #[test]
    fn a_sku_is_found_by_its_id_and_one_of_another_product_is_not() {
        assert_eq!(chosen(Some(101), &[2, 12]), (101, true));
        assert_eq!(chosen(Some(999), &[]), (102, true));
        assert_eq!(chosen(Some(999), &[2, 12]), (103, true));
    }

    #[test]
    fn a_value_that_leads_to_nothing_to_buy_is_known() {
        let skus = skus();
        let option = |values: [i64; 2]| {
            let values = values.map(|id| Value { id: OptionValueId(id), name: String::new() }).to_vec();
            ProductOption { id: OptionId(1), name: String::new(), values }
        };
        let (colours, sizes) = (option([1, 2]), option([11, 12]));
        let nowhere = |option, value| is_unavailable(&skus, &skus[1], option, OptionValueId(value));
        assert!(nowhere(&colours, 1), "sold out");
        assert!(!nowhere(&colours, 2));
        assert!(!nowhere(&sizes, 12));
        assert!(is_unavailable(&skus, &skus[0], &sizes, OptionValueId(12)), "not made");
    }
}
