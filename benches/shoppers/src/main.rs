//! Many shoppers at once, at as little cost as can be: they share the cores with the shop they measure. One thread, one
//! connection for each shopper that stays open, and nothing of an answer is looked at that does not matter. `benches/measure`
//! calls it.
//!
//! `shoppers sign-in` reads lines of `user id, address id, username, password`, signs each of them in over HTTP and prints
//! `user id, address id, session cookie`: a shopper, as the other two read them.
//!
//! `shoppers order SHOPPERS SKUS COUNT SECONDS`: COUNT at a time of the file SHOPPERS buy for so many seconds, one order after
//! the other, of three SKUs that are drawn anew for each from the file SKUS (`id, price`), or of its one SKU. It prints
//! `orders, seconds, median ms, 99th percentile ms, requests that placed no order`.
//!
//! `shoppers sale SHOPPERS SKUS`: all of them press the button at once, each for one of the one SKU. It prints
//! `sold, told that there is not enough left, neither of both, median ms, 99th percentile ms and longest ms of those told,
//! ms from the first press until the last answer`.
//!
//! The last two say `ready` when everybody stands at the button, and wait for a line before they begin; having said what came
//! of it they stay until their input ends. All of them find the shop in SHOP (`host:port`), and Redis in REDIS, REDISCLI_AUTH and REDIS_DATABASE.

mod answer;
mod carts;
mod checkout_form;
mod connections;
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
        _ => Err("shoppers sign-in | order SHOPPERS SKUS COUNT SECONDS | sale SHOPPERS SKUS".into()),
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
