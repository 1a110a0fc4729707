//! A load generator of many shoppers that costs as little CPU time as possible, since it shares the cores with the shop
//! that it measures: one thread, one open connection for each shopper, and only the needed parts of a response are
//! parsed. `benches/measure` calls it.
//!
//! `shoppers sign-in` reads lines of `user id, address id, username, password`, signs each user in over HTTP and prints
//! `user id, address id, session cookie`, which is the format of the file SHOPPERS below.
//!
//! `shoppers order SHOPPERS SKUS COUNT SECONDS`: COUNT shoppers at a time place one order after the other for this many
//! seconds, each of three random SKUs from the file SKUS (`id, price`), or of its only SKU. Prints `orders, seconds,
//! median ms, 99th percentile ms, requests that placed no order`.
//!
//! `shoppers sale SHOPPERS SKUS`: all shoppers order one of the only SKU at once. Prints `sold, refused because too
//! little is left, other responses, median ms, 99th percentile ms and longest ms of all responses, ms from the first
//! request to the last response`.
//!
//! `shoppers sign KEY` reads lines of `number, amount` of an attempt to pay, and prints the form of the notification that
//! it is paid, signed with the private key of the gateway, for ALIPAY_APP_ID and ALIPAY_SELLER_ID.
//!
//! `shoppers notify FORMS RATE SECONDS`: sends so many of these forms a second. Prints `acknowledged, seconds, median ms,
//! 99th percentile ms, other responses`.
//!
//! The last, `order` and `sale` print `ready` and wait for a line before they begin; after the result they wait for the end of their
//! input. All use the shop at SHOP (`host:port`), and Redis at REDIS, REDISCLI_AUTH and REDIS_DATABASE.

mod answer;
mod carts;
mod checkout_form;
mod connections;
mod notify;
mod order;
mod sale;
mod sign_in;
mod statistics;

use std::{env, error::Error, fs, io::stdin, str::FromStr, time::Duration};

type Fault = Box<dyn Error + Send + Sync>;
type Outcome<T> = Result<T, Fault>;

fn main() -> Outcome<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["sign-in"] => sign_in::sign_in(),
        ["order", shoppers, skus, count, seconds] => {
            let shoppers = read(shoppers)?;
            order::order(&shoppers, count.parse()?, &read(skus)?, Duration::from_secs(seconds.parse()?))
        }
        ["sale", shoppers, skus] => match read(skus)?.as_slice() {
            [sku] => sale::sale(&read(shoppers)?, sku),
            _ => Err("a sale is of one SKU".into()),
        },
        ["sign", key] => notify::sign(key),
        ["notify", forms, rate, seconds] => {
            notify::notify(&read(forms)?, rate.parse()?, Duration::from_secs(seconds.parse()?))
        }
        _ => Err("shoppers sign-in | order SHOPPERS SKUS COUNT SECONDS | sale SHOPPERS SKUS | sign KEY | \
                  notify FORMS RATE SECONDS"
            .into()),
    }
}

/// Reads a file with one record on each line.
fn read<T: FromStr<Err = Fault>>(path: &str) -> Outcome<Vec<T>> {
    fs::read_to_string(path)?.lines().map(str::parse).collect()
}

/// Reads an environment variable.
fn setting(name: &str) -> Outcome<String> {
    env::var(name).map_err(|problem| format!("{name}: {problem}").into())
}

/// Prints `ready` and waits for a line: the measuring script reads its clocks and starts the run.
fn ready() -> Outcome<()> {
    println!("ready");
    match stdin().read_line(&mut String::new())? {
        0 => Err("nobody measures any more".into()),
        _ => Ok(()),
    }
}

/// Prints the result, and waits until the measuring script has read its clocks again.
fn tell(figures: &str) -> Outcome<()> {
    println!("{figures}");
    stdin().read_line(&mut String::new())?;
    Ok(())
}
