//! What the page of an order shows about parcels and returns, and what staff can do about them now.

use chrono::{DateTime, Utc};

use super::line_names::line_states;
use crate::{
    fulfillment::{self, CancellationRequest, Carrier, Hold, ReturnView, Shipment, ShipmentStatus, ShipmentView},
    kernel::{Language, PayMethod},
    lifecycle,
    messages::Messages,
    orders::{LineState, Order, OrderLine, Status},
    platform::{
        clock,
        db::{Connection, DbError},
    },
};

pub(super) struct SendingDetails {
    pub(super) lines: Vec<LineState>,
    pub(super) shipments: Vec<ShipmentView>,
    /// The carriers that staff can choose for a new parcel.
    pub(super) carriers: Vec<Carrier>,
    pub(super) hold: Option<Hold>,
    /// The shopper's request to cancel the order that staff have not answered yet; `None` if there is none.
    pub(super) request: Option<CancellationRequest>,
    pub(super) returns: Vec<ReturnView>,
    /// How many orders with this phone number were canceled because the recipient refused the parcel.
    pub(super) refusals: i64,
    status: Status,
    is_cod: bool,
    is_collected: bool,
    now: DateTime<Utc>,
}

impl SendingDetails {
    pub(super) fn load(conn: &mut Connection, order: &Order, language: Language) -> Result<Self, DbError> {
        Ok(Self {
            lines: line_states(conn, order.id, language)?,
            shipments: fulfillment::shipments_of(conn, order.id)?,
            carriers: fulfillment::active_carriers(conn)?,
            hold: fulfillment::hold_of(conn, order.id)?,
            request: fulfillment::open_cancellation_request(conn, order.id)?,
            returns: fulfillment::returns_of(conn, order.id)?,
            refusals: fulfillment::refusals_of_phone(conn, &order.phone)?,
            status: order.status,
            is_cod: order.pay_method == PayMethod::Cod,
            is_collected: !order.paid_amount.is_zero(),
            now: clock::now(),
        })
    }

    /// Returns whether the order waits to be paid or sent.
    pub(super) fn waits(&self) -> bool {
        matches!(self.status, Status::Unpaid | Status::Unsent)
    }

    pub(super) fn can_be_canceled(&self) -> bool {
        self.waits() && self.lines.iter().all(|line| line.sent_count == 0)
    }

    pub(super) fn can_be_sent(&self) -> bool {
        self.status == Status::Unsent && self.hold.is_none() && self.request.is_none()
    }

    /// Returns whether staff can take units out of the order, which is possible until it is completely sent.
    pub(super) fn can_be_reduced(&self) -> bool {
        self.status == Status::Unsent
    }

    /// Returns whether the recipient may still refuse the order: it is cash on delivery, sent, and its money was not
    /// collected. The status may be "received" (`Unreviewed`) already, because it is set some days after the order was
    /// sent, even if nothing was delivered.
    pub(super) fn can_be_refused(&self) -> bool {
        matches!(self.status, Status::Unreceived | Status::Unreviewed) && self.is_cod && !self.is_collected
    }

    pub(super) fn can_be_collected(&self) -> bool {
        let has_left = matches!(self.status, Status::Unreceived | Status::Unreviewed | Status::Finished);
        self.is_cod && has_left && !self.is_collected
    }

    /// Returns whether a parcel can still be corrected or taken back as recorded by mistake.
    pub(super) fn is_correctable(&self, shipment: &Shipment) -> bool {
        lifecycle::is_correctable(self.status, shipment, self.now)
    }

    pub(super) fn can_be_lost(&self, shipment: &Shipment) -> bool {
        matches!(self.status, Status::Unsent | Status::Unreceived) && shipment.status == ShipmentStatus::Sent
    }

    /// Returns (name, options) of an order line in the language of the page.
    pub(super) fn name<'a>(&'a self, of: &'a OrderLine) -> (&'a str, &'a str) {
        let line = self.lines.iter().find(|line| line.sku_id == of.sku_id);
        line.map_or((&of.name, &of.options), |line| (&line.name, &line.options))
    }

    /// Returns a text that says how many units of an order line were sent, taken out and came back; empty if none.
    pub(super) fn progress(&self, of: &OrderLine, t: &Messages) -> String {
        let Some(line) = self.lines.iter().find(|line| line.sku_id == of.sku_id) else { return String::new() };
        let mut parts = Vec::new();
        if line.sent_count > 0 {
            parts.push(t.line_sent(line.sent_count));
        }
        if line.withdrawn_count > 0 {
            parts.push(t.line_withdrawn(line.withdrawn_count));
        }
        if line.returned_count > 0 {
            parts.push(t.line_returned(line.returned_count));
        }
        parts.join(t.list_separator())
    }
}
