//! Invoices and credit notes, and the report and closing of a month.

mod closings;
mod pages;
mod series;

use chrono::{DateTime, FixedOffset, Utc};
use diesel::PgConnection;
use std::sync::Arc;
use till::{
    invoices::{self, IssueStep, IssuedInvoice, Issuer},
    kernel::OrderId,
    platform::clock,
    store::{self, Settings},
};

use crate::support::TestShop;

/// A shop that issues invoices for orders paid since the first of January 2026.
pub(crate) struct Scene {
    pub(crate) shop: TestShop,
    pub(crate) settings: Arc<Settings>,
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let shop = TestShop::open().await;
        shop.execute(
            "update store_settings set shop_name_en = 'Paper Shop', shop_name_zh = 'Paper Shop',
                address = '1 Anfu Road, Shanghai', tax_number = '91310000MA1FL8TQ32', version = version + 1;
             update invoice_settings set invoices_from = '2026-01-01';
             update invoice_progress set through = '2026-01-01'",
        );
        let first = shop.config().first_settings.clone();
        let settings = shop.with(|conn| store::settings_or_first(conn, &first));
        shop.make_user("mei");
        Self { shop, settings: Arc::new(settings) }
    }

    pub(crate) fn zone(&self) -> FixedOffset {
        self.shop.config().zone
    }

    /// Orders of three units at ¥33.33 with ¥10.00 of freight, each paid online, the first at this time and each next one
    /// a second later. Returns their ids in the order of their payments.
    pub(crate) fn paid_orders(&self, count: i64, paid_at: &str) -> Vec<OrderId> {
        let shop = &self.shop;
        let sku = shop.make_sku(1_000, "33.33");
        let before = shop.number("select coalesce(max(id), 0) from orders");
        shop.execute(&format!(
            "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
                total_amount, recipient, phone, region, street, postcode, placed_at, paid_at, paid_amount, expires_at,
                language)
             select lpad(({before} + n)::text, 23, '0') || 'AAAAAA', u.id, 'token' || lpad(({before} + n)::text, 16, '0'),
                'unsent', 'alipay', 3, 99.99, 10, 109.99, 'Mei Lin', '13800138000', 'Shanghai', '1 Anfu Road', '200031',
                at - interval '5 minutes', at, 109.99, at + interval '1 hour', 'en'
             from users u, generate_series(1, {count}) n,
                lateral (select timestamptz '{paid_at}' + n * interval '1 second' as at) t
             where u.username = 'mei';
             insert into order_goods (order_id, sku_id, name, price, count)
             select id, {sku}, 'Pot', 33.33, 3 from orders where id > {before};
             insert into payments (order_id, pay_method, number, amount, status, counts, trade_no, expires_at, paid_at)
             select id, 'alipay', 'number_' || id, total_amount, 'paid', true, 'T' || id, expires_at, paid_at
             from orders where id > {before};
             update skus set stock = stock - 3 * {count}, sales = 3 * {count} where id = {sku};
             update spus set sales = 3 * {count} where id = (select spu_id from skus where id = {sku})"
        ));
        let ids = shop.texts(&format!("select id from orders where id > {before} order by id"));
        ids.into_iter().map(|id| OrderId(id.parse().unwrap())).collect()
    }

    /// A refund of an order's payment that is done at this time: `amount` in all with this freight, of it this much for
    /// units of its line.
    pub(crate) fn refund(&self, order: OrderId, (amount, freight): (&str, &str), units: Option<(i32, &str)>, at: &str) {
        let shop = &self.shop;
        let refund = shop.insert(&format!(
            "refunds (payment_id, number, amount, freight, status, reason, done_at)
             select id, number || '_r' || (select count(*) from refunds), {amount}, {freight}, 'done', 'amount', '{at}'
             from payments where order_id = {order} and counts"
        ));
        if let Some((count, worth)) = units {
            shop.execute(&format!(
                "insert into refund_goods select {refund}, id, {count}, {worth} from order_goods where order_id = {order};
                 update order_goods set refunded_amount = refunded_amount + {worth} where order_id = {order}"
            ));
        }
        // The job has not been past the time of the refund.
        shop.execute(&format!(
            "update orders set refunded_amount = refunded_amount + {amount} where id = {order};
             update invoice_progress set through = least(through, '{at}')"
        ));
    }

    /// Issues the invoice of an order in the caller's transaction.
    pub(crate) fn issue(&self, conn: &mut PgConnection, order: OrderId) -> diesel::QueryResult<IssuedInvoice> {
        issue(conn, order, &self.settings, self.zone())
    }

    /// Runs the job until nothing is due.
    pub(crate) fn run_job(&self, now: DateTime<Utc>) -> IssueStep {
        let mut all = IssueStep::default();
        loop {
            let shop = (&*self.settings, self.zone());
            let step = invoices::issue_due(&mut self.shop.connect(), shop, 10, now).unwrap();
            all.issued += step.issued;
            all.failed += step.failed;
            if !step.has_more {
                return all;
            }
        }
    }

    /// What the checks of invoices and closed months find.
    pub(crate) fn mismatches(&self) -> Vec<String> {
        let checks = till::orders::run_checks(&mut self.shop.connect(), 5).unwrap();
        let wrong = checks.iter().filter(|found| found.check.number > 10 && found.count > 0);
        wrong.map(|found| format!("{}: {:?}", found.check.name, found.mismatches)).collect()
    }
}

/// Issues the invoice of an order in the caller's transaction.
pub(crate) fn issue(
    conn: &mut PgConnection,
    order: OrderId,
    settings: &Settings,
    zone: FixedOffset,
) -> diesel::QueryResult<IssuedInvoice> {
    let invoice_settings = invoices::invoice_settings(conn)?;
    let issuer = Issuer { shop: settings, settings: &invoice_settings, zone };
    Ok(invoices::issue_invoice(conn, order, issuer, clock::now())?.expect("an invoice"))
}
