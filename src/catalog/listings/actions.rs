//! Updates the parts of `listings` that triggers do not: stock and sales; and deletes old versions.

use diesel::{
    OptionalExtension, PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Bool, Integer},
};

use crate::platform::db::{self, statement};

/// The number of products that one transaction refreshes, which takes about 0.1 seconds.
const MAX_REFRESHED: i64 = 500;
/// The number of products that one call of [`check_listings`] compares.
const MAX_CHECKED: i64 = 500;
/// How long rows of an old version are kept after it has ended, in microseconds: one hour, in which pages may read it,
/// and five minutes for requests that began just before.
const KEPT_US: i64 = 3_900_000_000;

statement! {
    FollowStock() -> (Integer,) = "select follow_stock()"
}

/// Refreshes the lists of products that came into stock or sold out since the last call. Returns how many products; 0
/// if another process is doing it.
pub fn follow_stock(conn: &mut PgConnection) -> QueryResult<i32> {
    let (flipped,): (i32,) = FollowStock {}.get_result(conn)?;
    Ok(flipped)
}

statement! {
    /// Selects the ids of products whose sales in `listings` differ from those in `sku_figures`.
    ChangedSales() -> (BigInt,) =
    "select l.spu_id
     from (
        select k.spu_id, sum(f.sold_30)::bigint as sold from skus k join sku_figures f on f.sku_id = k.id group by k.spu_id
     ) n
     join listings l on l.spu_id = n.spu_id and l.category_id = 0 and l.until = 9223372036854775807
     where l.sold_30 <> n.sold order by l.spu_id"
}

statement! {
    Refresh(spus: Vec<i64> as diesel::sql_types::Array<BigInt>) -> () = "select refresh_listings(" spus ")"
}

/// Copies the units sold in 30 days, by which lists are sorted, from `sku_figures` to `listings`. Returns how many
/// products have changed. Must not be called in a transaction, because it commits after each part.
pub fn refresh_listing_sales(conn: &mut PgConnection) -> QueryResult<usize> {
    let changed: Vec<(i64,)> = ChangedSales {}.load(conn)?;
    for part in changed.chunks(usize::try_from(MAX_REFRESHED).unwrap_or(1)) {
        Refresh { spus: part.iter().map(|(spu,)| *spu).collect() }.execute(conn)?;
    }
    Ok(changed.len())
}

statement! {
    DeleteEnded(kept: i64 as BigInt, most: i64 as BigInt) -> () =
    "delete from listings where ctid = any(array(
        select ctid from listings
        where until < 9223372036854775807
            and until < (extract(epoch from clock_timestamp()) * 1000000)::bigint - " kept "
        limit " most "
     ))"
}

/// Deletes at most `most` rows of versions that ended more than an hour and five minutes ago. Returns how many rows.
pub fn delete_ended_listings(conn: &mut PgConnection, most: i64) -> QueryResult<usize> {
    DeleteEnded { kept: KEPT_US, most }.execute(conn)
}

statement! {
    /// Selects the products after one, with whether each differs from what the lists must contain.
    Checked(after: i64 as BigInt, most: i64 as BigInt) -> (BigInt, Bool) =
    "with part as materialized (
        select id from spus where id > " after " order by id limit " most "
     ),
     fresh as materialized (
        select p.spu_id, a.ancestor_id as category_id, p.price_fen, p.list_price_fen, p.sold_30, p.created_us,
            p.brand_id, p.in_stock, p.rating, p.option_values
        from listed_products(array(select id from part)) p
        join category_ancestors a on a.category_id = p.own_category_id
     ),
     stored as materialized (
        select l.spu_id, l.category_id, l.price_fen, l.list_price_fen, l.sold_30, l.created_us, l.brand_id, l.in_stock,
            l.rating, l.option_values
        from listings l where l.spu_id = any(array(select id from part)) and l.until = 9223372036854775807
     )
     select part.id, part.id in (
        select spu_id from (table fresh except table stored) missing
        union select spu_id from (table stored except table fresh) wrong
     )
     from part order by part.id"
}

statement! {
    NoteChecked(spu: i64 as BigInt) -> () = "update listing_progress set checked_spu_id = " spu
}

statement! {
    LockProgress() -> (BigInt,) = "select checked_spu_id from listing_progress for update skip locked"
}

/// Compares the rows in `listings` of the next products with the products, and refreshes those that differ. Returns how
/// many differed; `None` if no product is left to compare (the next call begins again with the first), or if another
/// process is doing it.
pub fn check_listings(conn: &mut PgConnection) -> Result<Option<usize>, db::DbError> {
    db::transaction(conn, |conn| {
        let progress: Option<(i64,)> = LockProgress {}.get_result(conn).optional()?;
        let Some((after,)) = progress else { return Ok(None) };
        let (wrong, last) = correct_part(conn, after)?;
        NoteChecked { spu: last.unwrap_or_default() }.execute(conn)?;
        Ok(last.map(|_| wrong))
    })
}

/// Compares the lists of the products after one, at most [`MAX_CHECKED`], with the products, and refreshes those that
/// differ. Returns how many differed, and the last product; `None` if no product was left.
fn correct_part(conn: &mut PgConnection, after: i64) -> QueryResult<(usize, Option<i64>)> {
    let checked: Vec<(i64, bool)> = Checked { after, most: MAX_CHECKED }.load(conn)?;
    let wrong: Vec<i64> = checked.iter().filter(|(_, differs)| *differs).map(|(spu, _)| *spu).collect();
    let count = wrong.len();
    if count > 0 {
        Refresh { spus: wrong }.execute(conn)?;
    }
    Ok((count, checked.last().map(|(spu, _)| *spu)))
}

/// How much of the lists was wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CorrectedListings {
    /// The number of products that the lists did not show as they are.
    pub products: usize,
    /// The number of counts that were not those of the lists.
    pub counts: i64,
}

/// Compares all products with the lists and their counts, and corrects what differs. Must not be called in a
/// transaction; it commits after each part of the products.
pub fn rebuild_listings(conn: &mut PgConnection) -> QueryResult<CorrectedListings> {
    let (mut products, mut after) = (0, Some(0));
    while let Some(last) = after {
        let (wrong, next) = correct_part(conn, last)?;
        products += wrong;
        after = next;
    }
    let (counts,): (i64,) = Recount {}.get_result(conn)?;
    Ok(CorrectedListings { products, counts })
}

statement! {
    Recount() -> (BigInt,) = "select recount_listings()"
}
