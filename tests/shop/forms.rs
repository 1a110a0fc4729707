//! Every form of the shop, with each field missing, empty, negative, huge, not a number, or not UTF-8: the response is
//! always a 4xx with a readable message, never a 500, and nothing is changed.

use reqwest::Method;

use crate::support::{Answer, Browser, TestShop};

/// What kind of value a field takes, which decides what is invalid in it.
#[derive(Clone, Copy)]
enum Field {
    /// A number, a choice or an id: only certain values are valid.
    Exact,
    /// A token of letters and digits that the form contains.
    Token,
    /// A number above or below zero.
    Delta,
    /// A line of text: not too long and without control characters.
    Line,
    /// The same, but optional.
    OptionalLine,
    /// Optional text of several lines.
    OptionalWords,
}

struct Tried {
    path: &'static str,
    fields: &'static [(&'static str, &'static str, Field)],
    by: By,
}

/// Who sends the form.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Anybody,
    Shopper,
    Staff,
}

use Field::{Delta, Exact, Line, OptionalLine, OptionalWords, Token};

const ADDRESS: [(&str, &str, Field); 5] = [
    ("recipient", "Mei Lin", Line),
    ("phone", "13800138000", Exact),
    ("region", "Shanghai", Line),
    ("street", "1 Anfu Road", Line),
    ("postcode", "200031", OptionalLine),
];

/// `{sku}`, `{address}`, `{token}` and `{total}` are replaced.
const FORMS: [Tried; 14] = [
    Tried {
        path: "/admin/stock/{sku}/movements",
        fields: &[("delta", "1", Delta), ("reason", "delivery", Exact), ("note", "", OptionalLine)],
        by: By::Staff,
    },
    Tried { path: "/language", fields: &[("language", "zh", Exact)], by: By::Anybody },
    Tried { path: "/cart/entries", fields: &[("sku_id", "{sku}", Exact), ("count", "1", Exact)], by: By::Anybody },
    Tried { path: "/cart/entries", fields: &[("sku_id", "{sku}", Exact), ("count", "1", Exact)], by: By::Shopper },
    Tried { path: "/cart/entries/{sku}", fields: &[("count", "2", Exact)], by: By::Shopper },
    Tried { path: "/cart/entries/{sku}/selection", fields: &[("selected", "false", Exact)], by: By::Shopper },
    Tried { path: "/cart/selection", fields: &[("selected", "false", Exact)], by: By::Shopper },
    Tried { path: "/sign-in", fields: &[("username", "mei", Line), ("password", "wrong", Line)], by: By::Anybody },
    Tried {
        path: "/sign-up",
        fields: &[
            ("username", "somebody", Line),
            ("email", "some@body.example", Exact),
            ("password", "paper lantern", Line),
        ],
        by: By::Anybody,
    },
    Tried {
        path: "/account/password",
        fields: &[
            ("current_password", "wrong", Line),
            ("new_password", "paper lantern", Exact),
            ("repeat_password", "paper lantern", Exact),
        ],
        by: By::Shopper,
    },
    Tried { path: "/account/addresses", fields: &ADDRESS, by: By::Shopper },
    Tried { path: "/account/addresses/{address}", fields: &ADDRESS, by: By::Shopper },
    Tried { path: "/checkout/addresses", fields: &ADDRESS, by: By::Shopper },
    Tried {
        path: "/checkout",
        fields: &[
            ("checkout_token", "{token}", Token),
            ("address_id", "{address}", Exact),
            ("pay_method", "cod", Exact),
            ("expected_total", "{total}", Exact),
            ("note", "Thank you.\r\nMei", OptionalWords),
        ],
        by: By::Shopper,
    },
];

