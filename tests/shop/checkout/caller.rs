//! Orders that staff place for callers.

use futures_util::future::join_all;
use till::{
    accounts::{self, SessionClaim},
    checkout::{self, Batch, Command, LockWait, PlacedBy, PlacedByStaff, Refusal},
    kernel::UserId,
    platform::clock,
};

use super::together::{TERMS, command, people};
use crate::support::{Answer, Browser, Form, Shopper, TestShop};

/// The form that orders for a customer, with these fields.
async fn filled(clerk: &Browser, customer: UserId, fields: &[(&str, &str)]) -> Form {
    let page = clerk.page(&format!("/admin/orders/new?customer={customer}")).await;
    fields.iter().fold(Form::of(&page, "#caller-order"), |form, (name, value)| form.typed(name, value))
}

async fn previewed(clerk: &Browser, customer: UserId, fields: &[(&str, &str)]) -> Form {
    let form = filled(clerk, customer, fields).await;
    let page = clerk.post("/admin/orders/preview", &form.pairs()).await.expect(200);
    Form::of(&page, "#caller-order")
}

async fn placed(clerk: &Browser, form: &Form) -> Answer {
    clerk.post("/admin/orders", &form.pairs()).await
}

/// Everything that Redis has of a cart, byte by byte.
fn cart_of(shop: &TestShop, owner: UserId) -> Vec<(String, Vec<u8>)> {
    let mut conn = shop.redis.connect();
    let mut keys: Vec<String> = redis::cmd("KEYS").arg(format!("*{{u{owner}}}*")).query(&mut conn).unwrap();
    keys.sort();
    let dump = |key: String| {
        let value = redis::cmd("DUMP").arg(&key).query(&mut shop.redis.connect()).unwrap();
        (key, value)
    };
    keys.into_iter().map(dump).collect()
}

fn code(shop: &TestShop, sku: till::kernel::SkuId) -> String {
    shop.text(&format!("select code from skus where id = {sku}"))
}

async fn with_cart(shop: &TestShop, sku: till::kernel::SkuId) -> Shopper {
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 3).await;
    mei.browser.page("/checkout").await;
    mei
}

#[tokio::test]
async fn a_callers_order_is_saved_once_however_often_it_is_sent_and_no_cart_is_touched() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = with_cart(&shop, sku).await;
    let clerk = shop.clerk("clerk").await;
    let cart = cart_of(&shop, mei.id);
    assert!(cart.len() >= 3, "{cart:?}");
    let fields = [("code-1", code(&shop, sku)), ("count-1", "2".to_owned()), ("note", "Ring twice".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let form = previewed(&clerk, mei.id, &fields).await;
    assert_eq!(shop.number("select count(*) from orders"), 0, "a preview orders nothing");

    let answers = join_all((0..20).map(|_| placed(&clerk, &form))).await;

    let path = placed(&clerk, &form).await.expect(303).location().to_owned();
    for answer in answers {
        assert_eq!(answer.expect(303).location(), path);
    }
    let order = "select concat_ws(' ', u.username, o.total_amount, o.recipient, o.note, o.status)
        from orders o join users u on u.id = o.user_id";
    assert_eq!(shop.texts(order), ["mei 50.00 Mei Lin Ring twice unsent"]);
    assert_eq!(shop.number("select stock from skus"), 7);
    assert_eq!(shop.number("select count(*) from outbox where kind = 'clear_cart'"), 0);
    assert_eq!(cart_of(&shop, mei.id), cart);
    assert_eq!(shop.texts("select event || ' ' || actor from order_events"), ["placed staff"]);
    assert_eq!(shop.texts("select action from audit_log"), ["place_order"]);
    let page = clerk.page(&path).await;
    assert!(page.text_of(".order-history").contains("Placed for the customer by clerk"), "{page}");
    assert!(mei.browser.page("/orders").await.text_of("main").contains("¥50.00"));
    shop.assert_reconciled();

    // The shopper's own checkout goes on as before.
    mei.orders().await;
    assert_eq!(shop.number("select count(*) from orders"), 2);
}

#[tokio::test]
async fn one_form_places_one_order_whoever_it_is_sent_for() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(50, "20.00");
    let (mei, bo) = (shop.make_user("mei"), shop.make_user("bo"));
    for user in [mei, bo] {
        shop.make_address(user);
    }
    let clerk = shop.clerk("clerk").await;
    let code = code(&shop, sku);
    let fields = [("code-1", code.as_str()), ("count-1", "1")];
    let first = previewed(&clerk, mei, &fields).await;
    let token = &first.pairs().into_iter().find(|(name, _)| *name == "checkout_token").unwrap().1.to_owned();
    let other = previewed(&clerk, bo, &fields).await.typed("checkout_token", token);
    let forms: Vec<&Form> = (0..20).map(|n| if n % 2 == 0 { &first } else { &other }).collect();

    let answers = join_all(forms.into_iter().map(|form| placed(&clerk, form))).await;

    let mut paths: Vec<String> =
        answers.iter().filter(|answer| answer.status == 303).map(|answer| answer.location().to_owned()).collect();
    assert!(answers.iter().all(|answer| matches!(answer.status, 303 | 503)));
    paths.dedup();
    assert_eq!(paths.len(), 1, "{paths:?}");
    assert_eq!(shop.number("select count(*) from orders"), 1);
    assert_eq!(shop.number("select stock from skus"), 49);
    assert_eq!(placed(&clerk, &other).await.expect(303).location(), paths[0]);
    shop.assert_reconciled();
}

