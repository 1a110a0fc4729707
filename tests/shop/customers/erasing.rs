//! A shopper who has asked to be forgotten is found nowhere, and every figure is as before.

use base64::Engine;
use redis::Commands;
use till::{
    customers::ErasureOutcome,
    kernel::{OrderId, PayMethod},
    orders::lock_order,
    payments::{NewPayment, Payment, open_payment},
    platform::{clock, db},
};

use super::{
    columns::{PERSONAL, columns},
    erase, receive, with_received_order,
};
use crate::support::{Database, OrderForm, PASSWORD, RedisServer, Shopper, TestShop, about, order_number, signed};

const USERNAME: &str = "Quillfeather";

/// Unlikely values, one for each field that somebody fills in about the shopper.
const VALUES: [&str; 45] = [
    USERNAME,
    "zephyrina.quux@letters.example",
    "Zephyrina Quux",
    "13987654321",
    "Xanaduprovince",
    "77 Marzipan Passage",
    "QX7-9ZZ",
    "leave it with Balthazar",
    "it smells of juniperberries",
    "thanks dear Zephyrinchen",
    "where does Ottoline wait",
    "Ottoline waits upstairs",
    "2088999988887777",
    "zq***@alipay.example",
    "torn by Bartholomew",
    "Bartholomew is forgiven",
    "Cornelius Carriage",
    "RETURN-TRACK-ABRACADABRA",
    "prefers thursdays xyzzyly",
    "calls at midnight plughly",
    "refund for Persephone",
    "cancels because of Leopold",
    "cell of Peregrine",
    "unknown mailbox of Zelda",
    "Guestine Fogg",
    "TYPED-ABRACADABRA",
    "guest asks for Wilhelmina",
    "picture of Montgomery",
    "small picture of Norberta",
    "words of Hortensia",
    "hidden because of Octavius",
    "held for Ignatius",
    "moved for Jacqueline",
    "parcel for Kunigunde",
    "line for Ludmilla",
    "paid back for Rosamund",
    "settled for Sebastiana",
    "77 Marzipan-Passage",
    "91QUUXABRACADABRA9",
    "bank of Gwendolyn",
    "622202787878787878",
    "refused for Thaddeus",
    "file of Ermintrude",
    "Works of Umbrelline",
    "VAT-UMBRELLINE-7",
];

/// The values that stay in invoices as long as the law wants them.
const IN_INVOICES: [&str; 6] =
    ["Zephyrina Quux", "Xanaduprovince", "77 Marzipan Passage", "QX7-9ZZ", "Works of Umbrelline", "VAT-UMBRELLINE-7"];

/// Personal columns that no value of a test can stand in: digests, secrets, and what follows another column.
const NOT_FILLED: [&str; 4] =
    ["recovery_codes.digest", "second_factors.secret", "users.password_hash", "users.username_skeleton"];

/// The ways in which a value may be written.
fn spellings(value: &str) -> Vec<String> {
    let mut all = vec![value.to_lowercase()];
    all.push(form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().to_lowercase());
    all.push(value.to_lowercase().replace(' ', "%20"));
    all.push(base64::engine::general_purpose::STANDARD.encode(value).to_lowercase());
    all.sort();
    all.dedup();
    all
}

/// The columns in which a value is found, in any spelling.
fn found_in(database: &Database, values: &[&str]) -> Vec<String> {
    let mut wanted = Vec::new();
    for value in values {
        wanted.extend(spellings(value).iter().map(|spelling| format!("('{value}', '{spelling}')")));
    }
    let wanted = wanted.join(", ");
    let mut found = Vec::new();
    for (table, column) in columns(database) {
        found.extend(database.texts(&format!(
            "select distinct '{table}.{column}: ' || w.value
             from (values {wanted}) as w (value, spelling)
             where exists (
                select from {table} t
                where strpos(lower(t.{column}::text), w.spelling) > 0
                    or strpos(lower(case when pg_typeof(t.{column}) = 'bytea'::regtype
                        then encode(t.{column}::text::bytea, 'escape') else '' end), w.spelling) > 0
             )"
        )));
    }
    found.sort();
    found
}

