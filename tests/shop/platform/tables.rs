//! Constraints of the tables, which hold whatever a program tries.

use diesel::{
    connection::SimpleConnection,
    result::{DatabaseErrorKind, Error},
};

use crate::support::Database;

#[track_caller]
fn refused(database: &Database, statement: &str, kind: impl Fn(&DatabaseErrorKind) -> bool) {
    match database.connect().batch_execute(statement) {
        Err(Error::DatabaseError(found, _)) if kind(&found) => {}
        other => panic!("{statement}: {other:?}"),
    }
}

fn check(kind: &DatabaseErrorKind) -> bool {
    matches!(kind, DatabaseErrorKind::CheckViolation)
}

fn unique(kind: &DatabaseErrorKind) -> bool {
    matches!(kind, DatabaseErrorKind::UniqueViolation)
}

fn foreign_key(kind: &DatabaseErrorKind) -> bool {
    matches!(kind, DatabaseErrorKind::ForeignKeyViolation)
}

#[test]
fn stock_and_sales_are_never_below_zero() {
    let database = Database::migrated();
    let sku = database.make_sku(1, "9.90");
    for statement in [
        format!("update skus set stock = stock - 2 where id = {sku}"),
        format!("update skus set sales = -1 where id = {sku}"),
        format!("update skus set price = -0.01 where id = {sku}"),
        format!("update skus set list_price = -0.01 where id = {sku}"),
        "update spus set sales = -1".to_owned(),
    ] {
        refused(&database, &statement, check);
    }
    assert_eq!(database.number("select stock from skus"), 1);
}

#[test]
fn a_line_has_one_review_and_figures_that_can_be() {
    let database = Database::migrated();
    let (sku, user) = (database.make_sku(1, "9.90"), database.make_user("mei"));
    database.execute(&format!(
        "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
            total_amount, recipient, phone, region, street, postcode, received_at)
         values ('20261130120000000000001ABCDEF', {user}, repeat('t', 20), 'unreviewed', 'cod', 1, 9.90, 0, 9.90, 'Mei',
            '13800138000', 'Shanghai', '1 Road', '', now());
         insert into order_goods (order_id, sku_id, name, options, price, count) values (1, {sku}, 'Thing', '', 9.90, 1)"
    ));
    let review = |columns: &str, values: &str| {
        format!(
            "insert into reviews (order_goods_id, order_id, spu_id, user_id, options, language{columns})
             values (1, 1, 1, {user}, '', 'en'{values})"
        )
    };
    for (columns, values) in [
        (", stars, status", ", 0, 'shown'"),
        (", stars, status", ", 6, 'shown'"),
        (", stars, status", ", 5, 'liked'"),
        (", stars, status", ", 5, 'hidden'"),
        (", stars, status, hidden_reason", ", 5, 'shown', 'Rude'"),
        (", stars, status, picture_count", ", 5, 'shown', 6"),
        (", stars, status, words", ", 5, 'shown', repeat('x', 1001)"),
        (", stars, status, answer", ", 5, 'shown', 'Thanks'"),
    ] {
        refused(&database, &review(columns, values), check);
    }
    let good = review(", stars, status", ", 5, 'shown'");
    database.execute(&good);
    refused(&database, &good, unique);
    for figures in ["1, 6, 0", "1, 0, 0", "-1, -1, 0", "1, 5, 2", "0, 0, -1"] {
        refused(&database, &format!("insert into review_figures values (1, {figures})"), check);
    }
}

#[test]
fn a_stock_movement_is_written_once_and_never_changed() {
    let database = Database::migrated();
    let sku = database.make_sku(5, "9.90");
    for statement in ["update stock_movements set delta = 6", "delete from stock_movements"] {
        refused(&database, statement, |kind| !matches!(kind, DatabaseErrorKind::CheckViolation));
    }
    refused(
        &database,
        &format!("insert into stock_movements (sku_id, delta, reason) values ({sku}, 0, 'delivery')"),
        check,
    );
    refused(
        &database,
        &format!("insert into stock_movements (sku_id, delta, reason) values ({sku}, 1, 'theft')"),
        check,
    );
    refused(&database, "insert into stock_movements (sku_id, delta, reason) values (99, 1, 'delivery')", foreign_key);
    // A movement of a cancellation names its order, and no other movement does.
    refused(
        &database,
        &format!("insert into stock_movements (sku_id, delta, reason) values ({sku}, 1, 'cancellation')"),
        check,
    );
    assert_eq!(database.number("select sum(delta) from stock_movements"), 5);
}

