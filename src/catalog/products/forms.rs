//! What staff type about goods. Options and SKUs are written in lists, so each line carries what was typed into it and
//! what is wrong with it.

use std::collections::HashSet;

use super::{
    model::{
        EditableOption, EditableOptionValue, EditableProduct, EditableSku, ExistingOrNew, LocalizedName, OptionInput,
        OptionValueInput, ProductDetailsInput, ProductFilter, ProductSearch, SkuInput,
    },
    rules::{self, MAX_OPTIONS, MAX_SKUS, MAX_SLUG_LEN},
};
use crate::{
    catalog::taxonomy::LONGEST_NAME,
    kernel::{
        Language, Money, OptionId, OptionValueId, SkuId,
        text::{self, has_chinese},
    },
    messages::Messages,
    web::{Fields, Form},
};

/// The longest name of an SPU.
const MAX_NAME: usize = 200;
/// The longest name of an option or of one of its values.
const MAX_OPTION_LEN: usize = 60;

/// `name_en`, `name_zh`, `description_en`, `description_zh`, `category_id` or `new_category`, `brand_id` or `new_brand`, and
/// `slug`. Of the names the one in the main language is needed, and a category.
pub fn read_product_details(form: &mut Form, main: Language, t: Messages) -> Option<ProductDetailsInput> {
    let name = named(form, MAX_NAME, main, t);
    let description_en = form.lines("description_en", 0..=5000, t);
    let description_zh = form.lines("description_zh", 0..=5000, t);
    let category = match new_shelf(form, "new_category", main, t) {
        Some(None) => form.parsed("category_id", t.products_choose(), t).map(ExistingOrNew::Existing),
        new => new.flatten().map(ExistingOrNew::New),
    };
    let brand = match new_shelf(form, "new_brand", main, t) {
        Some(None) if form.value("brand_id").is_empty() => Some(None),
        Some(None) => form.parsed("brand_id", t.products_choose(), t).map(|id| Some(ExistingOrNew::Existing(id))),
        new => new.flatten().map(|name| Some(ExistingOrNew::New(name))),
    };
    let slug = slug(form, main, t);
    let (name, description) = (name?, LocalizedName { en: description_en?, zh: description_zh? });
    let other = main.other();
    if name.of(other).is_empty() && !description.of(other).is_empty() {
        form.fail(name_field(other), t.products_name_of_description_needed());
        return None;
    }
    Some(ProductDetailsInput { name, description, category: category?, brand: brand?, slug: slug? })
}

/// A category or a brand by the name in this field; `Some(None)` where nothing is typed, `None` where it is wrong.
fn new_shelf(form: &mut Form, field: &'static str, main: Language, t: Messages) -> Option<Option<LocalizedName>> {
    let name = form.line(field, 0..=LONGEST_NAME, t)?;
    Some((!name.is_empty()).then(|| LocalizedName::only(main, name)))
}

fn name_field(language: Language) -> &'static str {
    match language {
        Language::En => "name_en",
        Language::Zh => "name_zh",
    }
}

/// `name_en` and `name_zh`, of which the one in the main language is needed.
pub(in crate::catalog) fn named(form: &mut Form, max: usize, main: Language, t: Messages) -> Option<LocalizedName> {
    let least = |language| usize::from(language == main);
    let en = form.line("name_en", least(Language::En)..=max, t);
    let zh = form.line("name_zh", least(Language::Zh)..=max, t);
    Some(LocalizedName { en: en?, zh: zh? })
}

/// `slug`. Left empty, it is made of `name_en`, or of the other name where that has nothing but letters of slugs. A name in
/// Chinese alone gives none: the slug then stays, or is a number.
pub(in crate::catalog) fn slug(form: &mut Form, main: Language, t: Messages) -> Option<Option<String>> {
    let typed = form.value("slug");
    let (en, zh) = (form.value("name_en"), form.value("name_zh"));
    let slug = if typed.is_ascii() && !typed.is_empty() {
        typed.to_owned()
    } else if !typed.is_empty() {
        // As much of it as an address has letters for; if that is nothing, it is shown as it was typed.
        Some(rules::slug_of(typed)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| typed.to_owned())
    } else if en.is_empty() && main == Language::Zh && !zh.is_empty() {
        let made = rules::slug_of(zh);
        if has_chinese(zh) || made.is_empty() {
            return Some(None);
        }
        made
    } else {
        rules::slug_of(en)
    };
    if rules::is_slug(&slug) {
        return Some(Some(slug));
    }
    // What is wrong with the name is said there.
    if !slug.is_empty() {
        form.fail("slug", t.products_slug_wrong(MAX_SLUG_LEN));
    } else if form.error("name_en").is_none() && form.error("name_zh").is_none() {
        form.fail("slug", t.products_slug_needed());
    }
    None
}

