//! Rows of parcels, orders on hold and requests to cancel.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::carriers::tracking_link;
use crate::{
    kernel::{CarrierId, Language, OrderId, OrderLineId, ShipmentId, codes},
    orders::LineState,
    platform::db::sql_enum,
    schema::{cancellation_requests, order_holds, shipments},
};

codes! {
    /// The status of a parcel.
    pub enum ShipmentStatus {
        Sent = "sent",
        /// The parcel was recorded by mistake, and its units are still to be sent.
        Undone = "undone",
        /// The carrier lost the parcel, and its units are refunded.
        Lost = "lost",
        /// The carrier lost the parcel, and its units are sent again.
        Replaced = "replaced",
    }
}

sql_enum!(ShipmentStatus);

impl ShipmentStatus {
    /// Returns whether the units of a parcel with this status count as sent.
    pub fn counts(self) -> bool {
        matches!(self, Self::Sent | Self::Lost)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = shipments)]
pub struct Shipment {
    pub id: ShipmentId,
    pub order_id: OrderId,
    pub carrier_id: CarrierId,
    /// The tracking number, in capitals and without spaces.
    pub number: String,
    pub status: ShipmentStatus,
    pub sent_at: DateTime<Utc>,
}

/// How many units of an order line are in a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentUnits {
    pub shipment: ShipmentId,
    pub line: OrderLineId,
    pub count: i32,
}

/// A parcel with what pages and emails show of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentView {
    pub shipment: Shipment,
    pub carrier_name_en: String,
    pub carrier_name_zh: String,
    /// The URL of the carrier's page that shows where a parcel is, with `{number}` in place of the tracking number; may
    /// be empty.
    pub link_template: String,
    /// The username of the member of staff who sent the parcel; `None` if it is unknown.
    pub sent_by: Option<String>,
    /// The units in the parcel, by ascending line id.
    pub units: Vec<ShipmentUnits>,
}

impl ShipmentView {
    pub fn carrier_name(&self, language: Language) -> &str {
        match language {
            Language::En => &self.carrier_name_en,
            Language::Zh => &self.carrier_name_zh,
        }
    }

    /// Returns the order lines in this parcel, each with the number of its units in it. `lines` are all lines of the
    /// order.
    pub fn contents<'a>(&self, lines: &'a [LineState]) -> Vec<(&'a LineState, i32)> {
        let mut contents = Vec::with_capacity(self.units.len());
        for unit in &self.units {
            contents.extend(lines.iter().find(|line| line.id == unit.line).map(|line| (line, unit.count)));
        }
        contents
    }

    /// Returns the URL of the carrier's page that shows where this parcel is; `None` if the carrier has no such page.
    pub fn link(&self) -> Option<String> {
        tracking_link(&self.link_template, &self.shipment.number)
    }
}

/// Returns a tracking number in the form in which it is stored: without spaces, in capitals. `None` if it is empty or
/// has more than 64 characters. Carriers change the form of their numbers, so no other rule applies.
pub fn tracking_number(typed: &str) -> Option<String> {
    let number: String =
        typed.chars().filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_uppercase).collect();
    (1..=64).contains(&number.chars().count()).then_some(number)
}

/// A hold: staff have decided that an order must not be sent for now.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = order_holds)]
pub struct Hold {
    pub order_id: OrderId,
    pub reason: String,
    pub since: DateTime<Utc>,
}

/// A shopper's request to cancel an order that is being packed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = cancellation_requests)]
pub struct CancellationRequest {
    pub id: i64,
    pub order_id: OrderId,
    pub reason: String,
    pub asked_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracking_number_of_any_shape_is_kept_without_spaces_and_in_capitals() {
        assert_eq!(tracking_number(" sf 1234 5678 ").as_deref(), Some("SF12345678"));
        assert_eq!(tracking_number("7-3/1_x").as_deref(), Some("7-3/1_X"));
        assert_eq!(tracking_number("１２"), Some("１２".to_owned()));
        for refused in ["", "  \t", &"9".repeat(65)] {
            assert_eq!(tracking_number(refused), None, "{refused}");
        }
    }
}
