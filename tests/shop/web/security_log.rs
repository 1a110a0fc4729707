//! The security log: what it contains, whatever the log filter, and what it never contains.

use reqwest::{Method, header::AUTHORIZATION};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::{Browser, Database, PASSWORD, RedisServer, TillServer, until};

const TOKEN: &str = "0123456789abcdefghij";

/// The events of this kind, the oldest first.
fn events(till: &TillServer, kind: &str) -> Vec<Value> {
    let said = till.said();
    let lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["target"] == "security")
        .map(|line| line["fields"].clone())
        .filter(|event| event["event"] == kind)
        .collect()
}

#[tokio::test]
async fn each_event_is_told_once_without_secrets_whatever_is_logged() {
    let (database, redis) = (Database::migrated(), RedisServer::start());
    let settings = [("LOG", "off"), ("LOG_FORMAT", "json"), ("METRICS_TOKEN", TOKEN), ("BEHIND_PROXY", "true")];
    let mut till = TillServer::new(&database.url, &redis.url(), &settings);
    till.resume().await;
    let mei = database.make_user("mei");
    let lin = database.make_admin("lin");
    let chen = database.make_staff("chen");
    let browser = || Browser::at(&till.url());

    let visitor = browser();
    visitor.sign_in("mei", "not the password").await.expect(422);
    visitor.sign_in("typed-in-the-wrong-field", "x").await.expect(422);
    visitor.sign_in("mei", PASSWORD).await.expect(303);
    let fields =
        [("current_password", PASSWORD), ("new_password", "paper lantern"), ("repeat_password", "paper lantern")];
    visitor.post("/account/password", &fields).await.expect(303);
    visitor.get("/admin/people").await.expect(404);
    visitor.post("/sign-out", &[]).await.expect(303);
    for _ in 0..11 {
        browser().sign_in("chen", "not the password").await;
    }
    let foreign = visitor.request(Method::POST, "/sign-in").header("sec-fetch-site", "cross-site");
    visitor.send(foreign).await.expect(403);
    let admin = browser();
    admin.sign_in("lin", PASSWORD).await.expect(303);
    admin.post(&format!("/admin/people/{chen}/closure"), &[]).await.expect(303);
    admin.post(&format!("/admin/people/{chen}/reopening"), &[]).await.expect(303);
    admin.post(&format!("/admin/people/{chen}/role"), &[("role", "admin")]).await.expect(303);

    until("the last event is written", || !events(&till, "role_changed").is_empty()).await;
    let one = |kind: &str| {
        let found = events(&till, kind);
        assert_eq!(found.len(), 1, "{kind}: {found:?}");
        found[0].clone()
    };
    let failed = events(&till, "sign_in_failed");
    assert_eq!((failed[0]["user"].as_i64(), failed[1]["user"].as_i64()), (Some(mei.0), None));
    assert_eq!(failed[1]["name_hash"].as_str().map(str::len), Some(16));
    assert_eq!(failed[0]["address"], "unknown");
    assert_eq!(failed[0]["request_id"].as_str().map(str::len), Some(36));
    assert_eq!(
        events(&till, "sign_in_succeeded").iter().map(|event| event["user"].as_i64()).collect::<Vec<_>>(),
        [Some(mei.0), Some(lin.0)]
    );
    assert_eq!(one("password_changed")["user"].as_i64(), Some(mei.0));
    assert_eq!(one("admin_access_refused")["user"].as_i64(), Some(mei.0));
    assert_eq!(one("sign_out")["user"].as_i64(), Some(mei.0));
    assert_eq!(one("rate_limited")["reason"], "sign_in");
    assert_eq!(one("cross_site_refused")["path"], "/sign-in");
    for kind in ["account_closed", "account_reopened", "role_changed"] {
        let event = one(kind);
        assert_eq!((event["user"].as_i64(), event["by"].as_i64()), (Some(chen.0), Some(lin.0)), "{kind}");
    }
    let unreadable = events(&till, "forwarded_unreadable").len();
    assert!((1..8).contains(&unreadable), "now and then, not for each request: {unreadable}");

    let said = till.said();
    for secret in [PASSWORD, "paper lantern", "not the password", "typed-in-the-wrong-field"] {
        assert!(!said.contains(secret), "{secret}");
    }
    let asked = visitor.request(Method::GET, "/metrics").header(AUTHORIZATION, format!("Bearer {TOKEN}"));
    let metrics = visitor.send(asked).await.expect(200).body;
    for sample in [
        "till_security_events_total{event=\"sign_in_failed\"} 12",
        "till_security_events_total{event=\"sign_in_succeeded\"} 2",
        "till_security_events_total{event=\"cross_site_refused\"} 1",
        "till_security_events_total{event=\"second_factor_failed\"} 0",
    ] {
        assert!(metrics.contains(sample), "{sample}");
    }
}

