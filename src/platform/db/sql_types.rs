//! Maps the types of `kernel`, which does not depend on Diesel, to SQL types.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, Queryable},
    expression::AsExpression,
    pg::Pg,
    serialize::{self, Output, ToSql},
    sql_types::{BigInt, Integer, Nullable, Numeric, Text},
};
use rust_decimal::Decimal;

use crate::kernel::{
    AddressId, BrandId, CarrierId, CashSheetId, CategoryId, CustomerNoteId, FapiaoRequestId, ImportId, InvoiceId,
    Language, Money, OptionId, OptionValueId, OrderId, OrderLineId, OrderNumber, PayMethod, PaymentId, Quantity,
    QuestionId, QuestionMessageId, RefundId, ReturnId, ReviewId, ShipmentId, ShipmentImportId, SkuId, SpuId, Stars,
    UserId,
};

/// Stores the Rust type `$kind` as the SQL type `$sql`. Its values are converted to and from `$plain`, a Rust type that
/// Diesel knows, by `$unwrap` and `$wrap`. `$wrap` returns `None` for a value that `$kind` does not allow, which is an
/// error of the query.
macro_rules! sql_newtype {
    ($kind:ty, $sql:ty, $plain:ty, $wrap:expr, $unwrap:expr) => {
        impl AsExpression<$sql> for $kind {
            type Expression = <$plain as AsExpression<$sql>>::Expression;

            fn as_expression(self) -> Self::Expression {
                <$plain as AsExpression<$sql>>::as_expression(($unwrap)(&self))
            }
        }

        impl AsExpression<$sql> for &$kind {
            type Expression = <$plain as AsExpression<$sql>>::Expression;

            fn as_expression(self) -> Self::Expression {
                <$plain as AsExpression<$sql>>::as_expression(($unwrap)(self))
            }
        }

        impl AsExpression<Nullable<$sql>> for $kind {
            type Expression = <$plain as AsExpression<Nullable<$sql>>>::Expression;

            fn as_expression(self) -> Self::Expression {
                <$plain as AsExpression<Nullable<$sql>>>::as_expression(($unwrap)(&self))
            }
        }

        impl AsExpression<Nullable<$sql>> for &$kind {
            type Expression = <$plain as AsExpression<Nullable<$sql>>>::Expression;

            fn as_expression(self) -> Self::Expression {
                <$plain as AsExpression<Nullable<$sql>>>::as_expression(($unwrap)(self))
            }
        }

        impl ToSql<$sql, Pg> for $kind {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                let plain: $plain = ($unwrap)(self);
                <$plain as ToSql<$sql, Pg>>::to_sql(&plain, &mut out.reborrow())
            }
        }

        impl ToSql<Nullable<$sql>, Pg> for $kind {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                <Self as ToSql<$sql, Pg>>::to_sql(self, out)
            }
        }

        impl FromSql<$sql, Pg> for $kind {
            fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                let plain = <$plain as FromSql<$sql, Pg>>::from_sql(bytes)?;
                ($wrap)(plain).ok_or_else(|| concat!("not a ", stringify!($kind)).into())
            }
        }

        impl Queryable<$sql, Pg> for $kind {
            type Row = Self;

            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    };
}

/// Reads a text column as the enum `$kind`, which [`codes!`](crate::kernel::codes) declares. An unknown code is an
/// error of the query.
macro_rules! sql_enum {
    ($kind:ty) => {
        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $kind {
            fn from_sql(
                bytes: <diesel::pg::Pg as diesel::backend::Backend>::RawValue<'_>,
            ) -> diesel::deserialize::Result<Self> {
                let code =
                    <String as diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg>>::from_sql(bytes)?;
                Self::from_code(&code).ok_or_else(|| {
                    format!("\"{code}\" stands in the database and is no known {}", stringify!($kind)).into()
                })
            }
        }

        impl diesel::deserialize::Queryable<diesel::sql_types::Text, diesel::pg::Pg> for $kind {
            type Row = Self;

            fn build(row: Self) -> diesel::deserialize::Result<Self> {
                Ok(row)
            }
        }
    };
}

pub(crate) use sql_enum;

macro_rules! ids_as_bigint {
    ($($id:ident),+) => {$(sql_newtype!($id, BigInt, i64, |id| Some($id(id)), |id: &$id| id.0);)+};
}

ids_as_bigint!(
    UserId,
    AddressId,
    CategoryId,
    BrandId,
    SpuId,
    SkuId,
    OptionId,
    OptionValueId,
    OrderId,
    OrderLineId,
    ImportId,
    PaymentId,
    RefundId,
    CarrierId,
    ShipmentId,
    ReturnId,
    ReviewId,
    ShipmentImportId,
    CashSheetId,
    QuestionId,
    QuestionMessageId,
    CustomerNoteId,
    InvoiceId,
    FapiaoRequestId
);
sql_enum!(Language);
sql_enum!(PayMethod);
sql_newtype!(Money, Numeric, Decimal, Money::new, |money: &Money| money.amount());
sql_newtype!(Stars, Integer, i32, Stars::new, |stars: &Stars| stars.get());
sql_newtype!(Quantity, Integer, i32, |count| Quantity::new(i64::from(count)), |count: &Quantity| count.get());
sql_newtype!(OrderNumber, Text, String, |s: String| s.parse().ok(), |n: &OrderNumber| n.as_str().to_owned());
