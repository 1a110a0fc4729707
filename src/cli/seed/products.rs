//! Makes the rows of the demo catalog.

use chrono::{DateTime, Duration, Utc};
use diesel::{PgConnection, QueryResult};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use std::collections::HashMap;

use super::{
    catalog::{DemoCatalog, DemoSku, SpuWithOptions},
    orders::{DemoOffer, PlannedOrder},
    position,
    rows::{self, ReservedIdsIter, Text, TextOwner},
};

/// The number of days over which the SPUs of the demo catalog were added to the shop.
const DAYS: i64 = 120;

/// All rows of the demo catalog, and for each SKU, in the order of `skus`, how demo shoppers buy it.
#[derive(Default)]
pub(super) struct DemoRows {
    brands: Vec<rows::DemoBrand>,
    categories: Vec<rows::DemoCategory>,
    pub(super) spus: Vec<rows::DemoSpu>,
    pub(super) skus: Vec<rows::DemoSku>,
    options: Vec<rows::ProductOption>,
    values: Vec<rows::OptionValue>,
    links: Vec<rows::SkuValue>,
    images: Vec<rows::Image>,
    texts: Vec<Text>,
    pub(super) offers: Vec<DemoOffer>,
}

/// Ids reserved for rows of the demo catalog that are not written yet.
struct ReservedIds {
    skus: ReservedIdsIter,
    options: ReservedIdsIter,
    values: ReservedIdsIter,
}

