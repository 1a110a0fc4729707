//! The report of a month: it agrees with the money moves, and does not change once the month is closed.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, connection::SimpleConnection, result::Error};
use rust_decimal::Decimal;
use std::{sync::Arc, thread};
use till::{
    kernel::UserId,
    payments::{self, MoneyMoveKind, MovePlace},
    platform::{clock, db},
    reports::{self, Figure, Month, MonthReport, ReportPart},
};

use super::Scene;

fn month() -> Month {
    "2026-03".parse().unwrap()
}

fn yuan(amount: &str) -> Decimal {
    amount.parse().unwrap()
}

impl Scene {
    fn report(&self) -> MonthReport {
        let range = month().range(self.zone()).unwrap();
        db::snapshot(&mut self.shop.connect(), |conn| reports::compute_report(conn, range, payments::beijing()))
            .unwrap()
    }

    /// Closes the month; returns whether it was open.
    fn close(&self, conn: &mut PgConnection, staff: UserId) -> bool {
        let (report, zone) = (self.report(), self.zone());
        db::transaction::<_, Error, _>(conn, |conn| {
            reports::close_month(conn, (month(), &report), staff, zone, clock::now())
        })
        .unwrap()
    }

    /// The sum of these rows of the export of money moves in the month.
    fn moved(&self, kinds: &[MoneyMoveKind], amount: fn(&payments::MoneyMove) -> Decimal) -> Decimal {
        let (begins, ends): (DateTime<Utc>, DateTime<Utc>) = month().range(self.zone()).unwrap();
        let moves = self
            .shop
            .with(|conn| payments::money_moves(conn, MovePlace::at(begins), ends, payments::beijing(), 10_000));
        moves.iter().filter(|row| kinds.contains(&row.kind)).map(amount).sum()
    }

    /// A month with payments, cash, a payment that pays nothing, refunds of each kind and fees, at its very edges too.
    fn busy_month(&self) {
        let shop = &self.shop;
        self.paid_orders(1, "2026-02-28 23:59:57+08");
        let orders = self.paid_orders(5, "2026-03-01 00:00:00+08");
        self.paid_orders(2, "2026-03-31 23:59:50+08");
        self.paid_orders(1, "2026-03-31 23:59:59+08");
        let cod = self.paid_orders(3, "2026-03-10 10:00:00+08");
        let [collected, sent, refused] = cod[..] else { panic!("three orders") };
        shop.execute(&format!(
            "update orders set pay_method = 'cod' where id in ({collected}, {sent}, {refused});
             update payments set pay_method = 'cod', trade_no = null where order_id = {collected};
             delete from payments where order_id in ({sent}, {refused});
             update orders set paid_at = null, paid_amount = 0, status = 'unreceived', sent_at = '2026-03-11 10:00+08'
             where id in ({sent}, {refused});
             update orders set status = 'canceled', canceled_by = 'refusal', canceled_at = '2026-04-02 10:00+08'
             where id = {refused};
             insert into payments (order_id, pay_method, number, amount, status, trade_no, expires_at, paid_at)
             values ({first}, 'alipay', 'second_1', 50.00, 'paid', 'S1', now(), '2026-03-05 10:00+08');
             insert into refunds (payment_id, number, amount, status, reason, done_at)
             select id, 'second_1_r', 50.00, 'done', 'surplus', '2026-03-06 10:00+08' from payments
             where number = 'second_1';
             insert into gateway_bills (pay_method, day, compared_at, failed_checks, fees) values
                ('alipay', '2026-02-28', now(), 0, 9.00), ('alipay', '2026-03-01', now(), 0, 1.25),
                ('alipay', '2026-03-31', now(), 0, 2.50), ('alipay', '2026-04-01', now(), 0, 9.00)",
            first = orders[0],
        ));
        self.refund(orders[0], ("33.33", "0"), Some((1, "33.33")), "2026-03-07 10:00:00+08");
        self.refund(orders[0], ("76.66", "10.00"), Some((2, "66.66")), "2026-03-08 10:00:00+08");
        self.refund(orders[1], ("20.00", "0"), None, "2026-03-31 23:59:59+08");
        self.refund(orders[2], ("109.99", "0"), None, "2026-03-09 10:00:00+08");
        self.refund(orders[3], ("5.00", "0"), None, "2026-04-01 00:00:00+08");
        shop.execute(&format!(
            "update refunds set status = 'elsewhere' where payment_id =
                (select id from payments where order_id = {} and counts)",
            orders[1]
        ));
    }
}

