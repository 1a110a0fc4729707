//! The demo catalog on its way into the tables.

use chrono::{DateTime, Duration, Utc};
use diesel::{PgConnection, QueryResult};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use std::collections::HashMap;

use super::{
    catalog::{Catalog, Shelf, Sku},
    orders::{DemoOffer, Planned},
    position,
    rows::{self, About, Ids, Text},
};

/// Over how many days the SPUs came into the shop, so that some are new and some are not.
const DAYS: i64 = 120;

/// Every row of the catalog, and what each SKU is offered at, in the same order as the SKUs.
#[derive(Default)]
pub(super) struct Goods {
    brands: Vec<rows::Brand>,
    categories: Vec<rows::Category>,
    pub(super) spus: Vec<rows::Spu>,
    pub(super) skus: Vec<rows::Sku>,
    options: Vec<rows::Choice>,
    values: Vec<rows::ChoiceValue>,
    links: Vec<rows::SkuValue>,
    images: Vec<rows::Image>,
    texts: Vec<Text>,
    pub(super) offers: Vec<DemoOffer>,
}

/// Ids for what a shelf holds.
struct Drawn {
    skus: Ids,
    options: Ids,
    values: Ids,
}

impl Goods {
    /// Turns the catalog into rows, none of them written yet.
    pub(super) fn of(catalog: &Catalog, conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Self, super::Failed> {
        let shelves = catalog.shelves()?;
        let options = || shelves.iter().flat_map(|shelf| &shelf.options);
        let mut drawn = Drawn {
            skus: rows::ids(conn, "skus", shelves.iter().map(|shelf| shelf.spu.skus.len()).sum())?,
            options: rows::ids(conn, "options", options().count())?,
            values: rows::ids(conn, "option_values", options().map(|(_, values)| values.len()).sum())?,
        };
        let mut goods = Self::default();
        let brands = goods.add_brands(catalog, rows::ids(conn, "brands", catalog.brands.len())?);
        let categories = goods.add_categories(catalog, rows::ids(conn, "categories", catalog.categories.len())?)?;
        let spus = shelves.iter().zip(rows::ids(conn, "spus", shelves.len())?).zip(arrivals(shelves.len(), now));
        for ((shelf, id), created_at) in spus {
            let spu = shelf.spu;
            let missing = |what: &str| format!("{}: there is no {what}", spu.slug);
            let row = rows::Spu {
                id,
                category_id: *categories.get(spu.category.as_str()).ok_or_else(|| missing(&spu.category))?,
                brand_id: Some(*brands.get(spu.brand.as_str()).ok_or_else(|| missing(&spu.brand))?),
                slug: spu.slug.clone(),
                name: spu.name.en.clone(),
                description: spu.description.en.clone(),
                ground: spu.ground.clone(),
                created_at,
            };
            goods.add_shelf(shelf, row, &mut drawn);
        }
        Ok(goods)
    }

    fn add_brands<'a>(&mut self, catalog: &'a Catalog, ids: Ids) -> HashMap<&'a str, i64> {
        let mut known = HashMap::new();
        for (brand, id) in catalog.brands.iter().zip(ids) {
            self.brands.push(rows::Brand { id, slug: brand.slug.clone(), name: brand.name.en.clone() });
            self.texts.push(Text::chinese(About::Brand(id), &brand.name.zh, ""));
            known.insert(brand.slug.as_str(), id);
        }
        known
    }

    fn add_categories<'a>(&mut self, catalog: &'a Catalog, ids: Ids) -> Result<HashMap<&'a str, i64>, String> {
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
            self.categories.push(rows::Category {
                id,
                parent_id,
                slug: category.slug.clone(),
                name: category.name.en.clone(),
                position: position(at),
                picture: category.picture.as_deref().map(picture_file),
                ground: category.ground.clone(),
            });
            self.texts.push(Text::chinese(About::Category(id), &category.name.zh, ""));
            known.insert(category.slug.as_str(), id);
        }
        Ok(known)
    }

    fn add_shelf(&mut self, shelf: &Shelf<'_>, row: rows::Spu, drawn: &mut Drawn) {
        let (spu, spu_id) = (shelf.spu, row.id);
        self.texts.push(Text::chinese(About::Spu(spu_id), &spu.name.zh, &spu.description.zh));
        for (at, picture) in spu.pictures.iter().enumerate() {
            self.images.push(rows::Image { spu_id, file: picture_file(picture), position: position(at) });
        }
        let choices = self.add_options(shelf, spu_id, drawn);
        for (sku, sku_id) in spu.skus.iter().zip(drawn.skus.by_ref()) {
            self.add_sku(shelf, &row, sku, sku_id);
            let values = shelf.values_of(sku).unwrap_or_default();
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

    /// Gives the ids of the SPU's options, each with those of its values.
    fn add_options(&mut self, shelf: &Shelf<'_>, spu_id: i64, drawn: &mut Drawn) -> Vec<(i64, Vec<i64>)> {
        let mut choices = Vec::new();
        for ((at, (choice, values)), id) in shelf.options.iter().enumerate().zip(drawn.options.by_ref()) {
            self.options.push(rows::Choice { id, spu_id, name: choice.name.en.clone(), position: position(at) });
            self.texts.push(Text::chinese(About::Choice(id), &choice.name.zh, ""));
            let mut value_ids = Vec::new();
            for ((at, value), value_id) in values.iter().enumerate().zip(drawn.values.by_ref()) {
                let name = value.name.en.clone();
                self.values.push(rows::ChoiceValue { id: value_id, option_id: id, name, position: position(at) });
                self.texts.push(Text::chinese(About::ChoiceValue(value_id), &value.name.zh, ""));
                value_ids.push(value_id);
            }
            choices.push((id, value_ids));
        }
        choices
    }

    fn add_sku(&mut self, shelf: &Shelf<'_>, row: &rows::Spu, sku: &Sku, id: i64) {
        let (spu, spu_id, created_at) = (shelf.spu, row.id, row.created_at);
        let values = shelf.values_of(sku).unwrap_or_default();
        let options = values.iter().map(|(_, value)| value.name.en.as_str()).collect::<Vec<_>>().join(", ");
        self.skus.push(rows::Sku {
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
            ground: spu.ground.clone(),
            price: sku.price.0,
            // The more SKUs an SPU has, the less each is asked for.
            demand: f64::from(spu.popularity).powi(3) / f64::from(position(spu.skus.len()).max(1)),
            since: created_at,
        });
    }

    /// Puts on the shelves, beside what shall be there today, what the planned orders will take.
    pub(super) fn provide_for(&mut self, orders: &[Planned]) {
        let mut wanted: HashMap<usize, i32> = HashMap::new();
        for (sku, count) in orders.iter().flat_map(|order| &order.lines) {
            *wanted.entry(*sku).or_default() += count.get();
        }
        for (at, sku) in self.skus.iter_mut().enumerate() {
            sku.stock += wanted.get(&at).copied().unwrap_or_default();
        }
    }

    /// Writes everything, and for each SKU that has stock the movement that brought it.
    pub(super) fn write(&self, conn: &mut PgConnection) -> QueryResult<()> {
        rows::Brand::copy(conn, &self.brands)?;
        rows::Category::copy(conn, &self.categories)?;
        rows::Spu::copy(conn, &self.spus)?;
        rows::Sku::copy(conn, &self.skus)?;
        rows::Choice::copy(conn, &self.options)?;
        rows::ChoiceValue::copy(conn, &self.values)?;
        rows::SkuValue::copy(conn, &self.links)?;
        rows::Image::copy(conn, &self.images)?;
        rows::Text::copy(conn, &self.texts)?;
        let brought: Vec<_> = self.skus.iter().filter_map(rows::Movement::that_brought).collect();
        rows::Movement::copy(conn, &brought)?;
        Ok(())
    }
}

/// When each SPU came: evenly over the days, in an order of its own that is the same each time.
fn arrivals(count: usize, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let span = Duration::days(DAYS);
    let step = span / position(count).max(1);
    let mut arrivals: Vec<_> = (0..count).map(|i| now - span + step * position(i)).collect();
    arrivals.shuffle(&mut StdRng::seed_from_u64(120));
    arrivals
}

/// Where a picture of the goods lies under `pictures/`.
pub(super) fn picture_file(name: &str) -> String {
    format!("goods/{name}.webp")
}