/// The keys of Redis whose names or values have one of these texts.
fn found_in_redis(redis: &RedisServer, values: &[&str]) -> Vec<String> {
    let mut conn = redis.connect();
    let keys: Vec<String> = conn.keys("*").unwrap();
    let mut found = Vec::new();
    for key in keys {
        let kind: String = redis::cmd("TYPE").arg(&key).query(&mut conn).unwrap();
        let all: Vec<String> = match kind.as_str() {
            "string" => vec![conn.get(&key).unwrap()],
            "hash" => conn.hgetall(&key).unwrap(),
            "set" => conn.smembers(&key).unwrap(),
            "list" => conn.lrange(&key, 0, -1).unwrap(),
            "zset" => conn.zrange(&key, 0, -1).unwrap(),
            kind => panic!("{kind}"),
        };
        let text = format!("{key} {}", all.join(" ")).to_lowercase();
        if values.iter().any(|value| spellings(value).iter().any(|spelling| text.contains(spelling))) {
            found.push(key);
        }
    }
    found
}

/// The figures that must not change.
fn figures(database: &Database) -> Vec<String> {
    database.texts(
        "select concat_ws(' ', 'orders', count(*), sum(total_amount), sum(paid_amount), sum(refunded_amount),
            sum(total_count), min(placed_at), max(placed_at)) from orders
         union all select concat_ws(' ', 'lines', count(*), sum(price * count), sum(returned_count)) from order_goods
         union all select concat_ws(' ', 'skus', code, stock, sales) from skus
         union all select concat_ws(' ', 'spus', slug, sales) from spus
         union all select concat_ws(' ', 'movements', count(*), sum(delta)) from stock_movements
         union all select concat_ws(' ', 'payments', count(*), sum(amount), string_agg(trade_no, ' ')) from payments
         union all select concat_ws(' ', 'refunds', count(*), sum(amount)) from refunds
         union all select concat_ws(' ', 'reviews', review_count, star_sum) from review_figures
         union all select concat_ws(' ', 'numbers', string_agg(number, ' ' order by id)) from orders
         union all select concat_ws(' ', 'parcels', count(*), string_agg(number, ' ' order by id)) from shipments
         union all select concat_ws(' ', 'events', count(*)) from order_events
         union all select concat_ws(' ', 'invoices', number, net, tax, gross) from invoices
         union all select concat_ws(' ', 'months', month, part, key, l::text) from month_closing_lines l
         union all select concat_ws(' ', 'audit', count(*)) from audit_log where action not in ('erase_customer')
         order by 1",
    )
}

/// Orders by Alipay, and pays by a notification that names the buyer.
async fn pays_by_alipay(shop: &TestShop, shopper: &Shopper) -> String {
    shopper.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
    let note = "leave it with Balthazar".to_owned();
    let form = OrderForm { pay_method: "alipay".into(), note, ..shopper.opens_checkout().await };
    let number = order_number(&shopper.places(&form).await.expect(303));
    let payment = opens_payment(shop, &number);
    notify(shop, &payment.number, &payment.amount.plain(), "2026113000222120000000000001").await;
    number
}

/// Opens a payment of an order at Alipay.
fn opens_payment(shop: &TestShop, number: &str) -> Payment {
    let id = OrderId(shop.number(&format!("select id from orders where number = '{number}'")));
    db::transaction::<_, diesel::result::Error, _>(&mut shop.connect(), |conn| {
        let order = lock_order(conn, id)?.unwrap();
        let new = NewPayment {
            order: order.id,
            order_number: &order.number,
            pay_method: PayMethod::Alipay,
            amount: order.total_amount,
            expires_at: order.expires_at.unwrap(),
        };
        open_payment(conn, &new, clock::now())
    })
    .unwrap()
}

/// Sends a notification that names the buyer.
async fn notify(shop: &TestShop, payment: &str, amount: &str, notify_id: &str) {
    let mut fields = about(payment, amount);
    fields.retain(|(name, _)| *name != "notify_id");
    fields.extend([
        ("notify_id", notify_id),
        ("buyer_id", "2088999988887777"),
        ("buyer_logon_id", "zq***@alipay.example"),
    ]);
    shop.visitor().post_raw("/pay/alipay/notification", signed(&fields)).await.expect(200);
}

