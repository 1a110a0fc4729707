//! Rules for products: combinations of option values, codes of SKUs, and prices that staff must confirm.

use super::model::{EditableOption, EditableProduct, EditableSku};
use crate::{
    catalog::slugs::slug_of,
    kernel::{Money, OptionValueId},
};

/// The maximum number of SKUs of an SPU, because one form shows all of them.
pub const MAX_SKUS: usize = 100;
pub const MAX_OPTIONS: usize = 3;
pub(super) const MAX_CODE_LEN: usize = 64;
/// The maximum length of the place of a SKU in the store room, in characters.
pub const MAX_SHELF_PLACE_LEN: usize = 40;

/// Returns all combinations of one value of each option, in option order; without options, one empty combination.
pub(super) fn combinations(options: &[EditableOption]) -> Vec<Vec<OptionValueId>> {
    let mut made = vec![Vec::new()];
    for option in options.iter().filter(|option| !option.values.is_empty()) {
        let mut longer = Vec::new();
        for combination in &made {
            for value in &option.values {
                longer.push([combination.as_slice(), &[value.id]].concat());
            }
        }
        made = longer;
    }
    made
}

/// Returns the SKU of the product with exactly these option values, in any order; `None` if there is none.
pub(super) fn sku_of<'a>(product: &'a EditableProduct, values: &[OptionValueId]) -> Option<&'a EditableSku> {
    let same = |sku: &&EditableSku| sku.values.len() == values.len() && values.iter().all(|v| sku.values.contains(v));
    product.skus.iter().find(same)
}

/// Returns whether staff should confirm a price, because it changes by more than 30 percent or becomes zero. Typing
/// errors (59.99 for 5,999.00, an extra zero) change a price by more; price cuts seldom do. `old` is `None` for a new
/// SKU.
pub fn is_doubtful_price(old: Option<Money>, new: Money) -> bool {
    let (Some(old), new) = (old.map(Money::amount), new.amount()) else {
        return new.is_zero();
    };
    let moved = if new > old { new - old } else { old - new };
    moved * TEN > old * THREE || (new.is_zero() && !old.is_zero())
}

const TEN: rust_decimal::Decimal = rust_decimal::Decimal::TEN;
const THREE: rust_decimal::Decimal = rust_decimal::Decimal::from_parts(3, 0, 0, false, 0);

/// Returns whether `text` can be a SKU code: 1 to 64 ASCII letters, digits or `-_./`, characters that labels and files
/// do not change.
pub(super) fn is_code(text: &str) -> bool {
    (1..=MAX_CODE_LEN).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
}

/// Returns a suggested code for a new SKU with these option values, such as "LINEN-SHIRT-BLUE-M". It is unique within
/// the SPU.
pub(super) fn suggested_code(product: &EditableProduct, values: &[OptionValueId]) -> String {
    let mut code = product.details.slug.to_uppercase();
    for (option, value) in product.options.iter().zip(values) {
        let words = |id: &OptionValueId| option.values.iter().find(|v| v.id == *id).map(|v| slug_of(&v.name.en));
        let value_slug = words(value).filter(|value_slug| !value_slug.is_empty());
        let alone = option.values.iter().filter(|other| words(&other.id) == value_slug).count() == 1;
        let value_slug = value_slug.filter(|_| alone).unwrap_or_else(|| value.to_string());
        code.push('-');
        code.push_str(&value_slug.to_uppercase());
    }
    if is_code(&code) {
        return code;
    }
    let ids: Vec<String> = values.iter().map(ToString::to_string).collect();
    [vec![product.id.to_string()], ids].concat().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str) -> Money {
        amount.parse().unwrap()
    }

    #[test]
    fn a_price_is_looked_at_twice_when_it_moves_by_more_than_three_tenths() {
        let doubtful = |old: &str, new: &str| is_doubtful_price(Some(money(old)), money(new));
        assert!(doubtful("5999.00", "59.99"));
        assert!(doubtful("59.99", "5999.00"));
        assert!(doubtful("100.00", "69.99") && doubtful("100.00", "130.01"));
        assert!(!doubtful("100.00", "70.00") && !doubtful("100.00", "130.00") && !doubtful("100.00", "100.00"));
        assert!(doubtful("0.01", "0.00") && doubtful("0.00", "0.01") && !doubtful("0.00", "0.00"));
        assert!(is_doubtful_price(None, money("0")) && !is_doubtful_price(None, money("9999999999.99")));
        assert!(doubtful("9999999999.99", "0.01"));
    }

    #[test]
    fn a_code_is_what_labels_and_files_carry() {
        assert!(is_code("AUR-BLU-256/2.1_x"));
        for wrong in ["", "A B", "=1+1", "蓝", "A\n", &"A".repeat(65)] {
            assert!(!is_code(wrong), "{wrong:?}");
        }
    }
}
