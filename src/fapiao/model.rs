//! Rows of requests for a fapiao, and the data of the pages about them.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Timestamptz},
};

use crate::{
    kernel::{FapiaoRequestId, Money, OrderId, OrderNumber, codes},
    messages::Messages,
    orders::Status,
    platform::db::sql_enum,
    schema::{fapiao_requests, orders},
};

codes! {
    /// The kind of a fapiao in tax law.
    pub enum FapiaoKind {
        Ordinary = "ordinary",
        /// A company that buys can deduct the tax of a special fapiao.
        Special = "special",
    }
}

sql_enum!(FapiaoKind);

impl FapiaoKind {
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Ordinary => t.fapiao_ordinary(),
            Self::Special => t.fapiao_special(),
        }
    }

    /// Returns a sentence that says which buyers this kind is for.
    pub fn words(self, t: &Messages) -> &'static str {
        match self {
            Self::Ordinary => t.fapiao_ordinary_words(),
            Self::Special => t.fapiao_special_words(),
        }
    }
}

codes! {
    /// Whether a fapiao is made out to a person or to a company.
    pub enum TitleKind {
        Person = "person",
        Company = "company",
    }
}

sql_enum!(TitleKind);

impl TitleKind {
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Person => t.fapiao_person(),
            Self::Company => t.fapiao_company(),
        }
    }
}

codes! {
    pub enum FapiaoStatus {
        /// The request waits for staff.
        Requested = "requested",
        Issued = "issued",
        Refused = "refused",
        /// The shopper does not want it any more.
        Withdrawn = "withdrawn",
        /// Money was refunded after the fapiao was issued, so staff must issue a red fapiao.
        ToReverse = "to_reverse",
        /// Staff have issued a red fapiao, which reverses the first one.
        Reversed = "reversed",
    }
}

sql_enum!(FapiaoStatus);

impl FapiaoStatus {
    pub fn name(self, t: &Messages) -> &'static str {
        match self {
            Self::Requested => t.fapiao_requested(),
            Self::Issued => t.fapiao_issued(),
            Self::Refused => t.fapiao_refused(),
            Self::Withdrawn => t.fapiao_withdrawn(),
            Self::ToReverse => t.fapiao_to_reverse(),
            Self::Reversed => t.fapiao_reversed(),
        }
    }

    /// Returns the CSS class of the badge that shows this status.
    pub fn badge(self) -> &'static str {
        match self {
            Self::Requested | Self::Issued => "badge-accent",
            Self::ToReverse => "badge-danger",
            Self::Refused => "badge-low",
            Self::Withdrawn | Self::Reversed => "",
        }
    }

    /// Returns whether a request with this status waits for staff.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::ToReverse)
    }

    /// Returns whether a request with this status is finished without a valid fapiao, so that the shopper can ask for
    /// another one.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn | Self::Reversed)
    }
}

codes! {
    /// One of the two documents that a request for a fapiao can lead to; each can have an uploaded file.
    pub enum FapiaoPart {
        Fapiao = "fapiao",
        /// The red fapiao, which reverses the first one.
        Reversal = "reversal",
    }
}

sql_enum!(FapiaoPart);

codes! {
    pub enum FileFormat {
        Pdf = "pdf",
        /// The Chinese standard format for fixed-layout documents (GB/T 33190).
        Ofd = "ofd",
    }
}

sql_enum!(FileFormat);

impl FileFormat {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Ofd => "application/ofd",
        }
    }
}

/// The data that a shopper types to get a fapiao. The fields from `taxpayer_number` to `bank_account` are for companies
/// only, otherwise empty.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = fapiao_requests)]
pub struct NewFapiaoRequest {
    pub kind: FapiaoKind,
    pub title_kind: TitleKind,
    pub title: String,
    pub taxpayer_number: String,
    pub address: String,
    pub phone: String,
    pub bank: String,
    pub bank_account: String,
    /// The email address to which the email about the fapiao is sent.
    pub email: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = fapiao_requests)]
pub struct FapiaoRequest {
    pub id: FapiaoRequestId,
    pub order_id: OrderId,
    #[diesel(embed)]
    pub typed: NewFapiaoRequest,
    pub status: FapiaoStatus,
    pub status_since: DateTime<Utc>,
    pub requested_at: DateTime<Utc>,
    /// Increases with each change by the shopper.
    pub version: i32,
    /// The amount of the issued fapiao; `None` before it is issued.
    pub amount: Option<Money>,
    pub issued_at: Option<DateTime<Utc>>,
    /// The reason why staff refused the request; empty if they did not.
    pub refusal: String,
    pub reversed_at: Option<DateTime<Utc>>,
}