impl ProductSearch {
    /// Whether nothing is left out.
    pub fn is_for_everything(&self) -> bool {
        self.words.is_empty() && self.category.is_none() && self.brand.is_none() && self.show == ProductFilter::All
    }

    /// Reads `q`, `category`, `brand` and `show`. A page to read answers whatever it can, so what is too long is cut.
    pub fn read(query: &Fields) -> Self {
        let show = ProductFilter::ALL.into_iter().find(|show| show.code() == query.get("show"));
        Self {
            words: text::search_words(query.get("q"), 100, 8),
            category: query.get("category").parse().ok(),
            brand: query.get("brand").parse().ok(),
            show: show.unwrap_or(ProductFilter::All),
        }
    }
}

/// An option in the form of options: one that is there, or room for a new one.
#[derive(Clone, Debug, Default)]
pub struct OptionFields {
    /// Which; none for a new one.
    pub id: Option<OptionId>,
    /// Its name, as typed.
    pub name: LocalizedName,
    /// The values that are there.
    pub values: Vec<OptionValueFields>,
    /// New values, a line each: "Blue | 蓝色", or "蓝色 | Blue" in a shop whose main language is Chinese.
    pub new_values: String,
    /// What is wrong with its name.
    pub name_error: Option<String>,
    /// What is wrong with the new values.
    pub values_error: Option<String>,
}

/// A value that is there.
#[derive(Clone, Debug)]
pub struct OptionValueFields {
    /// Which.
    pub id: OptionValueId,
    /// Its name, as typed.
    pub name: LocalizedName,
    /// Whether a SKU is made of it.
    pub is_used: bool,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// The options of these goods to be written, and room for one more where there may be one.
pub fn option_fields(goods: &EditableProduct) -> Vec<OptionFields> {
    let is_used = |id| goods.skus.iter().any(|sku| sku.values.contains(&id));
    let value = |value: &EditableOptionValue| OptionValueFields {
        id: value.id,
        name: value.name.clone(),
        is_used: is_used(value.id),
        error: None,
    };
    let slot = |option: &EditableOption| OptionFields {
        id: Some(option.id),
        name: option.name.clone(),
        values: option.values.iter().map(value).collect(),
        ..OptionFields::default()
    };
    let room = (goods.options.len() < MAX_OPTIONS).then(OptionFields::default);
    goods.options.iter().map(slot).chain(room).collect()
}

impl OptionFields {
    /// Reads `option_id`, `option_en`, `option_zh` and `new_values` of each option, and `value_id`, `value_en` and
    /// `value_zh` of each value that is there, into the slots of these goods; gives all options, or nothing where
    /// something is wrong, which the slots then say. A name that was emptied takes away what no SKU is made of.
    pub fn read(slots: &mut [Self], form: &Form, main: Language, t: Messages) -> Option<Vec<OptionInput>> {
        let values: Vec<(&str, LocalizedName)> = names(form, ["value_id", "value_en", "value_zh"]);
        let options: Vec<(&str, LocalizedName)> = names(form, ["option_id", "option_en", "option_zh"]);
        let new_values: Vec<&str> = form.all("new_values").collect();
        for slot in slots.iter_mut() {
            let key = slot.key();
            if let Some(at) = options.iter().position(|(id, _)| *id == key) {
                slot.name = options.get(at).map(|(_, name)| name.clone()).unwrap_or_default();
                slot.new_values = new_values.get(at).copied().unwrap_or_default().replace("\r\n", "\n");
            }
            for value in &mut slot.values {
                let key = value.id.to_string();
                if let Some((_, name)) = values.iter().find(|(id, _)| *id == key) {
                    value.name = name.clone();
                }
            }
        }
        let mut seen = Names::default();
        let written: Vec<Option<OptionInput>> = slots
            .iter_mut()
            .filter(|slot| !slot.is_left_out())
            .map(|slot| {
                let written = slot.written(main, t);
                if slot.name_error.is_none() && !seen.add(&slot.name) {
                    slot.name_error = Some(t.products_option_twice(slot.name.words(t.language())));
                    return None;
                }
                written
            })
            .collect();
        let written: Vec<OptionInput> = written.into_iter().collect::<Option<_>>()?;
        let skus = written.iter().fold(1_usize, |skus, option| skus.saturating_mul(option.values.len()));
        if skus > MAX_SKUS {
            if let Some(last) = slots.iter_mut().rfind(|slot| !slot.is_left_out()) {
                last.values_error = Some(t.products_too_many_skus(skus, MAX_SKUS));
            }
            return None;
        }
        Some(written)
    }