/// A whole life of a shopper: each of [`VALUES`] is stored somewhere. Everything is over at the end.
async fn lives(shop: &TestShop) -> Shopper {
    let shopper = shop.shopper(USERNAME).await;
    let id = shopper.id;
    shop.execute(&format!(
        "update users set email = 'zephyrina.quux@letters.example' where id = {id};
         update addresses set recipient = 'Zephyrina Quux', phone = '13987654321', region = 'Xanaduprovince',
            street = '77 Marzipan Passage', postcode = 'QX7-9ZZ' where user_id = {id}"
    ));
    let paid = pays_by_alipay(shop, &shopper).await;
    shop.send_orders("true");
    shopper.browser.post(&format!("/orders/{paid}/delivery-confirmation"), &[]).await.expect(303);
    shopper.puts_in_cart(shop.make_sku(9, "5.00"), 1).await;
    let number = shopper.orders().await;
    receive(shop, &shopper, &number).await;
    let line = shop.text(&format!(
        "select g.id from order_goods g join orders o on o.id = g.order_id where o.number = '{number}'"
    ));
    let review = [("line", line.as_str()), ("stars", "4"), ("words", "it smells of juniperberries")];
    shopper.browser.post(&format!("/orders/{number}/reviews"), &review).await.expect(303);
    let clerk = shop.clerk("chen").await;
    clerk.post("/admin/reviews/1/answer", &[("review_answer", "thanks dear Zephyrinchen")]).await.expect(303);
    let line = shop
        .text(&format!("select g.id from order_goods g join orders o on o.id = g.order_id where o.number = '{paid}'"));
    let review = [("line", line.as_str()), ("stars", "2"), ("words", "words of Hortensia")];
    shopper.browser.post(&format!("/orders/{paid}/reviews"), &review).await.expect(303);
    let reason = [("hidden_reason", "hidden because of Octavius")];
    clerk.post("/admin/reviews/2/hiding", &reason).await.expect(303);
    let form = shopper.browser.page("/contact").await;
    let token = form.attribute_of("form[action='/contact'] [name=token]", "value");
    shopper.browser.post("/contact", &[("token", &token), ("question", "where does Ottoline wait")]).await.expect(303);
    let note = [("token", "0123456789abcdef0123"), ("customer_note", "prefers thursdays xyzzyly")];
    clerk.post(&format!("/admin/customers/{id}/notes"), &note).await.expect(303);
    clerk.get("/admin/customers?q=zephyrina.quux%40letters.example").await.expect(200);
    clerk.post(&format!("/admin/orders/{number}/notes"), &[("note", "calls at midnight plughly")]).await;
    clerk
        .post(
            "/admin/blocked-contacts",
            &[("block_kind", "phone"), ("contact", "+86 139 8765 4321"), ("block_reason", "calls at midnight plughly")],
        )
        .await
        .expect(303);
    let address = "xanaduprovince, 77 Marzipan-Passage";
    clerk
        .post(
            "/admin/blocked-contacts",
            &[("block_kind", "address"), ("contact", address), ("block_reason", "calls at midnight plughly")],
        )
        .await
        .expect(303);
    shopper.puts_in_cart(shop.make_sku(9, "7.00"), 1).await;
    shop.execute(&rest_of_a_life(id.0));
    shop.execute(&papers_of_a_life(id.0));
    shop.execute(&fapiao_of_a_life(id.0));
    issue_invoices(shop);
    shop.fill_order_search();
    till::customers::follow_customers(&mut shop.connect(), 1_000, 1_000).unwrap();
    shop.assert_reconciled();
    let mut redis = shop.redis.connect();
    let email = r#"{"at":1,"from":"a","to":"Quillfeather <zephyrina.quux@letters.example>","subject":"s","text":"t","html":"h"}"#;
    let _: () = redis.lpush("mailbox", email).unwrap();
    shopper
}

