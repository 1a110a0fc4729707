//! Shoppers who place orders, one after the other, as fast as the shop lets them. `script/bench` calls it; it uses nothing
//! but std, so that it is built in a moment and leaves the cores to the shop.
//!
//! `checkout sign-in SHOP` reads lines of `user id, address id, username, password` and signs each of them in over HTTP;
//! it prints `user id, address id, session cookie`.
//!
//! `checkout order SHOP REDIS PASSWORD DATABASE SHOPPERS SKUS COUNT SECONDS`: COUNT shoppers of the file SHOPPERS buy for
//! so many seconds, each on a connection of their own, one of each of three different SKUs that are drawn anew for each
//! order from the file SKUS (`id, price`). Before an order its three entries are put into the cart, straight in Redis: that
//! is inside the loop, and so in the orders per second, but not in the order's own time. It prints
//! `orders per second, median ms, 99th percentile ms, requests that placed no order`.

use std::{
    collections::hash_map::RandomState,
    error::Error,
    fs,
    hash::{BuildHasher, Hasher},
    io::{BufRead, BufReader, Read, Write, stdin},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// In fen: FREIGHT and FREIGHT_FREE_FROM as they are where nobody has set them.
const FREIGHT: u64 = 1000;
const FREE_FROM: u64 = 19900;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["sign-in", shop] => sign_in(shop),
        ["order", shop, redis, password, database, shoppers, skus, count, seconds] => {
            let redis = Stores { address: redis, password, database };
            let seconds = Duration::from_secs(seconds.parse()?);
            order(shop, &redis, &read(shoppers)?, &read(skus)?, count.parse()?, seconds)
        }
        // `cargo bench` and `cargo test` have nothing to give it.
        _ => {
            eprintln!("run by script/bench");
            Ok(())
        }
    }
}

fn read<T>(path: &str) -> Outcome<Vec<T>>
where
    T: for<'a> TryFrom<&'a str, Error = Box<dyn Error + Send + Sync>>,
{
    fs::read_to_string(path)?.lines().map(T::try_from).collect()
}

// --- signing in -----------------------------------------------------------------------------------------------------

fn sign_in(shop: &str) -> Outcome<()> {
    let mut shop = Http::connect(shop)?;
    for line in stdin().lines() {
        let line = line?;
        let [user, address, name, password] = *line.split_whitespace().collect::<Vec<_>>() else {
            return Err(format!("not a user: {line}").into());
        };
        let answer = shop.post("/sign-in", "", &format!("username={name}&password={password}&next=/"))?;
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: session="));
        let cookie = cookie.and_then(|cookie| cookie.split(';').next()).ok_or_else(|| format!("{name}: {answer}"))?;
        println!("{user}\t{address}\tsession={cookie}");
    }
    Ok(())
}

// --- ordering -------------------------------------------------------------------------------------------------------

struct Shopper {
    user: u64,
    address: u64,
    cookie: String,
}

impl TryFrom<&str> for Shopper {
    type Error = Box<dyn Error + Send + Sync>;

    fn try_from(line: &str) -> Outcome<Self> {
        let [user, address, cookie] = *line.split('\t').collect::<Vec<_>>() else { return Err("not a shopper".into()) };
        Ok(Self { user: user.parse()?, address: address.parse()?, cookie: cookie.to_owned() })
    }
}

struct Sku {
    id: u64,
    /// In fen.
    price: u64,
}

impl TryFrom<&str> for Sku {
    type Error = Box<dyn Error + Send + Sync>;

    fn try_from(line: &str) -> Outcome<Self> {
        let (id, price) = line.split_once('\t').ok_or("not a SKU")?;
        Ok(Self { id: id.parse()?, price: price.replace('.', "").parse()? })
    }
}

struct Stores<'a> {
    address: &'a str,
    password: &'a str,
    database: &'a str,
}

#[derive(Default)]
struct Tally {
    times: Vec<Duration>,
    failed: usize,
}

fn order(
    shop: &str,
    redis: &Stores<'_>,
    shoppers: &[Shopper],
    skus: &[Sku],
    count: usize,
    time: Duration,
) -> Outcome<()> {
    let shoppers = shoppers.get(..count).ok_or("too few shoppers")?;
    let started = Instant::now();
    let tallies: Vec<Outcome<Tally>> = thread::scope(|scope| {
        let buying: Vec<_> = shoppers
            .iter()
            .map(|shopper| scope.spawn(move || buy(shop, redis, shopper, skus, started + time)))
            .collect();
        buying.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a shopper panicked".into()))).collect()
    });
    let took = started.elapsed();
    let mut all = Tally::default();
    for tally in tallies {
        let tally = tally?;
        all.times.extend(tally.times);
        all.failed += tally.failed;
    }
    all.times.sort_unstable();
    let percentile = |percent: usize| {
        let time = all.times.get(all.times.len() * percent / 100).copied().unwrap_or_default();
        time.as_secs_f64() * 1000.0
    };
    let orders = u32::try_from(all.times.len())?;
    let rate = f64::from(orders) / took.as_secs_f64();
    println!("{rate:.0}\t{:.2}\t{:.2}\t{}", percentile(50), percentile(99), all.failed);
    Ok(())
}

