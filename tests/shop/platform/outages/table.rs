//! What can be wrong with PostgreSQL and Redis, and what each kind of page then answers: the table of `docs/operations.md`.

use std::time::Duration;

use super::scene::Page;
use crate::support::{Fault, TestShop};

/// One row of the table.
pub struct Outage {
    pub name: &'static str,
    pub begin: fn(&TestShop),
    pub end: fn(&TestShop),
    /// The statuses with which a page may be answered while it lasts.
    pub expected: fn(Page) -> Vec<u16>,
}

fn set_database(shop: &TestShop, fault: Fault) {
    shop.proxies().database.set(fault);
}

fn set_redis(shop: &TestShop, fault: Fault) {
    shop.proxies().redis.set(fault);
}

fn set_both(shop: &TestShop, fault: Fault) {
    set_database(shop, fault);
    set_redis(shop, fault);
}

fn command_redis(shop: &TestShop, words: &[&str]) {
    redis::cmd(words[0]).arg(&words[1..]).exec(&mut shop.redis.connect()).unwrap();
}

fn latency(delay_ms: u64, spread_ms: u64) -> Fault {
    Fault::Latency { delay: Duration::from_millis(delay_ms), spread: Duration::from_millis(spread_ms) }
}

fn without_database(page: Page) -> Vec<u16> {
    if page == Page::Healthz { vec![200] } else { vec![503] }
}

fn without_redis(page: Page) -> Vec<u16> {
    match page {
        Page::Home | Page::Product | Page::Search | Page::Healthz => vec![200],
        _ => vec![503],
    }
}

fn with_full_redis(page: Page) -> Vec<u16> {
    match page {
        Page::SignIn | Page::Readyz => vec![503],
        // A full Redis still accepts commands that need no memory, which is enough for a checkout that was opened
        // before.
        Page::ShowCheckout => vec![200, 303, 503],
        Page::PlaceOrder => vec![303, 503],
        // A staff session is prolonged by a write.
        Page::AdminStock => vec![200, 503],
        page => vec![page.usual()],
    }
}

fn with_read_only_database(page: Page) -> Vec<u16> {
    match page {
        Page::PlaceOrder | Page::Readyz => vec![503],
        Page::SignIn => vec![303, 503],
        page => page.usual_or_after_the_order(),
    }
}

fn but_no_order(page: Page) -> Vec<u16> {
    if page == Page::PlaceOrder { vec![503] } else { page.usual_or_after_the_order() }
}

fn usual_or_busy(page: Page) -> Vec<u16> {
    [page.usual_or_after_the_order(), vec![503]].concat()
}

/// Staff sessions, sign-ins and orders need transactions.
fn without_commits(page: Page) -> Vec<u16> {
    match page {
        Page::SignIn | Page::AdminStock | Page::PlaceOrder => vec![page.usual(), 503],
        page => page.usual_or_after_the_order(),
    }
}

pub const DATABASE_AWAY: &[Outage] = &[
    Outage {
        name: "PostgreSQL refuses connections",
        begin: |shop| set_database(shop, Fault::Refuse),
        end: |shop| set_database(shop, Fault::None),
        expected: without_database,
    },
    Outage {
        name: "PostgreSQL hangs",
        begin: |shop| set_database(shop, Fault::Hang),
        end: |shop| set_database(shop, Fault::None),
        expected: without_database,
    },
    Outage {
        name: "PostgreSQL hangs, and its connections are cut at the end",
        begin: |shop| set_database(shop, Fault::Hang),
        end: |shop| {
            set_database(shop, Fault::None);
            shop.proxies().database.cut_connections();
        },
        expected: without_database,
    },
    Outage {
        name: "all connections of PostgreSQL are taken",
        begin: |shop| set_database(shop, Fault::TooManyClients),
        end: |shop| set_database(shop, Fault::None),
        expected: without_database,
    },
];

