//! The page of a shopper's own order, and its cancellation.

use actix_web::web::{Data, Path};
use askama::Template;
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    accounts::ShopperRequest,
    config::Config,
    kernel::{Money, OrderNumber},
    lifecycle,
    orders::{self, Actor, OrderEvent, OrderView, Status},
    payments,
    platform::{
        clock,
        db::{self, DbError},
    },
    web::{Flash, Page, PageError, PageResult, filters, html, see_other},
};

#[derive(Template)]
#[template(path = "orders/order.html")]
struct OrderPage {
    page: Page,
    view: OrderView,
    config: Data<Config>,
    /// Whether the shopper has just placed this order, so that the page says thank you.
    placed_now: bool,
    /// Whether the shopper has just come back from the gateway, which has not confirmed the payment yet.
    is_asking: bool,
    /// What was paid beyond the order's amount, for example after it had been canceled. It is refunded.
    surplus: Money,
}

struct StatusStep {
    name: &'static str,
    done: bool,
    current: bool,
    at: Option<String>,
}

impl OrderPage {
    fn steps(&self) -> Vec<StatusStep> {
        let order = &self.view.order;
        let status_sequence = orders::status_sequence(order.pay_method);
        let reached = status_sequence.iter().position(|status| *status == order.status);
        let minute = |at| clock::minute(at, self.config.zone);
        let placed = StatusStep {
            name: self.page.t.order_placed(),
            done: true,
            current: false,
            at: Some(minute(order.placed_at)),
        };
        let step = |(i, status): (usize, &Status)| StatusStep {
            name: status.name(&self.page.t),
            done: reached.is_none_or(|reached| i < reached),
            current: reached == Some(i),
            at: order.left_at(*status).map(minute),
        };
        std::iter::once(placed).chain(status_sequence.iter().enumerate().map(step)).collect()
    }

    fn minute(&self, at: &DateTime<Utc>) -> String {
        clock::minute(*at, self.config.zone)
    }

    /// Returns the whole seconds from the making of the page to `until`.
    fn seconds_left(&self, until: &DateTime<Utc>) -> i64 {
        (*until - clock::now()).num_seconds().max(0)
    }

    /// Returns the payment deadline that an expired order has missed; `None` for other orders.
    fn expired_at(&self) -> Option<DateTime<Utc>> {
        orders::expired_at(&self.view.order)
    }
}

/// `GET /orders/{number}`: the page of the shopper's own order; 404 for another's.
pub async fn show(shopper: ShopperRequest, number: Path<String>) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (owner, query) = (shopper.user.id, shopper.query());
    let (view, surplus) = shopper
        .db
        .run(move |conn| {
            let view = orders::order_of(conn, owner, &number)?.ok_or(DbError::Missing)?;
            let surplus = payments::surplus_of(conn, view.order.id)?;
            Ok::<_, DbError>((view, surplus))
        })
        .await?;
    let placed_now = query.get("placed") == "now";
    let is_asking = query.get("payment") == "asked" && view.order.status == Status::Unpaid;
    html(&OrderPage { page: shopper.page, view, config: shopper.config, placed_now, is_asking, surplus })
}

/// `POST /orders/{number}/cancellation`: cancels the shopper's own order if it is unpaid.
///
/// # Errors
/// [`PageError::NotFound`] if there is no such order, or it is another shopper's.
pub async fn cancel(shopper: ShopperRequest, number: Path<String>) -> PageResult {
    let number: OrderNumber = number.parse().map_err(|_| PageError::NotFound)?;
    let (owner, path) = (shopper.user.id, format!("/orders/{number}"));
    let canceled = shopper
        .db
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
                payments::want_closed(conn, &[id], now)?;
                Ok(canceled)
            })
        })
        .await?;
    if canceled {
        return Ok(see_other(&path));
    }
    Ok(Flash::notice(shopper.page.t.payment_too_late_to_cancel()).see_other(&path, &shopper.config))
}
