use crate::{kernel::codes, platform::db::sql_enum};

codes! {
    /// The state of a file of a carrier: one with tracking numbers, or a sheet with collected cash.
    pub enum CarrierFileState {
        /// The file is shown to staff, who confirm or discard it.
        Ready = "ready",
        /// The file is being applied: its parcels are sent, or its amounts are recorded.
        Applying = "applying",
        Done = "done",
        Discarded = "discarded",
    }
}

sql_enum!(CarrierFileState);

impl CarrierFileState {
    /// Returns whether staff have confirmed the file.
    pub fn is_confirmed(self) -> bool {
        matches!(self, Self::Applying | Self::Done)
    }
}