/// What a life leaves where no page of a test writes.
fn rest_of_a_life(id: i64) -> String {
    format!(
        "insert into returns (order_id, kind, status, reason, words, answer, carrier, tracking_number, token, closed_at)
         select id, 'refund_only', 'declined', 'other', 'torn by Bartholomew', 'Bartholomew is forgiven',
            'Cornelius Carriage', 'RETURN-TRACK-ABRACADABRA', 'token-of-a-return-{id}', now()
         from orders where user_id = {id} order by id limit 1;
         insert into return_pictures (return_id, position, kind, body)
         select id, 1, 'jpg', convert_to('cell of Peregrine', 'UTF8') from returns;
         insert into cancellation_requests (order_id, reason, answered_at, accepted)
         select id, 'cancels because of Leopold', now(), false from orders where user_id = {id} order by id limit 1;
         insert into order_events (order_id, event, actor, user_id, details, mails_at)
         select id, 'cancellation_asked', 'shopper', {id}, jsonb_build_object('reason', 'cancels because of Leopold'), now()
         from orders where user_id = {id} order by id limit 1;
         update payments set last_error = 'unknown mailbox of Zelda' where order_id in
            (select id from orders where user_id = {id});
         insert into outbox (kind, payload, done_at, last_error)
         values ('order_mail', '{{}}', now(), 'no mailbox zephyrina.quux@letters.example, unknown mailbox of Zelda');
         insert into question_messages (question_id, author, staff_id, words, token, mails_at)
         select q.id, 'staff', (select min(id) from users where role = 'staff'), 'Ottoline waits upstairs', repeat('a', 64),
            now() from questions q where user_id = {id};
         insert into audit_log (staff_id, action, target, after)
         select (select min(id) from users where role = 'staff'), 'answer_question', id::text,
            jsonb_build_object('answer', 'Ottoline waits upstairs') from questions where user_id = {id};
         insert into audit_log (staff_id, action, target, after)
         select (select min(id) from users where role = 'staff'), 'refund_order', number,
            jsonb_build_object('amount', '1.00', 'note', 'refund for Persephone')
         from orders where user_id = {id} order by id limit 1;
         insert into audit_log (staff_id, action, target, before, after)
         select (select min(id) from users where role = 'staff'), 'change_order_address', number,
            jsonb_build_object('recipient', 'Zephyrina Quux'), jsonb_build_object('street', '77 Marzipan Passage')
         from orders where user_id = {id} order by id limit 1;
         insert into audit_log (staff_id, action, target, after)
         select (select min(id) from users where role = 'staff'), 'create_customer', '{USERNAME}',
            jsonb_build_object('email', 'zephyrina.quux@letters.example');
         insert into audit_log (staff_id, action, target, after)
         select (select min(id) from users where role = 'staff'), 'settle_payment', p.number,
            jsonb_build_object('note', 'settled for Sebastiana')
         from orders o join payments p on p.order_id = o.id where o.user_id = {id};
         update questions set status = 'answered' where user_id = {id};
         insert into shipment_imports (token, staff_id, file_name, state)
         select 'token-of-an-import-{id}', min(id), 'parcels.csv', 'discarded' from users where role = 'staff';
         insert into shipment_import_lines (import_id, line, cells)
         select i.id, 1, jsonb_build_array(jsonb_build_object('text', o.number), jsonb_build_object('text',
            'cell of Peregrine')) from shipment_imports i, orders o where o.user_id = {id} order by o.id limit 1;
         insert into shipment_import_lines (import_id, line, cells, detail)
         select id, 2, '[{{\"text\": \"Tel. 139 8765-4321\"}}]', 'line for Ludmilla' from shipment_imports;
         insert into shipment_import_parcels (import_id, position, order_id, carrier_id, number, detail)
         select i.id, 1, o.id, (select min(id) from carriers), 'P1', 'parcel for Kunigunde'
         from shipment_imports i, orders o where o.user_id = {id} order by o.id limit 1"
    )
}

