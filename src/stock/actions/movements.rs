//! Stock movements: changes by staff, counts, and undoing them.

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

/// Changes the stock of one SKU by a difference and writes the movement that explains it, or does neither. Gives the
/// stock after it; `None` where the SKU does not exist, or where fewer than none or more than [`MAX_STOCK`] would be left.
pub fn move_stock(conn: &mut PgConnection, movement: &NewMovement) -> QueryResult<Option<i32>> {
    move_stock_with_token(conn, movement, None)
}

fn move_stock_with_token(
    conn: &mut PgConnection,
    movement: &NewMovement,
    token: Option<&str>,
) -> QueryResult<Option<i32>> {
    db::savepoint(conn, |conn| {
        // The bounds are what the stock may be before; one that is only lowered may come from above the upper one.
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

/// How a change of stock ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StockChangeOutcome {
    /// It was made.
    Done {
        code: String,
        /// The stock before it.
        before: i32,
        /// The stock after it.
        after: i32,
    },
    /// The same form was sent before, and the change was made then.
    AlreadyApplied {
        code: String,
        /// How many came or went then.
        delta: i32,
        /// The stock now.
        now: i32,
    },
    /// The same form was sent before and said something else then; nothing was written.
    TokenReused,
    /// It was not, and nothing was written.
    Refused(StockRefusal),
    /// What was counted is what is there: there was nothing to change.
    Unchanged {
        code: String,
        /// The stock, as before.
        stock: i32,
    },
    /// The stock has changed since the page was shown, so who counted must be asked; nothing was written.
    Stale(StaleCount),
}

/// [`move_stock`] for people, who want to hear why not, and whose form may be sent twice: with a token it is counted once.
/// `None` where there is no such SKU.
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

/// What became of this form when it was sent before, if it was.
fn already_applied(
    conn: &mut PgConnection,
    movement: &NewMovement,
    token: Option<&str>,
) -> QueryResult<Option<StockChangeOutcome>> {
    let Some(token) = token else { return Ok(None) };
    // Whoever sends the same form at the same moment is waited for here.
    let row = skus::table.find(movement.sku_id).select((skus::code, skus::stock)).for_no_key_update();
    let Some((code, now)) = row.first::<(String, i32)>(conn).optional()? else { return Ok(None) };
    let before: Option<(i32, String, Option<UserId>, String)> = stock_movements::table
        .filter(stock_movements::sku_id.eq(movement.sku_id).and(stock_movements::token.eq(token)))
        .select((stock_movements::delta, stock_movements::reason, stock_movements::staff_id, stock_movements::note))
        .first(conn)
        .optional()?;
    Ok(before.map(|(delta, reason, staff_id, note)| {
        let same = (delta, reason.as_str(), staff_id) == (movement.delta, movement.reason, movement.staff_id)
            && note == movement.note;
        if same { StockChangeOutcome::AlreadyApplied { code, delta, now } } else { StockChangeOutcome::TokenReused }
    }))
}

/// Sets the stock of one SKU to what was counted, if it is still what the page showed, and writes the movement that explains
/// it: by the difference that `movement` is given here; once for each token. `None` where there is no such SKU.
pub fn count_stock(
    conn: &mut PgConnection,
    count: StockCount,
    movement: NewMovement,
    token: Option<&str>,
) -> QueryResult<Option<StockChangeOutcome>> {
    let movement = NewMovement { delta: count.counted.saturating_sub(count.expected), ..movement };
    db::savepoint(conn, |conn| {
        let row = skus::table.find(movement.sku_id).select((skus::code, skus::stock, skus::sales));
        // Held until the end, so that nothing is sold between the look and the change.
        let Some((code, stock, sales)) = row.for_no_key_update().first::<(String, i32, i64)>(conn).optional()? else {
            return Ok(None);
        };
        if let Some(before) = already_applied(conn, &movement, token)? {
            return Ok(Some(before));
        }
        // Also where as many came as were sold: who counted may have counted before either.
        if (stock, sales) != (count.expected, count.expected_sales) {
            return Ok(Some(StockChangeOutcome::Stale(count.stale(stock, sales))));
        }
        if stock == count.counted {
            return Ok(Some(StockChangeOutcome::Unchanged { code, stock }));
        }
        change_stock(conn, &movement, token)
    })
}

/// How the undoing of a movement ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoOutcome {
    /// Its reverse was written.
    Done {
        code: String,
        /// The stock before it.
        before: i32,
        /// The stock after it.
        after: i32,
    },
    /// It was undone before, is an undoing itself, or was the shop's own.
    NotUndoable,
    /// The stock does not allow it.
    Refused(StockRefusal),
}

/// Writes the reverse of a movement, once; a cancellation and a reverse have none. `None` where this SKU has no such movement.
pub fn undo_movement(
    conn: &mut PgConnection,
    sku: SkuId,
    movement: i64,
    staff: UserId,
) -> QueryResult<Option<UndoOutcome>> {
    db::savepoint(conn, |conn| {
        // Whoever undoes the same is waited for here.
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