#[tokio::test]
async fn what_an_operator_does_about_accounts_is_told_too() {
    let database = Database::migrated();
    let staff = |arguments: &[&str], password: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_till"));
        command.arg("staff").args(arguments).env("DATABASE_URL", &database.url).env("LOG_FORMAT", "json");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut till = command.spawn().unwrap();
        till.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        let output = till.wait_with_output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let add = ["add", "--username", "chen", "--email", "chen@shop.example", "--password-stdin"];
    let refused = staff(&add, "12345678\n");
    assert!(refused.contains("most people use"), "{refused}");
    let refused = staff(&add, &format!("{}\n", "x".repeat(129)));
    assert!(refused.contains("at most 128 characters"), "{refused}");
    for (arguments, event) in [
        (&add[..], "staff_added"),
        (&["reset-password", "chen", "--password-stdin"], "password_reset"),
        (&["disable", "chen"], "account_closed"),
        (&["enable", "chen"], "account_reopened"),
    ] {
        let said = staff(arguments, "paper lantern\n");
        let event = format!("\"event\":\"{event}\"");
        assert!(said.contains(&event) && !said.contains("paper lantern"), "{said}");
    }
    let refused = staff(&["reset-password", "chen", "--password-stdin"], "password\n");
    assert!(refused.contains("most people use"), "{refused}");
}

#[tokio::test]
async fn a_blocked_contact_and_a_wrong_link_are_told_and_the_key_of_the_link_is_not() {
    let (database, redis) = (Database::migrated(), RedisServer::start());
    let settings = [("LOG_FORMAT", "json"), ("METRICS_TOKEN", TOKEN)];
    let mut till = TillServer::new(&database.url, &redis.url(), &settings);
    till.resume().await;
    let mei = database.make_user("mei");
    let (address, clerk) = (database.make_address(mei).to_string(), database.make_staff("clerk"));
    let sku = database.make_sku(5, "20.00");
    database.execute(&format!(
        "insert into blocked_contacts (kind, value, contact, reason, staff_id)
         values ('email', 'mei@example.com', 'mei@example.com', 'Bot', {clerk})"
    ));
    let browser = Browser::at(&till.url());
    browser.sign_in("mei", PASSWORD).await.expect(303);
    browser.add(sku, 1).await.expect(303);
    let page = browser.page("/checkout").await;
    let (token, total) =
        (page.attribute_of("[name=checkout_token]", "value"), page.attribute_of("[name=expected_total]", "value"));
    let fields =
        [("checkout_token", &*token), ("address_id", &*address), ("pay_method", "cod"), ("expected_total", &*total)];
    browser.post("/checkout", &fields).await.expect(422);
    let key = "0f".repeat(32);
    browser.get(&format!("/pay/20261130120000000000001ABCDEF/{key}")).await.expect(404);

    until("both are written", || !events(&till, "pay_link_refused").is_empty()).await;
    let blocked = events(&till, "blocked_contact_refused");
    assert_eq!((blocked.len(), blocked[0]["user"].as_i64(), &blocked[0]["reason"]), (1, Some(mei.0), &"email".into()));
    assert_eq!(events(&till, "pay_link_refused")[0]["path"], "/pay/20261130120000000000001ABCDEF/");
    assert!(!till.said().contains(&key));
    let asked = browser.request(Method::GET, "/metrics").header(AUTHORIZATION, format!("Bearer {TOKEN}"));
    let metrics = browser.send(asked).await.expect(200).body;
    for sample in [
        "till_security_events_total{event=\"blocked_contact_refused\"} 1",
        "till_security_events_total{event=\"pay_link_refused\"} 1",
        "till_checkouts_refused_total{reason=\"blocked\"} 1",
    ] {
        assert!(metrics.contains(sample), "{sample} in {metrics}");
    }
}