/// A question of a guest, pictures, a hold, a refund, and a damaged unit: what needs more than one row to add up.
fn papers_of_a_life(id: i64) -> String {
    format!(
        "insert into questions (email, guest_name, typed_number, language, status, proved_at, token)
         values ('Zephyrina.Quux@letters.example', 'Guestine Fogg', 'TYPED-ABRACADABRA', 'en', 'closed', now(), repeat('c', 64));
         insert into question_messages (question_id, author, words, token, mails_at)
         select id, 'shopper', 'guest asks for Wilhelmina', repeat('d', 64), now() from questions where user_id is null;
         insert into question_pictures (message_id, position, body)
         select id, 1, convert_to('picture of Montgomery', 'UTF8') from question_messages where token = repeat('d', 64);
         insert into review_pictures (review_id, position, body, small_body)
         select id, 1, convert_to('picture of Montgomery', 'UTF8'), convert_to('small picture of Norberta', 'UTF8')
         from reviews where status = 'shown' and user_id = {id};
         update reviews set picture_count = 1 where status = 'shown' and user_id = {id};
         update review_figures f set pictured_count = pictured_count + 1
         from reviews r where r.spu_id = f.spu_id and r.status = 'shown' and r.user_id = {id};
         insert into order_holds (order_id, reason, staff_id)
         select o.id, 'held for Ignatius', (select min(id) from users where role = 'staff')
         from orders o where o.user_id = {id} order by o.id limit 1;
         with bought as (
            select g.sku_id, o.id from orders o join order_goods g on g.order_id = o.id where o.user_id = {id}
            order by o.id limit 1
         ),
         moved as (
            insert into stock_movements (sku_id, delta, reason, order_id, note)
            select sku_id, -1, 'damage', id, 'moved for Jacqueline' from bought
         )
         update skus set stock = stock - 1 where id = (select sku_id from bought);
         with back as (
            insert into refunds (payment_id, number, amount, status, reason, note, last_error, done_at)
            select p.id, 'refund_1', 1, 'done', 'amount', 'paid back for Rosamund', 'unknown mailbox of Zelda', now()
            from payments p join orders o on o.id = p.order_id where o.user_id = {id} and p.counts and p.pay_method = 'alipay'
            returning payment_id
         )
         update orders set refunded_amount = refunded_amount + 1
         where id = (select order_id from payments p join back on back.payment_id = p.id)"
    )
}

/// A request for a fapiao that staff have refused, and a company for an invoice.
fn fapiao_of_a_life(id: i64) -> String {
    format!(
        "insert into fapiao_requests (order_id, kind, title_kind, title, taxpayer_number, address, phone, bank,
            bank_account, email, status, refusal)
         select id, 'special', 'company', 'Zephyrina Quux', '91QUUXABRACADABRA9', '77 Marzipan Passage', '13987654321',
            'bank of Gwendolyn', '622202787878787878', 'zephyrina.quux@letters.example', 'refused',
            'refused for Thaddeus'
         from orders where user_id = {id} order by id limit 1;
         insert into invoice_buyers
         select id, 'Works of Umbrelline', 'VAT-UMBRELLINE-7' from orders where user_id = {id} order by id desc limit 1;
         insert into fapiao_files (request_id, part, format, body)
         select id, 'fapiao', 'pdf', convert_to('file of Ermintrude', 'UTF8') from fapiao_requests"
    )
}

/// Issues the invoices and credit notes that are due.
fn issue_invoices(shop: &TestShop) {
    shop.execute(
        "update store_settings set shop_name_en = 'Paper Shop', shop_name_zh = 'Paper Shop',
            address = '1 Anfu Road, Shanghai', tax_number = '91310000MA1FL8TQ32', version = version + 1;
         update invoice_settings set invoices_from = '2026-01-01';
         update invoice_progress set through = '2026-01-01'",
    );
    let config = shop.config();
    let (first, zone) = (config.first_settings.clone(), config.zone);
    let settings = shop.with(|conn| till::store::settings_or_first(conn, &first));
    let step = till::invoices::issue_due(&mut shop.connect(), (&settings, zone), 10, clock::now()).unwrap();
    assert_eq!((step.issued, step.failed), (3, 0));
}

