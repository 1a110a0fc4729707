//! Stock movements (rows that record each change of a SKU's stock): changes and counts by staff, and undoing them.

use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{
    kernel::{OrderId, SkuId, UserId},
    platform::db,
    schema::{skus, stock_movements},
    stock::{
        model::{NewMovement, Reason},
        rules::{MAX_STOCK, StaleCount, StockCount, StockRefusal},
    },
};

/// Changes the stock of a SKU and writes the stock movement that records this. Returns the new stock; `None`, with
/// nothing written, if the SKU does not exist or the stock would be below zero or above [`MAX_STOCK`].
pub fn move_stock(conn: &mut PgConnection, movement: &NewMovement) -> QueryResult<Option<i32>> {
    move_stock_with_token(conn, movement, None)
}

fn move_stock_with_token(
    conn: &mut PgConnection,
    movement: &NewMovement,
    token: Option<&str>,
) -> QueryResult<Option<i32>> {
    db::savepoint(conn, |conn| {
        // The range of the stock before the change. A stock above the maximum may still be lowered.
        let (least, most) = match movement.delta {
            coming if coming > 0 => (0, MAX_STOCK.saturating_sub(coming)),
            going => (0_i32.saturating_sub(going), i32::MAX),
        };
        let within = skus::stock.between(least, most);
        let after: Option<i32> = diesel::update(skus::table.find(movement.sku_id).filter(within))
            .set(skus::stock.eq(skus::stock + movement.delta))
            .returning(skus::stock)
            .get_result(conn)
            .optional()?;
        if after.is_some() {
            let row = (movement, stock_movements::token.eq(token));
            diesel::insert_into(stock_movements::table).values(row).execute(conn)?;
        }
        Ok(after)
    })
}

/// The outcome of a change of stock by staff. Only `Done` has written anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StockChangeOutcome {
    Done {
        code: String,
        before: i32,
        after: i32,
    },
    /// An earlier request with the same token has made this change: the form was sent twice.
    AlreadyApplied {
        code: String,
        /// The number of units by which the earlier request changed the stock.
        delta: i32,
        /// The current stock.
        now: i32,
    },
    /// An earlier request with the same token made a different change; this request changed nothing.
    TokenReused,
    Refused(StockRefusal),
    Unchanged {
        code: String,
        stock: i32,
    },
    /// The stock has changed since the page was shown, so the person who counted has to say whether the count was made
    /// before or after that. Nothing was written.
    Stale(StaleCount),
}

/// Changes the stock of a SKU by `movement` and says why a change is refused. Of several requests with the same
/// `token`, only one changes the stock. `None` if there is no such SKU.
pub fn change_stock(
    conn: &mut PgConnection,
    movement: &NewMovement,
    token: Option<&str>,
) -> QueryResult<Option<StockChangeOutcome>> {
    if let Some(before) = already_applied(conn, movement, token)? {
        return Ok(Some(before));
    }
    let after = move_stock_with_token(conn, movement, token)?;
    let now = skus::table.find(movement.sku_id).select((skus::code, skus::stock)).first::<(String, i32)>(conn);
    Ok(now.optional()?.map(|(code, stock)| match after {
        Some(after) => StockChangeOutcome::Done { code, before: after.saturating_sub(movement.delta), after },
        None => StockChangeOutcome::Refused(StockRefusal::of(stock, movement.delta)),
    }))
}

/// The stock movement that an earlier request with the same token has written.
#[derive(Queryable, Selectable)]
#[diesel(table_name = stock_movements)]
struct AppliedMovement {
    delta: i32,
    reason: String,
    staff_id: Option<UserId>,
    note: String,
}

impl AppliedMovement {
    fn is_the_same(&self, movement: &NewMovement) -> bool {
        self.delta == movement.delta
            && self.reason == movement.reason
            && self.staff_id == movement.staff_id
            && self.note == movement.note
    }
}

