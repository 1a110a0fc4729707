//! Orders that share a transaction.

use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicU8, Ordering},
};
use till::{
    accounts::{self, SessionClaim},
    cart::Entry,
    checkout::{self, Batch, Command, LockWait, Outcome, PlacedBy, Refusal, Terms},
    kernel::{Freight, Language, Money, PayMethod, Quantity, SkuId, UserId},
    platform::{clock, random},
};

use super::placing::in_cart;
use crate::support::{Database, TestShop};

pub(super) const TERMS: Terms = Terms {
    freight: Freight { charge: Money::ZERO, free_from: Money::ZERO },
    pay_within: std::time::Duration::from_secs(1800),
    limits: till::config::OrderLimits { open: 0, per_sku: 0, per_product: 0, expired: 0 },
    zone: chrono::FixedOffset::east_opt(0).unwrap(),
    chance: random::random_bytes,
};

/// A command for these SKUs and counts, for 20.00 each.
pub(super) fn command(database: &Database, user: UserId, token: &str, wanted: &[(SkuId, i64)]) -> Command {
    let address = database.number(&format!("select id from addresses where user_id = {user}"));
    let person = accounts::user_by_id(&mut database.connect(), user).unwrap().unwrap();
    let entry = |&(sku_id, count): &(SkuId, i64)| {
        let count = Quantity::new(count).unwrap();
        Entry { sku_id, count, selected: true, price_when_added: None }
    };
    let pieces: i64 = wanted.iter().map(|(_, count)| count).sum();
    Command {
        placed_by: PlacedBy::Shopper(SessionClaim::of(&person)),
        token: format!("{token}-of-the-button").parse().unwrap(),
        address: till::kernel::AddressId(address),
        shown_address: None,
        pay_method: PayMethod::Cod,
        expected_total: format!("{}.00", pieces * 20).parse().unwrap(),
        note: String::new(),
        cart: till::cart::CartVersion::default(),
        entries: wanted.iter().map(entry).collect(),
        shown_prices: HashMap::new(),
        language: Language::En,
    }
}

/// Creates this many users, each with an address.
pub(super) fn people(database: &Database, how_many: usize) -> Vec<UserId> {
    let person = |n| {
        let user = database.make_user(&format!("person-{n}"));
        database.make_address(user);
        user
    };
    (0..how_many).map(person).collect()
}

fn place(database: &Database, commands: &[Command], lock_wait: LockWait, terms: &Terms) -> Vec<Outcome> {
    checkout::place(&mut database.connect(), commands, &Batch::new(lock_wait), terms, clock::now()).unwrap()
}

/// Places the commands on another thread, again while their SKUs are locked.
fn placed_in_the_end(database: &Database, commands: Vec<Command>) -> std::thread::JoinHandle<Vec<Outcome>> {
    let mut conn = database.connect();
    std::thread::spawn(move || {
        loop {
            let outcomes =
                checkout::place(&mut conn, &commands, &Batch::new(LockWait::InTransaction), &TERMS, clock::now())
                    .unwrap();
            if !outcomes.iter().any(|outcome| matches!(outcome, Err(Refusal::LockTimeout))) {
                return outcomes;
            }
        }
    })
}

/// The outcomes as texts: placed, how much is left, or what else happened.
pub(super) fn told(outcomes: &[Outcome]) -> Vec<String> {
    let say = |outcome: &Outcome| match outcome {
        Ok(placed) if placed.owed.is_some() => "placed".to_owned(),
        Ok(_) => "placed before".to_owned(),
        Err(Refusal::OutOfStock(short)) => {
            let left: Vec<_> = short.iter().map(|short| format!("{} of {}", short.left, short.wanted)).collect();
            format!("left {}", left.join(", "))
        }
        Err(refusal) => format!("{refusal:?}").split('(').next().unwrap().to_owned(),
    };
    outcomes.iter().map(say).collect()
}

