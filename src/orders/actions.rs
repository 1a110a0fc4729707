//! Writing orders, inside the checkout's transaction, and ending those that nobody paid.

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::{DatabaseErrorKind, Error},
    sql_types::{Array, BigInt, Integer, Nullable, Numeric, Text, Timestamptz},
};
use rust_decimal::Decimal;

use super::model::{PayMethod, Status};
use super::rules;
use crate::{
    kernel::{Money, OrderId, OrderNumber, Quantity, SkuId, UserId},
    platform::db::{self, DbError, statement},
    schema::orders,
    stock,
};

/// An order to be saved; its number is drawn while saving.
///
/// `None` is NULL rather than DEFAULT, so that the statement is always the same and Diesel prepares it once for each
/// connection.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub struct NewOrder {
    /// Whose.
    pub user_id: UserId,
    /// Which press of which button.
    pub checkout_token: String,
    status: &'static str,
    pay_method: &'static str,
    /// Pieces in all.
    pub total_count: i32,
    /// Its goods alone.
    pub goods_amount: Money,
    /// Their delivery.
    pub freight: Money,
    /// What is to be paid.
    pub total_amount: Money,
    /// Who receives it.
    pub recipient: String,
    /// How to reach them.
    pub phone: String,
    /// Province, city, district.
    pub region: String,
    /// Street, house, flat.
    pub street: String,
    /// May be empty.
    pub postcode: String,
    /// The shopper's word to those who pack it.
    pub note: String,
    /// Now.
    pub placed_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

impl NewOrder {
    /// Whose it is, which press of the button it is, and how it is paid; the rest is still to be filled in.
    pub fn new(
        user_id: UserId,
        checkout_token: &str,
        pay_method: PayMethod,
        placed_at: DateTime<Utc>,
        pay_until: DateTime<Utc>,
    ) -> Self {
        let status = rules::first_status(pay_method);
        Self {
            user_id,
            checkout_token: checkout_token.to_owned(),
            status: status.code(),
            pay_method: pay_method.code(),
            total_count: 0,
            goods_amount: Money::ZERO,
            freight: Money::ZERO,
            total_amount: Money::ZERO,
            recipient: String::new(),
            phone: String::new(),
            region: String::new(),
            street: String::new(),
            postcode: String::new(),
            note: String::new(),
            placed_at,
            expires_at: (status == Status::Unpaid).then_some(pay_until),
        }
    }
}

/// How many numbers are drawn before giving up. With a thousand million suffixes for each second of each shopper, the
/// second is a rarity.
const DRAWS: u32 = 5;

/// Saves the order itself. `None` where this checkout has already led to an order, also one whose transaction was still
/// under way when we came: the unique key makes us wait for it.
///
/// A number that is taken fails in a savepoint of its own, and `draw` is asked for another.
///
/// # Errors
/// The database's own.
pub fn save_order(
    conn: &mut PgConnection,
    order: &NewOrder,
    mut draw: impl FnMut() -> OrderNumber,
) -> QueryResult<Option<(OrderId, OrderNumber)>> {
    let mut draws = 1;
    loop {
        let number = draw();
        let saved = db::savepoint(conn, |conn| {
            diesel::insert_into(orders::table)
                .values((order, orders::number.eq(&number)))
                .on_conflict((orders::user_id, orders::checkout_token))
                .do_nothing()
                .returning(orders::id)
                .get_result::<OrderId>(conn)
                .optional()
        });
        match saved {
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) if draws < DRAWS => draws += 1,
            outcome => return Ok(outcome?.map(|id| (id, number))),
        }
    }
}

/// One line of an order to be saved.
#[derive(Clone, Debug)]
pub struct NewGoods {
    /// Which SKU.
    pub sku_id: SkuId,
    /// What its shopper read.
    pub name: String,
    /// What told it apart.
    pub options: String,
    /// A file under `pictures/`.
    pub picture: Option<String>,
    /// The ground behind it.
    pub ground: String,
    /// For one.
    pub price: Money,
    /// How many.
    pub count: Quantity,
}

/// Saves the goods of an order, in one statement.
///
/// # Errors
/// The database's own.
pub fn save_goods(conn: &mut PgConnection, order: OrderId, goods: &[NewGoods]) -> QueryResult<()> {
    SaveGoods {
        order: order.0,
        skus: goods.iter().map(|line| line.sku_id.0).collect(),
        names: goods.iter().map(|line| line.name.clone()).collect(),
        options: goods.iter().map(|line| line.options.clone()).collect(),
        pictures: goods.iter().map(|line| line.picture.clone()).collect(),
        grounds: goods.iter().map(|line| line.ground.clone()).collect(),
        prices: goods.iter().map(|line| line.price.amount()).collect(),
        counts: goods.iter().map(|line| line.count.get()).collect(),
    }
    .execute(conn)?;
    Ok(())
}

statement! {
    /// All lines of one order, however many there are.
    SaveGoods(
        order: i64 as BigInt, skus: Vec<i64> as Array<BigInt>, names: Vec<String> as Array<Text>,
        options: Vec<String> as Array<Text>, pictures: Vec<Option<String>> as Array<Nullable<Text>>,
        grounds: Vec<String> as Array<Text>, prices: Vec<Decimal> as Array<Numeric>, counts: Vec<i32> as Array<Integer>
    ) -> () =
    "insert into order_goods (order_id, sku_id, name, options, picture, ground, price, count)
     select " order ", * from unnest((select " skus "), (select " names "), (select " options "), (select " pictures "),
        (select " grounds "), (select " prices "), (select " counts "))"
}

statement! {
    /// The orders that were not paid in time, longest due first, from the index of those that wait.
    Expired(now: DateTime<Utc> as Timestamptz, most: i64 as BigInt) -> (BigInt,) =
    "select id from orders where status = 'unpaid' and expires_at <= " now " order by expires_at limit " most
}

/// Cancels up to `most` orders that were not paid in time, each in a transaction of its own, and puts their goods back on
/// the shelf. Says how many. Several processes may do it at once; each order is canceled by one. An order that cannot be
/// canceled is logged and keeps no other waiting.
///
/// # Errors
/// The database is away; what was canceled before stays canceled.
pub fn cancel_expired(conn: &mut PgConnection, now: DateTime<Utc>, most: i64) -> Result<usize, DbError> {
    let expired: Vec<(OrderId,)> = Expired { now, most }.load(conn)?;
    let mut canceled = 0;
    for (order,) in expired {
        match db::transaction(conn, |conn| cancel(conn, order, now)).map_err(DbError::from) {
            Ok(done) => canceled += usize::from(done),
            Err(error @ (DbError::Lost(_) | DbError::Busy(_))) => return Err(error),
            Err(error) => tracing::error!(%error, order = order.0, "an unpaid order could not be canceled"),
        }
    }
    Ok(canceled)
}

/// `false` where it is not unpaid any more, or somebody else has it in hand.
fn cancel(conn: &mut PgConnection, order: OrderId, now: DateTime<Utc>) -> QueryResult<bool> {
    let mine: Option<OrderId> = orders::table
        .find(order)
        .filter(orders::status.eq(Status::Unpaid.code()))
        .select(orders::id)
        .for_update()
        .skip_locked()
        .first(conn)
        .optional()?;
    if mine.is_none() {
        return Ok(false);
    }
    diesel::update(orders::table.find(order))
        .set((orders::status.eq(Status::Canceled.code()), orders::canceled_at.eq(now)))
        .execute(conn)?;
    stock::put_back(conn, order)?;
    Ok(true)
}