/// Years go by: the documents become older than the law wants them kept.
fn let_years_pass(shop: &TestShop) {
    shop.execute(
        "set session_replication_role = replica;
         update invoices set issued_at = now() - interval '11 years';
         set session_replication_role = origin",
    );
}

#[tokio::test]
async fn who_asked_to_be_forgotten_is_found_nowhere_and_every_figure_is_as_before() {
    let shop = TestShop::open().await;
    let (other, _) = with_received_order(&shop, "bo").await;
    let shopper = lives(&shop).await;
    let before = found_in(&shop, &VALUES);
    for value in VALUES {
        assert!(before.iter().any(|found| found.ends_with(&format!(": {value}"))), "{value} is stored nowhere");
    }
    for (column, _) in PERSONAL.iter().filter(|(column, _)| !NOT_FILLED.contains(column)) {
        assert!(before.iter().any(|found| found.starts_with(&format!("{column}: "))), "{column} is not filled");
    }
    assert!(!found_in_redis(&shop.redis, &VALUES).is_empty());
    let cart = format!("cart:{{u{}}}", shopper.id);
    assert!(shop.redis.connect().exists::<_, bool>(&cart).unwrap());
    let lin = shop.boss("lin").await;
    let report = format!("/admin/reports/{}", clock::today(shop.config().zone).format("%Y-%m"));
    let report_before = lin.page(&report).await.text_of("main");
    let (figures_before, mismatches) = (figures(&shop), shop.reconciliation_mismatches());
    let of_other = shop.texts(&format!("select recipient || phone || street from orders where user_id = {}", other.id));

    let answer = shopper
        .browser
        .post("/account/data/erasure", &[("erasure_password", PASSWORD), ("confirmed", "true")])
        .await
        .expect(303);
    assert_eq!(answer.location(), "/account/erased");
    assert!(shop.visitor().page("/account/erased").await.text_of("main").contains("10"));

    // Only invoices have the buyer, as long as the law wants it.
    let left = found_in(&shop, &VALUES);
    let kept = |found: &String| found.starts_with("invoices.buyer_") && IN_INVOICES.iter().any(|v| found.ends_with(v));
    assert!(left.iter().all(kept) && left.len() == IN_INVOICES.len(), "{left:#?}");
    assert_eq!(found_in_redis(&shop.redis, &VALUES), Vec::<String>::new());
    assert!(!shop.redis.connect().exists::<_, bool>(&cart).unwrap());
    assert_eq!(figures(&shop), figures_before);
    assert_eq!(lin.page(&report).await.text_of("main"), report_before);
    assert_eq!(shop.reconciliation_mismatches(), mismatches);
    assert_eq!(
        shop.texts(&format!("select recipient || phone || street from orders where user_id = {}", other.id)),
        of_other,
        "nobody else is touched"
    );
    // The session has ended, and nobody signs in by the old or the new name.
    assert!(shopper.browser.get("/account").await.location().starts_with("/sign-in"));
    let new_name = format!("erased#{}", shopper.id);
    for name in [USERNAME, "zephyrina.quux@letters.example", new_name.as_str(), ""] {
        for password in [PASSWORD, ""] {
            shop.visitor().post("/sign-in", &[("username", name), ("password", password)]).await.expect(422);
        }
    }
    // The contact is still blocked, by its digest alone.
    let (bo, number) = with_received_order(&shop, "bo-2").await;
    shop.execute(&format!("update addresses set phone = '13987654321' where user_id = {}", bo.id));
    bo.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
    let form = bo.opens_checkout().await;
    assert!(bo.places(&form).await.expect(422).text_of("main").contains("cannot take this order"), "{number}");
    shop.execute(&format!("update addresses set phone = '13800138000' where user_id = {}", bo.id));
    // Who was erased can begin anew, and a second erased account has no address either.
    let account = [
        ("username", USERNAME),
        ("email", "zephyrina.quux@letters.example"),
        ("password", "a password of the new account"),
    ];
    shop.visitor().post("/sign-up", &account).await.expect(303);
    assert_eq!(shop.number("select count(*) from users where lower(username) = 'quillfeather'"), 1);
    shop.execute("delete from users where lower(username) = 'quillfeather'");
    assert_eq!(erase(&shop, other.id), ErasureOutcome::Erased);
    assert_eq!(shop.number("select count(*) from users where email = '' and erased_at is not null"), 2);
    // Again changes nothing.
    let once = figures(&shop);
    assert_eq!(erase(&shop, shopper.id), ErasureOutcome::Erased);
    assert_eq!(figures(&shop), once);
    // Ten years later the invoices have no buyer any more, and the same amounts.
    let anonymize = || till::invoices::anonymize_due(&mut shop.connect(), 10, clock::now()).unwrap();
    assert_eq!(anonymize(), 0);
    let_years_pass(&shop);
    assert_eq!((anonymize(), anonymize()), (4, 0));
    assert_eq!(found_in(&shop, &VALUES), Vec::<String>::new());
    assert_eq!(figures(&shop), once);
}