#[actix_web::test]
async fn what_is_left_goes_to_those_who_came_first_and_only_the_short_ones_are_refused() {
    let database = Database::migrated();
    let (hot, other) = (database.make_sku(5, "20.00"), database.make_sku(50, "20.00"));
    let who = people(&database, 6);
    let wanted: [&[(SkuId, i64)]; 6] =
        [&[(hot, 2)], &[(other, 1)], &[(hot, 2), (other, 1)], &[(hot, 2)], &[(other, 3)], &[(hot, 1)]];
    let commands: Vec<_> =
        who.iter().zip(wanted).map(|(who, wanted)| command(&database, *who, "press", wanted)).collect();

    let outcomes = place(&database, &commands, LockWait::InTransaction, &TERMS);

    assert_eq!(told(&outcomes), ["placed", "placed", "placed", "left 1 of 2", "placed", "placed"]);
    assert_eq!(database.texts("select concat_ws(' ', stock, sales) from skus order by id"), ["0 5", "45 5"]);
    let in_order = "select user_id from orders order by id";
    let placed: Vec<_> = [0, 1, 2, 4, 5].map(|n| who[n].to_string()).into();
    assert_eq!(database.texts(in_order), placed, "orders are numbered as they came");
    assert_eq!(database.number("select count(distinct xmin::text) from orders"), 1, "all of it is one transaction");
    database.assert_reconciled();
}

#[actix_web::test]
async fn goods_that_somebody_sold_since_the_look_are_refused_one_by_one() {
    let database = Database::migrated();
    let sku = database.make_sku(3, "20.00");
    let who = people(&database, 4);
    let commands: Vec<_> = who.iter().map(|who| command(&database, *who, "press", &[(sku, 1)])).collect();
    // Between the validation and the update another transaction takes two of them.
    let mut other = database.connect();
    other
        .batch_execute(&format!(
            "begin; update skus set stock = stock - 2 where id = {sku};
             insert into stock_movements (sku_id, delta, reason) values ({sku}, -2, 'damage')"
        ))
        .unwrap();
    let placing = placed_in_the_end(&database, commands);
    database.somebody_waits().await;
    other.batch_execute("commit").unwrap();

    let outcomes = placing.join().unwrap();

    assert_eq!(told(&outcomes), ["placed", "left 0 of 1", "left 0 of 1", "left 0 of 1"]);
    database.assert_reconciled();
}

#[actix_web::test]
async fn goods_that_were_taken_down_since_the_look_are_not_sold() {
    let database = Database::migrated();
    let sku = database.make_sku(3, "20.00");
    let who = people(&database, 1);
    let commands = vec![command(&database, who[0], "press", &[(sku, 1)])];
    // Locks as a member of staff who unpublishes the product does: the SKUs first.
    let mut other = database.connect();
    let spu = database.spu_of(sku);
    other
        .batch_execute(&format!(
            "begin; select from skus where id = {sku} for no key update;
             update spus set published = false, version = version + 1 where id = {spu}"
        ))
        .unwrap();
    let placing = placed_in_the_end(&database, commands);
    database.somebody_waits().await;
    other.batch_execute("commit").unwrap();

    assert_eq!(told(&placing.join().unwrap()), ["left 0 of 1"]);
    assert_eq!(database.text("select stock from skus"), "3");
    database.assert_reconciled();
}

#[actix_web::test]
async fn one_token_leads_to_one_order_also_within_a_batch() {
    let database = Database::migrated();
    let sku = database.make_sku(9, "20.00");
    let who = people(&database, 2);
    let commands: Vec<_> =
        [0, 1, 0, 1, 0].map(|n| command(&database, who[n], "press", &[(sku, 1)])).into_iter().collect();

    let outcomes = place(&database, &commands, LockWait::InTransaction, &TERMS);

    assert_eq!(told(&outcomes), ["placed", "placed", "placed before", "placed before", "placed before"]);
    let number = |n: usize| outcomes[n].as_ref().unwrap().number.clone();
    assert_eq!((number(2), number(3), number(4)), (number(0), number(1), number(0)));
    assert_eq!(told(&place(&database, &commands[..1], LockWait::InTransaction, &TERMS)), ["placed before"]);
    assert_eq!(database.number("select count(*) from orders"), 2);
    database.assert_reconciled();
}

#[actix_web::test]
async fn a_token_that_got_the_last_one_is_not_told_sold_out_within_its_batch() {
    let database = Database::migrated();
    let sku = database.make_sku(1, "20.00");
    let who = people(&database, 2);
    let mut commands: Vec<_> =
        [0, 0, 1].map(|n| command(&database, who[n], "press", &[(sku, 1)])).into_iter().collect();
    // The command differs, but the token is the same.
    commands[1].note = "Please ring twice.".into();

    let outcomes = place(&database, &commands, LockWait::InTransaction, &TERMS);

    assert_eq!(told(&outcomes), ["placed", "placed before", "left 0 of 1"]);
    database.assert_reconciled();
}

