//! Many shoppers and staff who change the same reviews at the same moment.

use std::{sync::Arc, thread};

use rand::{Rng, SeedableRng, rngs::StdRng};
use till::{
    kernel::{Language, OrderId, OrderLineId, ReviewId, UserId},
    lifecycle::{ReviewOutcome, write_review},
    platform::{clock, db},
    reviews::{
        NewReview, ReviewPicture, ReviewText, add_review_picture, answer_review, approve_review, edit_review,
        hide_review, lock_review, show_again,
    },
};

use super::Scene;

fn text(chance: &mut StdRng) -> ReviewText {
    let stars = chance.random_range(1..=5).to_string().parse().unwrap();
    ReviewText { stars, words: format!("Number {}", chance.random_range(0..1000)) }
}

#[tokio::test]
async fn hiding_editing_and_showing_at_the_same_moment_keep_the_sum_true() {
    let scene = Scene::received().await;
    let shop = &scene.shop;
    // Twelve orders of the same product; half of their lines are reviewed while staff moderate.
    shop.execute(
        "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, paid_amount, recipient, phone, region, street, postcode, placed_at, paid_at, sent_at, received_at)
         select '2026113012000000000000' || lpad(n::text, 1, '0') || 'ABCDE' || chr(64 + n), user_id, repeat('t', 20) || n,
            'unreviewed', pay_method, 1, 20, 10, 30, 30, recipient, phone, region, street, postcode, now(), now(), now(),
            now()
         from orders, generate_series(1, 9) n where id = 1;
         insert into payments (order_id, pay_method, number, amount, status, counts, expires_at, paid_at)
         select id, 'cod', number || '_1', 30, 'paid', true, now(), now() from orders where id > 1;
         insert into order_goods (order_id, sku_id, name, options, price, count, sent_count)
         select id, 1, 'Shirt', 'Red', 20, 1, 1 from orders where id > 1;
         insert into shipments (order_id, carrier_id, number) select id, 1, 'SF' || id from orders where id > 1;
         insert into shipment_goods (shipment_id, order_goods_id, count)
         select s.id, g.id, 1 from shipments s join order_goods g on g.order_id = s.order_id where s.order_id > 1;
         update skus set stock = stock - 9, sales = sales + 9 where id = 1;
         update spus set sales = sales + 9 where id = 1;
         update orders o set status = o.status",
    );
    shop.assert_reconciled();
    let lines: Vec<(i64, i64)> = shop
        .texts("select order_id || ' ' || id from order_goods where sku_id in (1, 2) order by id")
        .iter()
        .map(|both| both.split_once(' ').unwrap())
        .map(|(order, line)| (order.parse().unwrap(), line.parse().unwrap()))
        .collect();
    assert!(lines.len() >= 10, "{lines:?}");
    let (lines, shopper) = (Arc::new(lines), shop.number("select id from users where username = 'mei'"));
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut people = Vec::new();
    for n in 0..24 {
        let (mut conn, lines) = (shop.connect(), Arc::clone(&lines));
        let mut chance = StdRng::seed_from_u64(seed.wrapping_add(n));
        people.push(thread::spawn(move || {
            for _ in 0..25 {
                let (order, line) = lines[chance.random_range(0..lines.len())];
                let (order, choice, text) = (OrderId(order), chance.random_range(0..7), text(&mut chance));
                let needs_approval = chance.random_bool(0.3);
                db::transaction(&mut conn, |conn| -> diesel::QueryResult<()> {
                    let now = clock::now();
                    let new = NewReview {
                        line: OrderLineId(line),
                        text: text.clone(),
                        language: Language::En,
                        needs_approval,
                    };
                    let id = match write_review(conn, order, &new, UserId(shopper), now)? {
                        ReviewOutcome::Written(review) => review.id,
                        ReviewOutcome::WrittenBefore(id) => id,
                        refused => panic!("{refused:?}"),
                    };
                    act(conn, (order, id), choice, &text, needs_approval)
                })
                .expect("no error reaches anybody");
            }
        }));
    }
    for person in people {
        person.join().unwrap();
    }
    assert_eq!(shop.number("select count(*) from reviews"), i64::try_from(lines.len()).unwrap());
    assert!(shop.number("select count(*) from reviews where edited_at is not null") > 0);
    assert!(shop.number("select count(*) from review_pictures") > 0);
    assert_eq!(shop.number("select deadlocks from pg_stat_database where datname = current_database()"), 0);
    shop.assert_reconciled();
}

fn act(
    conn: &mut diesel::PgConnection,
    (order, id): (OrderId, ReviewId),
    choice: u32,
    text: &ReviewText,
    needs_approval: bool,
) -> diesel::QueryResult<()> {
    let now = clock::now();
    match choice {
        0 | 1 => {
            let before = lock_review(conn, order, id)?.unwrap();
            // The one edit of each review is given back, so that there are more of them.
            let again = till::reviews::Review { edited_at: None, ..before };
            edit_review(conn, &again, text, needs_approval, now).map(drop)
        }
        2 => {
            let before = lock_review(conn, order, id)?.unwrap();
            let picture = ReviewPicture { body: b"x".to_vec(), small_body: b"x".to_vec() };
            add_review_picture(conn, &before, &picture, needs_approval).map(drop)
        }
        3 => hide_review(conn, id, "Rude", now).map(drop),
        4 => {
            let seen = lock_review(conn, order, id)?.unwrap().version;
            show_again(conn, id, seen, now).map(drop)
        }
        5 => {
            let seen = lock_review(conn, order, id)?.unwrap().version;
            approve_review(conn, id, seen, now).map(drop)
        }
        _ => answer_review(conn, id, "Thank you", now).map(drop),
    }
}
