//! What one client can make the server hold.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::support::{Database, RedisServer, TestShop, TillServer, until};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n";

fn connect(url: &str) -> TcpStream {
    let connection = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    connection.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    connection
}

/// Reads one response: its status line and headers, and its body.
fn read_answer(connection: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        assert_eq!(connection.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&head));
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    connection.read_exact(&mut body).unwrap();
    (head, body)
}

/// Whether the server has closed the connection, without reading what it sent before.
fn is_cut(connection: &TcpStream) -> bool {
    connection.set_nonblocking(true).unwrap();
    // Sending shows a reset even while responses are unread.
    let sent = (&*connection).write(b"x");
    let again = (&*connection).write(b"x");
    [sent, again].iter().any(|sent| {
        sent.as_ref().is_err_and(|error| matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe))
    })
}

/// Whether the server has neither closed the connection nor sent anything.
fn is_open(connection: &TcpStream) -> bool {
    connection.set_nonblocking(true).unwrap();
    let peeked = connection.peek(&mut [0]);
    connection.set_nonblocking(false).unwrap();
    peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[tokio::test]
async fn who_sends_requests_and_reads_nothing_holds_little_and_is_cut() {
    let (database, redis) = (Database::migrated(), RedisServer::start());
    let mut till = TillServer::new(&database.url, &redis.url(), &[]);
    till.resume().await;
    let mut honest = connect(&till.url());
    for _ in 0..3 {
        honest.write_all(REQUEST.as_bytes()).unwrap();
        read_answer(&mut honest);
    }
    let before = till.memory();
    let began = Instant::now();
    let pipelined = REQUEST.repeat(200);
    let mut greedy: Vec<TcpStream> = (0..200).map(|_| connect(&till.url())).collect();
    for connection in &mut greedy {
        connection.set_nonblocking(true).unwrap();
        let _ = connection.write(pipelined.as_bytes());
    }
    let mut most = before;
    until("who reads nothing is cut", || {
        most = most.max(till.memory());
        greedy.iter().all(is_cut)
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(60), "cut after {:?}", began.elapsed());
    assert!(most - before <= 96, "{before} MiB became {most} MiB");
    honest.write_all(REQUEST.as_bytes()).unwrap();
    assert!(read_answer(&mut honest).0.starts_with("HTTP/1.1 200"));
}

#[actix_web::test]
async fn requests_sent_without_waiting_are_answered_in_their_order() {
    let shop = TestShop::open().await;
    let mut connection = connect(&shop.url());
    let get = |n: usize| format!("GET /nowhere/{n} HTTP/1.1\r\nHost: shop\r\nAccept: text/html\r\n\r\n");
    let body = "username=nobody&password=paper+lantern";
    let post = format!(
        "POST /sign-in HTTP/1.1\r\nHost: shop\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let chunked = "POST /sign-in HTTP/1.1\r\nHost: shop\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n\
         10\r\nusername=nobody&\r\n16\r\npassword=paper+lantern\r\n0\r\n\r\n";
    let mut all = String::from("\r\n");
    for n in 0..4 {
        all += &get(n);
        all += &post;
        all += chunked;
        all += "GET /healthz HTTP/1.1\nHost: shop\n\n";
    }
    // In pieces, so that heads and bodies are split anywhere.
    for piece in all.as_bytes().chunks(37) {
        connection.write_all(piece).unwrap();
    }
    for _ in 0..4 {
        let statuses: Vec<String> =
            (0..4).map(|_| read_answer(&mut connection).0.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(statuses, ["404", "422", "422", "200"]);
    }
}

#[tokio::test]
async fn who_takes_a_large_answer_slowly_gets_all_of_it() {
    let (database, redis) = (Database::migrated(), RedisServer::start());
    let mut till = TillServer::new(&database.url, &redis.url(), &[("WRITE_TIMEOUT", "6")]);
    till.resume().await;
    let mut slow = connect(&till.url());
    let requests = 400;
    slow.write_all(REQUEST.repeat(requests).as_bytes()).unwrap();
    let began = Instant::now();
    for _ in 0..requests {
        let (head, body) = read_answer(&mut slow);
        assert!(head.starts_with("HTTP/1.1 200") && body.ends_with(b"</html>"), "{head}");
        std::thread::sleep(Duration::from_millis(30));
    }
    assert!(began.elapsed() > Duration::from_secs(10));
}

#[tokio::test]
async fn beyond_the_bound_a_connection_is_told_so_at_once_and_the_others_go_on() {
    let (database, redis) = (Database::migrated(), RedisServer::start());
    for (setting, value) in [("MAX_CONNECTIONS", "5"), ("MAX_CONNECTIONS_PER_ADDRESS", "5")] {
        let mut till = TillServer::new(&database.url, &redis.url(), &[(setting, value)]);
        till.resume().await;
        let mut open = Vec::new();
        until("as many as may are connected", || {
            // The connection that waited for the server to start may still be counted.
            open.clear();
            open.extend((0..5).map(|_| connect(&till.url())));
            open.iter_mut().all(|connection| {
                let _ = connection.write_all(REQUEST.as_bytes());
                let mut first = [0; 12];
                connection.read_exact(&mut first).is_ok() && first == *b"HTTP/1.1 200"
            })
        })
        .await;
        // None of them is idle: an idle one would give way.
        for connection in &mut open {
            connection.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut refused = connect(&till.url());
        let began = Instant::now();
        refused.write_all(REQUEST.as_bytes()).unwrap();
        let mut said = String::new();
        refused.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 503 ") && said.contains("Retry-After"), "{said}");
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(till.said().contains("connection_refused"), "{}", till.said());
        drop(open.pop());
        until("another one has the place of who left", || {
            let mut next = connect(&till.url());
            let _ = next.write_all(REQUEST.as_bytes());
            let mut first = [0; 12];
            next.read_exact(&mut first).is_ok() && first == *b"HTTP/1.1 200"
        })
        .await;
    }
}

#[tokio::test]
async fn idle_connections_give_way_to_those_who_come() {
    let (database, redis) = (Database::migrated(), RedisServer::start());
    for (setting, value) in [("MAX_CONNECTIONS", "5"), ("MAX_CONNECTIONS_PER_ADDRESS", "5")] {
        let mut till = TillServer::new(&database.url, &redis.url(), &[(setting, value)]);
        till.resume().await;
        // Three of whom nothing is heard, and two whose request was answered.
        let mut idle = Vec::new();
        until("five are connected and idle", || {
            // The connection that waited for the server to start may still be counted: one of the five gives way.
            idle = (0..5).map(|_| connect(&till.url())).collect();
            idle[3..].iter_mut().all(|connection| {
                let mut first = [0; 12];
                let answered = connection.write_all(REQUEST.as_bytes()).is_ok()
                    && connection.read_exact(&mut first).is_ok()
                    && first == *b"HTTP/1.1 200";
                std::thread::sleep(Duration::from_millis(100));
                answered
            }) && idle[..3].iter().all(is_open)
        })
        .await;
        let began = Instant::now();
        for _ in 0..20 {
            let mut next = connect(&till.url());
            next.write_all(REQUEST.as_bytes()).unwrap();
            assert!(read_answer(&mut next).0.starts_with("HTTP/1.1 200"), "{setting}");
            idle.push(next);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        assert_eq!(idle[0].read(&mut [0]).unwrap(), 0, "the one that waited longest was closed");
    }
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_on_a_connection_that_has_been_good_before() {
    let (database, redis) = (Database::migrated(), RedisServer::start());
    let mut till = TillServer::new(&database.url, &redis.url(), &[]);
    till.resume().await;
    let mut connection = connect(&till.url());
    connection.write_all(REQUEST.as_bytes()).unwrap();
    read_answer(&mut connection);
    connection.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let mut end = Vec::new();
    let ended = connection.read_to_end(&mut end);
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_does_not_wait_for_those_who_read_nothing() {
    let (database, redis) = (Database::migrated(), RedisServer::start());
    let mut till = TillServer::new(&database.url, &redis.url(), &[]);
    till.resume().await;
    let mut greedy = connect(&till.url());
    greedy.set_nonblocking(true).unwrap();
    let _ = greedy.write(REQUEST.repeat(200).as_bytes());
    let mut idle = connect(&till.url());
    idle.write_all(REQUEST.as_bytes()).unwrap();
    read_answer(&mut idle);
    let began = Instant::now();
    till.stop();
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(idle.read(&mut [0; 8]).unwrap_or(0), 0);
}