#[actix_web::test]
async fn a_number_that_is_taken_is_drawn_again_and_spoils_nobody_elses_order() {
    static DRAWN: AtomicU8 = AtomicU8::new(0);
    /// The second and third number are the same as the first.
    fn seldom_new() -> [u8; 6] {
        let n = DRAWN.fetch_add(1, Ordering::SeqCst);
        [if n < 3 { 0 } else { n }; 6]
    }
    let database = Database::migrated();
    let sku = database.make_sku(9, "20.00");
    let who = people(&database, 1)[0];
    let commands = ["one", "two", "three"].map(|token| command(&database, who, token, &[(sku, 1)]));
    let terms = Terms { chance: seldom_new, ..TERMS };

    let outcomes = place(&database, &commands, LockWait::InTransaction, &terms);

    assert_eq!(told(&outcomes), ["placed", "placed", "placed"]);
    assert_eq!(database.number("select count(distinct number) from orders"), 3);
    database.assert_reconciled();
}

#[actix_web::test]
async fn an_order_that_the_database_refuses_takes_no_other_with_it() {
    let database = Database::migrated();
    let sku = database.make_sku(9, "20.00");
    let who = people(&database, 3);
    let mut commands: Vec<_> = who.iter().map(|who| command(&database, *who, "press", &[(sku, 1)])).collect();
    commands[1].note = "n".repeat(501);

    let outcomes = place(&database, &commands, LockWait::InTransaction, &TERMS);

    assert_eq!(told(&outcomes), ["placed", "Fault", "placed"]);
    assert_eq!(database.number("select count(*) from orders"), 2);
    database.assert_reconciled();
}

#[actix_web::test]
async fn goods_that_somebody_holds_keep_nobody_elses_order_waiting() {
    let database = Database::migrated();
    let (held, free) = (database.make_sku(9, "20.00"), database.make_sku(9, "20.00"));
    let cousin = database.make_sku_of(database.spu_of(free), 9, "20.00");
    let who = people(&database, 4);
    let wanted: [&[(SkuId, i64)]; 4] = [&[(held, 1)], &[(free, 1)], &[(held, 1), (free, 1)], &[(cousin, 1)]];
    let commands: Vec<_> =
        who.iter().zip(wanted).map(|(who, wanted)| command(&database, *who, "press", wanted)).collect();
    let mut holder = database.connect();
    holder.batch_execute(&format!("begin; select from skus where id = {held} for update")).unwrap();

    let outcomes = place(&database, &commands, LockWait::InTransaction, &TERMS);

    assert_eq!(told(&outcomes), ["LockTimeout", "placed", "LockTimeout", "placed"]);
    holder.batch_execute("rollback").unwrap();
    let again = place(&database, &commands, LockWait::Beforehand, &TERMS);
    assert_eq!(told(&again), ["placed", "placed before", "placed", "placed before"]);
    // The existing order is the answer, even if its SKU is locked.
    holder.batch_execute(&format!("begin; select from skus where id = {held} for update")).unwrap();
    let later = place(&database, &commands, LockWait::Beforehand, &TERMS);
    assert_eq!(told(&later), ["placed before"; 4]);
    holder.batch_execute("rollback").unwrap();
    database.assert_reconciled();
}

#[actix_web::test]
async fn a_product_that_somebody_holds_keeps_only_its_own_orders_waiting() {
    let database = Database::migrated();
    let (held, free) = (database.make_sku(9, "20.00"), database.make_sku(9, "20.00"));
    let who = people(&database, 2);
    let commands =
        [command(&database, who[0], "press", &[(held, 1)]), command(&database, who[1], "press", &[(free, 1)])];
    let mut holder = database.connect();
    holder.batch_execute(&format!("begin; select from spus where id = {} for update", database.spu_of(held))).unwrap();

    let outcomes = place(&database, &commands, LockWait::InTransaction, &TERMS);

    assert_eq!(told(&outcomes), ["LockTimeout", "placed"]);
    assert_eq!(database.texts("select stock from skus order by id"), ["9", "8"]);
    database.assert_reconciled();
}

