//! The demo catalog `demo/catalog.toml`, embedded in the binary.

use serde::Deserialize;
use std::collections::HashMap;

use crate::kernel::Money;

const FILE: &str = include_str!("../../../demo/catalog.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DemoCatalog {
    #[serde(rename = "brand")]
    pub(super) brands: Vec<DemoBrand>,
    /// The categories, each after its parent.
    #[serde(rename = "category")]
    pub(super) categories: Vec<DemoCategory>,
    #[serde(rename = "option")]
    options: Vec<OptionSpec>,
    #[serde(rename = "spu")]
    spus: Vec<DemoSpu>,
}

/// A text in both languages of the shop.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BilingualText {
    pub(super) en: String,
    pub(super) zh: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DemoBrand {
    pub(super) slug: String,
    pub(super) name: BilingualText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DemoCategory {
    pub(super) slug: String,
    pub(super) parent: Option<String>,
    pub(super) name: BilingualText,
    pub(super) picture: Option<String>,
    pub(super) background: String,
}

/// An option, such as the color, with all values that SPUs of the demo catalog have, in display order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionSpec {
    slug: String,
    pub(super) name: BilingualText,
    values: Vec<OptionValueSpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionValueSpec {
    pub(super) slug: String,
    pub(super) name: BilingualText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DemoSpu {
    pub(super) slug: String,
    pub(super) category: String,
    pub(super) brand: String,
    pub(super) background: String,
    pub(super) pictures: Vec<String>,
    /// How often the SPU is ordered relative to others, from 1 to 10.
    pub(super) popularity: u8,
    pub(super) name: BilingualText,
    pub(super) description: BilingualText,
    options: Vec<String>,
    pub(super) skus: Vec<DemoSku>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DemoSku {
    pub(super) code: String,
    /// The values of this SKU: one of each option of its SPU, in the same order.
    pub(super) values: Vec<String>,
    pub(super) price: Price,
    pub(super) list_price: Option<Price>,
    pub(super) stock: u16,
    pub(super) low_stock_at: u16,
}

/// A price in yuan, which the file contains as text: `"3999.00"`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Price(pub(super) Money);

impl TryFrom<String> for Price {
    type Error = String;

    fn try_from(typed: String) -> Result<Self, String> {
        typed.parse().map(Self).map_err(|_| format!("\"{typed}\" is not an amount such as 10.00"))
    }
}

/// An SPU with its options and the values that its SKUs use.
pub(super) struct SpuWithOptions<'a> {
    pub(super) spu: &'a DemoSpu,
    pub(super) options: Vec<(&'a OptionSpec, Vec<&'a OptionValueSpec>)>,
}

impl DemoCatalog {
    pub(super) fn read() -> Result<Self, String> {
        toml::from_str(FILE).map_err(|error| format!("demo/catalog.toml: {error}"))
    }

    /// Returns the SPUs in the order of the file; an error if the values of a SKU do not match its SPU's options.
    pub(super) fn spus_with_options(&self) -> Result<Vec<SpuWithOptions<'_>>, String> {
        let choices: HashMap<&str, &OptionSpec> =
            self.options.iter().map(|choice| (choice.slug.as_str(), choice)).collect();
        self.spus.iter().map(|spu| SpuWithOptions::of(spu, &choices)).collect()
    }
}

impl<'a> SpuWithOptions<'a> {
    fn of(spu: &'a DemoSpu, choices: &HashMap<&str, &'a OptionSpec>) -> Result<Self, String> {
        let named = spu.options.iter().map(|slug| {
            choices.get(slug.as_str()).copied().ok_or_else(|| format!("{}: there is no option {slug}", spu.slug))
        });
        let options = named.enumerate().map(|(i, choice)| Ok((choice?, i)));
        let options = options.map(|found| found.map(|(choice, i)| (choice, used_values(spu, choice, i))));
        let entry = Self { spu, options: options.collect::<Result<_, String>>()? };
        match spu.skus.iter().find(|sku| entry.values_of(sku).is_none()) {
            Some(sku) => Err(format!("{}: its values are not those of {}'s options", sku.code, spu.slug)),
            None => Ok(entry),
        }
    }

    /// Returns the option values of a SKU, each with its index among the values of that option. `None` if they do not
    /// match the options of the SPU.
    pub(super) fn values_of(&self, sku: &DemoSku) -> Option<Vec<(usize, &'a OptionValueSpec)>> {
        if sku.values.len() != self.options.len() {
            return None;
        }
        let each = self.options.iter().zip(&sku.values);
        each.map(|((_, values), slug)| values.iter().copied().enumerate().find(|(_, value)| value.slug == *slug))
            .collect()
    }
}

/// Returns those values of the SPU's option with the index `i` that its SKUs have.
fn used_values<'a>(spu: &DemoSpu, choice: &'a OptionSpec, i: usize) -> Vec<&'a OptionValueSpec> {
    let wanted = |value: &&OptionValueSpec| spu.skus.iter().any(|sku| sku.values.get(i) == Some(&value.slug));
    choice.values.iter().filter(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_catalog_is_a_whole_shop() {
        let catalog = DemoCatalog::read().unwrap();
        let spus_with_options = catalog.spus_with_options().unwrap();
        assert!(spus_with_options.len() >= 80);
        assert!(spus_with_options.iter().map(|entry| entry.spu.skus.len()).sum::<usize>() >= 250);
        assert!(spus_with_options.iter().all(|entry| entry.options.len() <= 2 && !entry.spu.pictures.is_empty()));
    }

    #[test]
    fn every_picture_of_the_demo_catalog_is_there() {
        let catalog = DemoCatalog::read().unwrap();
        let pictures = catalog.spus.iter().flat_map(|spu| &spu.pictures);
        for picture in pictures.chain(catalog.categories.iter().filter_map(|category| category.picture.as_ref())) {
            let file = format!("{}/static/pictures/goods/{picture}.webp", env!("CARGO_MANIFEST_DIR"));
            assert!(std::path::Path::new(&file).exists(), "{file}");
        }
    }
}
