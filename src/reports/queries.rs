use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use diesel::{
    PgConnection, QueryResult, QueryableByName,
    prelude::*,
    sql_types::{BigInt, Double, Nullable, Numeric, Text, Timestamptz},
};
use rust_decimal::Decimal;

use super::{
    model::{Closing, ListedMonth, Month, MonthReport, MonthTotals, ReportLine},
    rules::{self, MoneyOfMethod, ProductSales},
};
use crate::{
    invoices,
    kernel::{CategoryId, PayMethod, SpuId},
    platform::db::statement,
    schema::{gateway_bills, month_closing_lines, month_closings, payments, users},
};

/// Computes the report for the time from `begins` to before `ends`, from payments, refunds, gateway bills and the
/// stock. The days of gateway bills are days in the time zone `bill_zone`. Call it inside
/// [`db::snapshot`](crate::platform::db::snapshot), so that all figures are of the same moment.
pub fn compute_report(
    conn: &mut PgConnection,
    (begins, ends): (DateTime<Utc>, DateTime<Utc>),
    bill_zone: FixedOffset,
) -> QueryResult<MonthReport> {
    let settings = invoices::invoice_settings(conn)?;
    let zone = f64::from(bill_zone.local_minus_utc());
    let money: Vec<MoneyRow> = MonthMoney { begins, ends, zone }.load(conn)?;
    let goods: Vec<GoodsRow> = MonthGoods { begins, ends }.load(conn)?;
    let cash: CashRow = OutstandingCash { ends }.get_result(conn)?;
    let stock: StockRow = StockAtCost { ends }.get_result(conn)?;
    let money: Vec<MoneyOfMethod> = money.into_iter().map(MoneyRow::into_money).collect();
    let goods: Vec<ProductSales> = goods.into_iter().map(GoodsRow::into_sales).collect();
    let totals = MonthTotals {
        outstanding_orders: small(cash.orders),
        outstanding: cash.amount,
        stock_units: stock.units,
        stock_at_cost: stock.amount,
        skus_without_cost: small(stock.skus_without_cost),
        units_without_cost: stock.units_without_cost,
        ..MonthTotals::default()
    };
    Ok(rules::report(totals, &money, &goods, settings.tax_rate))
}

fn small(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Loads a closed month with its stored report; `None` if the month is not closed.
pub fn closing(conn: &mut PgConnection, month: Month) -> QueryResult<Option<Closing>> {
    let found = month_closings::table.inner_join(users::table).filter(month_closings::month.eq(month.first_day()));
    let found: Option<(DateTime<Utc>, String, MonthTotals)> =
        found.select((month_closings::closed_at, users::username, MonthTotals::as_select())).first(conn).optional()?;
    let Some((closed_at, staff, totals)) = found else { return Ok(None) };
    let lines = month_closing_lines::table.filter(month_closing_lines::month.eq(month.first_day()));
    let lines = lines.order((month_closing_lines::part, month_closing_lines::position));
    let lines = lines.select(ReportLine::as_select()).load(conn)?;
    Ok(Some(Closing { month, closed_at, staff, report: MonthReport { totals, lines } }))
}

/// Returns all months from that of the first payment to that of `now`, newest first. Months begin and end in `zone`.
pub fn months(conn: &mut PgConnection, now: DateTime<Utc>, zone: FixedOffset) -> QueryResult<Vec<ListedMonth>> {
    let paid = payments::table.filter(payments::status.eq("paid")).order(payments::paid_at);
    let first: Option<Option<DateTime<Utc>>> = paid.select(payments::paid_at).first(conn).optional()?;
    let closed: Vec<(NaiveDate, DateTime<Utc>, Decimal)> = month_closings::table
        .order(month_closings::month)
        .select((month_closings::month, month_closings::closed_at, month_closings::sales - month_closings::refunds))
        .load(conn)?;
    let mut month = Month::at(now, zone);
    let first = first.flatten().map_or(month, |at| Month::at(at, zone));
    let first = closed.first().map_or(first, |(closed, ..)| first.min(Month::of(*closed)));
    let mut months = Vec::new();
    while month >= first && months.len() < MAX_MONTHS {
        let closing = closed.iter().find(|(closed, ..)| *closed == month.first_day());
        let (closed_at, left) = (closing.map(|(_, at, _)| *at), closing.map(|(.., left)| *left));
        months.push(ListedMonth { month, closed_at, left });
        month = month.previous();
    }
    Ok(months)
}

/// The maximum number of months in the list: fifty years.
const MAX_MONTHS: usize = 600;

/// Returns how many gateway bills of the month's days were not compared with payments yet. Their fees are missing in
/// the report.
pub fn missing_bills(conn: &mut PgConnection, month: Month) -> QueryResult<i64> {
    let days = gateway_bills::day.ge(month.first_day()).and(gateway_bills::day.lt(month.next().first_day()));
    gateway_bills::table.filter(days.and(gateway_bills::compared_at.is_null())).count().get_result(conn)
}

#[derive(QueryableByName)]
struct MoneyRow {
    #[diesel(sql_type = Text)]
    pay_method: PayMethod,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = Numeric)]
    sales: Decimal,
    #[diesel(sql_type = Numeric)]
    surplus: Decimal,
    #[diesel(sql_type = BigInt)]
    refund_count: i64,
    #[diesel(sql_type = Numeric)]
    refunds: Decimal,
    #[diesel(sql_type = Numeric)]
    surplus_refunds: Decimal,
    #[diesel(sql_type = Numeric)]
    fees: Decimal,
}

