//! Invisible characters, characters that look alike, and full-width forms in every field that accepts text.

use std::process::Command;

use crate::support::{Browser, PASSWORD, TestShop};

/// Texts without any visible character.
const UNSEEN: [&str; 6] =
    ["\u{200b}", "\u{3164}", "\u{2060}\u{feff}", "\u{202e}\u{2066}", "\u{fe0f}\u{301}", "\u{a0}\u{2800}"];

const ADDRESS: [(&str, &str); 5] = [
    ("recipient", "林梅"),
    ("phone", "138 0013 8000"),
    ("region", "上海市徐汇区"),
    ("street", "安福路 1 号"),
    ("postcode", "200031"),
];

fn address_with<'a>(field: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let with = |(name, usual)| (name, if name == field { value } else { usual });
    ADDRESS.into_iter().map(with).collect()
}

async fn signs_up(browser: &Browser, username: &str, email: &str) -> crate::support::Answer {
    browser.post("/sign-up", &[("username", username), ("email", email), ("password", "paper lantern")]).await
}

#[tokio::test]
async fn nobody_and_nowhere_is_no_address() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let mei = shop.signed_in("mei").await;
    for field in ["recipient", "phone", "region", "street"] {
        for unseen in UNSEEN {
            let answer = mei.post("/account/addresses", &address_with(field, unseen)).await.expect(422);
            assert_eq!(answer.text_of(&format!("#{field}-error")), "Please fill this in.", "{unseen:?}");
        }
        for odd in ["a\0b", "a\u{1b}b", "a\u{85}b"] {
            let answer = mei.post("/account/addresses", &address_with(field, odd)).await.expect(422);
            assert!(answer.has(&format!("#{field}-error")), "{odd:?}");
            assert_eq!(answer.attribute_of("#postcode", "value"), "200031", "what was typed is kept");
        }
    }
    assert_eq!(shop.number("select count(*) from addresses"), 0);
    let typed = "\u{202e}Lin\u{200b} Mei\u{202c}";
    mei.post("/account/addresses", &address_with("recipient", typed)).await.expect(303);
    mei.post("/account/addresses", &address_with("recipient", "علی‌رضا 👩‍👧")).await.expect(303);
    assert_eq!(shop.texts("select recipient from addresses order by id"), ["Lin Mei", "علی‌رضا 👩‍👧"]);
}

#[tokio::test]
async fn phones_and_postcodes_are_read_however_wide_they_are_written() {
    let shop = TestShop::open().await;
    shop.make_user("mei");
    let mei = shop.signed_in("mei").await;
    let kept = |column: &str| shop.text(&format!("select {column} from addresses order by id desc limit 1"));
    for typed in ["１３８　００１３　８０００", "138\u{a0}0013\u{2011}8000", "\u{202d}138\u{200b}00138000\u{202c}"]
    {
        mei.post("/account/addresses", &address_with("phone", typed)).await.expect(303);
        assert_eq!(kept("phone"), "13800138000", "{typed:?}");
    }
    mei.post("/account/addresses", &address_with("postcode", "ＳＷ１Ａ\u{a0}１ＡＡ")).await.expect(303);
    assert_eq!(kept("postcode"), "SW1A 1AA");
    let book = mei.page("/account/addresses").await;
    assert_eq!(book.texts_of(".address bdi")[..2], ["林梅", "13800138000"], "{book}");
}

#[tokio::test]
async fn an_extension_is_kept_apart_and_shown_to_staff_in_words() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "9.00");
    let mei = shop.shopper("mei").await;
    for (typed, kept) in [
        ("010-65529988转801", "01065529988;ext=801"),
        ("+1 555 123 4567 ext. 12", "+15551234567;ext=12"),
        ("13800138000-5678", "13800138000;ext=5678"),
        ("13800138000,5678", "13800138000;ext=5678"),
    ] {
        let path = format!("/account/addresses/{}", mei.address);
        mei.browser.post(&path, &address_with("phone", typed)).await.expect(303);
        assert_eq!(shop.text("select phone from addresses"), kept, "{typed}");
        let form = mei.browser.page(&path).await.attribute_of("#phone", "value");
        mei.browser.post(&path, &address_with("phone", &form)).await.expect(303);
        assert_eq!(shop.text("select phone from addresses"), kept, "what the form shows is read again: {form}");
    }
    mei.puts_in_cart(sku, 1).await;
    let number = mei.orders().await;
    let clerk = shop.clerk("clerk").await;
    let page = clerk.page(&format!("/admin/orders/{number}")).await;
    assert!(page.texts_of("address bdi").contains(&"13800138000 ext. 5678".to_owned()), "{page}");
}

