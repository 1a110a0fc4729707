use diesel::prelude::*;

use super::rules;
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
    /// The address of the page that shows where a parcel is, with `{number}` in place of its number; may be empty.
    pub link: String,
    /// Whether staff can choose the carrier for new parcels.
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

/// The result of an edit of a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarrierChange {
    Done { before: CarrierDetails, after: CarrierDetails },
    Unchanged,
}

/// Why an edit of a carrier was refused; nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarrierRefusal {
    CodeTaken,
    /// Parcels were sent with the carrier, so it cannot be removed, only switched off.
    HasParcels,
}

/// The number by which a carrier knows a parcel: 1 to 64 characters without spaces and control characters, in capitals.
/// Carriers change the shape of their numbers, so no number is refused by its shape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackingNumber(String);

impl TrackingNumber {
    pub const MAX_LEN: usize = 64;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is empty, longer than [`TrackingNumber::MAX_LEN`], or has control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTrackingNumberError;

impl std::str::FromStr for TrackingNumber {
    type Err = ParseTrackingNumberError;

    fn from_str(typed: &str) -> Result<Self, ParseTrackingNumberError> {
        rules::normalized_number(typed).map(Self).ok_or(ParseTrackingNumberError)
    }
}
