//! `till seed --demo`: a shop to look around in.

use chrono::{DateTime, Duration, Utc};
use diesel::{PgConnection, dsl, prelude::*};

use super::{
    Failed,
    catalog::Catalog,
    goods::Goods,
    orders,
    people::{self, Stranger},
    rows,
};
use crate::{config::Config, platform::db, schema::spus};

/// How many have bought something before the first guest of the demo shop comes.
const SHOPPERS: usize = 40;

/// What was added.
pub(super) struct Added {
    pub(super) spus: usize,
    pub(super) skus: usize,
    pub(super) orders: usize,
}

/// Fills an empty shop, all of it or nothing; `None` where there are goods already.
///
/// # Errors
/// What is wrong with the catalog, or the database's own.
pub(super) fn fill(conn: &mut PgConnection, config: &Config, now: DateTime<Utc>) -> Result<Option<Added>, Failed> {
    db::transaction(conn, |conn| {
        super::one_at_a_time(conn)?;
        if dsl::select(dsl::exists(spus::table.select(spus::id))).get_result(conn)? {
            return Ok(None);
        }
        let catalog = Catalog::read()?;
        let mut goods = Goods::of(&catalog, conn, now)?;
        people::open_accounts(conn, now)?;
        let shoppers = shoppers(conn, now)?;
        let planned = orders::plan(&goods.offers, shoppers.len(), now);
        goods.provide_for(&planned);
        goods.write(conn)?;
        let orders = orders::write(conn, &planned, &goods.offers, &shoppers, config, now)?;
        Ok(Some(Added { spus: goods.spus.len(), skus: goods.skus.len(), orders }))
    })
}

/// Opens the accounts of those who have bought; nobody can sign in to them, since no password has this hash.
fn shoppers(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Vec<Stranger>> {
    let since = now - Duration::days(90);
    let ids = rows::ids(conn, "users", SHOPPERS)?;
    let shopper = |(number, id)| Stranger::new(id, format!("demo-shopper-{number:02}"), number, "!", since);
    let make = || (1..).zip(ids.as_slice().iter().copied()).map(shopper).collect();
    people::write(conn, make())?;
    Ok(make())
}