#[tokio::test]
async fn two_usernames_never_look_the_same() {
    let shop = TestShop::open().await;
    for (name, twins) in [
        ("lin.mei", &["Ｌｉｎ.mei", "lin\u{200b}.mei", "Iin.mei", "1in.mei", "lin.rnei", "LIN.MEI"][..]),
        ("bob", &["b0b", "\u{202e}bob"]),
        ("文书", &["⽂书", "文\u{fe00}书"]),
    ] {
        signs_up(&shop.visitor(), name, &format!("{}@example.com", name.len())).await.expect(303);
        for twin in twins {
            let refused = signs_up(&shop.visitor(), twin, "other@example.com").await.expect(422);
            assert_eq!(refused.text_of("#username-error"), "This username is taken.", "{twin}");
        }
    }
    for mixed in ["mеi", "mei\u{301}", "a\0bc"] {
        assert!(signs_up(&shop.visitor(), mixed, "x@example.com").await.expect(422).has("#username-error"), "{mixed}");
    }
    for name in ["Ｌｉｎ.mei", "lin.mei\u{200b}", "\u{202e}LIN.mei"] {
        shop.visitor().sign_in(name, "paper lantern").await.expect(303);
    }
}

#[tokio::test]
async fn who_looked_like_somebody_before_keeps_their_name_and_signs_in() {
    let shop = TestShop::open().await;
    shop.execute("drop trigger username_skeleton on users");
    shop.make_user("b0b");
    shop.make_user("bob");
    for name in ["b0b", "bob"] {
        shop.visitor().sign_in(name, PASSWORD).await.expect(303);
    }
}

#[tokio::test]
async fn mail_addresses_of_other_scripts_work_at_every_door() {
    let shop = TestShop::open().await;
    signs_up(&shop.visitor(), "mei", "mei@例子.cn").await.expect(303);
    assert_eq!(shop.text("select email from users"), "mei@xn--fsqu00a.cn");
    for name in ["mei@例子.cn", "MEI@XN--FSQU00A.CN", "mei@例子。cn", "ｍｅｉ＠例子.cn"] {
        let browser = shop.visitor();
        browser.sign_in(name, "paper lantern").await.expect(303);
        assert!(browser.page("/account").await.text_of("main").contains("mei@例子.cn"), "{name}");
    }
    let taken = signs_up(&shop.visitor(), "other", "MEI@例子.CN").await.expect(422);
    assert!(taken.has("#email-error"));
    assert!(signs_up(&shop.visitor(), "other", "梅@例子.cn").await.expect(422).has("#email-error"));
    let till = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
        command.arg("staff").args(arguments).env("DATABASE_URL", &shop.database.url).env_remove("REDIS_URL");
        command.output().unwrap()
    };
    let added = till(&["add", "--username", "ｃｈｅｎ", "--email", "chen@bücher.example"]);
    assert!(added.status.success(), "{added:?}");
    assert_eq!(shop.text("select email from users where username = 'chen'"), "chen@xn--bcher-kva.example");
    assert!(till(&["disable", "chen@bücher.example"]).status.success());
}

#[tokio::test]
async fn goods_have_names_that_can_be_seen_and_codes_in_one_form() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "9.00");
    let (category, brand) = (shop.text("select id from categories"), shop.text("select id from brands"));
    let clerk = shop.clerk("clerk").await;
    for unseen in UNSEEN {
        let fields = [("name_en", unseen), ("category_id", &category), ("brand_id", &brand)];
        assert!(clerk.post("/admin/products", &fields).await.expect(422).has("#name_en-error"), "{unseen:?}");
        for list in ["/admin/brands", "/admin/categories"] {
            let answer = clerk.post(list, &[("name_en", unseen)]).await.expect(422);
            assert!(answer.has("#name_en-error"), "{list} {unseen:?}");
        }
    }
    for (name, slug) in [
        ("Café & Tea", "cafe-tea"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ＡＢＣ", "abc"),
        ("Wi\u{2011}Fi\u{a0}Box", "wi-fi-box"),
    ] {
        clerk.post("/admin/brands", &[("name_en", name)]).await.expect(303);
        assert_eq!(shop.text("select slug from brands order by id desc limit 1"), slug, "{name}");
    }
    let skus = format!("/admin/products/{}/skus", shop.spu_of(sku));
    let row = |code| {
        let version = shop.text("select version from spus");
        [("version", version), ("sku", sku.to_string()), ("code", code), ("price", "９．００".to_owned())]
    };
    let typed = row("ＬＵＭ－\u{200b}AUR\u{2011}1".to_owned());
    let fields: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    clerk.post(&skus, &fields).await.expect(303);
    assert_eq!(shop.text("select code || ' ' || price from skus"), "LUM-AUR-1 9.00");
}