#[test]
fn nobody_has_two_default_addresses() {
    let database = Database::migrated();
    let (mei, bo) = (database.make_user("mei"), database.make_user("bo"));
    for _ in 0..2 {
        database.make_address(mei);
        database.make_address(bo);
    }
    assert_eq!(database.number("select count(*) from addresses where is_default"), 2);
    refused(&database, &format!("update addresses set is_default = true where user_id = {mei}"), unique);
}

#[test]
fn a_name_and_an_address_belong_to_one_person_however_they_are_written() {
    let database = Database::migrated();
    database.make_user("mei");
    for (username, email) in [("MEI", "other@example.com"), ("other", "Mei@Example.com")] {
        let statement =
            format!("insert into users (username, email, password_hash) values ('{username}', '{email}', 'x')");
        refused(&database, &statement, unique);
    }
    refused(&database, "update users set role = 'owner'", check);
}

#[test]
fn an_order_adds_up_and_belongs_to_one_press_of_the_button() {
    let database = Database::migrated();
    let (mei, sku) = (database.make_user("mei"), database.make_sku(5, "9.90"));
    let order = |number: &str, token: &str, amounts: &str| {
        format!(
            "insert into orders (number, user_id, checkout_token, status, pay_method, total_count, goods_amount, freight,
                total_amount, recipient, phone, region, street, postcode)
             values ('20261121093000000000042{number}', {mei}, '{token}', 'unsent', 'cod', 1, {amounts},
                'Mei', '13800138000', 'Shanghai', 'Anfu Road', '')"
        )
    };
    let token = "0123456789abcdef0123456789abcdef";
    database.execute(&order("AAAAAA", token, "9.90, 10.00, 19.90"));
    refused(&database, &order("AAAAAB", token, "9.90, 10.00, 19.90"), unique);
    refused(&database, &order("AAAAAA", "another-token-of-hers", "9.90, 10.00, 19.90"), unique);
    refused(&database, &order("AAAAAC", "another-token-of-hers", "9.90, 10.00, 19.91"), check);
    refused(&database, &order("aaaaac", "another-token-of-hers", "9.90, 10.00, 19.90"), check);
    refused(&database, &order("AAAAAD", "short", "9.90, 10.00, 19.90"), check);

    // The status and the times of an order must agree.
    refused(&database, "update orders set status = 'canceled'", check);
    refused(&database, "update orders set canceled_at = now()", check);
    refused(&database, "update orders set status = 'unpaid'", check);
    refused(&database, "update orders set status = 'lost'", check);
    refused(&database, "update orders set pay_method = 'barter'", check);

    let goods = |count: i32| {
        format!(
            "insert into order_goods (order_id, sku_id, name, price, count)
             select id, {sku}, 'Thing', 9.90, {count} from orders"
        )
    };
    refused(&database, &goods(0), check);
    database.execute(&goods(1));
    refused(&database, &goods(1), unique);
    refused(&database, "delete from orders", foreign_key);
    refused(&database, "delete from skus", foreign_key);
}

#[test]
fn a_sku_has_one_value_of_each_option_and_only_of_that_option() {
    let database = Database::migrated();
    let spu = database.make_spu("Phone");
    let sku = database.make_sku_of(spu, 1, "9.90");
    let colours = database.make_option(spu, "Colour", &["blue", "red"]);
    let sizes = database.make_option(spu, "Size", &["small"]);
    database.set_option(sku, colours[0]);
    refused(
        &database,
        &format!(
            "insert into sku_option_values (sku_id, option_id, option_value_id)
             select {sku}, option_id, id from option_values where id = {}",
            colours[1]
        ),
        unique,
    );
    refused(
        &database,
        &format!(
            "insert into sku_option_values (sku_id, option_id, option_value_id)
             select {sku}, (select max(id) from options), {}",
            colours[1]
        ),
        foreign_key,
    );
    database.set_option(sku, sizes[0]);
}

#[test]
fn a_text_is_of_exactly_one_thing() {
    let database = Database::migrated();
    let spu = database.make_spu("Phone");
    database.execute(&format!("insert into texts (language, spu_id, name) values ('zh', {spu}, '手机')"));
    refused(&database, &format!("insert into texts (language, spu_id, name) values ('zh', {spu}, '电话')"), unique);
    refused(&database, "insert into texts (language, name) values ('zh', '手机')", check);
    refused(&database, &format!("insert into texts (language, spu_id, name) values ('fr', {spu}, 'x')"), check);
    refused(
        &database,
        &format!("insert into texts (language, spu_id, category_id, name) select 'en', {spu}, id, 'x' from categories"),
        check,
    );
}