impl DemoRows {
    /// Makes the rows from the catalog. Reserves their ids, and writes nothing else.
    pub(super) fn of(
        catalog: &DemoCatalog,
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<Self, super::SeedError> {
        let spus_with_options = catalog.spus_with_options()?;
        let options = || spus_with_options.iter().flat_map(|entry| &entry.options);
        let mut ids = ReservedIds {
            skus: rows::ids(conn, "skus", spus_with_options.iter().map(|entry| entry.spu.skus.len()).sum())?,
            options: rows::ids(conn, "options", options().count())?,
            values: rows::ids(conn, "option_values", options().map(|(_, values)| values.len()).sum())?,
        };
        let mut goods = Self::default();
        let brands = goods.add_brands(catalog, rows::ids(conn, "brands", catalog.brands.len())?);
        let categories = goods.add_categories(catalog, rows::ids(conn, "categories", catalog.categories.len())?)?;
        let spus = spus_with_options
            .iter()
            .zip(rows::ids(conn, "spus", spus_with_options.len())?)
            .zip(arrivals(spus_with_options.len(), now));
        for ((entry, id), created_at) in spus {
            let spu = entry.spu;
            let missing = |what: &str| format!("{}: there is no {what}", spu.slug);
            let row = rows::DemoSpu {
                id,
                category_id: *categories.get(spu.category.as_str()).ok_or_else(|| missing(&spu.category))?,
                brand_id: Some(*brands.get(spu.brand.as_str()).ok_or_else(|| missing(&spu.brand))?),
                slug: spu.slug.clone(),
                name: spu.name.en.clone(),
                description: spu.description.en.clone(),
                background: spu.background.clone(),
                created_at,
            };
            goods.add_spu(entry, row, &mut ids);
        }
        Ok(goods)
    }

    fn add_brands<'a>(&mut self, catalog: &'a DemoCatalog, ids: ReservedIdsIter) -> HashMap<&'a str, i64> {
        let mut known = HashMap::new();
        for (brand, id) in catalog.brands.iter().zip(ids) {
            self.brands.push(rows::DemoBrand { id, slug: brand.slug.clone(), name: brand.name.en.clone() });
            self.texts.push(Text::chinese(TextOwner::DemoBrand(id), &brand.name.zh, ""));
            known.insert(brand.slug.as_str(), id);
        }
        known
    }

    fn add_categories<'a>(
        &mut self,
        catalog: &'a DemoCatalog,
        ids: ReservedIdsIter,
    ) -> Result<HashMap<&'a str, i64>, String> {
        let mut known = HashMap::new();
        for ((at, category), id) in catalog.categories.iter().enumerate().zip(ids) {
            let parent_id = match &category.parent {
                None => None,
                Some(parent) => Some(
                    *known
                        .get(parent.as_str())
                        .ok_or_else(|| format!("{}: its parent {parent} does not stand before it", category.slug))?,
                ),
            };
            self.categories.push(rows::DemoCategory {
                id,
                parent_id,
                slug: category.slug.clone(),
                name: category.name.en.clone(),
                position: position(at),
                picture: category.picture.as_deref().map(picture_file),
                background: category.background.clone(),
            });
            self.texts.push(Text::chinese(TextOwner::DemoCategory(id), &category.name.zh, ""));
            known.insert(category.slug.as_str(), id);
        }
        Ok(known)
    }

    fn add_spu(&mut self, entry: &SpuWithOptions<'_>, row: rows::DemoSpu, ids: &mut ReservedIds) {
        let (spu, spu_id) = (entry.spu, row.id);
        self.texts.push(Text::chinese(TextOwner::DemoSpu(spu_id), &spu.name.zh, &spu.description.zh));
        for (at, picture) in spu.pictures.iter().enumerate() {
            self.images.push(rows::Image { spu_id, file: picture_file(picture), position: position(at) });
        }
        let choices = self.add_options(entry, spu_id, ids);
        for (sku, sku_id) in spu.skus.iter().zip(ids.skus.by_ref()) {
            self.add_sku(entry, &row, sku, sku_id);
            let values = entry.values_of(sku).unwrap_or_default();
            for ((option_id, value_ids), (which, _)) in choices.iter().zip(values) {
                self.links.extend(value_ids.get(which).map(|value| rows::SkuValue {
                    sku_id,
                    option_id: *option_id,
                    option_value_id: *value,
                }));
            }
        }
        self.spus.push(row);
    }

    /// Adds the options of an SPU. Returns (id of the option, ids of its values) for each option.
    fn add_options(&mut self, entry: &SpuWithOptions<'_>, spu_id: i64, ids: &mut ReservedIds) -> Vec<(i64, Vec<i64>)> {
        let mut choices = Vec::new();
        for ((at, (choice, values)), id) in entry.options.iter().enumerate().zip(ids.options.by_ref()) {
            self.options.push(rows::ProductOption { id, spu_id, name: choice.name.en.clone(), position: position(at) });
            self.texts.push(Text::chinese(TextOwner::Option(id), &choice.name.zh, ""));
            let mut value_ids = Vec::new();
            for ((at, value), value_id) in values.iter().enumerate().zip(ids.values.by_ref()) {
                let name = value.name.en.clone();
                self.values.push(rows::OptionValue { id: value_id, option_id: id, name, position: position(at) });
                self.texts.push(Text::chinese(TextOwner::OptionValue(value_id), &value.name.zh, ""));
                value_ids.push(value_id);
            }
            choices.push((id, value_ids));
        }
        choices
    }

    fn add_sku(&mut self, entry: &SpuWithOptions<'_>, row: &rows::DemoSpu, sku: &DemoSku, id: i64) {
        let (spu, spu_id, created_at) = (entry.spu, row.id, row.created_at);
        let values = entry.values_of(sku).unwrap_or_default();
        let options = values.iter().map(|(_, value)| value.name.en.as_str()).collect::<Vec<_>>().join(", ");
        self.skus.push(rows::DemoSku {
            id,
            spu_id,
            code: sku.code.clone(),
            name: if options.is_empty() { spu.name.en.clone() } else { format!("{}, {options}", spu.name.en) },
            price: sku.price.0.amount(),
            list_price: sku.list_price.map(|price| price.0.amount()),
            stock: sku.stock.into(),
            low_stock_at: sku.low_stock_at.into(),
            low_stock_own: true,
            created_at,
        });
        self.offers.push(DemoOffer {
            sku_id: id,
            name: spu.name.en.clone(),
            options,
            picture: spu.pictures.first().map(|picture| picture_file(picture)),
            background: spu.background.clone(),
            price: sku.price.0,
            // The demand of an SPU is shared by its SKUs.
            demand: f64::from(spu.popularity).powi(3) / f64::from(position(spu.skus.len()).max(1)),
            since: created_at,
        });
    }

    /// Adds the units of the planned orders to the initial stock, so that it is large enough for them.
    pub(super) fn add_stock_for(&mut self, orders: &[PlannedOrder]) {
        let mut wanted: HashMap<usize, i32> = HashMap::new();
        for (sku, count) in orders.iter().flat_map(|order| &order.lines) {
            *wanted.entry(*sku).or_default() += count.get();
        }
        for (at, sku) in self.skus.iter_mut().enumerate() {
            sku.stock += wanted.get(&at).copied().unwrap_or_default();
        }
    }

    /// Writes all rows, and a stock movement that records the initial stock of each SKU.
    pub(super) fn write(&self, conn: &mut PgConnection) -> QueryResult<()> {
        rows::DemoBrand::copy(conn, &self.brands)?;
        rows::DemoCategory::copy(conn, &self.categories)?;
        rows::DemoSpu::copy(conn, &self.spus)?;
        rows::DemoSku::copy(conn, &self.skus)?;
        rows::ProductOption::copy(conn, &self.options)?;
        rows::OptionValue::copy(conn, &self.values)?;
        rows::SkuValue::copy(conn, &self.links)?;
        rows::Image::copy(conn, &self.images)?;
        rows::Text::copy(conn, &self.texts)?;
        let brought: Vec<_> = self.skus.iter().filter_map(rows::Movement::of_initial_stock).collect();
        rows::Movement::copy(conn, &brought)?;
        Ok(())
    }
}

/// Returns when each SPU was added: at even intervals, in an order that looks random but is always the same.
fn arrivals(count: usize, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let span = Duration::days(DAYS);
    let step = span / position(count).max(1);
    let mut arrivals: Vec<_> = (0..count).map(|i| now - span + step * position(i)).collect();
    arrivals.shuffle(&mut StdRng::seed_from_u64(120));
    arrivals
}

/// Returns the path of a demo picture's file below `pictures/`.
pub(super) fn picture_file(name: &str) -> String {
    format!("goods/{name}.webp")
}
