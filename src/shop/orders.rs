//! Changes of a shopper's own orders.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use serde_json::json;

use crate::{
    accounts::Shopper,
    config::Config,
    kernel::OrderNumber,
    lifecycle,
    orders::{self, Actor, OrderEvent, Status},
    payments,
    platform::{
        clock,
        db::{self, Db, DbError},
    },
    web::{Flash, Page, PageError, see_other},
};

/// `POST /orders/{number}/cancellation`: cancels an order that is not paid yet.
///
/// # Errors
/// [`PageError::NotFound`] if there is no such order, or it is somebody else's.
pub async fn cancel(
    _req: HttpRequest,
    Shopper(shopper): Shopper,
    number: Path<String>,
    (page, db, config): (Page, Data<Db>, Data<Config>),
) -> Result<HttpResponse, PageError> {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (owner, path) = (shopper.id, format!("/orders/{number}"));
    let canceled = db
        .run(move |conn| {
            db::transaction(conn, |conn| {
                let id = orders::order_id(conn, owner, &number)?.ok_or(DbError::Missing)?;
                let mut order = orders::lock_order(conn, id)?.ok_or(DbError::Missing)?;
                if order.status != Status::Unpaid {
                    return Ok::<_, DbError>(order.canceled_by.is_some());
                }
                let now = clock::now();
                let cause = (Actor::Shopper(owner), &json!({}));
                let canceled = lifecycle::cancel_order(conn, &mut order, OrderEvent::CanceledByShopper, cause, now)?;
                payments::want_closed(conn, id, None, now)?;
                Ok(canceled)
            })
        })
        .await?;
    if canceled {
        return Ok(see_other(&path));
    }
    Ok(Flash::notice(page.t.payment_too_late_to_cancel()).see_other(&path, &config))
}