#[tokio::test]
async fn staff_and_shoppers_who_want_the_last_units_at_once_get_no_more_than_there_are() {
    let shop = TestShop::unbounded().await;
    let sku = shop.make_sku(9, "20.00");
    let clerk = shop.clerk("clerk").await;
    let code = code(&shop, sku);
    let (mut shoppers, mut forms) = (Vec::new(), Vec::new());
    for n in 0..8 {
        let shopper = shop.shopper(&format!("shopper-{n}")).await;
        shopper.puts_in_cart(sku, 1).await;
        let form = shopper.opens_checkout().await;
        shoppers.push((shopper, form));
        let caller = shop.make_user(&format!("caller-{n}"));
        shop.make_address(caller);
        forms.push(previewed(&clerk, caller, &[("code-1", &code), ("count-1", "1")]).await);
    }

    let by_shoppers = join_all(shoppers.iter().map(|(shopper, form)| shopper.places(form)));
    let by_staff = join_all(forms.iter().map(|form| placed(&clerk, form)));
    let (by_shoppers, by_staff) = tokio::join!(by_shoppers, by_staff);

    assert!(by_shoppers.iter().chain(&by_staff).all(|answer| matches!(answer.status, 303 | 422)));
    let sold = by_shoppers.iter().chain(&by_staff).filter(|answer| answer.status == 303).count();
    assert_eq!((sold, shop.number("select count(*) from orders"), shop.number("select stock from skus")), (9, 9, 0));
    let refused = by_staff.iter().find(|answer| answer.status == 422);
    if let Some(refused) = refused {
        assert_eq!(refused.text_of("#count-1-error"), "Only 0 are left.", "{refused}");
    }
    shop.assert_reconciled();
}

#[tokio::test]
async fn who_is_no_longer_staff_places_nothing() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.make_user("mei");
    shop.make_address(mei);
    let code = code(&shop, sku);
    for (name, change) in [
        ("signed-out", ""),
        ("closed", "update users set disabled_at = now() where username = 'closed'"),
        ("demoted", "update users set role = 'shopper' where username = 'demoted'"),
        (
            "other-password",
            "update users set password_changed_at = clock_timestamp() where username = 'other-password'",
        ),
    ] {
        let clerk = shop.clerk(name).await;
        let form = previewed(&clerk, mei, &[("code-1", &code), ("count-1", "1")]).await;
        if change.is_empty() {
            clerk.post("/sign-out", &[]).await.expect(303);
        } else {
            shop.execute(change);
        }
        placed(&clerk, &form).await.expect(404);
        clerk.post("/admin/orders/preview", &form.pairs()).await.expect(404);
    }
    assert_eq!(shop.number("select count(*) from orders"), 0);
}