pub const REDIS_AWAY: &[Outage] = &[
    Outage {
        name: "Redis refuses connections",
        begin: |shop| set_redis(shop, Fault::Refuse),
        end: |shop| set_redis(shop, Fault::None),
        expected: without_redis,
    },
    Outage {
        name: "Redis hangs",
        begin: |shop| set_redis(shop, Fault::Hang),
        end: |shop| set_redis(shop, Fault::None),
        expected: without_redis,
    },
];

pub const BOTH_AWAY: &[Outage] = &[
    Outage {
        name: "both refuse connections",
        begin: |shop| set_both(shop, Fault::Refuse),
        end: |shop| set_both(shop, Fault::None),
        expected: without_database,
    },
    Outage {
        name: "both hang",
        begin: |shop| set_both(shop, Fault::Hang),
        end: |shop| set_both(shop, Fault::None),
        expected: without_database,
    },
];

pub const SLOW: &[Outage] = &[
    Outage {
        name: "PostgreSQL answers 40 ms late",
        begin: |shop| set_database(shop, latency(20, 10)),
        end: |shop| set_database(shop, Fault::None),
        expected: Page::usual_or_after_the_order,
    },
    Outage {
        name: "Redis answers 40 ms late",
        begin: |shop| set_redis(shop, latency(20, 10)),
        end: |shop| set_redis(shop, Fault::None),
        expected: Page::usual_or_after_the_order,
    },
    Outage {
        name: "Redis answers 500 ms late",
        begin: |shop| set_redis(shop, latency(250, 0)),
        end: |shop| set_redis(shop, Fault::None),
        expected: usual_or_busy,
    },
];

pub const REDIS_WITHOUT_WRITES: &[Outage] = &[
    Outage {
        name: "Redis is full",
        begin: |shop| command_redis(shop, &["CONFIG", "SET", "maxmemory", "1"]),
        end: |shop| command_redis(shop, &["CONFIG", "SET", "maxmemory", "0"]),
        expected: with_full_redis,
    },
    Outage {
        name: "Redis is a replica",
        begin: |shop| command_redis(shop, &["REPLICAOF", "127.0.0.1", "1"]),
        end: |shop| command_redis(shop, &["REPLICAOF", "NO", "ONE"]),
        expected: with_full_redis,
    },
];

pub const DATABASE_WITHOUT_WRITES: &[Outage] = &[
    Outage {
        name: "PostgreSQL takes no writes",
        begin: |shop| set_read_only(shop, "on"),
        end: |shop| set_read_only(shop, "off"),
        expected: with_read_only_database,
    },
    Outage {
        name: "the disk of PostgreSQL is full",
        begin: |shop| {
            shop.execute(
                "create function full_disk() returns trigger language plpgsql as $$ begin
                    raise exception 'could not extend file \"base/1/2\": No space left on device' using errcode = '53100';
                 end $$;
                 create trigger full_disk before insert on orders execute function full_disk()",
            );
        },
        end: |shop| shop.execute("drop trigger full_disk on orders; drop function full_disk"),
        expected: but_no_order,
    },
];

pub const COMMITS_LOST: &[Outage] = &[
    Outage {
        name: "connections are cut before a commit",
        begin: |shop| set_database(shop, Fault::CutRequest("COMMIT")),
        end: |shop| set_database(shop, Fault::None),
        expected: without_commits,
    },
    Outage {
        name: "connections are cut before the answer to a commit",
        begin: |shop| set_database(shop, Fault::CutAnswer("COMMIT\0")),
        end: |shop| set_database(shop, Fault::None),
        expected: without_commits,
    },
];

pub const ALL: &[&[Outage]] =
    &[DATABASE_AWAY, REDIS_AWAY, BOTH_AWAY, SLOW, REDIS_WITHOUT_WRITES, DATABASE_WITHOUT_WRITES, COMMITS_LOST];

fn set_read_only(shop: &TestShop, yes: &str) {
    let name = shop.text("select current_database()");
    shop.execute(&format!(
        "set default_transaction_read_only = off; alter database {name} set default_transaction_read_only = {yes}"
    ));
    shop.number(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    );
}
