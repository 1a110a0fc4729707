//! A shop without pages: a database, and what shoppers, staff, gateways and time do to its orders.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, result::Error, sql_query};
use std::{cell::RefCell, collections::BTreeMap, ops::Deref};
use till::{
    fulfillment::{NewParcel, NewReturn, ReturnKind, ReturnReason},
    kernel::{
        CarrierId, Language, Money, OrderId, OrderLineId, OrderNumber, PayMethod, Quantity, RefundId, ShipmentId,
        SkuId, UserId,
    },
    lifecycle::{
        self, CashOutcome, PaymentOutcome, RefundRequest, RefundedPart, ReturnOutcome, SendOutcome, WithdrawOutcome,
        Withdrawal,
    },
    orders::{self, NewOrder, NewOrderLine},
    payments::{self, GatewayState, NewPayment, PaidTrade, Payment, RefundState},
    platform::{clock, db, random},
    stock::{self, DeductionRequest},
};

use crate::support::{Database, reconciliation_mismatches};

/// Units of the first, second, .. line of an order.
pub type Counts<'a> = &'a [i32];

pub struct DomainShop {
    database: Database,
    conn: RefCell<PgConnection>,
    pub staff: UserId,
    pub shopper: UserId,
    now: RefCell<DateTime<Utc>>,
}

impl Deref for DomainShop {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

impl DomainShop {
    pub fn open() -> Self {
        let database = Database::migrated();
        // No test kills PostgreSQL, so no commit waits for the disk.
        database.alter("set synchronous_commit = off");
        let (staff, shopper) = (database.make_staff("chen"), database.make_user("mei"));
        let conn = RefCell::new(database.connect());
        Self { conn, staff, shopper, now: RefCell::new(clock::now().trunc_subsecs(0)), database }
    }

    pub fn now(&self) -> DateTime<Utc> {
        *self.now.borrow()
    }

    pub fn let_pass(&self, time: TimeDelta) {
        *self.now.borrow_mut() += time;
    }

    /// Does something in a transaction, which commits.
    ///
    /// # Errors
    /// Those of the database.
    pub fn try_act<T>(
        &self,
        mut act: impl FnMut(&mut PgConnection, DateTime<Utc>) -> QueryResult<T>,
    ) -> QueryResult<T> {
        let now = self.now();
        db::transaction(&mut self.conn.borrow_mut(), |conn| act(conn, now))
    }

    #[track_caller]
    pub fn act<T>(&self, act: impl FnMut(&mut PgConnection, DateTime<Utc>) -> QueryResult<T>) -> T {
        self.try_act(act).unwrap()
    }

    /// Does something that opens its own transactions.
    #[track_caller]
    pub fn job<T>(&self, job: impl FnOnce(&mut PgConnection, DateTime<Utc>) -> Result<T, db::DbError>) -> T {
        let now = self.now();
        job(&mut self.conn.borrow_mut(), now).unwrap()
    }

    /// Does something that must be refused: nothing may be written.
    #[track_caller]
    pub fn refused<T>(&self, act: impl FnMut(&mut PgConnection, DateTime<Utc>) -> QueryResult<T>) -> T {
        let before = self.fingerprint();
        let outcome = self.act(act);
        assert_eq!(self.fingerprint(), before, "a refused move has written something");
        outcome
    }

    /// The mismatches that reconciliation finds. On the kept connection, since a new one plans each check slowly.
    pub fn mismatches(&self) -> Vec<String> {
        reconciliation_mismatches(&mut self.conn.borrow_mut())
    }

