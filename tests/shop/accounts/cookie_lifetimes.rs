//! How long cookies and sessions last, and which cookies belong to the shop.

use actix_web::cookie::time::Duration;
use redis::{Connection, cmd};
use reqwest::{Method, header::HeaderValue};
use till::web::cookies;

use crate::support::{Answer, Browser, PASSWORD, TestShop};

const DAY: i64 = 24 * 3600;

fn key(redis: &mut Connection, pattern: &str) -> String {
    let found: Vec<String> = cmd("KEYS").arg(pattern).query(redis).unwrap();
    let [only] = found.as_slice() else { panic!("{found:?}") };
    only.clone()
}

fn left(redis: &mut Connection, key: &str) -> i64 {
    cmd("TTL").arg(key).query(redis).unwrap()
}

fn days_left(redis: &mut Connection, key: &str, days: i64) {
    cmd("EXPIRE").arg(key).arg(days * DAY).exec(redis).unwrap();
}

async fn with_cookies(shop: &TestShop, path: &str, cookies: &[u8]) -> Answer {
    let visitor = shop.visitor();
    let header = HeaderValue::from_bytes(cookies).unwrap();
    visitor.send(visitor.request(Method::GET, path).header("cookie", header)).await
}

#[tokio::test]
async fn a_session_lasts_two_weeks_from_its_last_use_and_is_renewed_once_a_day() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let mei = shop.visitor();
    let cookie = mei.sign_in("mei", PASSWORD).await.expect(303).cookie("session").unwrap();
    let mut redis = shop.redis.connect();
    let session = key(&mut redis, "session:*");
    assert_eq!(mei.page("/account").await.cookie("session"), None, "not at each request");

    days_left(&mut redis, &session, 3);
    let answer = mei.page("/account").await;

    let set = answer.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap()).collect::<Vec<_>>();
    let set = set.iter().find(|set| set.starts_with("session=")).unwrap();
    assert!(set.contains("Max-Age=1209600") && set.contains("HttpOnly") && set.contains("Path=/"), "{set}");
    assert!(left(&mut redis, &session) > 13 * DAY);
    assert_eq!(with_cookies(&shop, "/account", cookie.as_bytes()).await.status, 200, "it is the same session");
    assert_eq!(mei.page("/account").await.cookie("session"), None, "it was renewed today");
    // Static files are sent without cookies and do not extend the session.
    days_left(&mut redis, &session, 3);
    let style = mei.page("/").await.attribute_of("link[rel=stylesheet]", "href");
    days_left(&mut redis, &session, 3);
    assert_eq!(mei.page(&style).await.header("set-cookie"), "");
    assert!(left(&mut redis, &session) <= 3 * DAY);
    assert!(mei.page("/account").await.cookie("session").is_some());
}

#[tokio::test]
async fn who_signs_out_at_the_end_of_a_sessions_time_is_signed_out() {
    let shop = TestShop::open().await;
    let mei = shop.member("mei").await;
    let mut redis = shop.redis.connect();
    let session = key(&mut redis, "session:*");
    days_left(&mut redis, &session, 3);
    mei.post("/sign-out", &[]).await.expect(303);
    mei.get("/account").await.expect(303);
    assert_eq!(left(&mut redis, &session), -2, "it is gone");
}

#[tokio::test]
async fn a_guests_cart_lasts_thirty_days_from_its_last_use() {
    let shop = TestShop::open().await;
    let guest = shop.visitor();
    let cookie = guest.add(shop.make_sku(5, "20.00"), 1).await.expect(303).cookie("guest").unwrap();
    let mut redis = shop.redis.connect();
    assert_eq!(guest.page("/").await.cookie("guest"), None);
    let cart = key(&mut redis, "cart:*");
    for kind in ["cart", "selected", "prices", "since"] {
        days_left(&mut redis, &cart.replace("cart:", &format!("{kind}:")), 2);
    }

    let answer = guest.page("/").await;

    assert_eq!(answer.cookie("guest").as_deref(), Some(cookie.as_str()));
    for kind in ["cart", "selected", "prices", "since"] {
        assert!(left(&mut redis, &cart.replace("cart:", &format!("{kind}:"))) > 29 * DAY, "{kind}");
    }
    assert_eq!(guest.page("/").await.cookie("guest"), None, "once a day is enough");
}

