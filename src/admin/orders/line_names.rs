//! The names of ordered goods in the language of the member of staff. An order stores them in its shopper's language.

use std::collections::HashMap;

use crate::{
    accounts::StaffRequest,
    admin::nav_badges::NavBadges,
    catalog::{self, SkuOffer},
    kernel::{Language, OrderId, OrderNumber, SkuId},
    orders::{self, LineState},
    platform::db::{Connection, DbError},
    web::PageError,
};

/// The ordered SKUs by id, as the catalog has them now, in one language.
pub(super) struct LineNames(HashMap<SkuId, SkuOffer>);

impl LineNames {
    pub(super) fn load(
        conn: &mut Connection,
        skus: impl Iterator<Item = SkuId>,
        language: Language,
    ) -> Result<Self, DbError> {
        let mut skus: Vec<SkuId> = skus.collect();
        skus.sort_unstable();
        skus.dedup();
        let offers = catalog::sku_offers(conn, &skus, language)?;
        Ok(Self(offers.into_iter().map(|offer| (offer.sku_id, offer)).collect()))
    }

    /// Returns (name, options) of a SKU; `None` if the catalog does not have the SKU any more.
    pub(super) fn of(&self, sku: SkuId) -> Option<(&str, &str)> {
        self.0.get(&sku).map(|offer| (offer.name.as_str(), offer.options.as_str()))
    }
}

/// Replaces the stored names and options of order lines by those of the catalog in this language, if the catalog still
/// has the SKU.
pub(super) fn rename(conn: &mut Connection, lines: Vec<&mut LineState>, language: Language) -> Result<(), DbError> {
    let names = LineNames::load(conn, lines.iter().map(|line| line.sku_id), language)?;
    for line in lines {
        if let Some((name, options)) = names.of(line.sku_id) {
            (line.name, line.options) = (name.to_owned(), options.to_owned());
        }
    }
    Ok(())
}

/// Loads what a page about the lines of an order shows: the badges of the navigation, and the lines with their names in
/// the language of the page.
///
/// # Errors
/// [`PageError::NotFound`] if there is no such order.
pub(super) async fn lines_page(
    staff: &StaffRequest,
    number: &OrderNumber,
) -> Result<(NavBadges, Vec<LineState>), PageError> {
    let (number, language) = (number.clone(), staff.page.language());
    let loading = staff.db.run(move |conn| {
        let id = orders::id_of_number(conn, &number)?.ok_or(DbError::Missing)?;
        Ok::<_, DbError>((NavBadges::load_with(conn)?, line_states(conn, id, language)?))
    });
    Ok(loading.await?)
}

/// Loads the lines of an order with their names in this language.
pub(super) fn line_states(
    conn: &mut Connection,
    order: OrderId,
    language: Language,
) -> Result<Vec<LineState>, DbError> {
    let mut lines = orders::line_states(conn, order)?;
    rename(conn, lines.iter_mut().collect(), language)?;
    Ok(lines)
}
