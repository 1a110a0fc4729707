//! What staff do meanwhile: they refund paid orders and cancel orders.

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, result::Error, sql_query, sql_types::BigInt};
use rand::{Rng, rngs::StdRng};
use std::collections::BTreeMap;
use till::{
    kernel::{Money, OrderId, OrderLineId, UserId},
    lifecycle::{RefundRequest, RefundedPart, cancel_by_staff, refund_order, refundable_order},
    platform::{clock, db, random},
};

/// What a member of staff does with an order.
#[derive(Clone, Copy, Debug)]
pub enum StaffAct {
    RefundAmount,
    RefundUnit,
    Cancel,
}

impl StaffAct {
    pub fn choose(chance: &mut StdRng) -> Self {
        match chance.random_range(0..4) {
            0 | 1 => Self::RefundUnit,
            2 => Self::RefundAmount,
            _ => Self::Cancel,
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Does that with one of the latest paid orders, if there is one. PostgreSQL may be down, or go down meanwhile.
pub fn act(database_url: &str, staff: UserId, act: StaffAct) -> Result<(), Error> {
    let Ok(mut conn) = PgConnection::establish(database_url) else { return Ok(()) };
    let order = "select id from orders where status = 'unsent' and paid_amount > 0 order by id desc limit 1";
    let found: Vec<Row> = sql_query(order).load(&mut conn)?;
    let Some(order) = found.first().map(|row| OrderId(row.id)) else { return Ok(()) };
    db::transaction(&mut conn, |conn| {
        let part = match act {
            StaffAct::Cancel => {
                let reason = (staff, "Damaged");
                return cancel_by_staff(conn, order, reason, &BTreeMap::new(), clock::now()).map(drop);
            }
            StaffAct::RefundAmount => RefundedPart::Amount("1.00".parse().unwrap()),
            StaffAct::RefundUnit => one_unit(conn, order)?,
        };
        let request = RefundRequest { part, note: "A scratch".to_owned(), staff, token: random::token() };
        refund_order(conn, order, &request, clock::now()).map(drop)
    })
}

/// A unit of the first line of which any is left.
fn one_unit(conn: &mut PgConnection, order: OrderId) -> Result<RefundedPart, Error> {
    let refundable = refundable_order(conn, order)?;
    let left = refundable.lines.iter().find(|(line, refunded)| line.count > *refunded);
    let units: BTreeMap<OrderLineId, i32> = left.map(|(line, _)| (line.id, 1)).into_iter().collect();
    Ok(RefundedPart::Lines { units, freight: Money::ZERO })
}
