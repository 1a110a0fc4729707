use diesel::prelude::*;

use crate::{
    kernel::{CarrierId, Language},
    schema::carriers,
};

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = carriers)]
pub struct Carrier {
    pub id: CarrierId,
    /// The short code by which files name the carrier, such as "sf".
    pub code: String,
    pub name_en: String,
    pub name_zh: String,
    /// The URL of the carrier's page that shows where a parcel is, with `{number}` in place of the tracking number; may
    /// be empty.
    pub link: String,
    /// True if staff can choose the carrier for new parcels.
    pub active: bool,
}

impl Carrier {
    pub fn name(&self, language: Language) -> &str {
        match language {
            Language::En => &self.name_en,
            Language::Zh => &self.name_zh,
        }
    }
}

/// The fields of a carrier that staff edit.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = carriers)]
pub struct CarrierDetails {
    pub code: String,
    pub name_en: String,
    pub name_zh: String,
    pub link: String,
    pub active: bool,
}

/// The fields of a carrier before and after an edit, for the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierChange {
    pub before: CarrierDetails,
    pub after: CarrierDetails,
}

/// Why an edit of a carrier was refused; nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarrierRefusal {
    CodeTaken,
    /// Parcels were sent with the carrier, so it cannot be removed; staff can only make it unavailable for new parcels.
    HasParcels,
}