impl MoneyRow {
    fn into_money(self) -> MoneyOfMethod {
        let Self { pay_method, orders, sales, surplus, refund_count, refunds, surplus_refunds, fees } = self;
        let (orders, refund_count) = (small(orders), small(refund_count));
        MoneyOfMethod { pay_method, orders, sales, surplus, refund_count, refunds, surplus_refunds, fees }
    }
}

#[derive(QueryableByName)]
struct GoodsRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    spu_id: Option<SpuId>,
    #[diesel(sql_type = Nullable<BigInt>)]
    category_id: Option<CategoryId>,
    #[diesel(sql_type = Nullable<Numeric>)]
    rate: Option<Decimal>,
    #[diesel(sql_type = Text)]
    name_en: String,
    #[diesel(sql_type = Text)]
    name_zh: String,
    #[diesel(sql_type = Text)]
    category_en: String,
    #[diesel(sql_type = Text)]
    category_zh: String,
    #[diesel(sql_type = BigInt)]
    units: i64,
    #[diesel(sql_type = Numeric)]
    sales: Decimal,
    #[diesel(sql_type = BigInt)]
    refunded_units: i64,
    #[diesel(sql_type = Numeric)]
    refunds: Decimal,
}

impl GoodsRow {
    fn into_sales(self) -> ProductSales {
        ProductSales {
            product: self.spu_id.zip(self.category_id),
            rate: self.rate,
            names: (self.name_en, self.name_zh),
            category_names: (self.category_en, self.category_zh),
            units: self.units,
            sales: self.sales,
            refunded_units: self.refunded_units,
            refunds: self.refunds,
        }
    }
}

#[derive(QueryableByName)]
struct CashRow {
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = Numeric)]
    amount: Decimal,
}

#[derive(QueryableByName)]
struct StockRow {
    #[diesel(sql_type = BigInt)]
    units: i64,
    #[diesel(sql_type = Numeric)]
    amount: Decimal,
    #[diesel(sql_type = BigInt)]
    skus_without_cost: i64,
    #[diesel(sql_type = BigInt)]
    units_without_cost: i64,
}

statement! {
    MonthMoney(begins: DateTime<Utc> as Timestamptz, ends: DateTime<Utc> as Timestamptz, zone: f64 as Double)
        -> [MoneyRow] = include_str!("month-money.sql")
}

statement! {
    MonthGoods(begins: DateTime<Utc> as Timestamptz, ends: DateTime<Utc> as Timestamptz) -> [GoodsRow] =
    include_str!("month-goods.sql")
}

statement! {
    /// Selects the cash that couriers had not handed over at the time `ends`: the number and amount of orders that were
    /// sent before, and neither paid nor refused by then.
    OutstandingCash(ends: DateTime<Utc> as Timestamptz) -> [CashRow] =
    "select count(*) as orders, coalesce(sum(d.amount), 0) as amount
     from (
        select o.total_amount - o.waived_amount as amount from orders o
        where o.pay_method = 'cod' and o.paid_at is null and o.canceled_at is null and o.sent_at < " ends "
        union all
        select o.total_amount - o.waived_amount from payments p join orders o on o.id = p.order_id
        where p.status = 'paid' and p.counts and p.paid_at >= " ends " and p.pay_method = 'cod' and o.sent_at < " ends "
        union all
        select o.total_amount - o.waived_amount from orders o
        where o.canceled_by = 'refusal' and o.canceled_at >= " ends " and o.sent_at < " ends "
     ) d
     where d.amount > 0"
}

statement! {
    /// Selects the stock at the time `ends`, computed backwards from the present stock, with its value at present
    /// costs.
    StockAtCost(ends: DateTime<Utc> as Timestamptz) -> [StockRow] =
    "select coalesce(sum(u.units), 0)::bigint as units,
        coalesce(sum(u.units * u.cost), 0) as amount,
        count(*) filter (where u.cost is null and u.units <> 0) as skus_without_cost,
        coalesce(sum(u.units) filter (where u.cost is null), 0)::bigint as units_without_cost
     from (
        select s.cost, s.stock - coalesce(m.delta, 0) + coalesce(o.count, 0) as units
        from skus s
        left join (
            select sku_id, sum(delta) as delta from stock_movements where at >= " ends " group by sku_id
        ) m on m.sku_id = s.id
        left join (
            select g.sku_id, sum(g.count) as count
            from orders o join order_goods g on g.order_id = o.id
            where o.placed_at >= " ends " group by g.sku_id
        ) o on o.sku_id = s.id
     ) u"
}