#[tokio::test]
async fn the_chosen_language_lasts_a_year_from_its_last_use() {
    let shop = TestShop::open().await;
    let answer = with_cookies(&shop, "/", b"language=zh").await;
    assert_eq!(answer.attribute_of("html", "lang"), "zh-Hans");
    let given = answer.cookie("language").unwrap();
    assert!(given.starts_with("language=zh."), "{given}");
    let answer = with_cookies(&shop, "/", given.as_bytes()).await;
    assert_eq!(answer.attribute_of("html", "lang"), "zh-Hans");
    assert_eq!(answer.cookie("language"), None);
    assert!(with_cookies(&shop, "/", b"language=zh.1").await.cookie("language").is_some());
}

#[tokio::test]
async fn cookies_of_other_programs_sign_nobody_out_and_empty_no_cart() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let mei = shop.visitor().sign_in("mei", PASSWORD).await.expect(303).cookie("session").unwrap();
    let guest = shop.visitor().add(shop.make_sku(5, "20.00"), 1).await.expect(303).cookie("guest").unwrap();
    let others: [&[u8]; 6] = [
        b"session=theirs; ",
        b"\xff\xfe=\xe4; ",
        b"lonely; =; ;; ",
        b"guest=1; guest=\xff; ",
        b"session=; ",
        b"a=%zz; ",
    ];
    for other in others {
        let words = String::from_utf8_lossy(other);
        for ours in [&mei, &guest] {
            let path = if ours == &mei { "/account" } else { "/cart" };
            for sent in [[other, ours.as_bytes()].concat(), [ours.as_bytes(), b"; ", other].concat()] {
                let page = with_cookies(&shop, path, &sent).await.expect(200);
                assert!(ours == &mei || page.has(".cart-tick"), "{words}");
            }
        }
    }
    let session = format!("session=theirs; {mei}; session=theirs; language=fr; language=zh");
    let page = with_cookies(&shop, "/account", session.as_bytes()).await.expect(200);
    assert_eq!(page.attribute_of("html", "lang"), "zh-Hans");
}

async fn at_https() -> TestShop {
    let secret = "s".repeat(64);
    TestShop::with(&[("PUBLIC_URL", "https://shop.example"), ("SESSION_SECRET", &secret)]).await
}

#[tokio::test]
async fn at_https_cookies_have_names_that_only_the_shops_own_host_can_set() {
    let shop = at_https().await;
    shop.make_user("mei");
    let signed_in = shop.visitor().sign_in("mei", PASSWORD).await.expect(303);
    let chosen = shop.visitor().post("/language", &[("language", "zh")]).await.expect(303);
    let added = shop.visitor().add(shop.make_sku(5, "20.00"), 1).await.expect(303);
    let mut names = Vec::new();
    for answer in [&signed_in, &chosen, &added] {
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            assert!(set.starts_with("__Host-") && set.contains("Secure") && set.contains("Path=/"), "{set}");
            assert!(!set.to_lowercase().contains("domain"), "{set}");
            names.push(set.split('=').next().unwrap().to_owned());
        }
    }
    names.sort();
    assert_eq!(names, ["__Host-flash", "__Host-guest", "__Host-language", "__Host-session"]);
    let session = signed_in.cookie("__Host-session").unwrap();
    with_cookies(&shop, "/account", session.as_bytes()).await.expect(200);
    let guest = added.cookie("__Host-guest").unwrap();
    assert!(with_cookies(&shop, "/cart", guest.as_bytes()).await.has(".cart-tick"));
    // A flash message is shown once; its cookie is removed with the same attributes.
    let flash = added.cookie("__Host-flash").unwrap();
    let shown = with_cookies(&shop, "/", flash.as_bytes()).await;
    assert!(shown.has(".flash-success") && shown.header("set-cookie").contains("Secure"), "{shown}");
    // Another site on the same domain can set the cookie without the prefix; that signs nobody in.
    let planted = session.replace("__Host-", "");
    with_cookies(&shop, "/account", planted.as_bytes()).await.expect(303);
}

#[tokio::test]
async fn a_session_from_before_goes_on_under_the_new_name() {
    let shop = at_https().await;
    shop.make_user("mei");
    shop.visitor().sign_in("mei", PASSWORD).await.expect(303);
    let mut redis = shop.redis.connect();
    let state: String = cmd("GET").arg(key(&mut redis, "session:*")).query(&mut redis).unwrap();
    cmd("SET").arg("session:from-before").arg(state).arg("EX").arg(14 * DAY).exec(&mut redis).unwrap();
    let signed = cookies::sign(shop.config(), "session", "from-before".to_owned(), Duration::days(1));

    let answer = with_cookies(&shop, "/account", format!("session={}", signed.value()).as_bytes()).await.expect(200);

    let renewed = answer.cookie("__Host-session").expect("it is given under its new name");
    with_cookies(&shop, "/account", renewed.as_bytes()).await.expect(200);
}