#[tokio::test]
async fn the_report_of_a_month_agrees_with_the_money_moves_to_the_cent() {
    let scene = Scene::open().await;
    scene.busy_month();
    let report = scene.report();
    let totals = &report.totals;
    // Five on the first, two on the last evening, none at midnight; and one in cash.
    assert_eq!((totals.orders, totals.sales), (8, yuan("879.92")));
    assert_eq!((totals.surplus, totals.surplus_refunds), (yuan("50.00"), yuan("50.00")));
    assert_eq!((totals.refund_count, totals.refunds), (4, yuan("239.98")));
    assert_eq!(totals.fees, yuan("3.75"));
    assert_eq!((totals.outstanding_orders, totals.outstanding), (2, yuan("219.98")));
    use MoneyMoveKind::{Cash, Fee, Payment, Refund};
    assert_eq!(totals.collected_online, scene.moved(&[Payment], |row| row.gross));
    assert_eq!(totals.collected_cash, scene.moved(&[Cash], |row| row.gross));
    assert_eq!(totals.paid_back(), -scene.moved(&[Refund], |row| row.gross));
    assert_eq!(totals.fees, scene.moved(&[Fee], |row| row.fee));
    assert_eq!(totals.balance(), scene.moved(&[Payment, Cash, Refund, Fee], payments::MoneyMove::net));
    for part in ReportPart::ALL {
        let lines = report.part(part);
        assert_eq!(lines.iter().map(|line| line.sales).sum::<Decimal>(), totals.sales, "{part:?}");
        assert_eq!(lines.iter().map(|line| line.refunds).sum::<Decimal>(), totals.refunds, "{part:?}");
        assert!(lines.iter().all(|line| line.key != reports::OTHER), "{part:?}: {lines:?}");
    }
    // A refund of all that was paid is the goods and the freight; one of 20.00 is divided among them.
    assert_eq!(totals.freight, yuan("80.00"));
    assert_eq!(totals.refunded_freight, yuan("10.00") + yuan("10.00") + yuan("1.82"));
    assert_eq!(totals.tax, reports_tax(totals.sales - totals.refunds));
}

fn reports_tax(gross: Decimal) -> Decimal {
    till::invoices::tax_in(gross, Decimal::from(13))
}

#[tokio::test]
async fn the_stock_at_cost_is_that_of_the_end_of_the_month() {
    let scene = Scene::open().await;
    let shop = &scene.shop;
    scene.paid_orders(1, "2026-03-10 10:00:00+08");
    scene.paid_orders(1, "2026-04-10 10:00:00+08");
    shop.execute(
        "set session_replication_role = replica;
         update stock_movements set at = '2026-03-01';
         set session_replication_role = origin;
         update skus set cost = 2.50 where id = 1;
         insert into stock_movements (sku_id, delta, reason, at) values (1, 10, 'delivery', '2026-04-05');
         update skus set stock = stock + 10 where id = 1",
    );
    let totals = scene.report().totals;
    assert_eq!((totals.stock_units, totals.stock_at_cost), (997 + 1000, yuan("2492.50")));
    assert_eq!((totals.skus_without_cost, totals.units_without_cost), (1, 1000), "the order of April is not taken yet");
}

#[tokio::test]
async fn a_closed_month_does_not_change_whatever_becomes_known_later() {
    let scene = Arc::new(Scene::open().await);
    let boss = scene.shop.make_admin("boss");
    scene.busy_month();
    let before = scene.report();
    // Eight close it at once.
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let scene = Arc::clone(&scene);
            thread::spawn(move || scene.close(&mut scene.shop.connect(), boss))
        })
        .collect();
    let closed = workers.into_iter().map(|worker| worker.join().unwrap()).filter(|is_closed| *is_closed).count();
    assert_eq!(closed, 1);
    assert_eq!(scene.mismatches(), [""; 0]);

    let order = scene.paid_orders(1, "2026-03-20 10:00:00+08")[0];
    scene.refund(order, ("10.00", "0"), None, "2026-04-03 10:00:00+08");
    scene.shop.execute(
        "insert into gateway_bills (pay_method, day, compared_at, failed_checks, fees)
         values ('alipay', '2026-03-20', now(), 0, 0.60)",
    );
    let closing = scene.shop.with(|conn| reports::closing(conn, month())).unwrap();
    assert_eq!((&closing.report.totals, closing.staff.as_str()), (&before.totals, "boss"));
    for part in ReportPart::ALL {
        assert_eq!(closing.report.part(part), before.part(part));
    }
    let late = reports::corrections(&closing.report.totals, &scene.report().totals);
    let late: Vec<(Figure, Decimal)> = late.iter().map(|one| (one.figure, one.now - one.closed)).collect();
    let [sales, fees] = [yuan("109.99"), yuan("0.60")];
    assert_eq!(late, [(Figure::Sales, sales), (Figure::Fees, fees), (Figure::CollectedOnline, sales)]);

    for change in [
        "update month_closings set sales = 0, collected_online = 0, collected_cash = 0",
        "delete from month_closings",
        "update month_closing_lines set sales = 0",
        "delete from month_closing_lines",
        "insert into month_closing_lines (month, part, position, key, sales, refunds)
         values ('2026-03-01', 'product', 99, 'x', 1, 0)",
    ] {
        let refused = scene.shop.connect().batch_execute(change).unwrap_err().to_string();
        assert!(refused.contains("a closed month cannot be changed"), "{change}: {refused}");
    }
    assert!(!scene.close(&mut scene.shop.connect(), boss), "it is closed");
}

#[tokio::test]
async fn a_month_is_closed_only_when_it_is_over() {
    let scene = Scene::open().await;
    let boss = scene.shop.make_admin("boss");
    let (now, zone) = (clock::now(), scene.zone());
    let close = |month: Month| {
        let report = MonthReport::default();
        db::transaction::<_, Error, _>(&mut scene.shop.connect(), |conn| {
            reports::close_month(conn, (month, &report), boss, zone, now)
        })
        .unwrap()
    };
    let this = Month::at(now, zone);
    assert!(!close(this) && !close(this.next()));
    assert!(close(this.previous().previous()));
    assert!(!close(this.previous().previous()));
}