/// The data of an order that decides about its fapiao.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = orders)]
pub struct OrderToInvoice {
    pub id: OrderId,
    pub number: OrderNumber,
    pub status: Status,
    pub paid_at: Option<DateTime<Utc>>,
    pub paid_amount: Money,
    pub refunded_amount: Money,
}

impl OrderToInvoice {
    /// Returns what was paid less what was refunded: the amount that a fapiao must have. A refund in progress counts as
    /// refunded.
    pub fn left(&self) -> Money {
        Money::new(self.paid_amount.amount() - self.refunded_amount.amount()).unwrap_or_default()
    }
}

/// A request with all data that its pages show.
#[derive(Clone, Debug)]
pub struct FapiaoView {
    pub request: FapiaoRequest,
    /// The numbers of the issued fapiao; several if one fapiao cannot hold all order lines.
    pub numbers: Vec<String>,
    /// The numbers of the red fapiao.
    pub reversal_numbers: Vec<String>,
    pub files: Vec<FapiaoFile>,
}

/// A stored file, described without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FapiaoFile {
    pub part: FapiaoPart,
    pub format: FileFormat,
}

impl FapiaoFile {
    /// Returns the file name for a download, which contains the order number.
    pub fn name(self, order: &OrderNumber) -> String {
        let part = match self.part {
            FapiaoPart::Fapiao => "fapiao",
            FapiaoPart::Reversal => "fapiao-reversal",
        };
        format!("{part}-{order}.{}", self.format.code())
    }

    pub fn label(self, t: &Messages) -> &'static str {
        match self.part {
            FapiaoPart::Fapiao => t.fapiao_file(),
            FapiaoPart::Reversal => t.fapiao_reversal_file(),
        }
    }
}

/// A request as the list for staff shows it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = fapiao_requests)]
pub struct FapiaoListItem {
    pub id: FapiaoRequestId,
    #[diesel(select_expression = orders::number)]
    pub order_number: OrderNumber,
    pub kind: FapiaoKind,
    pub title: String,
    pub status: FapiaoStatus,
    pub status_since: DateTime<Utc>,
    pub amount: Option<Money>,
    #[diesel(select_expression = orders::paid_amount)]
    paid_amount: Money,
    #[diesel(select_expression = orders::refunded_amount)]
    refunded_amount: Money,
}

impl FapiaoListItem {
    /// Returns the title of the fapiao, or the order number if the title was erased.
    pub fn label(&self) -> &str {
        if self.title.is_empty() { self.order_number.as_str() } else { &self.title }
    }

    /// Returns the amount of the issued fapiao; if none is issued, the amount that it would have now.
    pub fn shown_amount(&self) -> Money {
        let left = Money::new(self.paid_amount.amount() - self.refunded_amount.amount()).unwrap_or_default();
        self.amount.unwrap_or(left)
    }
}

/// Which requests the list for staff shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FapiaoFilter {
    /// Requests that wait for staff.
    Open,
    Of(FapiaoStatus),
}

impl FapiaoFilter {
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Of(status) => status.code(),
        }
    }

    /// Returns the filter with this code; [`FapiaoFilter::Open`] for an unknown one.
    pub fn from_code(code: &str) -> Self {
        FapiaoStatus::from_code(code).map_or(Self::Open, Self::Of)
    }

    /// Returns all filters, in the order in which pages offer them.
    pub fn all() -> Vec<Self> {
        std::iter::once(Self::Open).chain(FapiaoStatus::ALL.map(Self::Of)).collect()
    }

    /// Returns whether the requests that have waited longest come first; if not, those whose status changed last come
    /// first.
    pub fn is_oldest_first(self) -> bool {
        match self {
            Self::Open => true,
            Self::Of(status) => status.is_open(),
        }
    }
}

/// What waits for staff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct OpenFapiao {
    /// Whether shoppers can ask for a fapiao.
    #[diesel(sql_type = Bool, column_name = has_fapiao)]
    pub is_on: bool,
    /// The number of open requests, counted up to [`MAX_OPEN_COUNT`](super::MAX_OPEN_COUNT) + 1.
    #[diesel(sql_type = BigInt, column_name = open_fapiao)]
    pub count: i64,
    /// Since when the first of them waits; `None` if none does.
    #[diesel(sql_type = Nullable<Timestamptz>, column_name = open_fapiao_since)]
    pub since: Option<DateTime<Utc>>,
}
