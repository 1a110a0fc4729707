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
use crate::{config::Config, orders::forget_days, platform::db, schema::spus};

/// How many have bought something before the first guest of the demo shop comes.
const SHOPPERS: usize = 40;

/// Fills an empty shop, all of it or nothing, and says so.
pub(super) fn fill(conn: &mut PgConnection, config: &Config, now: DateTime<Utc>) -> Result<(), Failed> {
    super::one_at_a_time(conn)?;
    if dsl::select(dsl::exists(spus::table.select(spus::id))).get_result(conn)? {
        super::say("The shop is not empty; nothing was added.");
        return Ok(());
    }
    let catalog = Catalog::read()?;
    let (spus, skus, orders) = db::transaction(conn, |conn| write(conn, &catalog, config, now))?;
    super::analyze(conn)?;
    super::say(&format!("Added the demo catalog: {spus} SPUs with {skus} SKUs, and {orders} orders."));
    Ok(())
}

/// Gives how many SPUs, SKUs and orders that were.
fn write(
    conn: &mut PgConnection,
    catalog: &Catalog,
    config: &Config,
    now: DateTime<Utc>,
) -> Result<(usize, usize, usize), Failed> {
    let mut goods = Goods::of(catalog, conn, now)?;
    people::open_accounts(conn)?;
    let shoppers = shoppers(conn, now)?;
    let planned = orders::plan(&goods.offers, shoppers.len(), now);
    goods.provide_for(&planned);
    goods.write(conn)?;
    orders::write(conn, &planned, &goods.offers, &shoppers, config, now)?;
    forget_days(conn)?;
    Ok((goods.spus.len(), goods.skus.len(), planned.len()))
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
