//! Request bodies that are not valid forms.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::support::TestShop;

#[actix_web::test]
async fn a_form_a_little_too_large_is_told_so_and_one_without_end_is_cut_off() {
    let shop = TestShop::open().await;
    for bytes in [70_000, 900_000] {
        shop.visitor().post_raw("/cart/entries", "x".repeat(bytes)).await.expect(413);
    }

    let mut endless = TcpStream::connect(shop.url().strip_prefix("http://").unwrap()).unwrap();
    endless.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = "POST /cart/entries HTTP/1.1\r\nHost: shop\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n";
    endless.write_all(head.as_bytes()).unwrap();
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    let began = Instant::now();
    let cut = loop {
        match endless.write_all(chunk.as_bytes()) {
            Ok(()) => assert!(began.elapsed() < Duration::from_secs(20), "still read"),
            Err(cut) => break cut,
        }
    };
    assert!(matches!(cut.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{cut}");
    let _ = endless.read(&mut [0; 16]);
    shop.visitor().get("/healthz").await.expect(200);
}
