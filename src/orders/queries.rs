//! Queries of one shopper's orders; queries of all shoppers' orders are in `admin_queries`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    PgConnection, QueryResult,
    dsl::{count_star, exists},
    prelude::*,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz},
};
use std::collections::HashMap;

use super::{
    events::RecordedEvent,
    model::{DeliveryAddress, Holdings, LineState, Order, OrderLine, OrderView, Status},
};
use crate::{
    accounts::OrderContacts,
    kernel::{Language, Money, OrderId, OrderLineId, OrderNumber, SkuId, SpuId, UserId},
    platform::db::statement,
    schema::{order_events, order_goods, orders, users},
};

/// Returns, for each pair of user and checkout token, the number of the order to which the token has led, in the given
/// order; `None` if it has led to none.
pub fn numbers_of(conn: &mut PgConnection, checkouts: &[(UserId, &str)]) -> QueryResult<Vec<Option<OrderNumber>>> {
    let statement = NumbersOf {
        users: checkouts.iter().map(|(owner, _)| owner.0).collect(),
        tokens: checkouts.iter().map(|(_, token)| (*token).to_owned()).collect(),
    };
    let rows: Vec<(Option<OrderNumber>,)> = statement.load(conn)?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

statement! {
    /// Selects the order number for each pair of user and token, in the given order; null if there is no such order.
    NumbersOf(users: Vec<i64> as Array<BigInt>, tokens: Vec<String> as Array<Text>) -> (Nullable<Text>,) =
    "select o.number
     from unnest((select " users "), (select " tokens ")) with ordinality as asked (user_id, checkout_token, place)
     left join orders o on o.user_id = asked.user_id and o.checkout_token = asked.checkout_token
     order by asked.place"
}

/// For how long a cash-on-delivery order that is not sent counts as an open order of its shopper. After this time even
/// a small shop has looked at it.
const COD_IS_OPEN: TimeDelta = TimeDelta::days(3);
/// For how long an order that was canceled for non-payment counts against its shopper.
const EXPIRED_COUNTS: TimeDelta = TimeDelta::days(1);

#[derive(Clone, Debug, Default)]
pub struct OrderHistory {
    /// The open orders of each shopper who has any, and how many of the shopper's orders were canceled for non-payment
    /// lately.
    pub holdings: HashMap<UserId, Holdings>,
    /// For each checkout, in the given order: the number of the order to which its token has already led; `None` if it
    /// has led to no order.
    pub placed: Vec<Option<OrderNumber>>,
}

/// Loads, for the users of these checkouts (user, token), their open orders and those canceled for non-payment lately,
/// with the units of `products` in them, and the orders to which the tokens have already led. One statement, so that
/// all is of one snapshot.
pub fn order_history(
    conn: &mut PgConnection,
    checkouts: &[(UserId, &str)],
    products: &[SpuId],
    now: DateTime<Utc>,
) -> QueryResult<OrderHistory> {
    let statement = History {
        users: checkouts.iter().map(|(owner, _)| owner.0).collect(),
        tokens: checkouts.iter().map(|(_, token)| (*token).to_owned()).collect(),
        products: products.iter().map(|product| product.0).collect(),
        cod_since: now - COD_IS_OPEN,
        expired_since: now - EXPIRED_COUNTS,
    };
    let rows: Vec<HistoryRow> = statement.load(conn)?;
    let mut history = OrderHistory { placed: vec![None; checkouts.len()], ..OrderHistory::default() };
    let mut last = None;
    for row in rows {
        if let Some(number) = row.number {
            let place = usize::try_from(row.id_or_place - 1).ok();
            if let Some(placed) = place.and_then(|place| history.placed.get_mut(place)) {
                *placed = Some(number);
            }
            continue;
        }
        let holdings = history.holdings.entry(row.user_id).or_default();
        // The lines of an order are adjacent.
        if last.replace(row.id_or_place) != Some(row.id_or_place) {
            *(if row.is_open { &mut holdings.open } else { &mut holdings.expired }) += 1;
        }
        if let (Some(sku), Some(spu), Some(count)) = (row.sku_id, row.spu_id, row.count) {
            holdings.hold(sku, spu, count);
        }
    }
    Ok(history)
}

/// A row of the shopper's history. With `number`, it is the order to which a checkout has led, and `id_or_place` is the
/// index of that checkout, from 1. Without `number`, it is an order that is open or was canceled for non-payment,
/// `id_or_place` is its id, and the row has one of its lines with one of the products, if there is any.
#[derive(QueryableByName)]
struct HistoryRow {
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<OrderNumber>,
    #[diesel(sql_type = BigInt)]
    user_id: UserId,
    #[diesel(sql_type = BigInt)]
    id_or_place: i64,
    #[diesel(sql_type = Bool)]
    is_open: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    sku_id: Option<SkuId>,
    #[diesel(sql_type = Nullable<BigInt>)]
    spu_id: Option<SpuId>,
    #[diesel(sql_type = Nullable<Integer>)]
    count: Option<i32>,
}

statement! {
    /// Selects the orders of these checkouts, then those orders of their users that are open or were canceled for
    /// non-payment, from the partial index `orders_open_idx`. `offset 0` keeps the planner from merging the subselects,
    /// so that each row is an index lookup.
    History(
        users: Vec<i64> as Array<BigInt>, tokens: Vec<String> as Array<Text>, products: Vec<i64> as Array<BigInt>,
        cod_since: DateTime<Utc> as Timestamptz, expired_since: DateTime<Utc> as Timestamptz
    ) -> [HistoryRow] =
    "select o.number, o.user_id, asked.place as id_or_place, false as is_open, null::bigint as sku_id,
        null::bigint as spu_id, null::integer as count
     from unnest((select " users "), (select " tokens ")) with ordinality as asked (user_id, checkout_token, place)
     cross join lateral (
        select o.number, o.user_id from orders o
        where o.user_id = asked.user_id and o.checkout_token = asked.checkout_token
        offset 0
     ) o
     union all (
     select null, o.user_id, o.id, o.is_open, g.sku_id, g.spu_id, g.count
     from (select " cod_since "::timestamptz as cod_since, " expired_since "::timestamptz as expired_since offset 0) since
     cross join (select distinct id from unnest((select " users ")::bigint[]) as s (id)) s
     cross join lateral (
        select o.user_id, o.id, o.status <> 'canceled' as is_open
        from orders o
        where o.user_id = s.id and (
            o.status = 'unpaid'
            or o.status = 'unsent' and o.paid_at is null and o.placed_at > since.cod_since
            or o.status = 'canceled' and o.canceled_at >= o.expires_at and o.canceled_at > since.expired_since
                and o.canceled_by = 'expiry'
        )
        offset 0
     ) o
     left join lateral (
        select g.sku_id, k.spu_id, g.count from order_goods g join skus k on k.id = g.sku_id
        where g.order_id = o.id and o.is_open and k.spu_id = any((select " products ")::bigint[])
        offset 0
     ) g on true
     order by o.user_id, o.id)"
}

/// Returns the id of the owner's order with this number; `None` if there is none, or if it belongs to another user.
pub fn order_id(conn: &mut PgConnection, owner: UserId, number: &OrderNumber) -> QueryResult<Option<OrderId>> {
    let own = orders::table.filter(orders::user_id.eq(owner).and(orders::number.eq(number.as_str())));
    own.select(orders::id).first(conn).optional()
}

pub fn number_of(conn: &mut PgConnection, id: OrderId) -> QueryResult<OrderNumber> {
    orders::table.find(id).select(orders::number).first(conn)
}

/// Returns the id of the order with this number, whoever placed it.
pub fn id_of_number(conn: &mut PgConnection, number: &OrderNumber) -> QueryResult<Option<OrderId>> {
    orders::table.filter(orders::number.eq(number)).select(orders::id).first(conn).optional()
}

/// Loads (paid amount, refunded amount including refunds in progress, freight) of an order.
pub fn amounts_of(conn: &mut PgConnection, id: OrderId) -> QueryResult<(Money, Money, Money)> {
    let amounts = (orders::paid_amount, orders::refunded_amount, orders::freight);
    orders::table.find(id).select(amounts).first(conn)
}

/// Loads the units and amounts of an order's lines, by ascending SKU id.
pub fn line_states(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<LineState>> {
    let of_order = order_goods::table.filter(order_goods::order_id.eq(order));
    of_order.order(order_goods::sku_id).select(LineState::as_select()).load(conn)
}

pub fn address_of(conn: &mut PgConnection, id: OrderId) -> QueryResult<DeliveryAddress> {
    orders::table.find(id).select(DeliveryAddress::as_select()).first(conn)
}

/// Loads (order line, its SKU) of these order lines, by ascending line id.
pub fn skus_of_lines(conn: &mut PgConnection, lines: &[OrderLineId]) -> QueryResult<Vec<(OrderLineId, SkuId)>> {
    let found = order_goods::table.filter(order_goods::id.eq_any(lines));
    found.order(order_goods::id).select((order_goods::id, order_goods::sku_id)).load(conn)
}

/// Returns whether an event of the order was caused by the form with this idempotency token.
pub fn has_event_of_form(conn: &mut PgConnection, order: OrderId, token: &str) -> QueryResult<bool> {
    let of_order = order_events::table.filter(order_events::order_id.eq(order));
    diesel::select(exists(of_order.filter(order_events::details.retrieve_as_text("token").eq(token)))).get_result(conn)
}

/// Returns the number of the order that staff have placed with the form that has this idempotency token; `None` if
/// there is none.
pub fn number_of_staff_form(conn: &mut PgConnection, token: &str) -> QueryResult<Option<OrderNumber>> {
    let found: Option<(OrderNumber,)> = NumberOfStaffForm { token: token.to_owned() }.get_result(conn).optional()?;
    Ok(found.map(|(number,)| number))
}

statement! {
    /// The statement has the kind of event as a literal, because PostgreSQL then uses the partial index for this kind.
    NumberOfStaffForm(token: String as Text) -> (Text,) =
    "select o.number from order_events e join orders o on o.id = e.order_id
     where e.event = 'placed' and e.details ->> 'token' = " token
}

/// Loads the contacts of an order that can be compared with the blocked contacts.
pub fn contacts_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<OrderContacts> {
    let of_order = orders::table.find(order).inner_join(users::table);
    of_order.select((users::email, orders::phone, orders::region, orders::street)).first(conn)
}

/// Returns whether staff placed the order for its shopper.
pub fn is_placed_by_staff(conn: &mut PgConnection, order: OrderId) -> QueryResult<bool> {
    let placed = order_events::table.filter(order_events::order_id.eq(order).and(order_events::event.eq("placed")));
    diesel::select(exists(placed)).get_result(conn)
}

/// Returns the language of the shopper's last order; `None` if the shopper has no order.
pub fn last_language(conn: &mut PgConnection, shopper: UserId) -> QueryResult<Option<Language>> {
    let own = orders::table.filter(orders::user_id.eq(shopper)).order(orders::id.desc());
    own.select(orders::language).first(conn).optional()
}

/// Loads the stored events of an order, oldest first.
pub fn events_of(conn: &mut PgConnection, order: OrderId) -> QueryResult<Vec<RecordedEvent>> {
    order_events::table
        .left_join(users::table)
        .filter(order_events::order_id.eq(order))
        .order(order_events::id)
        .select((
            order_events::event,
            order_events::actor,
            users::username.nullable(),
            order_events::details,
            order_events::at,
        ))
        .load(conn)
}

/// Returns whether the owner has an order with this number, and placed it after `since`.
pub fn was_placed_since(
    conn: &mut PgConnection,
    owner: UserId,
    number: &OrderNumber,
    since: DateTime<Utc>,
) -> QueryResult<bool> {
    let theirs = orders::table.filter(orders::user_id.eq(owner).and(orders::number.eq(number.as_str())));
    diesel::select(exists(theirs.filter(orders::placed_at.gt(since)))).get_result(conn)
}

/// Returns how many orders the owner has in each status, by status code.
pub(super) fn counts_of(conn: &mut PgConnection, owner: UserId) -> QueryResult<HashMap<String, i64>> {
    let counts: Vec<(String, i64)> = orders::table
        .filter(orders::user_id.eq(owner))
        .group_by(orders::status)
        .select((orders::status, count_star()))
        .load(conn)?;
    Ok(counts.into_iter().collect())
}

/// Loads a page of the owner's orders, newest first, cut by `offset` and `limit`; only those in `status` if that is
/// given.
pub(super) fn orders_of(
    conn: &mut PgConnection,
    owner: UserId,
    status: Option<Status>,
    offset: i64,
    limit: i64,
) -> QueryResult<Vec<OrderView>> {
    let mut query = orders::table
        .filter(orders::user_id.eq(owner))
        .order(orders::id.desc())
        .offset(offset)
        .limit(limit)
        .select(Order::as_select())
        .into_boxed();
    if let Some(status) = status {
        query = query.filter(orders::status.eq(status.code()));
    }
    let orders: Vec<Order> = query.load(conn)?;
    with_goods(conn, orders)
}

/// Loads the owner's order with this number; `None` if there is none, or if it belongs to another user.
pub fn order_of(conn: &mut PgConnection, owner: UserId, number: &OrderNumber) -> QueryResult<Option<OrderView>> {
    let found = orders::table
        .filter(orders::user_id.eq(owner).and(orders::number.eq(number)))
        .select(Order::as_select())
        .first(conn)
        .optional()?;
    Ok(with_goods(conn, found.into_iter().collect())?.pop())
}

/// Loads the order with this number, whoever the shopper is; `None` if there is no such order.
pub fn view_of_number(conn: &mut PgConnection, number: &OrderNumber) -> QueryResult<Option<OrderView>> {
    let found = orders::table.filter(orders::number.eq(number)).select(Order::as_select()).first(conn).optional()?;
    Ok(with_goods(conn, found.into_iter().collect())?.pop())
}

pub(super) fn with_goods(conn: &mut PgConnection, orders: Vec<Order>) -> QueryResult<Vec<OrderView>> {
    let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let goods: Vec<OrderLine> = order_goods::table
        .filter(order_goods::order_id.eq_any(&ids))
        .order((order_goods::order_id, order_goods::sku_id))
        .select(OrderLine::as_select())
        .load(conn)?;
    let of = |order: &Order| goods.iter().filter(|line| line.order_id == order.id).cloned().collect();
    Ok(orders.into_iter().map(|order| OrderView { goods: of(&order), order }).collect())
}