fn already_applied(
    conn: &mut PgConnection,
    movement: &NewMovement,
    token: Option<&str>,
) -> QueryResult<Option<StockChangeOutcome>> {
    let Some(token) = token else { return Ok(None) };
    // Waits for a concurrent request with the same form.
    let row = skus::table.find(movement.sku_id).select((skus::code, skus::stock)).for_no_key_update();
    let Some((code, now)) = row.first::<(String, i32)>(conn).optional()? else { return Ok(None) };
    let before = stock_movements::table
        .filter(stock_movements::sku_id.eq(movement.sku_id).and(stock_movements::token.eq(token)))
        .select(AppliedMovement::as_select())
        .first(conn)
        .optional()?;
    let Some(before) = before else { return Ok(None) };
    Ok(Some(if before.is_the_same(movement) {
        StockChangeOutcome::AlreadyApplied { code, delta: before.delta, now }
    } else {
        StockChangeOutcome::TokenReused
    }))
}

/// Sets the stock of a SKU to a count, if its stock and sales are still those that the page showed. Writes `movement`
/// with the difference as its `delta`. Of several requests with the same `token`, only one changes the stock. Returns
/// `None` if there is no such SKU.
pub fn count_stock(
    conn: &mut PgConnection,
    count: StockCount,
    movement: NewMovement,
    token: Option<&str>,
) -> QueryResult<Option<StockChangeOutcome>> {
    let movement = NewMovement { delta: count.counted.saturating_sub(count.expected), ..movement };
    db::savepoint(conn, |conn| {
        let row = skus::table.find(movement.sku_id).select((skus::code, skus::stock, skus::sales));
        // Locked until the end, so that nothing is sold between the check and the change.
        let Some((code, stock, sales)) = row.for_no_key_update().first::<(String, i32, i64)>(conn).optional()? else {
            return Ok(None);
        };
        if let Some(before) = already_applied(conn, &movement, token)? {
            return Ok(Some(before));
        }
        // Also if a delivery and sales cancel out: the count may have been made before both.
        if (stock, sales) != (count.expected, count.expected_sales) {
            return Ok(Some(StockChangeOutcome::Stale(count.stale(stock, sales))));
        }
        if stock == count.counted {
            return Ok(Some(StockChangeOutcome::Unchanged { code, stock }));
        }
        change_stock(conn, &movement, token)
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoOutcome {
    Done {
        code: String,
        before: i32,
        after: i32,
    },
    /// The stock movement cannot be undone: it was undone before, undoes another one, or belongs to an order.
    NotUndoable,
    Refused(StockRefusal),
}

/// Undoes a stock movement by writing another one with the reverse difference. Returns `None` if the SKU has no
/// movement with this id.
pub fn undo_movement(
    conn: &mut PgConnection,
    sku: SkuId,
    movement: i64,
    staff: UserId,
) -> QueryResult<Option<UndoOutcome>> {
    db::savepoint(conn, |conn| {
        // Waits for a concurrent undo.
        let row = skus::table.find(sku).select((skus::code, skus::stock)).for_no_key_update();
        let Some((code, stock)) = row.first::<(String, i32)>(conn).optional()? else { return Ok(None) };
        let found = stock_movements::table
            .find(movement)
            .filter(stock_movements::sku_id.eq(sku))
            .select((stock_movements::delta, stock_movements::order_id, stock_movements::reverses))
            .first::<(i32, Option<OrderId>, Option<i64>)>(conn)
            .optional()?;
        let Some((delta, order, reverses)) = found else { return Ok(None) };
        let undone = stock_movements::table.filter(stock_movements::reverses.eq(movement)).count();
        if order.is_some() || reverses.is_some() || undone.get_result::<i64>(conn)? > 0 {
            return Ok(Some(UndoOutcome::NotUndoable));
        }
        let delta = delta.saturating_neg();
        let Some(after) = stock.checked_add(delta).filter(|after| (0..=MAX_STOCK).contains(after)) else {
            return Ok(Some(UndoOutcome::Refused(StockRefusal::of(stock, delta))));
        };
        diesel::update(skus::table.find(sku)).set(skus::stock.eq(skus::stock + delta)).execute(conn)?;
        let reverse = (
            stock_movements::sku_id.eq(sku),
            stock_movements::delta.eq(delta),
            stock_movements::reason.eq(Reason::Correction.code()),
            stock_movements::staff_id.eq(staff),
            stock_movements::reverses.eq(movement),
        );
        diesel::insert_into(stock_movements::table).values(reverse).execute(conn)?;
        Ok(Some(UndoOutcome::Done { code, before: stock, after }))
    })
}
