//! Values of the trade that are valid once they exist. No SQL, no HTTP, no clock.
//!
//! Everything that people type is parsed into one of these types once and not checked again.

mod email;
mod freight;
mod ids;
mod language;
mod money;
mod order_number;
mod pay_method;
mod phone;
mod quantity;
pub mod text;

pub use email::Email;
pub use freight::Freight;
pub use ids::{AddressId, BrandId, CategoryId, ImportId, OptionId, OptionValueId, OrderId, SkuId, SpuId, UserId};
pub use language::{Language, ParseLanguageError};
pub use money::Money;
pub use order_number::OrderNumber;
pub use pay_method::{PayMethod, PayMethods};
pub use phone::Phone;
pub use quantity::Quantity;