    /// As the form calls it.
    pub fn key(&self) -> String {
        self.id.map(|id| id.to_string()).unwrap_or_default()
    }

    /// Room that was not used, or an option that is taken away.
    fn is_left_out(&self) -> bool {
        self.name.is_empty()
            && self.new_values.trim().is_empty()
            && self.values.iter().all(OptionValueFields::is_removed)
    }

    fn written(&mut self, main: Language, t: Messages) -> Option<OptionInput> {
        self.name_error = wrong_name(&self.name, main, t);
        let mut seen = Names::default();
        for value in self.values.iter_mut().filter(|value| !value.is_removed()) {
            value.error = if value.name.is_empty() {
                Some(t.products_value_used().to_owned())
            } else {
                wrong_name(&value.name, main, t).or_else(|| seen.twice(&value.name, t))
            };
        }
        let lines = self.new_values.lines().map(str::trim).filter(|line| !line.is_empty());
        let new: Vec<LocalizedName> = lines.map(|typed| line(typed, main)).collect();
        self.values_error = new.iter().find_map(|name| wrong_name(name, main, t).or_else(|| seen.twice(name, t)));
        if self.values.iter().all(OptionValueFields::is_removed) && new.is_empty() {
            self.values_error = Some(t.products_values_needed().to_owned());
        }
        let wrong = self.name_error.is_some()
            || self.values_error.is_some()
            || self.values.iter().any(|value| value.error.is_some());
        let there = self.values.iter().filter(|value| !value.is_removed());
        let there = there.map(|value| OptionValueInput { id: Some(value.id), name: value.name.clone() });
        let values = there.chain(new.into_iter().map(|name| OptionValueInput { id: None, name })).collect();
        (!wrong).then(|| OptionInput { id: self.id, name: self.name.clone(), values })
    }
}

impl OptionValueFields {
    fn is_removed(&self) -> bool {
        self.name.is_empty() && !self.is_used
    }
}

/// The names of one kind that were seen, in each language, without regard to small and capital letters.
#[derive(Default)]
struct Names(HashSet<(Language, String)>);

impl Names {
    /// False where one of both languages has the name already.
    fn add(&mut self, name: &LocalizedName) -> bool {
        let mut is_new = true;
        for language in Language::ALL {
            let folded = folded(name.of(language));
            is_new &= folded.is_empty() || self.0.insert((language, folded));
        }
        is_new
    }

