//! Carts, written directly to Redis with the same keys as the shop's. Commands are pipelined.

use mio::net::TcpStream;
use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
};

use crate::{Outcome, checkout_form::Sku, connections::RESPONSE_TIMEOUT, setting};

/// A connection to Redis.
pub struct Carts {
    pub stream: TcpStream,
    unsent: Vec<u8>,
    /// The shoppers with commands under way, and how many replies are missing, in order.
    asked: VecDeque<(usize, usize)>,
    scratch: Vec<u8>,
    /// An incomplete line.
    inbox: Vec<u8>,
}

impl Carts {
    pub fn connect() -> Outcome<Self> {
        let mut stream = std::net::TcpStream::connect(setting("REDIS")?)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(RESPONSE_TIMEOUT))?;
        for (name, value) in [("AUTH", setting("REDISCLI_AUTH")?), ("SELECT", setting("REDIS_DATABASE")?)] {
            let mut said = [0; 5];
            stream.write_all(format!("{name} {value}\r\n").as_bytes())?;
            stream.read_exact(&mut said)?;
            if &said != b"+OK\r\n" {
                return Err(format!("Redis refuses {name}").into());
            }
        }
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(stream),
            unsent: Vec::new(),
            asked: VecDeque::new(),
            scratch: vec![0; 65536],
            inbox: Vec::new(),
        })
    }

    /// Fills the cart of shopper number `at`: one of each SKU, selected.
    pub fn put<'a>(&mut self, at: usize, user: &str, skus: impl Iterator<Item = &'a Sku> + Clone) {
        let count = skus.clone().count();
        self.begin(2 + 2 * count, "HSET", "cart", user);
        skus.clone().for_each(|sku| self.words([&sku.id, "1"]));
        self.begin(2 + count, "SADD", "selected", user);
        skus.clone().for_each(|sku| self.words([&sku.id]));
        self.begin(2 + 2 * count, "HSET", "prices", user);
        skus.for_each(|sku| self.words([&sku.id, &sku.yuan]));
        self.asked.push_back((at, 3));
    }

    /// Empties the cart.
    pub fn empty(&mut self, at: usize, user: &str) {
        for what in ["cart", "selected", "prices"] {
            self.begin(2, "DEL", what, user);
        }
        self.asked.push_back((at, 3));
    }

    fn begin(&mut self, words: usize, command: &str, what: &str, user: &str) {
        self.say(format_args!("*{words}\r\n"));
        self.words([command]);
        // "cart:{u7}"
        self.say(format_args!("${}\r\n{what}:{{u{user}}}\r\n", what.len() + user.len() + 4));
    }

    fn words<const N: usize>(&mut self, words: [&str; N]) {
        for word in words {
            self.say(format_args!("${}\r\n{word}\r\n", word.len()));
        }
    }

    fn say(&mut self, words: std::fmt::Arguments<'_>) {
        // Writing to memory cannot fail.
        let _ = self.unsent.write_fmt(words);
    }

    /// Sends commands as far as the socket accepts them.
    pub fn flush(&mut self) -> Outcome<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(problem) if problem.kind() == ErrorKind::WouldBlock => break,
                Err(problem) => return Err(problem.into()),
            }
        }
        Ok(())
    }

    /// Reads replies, and calls `done` for each shopper whose commands are all answered.
    pub fn hear(&mut self, mut done: impl FnMut(usize)) -> Outcome<()> {
        loop {
            let count = match self.stream.read(&mut self.scratch) {
                Ok(0) => return Err("Redis hung up".into()),
                Ok(count) => count,
                Err(problem) if problem.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(problem) => return Err(problem.into()),
            };
            self.inbox.extend_from_slice(self.scratch.get(..count).unwrap_or_default());
            let whole = self.inbox.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            for line in self.inbox.drain(..whole).as_slice().split_inclusive(|byte| *byte == b'\n') {
                if !line.starts_with(b":") {
                    return Err(format!("Redis: {}", String::from_utf8_lossy(line)).into());
                }
                let (at, left) = self.asked.front_mut().ok_or("Redis says more than it was asked")?;
                *left -= 1;
                if *left == 0 {
                    done(*at);
                    self.asked.pop_front();
                }
            }
        }
    }

    /// Whether all commands are answered.
    pub fn are_done(&self) -> bool {
        self.asked.is_empty()
    }
}