#[test]
fn the_transaction_itself_checks_who_places_an_order_and_for_whom() {
    let database = crate::support::Database::migrated();
    let sku = database.make_sku(9, "20.00");
    let caller = people(&database, 1)[0];
    let clerk = database.make_staff("clerk");
    let claim = |user: UserId| SessionClaim::of(&accounts::user_by_id(&mut database.connect(), user).unwrap().unwrap());
    let by = |staff: SessionClaim, token: &str| Command {
        placed_by: PlacedBy::Staff(PlacedByStaff { staff, shopper: caller, ip_address: "127.0.0.1".into() }),
        ..command(&database, caller, token, &[(sku, 1)])
    };
    let place = |commands: &[Command]| {
        let batch = Batch::new(LockWait::InTransaction);
        checkout::place(&mut database.connect(), commands, &batch, &TERMS, clock::now()).unwrap()
    };
    let held = claim(clerk);

    let outcomes = place(&[by(claim(caller), "shopper"), by(held, "clerk"), by(held, "clerk")]);
    assert!(matches!(outcomes[0], Err(Refusal::NotSignedIn)), "a shopper is no staff: {:?}", outcomes[0]);
    assert!(matches!(&outcomes[1], Ok(placed) if placed.is_new && placed.owed.is_none()), "{:?}", outcomes[1]);
    assert!(matches!(&outcomes[2], Ok(placed) if !placed.is_new), "{:?}", outcomes[2]);

    database.execute(&format!("update users set disabled_at = now() where id = {caller}"));
    assert!(matches!(place(&[by(held, "closed")])[0], Err(Refusal::AccountClosed)));
    database.execute(&format!("update users set disabled_at = null where id = {caller}"));
    for change in
        ["role = 'shopper'", "role = 'staff', disabled_at = now()", "disabled_at = null, password_changed_at = now()"]
    {
        database.execute(&format!("update users set {change} where id = {clerk}"));
        assert!(matches!(place(&[by(held, "later")])[0], Err(Refusal::NotSignedIn)), "{change}");
    }
    assert_eq!(database.number("select count(*) from orders"), 1);
    database.assert_reconciled();
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_orders_nothing() {
    let shop = TestShop::with(&[("MAX_OPEN_PER_SKU", "5"), ("MAX_OPEN_ORDERS", "1")]).await;
    let sku = shop.make_sku(9, "20.00");
    let gone = shop.make_sku(9, "20.00");
    shop.execute(&format!("update skus set active = false where id = {gone}"));
    let mei = shop.make_user("mei");
    shop.make_address(mei);
    let clerk = shop.clerk("clerk").await;
    let (code, gone) = (code(&shop, sku), code(&shop, gone));
    let before = shop.fingerprint();
    for (fields, field, words) in [
        (&[("code-1", "nothing"), ("count-1", "1")][..], "code-1", "There is no such SKU."),
        (&[("code-2", &code), ("count-2", "0")], "count-2", "A whole number from 1 to 999, please."),
        (&[("count-3", "1")], "code-3", "Which SKU? Please type its code."),
        (&[("code-1", &code), ("count-1", "1"), ("code-2", &code), ("count-2", "1")], "code-2", "line 1 already"),
        (&[("code-1", &code), ("count-1", "10")], "count-1", "Only 9 are left."),
        (&[("code-1", &gone), ("count-1", "1")], "code-1", "This SKU is not sold now."),
        (&[], "code-1", "Please type at least one SKU code."),
        (&[("code-1", &code), ("count-1", "1"), ("street", "2 Wukang Road")], "recipient", "Please fill this in."),
    ] {
        let form = filled(&clerk, mei, fields).await;
        let page = clerk.post("/admin/orders/preview", &form.pairs()).await.expect(422);
        assert!(page.text_of(&format!("#{field}-error")).contains(words), "{field}: {page}");
        assert!(!page.has("#preview"), "{page}");
    }
    assert_eq!(shop.fingerprint(), before);

    let most = previewed(&clerk, mei, &[("code-1", &code.to_lowercase()), ("count-1", "6")]).await;
    let page = placed(&clerk, &most).await.expect(422);
    assert!(page.text_of("#count-1-error").contains("at most 5 of this SKU"), "{page}");

    let form = previewed(&clerk, mei, &[("code-1", &code), ("count-1", "2")]).await;
    let page = placed(&clerk, &form.clone().typed("count-1", "3")).await.expect(422);
    assert!(page.text_of(".problem").contains("please look again"), "{page}");
    assert_eq!(page.text_of("#preview .amounts-total dd"), "¥70.00");
    shop.execute("update skus set price = 25");
    let page = placed(&clerk, &form).await.expect(422);
    assert!(page.text_of(".problem").contains("Prices have changed"), "{page}");
    placed(&clerk, &Form::of(&page, "#caller-order")).await.expect(303);

    let second = previewed(&clerk, mei, &[("code-1", &code), ("count-1", "1")]).await;
    let page = placed(&clerk, &second).await.expect(422);
    assert!(page.text_of("#customer-error").contains("1 open order"), "{page}");
    assert_eq!(shop.texts("select total_amount::text from orders"), ["60.00"]);
}

#[tokio::test]
async fn an_order_for_a_blocked_caller_is_refused_in_words_for_staff() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.make_user("mei");
    shop.make_address(mei);
    let clerk = shop.clerk("clerk").await;
    let code = code(&shop, sku);
    let fields = [("code-1", code.as_str()), ("count-1", "1")];
    let form = previewed(&clerk, mei, &fields).await;
    for (kind, contact, field) in [
        ("phone", "+8613800138000", "address_id"),
        ("email", "MEI@example.com", "customer"),
        ("address", "shanghai xuhui 1 anfu road", "address_id"),
    ] {
        let block = [("block_kind", kind), ("contact", contact), ("block_reason", "Refused thrice")];
        clerk.post("/admin/blocked-contacts", &block).await.expect(303);
        let typed = filled(&clerk, mei, &fields).await;
        for page in [clerk.post("/admin/orders/preview", &typed.pairs()).await, placed(&clerk, &form).await] {
            assert_eq!(page.status, 422);
            assert!(page.text_of(&format!("#{field}-error")).contains("block list"), "{kind}: {page}");
        }
        shop.execute("delete from blocked_contacts");
    }
    assert_eq!(shop.number("select count(*) from orders"), 0);
    placed(&clerk, &form).await.expect(303);
}

