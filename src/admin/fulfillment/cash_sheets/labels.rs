use crate::{
    fulfillment::{CashFault, RecordedCash},
    messages::Messages,
};

/// Returns the text that says why a line of a sheet records nothing.
pub(super) fn fault(t: Messages, fault: CashFault) -> String {
    match fault {
        CashFault::NoReference => t.cash_fault_no_reference().to_owned(),
        CashFault::LostNumber => t.shipment_fault_lost_number().to_owned(),
        CashFault::WrongAmount => t.cash_fault_wrong_amount().to_owned(),
        CashFault::NothingCollected => t.cash_fault_nothing_collected().to_owned(),
        CashFault::Unknown => t.cash_fault_unknown().to_owned(),
        CashFault::SeveralOrders => t.cash_fault_several_orders().to_owned(),
        CashFault::NothingDue => t.cash_fault_nothing_due().to_owned(),
        CashFault::Status(status) => t.shipment_fault_status(status.name(&t)),
        CashFault::Already => t.cash_was_already().to_owned(),
        CashFault::Differs(due) => t.cash_fault_differs(due),
    }
}

/// Returns the text that says what became of the amount of an order; `None` means that it is still to be recorded.
pub(super) fn result(t: Messages, result: Option<RecordedCash>) -> &'static str {
    match result {
        None => t.cash_waits(),
        Some(RecordedCash::Recorded) => t.cash_was_recorded(),
        Some(RecordedCash::Strange) => t.cash_was_strange(),
        Some(RecordedCash::Already) => t.cash_was_already(),
        Some(RecordedCash::NotDue) => t.cash_was_not_due(),
    }
}
