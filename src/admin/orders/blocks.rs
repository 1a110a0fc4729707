//! Blocks a contact of an order, so that the shop takes no more orders from it.

use actix_web::web::Path;

use super::{change_order, order::AdminOrderPage, order_path};
use crate::{
    accounts::{ContactKind, NewBlockedContact, StaffRequest, forms::MAX_BLOCK_REASON_LEN},
    admin::accounts as pages,
    kernel::OrderNumber,
    orders,
    web::{self, Fields, Flash, Form, PageError, PageResult},
};

/// `POST /admin/orders/{number}/blocks`: blocks the order's contact of the kind in the field `block_kind`, for the
/// reason in `block_reason`.
pub async fn block_order_contact(staff: StaffRequest, typed: Path<String>, fields: Fields) -> PageResult {
    let number: OrderNumber = typed.parse().map_err(|_| PageError::NotFound)?;
    let (t, mut form) = (staff.page.t, Form::from(fields));
    let kind = ContactKind::from_code(form.value("block_kind")).ok_or(PageError::BadRequest)?;
    let Some(reason) = form.line("block_reason", 1..=MAX_BLOCK_REASON_LEN, t) else {
        return web::unprocessable(&AdminOrderPage::load(staff, number, form).await?);
    };
    let blocked = change_order(&staff, &number, move |conn, id, audit| {
        let contacts = orders::contacts_of(conn, id)?;
        let new = NewBlockedContact { kind, contact: contacts.of(kind), reason: reason.clone() };
        pages::block(conn, &new, audit)
    });
    let flash = match blocked.await? {
        Ok(()) => Flash::success(t.blocked_contact_added()),
        Err(why) => Flash::notice(pages::block_refusal(t, why)),
    };
    Ok(flash.see_other(&order_path(&number), &staff.config))
}