async fn lose_session(shop: &TestShop) {
    let mut redis = shop.redis.connect();
    let sessions: Vec<String> = cmd("KEYS").arg("session:*").query(&mut redis).unwrap();
    cmd("DEL").arg(sessions).exec(&mut redis).unwrap();
}

const TYPED: [(&str, &str); 6] = [
    ("recipient", "安娜 \"<b>\""),
    ("phone", "13900139000"),
    ("region", "上海市徐汇区"),
    ("street", "武康路 2 号"),
    ("note", "Ring twice"),
    ("pay_method", "alipay"),
];

fn keeps_what_was_typed(page: &Answer) {
    for (name, value) in &TYPED[..4] {
        assert_eq!(page.attribute_of(&format!("#{name}"), "value"), *value);
    }
    assert_eq!(page.text_of("textarea"), "Ring twice");
    assert_eq!(page.attribute_of("[name=pay_method][checked]", "value"), "alipay");
}

async fn signs_in_again(browser: &Browser, answer: &Answer, name: &str) -> Answer {
    assert_eq!(answer.location(), "/sign-in?next=%2Fcheckout");
    let page = browser.page(answer.location()).await;
    assert!(page.text_of(".flash").contains("You were signed out"), "{page}");
    let next = page.attribute_of("form[action='/sign-in'] [name=next]", "value");
    let fields = [("username", name), ("password", PASSWORD), ("next", next.as_str())];
    let answer = browser.post("/sign-in", &fields).await.expect(303);
    browser.page(answer.location()).await
}

#[tokio::test]
async fn a_session_lost_at_the_checkout_is_named_and_what_was_typed_is_kept_for_the_same_shopper() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(shop.make_sku(5, "20.00"), 1).await;
    let bo = shop.shopper("bo").await;
    bo.puts_in_cart(shop.make_sku(5, "20.00"), 1).await;
    let form = mei.opens_checkout().await;
    let token = [("checkout_token", form.token.as_str()), ("address_id", &form.address), ("mode", "left")];
    let sent = [&token[..], &TYPED[..], &[("expected_total", form.expected_total.as_str())]].concat();
    for path in ["/checkout", "/checkout/addresses", "/checkout/adjustment"] {
        lose_session(&shop).await;
        let answer = mei.browser.post(path, &sent).await.expect(303);
        let draft = answer.cookie("draft").unwrap();
        assert!(draft.len() < 4000 && !draft.contains("13900139000"), "{draft}");
        assert_eq!(shop.number("select count(*) from orders") + shop.number("select count(*) from addresses"), 2);
        let page = signs_in_again(&mei.browser, &answer, "mei").await;
        keeps_what_was_typed(&page);
    }
    // Another user of the same browser does not see it.
    lose_session(&shop).await;
    let answer = mei.browser.post("/checkout", &sent).await.expect(303);
    let page = signs_in_again(&mei.browser, &answer, "bo").await;
    assert_eq!(page.attribute_of("#recipient", "value"), "");
    assert_eq!(page.text_of("textarea"), "");
}

#[tokio::test]
async fn the_longest_that_can_be_typed_at_the_checkout_fits_into_a_cookie() {
    let shop = TestShop::open().await;
    let long = "𠮷".repeat(300);
    let fields = ["recipient", "region", "street", "note", "phone", "postcode", "checkout_token", "address_id"];
    let sent = fields.map(|field| (field, long.as_str()));
    let answer = shop.visitor().post("/checkout", &sent).await.expect(303);
    assert!(answer.cookie("draft").unwrap().len() < 4000);
}

#[tokio::test]
async fn any_other_form_of_a_lost_session_says_that_nothing_was_saved() {
    let shop = TestShop::open().await;
    let mei = shop.member("mei").await;
    lose_session(&shop).await;
    let answer = mei.post("/account/addresses", &[("recipient", "Mei")]).await.expect(303);
    let page = mei.page(answer.location()).await;
    assert!(page.text_of(".flash").contains("You were signed out, so nothing was saved"), "{page}");
}
