//! When jobs are tried, and tried again.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use till::platform::outbox::{MAX_ATTEMPTS, claim, enqueue};

use crate::support::TestShop;

fn noon() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

#[actix_web::test]
async fn whoever_makes_a_promise_has_ten_seconds_to_keep_it() {
    let shop = TestShop::open().await;
    let mut conn = shop.connect();
    let made = enqueue(&mut conn, "test", vec![json!({ "n": 1 })], noon()).unwrap();
    assert!(claim(&mut conn, noon() + Duration::milliseconds(9_999), 10).unwrap().is_empty());
    let claimed = claim(&mut conn, noon() + Duration::seconds(10), 10).unwrap();
    assert_eq!(claimed.iter().map(|promise| promise.id).collect::<Vec<_>>(), made);
    assert_eq!(claimed[0].payload, json!({ "n": 1 }));
}

#[actix_web::test]
async fn each_pause_is_twice_the_last_and_an_hour_at_most_and_the_sixteenth_try_is_the_last() {
    let shop = TestShop::open().await;
    let mut conn = shop.connect();
    enqueue(&mut conn, "test", vec![json!({})], noon()).unwrap();
    let mut now = noon() + Duration::seconds(10);
    let mut pauses = Vec::new();
    for _ in 0..MAX_ATTEMPTS {
        assert_eq!(claim(&mut conn, now, 10).unwrap().len(), 1);
        assert!(claim(&mut conn, now, 10).unwrap().is_empty(), "it is claimed once");
        let due: DateTime<Utc> = shop.text("select to_json(due_at) #>> '{}' from outbox").parse().unwrap();
        pauses.push((due - now).num_seconds());
        now = due;
    }
    let doubling = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560];
    assert_eq!(pauses[..10], doubling);
    assert!(pauses[10..].iter().all(|pause| *pause == 3600), "{pauses:?}");
    assert!(claim(&mut conn, now + Duration::days(30), 10).unwrap().is_empty());
}
