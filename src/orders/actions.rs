//! Inserts orders, within the transaction of the checkout.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Integer, Nullable, Numeric, Text, Timestamptz},
};
use rust_decimal::Decimal;

use super::model::Status;
use super::rules;
use crate::{
    kernel::{Language, Money, OrderNumber, PayMethod, Quantity, SkuId, UserId},
    platform::db::statement,
};

#[derive(Clone, Debug)]
pub struct NewOrder {
    pub number: OrderNumber,
    pub user_id: UserId,
    /// The token of the checkout; at most one order exists for each user and token.
    pub checkout_token: String,
    /// How the order is paid; its first status depends on it.
    pub pay_method: PayMethod,
    pub total_count: i32,
    pub goods_amount: Money,
    pub freight: Money,
    pub total_amount: Money,
    pub recipient: String,
    pub phone: String,
    pub region: String,
    pub street: String,
    pub postcode: String,
    pub note: String,
    pub language: Language,
    pub placed_at: DateTime<Utc>,
    /// The deadline for paying the order. It is stored only if the order must be paid before it is sent.
    pub pay_until: DateTime<Utc>,
    pub goods: Vec<NewOrderLine>,
}

/// Inserts orders and their lines in one statement. Returns false if one of the tokens has already led to an order,
/// even to one in a transaction that is not committed yet, or if a shopper was erased after the orders were validated.
/// The caller must then return `Err`, so that the transaction is rolled back.
///
/// # Errors
/// A unique violation if another order has one of the order numbers.
pub fn save_orders(conn: &mut PgConnection, orders: &[NewOrder]) -> QueryResult<bool> {
    let first_status = |order: &NewOrder| rules::first_status(order.pay_method, order.total_amount);
    let is_free = |order: &NewOrder| order.total_amount.is_zero() && rules::waits_to_be_paid(order.pay_method);
    let lines: Vec<(&NewOrder, &NewOrderLine)> =
        orders.iter().flat_map(|order| order.goods.iter().map(move |line| (order, line))).collect();
    let statement = SaveOrders {
        numbers: each(orders, |order| order.number.as_str().to_owned()),
        users: each(orders, |order| order.user_id.0),
        tokens: each(orders, |order| order.checkout_token.clone()),
        statuses: each(orders, |order| first_status(order).code()),
        pay_methods: each(orders, |order| order.pay_method.code()),
        counts: each(orders, |order| order.total_count),
        goods: each(orders, |order| order.goods_amount.amount()),
        freights: each(orders, |order| order.freight.amount()),
        totals: each(orders, |order| order.total_amount.amount()),
        recipients: each(orders, |order| order.recipient.clone()),
        phones: each(orders, |order| order.phone.clone()),
        regions: each(orders, |order| order.region.clone()),
        streets: each(orders, |order| order.street.clone()),
        postcodes: each(orders, |order| order.postcode.clone()),
        notes: each(orders, |order| order.note.clone()),
        languages: each(orders, |order| order.language.code()),
        placed: each(orders, |order| order.placed_at),
        paid: each(orders, |order| is_free(order).then_some(order.placed_at)),
        expiries: each(orders, |order| (first_status(order) == Status::Unpaid).then_some(order.pay_until)),
        line_orders: each(&lines, |(order, _)| order.number.as_str().to_owned()),
        line_skus: each(&lines, |(_, line)| line.sku_id.0),
        line_names: each(&lines, |(_, line)| line.name.clone()),
        line_options: each(&lines, |(_, line)| line.options.clone()),
        line_pictures: each(&lines, |(_, line)| line.picture.clone()),
        line_backgrounds: each(&lines, |(_, line)| line.background.clone()),
        line_prices: each(&lines, |(_, line)| line.price.amount()),
        line_counts: each(&lines, |(_, line)| line.count.get()),
    };
    let (saved,): (i64,) = statement.get_result(conn)?;
    Ok(usize::try_from(saved) == Ok(orders.len()))
}

fn each<T, V>(rows: &[T], value: impl Fn(&T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

statement! {
    /// Inserts orders and returns how many. Each column is an array, so that the statement is the same for any number
    /// of orders. The new ids ascend in the order of the rows, for orders and for the lines of each.
    SaveOrders(
        numbers: Vec<String> as Array<Text>, users: Vec<i64> as Array<BigInt>, tokens: Vec<String> as Array<Text>,
        statuses: Vec<&'static str> as Array<Text>, pay_methods: Vec<&'static str> as Array<Text>,
        counts: Vec<i32> as Array<Integer>, goods: Vec<Decimal> as Array<Numeric>, freights: Vec<Decimal> as Array<Numeric>,
        totals: Vec<Decimal> as Array<Numeric>, recipients: Vec<String> as Array<Text>, phones: Vec<String> as Array<Text>,
        regions: Vec<String> as Array<Text>, streets: Vec<String> as Array<Text>, postcodes: Vec<String> as Array<Text>,
        notes: Vec<String> as Array<Text>, languages: Vec<&'static str> as Array<Text>,
        placed: Vec<DateTime<Utc>> as Array<Timestamptz>,
        paid: Vec<Option<DateTime<Utc>>> as Array<Nullable<Timestamptz>>,
        expiries: Vec<Option<DateTime<Utc>>> as Array<Nullable<Timestamptz>>,
        line_orders: Vec<String> as Array<Text>, line_skus: Vec<i64> as Array<BigInt>,
        line_names: Vec<String> as Array<Text>, line_options: Vec<String> as Array<Text>,
        line_pictures: Vec<Option<String>> as Array<Nullable<Text>>, line_backgrounds: Vec<String> as Array<Text>,
        line_prices: Vec<Decimal> as Array<Numeric>, line_counts: Vec<i32> as Array<Integer>
    ) -> (BigInt,) =
    "with saved as (
        insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode, note, language, placed_at, paid_at,
            expires_at)
        select * from unnest((select " numbers "), (select " users "), (select " tokens "), (select " statuses "),
            (select " pay_methods "), (select " counts "), (select " goods "), (select " freights "),
            (select " totals "), (select " recipients "), (select " phones "), (select " regions "),
            (select " streets "), (select " postcodes "), (select " notes "), (select " languages "),
            (select " placed "), (select " paid "), (select " expiries ")) as new (number, user_id)
        where not exists (select from users u where u.id = new.user_id and u.erased_at is not null)
        on conflict (user_id, checkout_token) do nothing returning id, number
     ),
     lines as (
        insert into order_goods (order_id, sku_id, name, options, picture, background, price, count)
        select saved.id, l.sku_id, l.name, l.options, l.picture, l.background, l.price, l.count
        from unnest((select " line_orders "), (select " line_skus "), (select " line_names "),
            (select " line_options "), (select " line_pictures "), (select " line_backgrounds "),
            (select " line_prices "), (select " line_counts ")) with ordinality
            as l (number, sku_id, name, options, picture, background, price, count, place)
        join saved on saved.number = l.number
        order by l.place
     )
     select count(*) from saved"
}

#[derive(Clone, Debug)]
pub struct NewOrderLine {
    pub sku_id: SkuId,
    pub name: String,
    pub options: String,
    pub picture: Option<String>,
    pub background: String,
    pub price: Money,
    pub count: Quantity,
}