    fn twice(&mut self, name: &LocalizedName, t: Messages) -> Option<String> {
        (!self.add(name)).then(|| t.products_value_twice(name.words(t.language())))
    }
}

/// As names are compared: in small letters, with single spaces between words.
fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// "Blue | 蓝色": the main language first, unless the letters say otherwise.
fn line(line: &str, main: Language) -> LocalizedName {
    let Some((first, second)) = line.split_once(['|', '｜']) else {
        return LocalizedName::only(main, line.trim().to_owned());
    };
    let (first, second) = (first.trim().to_owned(), second.trim().to_owned());
    let first_is_chinese = match (has_chinese(&first), has_chinese(&second)) {
        (true, false) => true,
        (false, true) => false,
        _ => main == Language::Zh,
    };
    if first_is_chinese { LocalizedName { en: second, zh: first } } else { LocalizedName { en: first, zh: second } }
}

/// The names of a list, each with its id; three fields that stand as often as each other.
fn names<'a>(form: &'a Form, [id, en, zh]: [&'a str; 3]) -> Vec<(&'a str, LocalizedName)> {
    let names = form.all(en).zip(form.all(zh)).map(|(en, zh)| LocalizedName { en: en.to_owned(), zh: zh.to_owned() });
    form.all(id).zip(names).collect()
}

fn wrong_name(name: &LocalizedName, main: Language, t: Messages) -> Option<String> {
    let long = |text: &str| text.chars().count() > MAX_OPTION_LEN;
    if name.of(main).is_empty() {
        let words = match main {
            Language::En => t.products_name_en_needed(),
            Language::Zh => t.products_name_zh_needed(),
        };
        Some(words.to_owned())
    } else if long(&name.en) || long(&name.zh) {
        Some(t.field_too_long(MAX_OPTION_LEN))
    } else {
        (name.en.contains(char::is_control) || name.zh.contains(char::is_control))
            .then(|| t.field_odd_characters().to_owned())
    }
}

/// A line in the form of SKUs: one that is there, or one that could be made.
#[derive(Clone, Debug)]
pub struct SkuRow {
    /// Which; none for a new one.
    pub id: Option<SkuId>,
    /// One of each option, in their order.
    pub values: Vec<OptionValueId>,
    /// What is printed on its label, as typed.
    pub code: String,
    /// For one, as typed; a new SKU without a price is not made.
    pub price: String,
    /// Before it was reduced, as typed.
    pub list_price: String,
    /// Whether it is to be on sale.
    pub active: bool,
    /// How many there are.
    pub stock: i32,
    /// What is wrong: with `code`, `price` or `list_price`.
    pub errors: Vec<(&'static str, String)>,
}

/// A line for each way to take one value of each option, and then the SKUs that are made of something else.
pub fn sku_fields(goods: &EditableProduct) -> Vec<SkuRow> {
    let mut rows: Vec<SkuRow> = rules::combinations(&goods.options)
        .into_iter()
        .map(|values| match rules::sku_of(goods, &values) {
            Some(sku) => SkuRow::of(sku, values),
            None => SkuRow {
                id: None,
                code: rules::suggested_code(goods, &values),
                price: String::new(),
                list_price: String::new(),
                active: true,
                stock: 0,
                errors: Vec::new(),
                values,
            },
        })
        .collect();
    let shown: HashSet<SkuId> = rows.iter().filter_map(|row| row.id).collect();
    let others = goods.skus.iter().filter(|sku| !shown.contains(&sku.id));
    rows.extend(others.map(|sku| SkuRow::of(sku, sku.values.clone())));
    rows
}

impl SkuRow {
    fn of(sku: &EditableSku, values: Vec<OptionValueId>) -> Self {
        Self {
            id: Some(sku.id),
            values,
            code: sku.code.clone(),
            price: sku.price.plain(),
            list_price: sku.list_price.map(Money::plain).unwrap_or_default(),
            active: sku.active,
            stock: sku.stock,
            errors: Vec::new(),
        }
    }

    /// As the form calls it: the id of the SKU, or the values that would make it.
    pub fn key(&self) -> String {
        let values: Vec<String> = self.values.iter().map(ToString::to_string).collect();
        self.id.map_or_else(|| format!("new-{}", values.join("-")), |id| id.to_string())
    }

    /// Reads `sku`, `code`, `price` and `list_price` of each line, and `active` of each that is ticked, into the lines of
    /// these goods; gives the SKUs to be written, or nothing where something is wrong, which the lines then say.
    pub fn read(rows: &mut [Self], form: &Form, t: Messages) -> Option<Vec<SkuInput>> {
        let keys: Vec<&str> = form.all("sku").collect();
        let column = |name: &'static str| -> Vec<&str> { form.all(name).collect() };
        let (codes, prices, list_prices) = (column("code"), column("price"), column("list_price"));
        let active: HashSet<&str> = form.all("active").collect();
        for row in rows.iter_mut() {
            let key = row.key();
            let Some(at) = keys.iter().position(|typed| *typed == key) else {
                // A line that did not come along stays as it is.
                continue;
            };
            let typed = |column: &[&str]| column.get(at).copied().unwrap_or_default().to_owned();
            row.code = text::fold(&typed(&codes)).trim().to_owned();
            (row.price, row.list_price) = (typed(&prices), typed(&list_prices));
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
        let price = price.ok().filter(|_| self.errors.is_empty())?;
        Some(SkuInput {
            id: self.id,
            values: self.values.clone(),
            code: self.code.clone(),
            price,
            list_price: list_price.ok(),
            active: self.active,
        })
    }

    /// Says that something is wrong with the line.
    pub fn fail(&mut self, field: &'static str, words: String) {
        if self.error(field).is_none() {
            self.errors.push((field, words));
        }
    }

    /// What is wrong with a field of the line.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|(name, _)| *name == field).map(|(_, words)| words.as_str())
    }
}
