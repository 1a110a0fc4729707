//! `till seed --demo`: fills an empty shop with the demo catalog, users and orders.

use chrono::{DateTime, Duration, FixedOffset, Utc};
use diesel::{PgConnection, dsl, prelude::*};

use super::{
    SeedError,
    catalog::DemoCatalog,
    orders, papers,
    products::DemoRows,
    rows,
    users::{self, FakeUser},
};
use crate::{
    config::Config, kernel::PayMethod, orders::delete_recorded_days, payments, platform::db, schema::spus,
    store::Settings,
};

/// The number of generated shoppers with orders.
const SHOPPERS: usize = 40;

/// The shop's settings and time zone, on which the demo orders depend.
pub(super) struct DemoShop {
    pub(super) settings: Settings,
    pub(super) zone: FixedOffset,
}

/// Fills an empty shop with the demo data in one transaction, and then issues invoices. Does nothing if the shop has any
/// SPU.
pub(super) fn fill(conn: &mut PgConnection, config: &Config, now: DateTime<Utc>) -> Result<(), SeedError> {
    super::lock_seeding(conn)?;
    if dsl::select(dsl::exists(spus::table.select(spus::id))).get_result(conn)? {
        super::print_line("The shop is not empty; nothing was added.");
        return Ok(());
    }
    let catalog = DemoCatalog::read()?;
    let (shop, (spus, skus, orders)) = db::transaction(conn, |conn| {
        let shop = DemoShop { settings: papers::settings(conn, config)?, zone: config.zone };
        let counts = write(conn, &catalog, &shop, now)?;
        Ok::<_, SeedError>((shop, counts))
    })?;
    super::analyze(conn)?;
    papers::issue(conn, &shop, now)?;
    super::print_line(&format!("Added the demo catalog: {spus} SPUs with {skus} SKUs, and {orders} orders."));
    Ok(())
}

/// Writes all rows of the demo shop. Returns (number of SPUs, of SKUs, of orders).
fn write(
    conn: &mut PgConnection,
    catalog: &DemoCatalog,
    shop: &DemoShop,
    now: DateTime<Utc>,
) -> Result<(usize, usize, usize), SeedError> {
    let mut rows = DemoRows::of(catalog, conn, now)?;
    users::open_accounts(conn)?;
    let shoppers = shoppers(conn, now)?;
    let planned = orders::plan(&rows.offers, shoppers.len(), now);
    rows.add_stock_for(&planned);
    rows.write(conn)?;
    orders::write(conn, &planned, &rows.offers, &shoppers, shop, now)?;
    delete_recorded_days(conn)?;
    papers::write(conn, shop, now)?;
    // No gateway has a bill of these payments.
    payments::skip_bills(conn, PayMethod::Alipay, now.with_timezone(&payments::beijing()).date_naive())?;
    Ok((rows.spus.len(), rows.skus.len(), planned.len()))
}

/// Creates the accounts of shoppers for demo orders. Nobody can sign in to them: the stored password hash is "!", which
/// no password matches.
fn shoppers(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Vec<FakeUser>> {
    let since = now - Duration::days(90);
    let ids = rows::ids(conn, "users", SHOPPERS)?;
    let shopper = |(number, id)| FakeUser::new(id, format!("demo-shopper-{number:02}"), number, "!", since);
    let make = || (1..).zip(ids.as_slice().iter().copied()).map(shopper).collect();
    users::write(conn, make())?;
    Ok(make())
}
