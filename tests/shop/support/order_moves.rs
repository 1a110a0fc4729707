//! What staff and shoppers do with an order, chosen at random.

use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_query};
use std::{collections::BTreeMap, fmt::Debug};
use till::{
    fulfillment::{
        ArrivedUnits, NewParcel, NewReturn, ReturnKind, ReturnReason, ShipmentStatus, returns_of, shipments_of,
        units_of_return,
    },
    kernel::{CarrierId, Money, OrderId, OrderLineId, ReturnId, ShipmentId, UserId},
    lifecycle::{
        RefundRequest, RefundedPart, ReturnRefund, Withdrawal, answer_cancellation, answer_return, ask_return,
        cancel_by_shopper, cancel_by_staff, close_return, confirm_delivery, receive_return, record_cash,
        record_refusal, refund_lost_parcel, refund_order, refund_return, replace_lost_parcel, send_back, send_parcel,
        undo_parcel, withdraw_return, withdraw_units,
    },
    orders::{self, line_states},
    platform::{clock, random},
};

/// Which way an order is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderMove {
    Send,
    SendUnit,
    Pack,
    Undo,
    ReplaceLost,
    RefundLost,
    Withdraw,
    CancelByStaff,
    AnswerCancellation,
    Collect,
    Refuse,
    RefundUnit,
    RefundAmount,
    AnswerReturn,
    ReceiveReturn,
    RefundReturn,
    CloseReturn,
    CancelByShopper,
    Confirm,
    AskReturn,
    WithdrawReturn,
    SendBack,
}

/// Who moves an order, and a number on which it depends what exactly is chosen.
#[derive(Clone, Copy, Debug)]
pub struct Mover {
    pub staff: UserId,
    pub shopper: UserId,
    pub choice: u32,
}

impl OrderMove {
    pub const BY_STAFF: [Self; 17] = [
        Self::Send,
        Self::SendUnit,
        Self::Pack,
        Self::Undo,
        Self::ReplaceLost,
        Self::RefundLost,
        Self::Withdraw,
        Self::CancelByStaff,
        Self::AnswerCancellation,
        Self::Collect,
        Self::Refuse,
        Self::RefundUnit,
        Self::RefundAmount,
        Self::AnswerReturn,
        Self::ReceiveReturn,
        Self::RefundReturn,
        Self::CloseReturn,
    ];
    pub const BY_SHOPPERS: [Self; 5] =
        [Self::CancelByShopper, Self::Confirm, Self::AskReturn, Self::WithdrawReturn, Self::SendBack];

    /// Tries the move in the caller's transaction; returns its outcome in words.
    pub fn make(self, conn: &mut PgConnection, order: OrderId, by: Mover) -> QueryResult<String> {
        match self {
            Self::Undo | Self::ReplaceLost | Self::RefundLost => self.move_parcel(conn, order, by),
            Self::AnswerReturn
            | Self::ReceiveReturn
            | Self::RefundReturn
            | Self::CloseReturn
            | Self::WithdrawReturn
            | Self::SendBack => self.move_return(conn, order, by),
            _ => self.move_order(conn, order, by),
        }
    }