#[tokio::test]
async fn a_customer_is_found_by_email_name_or_phone_and_a_new_one_has_no_password() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "20.00");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    mei.orders().await;
    shop.fill_order_search();
    let clerk = shop.clerk("clerk").await;
    for typed in ["mei", "MEI@example.com", "13800138000", "+86 138-0013-8000"] {
        let query = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect::<String>();
        let page = clerk.page(&format!("/admin/orders/new?q={query}")).await;
        assert_eq!(
            page.attributes_of(".caller-customers a", "href"),
            [format!("/admin/orders/new?customer={}", mei.id)]
        );
    }
    let page = clerk.page("/admin/orders/new?q=ana@example.com").await;
    assert!(
        page.text_of("[role=status]").contains("Nobody was found") || page.text_of("main").contains("Nobody was found")
    );
    assert_eq!(page.attribute_of("#customer_email", "value"), "ana@example.com");
    clerk.post("/admin/customers", &[("customer_email", "ana@")]).await.expect(422);

    let fields = [("customer_email", "ana@example.com")];
    let created = join_all((0..5).map(|_| clerk.post("/admin/customers", &fields))).await;
    let ana = shop.number("select id from users where email = 'ana@example.com'");
    for answer in created {
        assert_eq!(answer.expect(303).location(), format!("/admin/orders/new?customer={ana}"));
    }
    let known = clerk.post("/admin/customers", &[("customer_email", "Mei@example.com")]).await.expect(303);
    assert_eq!(known.location(), format!("/admin/orders/new?customer={}", mei.id));
    assert_eq!(shop.texts("select action from audit_log"), ["create_customer"]);
    let visitor = shop.visitor();
    for password in
        ["", "x", "!", "ana@example.com", &shop.text(&format!("select password_hash from users where id = {ana}"))]
    {
        visitor.sign_in("ana@example.com", password).await.expect(422);
    }

    let address = [
        ("recipient", "Ana Lima"),
        ("phone", "13900139000"),
        ("region", "Shanghai"),
        ("street", "2 Wukang Road"),
        ("code-1", &code(&shop, sku)),
        ("count-1", "1"),
        ("language", "zh"),
    ];
    let form = previewed(&clerk, UserId(ana), &address).await;
    placed(&clerk, &form).await.expect(303);
    assert_eq!(
        shop.text(&format!("select recipient || ' ' || street || ' ' || language from orders where user_id = {ana}")),
        "Ana Lima 2 Wukang Road zh"
    );
    let again = filled(&clerk, UserId(ana), &[]).await;
    assert!(again.pairs().contains(&("language", "zh")) || !again.pairs().is_empty());
    shop.assert_reconciled();
}
