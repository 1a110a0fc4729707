//! The form of the options of a product and their values.

use std::collections::HashSet;

use crate::{
    catalog::{
        localized_name::LocalizedName,
        products::{
            model::{EditableOptionValue, EditableProduct, OptionInput, OptionValueInput},
            rules::{MAX_OPTIONS, MAX_SKUS},
        },
    },
    kernel::{Language, OptionId, OptionValueId, text::has_chinese},
    messages::Messages,
    web::Form,
};

/// The maximum length of the name of an option or option value, in characters.
const MAX_OPTION_LEN: usize = 60;

/// The fields of one option in the form: of an existing option, or empty ones for a new option.
#[derive(Clone, Debug, Default)]
pub struct OptionFields {
    /// The id of an existing option; `None` for a new one.
    pub id: Option<OptionId>,
    /// The name of the option, as typed.
    pub name: LocalizedName,
    /// The existing values of the option.
    pub values: Vec<OptionValueFields>,
    /// The text of the field in which new values are typed, one on each line: "Blue | 蓝色", or "蓝色 | Blue" if the shop's
    /// main language is Chinese.
    pub new_values: String,
    pub name_error: Option<String>,
    pub values_error: Option<String>,
}

#[derive(Clone, Debug)]
pub struct OptionValueFields {
    pub id: OptionValueId,
    pub name: LocalizedName,
    /// True if a SKU has this option value, so that it cannot be removed.
    pub is_used: bool,
    pub error: Option<String>,
}

/// Returns the fields of the product's options, and empty fields for another option if the product may have one more.
pub fn option_fields(product: &EditableProduct) -> Vec<OptionFields> {
    let mut slots = Vec::new();
    for option in &product.options {
        let values = option.values.iter().map(|value| OptionValueFields::of(value, product)).collect();
        slots.push(OptionFields { id: Some(option.id), name: option.name.clone(), values, ..OptionFields::default() });
    }
    if slots.len() < MAX_OPTIONS {
        slots.push(OptionFields::default());
    }
    slots
}

impl OptionValueFields {
    fn of(value: &EditableOptionValue, product: &EditableProduct) -> Self {
        let is_used = product.skus.iter().any(|sku| sku.values.contains(&value.id));
        Self { id: value.id, name: value.name.clone(), is_used, error: None }
    }
}

impl OptionFields {
    /// Reads `option_id`, `option_en`, `option_zh` and `new_values` of each option, and `value_id`, `value_en` and
    /// `value_zh` of each existing value, into `slots`. An emptied name removes the value, unless a SKU has that value.
    /// Returns all options to save; if one is wrong, returns `None`, and `slots` has the error messages.
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

    /// Returns the value of the hidden field `option_id`: the option's id, or an empty text for a new option.
    pub fn key(&self) -> String {
        self.id.map(|id| id.to_string()).unwrap_or_default()
    }

    /// Returns whether all fields of the option are empty: a new option was not filled in, or an existing one is to be
    /// removed.
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

/// The names read so far, each with its language, to find names that occur twice. Upper and lower case are the same.
#[derive(Default)]
struct Names(HashSet<(Language, String)>);

impl Names {
    /// Adds a name. Returns `false` if one of its texts was added before in the same language.
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

/// Returns a name in lowercase with single spaces, for comparison.
fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Parses a line like "Blue | 蓝色". The first name is in the language `main`, unless its characters show that it is not.
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

/// Returns (id, name) for each row of a list in a form. The parameters are the names of the fields with the id and the
/// name in each language; each row has these fields once.
fn names<'a>(form: &'a Form, [id, en, zh]: [&'a str; 3]) -> Vec<(&'a str, LocalizedName)> {
    let names = form.all(en).zip(form.all(zh)).map(|(en, zh)| LocalizedName { en: en.to_owned(), zh: zh.to_owned() });
    form.all(id).zip(names).collect()
}

fn is_too_long(text: &str) -> bool {
    text.chars().count() > MAX_OPTION_LEN
}

fn wrong_name(name: &LocalizedName, main: Language, t: Messages) -> Option<String> {
    if name.of(main).is_empty() {
        let words = match main {
            Language::En => t.products_name_en_needed(),
            Language::Zh => t.products_name_zh_needed(),
        };
        Some(words.to_owned())
    } else if is_too_long(&name.en) || is_too_long(&name.zh) {
        Some(t.field_too_long(MAX_OPTION_LEN))
    } else {
        (name.en.contains(char::is_control) || name.zh.contains(char::is_control))
            .then(|| t.field_odd_characters().to_owned())
    }
}