    fn move_order(self, conn: &mut PgConnection, order: OrderId, by: Mover) -> QueryResult<String> {
        let (now, Mover { staff, shopper, choice }) = (clock::now(), by);
        match self {
            Self::Send | Self::SendUnit => {
                let units = if self == Self::SendUnit { Some(one_unit(conn, order, choice)?) } else { None };
                let number = format!("SF{choice}");
                let parcel = NewParcel { carrier: CarrierId(1), number, units, token: random::token() };
                said(send_parcel(conn, order, &parcel, staff, now))
            }
            Self::Pack => {
                let unsent = format!(
                    "update orders set packing_at = now() where id = {order} and status = 'unsent' and packing_at is null"
                );
                said(sql_query(unsent).execute(conn))
            }
            Self::Withdraw => {
                let withdrawal = Withdrawal {
                    units: one_unit(conn, order, choice)?,
                    is_written_off: choice.is_multiple_of(2),
                    reason: "Broken".to_owned(),
                    staff,
                    token: random::token(),
                };
                said(withdraw_units(conn, order, &withdrawal, now))
            }
            Self::CancelByStaff => {
                let written_off = one_unit(conn, order, choice)?;
                said(cancel_by_staff(conn, order, (staff, "Damaged"), &written_off, now))
            }
            Self::AnswerCancellation => {
                said(answer_cancellation(conn, order, choice.is_multiple_of(2), (staff, "It is packed"), now))
            }
            Self::Collect => {
                let number = orders::number_of(conn, order)?;
                let found = orders::admin_order(conn, &number)?.unwrap();
                said(record_cash(conn, order, (staff, found.view.order.due()), now))
            }
            Self::Refuse => {
                let sellable = one_unit(conn, order, choice)?;
                said(record_refusal(conn, order, &sellable, staff, now))
            }
            Self::RefundUnit | Self::RefundAmount => {
                let part = match self {
                    Self::RefundUnit => {
                        RefundedPart::Lines { units: one_unit(conn, order, choice)?, freight: Money::ZERO }
                    }
                    _ => RefundedPart::Amount("1.00".parse().unwrap()),
                };
                let request = RefundRequest { part, note: "A scratch".to_owned(), staff, token: random::token() };
                said(refund_order(conn, order, &request, now))
            }
            Self::CancelByShopper => said(cancel_by_shopper(conn, order, (shopper, "Changed my mind"), now)),
            Self::Confirm => said(confirm_delivery(conn, order, shopper, now)),
            _ => {
                let kind = if choice.is_multiple_of(3) { ReturnKind::RefundOnly } else { ReturnKind::GoodsBack };
                let new = NewReturn {
                    kind,
                    reason: ReturnReason::Unwanted,
                    words: String::new(),
                    units: one_unit(conn, order, choice)?.into_iter().collect(),
                    token: random::token(),
                };
                said(ask_return(conn, order, &new, (shopper, 7), now))
            }
        }
    }

    /// Does something with a parcel of the order, one that counts if there is any.
    fn move_parcel(self, conn: &mut PgConnection, order: OrderId, by: Mover) -> QueryResult<String> {
        let parcels = shipments_of(conn, order)?;
        let sent = parcels.iter().rfind(|view| view.shipment.status == ShipmentStatus::Sent).or(parcels.last());
        let Some(parcel) = sent.map(|view| view.shipment.id) else { return Ok("no parcel".to_owned()) };
        let of: (OrderId, ShipmentId) = (order, parcel);
        let now = clock::now();
        match self {
            Self::Undo => said(undo_parcel(conn, of, by.staff, now)),
            Self::ReplaceLost => said(replace_lost_parcel(conn, of, by.staff, now)),
            _ => said(refund_lost_parcel(conn, of, (by.staff, "Lost"), now)),
        }
    }

    /// Does something with a return of the order, an open one if there is any.
    fn move_return(self, conn: &mut PgConnection, order: OrderId, by: Mover) -> QueryResult<String> {
        let returns = returns_of(conn, order)?;
        let open = returns.iter().rfind(|view| view.ret.status.is_open()).or(returns.last());
        let Some(ret) = open.map(|view| view.ret.id) else { return Ok("no return".to_owned()) };
        let (of, now, staff): ((OrderId, ReturnId), _, _) = ((order, ret), clock::now(), by.staff);
        let lines = units_of_return(conn, ret)?;
        match self {
            Self::AnswerReturn => {
                said(answer_return(conn, of, !by.choice.is_multiple_of(4), (staff, "As you wish"), now))
            }
            Self::ReceiveReturn => {
                let mut arrived = Vec::new();
                for line in lines {
                    let sellable = i32::from(by.choice.is_multiple_of(2)).min(line.count);
                    arrived.push(ArrivedUnits { line: line.line, sellable, damaged: line.count - sellable });
                }
                said(receive_return(conn, of, &arrived, staff, now))
            }
            Self::RefundReturn => {
                let units = lines.iter().map(|line| (line.line, line.count)).collect();
                let wanted = ReturnRefund { units, freight: Money::ZERO, note: "By transfer".to_owned(), staff };
                said(refund_return(conn, of, &wanted, now))
            }
            Self::CloseReturn => said(close_return(conn, of, (staff, "Nothing came"), now)),
            Self::WithdrawReturn => said(withdraw_return(conn, of, by.shopper, now)),
            _ => said(send_back(conn, of, ("SF", "SF42"), by.shopper, now)),
        }
    }
}

/// A unit of one of the lines.
fn one_unit(conn: &mut PgConnection, order: OrderId, choice: u32) -> QueryResult<BTreeMap<OrderLineId, i32>> {
    let lines = line_states(conn, order)?;
    let line = lines.get(usize::try_from(choice).unwrap() % lines.len().max(1));
    Ok(line.map(|line| (line.id, 1)).into_iter().collect())
}

fn said<T: Debug>(outcome: QueryResult<T>) -> QueryResult<String> {
    outcome.map(|outcome| format!("{outcome:?}"))
}
