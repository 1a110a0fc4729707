//! Rules for the HTML of every page, and for screen readers.

use chrono::{NaiveDate, NaiveDateTime};
use scraper::{ElementRef, Html, Selector};
use std::collections::HashSet;

use crate::support::{Answer, Browser, PASSWORD, TestShop, addresses};

fn select<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

/// The `autocomplete` value of each field that browsers can fill in; all others have "off".
const TOKENS: [(&str, &[&str]); 16] = [
    ("username", &["username"]),
    ("email", &["email"]),
    ("password", &["current-password", "new-password"]),
    ("reauth_password", &["current-password"]),
    ("current_password", &["current-password"]),
    ("download_password", &["current-password"]),
    ("erasure_password", &["current-password"]),
    ("new_password", &["new-password"]),
    ("repeat_password", &["new-password"]),
    ("code", &["one-time-code", "off"]),
    ("reauth_code", &["one-time-code"]),
    ("recipient", &["name"]),
    ("guest_name", &["name"]),
    ("phone", &["tel"]),
    ("street", &["address-line1"]),
    ("postcode", &["postal-code"]),
];

/// What is wrong with a page.
fn faults(page: &Answer) -> Vec<String> {
    let html = page.html();
    let mut faults = Vec::new();
    let headings = select(&html, "h1").len();
    if headings != 1 {
        faults.push(format!("{headings} h1"));
    }
    if select(&html, "title").first().is_none_or(|title| title.text().collect::<String>().trim().is_empty()) {
        faults.push("no title".into());
    }
    faults.extend(select(&html, ":is(h1, h2, h3, h4) a").iter().map(|link| format!("in a heading: {}", link.html())));
    faults.extend(select(&html, "time").into_iter().filter(|time| !is_time(*time)).map(|time| time.html()));
    let mut ids = HashSet::new();
    for element in select(&html, "[id]") {
        let id = element.attr("id").unwrap();
        if !ids.insert(id) {
            faults.push(format!("#{id} twice"));
        }
    }
    for pointer in ["for", "aria-labelledby", "aria-describedby", "form"] {
        for element in select(&html, &format!("[{pointer}]")) {
            let named = element.attr(pointer).unwrap();
            faults.extend(
                named.split_whitespace().filter(|id| !ids.contains(id)).map(|id| format!("{pointer} {id} is nowhere")),
            );
        }
    }
    for field in select(&html, "input:not([type=hidden], [aria-hidden]), select, textarea") {
        if !is_labelled(&html, field) {
            faults.push(format!("no label: {}", field.html()));
        }
        if !fits(field) {
            faults.push(format!("autocomplete: {}", field.html()));
        }
    }
    for button in select(&html, ":is(button, a[href], summary):not([aria-hidden])") {
        let pictures = button.select(&Selector::parse("img[alt]").unwrap()).any(|img| img.attr("alt") != Some(""));
        let said = button.text().any(|text| !text.trim().is_empty()) || button.attr("aria-label").is_some();
        if !said && !pictures {
            faults.push(format!("no name: {}", button.html()));
        }
    }
    for status in ["#flash[role=status]", "[data-announcer][role=status]"] {
        if select(&html, status).len() != 1 {
            faults.push(format!("no {status}"));
        }
    }
    faults
}