/// Invalid values, URL-encoded; `None` leaves the field out.
fn wrong(field: Field) -> Vec<Option<String>> {
    let mut wrong = vec![
        Some("9".repeat(10_000)),
        Some("9".repeat(60 * 1024)),
        Some(format!("-{}", "9".repeat(10_000))),
        Some("%FF%FE".to_owned()),
        Some("\u{fffd}%C3".to_owned()),
        Some("a%00b".to_owned()),
        Some("a%07b".to_owned()),
        Some("%zz".to_owned()),
        Some("%".to_owned()),
    ];
    if !matches!(field, OptionalWords) {
        wrong.push(Some("a%0D%0Ab".to_owned()));
    }
    if matches!(field, Delta | Exact | Line | Token) {
        wrong.extend([None, Some(String::new())]);
    }
    if matches!(field, Delta | Exact | Token) {
        let nonsense = ["-1", "0", "1.5", "1e3", "0x1", "abc", "%EF%BC%91", "NaN", "true+false", "%27+or+1%3D1--"];
        wrong.extend(nonsense.map(|typed| Some(typed.to_owned())));
        wrong.push(Some("+++".to_owned()));
    }
    if matches!(field, Delta) {
        wrong.retain(|typed| typed.as_deref() != Some("-1"));
    }
    if matches!(field, Delta | Exact) {
        wrong.push(Some("99999999999999999999".to_owned()));
    }
    wrong
}

struct Scene {
    shop: TestShop,
    mei: Browser,
    clerk: Browser,
    fill: Vec<(&'static str, String)>,
}

impl Scene {
    async fn set() -> Self {
        let shop = TestShop::open().await;
        let sku = shop.make_sku(9, "20.00");
        let mei = shop.shopper("mei").await;
        mei.puts_in_cart(sku, 1).await;
        let form = mei.opens_checkout().await;
        let fill = vec![
            ("{sku}", sku.to_string()),
            ("{address}", mei.address.to_string()),
            ("{token}", form.token),
            ("{total}", form.expected_total),
        ];
        Self { clerk: shop.clerk("clerk").await, shop, mei: mei.browser, fill }
    }

    fn browser_of(&self, by: By) -> Browser {
        match by {
            By::Anybody => self.shop.visitor(),
            By::Shopper => self.mei.clone(),
            By::Staff => self.clerk.clone(),
        }
    }

    fn filled(&self, text: &str) -> String {
        self.fill.iter().fold(text.to_owned(), |text, (hole, value)| text.replace(hole, value))
    }

    /// Everything that is stored: the tables and the carts.
    fn kept(&self) -> String {
        let mut redis = self.shop.redis.connect();
        let mut keys: Vec<String> = redis::cmd("KEYS").arg("*:{*}").query(&mut redis).unwrap();
        keys.sort();
        let dumps = keys.iter().map(|key| {
            let dump: Vec<u8> = redis::cmd("DUMP").arg(key).query(&mut redis).unwrap();
            format!("{key} {dump:?}")
        });
        format!("{} {}", dumps.collect::<Vec<_>>().join("\n"), self.shop.fingerprint())
    }

