//! Rows that are written with `copy .. from stdin`. Their ids are reserved beforehand, so that rows can refer to others
//! that are not written yet.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Text as SqlText},
};
use rust_decimal::Decimal;

use crate::{
    schema::{
        addresses, brands, categories, images, option_values, options, order_goods, orders, payments,
        sku_option_values, skus, spus, stock_movements, texts, users,
    },
    stock::Reason,
};

/// Declares a struct for the rows of each table, with a function `copy` that writes any number of them.
macro_rules! rows {
    ($($table:ident $name:ident { $($field:ident: $kind:ty),+ $(,)? })+) => {$(
        #[derive(Insertable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        pub(super) struct $name {
            $(pub(super) $field: $kind),+
        }

        impl $name {
            pub(super) fn copy(conn: &mut PgConnection, rows: &[Self]) -> QueryResult<usize> {
                diesel::copy_from($table::table).from_insertable(rows).execute(conn)
            }
        }
    )+};
}

rows! {
    users User {
        id: i64,
        username: String,
        email: String,
        password_hash: String,
        role: &'static str,
        created_at: DateTime<Utc>,
    }

    addresses Address {
        user_id: i64,
        recipient: String,
        phone: String,
        region: String,
        street: String,
        postcode: String,
        is_default: bool,
    }

    brands DemoBrand { id: i64, slug: String, name: String }

    categories DemoCategory {
        id: i64,
        parent_id: Option<i64>,
        slug: String,
        name: String,
        position: i32,
        picture: Option<String>,
        background: String,
    }

    spus DemoSpu {
        id: i64,
        category_id: i64,
        brand_id: Option<i64>,
        slug: String,
        name: String,
        description: String,
        background: String,
        created_at: DateTime<Utc>,
    }

    skus DemoSku {
        id: i64,
        spu_id: i64,
        code: String,
        name: String,
        price: Decimal,
        list_price: Option<Decimal>,
        stock: i32,
        low_stock_at: i32,
        low_stock_own: bool,
        created_at: DateTime<Utc>,
    }

    options ProductOption { id: i64, spu_id: i64, name: String, position: i32 }

    option_values OptionValue { id: i64, option_id: i64, name: String, position: i32 }

    sku_option_values SkuValue { sku_id: i64, option_id: i64, option_value_id: i64 }

    images Image { spu_id: i64, file: String, position: i32 }

    texts Text {
        language: &'static str,
        category_id: Option<i64>,
        brand_id: Option<i64>,
        spu_id: Option<i64>,
        option_id: Option<i64>,
        option_value_id: Option<i64>,
        name: String,
        description: String,
    }

    stock_movements Movement { sku_id: i64, delta: i32, reason: &'static str, at: DateTime<Utc> }

    orders Order {
        id: i64,
        number: String,
        user_id: i64,
        checkout_token: String,
        status: &'static str,
        pay_method: &'static str,
        total_count: i32,
        goods_amount: Decimal,
        freight: Decimal,
        total_amount: Decimal,
        paid_amount: Decimal,
        recipient: String,
        phone: String,
        region: String,
        street: String,
        postcode: String,
        placed_at: DateTime<Utc>,
        paid_at: Option<DateTime<Utc>>,
        sent_at: Option<DateTime<Utc>>,
        received_at: Option<DateTime<Utc>>,
        finished_at: Option<DateTime<Utc>>,
        expires_at: Option<DateTime<Utc>>,
    }

    payments Payment {
        order_id: i64,
        pay_method: &'static str,
        number: String,
        amount: Decimal,
        status: &'static str,
        counts: bool,
        trade_no: Option<String>,
        created_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        paid_at: DateTime<Utc>,
    }

    order_goods OrderGoods {
        order_id: i64,
        sku_id: i64,
        name: String,
        options: String,
        picture: Option<String>,
        background: String,
        price: Decimal,
        count: i32,
    }
}

/// The kind and id of the row whose name and description a row of `texts` translates.
#[derive(Clone, Copy)]
pub(super) enum TextOwner {
    DemoCategory(i64),
    DemoBrand(i64),
    DemoSpu(i64),
    Option(i64),
    OptionValue(i64),
}

impl Text {
    /// Makes the row with the Chinese name and description of `about`; its English ones are in the row of `about`
    /// itself.
    pub(super) fn chinese(about: TextOwner, name: &str, description: &str) -> Self {
        let mut text = Self {
            language: "zh",
            category_id: None,
            brand_id: None,
            spu_id: None,
            option_id: None,
            option_value_id: None,
            name: name.to_owned(),
            description: description.to_owned(),
        };
        match about {
            TextOwner::DemoCategory(id) => text.category_id = Some(id),
            TextOwner::DemoBrand(id) => text.brand_id = Some(id),
            TextOwner::DemoSpu(id) => text.spu_id = Some(id),
            TextOwner::Option(id) => text.option_id = Some(id),
            TextOwner::OptionValue(id) => text.option_value_id = Some(id),
        }
        text
    }
}

/// Ids that were reserved for rows of one table.
pub(super) type ReservedIdsIter = std::vec::IntoIter<i64>;

/// Reserves `count` ids from the sequence of `table`.
pub(super) fn ids(conn: &mut PgConnection, table: &'static str, count: usize) -> QueryResult<ReservedIdsIter> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    Ok(DrawIds { table, count }.load::<i64>(conn)?.into_iter())
}

#[derive(QueryId)]
struct DrawIds {
    table: &'static str,
    count: i64,
}

impl QueryFragment<Pg> for DrawIds {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("select nextval(pg_get_serial_sequence(");
        out.push_bind_param::<SqlText, _>(self.table)?;
        out.push_sql(", 'id')) from generate_series(1, ");
        out.push_bind_param::<BigInt, _>(&self.count)?;
        out.push_sql(")");
        Ok(())
    }
}

impl Query for DrawIds {
    type SqlType = BigInt;
}

impl RunQueryDsl<PgConnection> for DrawIds {}

impl Movement {
    /// Makes the stock movement that records the initial stock of a SKU; `None` if that stock is 0.
    pub(super) fn of_initial_stock(sku: &DemoSku) -> Option<Self> {
        let (sku_id, delta, at) = (sku.id, sku.stock, sku.created_at);
        (delta != 0).then(|| Self { sku_id, delta, reason: Reason::Import.code(), at })
    }
}
