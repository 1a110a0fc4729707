//! Undoes all changes of stock that one form has made, and stores whether a member of staff prefers to type counts or
//! differences.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{BigInt, Bool},
};

use super::{
    actions::{UndoOutcome, undo_movement},
    rules::StockRefusal,
};
use crate::{
    kernel::{SkuId, UserId},
    platform::db::{self, statement},
    schema::{skus, staff_preferences, stock_movements},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneMovement {
    pub movement: i64,
    pub code: String,
    pub before: i32,
    pub after: i32,
    /// True if the stock was changed after this movement, too.
    pub changed_since: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormUndoOutcome {
    /// The stock movements that were undone; empty if all had been undone before.
    Done(Vec<UndoneMovement>),
    /// Undoing would bring the stock of this SKU below zero or above the maximum, so nothing was undone.
    Refused { code: String, why: StockRefusal },
}

enum UndoError {
    Refused(SkuId, StockRefusal),
    Failed(Error),
}

impl From<Error> for UndoError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Returns how many units undoing this form would add to or take from stocks, added up without signs.
pub fn units_of_form(conn: &mut PgConnection, token: &str, staff: UserId) -> QueryResult<u64> {
    Ok(movements_of_form(conn, token, staff)?.iter().map(|(.., delta)| u64::from(delta.unsigned_abs())).sum())
}

/// Undoes all changes that a member of staff has made with the form that has this token, or none of them. Reverses the
/// differences instead of restoring the old stock, so that sales since then stay counted.
pub fn undo_form(conn: &mut PgConnection, token: &str, staff: UserId) -> QueryResult<FormUndoOutcome> {
    let undone = db::savepoint(conn, |conn| {
        let mut done = Vec::new();
        for (sku, movement, _) in movements_of_form(conn, token, staff)? {
            // Locked until the end, so that nothing is sold between the check and the change.
            skus::table.find(sku).select(skus::id).for_no_key_update().first::<SkuId>(conn)?;
            let (changed_since,): (bool,) = ChangedSince { movement }.get_result(conn)?;
            match undo_movement(conn, sku, movement, staff)? {
                Some(UndoOutcome::Done { code, before, after }) => {
                    done.push(UndoneMovement { movement, code, before, after, changed_since });
                }
                Some(UndoOutcome::Refused(why)) => return Err(UndoError::Refused(sku, why)),
                Some(UndoOutcome::NotUndoable) | None => {}
            }
        }
        Ok(done)
    });
    match undone {
        Ok(done) => Ok(FormUndoOutcome::Done(done)),
        Err(UndoError::Refused(sku, why)) => {
            Ok(FormUndoOutcome::Refused { code: skus::table.find(sku).select(skus::code).first(conn)?, why })
        }
        Err(UndoError::Failed(error)) => Err(error),
    }
}

/// Returns (SKU, stock movement, difference) of each change that this form has made, by ascending SKU id, the order of
/// locking.
fn movements_of_form(conn: &mut PgConnection, token: &str, staff: UserId) -> QueryResult<Vec<(SkuId, i64, i32)>> {
    stock_movements::table
        .filter(stock_movements::token.eq(token).and(stock_movements::staff_id.eq(staff)))
        .order(stock_movements::sku_id)
        .select((stock_movements::sku_id, stock_movements::id, stock_movements::delta))
        .load(conn)
}

statement! {
    /// Selects whether the SKU of this movement was changed or sold after it.
    ChangedSince(movement: i64 as BigInt) -> (Bool,) =
    "select exists (select from stock_movements n where n.sku_id = m.sku_id and n.id > m.id)
        or exists (
            select from order_goods g join orders o on o.id = g.order_id
            where g.sku_id = m.sku_id and o.placed_at >= m.at
        )
     from stock_movements m where m.id = " movement
}

/// Returns whether this member of staff typed a count, and not a difference, in their last change of stock.
pub fn prefers_counting(conn: &mut PgConnection, staff: UserId) -> QueryResult<bool> {
    let mode: Option<String> =
        staff_preferences::table.find(staff).select(staff_preferences::stock_mode).first(conn).optional()?;
    Ok(mode.as_deref() == Some("count"))
}

/// Stores whether this member of staff typed a count or a difference.
pub fn save_counting_preference(conn: &mut PgConnection, staff: UserId, counts: bool) -> QueryResult<()> {
    let mode = staff_preferences::stock_mode.eq(if counts { "count" } else { "difference" });
    diesel::insert_into(staff_preferences::table)
        .values((staff_preferences::user_id.eq(staff), mode))
        .on_conflict(staff_preferences::user_id)
        .do_update()
        .set(mode)
        .execute(conn)?;
    Ok(())
}
