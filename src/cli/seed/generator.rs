//! Generates products with plausible names, prices and pictures, in categories of their own.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};
use rust_decimal::Decimal;
use std::{collections::HashMap, ops::Range};

use super::{
    name_lists::{ADJECTIVES, BRANDS, CATEGORIES, COLORS, DESCRIPTION, KINDS, ProductKind, RANGES},
    position,
    products::picture_file,
    rows::{self, ReservedIdsIter, Text, TextOwner},
    users::cycle,
};
use crate::schema::{brands, categories};

/// The initial stock of each generated SKU.
const STOCK: i32 = 1_000;

/// The position of the root category of generated products in the menu: after all other categories.
const AFTER_ALL_OTHERS: i32 = 10_000;

/// The ids of categories and brands, by slug. All runs of `till seed` put their products in the same categories and
/// brands.
pub(super) struct SeedCatalog {
    categories: HashMap<String, i64>,
    brands: HashMap<String, i64>,
}

impl SeedCatalog {
    /// Loads the categories and brands of generated products, and creates missing ones.
    pub(super) fn open(conn: &mut PgConnection) -> QueryResult<Self> {
        let mut catalog = Self {
            categories: categories::table.select((categories::slug, categories::id)).load(conn)?.into_iter().collect(),
            brands: brands::table.select((brands::slug, brands::id)).load(conn)?.into_iter().collect(),
        };
        let (mut new_categories, mut new_brands, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        let ids = rows::ids(conn, "categories", CATEGORIES.len())?;
        for (category, id) in CATEGORIES.into_iter().zip(ids) {
            if catalog.categories.contains_key(category.slug) {
                continue;
            }
            new_categories.push(rows::DemoCategory {
                id,
                parent_id: catalog.categories.get(category.parent).copied(),
                slug: category.slug.to_owned(),
                name: category.name.to_owned(),
                position: AFTER_ALL_OTHERS + position(new_categories.len()),
                picture: Some(picture_file(category.picture)),
                background: category.background.to_owned(),
            });
            texts.push(Text::chinese(TextOwner::DemoCategory(id), category.chinese, ""));
            catalog.categories.insert(category.slug.to_owned(), id);
        }
        let ids = rows::ids(conn, "brands", BRANDS.len())?;
        for ((slug, name, chinese), id) in BRANDS.into_iter().zip(ids) {
            if catalog.brands.contains_key(slug) {
                continue;
            }
            new_brands.push(rows::DemoBrand { id, slug: slug.to_owned(), name: name.to_owned() });
            texts.push(Text::chinese(TextOwner::DemoBrand(id), chinese, ""));
            catalog.brands.insert(slug.to_owned(), id);
        }
        rows::DemoCategory::copy(conn, &new_categories)?;
        rows::DemoBrand::copy(conn, &new_brands)?;
        rows::Text::copy(conn, &texts)?;
        Ok(catalog)
    }
}

/// The numbers from which the names and prices of a generated SPU and its SKUs are computed.
pub(super) struct NewSpu {
    /// The number of this run of `till seed`.
    pub(super) run: i64,
    /// The number of this SPU in the run of `till seed`, from 0.
    pub(super) number: i64,
    /// The numbers of the SKUs of this SPU in the run of `till seed`, from 0.
    pub(super) skus: Range<i64>,
    pub(super) at: DateTime<Utc>,
}

impl NewSpu {
    fn size(&self) -> usize {
        self.skus.clone().count()
    }

    fn has_variants(&self) -> bool {
        self.size() > 1
    }

    fn kind(&self) -> ProductKind {
        cycle(&KINDS, self.number)
    }

    /// Returns the (English, Chinese) name, which depends on the number of the SPU and is unique within a run of `till
    /// seed`.
    fn name(&self) -> (String, String) {
        let lists = [KINDS.len(), RANGES.len(), ADJECTIVES.len()].map(|len| i64::from(position(len)));
        let [kinds, ranges, manners] = lists;
        let (range, range_zh) = cycle(&RANGES, self.number / kinds);
        let (manner, manner_zh) = cycle(&ADJECTIVES, self.number / (kinds * ranges));
        let kind = self.kind();
        let edition = match self.number / (kinds * ranges * manners) {
            0 => String::new(),
            earlier => format!(" {}", earlier + 1),
        };
        (format!("{range} {manner} {}{edition}", kind.name), format!("{range_zh}{manner_zh}{}{edition}", kind.chinese))
    }

