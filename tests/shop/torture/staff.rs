//! What staff and shoppers do meanwhile with orders that were placed: they send, undo, withdraw, cancel, refund and return.

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl,
    result::{DatabaseErrorKind, Error},
    sql_query,
    sql_types::BigInt,
};
use rand::{Rng, rngs::StdRng};
use till::{
    kernel::{OrderId, UserId},
    platform::db,
};

use crate::support::{Mover, OrderMove};

/// What is done with an order: what the money of the audit can tell apart, so nothing that a courier collects or pays
/// back.
const MOVES: [OrderMove; 14] = [
    OrderMove::Send,
    OrderMove::SendUnit,
    OrderMove::Undo,
    OrderMove::ReplaceLost,
    OrderMove::RefundLost,
    OrderMove::Withdraw,
    OrderMove::CancelByStaff,
    OrderMove::RefundUnit,
    OrderMove::RefundAmount,
    OrderMove::AskReturn,
    OrderMove::AnswerReturn,
    OrderMove::SendBack,
    OrderMove::ReceiveReturn,
    OrderMove::RefundReturn,
];

/// A move, and with which of the latest orders.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    order_move: OrderMove,
    offset: u32,
    choice: u32,
}

impl Act {
    pub fn choose(chance: &mut StdRng) -> Self {
        let order_move = MOVES[chance.random_range(0..MOVES.len())];
        Self { order_move, offset: chance.random_range(0..8), choice: chance.random_range(0..1000) }
    }

    /// Which orders the move may change.
    fn condition(self) -> &'static str {
        match self.order_move {
            OrderMove::AskReturn | OrderMove::RefundLost => {
                "status in ('unreceived', 'unreviewed') and paid_amount > 0"
            }
            OrderMove::Undo | OrderMove::ReplaceLost => {
                "exists (select from shipments s where s.order_id = o.id and s.status = 'sent')"
            }
            OrderMove::AnswerReturn | OrderMove::SendBack | OrderMove::ReceiveReturn | OrderMove::RefundReturn => {
                "exists (select from returns r where r.order_id = o.id and r.closed_at is null)"
            }
            _ => "status = 'unsent' and paid_amount > 0",
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    user_id: i64,
}

/// Does that with one of the latest orders, if there is one. PostgreSQL may be down, or go down meanwhile.
pub fn act(database_url: &str, staff: UserId, acts: &[Act]) -> Result<(), Error> {
    let Ok(mut conn) = PgConnection::establish(database_url) else { return Ok(()) };
    for act in acts {
        let (condition, offset) = (act.condition(), act.offset);
        let orders = format!("select id, user_id from orders o where {condition} order by id desc limit 1");
        let found: Vec<Row> = sql_query(format!("{orders} offset {offset}")).load(&mut conn)?;
        let Some(Row { id, user_id }) = found.first() else { continue };
        let by = Mover { staff, shopper: UserId(*user_id), choice: act.choice };
        db::transaction(&mut conn, |conn| act.order_move.make(conn, OrderId(*id), by))?;
    }
    Ok(())
}

/// Whether the database has refused a move, which is wrong whatever has crashed.
pub fn is_broken_rule(kind: &DatabaseErrorKind) -> bool {
    matches!(
        kind,
        DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
    )
}