#[tokio::test]
async fn a_late_notification_brings_no_data_of_the_buyer_back() {
    let shop = TestShop::open().await;
    let shopper = shop.shopper(USERNAME).await;
    let number = pays_by_alipay(&shop, &shopper).await;
    shop.send_orders("true");
    shopper.browser.post(&format!("/orders/{number}/delivery-confirmation"), &[]).await.expect(303);
    assert_eq!(erase(&shop, shopper.id), ErasureOutcome::Erased);
    let (payment, amount) = (shop.text("select number from payments"), shop.text("select amount from payments"));
    notify(&shop, &payment, &amount, "2026113000222120000000000009").await;
    assert_eq!(shop.texts("select length(body) || ' ' || outcome from payment_notifications order by id").len(), 2);
    assert_eq!(shop.number("select max(length(body)) from payment_notifications"), 0);
    shop.assert_reconciled();
}

#[tokio::test]
async fn an_order_that_is_not_over_is_named_and_nothing_is_erased() {
    let shop = TestShop::open().await;
    let (shopper, received) = with_received_order(&shop, "mei").await;
    shopper.puts_in_cart(shop.make_sku(9, "20.00"), 1).await;
    let open = shopper.orders().await;
    let users = "select md5(string_agg(u::text, '' order by id)) || (select md5(string_agg(o::text, '' order by id))
        from orders o) from users u";
    let before = shop.text(users);
    let erasure = [("erasure_password", PASSWORD), ("confirmed", "true")];
    let page = shopper.browser.post("/account/data/erasure", &erasure).await.expect(422);
    assert!(page.text_of(".notice").contains(&open) && !page.text_of(".notice").contains(&received), "{page}");
    assert_eq!(shop.text(users), before);
    receive(&shop, &shopper, &open).await;
    for (reason, sql) in [
        (
            "return",
            "insert into returns (order_id, kind, reason, token) values (1, 'refund_only', 'other', 'a-token-of-a-return')",
        ),
        ("cash", "update orders set paid_at = null, paid_amount = 0 where id = 1"),
    ] {
        shop.execute(sql);
        let page = shopper.browser.post("/account/data/erasure", &erasure).await.expect(422);
        assert!(page.text_of(".notice").contains(reason), "{reason}: {page}");
        shop.execute("delete from returns; update orders set paid_at = now(), paid_amount = total_amount where id = 1");
    }
    let token = shopper.browser.page("/contact").await.attribute_of("form[action='/contact'] [name=token]", "value");
    shopper.browser.post("/contact", &[("token", &token), ("question", "still there?")]).await.expect(303);
    let page = shopper.browser.post("/account/data/erasure", &erasure).await.expect(422);
    assert!(page.text_of(".notice").contains("waits for an answer"), "{page}");
    let seen = shop.text("select id from question_messages");
    shopper.browser.post("/questions/1/closing", &[("seen", &seen)]).await.expect(303);
    shopper
        .browser
        .post("/account/data/erasure", &[("erasure_password", "wrong"), ("confirmed", "true")])
        .await
        .expect(422);
    shopper.browser.post("/account/data/erasure", &[("erasure_password", PASSWORD)]).await.expect(422);
    shopper.browser.post("/account/data/erasure", &erasure).await.expect(303);
}

