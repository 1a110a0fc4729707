//! Emails about orders: each is sent once, says what is true, and goes to who should get it.

mod caller;
mod review_mails;
mod sending;
mod staff;
mod texts;

use till::{
    jobs::{EmailJob, job_handler, schedule_mails_once, schedule_review_mails_once},
    kernel::{SkuId, UserId},
    platform::{
        db::Db,
        mail::{MailboxEmail, mailbox},
        outbox, redis,
    },
    store::SettingsCache,
};

use crate::support::TestShop;

fn db(shop: &TestShop) -> Db {
    Db::connect(&shop.database.url, 4).unwrap()
}

/// Writes the emails that are due, as a process does every two seconds, until nothing is left. Returns how many.
pub fn scheduled(shop: &TestShop) -> i64 {
    while schedule_mails_once(&mut shop.connect(), 10, true).unwrap() > 0 {}
    while schedule_review_mails_once(&mut shop.connect(), 3).unwrap() > 0 {}
    shop.number("select count(*) from order_mails")
}

/// The email job in another process of this shop.
async fn email_job(shop: &TestShop) -> EmailJob {
    let redis = redis::connect(&shop.redis.url()).await.unwrap();
    let settings = SettingsCache::open(&db(shop), &shop.config().first_settings).await.unwrap();
    EmailJob::open(db(shop), redis, shop.config(), settings).unwrap()
}

/// Performs all jobs that are due; returns how many.
pub async fn worked(shop: &TestShop) -> usize {
    shop.execute("update outbox set due_at = now() where done_at is null");
    let redis = redis::connect(&shop.redis.url()).await.unwrap();
    outbox::work_once(&db(shop), &job_handler(db(shop), redis, email_job(shop).await)).await.unwrap()
}

/// The emails that were sent, oldest first.
pub async fn sent(shop: &TestShop) -> Vec<MailboxEmail> {
    let redis = redis::connect(&shop.redis.url()).await.unwrap();
    let mut mails = mailbox(&redis).await.unwrap();
    mails.reverse();
    mails
}

/// The kinds of the emails that were written, with what they are about, in order.
fn kinds(shop: &TestShop) -> Vec<String> {
    shop.texts("select kind || case thing when 0 then '' else ' ' || thing end from order_mails order by kind, thing")
}

/// A shop with one SKU and a shopper.
struct Scene {
    shop: TestShop,
    user: UserId,
    sku: SkuId,
}

impl Scene {
    async fn open(settings: &[(&str, &str)]) -> Self {
        let shop = TestShop::with(settings).await;
        let (user, sku) = (shop.make_user("mei"), shop.make_sku(50, "20.00"));
        Self { shop, user, sku }
    }

