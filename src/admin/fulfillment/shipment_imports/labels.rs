use crate::{fulfillment::ShipmentFault, messages::Messages};

/// Returns the text that says why a line of a file sends nothing.
pub(super) fn fault(t: Messages, fault: &ShipmentFault) -> String {
    match fault {
        ShipmentFault::NoOrder => t.shipment_fault_no_order().to_owned(),
        ShipmentFault::UnknownOrder => t.shipment_fault_unknown_order().to_owned(),
        ShipmentFault::AmbiguousOrder => t.shipment_fault_ambiguous_order().to_owned(),
        ShipmentFault::NoCarrier => t.shipment_fault_no_carrier().to_owned(),
        ShipmentFault::UnknownCarrier => t.shipment_fault_unknown_carrier().to_owned(),
        ShipmentFault::CarrierOff => t.shipment_fault_carrier_off().to_owned(),
        ShipmentFault::NoNumber => t.shipment_fault_no_number().to_owned(),
        ShipmentFault::WrongNumber => t.shipment_fault_wrong_number().to_owned(),
        ShipmentFault::LostNumber => t.shipment_fault_lost_number().to_owned(),
        ShipmentFault::Already => t.shipment_fault_already().to_owned(),
        ShipmentFault::Status(status) => t.shipment_fault_status(status.name(&t)),
        ShipmentFault::OnHold(reason) => t.shipment_fault_on_hold(reason),
        ShipmentFault::CancellationAsked => t.shipment_fault_cancellation_asked().to_owned(),
        ShipmentFault::SecondParcel(line) => t.shipment_fault_second_parcel(line),
        ShipmentFault::NothingLeft(line) => t.shipment_fault_nothing_left(line),
        ShipmentFault::UnknownSku => t.shipment_fault_unknown_sku().to_owned(),
        ShipmentFault::WrongCount => t.shipment_fault_wrong_count().to_owned(),
        ShipmentFault::WhichSku => t.shipment_fault_which_sku().to_owned(),
        ShipmentFault::TooMany(left) => t.shipment_fault_too_many(left),
    }
}
