//! Value types of the shop that are valid by construction: typed text is parsed into them once and not checked again.
//! No SQL, no HTTP, no clock.

mod codes;
mod email;
mod freight;
mod ids;
mod language;
mod money;
mod number_format;
mod order_number;
mod pay_method;
mod person_texts;
mod phone;
mod quantity;
mod rating;
mod taxpayer_number;
pub mod text;

pub(crate) use codes::codes;
pub use email::Email;
pub use freight::Freight;
pub use ids::{
    AddressId, BrandId, CarrierId, CashSheetId, CategoryId, CustomerNoteId, FapiaoRequestId, ImportId, InvoiceId,
    OptionId, OptionValueId, OrderId, OrderLineId, PaymentId, QuestionId, QuestionMessageId, RefundId, ReturnId,
    ReviewId, ShipmentId, ShipmentImportId, SkuId, SpuId, UserId,
};
pub use language::{Language, ParseLanguageError};
pub use money::Money;
pub use number_format::{thousands, with_sign};
pub use order_number::OrderNumber;
pub use pay_method::{PayMethod, PayMethods};
pub use person_texts::PersonTexts;
pub use phone::Phone;
pub use quantity::Quantity;
pub use rating::{Rating, Stars};
pub use taxpayer_number::TaxpayerNumber;
