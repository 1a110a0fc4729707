//! The companies for which shoppers want their invoices: given while an order has none, and copied into it.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::{model::InvoiceBuyer, queries};
use crate::{
    kernel::{OrderId, UserId},
    orders::{LockedOrder, Status},
    schema::{invoice_buyers, orders},
};

/// Whether a shopper can say for whom the invoice of an order is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuyerRefusal {
    /// The shop issues none.
    Off,
    /// The order is canceled, or its shopper was erased: it gets no invoice.
    NoInvoice,
    /// It is issued, and does not change any more.
    Issued,
}

/// Loads the company for which the invoice of an order is to be; `None` if the shopper has given none.
pub fn buyer_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Option<InvoiceBuyer>> {
    invoice_buyers::table.find(order).select(InvoiceBuyer::as_select()).first(conn).optional()
}

/// Returns whether the shopper can give or change the company now. `is_on` says whether the shop issues invoices.
pub fn check_buyer(
    conn: &mut PgConnection,
    order: OrderId,
    (status, is_erased): (Status, bool),
    is_on: bool,
) -> QueryResult<Result<(), BuyerRefusal>> {
    if queries::invoice_of(conn, order)?.is_some() {
        return Ok(Err(BuyerRefusal::Issued));
    }
    if !is_on {
        return Ok(Err(BuyerRefusal::Off));
    }
    Ok(if status == Status::Canceled || is_erased { Err(BuyerRefusal::NoInvoice) } else { Ok(()) })
}

/// Stores the company for which the invoice of a locked order is to be; with `None`, that it is for the shopper. The
/// inner `Err` says why that is not possible; then nothing is written.
pub fn set_buyer(
    conn: &mut PgConnection,
    order: &LockedOrder,
    buyer: Option<&InvoiceBuyer>,
    is_on: bool,
) -> QueryResult<Result<(), BuyerRefusal>> {
    if let Err(refusal) = check_buyer(conn, order.id, (order.status, order.is_erased), is_on)? {
        return Ok(Err(refusal));
    }
    match buyer {
        Some(buyer) => {
            diesel::insert_into(invoice_buyers::table)
                .values((invoice_buyers::order_id.eq(order.id), buyer))
                .on_conflict(invoice_buyers::order_id)
                .do_update()
                .set(buyer)
                .execute(conn)?;
        }
        None => {
            diesel::delete(invoice_buyers::table.find(order.id)).execute(conn)?;
        }
    }
    Ok(Ok(()))
}

/// Deletes the companies that a shopper has given. Issued invoices keep theirs as long as the law wants it.
pub fn delete_buyers(conn: &mut PgConnection, shopper: UserId) -> QueryResult<usize> {
    let of_shopper = orders::table.filter(orders::user_id.eq(shopper)).select(orders::id);
    diesel::delete(invoice_buyers::table.filter(invoice_buyers::order_id.eq_any(of_shopper))).execute(conn)
}