#[tokio::test]
async fn searches_find_what_is_written_wide_or_with_what_nobody_sees() {
    let shop = TestShop::open().await;
    let spu = shop.make_spu("Wi-Fi LED lamp");
    let sku = shop.make_sku_of(spu, 9, "9.00");
    shop.execute(&format!("update skus set code = 'LUM-AUR-1' where id = {sku}"));
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let number = mei.orders().await;
    let clerk = shop.clerk("clerk").await;
    let encoded = |words: &str| form_urlencoded::byte_serialize(words.as_bytes()).collect::<String>();
    for words in [
        "ＬＥＤ",
        "wi\u{2011}fi",
        "l\u{200b}ed",
        "led\u{3000}ｌａｍｐ",
        "ＬＵＭ－ＡＵＲ",
        "lum\u{2013}aur\u{2212}1",
        "\u{202e}led\0",
    ] {
        let query = encoded(words);
        let shelf = shop.visitor().page(&format!("/search?q={query}")).await;
        assert!(shelf.has(&format!("a[href^='/products/{spu}']")), "{words:?}");
        for list in ["/admin/products", "/admin/stock"] {
            let page = clerk.page(&format!("{list}?q={query}")).await;
            assert!(page.text_of("main").contains("Wi-Fi LED lamp"), "{list} {words:?}");
        }
    }
    shop.fill_order_search();
    let wide: String = number.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    for words in [format!("\u{200b}{number}\u{a0}"), wide, "ｍｅｉ".to_owned()] {
        let page = clerk.page(&format!("/admin/orders?q={}", encoded(&words))).await;
        assert_eq!(page.texts_of(".orders-table .order-number"), std::slice::from_ref(&number), "{words:?}");
    }
}

#[tokio::test]
async fn reasons_and_notes_hold_nothing_that_turns_a_page_round() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "9.00");
    let clerk = shop.clerk("clerk").await;
    let path = format!("/admin/stock/{sku}/movements");
    let fields = [("delta", "−1"), ("reason", "damage"), ("note", "\u{202e}fell\u{200b} down")];
    clerk.post(&path, &fields).await.expect(303);
    assert_eq!(shop.text("select delta || note from stock_movements order by id desc limit 1"), "-1fell down");
    let refused = clerk.post(&path, &[("delta", "-1"), ("reason", "damage"), ("note", "a\0b")]).await.expect(422);
    assert!(refused.text_of("main").contains("characters that cannot be used"), "{refused}");
}

#[tokio::test]
async fn what_older_rows_hold_turns_nothing_round() {
    let shop = TestShop::open().await;
    let sku = shop.make_sku(9, "9.00");
    let mei = shop.shopper("mei").await;
    shop.execute("update addresses set recipient = U&'\\202EMei', street = U&'\\2067x\\202D'");
    shop.execute("update spus set name = U&'\\202Epot'");
    mei.puts_in_cart(sku, 1).await;
    let number = mei.orders().await;
    let clerk = shop.clerk("clerk").await;
    for (browser, path) in [
        (&clerk, format!("/admin/orders/{number}")),
        (&clerk, "/admin/orders".to_owned()),
        (&clerk, "/admin/stock".to_owned()),
        (&mei.browser, format!("/orders/{number}")),
        (&mei.browser, "/account/addresses".to_owned()),
        (&mei.browser, "/search".to_owned()),
    ] {
        let page = browser.page(&path).await;
        assert!(!page.body.contains(['\u{202e}', '\u{202d}', '\u{2067}']), "{path}");
    }
    let page = clerk.page(&format!("/admin/orders/{number}")).await;
    assert_eq!(page.texts_of("address bdi")[..2], ["Mei", "13800138000"], "{page}");
}
