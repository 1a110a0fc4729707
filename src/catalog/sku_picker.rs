//! The SKUs of a product as JSON for the script `sku-picker.js`, which switches SKUs without loading a new page.

use serde::Serialize;

use super::model::{Product, Sku};
use crate::messages::Messages;

#[derive(Serialize)]
struct PickerSku<'a> {
    id: i64,
    values: Vec<i64>,
    price: String,
    list_price: String,
    stock_text: String,
    stock_state: &'static str,
    buyable: bool,
    max: i32,
    code: &'a str,
}

/// Returns the SKUs of a product as a JSON array that is safe inside a `<script>` element: `<` is escaped.
pub(super) fn json(product: &Product, t: Messages) -> String {
    let entries: Vec<PickerSku<'_>> = product.skus.iter().map(|sku| entry(sku, t)).collect();
    serde_json::to_string(&entries).unwrap_or_else(|_| "[]".to_owned()).replace('<', "\\u003c")
}

fn entry(sku: &Sku, t: Messages) -> PickerSku<'_> {
    PickerSku {
        id: sku.id.0,
        values: sku.values.iter().map(|value| value.0).collect(),
        price: sku.price.to_string(),
        list_price: sku.list_price.map(|price| price.to_string()).unwrap_or_default(),
        stock_text: sku.availability().label(&t),
        stock_state: sku.availability().css_class(),
        buyable: sku.is_buyable(),
        max: sku.max_quantity(),
        code: &sku.code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Language, Money, OptionValueId, Rating, SkuId, SpuId};

    #[test]
    fn nothing_in_it_can_end_the_script_element() {
        let sku = Sku {
            id: SkuId(7),
            code: "</script><script>alert(1)".into(),
            price: Money::ZERO,
            list_price: None,
            stock: 2000,
            low_stock_at: 5,
            values: vec![OptionValueId(1)],
        };
        let product = Product {
            id: SpuId(1),
            slug: String::new(),
            name: String::new(),
            description: String::new(),
            brand: String::new(),
            background: String::new(),
            sales: 0,
            rating: Rating::default(),
            path: Vec::new(),
            options: Vec::new(),
            skus: vec![sku],
            pictures: Vec::new(),
            picture_size: None,
        };
        let json = json(&product, Messages(Language::En));
        assert!(!json.contains('<'));
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read[0]["code"], "</script><script>alert(1)");
        assert_eq!(read[0]["max"], 999);
    }
}