#[tokio::test]
async fn an_account_of_staff_is_not_erased() {
    let shop = TestShop::open().await;
    let clerk = shop.clerk("chen").await;
    assert!(!clerk.page("/account/data").await.has("#erasure_password"));
    let erasure = [("erasure_password", PASSWORD), ("confirmed", "true")];
    clerk.post("/account/data/erasure", &erasure).await.expect(422);
    assert_eq!(shop.text("select username from users"), "chen");
}

#[tokio::test]
async fn a_payment_that_comes_in_for_an_erased_order_goes_back() {
    let shop = TestShop::open().await;
    let shopper = shop.shopper(USERNAME).await;
    shopper.puts_in_cart(shop.make_sku(9, "20.00"), 2).await;
    let form = OrderForm { pay_method: "alipay".into(), ..shopper.opens_checkout().await };
    let number = order_number(&shopper.places(&form).await.expect(303));
    let payment = opens_payment(&shop, &number);
    assert!(matches!(erase(&shop, shopper.id), ErasureOutcome::Open(_)));
    // It expires, as does the payment at the gateway, an hour ago.
    shop.execute(
        "update orders set placed_at = now() - interval '3 hours', expires_at = now() - interval '2 hours';
         update payments set created_at = now() - interval '3 hours', expires_at = now() - interval '2 hours'",
    );
    let expired = till::lifecycle::cancel_expired(&mut shop.connect(), clock::now(), 10).unwrap();
    assert_eq!(expired, 1);
    assert_eq!(erase(&shop, shopper.id), ErasureOutcome::Erased);
    notify(&shop, &payment.number, &payment.amount.plain(), "2026113000222120000000000001").await;
    let keys = till::payments::PayLinkKey::of(shop.config().session_key.master());
    shop.visitor().get(&keys.path(&number.parse().unwrap())).await.expect(404);
    let state = "select concat_ws(' ', o.status, p.status, p.counts, r.status, length(n.body))
        from orders o join payments p on p.order_id = o.id join refunds r on r.payment_id = p.id
        join payment_notifications n on n.payment_id = p.id";
    assert_eq!(shop.text(state), "canceled paid f wanted 0");
    shop.assert_reconciled();
}

#[tokio::test]
async fn common_words_in_an_address_erase_nothing_about_others() {
    let shop = TestShop::open().await;
    let (bo, number) = with_received_order(&shop, "bo").await;
    let mallory = shop.shopper("filter").await;
    let clerk = shop.clerk("chen").await;
    clerk.post(&format!("/admin/orders/{number}/notes"), &[("note", "calls at midnight")]).await.expect(303);
    clerk.page("/admin/customers?q=somebody").await;
    shop.execute(
        "insert into shipment_imports (token, staff_id, file_name, state)
         select 'token-of-an-import', min(id), 'parcels.csv', 'discarded' from users where role = 'staff';
         insert into shipment_import_lines (import_id, line, cells) values (1, 1, '[{\"text\": \"SF\"}]');
         insert into outbox (kind, payload, done_at, last_error) values ('order_mail', '{}', now(), 'no note of 2026-11-30')",
    );
    let of_others = "select md5(string_agg(a::text, '' order by id)) || (select string_agg(cells::text, '') from
        shipment_import_lines) || (select string_agg(last_error, '') from outbox) from audit_log a";
    let before = shop.text(of_others);
    // What a shopper may choose: words that stand in every entry.
    for (recipient, street) in
        [("note", "x"), ("text", "SF"), ("filter", "note"), ("2026", "2026"), ("calls", "midnight")]
    {
        shop.execute(&format!(
            "update addresses set recipient = '{recipient}', street = '{street}', phone = '20261130' where user_id = {}",
            mallory.id
        ));
    }
    assert_eq!(erase(&shop, mallory.id), ErasureOutcome::Erased);
    assert_eq!(shop.text(of_others), before);
    assert_eq!(shop.number(&format!("select count(*) from orders where user_id = {} and recipient <> ''", bo.id)), 1);
}