    /// An order of two units in this status, with further columns and their values.
    fn order(&self, status: &str, more: &[(&str, &str)]) -> i64 {
        let mut columns = vec![("status", format!("'{status}'"))];
        let online = [("pay_method", "'alipay'"), ("expires_at", "now() + interval '25 minutes'")];
        for (name, value) in online.iter().chain(more) {
            columns.retain(|(column, _)| column != name);
            columns.push((name, (*value).to_owned()));
        }
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
        let (user, sku) = (self.user, self.sku);
        let order = self.shop.insert(&format!(
            "orders (number, user_id, checkout_token, total_count, goods_amount, freight, total_amount, recipient, phone,
                region, street, postcode, {})
             values ('20261130120000' || lpad((select count(*) from orders)::text, 9, '0') || 'ABCDEF', {user},
                repeat('t', 20) || (select count(*) from orders), 2, 40, 10, 50, 'Mei Lin', '13800138000', 'Shanghai',
                '1 Anfu Road', '200031', {})",
            names.join(", "),
            values.join(", ")
        ));
        self.shop.insert(&format!(
            "order_goods (order_id, sku_id, name, options, price, count) values ({order}, {sku}, 'Thing', 'Blue', 20, 2)"
        ));
        order
    }

    /// Records an event of an order, as the shop does.
    fn event(&self, order: i64, event: &str, details: &str) {
        self.shop.insert(&format!(
            "order_events (order_id, event, actor, details) values ({order}, '{event}', 'system', '{details}')"
        ));
    }

    fn parcel(&self, order: i64) -> i64 {
        let line = self.shop.number(&format!("select id from order_goods where order_id = {order}"));
        self.shop.execute(&format!("update order_goods set sent_count = 2 where id = {line}"));
        let parcel = self.shop.insert(&format!(
            "shipments (order_id, carrier_id, number) select {order}, id, 'SF 12/3' from carriers where code = 'sf'"
        ));
        self.shop.execute(&format!("insert into shipment_goods values ({parcel}, {line}, 2)"));
        self.event(order, "parcel_sent", &format!(r#"{{"shipment": {parcel}}}"#));
        parcel
    }

    /// A payment of an order that was paid now.
    fn payment(&self, order: i64, more: &str) -> i64 {
        self.shop.insert(&format!(
            "payments (order_id, pay_method, number, amount, status, trade_no, expires_at, paid_at, counts, strange)
             select {order}, 'alipay', 'P' || lpad((count(*) + 1)::text, 8, '0'), 50, 'paid', 'T' || count(*), now(), now(),
                {more} from payments"
        ))
    }

    fn refund(&self, payment: i64, reason: &str, status: &str) -> i64 {
        let done = if status == "done" { "now()" } else { "null" };
        self.shop.insert(&format!(
            "refunds (payment_id, number, amount, status, reason, done_at)
             select {payment}, 'R' || lpad((count(*) + 1)::text, 8, '0'), 12.50, '{status}', '{reason}', {done} from refunds"
        ))
    }

    fn goods_return(&self, order: i64) -> i64 {
        let back = self.shop.insert(&format!(
            "returns (order_id, kind, reason, answer, token)
             values ({order}, 'goods_back', 'damaged', 'Please pack it well', repeat('r', 20))"
        ));
        let line = format!("select {back}, id, 1 from order_goods where order_id = {order}");
        self.shop.execute(&format!("insert into return_goods (return_id, order_goods_id, count) {line}"));
        back
    }

    /// An order for each kind of email.
    /// A request for a fapiao; `outcome` is status, refusal, amount and time of issue.
    fn fapiao(&self, order: i64, outcome: &str) -> i64 {
        self.shop.insert(&format!(
            "fapiao_requests (order_id, kind, title_kind, title, email, status, refusal, amount, issued_at)
             values ({order}, 'ordinary', 'person', 'Mei Lin', 'mei@example.com', {outcome})"
        ))
    }

    fn everything(&self) {
        self.shop.execute("update order_mail_cursor set placed_at = now() - interval '1 day'");
        let long_ago = ("placed_at", "now() - interval '20 days'");
        self.order(
            "unpaid",
            &[("placed_at", "now() - interval '25 minutes'"), ("expires_at", "now() + interval '5 minutes'")],
        );
        self.order("unsent", &[("pay_method", "'cod'"), ("expires_at", "null"), ("note", "'Ring twice'")]);
        let canceled = [long_ago, ("canceled_at", "now()"), ("canceled_by", "'expiry'")];
        let expired = self.order("canceled", &canceled);
        self.event(expired, "expired", "{}");
        self.payment(expired, "false, 'out_of_stock'");
        let paid = [long_ago, ("paid_amount", "50"), ("paid_at", "now()")];
        let order = self.order("unsent", &paid);
        let payment = self.payment(order, "true, null");
        self.event(order, "paid", "{}");
        let refund = self.refund(payment, "amount", "done");
        self.event(order, "refund_done", &format!(r#"{{"refund": {refund}}}"#));
        let second = self.payment(order, "false, null");
        self.refund(second, "surplus", "wanted");
        let revived = self.order("unsent", &paid);
        self.event(revived, "revived", "{}");
        let sent = self.order("unreceived", &[paid[0], paid[1], paid[2], ("sent_at", "now() - interval '9 days'")]);
        self.parcel(sent);
        let by_staff = [long_ago, ("canceled_at", "now()"), ("canceled_by", "'staff'"), paid[1], paid[2]];
        let canceled = self.order("canceled", &by_staff);
        self.event(canceled, "canceled", r#"{"reason": "Broken in the store room"}"#);
        let reviewable =
            self.order("unreviewed", &[paid[0], paid[1], paid[2], ("received_at", "now() - interval '4 days'")]);
        self.shop.execute(&format!("update order_goods set sent_count = 2 where order_id = {reviewable}"));
        let received = self.order("unreviewed", &paid);
        let back = self.goods_return(received);
        for step in ["asked", "approved", "declined", "arrived", "closed"] {
            self.event(received, &format!("return_{step}"), &format!(r#"{{"return": {back}}}"#));
        }
        let issued = self.fapiao(order, "'issued', '', 50, now()");
        self.shop.execute(&format!("insert into fapiao_numbers values ('25442000000000000001', {issued}, 'fapiao')"));
        self.event(order, "fapiao_issued", &format!(r#"{{"fapiao": {issued}}}"#));
        let reversed = self.fapiao(revived, "'issued', '', 50, now()");
        self.shop.execute(&format!(
            "insert into fapiao_numbers values ('25442000000000000002', {reversed}, 'fapiao'),
                ('25442000000000000003', {reversed}, 'reversal');
             update fapiao_requests set status = 'reversed', reversed_at = now() where id = {reversed};
             update orders set refunded_amount = 20 where id = {revived}"
        ));
        self.event(revived, "fapiao_reversed", &format!(r#"{{"fapiao": {reversed}}}"#));
        let refused = self.fapiao(received, "'refused', 'The number is not a company''s.', null, null");
        self.event(received, "fapiao_refused", &format!(r#"{{"fapiao": {refused}}}"#));
    }
}