/// A date, or a time with at most three digits of the second's fraction.
fn is_time(time: ElementRef<'_>) -> bool {
    let text = time.text().collect::<String>();
    let said = time.attr("datetime").unwrap_or(text.trim());
    let (fine, fraction) = said.trim_end_matches('Z').split_once('.').unwrap_or((said.trim_end_matches('Z'), ""));
    let formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let read = formats.iter().any(|format| NaiveDateTime::parse_from_str(fine, format).is_ok())
        || NaiveDate::parse_from_str(fine, "%Y-%m-%d").is_ok();
    read && fraction.len() <= 3 && fraction.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_labelled(html: &Html, field: ElementRef<'_>) -> bool {
    field.attr("aria-label").is_some_and(|label| !label.is_empty())
        || field.attr("aria-labelledby").is_some()
        || field.ancestors().filter_map(ElementRef::wrap).any(|element| element.value().name() == "label")
        || field.attr("id").is_some_and(|id| !select(html, &format!("label[for='{id}']")).is_empty())
}

fn fits(field: ElementRef<'_>) -> bool {
    let kind = field.attr("type").unwrap_or("text");
    let is_typed = field.value().name() == "input" && !matches!(kind, "checkbox" | "radio" | "file" | "date");
    let form = field.ancestors().filter_map(ElementRef::wrap).find(|element| element.value().name() == "form");
    let said = field.attr("autocomplete").or_else(|| form?.attr("autocomplete"));
    let name = field.attr("name").unwrap_or_default();
    match TOKENS.iter().find(|(of, _)| *of == name) {
        Some((_, tokens)) => said.is_some_and(|said| tokens.contains(&said)),
        // Province, city and district in one field: browsers know the first of them.
        None if name == "region" => said == Some("address-level1"),
        None => !is_typed || said == Some("off"),
    }
}

async fn look_at_all(browser: &Browser, addresses: &[String]) -> (usize, Vec<String>) {
    let (mut pages, mut found) = (0, Vec::new());
    for address in addresses {
        let answer = browser.get_canonical(address).await;
        if answer.header("content-type").starts_with("text/html") {
            pages += 1;
            found.extend(faults(&answer).into_iter().map(|fault| format!("{address}: {fault}")));
        }
    }
    (pages, found)
}

#[tokio::test]
async fn every_page_is_sound_html_that_can_be_heard_and_filled_in() {
    let shop = TestShop::open().await;
    let kitchen = shop.make_category("Kitchen", None);
    shop.make_category("Kettles", Some(kitchen));
    let spu = shop.make_spu("Lamp");
    for (place, colour) in shop.make_option(spu, "Colour", &["blue", "red"]).into_iter().enumerate() {
        let sku = shop.make_sku_of(spu, 9, &format!("{}.00", 40 + place));
        shop.set_option(sku, colour);
    }
    let sku = shop.make_sku(9, "15.00");
    shop.make_admin("lin");
    let mei = shop.shopper("mei").await;
    mei.puts_in_cart(sku, 1).await;
    let number = mei.orders().await;
    mei.puts_in_cart(sku, 1).await;
    shop.execute(
        "update orders set paid_amount = total_amount, paid_at = now(), status = 'unsent';
         insert into payments (order_id, pay_method, number, amount, status, counts, expires_at, paid_at, strange)
         select id, pay_method, number || '_1', total_amount, 'paid', true, now(), now(), 'odd' from orders;
         insert into refunds (payment_id, number, amount, reason, status, note, last_error)
         select id, 'refund_' || i, 1, 'amount', 'refused', 'note', 'error' from payments, generate_series(1, 2) i;
         insert into payment_notifications (pay_method, fingerprint, body, payment_id, outcome)
         select 'alipay', sha256('x'), 'charset=utf-8&subject=x', id, 'strange' from payments;
         insert into shipment_imports (token, staff_id, file_name, order_column, number_column)
         select 'the token of a form', id, 'parcels.csv', 0, 1 from users where username = 'lin';
         insert into shipment_import_lines (import_id, line, cells) values (1, 1, '[{\"text\": \"A\"}]');
         insert into questions (order_id, user_id, language, proved_at, token)
         select id, user_id, 'en', now(), repeat('a', 64) from orders;
         insert into question_messages (question_id, author, staff_id, words, token)
         select q.id, 'staff', u.id, 'On its way', repeat('b', 64) from questions q, users u where username = 'lin';
         insert into question_messages (question_id, author, words, begins_waiting, token)
         select id, 'shopper', 'Where is it?', true, token from questions;
         insert into question_pictures select id, 1, '' from question_messages where author = 'shopper';
         update invoice_settings set fapiao = true;
         insert into fapiao_requests (order_id, kind, title_kind, title, email)
         select id, 'ordinary', 'person', 'Mei', 'a@b.cn' from orders",
    );

    let mut all = addresses();
    for more in ["/categories/kitchen", "/search?q=lamp", "/search?q=nothing+at+all", "/nowhere"] {
        all.push(more.into());
    }
    all.push(format!("/contact?order={number}"));
    all.push(format!("/orders/{number}"));
    all.push(format!("/orders/{number}/fapiao"));
    all.push(format!("/admin/orders/{number}"));
    all.push(format!("/admin/orders/{number}/refunds"));
    all.push(format!("/admin/orders/{number}/invoice"));
    all.push("/admin/reports/2026-01".into());
    for paper in ["orders/pick-list", "orders/packing-slips", "shipments/new"] {
        all.push(format!("/admin/{paper}?order={number}&order=unknown"));
    }
    let lin = shop.visitor();
    lin.sign_in("lin", PASSWORD).await.expect(303);
    let mut pages = 0;
    for browser in [&shop.visitor(), &mei.browser, &lin] {
        let (seen, found) = look_at_all(browser, &all).await;
        assert!(found.is_empty(), "{found:#?}");
        pages += seen;
    }
    assert!(pages > 60, "{pages}");

    shop.execute(
        "update orders set status = 'unreviewed', received_at = now(); update order_goods set sent_count = count",
    );
    let reviews = format!("/orders/{number}/reviews");
    let form = mei.browser.page(&reviews).await;
    assert!(form.has("form [name=stars]") && faults(&form).is_empty(), "{:#?}", faults(&form));
    let wrong = mei.browser.post(&reviews, &[("line", "1"), ("stars", ""), ("words", "")]).await.expect(422);
    assert!(faults(&wrong).is_empty(), "{:#?}", faults(&wrong));
    mei.browser.post(&reviews, &[("line", "1"), ("stars", "4"), ("words", "Good")]).await.expect(303);
    shop.execute("update reviews set picture_count = 2, answer = 'Thank you', answered_at = now()");
    let product = format!("/products/{}", shop.spu_of(sku));
    let of_review = ["/", &product, &format!("{product}/reviews"), &reviews, &format!("{reviews}/1")];
    let of_review: Vec<String> = of_review.iter().map(|path| (*path).to_owned()).collect();
    let (_, found) = look_at_all(&mei.browser, &of_review).await;
    assert!(found.is_empty(), "{found:#?}");
    let (_, found) = look_at_all(&lin, &["/admin/reviews".to_owned(), "/admin/reviews/1".to_owned()]).await;
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn a_refused_form_says_so_in_its_title_and_is_sound_too() {
    let shop = TestShop::open().await;
    let visitor = shop.visitor();
    let sign_up = visitor.post("/sign-up", &[("username", ""), ("email", "x"), ("password", "")]).await.expect(422);
    assert!(sign_up.text_of("title").starts_with("Error: "), "{}", sign_up.text_of("title"));
    assert!(faults(&sign_up).is_empty(), "{:#?}", faults(&sign_up));
    assert!(!visitor.page("/sign-up").await.text_of("title").contains("Error"));
    visitor.post("/language", &[("language", "zh")]).await.expect(303);
    let sign_in = visitor.post("/sign-in", &[("username", "nobody"), ("password", "wrong")]).await.expect(422);
    assert!(sign_in.text_of("title").starts_with("有误："), "{}", sign_in.text_of("title"));
}

#[tokio::test]
async fn what_it_comes_to_stands_where_those_who_hear_the_page_are_told_of_a_change() {
    let shop = TestShop::open().await;
    let mei = shop.shopper("mei").await;
    let sku = shop.make_sku(9, "15.00");
    let product = mei.browser.page(&format!("/products/{}", shop.spu_of(sku))).await;
    assert!(product.has("[role=status] [data-sku-price]") && product.has("[role=status] [data-sku-stock]"));
    assert_eq!(mei.browser.page("/cart").await.text_of("#cart-status[role=status]"), "Your cart is empty");
    mei.puts_in_cart(sku, 2).await;
    let cart = mei.browser.page("/cart").await;
    assert_eq!(cart.text_of("#cart-status[role=status]"), "2 items, ¥40.00 in all");
    assert!(!cart.has("#cart #cart-status"), "it stays when the cart is exchanged");
    for form in cart.attributes_of("[data-live]", "data-live") {
        assert!(form.contains("#cart-status"), "{form}");
    }
}
