//! Requests of attackers and broken programs to every admin page, sent as signed-in staff.

use reqwest::{Method, header::CONTENT_TYPE};

use crate::support::{TestShop, addresses};

/// Names of the form fields of admin pages, so that hostile values reach the code that reads them.
const FIELDS: [&str; 44] = [
    "delta",
    "carried",
    "seen",
    "seen_sales",
    "reason",
    "note",
    "token",
    "next",
    "mode",
    "file",
    "picture",
    "alt",
    "alt_zh",
    "shows",
    "was_shows",
    "do",
    "name",
    "name_en",
    "name_zh",
    "description_en",
    "slug",
    "category_id",
    "brand_id",
    "parent_id",
    "version",
    "published",
    "code",
    "code_0",
    "price_0",
    "stock_0",
    "sku_1",
    "delta_1",
    "low_stock_at",
    "username",
    "email",
    "role",
    "password",
    "number",
    "status",
    "confirm",
    "answer",
    "decision",
    "language",
    "position",
];

/// Values that are known to break form handling.
fn values() -> Vec<Vec<u8>> {
    let words = [
        "",
        " ",
        "0",
        "-1",
        "1.5",
        "1e400",
        "NaN",
        "-0",
        "2147483648",
        "-9223372036854775808",
        "99999999999999999999999999",
        "1; drop table skus; --",
        "' or '1'='1",
        "<script>alert(1)</script>",
        "{{7*7}}${7*7}%{7*7}",
        "../../../etc/passwd",
        "//evil.example",
        "=cmd|' /C calc'!A0",
        "%00%0d%0aSet-Cookie:x=1",
        "\u{202e}\u{200b}\u{feff}",
        "👩‍👩‍👧‍👦é\u{301}\u{301}",
        "true",
        "[]",
        "\\",
        "%",
    ];
    let mut values: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    values.extend([
        b"\0".to_vec(),
        b"\xff\xfe\xfa".to_vec(),
        b"a\r\nb".to_vec(),
        vec![b'9'; 5_000],
        vec![b'x'; 60_000],
    ]);
    values
}

/// Bodies that are not valid forms, with their content types.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let multipart = "multipart/form-data; boundary=b";
    let part = |head: &str, body: &str| format!("--b\r\n{head}\r\n\r\n{body}\r\n");
    let file = |name: &str| format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"a.csv\"");
    let field = |name: &str| format!("Content-Disposition: form-data; name=\"{name}\"");
    let whole = |parts: String| (multipart, format!("{parts}--b--\r\n").into_bytes());
    vec![
        ("application/json", b"{\"delta\":1}".to_vec()),
        ("text/plain", b"delta=1".to_vec()),
        ("", b"delta=1".to_vec()),
        ("application/x-www-form-urlencoded", b"&&&===%%%&%zz=%".to_vec()),
        ("application/x-www-form-urlencoded", "a=1&".repeat(16_000).into_bytes()),
        ("application/x-www-form-urlencoded; charset=utf-16", b"\xff\xfed\0".to_vec()),
        ("multipart/form-data", b"--b\r\n".to_vec()),
        ("multipart/form-data; boundary=", b"--\r\n".to_vec()),
        (multipart, b"".to_vec()),
        (multipart, b"--b".to_vec()),
        (multipart, b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n".to_vec()),
        (multipart, part(&file("file"), "Code,Change\r\nX,").into_bytes()),
        whole(String::new()),
        whole(part("X: y", "x")),
        whole(part(&format!("{}\r\nX: {}", field("note"), "y".repeat(100_000)), "x")),
        whole(part(&field("note"), &"x".repeat(10_000))),
        whole(part(&field("note"), "a").repeat(10_000)),
        whole(part(&file("file"), "Code,Change\r\nX,1\r\n").repeat(2)),
        whole(part(&file("picture"), "no picture").repeat(2)),
        whole(part(&file("token"), "x") + &part(&field("file"), "x") + &part(&field("picture"), "x")),
        whole(part(&format!("{}\r\nContent-Length: 99999999999", file("file")), "Code,Change\r\n")),
        whole(part(&format!("{}\r\nContent-Transfer-Encoding: base64", file("picture")), "AAAA")),
    ]
}

#[tokio::test]
async fn nothing_that_is_sent_to_any_address_behind_the_counter_is_a_fault_of_the_shop() {
    let shop = TestShop::open().await;
    shop.make_sku(5, "9.00");
    let other = shop.member("mei").await;
    shop.execute(
        "insert into imports (token, staff_id, file_name, bytes, digest, mode, reason)
         select repeat('t', 16), id, 'stock.csv', 1, repeat('0', 64), 'count', 'count' from users where username = 'mei'",
    );
    let boss = shop.boss("boss").await;
    let behind = || addresses().into_iter().filter(|path| path.starts_with("/admin"));
    let mut faults = Vec::new();
    for path in behind() {
        for (kind, body) in bodies() {
            let request = boss.request(Method::POST, &path).header("sec-fetch-site", "same-origin");
            let request = if kind.is_empty() { request } else { request.header(CONTENT_TYPE, kind) };
            let status = boss.send(request.body(body)).await.status;
            if status >= 500 {
                faults.push(format!("{status} {path} {kind}"));
            }
        }
        for value in values() {
            let said: String = form_urlencoded::byte_serialize(&value).collect();
            let body = FIELDS.map(|field| format!("{field}={said}")).join("&");
            let query =
                format!("{path}?q={said}&after={said}&page={said}&sort={said}&category={said}&from={said}&who={said}");
            let posted = boss.post_raw(&path, body).await.status;
            let got = if query.len() > 30_000 { 414 } else { boss.get(&query).await.status };
            for status in [posted, got].into_iter().filter(|status| *status >= 500) {
                faults.push(format!("{status} {path} {:?}", String::from_utf8_lossy(&value[..value.len().min(30)])));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    boss.get("/admin/people").await.expect(200);
    assert_eq!(
        shop.number("select count(*) from users where role = 'admin'"),
        1,
        "nobody has become more than they were"
    );
    other.get("/").await.expect(200);
    shop.assert_reconciled();
}