    /// Returns the price in fen (1/100 yuan) of the SKU with the number `variant` (from 0) of this SPU.
    fn price(&self, variant: i64) -> i64 {
        let hundredths = 70 + self.number * 37 % 91 + variant % 5 * 4;
        self.kind().yuan * hundredths
    }
}

/// The rows of generated products that one transaction inserts.
#[derive(Default)]
pub(super) struct InsertBatch {
    spus: Vec<rows::DemoSpu>,
    skus: Vec<rows::DemoSku>,
    options: Vec<rows::ProductOption>,
    values: Vec<rows::OptionValue>,
    links: Vec<rows::SkuValue>,
    images: Vec<rows::Image>,
    texts: Vec<Text>,
    movements: Vec<rows::Movement>,
}

impl InsertBatch {
    /// Generates the rows of these SPUs and their SKUs.
    pub(super) fn load(conn: &mut PgConnection, catalog: &SeedCatalog, spus: &[NewSpu]) -> QueryResult<Self> {
        let varied = || spus.iter().filter(|spu| spu.has_variants());
        let mut skus = rows::ids(conn, "skus", spus.iter().map(NewSpu::size).sum())?;
        let mut options = rows::ids(conn, "options", varied().count())?;
        let mut values = rows::ids(conn, "option_values", varied().map(NewSpu::size).sum())?;
        let mut batch = Self::default();
        for (spu, id) in spus.iter().zip(rows::ids(conn, "spus", spus.len())?) {
            let name = batch.add_spu(catalog, spu, id);
            let option = if spu.has_variants() { options.next() } else { None };
            if let Some(option_id) = option {
                batch.options.push(rows::ProductOption {
                    id: option_id,
                    spu_id: id,
                    name: "Variant".to_owned(),
                    position: 0,
                });
                batch.texts.push(Text::chinese(TextOwner::Option(option_id), "款式", ""));
            }
            for ((variant, number), sku_id) in (0..).zip(spu.skus.clone()).zip(skus.by_ref()) {
                let value = option.map(|option_id| batch.add_value(sku_id, option_id, variant, &mut values));
                let name = value.map_or_else(|| name.clone(), |value| format!("{name}, {value}"));
                batch.add_sku(spu, id, sku_id, number, variant, name);
            }
        }
        Ok(batch)
    }

    /// Adds the rows of an SPU except its SKUs. Returns its English name.
    fn add_spu(&mut self, catalog: &SeedCatalog, spu: &NewSpu, id: i64) -> String {
        let ((name, chinese), kind) = (spu.name(), spu.kind());
        self.texts.push(Text::chinese(TextOwner::DemoSpu(id), &chinese, DESCRIPTION.1));
        self.images.push(rows::Image { spu_id: id, file: picture_file(kind.picture), position: 0 });
        self.spus.push(rows::DemoSpu {
            id,
            category_id: catalog.categories.get(kind.category).copied().unwrap_or_default(),
            brand_id: catalog.brands.get(cycle(&BRANDS, spu.number / 3).0).copied(),
            slug: format!("scale-{}-{}", spu.run, spu.number + 1),
            name: name.clone(),
            description: DESCRIPTION.0.to_owned(),
            background: kind.background.to_owned(),
            created_at: spu.at,
        });
        name
    }

    /// Adds the option value of the SKU with the number `variant`. Returns the value's name: a color; after all colors
    /// have been used once, a color and a number.
    fn add_value(&mut self, sku_id: i64, option_id: i64, variant: i64, ids: &mut ReservedIdsIter) -> String {
        let color = cycle(&COLORS, variant);
        let name = match variant / i64::from(position(COLORS.len())) {
            0 => color.to_owned(),
            earlier => format!("{color} {}", earlier + 1),
        };
        for id in ids.take(1) {
            let position = i32::try_from(variant).unwrap_or(i32::MAX);
            self.values.push(rows::OptionValue { id, option_id, name: name.clone(), position });
            self.links.push(rows::SkuValue { sku_id, option_id, option_value_id: id });
        }
        name
    }

    fn add_sku(&mut self, spu: &NewSpu, spu_id: i64, id: i64, number: i64, variant: i64, name: String) {
        let price = spu.price(variant);
        let sku = rows::DemoSku {
            id,
            spu_id,
            code: format!("S{}-{:07}", spu.run, number + 1),
            name,
            price: Decimal::new(price, 2),
            list_price: (spu.number % 4 == 0).then(|| Decimal::new(price * 6 / 5 + 10, 2)),
            stock: STOCK,
            low_stock_at: 5,
            low_stock_own: false,
            created_at: spu.at,
        };
        self.movements.extend(rows::Movement::of_initial_stock(&sku));
        self.skus.push(sku);
    }

    pub(super) fn write(&self, conn: &mut PgConnection) -> QueryResult<()> {
        rows::DemoSpu::copy(conn, &self.spus)?;
        rows::Image::copy(conn, &self.images)?;
        rows::ProductOption::copy(conn, &self.options)?;
        rows::OptionValue::copy(conn, &self.values)?;
        // Before the SKUs, otherwise the search rows would be written twice.
        rows::Text::copy(conn, &self.texts)?;
        rows::DemoSku::copy(conn, &self.skus)?;
        rows::Movement::copy(conn, &self.movements)?;
        rows::SkuValue::copy(conn, &self.links)?;
        Ok(())
    }
}