fn buy(shop: &str, redis: &Stores<'_>, shopper: &Shopper, skus: &[Sku], until: Instant) -> Outcome<Tally> {
    let mut shop = Http::connect(shop)?;
    let mut redis = Redis::connect(redis)?;
    let mut random = Random::new();
    let mut tally = Tally::default();
    while Instant::now() < until {
        let goods = three(skus, &mut random)?;
        redis.fill_cart(shopper.user, &goods)?;
        let form = form(shopper, &goods, &mut random);
        let sent = Instant::now();
        let answer = shop.post("/checkout", &shopper.cookie, &form)?;
        if answer.starts_with("HTTP/1.1 303") && answer.contains("\nlocation: /orders/") {
            tally.times.push(sent.elapsed());
        } else {
            tally.failed += 1;
            if tally.failed == 1 {
                eprintln!("no order: {}", answer.lines().next().unwrap_or_default());
            }
            redis.empty_cart(shopper.user)?;
        }
    }
    Ok(tally)
}

fn three<'a>(skus: &'a [Sku], random: &mut Random) -> Outcome<[&'a Sku; 3]> {
    loop {
        let mut draw = || skus.get(random.below(skus.len())).ok_or("no SKUs");
        let goods = [draw()?, draw()?, draw()?];
        let [a, b, c] = goods.map(|sku| sku.id);
        if a != b && b != c && a != c {
            return Ok(goods);
        }
    }
}

/// What the form of the checkout's page sends.
fn form(shopper: &Shopper, goods: &[&Sku], random: &mut Random) -> String {
    let sum: u64 = goods.iter().map(|sku| sku.price).sum();
    let total = if sum < FREE_FROM { sum + FREIGHT } else { sum };
    let seen: String = goods.iter().map(|sku| format!("&seen={}%3A{}", sku.id, yuan(sku.price))).collect();
    format!(
        "checkout_token={:016x}{:016x}&address_id={}&pay_method=cod&expected_total={}&note={seen}",
        random.next(),
        random.next(),
        shopper.address,
        yuan(total),
    )
}

fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

// --- HTTP/1.1, as much as it takes ----------------------------------------------------------------------------------

struct Http {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Http {
    fn connect(host: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), host: host.to_owned() })
    }

    /// Gives the head of the answer, its names in lower case.
    fn post(&mut self, path: &str, cookie: &str, body: &str) -> Outcome<String> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\naccept-encoding: gzip\r\ncookie: {cookie}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            body.len(),
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut head = String::new();
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err("the shop hung up".into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                Some((name, value)) => head.push_str(&format!("{}: {value}\n", name.to_ascii_lowercase())),
                None => head.push_str(&format!("{line}\n")),
            }
        }
        self.skip_body(&head)?;
        Ok(head)
    }

    fn skip_body(&mut self, head: &str) -> Outcome<()> {
        if let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: ")) {
            return self.skip(length.parse()?);
        }
        while head.contains("\ntransfer-encoding: chunked") {
            let mut size = String::new();
            self.stream.read_line(&mut size)?;
            let size = u64::from_str_radix(size.trim(), 16)?;
            self.skip(size + 2)?;
            if size == 0 {
                break;
            }
        }
        Ok(())
    }

    fn skip(&mut self, bytes: u64) -> Outcome<()> {
        std::io::copy(&mut self.stream.by_ref().take(bytes), &mut std::io::sink())?;
        Ok(())
    }
}

// --- Redis ----------------------------------------------------------------------------------------------------------

struct Redis(BufReader<TcpStream>);

impl Redis {
    fn connect(to: &Stores<'_>) -> Outcome<Self> {
        let stream = TcpStream::connect(to.address)?;
        stream.set_nodelay(true)?;
        let mut redis = Self(BufReader::new(stream));
        if !to.password.is_empty() {
            redis.ask(&format!("AUTH {}\r\n", to.password), 1)?;
        }
        redis.ask(&format!("SELECT {}\r\n", to.database), 1)?;
        Ok(redis)
    }

    /// One of each, selected, as the shop itself puts them in; one round trip.
    fn fill_cart(&mut self, user: u64, goods: &[&Sku]) -> Outcome<()> {
        let [mut counts, mut ids, mut prices] = [const { String::new() }; 3];
        for sku in goods {
            counts += &format!(" {} 1", sku.id);
            ids += &format!(" {}", sku.id);
            prices += &format!(" {} {}", sku.id, yuan(sku.price));
        }
        let commands = format!(
            "HSET cart:{{u{user}}}{counts}\r\nSADD selected:{{u{user}}}{ids}\r\nHSET prices:{{u{user}}}{prices}\r\n"
        );
        self.ask(&commands, 3)
    }

    fn empty_cart(&mut self, user: u64) -> Outcome<()> {
        self.ask(&format!("DEL cart:{{u{user}}} selected:{{u{user}}} prices:{{u{user}}}\r\n"), 1)
    }

    /// Sends commands of which each is answered by one line.
    fn ask(&mut self, commands: &str, answers: usize) -> Outcome<()> {
        self.0.get_mut().write_all(commands.as_bytes())?;
        for _ in 0..answers {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            if !line.starts_with(['+', ':']) {
                return Err(format!("Redis: {}", line.trim_end()).into());
            }
        }
        Ok(())
    }
}

// --- chance ---------------------------------------------------------------------------------------------------------

/// SplitMix64, from a seed of the system's.
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or_default()
    }
}