#[actix_web::test]
async fn while_somebody_holds_a_sku_others_buy_on_and_its_shopper_gets_it_in_the_end() {
    let shop = TestShop::open().await;
    let (held, free) = (shop.make_sku(9, "20.00"), shop.make_sku(9, "20.00"));
    let (mei, chen) = (shop.shopper("mei").await, shop.shopper("chen").await);
    mei.puts_in_cart(held, 1).await;
    chen.puts_in_cart(free, 1).await;
    let form = mei.opens_checkout().await;
    let mut holder = shop.connect();
    holder.batch_execute(&format!("begin; select from skus where id = {held} for update")).unwrap();

    let waits = mei.places(&form);
    let goes_on = async {
        shop.somebody_waits().await;
        let number = chen.orders().await;
        holder.batch_execute("rollback").unwrap();
        number
    };
    let (answer, _) = futures_util::future::join(waits, goes_on).await;

    answer.expect(303);
    assert_eq!(shop.texts("select stock from skus order by id"), ["8", "8"]);
    assert_eq!((in_cart(&shop, &mei).await, in_cart(&shop, &chen).await), (vec![], vec![]));
    shop.assert_reconciled();
}

#[actix_web::test]
async fn whoever_waits_for_one_of_their_goods_keeps_nobody_waiting_for_the_others() {
    let shop = TestShop::open().await;
    let (hot, held) = (shop.make_sku(99, "20.00"), shop.make_sku(9, "20.00"));
    let mut waiting = Vec::new();
    for n in 0..3 {
        let shopper = shop.shopper(&format!("waiting-{n}")).await;
        shopper.puts_in_cart(hot, 1).await;
        shopper.puts_in_cart(held, 1).await;
        let form = shopper.opens_checkout().await;
        waiting.push((shopper, form));
    }
    let mut buyers = Vec::new();
    for n in 0..8 {
        let buyer = shop.shopper(&format!("buyer-{n}")).await;
        buyer.puts_in_cart(hot, 1).await;
        let form = buyer.opens_checkout().await;
        buyers.push((buyer, form));
    }
    let mut holder = shop.connect();
    holder.batch_execute(&format!("begin; select from skus where id = {held} for update")).unwrap();

    let wait = join_all(waiting.iter().map(|(shopper, form)| shopper.places(form)));
    let buy = async {
        shop.somebody_waits().await;
        let bought = join_all(buyers.iter().map(|(buyer, form)| buyer.places(form))).await;
        holder.batch_execute("rollback").unwrap();
        bought
    };
    let (waited, bought) = futures_util::future::join(wait, buy).await;

    assert!(
        bought.iter().all(|answer| answer.status == 303),
        "{:?}",
        bought.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    // Unless the machine is so slow that it took three seconds.
    assert!(waited.iter().all(|answer| matches!(answer.status, 303 | 503)));
    shop.assert_reconciled();
}

#[actix_web::test]
async fn when_the_queue_is_full_the_form_is_kept_and_nothing_has_happened() {
    let shop = TestShop::with(&[("CHECKOUT_QUEUE", "1")]).await;
    let sku = shop.make_sku(100, "20.00");
    let mut shoppers = Vec::new();
    for n in 0..12 {
        let shopper = shop.shopper(&format!("shopper-{n}")).await;
        shopper.puts_in_cart(sku, 1).await;
        let form = shopper.opens_checkout().await;
        shoppers.push((shopper, form));
    }
    // No checkout continues until all have been sent.
    let mut holder = shop.connect();
    holder.batch_execute("begin; lock table users").unwrap();
    let pressed = join_all(shoppers.iter().map(|(shopper, form)| shopper.places(form)));
    let let_go = async {
        shop.somebody_waits().await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        holder.batch_execute("rollback").unwrap();
    };
    let (answers, ()) = futures_util::future::join(pressed, let_go).await;

    let (placed, busy): (Vec<_>, Vec<_>) = answers.iter().zip(&shoppers).partition(|(answer, _)| answer.status == 303);
    assert!(!placed.is_empty() && !busy.is_empty());
    for (answer, (shopper, form)) in &busy {
        assert_eq!(answer.status, 503, "{answer}");
        assert!(!answer.header("retry-after").is_empty());
        assert!(answer.text_of(".problem").contains("Nothing was ordered"), "{answer}");
        assert_eq!(answer.attribute_of("[name=checkout_token]", "value"), form.token);
        assert_eq!(in_cart(&shop, shopper).await.len(), 1);
    }
    assert_eq!(shop.number("select count(*) from orders"), i64::try_from(placed.len()).unwrap());
    for (_, (shopper, form)) in &busy {
        shopper.places(form).await.expect(303);
    }
    shop.assert_reconciled();
}
