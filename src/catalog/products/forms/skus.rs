//! The form of the SKUs of a product.

use std::collections::HashSet;

use crate::{
    catalog::products::{
        model::{EditableProduct, EditableSku, SkuInput},
        rules,
    },
    kernel::{Money, OptionValueId, SkuId, text},
    messages::Messages,
    web::Form,
};

/// A row of the SKU form, as typed: for an existing SKU, or for a combination of option values that no SKU has yet.
#[derive(Clone, Debug)]
pub struct SkuFields {
    /// The id of an existing SKU; `None` for a new one.
    pub id: Option<SkuId>,
    /// The option values of the SKU: one of each option, in the order of the options.
    pub values: Vec<OptionValueId>,
    pub code: String,
    /// The typed price. A new SKU without a price is not created.
    pub price: String,
    pub list_price: String,
    pub active: bool,
    pub stock: i32,
    pub shelf_place: String,
    /// The error messages as (field, message); the field is `code`, `price`, `list_price` or `shelf_place`.
    pub errors: Vec<(&'static str, String)>,
}

/// Returns a row of the form for each combination of option values, and then one for each SKU that has none of these
/// combinations.
pub fn sku_fields(product: &EditableProduct) -> Vec<SkuFields> {
    let mut rows: Vec<SkuFields> = rules::combinations(&product.options)
        .into_iter()
        .map(|values| match rules::sku_of(product, &values) {
            Some(sku) => SkuFields::of(sku, values),
            None => SkuFields {
                id: None,
                code: rules::suggested_code(product, &values),
                price: String::new(),
                list_price: String::new(),
                active: true,
                stock: 0,
                shelf_place: String::new(),
                errors: Vec::new(),
                values,
            },
        })
        .collect();
    let shown: HashSet<SkuId> = rows.iter().filter_map(|row| row.id).collect();
    let others = product.skus.iter().filter(|sku| !shown.contains(&sku.id));
    rows.extend(others.map(|sku| SkuFields::of(sku, sku.values.clone())));
    rows
}

impl SkuFields {
    fn of(sku: &EditableSku, values: Vec<OptionValueId>) -> Self {
        Self {
            id: Some(sku.id),
            values,
            code: sku.code.clone(),
            price: sku.price.plain(),
            list_price: sku.list_price.map(Money::plain).unwrap_or_default(),
            active: sku.active,
            stock: sku.stock,
            shelf_place: sku.shelf_place.clone(),
            errors: Vec::new(),
        }
    }

    /// Returns the value of the hidden field `sku`: the SKU's id, or for a new SKU `new-` and the ids of its option
    /// values.
    pub fn key(&self) -> String {
        let values: Vec<String> = self.values.iter().map(ToString::to_string).collect();
        self.id.map_or_else(|| format!("new-{}", values.join("-")), |id| id.to_string())
    }

    /// Reads `sku`, `code`, `price`, `list_price` and `shelf_place` of each row, and `active` of each ticked row, into
    /// `rows`. Returns the SKUs to save; if a field is wrong, returns `None`, and `rows` has the error messages.
    pub fn read(rows: &mut [Self], form: &Form, t: Messages) -> Option<Vec<SkuInput>> {
        let keys: Vec<&str> = form.all("sku").collect();
        let column = |name: &'static str| -> Vec<&str> { form.all(name).collect() };
        let (codes, prices, list_prices) = (column("code"), column("price"), column("list_price"));
        let shelf_places = column("shelf_place");
        let active: HashSet<&str> = form.all("active").collect();
        for row in rows.iter_mut() {
            let key = row.key();
            let Some(at) = keys.iter().position(|typed| *typed == key) else {
                // A row that was not sent stays as it is.
                continue;
            };
            let typed = |column: &[&str]| column.get(at).copied().unwrap_or_default().to_owned();
            row.code = text::fold(&typed(&codes)).trim().to_owned();
            (row.price, row.list_price) = (typed(&prices), typed(&list_prices));
            if let Some(place) = shelf_places.get(at) {
                (*place).clone_into(&mut row.shelf_place);
            }
            row.active = active.contains(key.as_str());
        }
        let mut codes = HashSet::new();
        let wanted = rows.iter_mut().filter(|row| row.id.is_some() || !row.price.is_empty());
        let written: Vec<Option<SkuInput>> = wanted
            .map(|row| {
                let written = row.written(t);
                if !codes.insert(row.code.to_lowercase()) {
                    row.fail("code", t.products_code_twice().to_owned());
                    return None;
                }
                written
            })
            .collect();
        written.into_iter().collect()
    }

    fn written(&mut self, t: Messages) -> Option<SkuInput> {
        if !rules::is_code(&self.code) {
            self.fail("code", t.products_code_wrong(rules::MAX_CODE_LEN));
        }
        let (price, list_price) = (Money::typed(&self.price), Money::typed(&self.list_price));
        if price.is_err() {
            self.fail("price", t.products_price_wrong().to_owned());
        }
        if list_price.is_err() && !self.list_price.is_empty() {
            self.fail("list_price", t.products_price_wrong().to_owned());
        }
        if price.ok().zip(list_price.ok()).is_some_and(|(price, list_price)| list_price < price) {
            self.fail("list_price", t.products_list_price_low().to_owned());
        }
        if self.shelf_place.chars().count() > rules::MAX_SHELF_PLACE_LEN {
            self.fail("shelf_place", t.field_too_long(rules::MAX_SHELF_PLACE_LEN));
        }
        let price = price.ok().filter(|_| self.errors.is_empty())?;
        Some(SkuInput {
            id: self.id,
            values: self.values.clone(),
            code: self.code.clone(),
            price,
            list_price: list_price.ok(),
            active: self.active,
            shelf_place: self.shelf_place.clone(),
        })
    }

    /// Adds an error message to a field of the row, unless it has one already.
    pub fn fail(&mut self, field: &'static str, words: String) {
        if self.error(field).is_none() {
            self.errors.push((field, words));
        }
    }

    /// Returns the error message of a field of the row, if it has one.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|(name, _)| *name == field).map(|(_, words)| words.as_str())
    }
}