    /// Removes the login throttle, which is not tested here.
    fn forgive(&self) {
        let mut redis = self.shop.redis.connect();
        let keys: Vec<String> = redis::cmd("KEYS").arg("limit:*").query(&mut redis).unwrap();
        for key in keys {
            let _: i64 = redis::cmd("DEL").arg(key).query(&mut redis).unwrap();
        }
    }
}

fn says_what_is_wrong(answer: &Answer) -> bool {
    let words = answer.texts_of("[role=alert], .field-error, .error-page p, .flash-error").join(" ");
    words.len() > 10
}

fn short(body: &str) -> String {
    body.chars().take(200).collect()
}

#[tokio::test]
async fn each_field_of_each_form_for_everybody_refuses_what_it_cannot_be() {
    spoil_each_field(By::Anybody).await;
}

#[tokio::test]
async fn each_field_of_each_form_of_shoppers_refuses_what_it_cannot_be() {
    spoil_each_field(By::Shopper).await;
}

#[tokio::test]
async fn each_field_of_each_form_of_staff_refuses_what_it_cannot_be() {
    spoil_each_field(By::Staff).await;
}

async fn spoil_each_field(by: By) {
    let scene = Scene::set().await;
    for tried in FORMS.iter().filter(|tried| tried.by == by) {
        let before = scene.kept();
        let browser = scene.browser_of(by);
        let path = scene.filled(tried.path);
        for (spoiled, _, kind) in tried.fields {
            for typed in wrong(*kind) {
                let pairs = tried.fields.iter().filter_map(|(name, right, _)| {
                    let value = if name == spoiled {
                        typed.clone()?
                    } else {
                        form_urlencoded::byte_serialize(scene.filled(right).as_bytes()).collect()
                    };
                    Some(format!("{name}={value}"))
                });
                let body = pairs.collect::<Vec<_>>().join("&");
                let answer = browser.post_raw(&path, body.clone()).await;
                let said = format!("{path} {}: {answer}", short(&body));
                assert!((400..500).contains(&answer.status), "{said}");
                assert!(says_what_is_wrong(&answer), "nothing is said: {said}");
                let title = answer.text_of("title");
                assert!(answer.status != 422 || title.starts_with("Error: "), "{title}: {said}");
            }
            scene.forgive();
        }
        assert_eq!(scene.kept(), before, "{path} changed something");
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_or_too_much_is_refused_everywhere() {
    let scene = Scene::set().await;
    let before = scene.kept();
    let many = "a=1&".repeat(800);
    let bodies: [(&[u8], u16); 5] =
        [(b"\xff\xfe\x00", 400), (b"%", 400), (b"a=%00", 400), (many.as_bytes(), 400), (&[b'a'; 140_000], 413)];
    for tried in &FORMS {
        let browser = scene.browser_of(tried.by);
        let path = scene.filled(tried.path);
        for (body, status) in bodies {
            let answer = browser.post_raw(&path, body.to_vec()).await;
            assert_eq!(answer.status, status, "{path} {}: {answer}", short(&String::from_utf8_lossy(body)));
            assert!(says_what_is_wrong(&answer), "{path}: {answer}");
        }
        for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain", ""] {
            let request = browser
                .request(Method::POST, &path)
                .header("sec-fetch-site", "same-origin")
                .header("content-type", kind)
                .body("{\"count\": 1}");
            let answer = browser.send(request).await;
            assert_eq!(answer.status, 400, "{path} as {kind:?}: {answer}");
        }
    }
    assert_eq!(scene.kept(), before);
}

#[tokio::test]
async fn an_id_in_an_address_that_is_no_id_is_no_page() {
    let scene = Scene::set().await;
    let before = scene.kept();
    for id in ["0", "-1", "x", "1.5", "1%00", "%ff", "99999999999999999999", "9223372036854775808", &"9".repeat(5000)] {
        for (path, fields) in [
            (format!("/cart/entries/{id}"), [("count", "2")]),
            (format!("/cart/entries/{id}/selection"), [("selected", "true")]),
            (format!("/account/addresses/{id}/removal"), [("", "")]),
            (format!("/account/addresses/{id}/default"), [("", "")]),
        ] {
            let answer = scene.mei.post(&path, &fields).await;
            assert_eq!(answer.status, 404, "{path}: {answer}");
        }
    }
    assert_eq!(scene.kept(), before);
}

#[tokio::test]
async fn a_form_of_somebody_who_is_not_signed_in_leads_to_the_door_and_changes_nothing() {
    let scene = Scene::set().await;
    let before = scene.kept();
    for path in [
        "/checkout",
        "/checkout/addresses",
        "/checkout/adjustment",
        "/account/password",
        "/account/addresses",
        "/account/addresses/1",
    ] {
        let answer = scene.shop.visitor().post(path, &[("mode", "left")]).await;
        assert_eq!(answer.status, 303, "{path}: {answer}");
        assert!(answer.location().starts_with("/sign-in"), "{path}: {answer}");
    }
    assert_eq!(scene.kept(), before);
}