    /// Places an order with freight of ¥10.00; `None` if the stock of a SKU does not suffice.
    pub fn try_place(&self, pay_method: PayMethod, goods: &[(SkuId, i32)]) -> Option<OrderId> {
        let mut lines = Vec::new();
        for (sku, count) in goods {
            let price: Money = self.text(&format!("select price::text from skus where id = {sku}")).parse().unwrap();
            lines.push(NewOrderLine {
                sku_id: *sku,
                name: format!("Thing {sku}"),
                options: String::new(),
                picture: None,
                background: "slate".to_owned(),
                price,
                count: Quantity::new(i64::from(*count)).unwrap(),
            });
        }
        let goods_amount: Money = lines.iter().map(|line| line.price.times(line.count)).sum();
        let freight: Money = "10.00".parse().unwrap();
        let order = NewOrder {
            number: OrderNumber::new("20261130120000", self.shopper, random::random_bytes()),
            user_id: self.shopper,
            checkout_token: random::token(),
            pay_method,
            total_count: goods.iter().map(|(_, count)| count).sum(),
            goods_amount,
            freight,
            total_amount: goods_amount + freight,
            recipient: "Mei Lin".to_owned(),
            phone: "13800138000".to_owned(),
            region: "Shanghai, Xuhui".to_owned(),
            street: "1 Anfu Road".to_owned(),
            postcode: "200031".to_owned(),
            note: String::new(),
            language: Language::En,
            placed_at: self.now(),
            pay_until: self.now() + TimeDelta::minutes(30),
            goods: lines,
        };
        let mut wanted = Vec::new();
        for line in &order.goods {
            wanted.push(DeductionRequest { sku_id: line.sku_id, count: line.count.get(), price: line.price });
        }
        let placed = self.try_act(|conn, _| {
            if !stock::deduct_stock(conn, &wanted)? || !orders::save_orders(conn, std::slice::from_ref(&order))? {
                return Err(Error::RollbackTransaction);
            }
            Ok(orders::id_of_number(conn, &order.number)?.unwrap())
        });
        match placed {
            Err(Error::RollbackTransaction) => None,
            placed => Some(placed.unwrap()),
        }
    }

    #[track_caller]
    pub fn place(&self, pay_method: PayMethod, goods: &[(SkuId, i32)]) -> OrderId {
        self.try_place(pay_method, goods).expect("enough stock")
    }

    /// An order that was paid online.
    #[track_caller]
    pub fn paid_order(&self, goods: &[(SkuId, i32)]) -> OrderId {
        let order = self.place(PayMethod::Alipay, goods);
        assert_eq!(self.pay(order), PaymentOutcome::OrderPaid);
        order
    }

    /// A new attempt to pay the order.
    pub fn attempt(&self, order: OrderId) -> Payment {
        let before = self.number(&format!("select count(*) from payments where order_id = {order}"));
        self.act(|conn, now| {
            let order = orders::lock_order(conn, order)?.unwrap();
            let new = NewPayment {
                order: order.id,
                order_number: &order.number,
                pay_method: PayMethod::Alipay,
                amount: order.total_amount,
                expires_at: order.expires_at.unwrap() + TimeDelta::minutes(before),
            };
            payments::open_payment(conn, &new, now)
        })
    }

    /// The gateway says that the order was paid, by another attempt each time.
    pub fn pay(&self, order: OrderId) -> PaymentOutcome {
        let payment = self.attempt(order);
        let (trade_no, amount) = (format!("T{}", payment.number), payment.amount);
        let paid = GatewayState::Paid(PaidTrade { trade_no, amount, paid_at: None, refunded: Money::ZERO });
        self.job(|conn, now| lifecycle::apply_gateway_result(conn, &payment, &paid, now))
    }

    /// Long after the payment deadline, orders that were not paid are canceled.
    pub fn expire(&self) -> usize {
        self.let_pass(TimeDelta::minutes(50));
        self.job(|conn, now| lifecycle::cancel_expired(conn, now, 100))
    }

    /// The ids of the lines of an order, in the order of their SKUs.
    pub fn lines(&self, order: OrderId) -> Vec<OrderLineId> {
        let ids = self.texts(&format!("select id from order_goods where order_id = {order} order by sku_id"));
        ids.iter().map(|id| OrderLineId(id.parse().unwrap())).collect()
    }

    /// The units by line, those of zero too.
    pub fn units(&self, order: OrderId, counts: Counts<'_>) -> BTreeMap<OrderLineId, i32> {
        self.lines(order).into_iter().zip(counts.iter().copied()).collect()
    }

    /// A parcel of these units, or of all that are left, with a token of its own.
    pub fn parcel(&self, order: OrderId, counts: Option<Counts<'_>>) -> NewParcel {
        NewParcel {
            carrier: CarrierId(1),
            number: "SF1234567890".to_owned(),
            units: counts.map(|counts| self.units(order, counts)),
            token: random::token(),
        }
    }

    pub fn send(&self, order: OrderId, counts: Option<Counts<'_>>) -> SendOutcome {
        let parcel = self.parcel(order, counts);
        self.act(|conn, now| lifecycle::send_parcel(conn, order, &parcel, self.staff, now))
    }

    /// Sends units that must be sent.
    #[track_caller]
    pub fn send_parcel(&self, order: OrderId, counts: Option<Counts<'_>>) -> ShipmentId {
        match self.send(order, counts) {
            SendOutcome::Sent { shipment, .. } => shipment.id,
            outcome => panic!("{outcome:?}"),
        }
    }

    /// A withdrawal with a token of its own.
    pub fn withdrawal(&self, order: OrderId, counts: Counts<'_>, is_written_off: bool) -> Withdrawal {
        Withdrawal {
            units: self.units(order, counts),
            is_written_off,
            reason: "Broken".to_owned(),
            staff: self.staff,
            token: random::token(),
        }
    }

    pub fn withdraw(&self, order: OrderId, counts: Counts<'_>, is_written_off: bool) -> WithdrawOutcome {
        let withdrawal = self.withdrawal(order, counts, is_written_off);
        self.act(|conn, now| lifecycle::withdraw_units(conn, order, &withdrawal, now))
    }

    pub fn collect(&self, order: OrderId, amount: &str) -> CashOutcome {
        let amount: Money = amount.parse().unwrap();
        self.act(|conn, now| lifecycle::record_cash(conn, order, (self.staff, amount), now))
    }

    /// A refund that staff ask for, with a token of its own.
    pub fn refund_request(&self, part: RefundedPart) -> RefundRequest {
        RefundRequest { part, note: "A scratch".to_owned(), staff: self.staff, token: random::token() }
    }

    /// A return of these units with a token of its own.
    pub fn new_return(&self, order: OrderId, counts: Counts<'_>, kind: ReturnKind) -> NewReturn {
        NewReturn {
            kind,
            reason: ReturnReason::Unwanted,
            words: "Too large".to_owned(),
            units: self.units(order, counts).into_iter().filter(|(_, count)| *count > 0).collect(),
            token: random::token(),
        }
    }

    pub fn ask_return(&self, order: OrderId, new: &NewReturn) -> ReturnOutcome {
        self.act(|conn, now| lifecycle::ask_return(conn, order, new, (self.shopper, 7), now))
    }

    /// The gateway's answer about a refund.
    pub fn answer_refund(&self, refund: RefundId, is_done: bool) {
        let state = if is_done {
            RefundState::Done
        } else {
            RefundState::Refused { code: "ACQ.SELLER_BALANCE_NOT_ENOUGH".into(), message: "no balance".into() }
        };
        self.job(|conn, now| lifecycle::apply_refund_result(conn, refund, &state, now, now));
    }

    /// Every refund that was asked for is done.
    pub fn finish_refunds(&self) {
        for id in self.texts("select id from refunds where status in ('wanted', 'sent') order by id") {
            self.answer_refund(RefundId(id.parse().unwrap()), true);
        }
    }

    pub fn status(&self, order: OrderId) -> String {
        self.text(&format!("select status from orders where id = {order}"))
    }

    /// The amounts of an order: paid, refunded, and what the courier does not collect.
    pub fn amounts(&self, order: OrderId) -> String {
        self.text(&format!(
            "select concat_ws(' ', paid_amount, refunded_amount, waived_amount) from orders where id = {order}"
        ))
    }

    /// For each line: units withdrawn, sent and returned, and the refunded amount.
    pub fn line_states(&self, order: OrderId) -> Vec<String> {
        self.texts(&format!(
            "select concat_ws(' ', withdrawn_count, sent_count, returned_count, refunded_amount)
             from order_goods where order_id = {order} order by sku_id"
        ))
    }

    /// The stock and the sales of a SKU.
    pub fn stock(&self, sku: SkuId) -> (i64, i64) {
        let of = |column: &str| self.number(&format!("select {column} from skus where id = {sku}"));
        (of("stock"), of("sales"))
    }

    /// How the order has moved the stock of a SKU since it was placed, oldest first.
    pub fn movements(&self, order: OrderId, sku: SkuId) -> Vec<String> {
        self.texts(&format!(
            "select reason || ' ' || delta from stock_movements where order_id = {order} and sku_id = {sku} order by id"
        ))
    }

    pub fn events(&self, order: OrderId) -> Vec<String> {
        self.texts(&format!("select event || ' ' || actor from order_events where order_id = {order} order by id"))
    }
}

/// How many rows this connection has inserted, updated and deleted in statistics that are not flushed yet: within a
/// transaction the difference is what has been written.
pub fn written_rows(conn: &mut PgConnection) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Rows {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let rows: Rows = sql_query(
        "select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint as n from pg_stat_xact_user_tables",
    )
    .get_result(conn)?;
    Ok(rows.n)
}
