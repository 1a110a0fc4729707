//! The shop's end of notifications for tests: records what arrives, and answers as the test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

use crate::client::{Pairs, decode, is_genuine_form, value_of};

#[derive(Default)]
struct Inbox {
    received: Vec<String>,
    peers: Vec<String>,
    answers: VecDeque<(u16, &'static str)>,
}

pub struct Shop {
    inbox: Arc<Mutex<Inbox>>,
    pub url: String,
}

async fn receive(request: HttpRequest, body: Bytes, inbox: Data<Mutex<Inbox>>) -> HttpResponse {
    assert_eq!(request.headers().get("content-type").unwrap(), "application/x-www-form-urlencoded; charset=utf-8");
    let mut inbox = inbox.lock().unwrap();
    inbox.received.push(String::from_utf8(body.to_vec()).unwrap());
    inbox.peers.push(request.peer_addr().unwrap().to_string());
    let (status, text) = inbox.answers.pop_front().unwrap_or((200, "success"));
    HttpResponse::build(StatusCode::from_u16(status).unwrap()).body(text)
}

impl Shop {
    /// Starts a server that answers the first notifications with `answers` and all later ones with `success`.
    pub fn start(answers: &[(u16, &'static str)]) -> Self {
        let inbox = Arc::new(Mutex::new(Inbox { answers: answers.iter().copied().collect(), ..Inbox::default() }));
        let data = Data::from(Arc::clone(&inbox));
        let (sender, port) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new().app_data(data.clone()).route("/notify", web::post().to(receive))
                });
                let server = server.workers(1).bind("127.0.0.1:0").unwrap();
                sender.send(server.addrs()[0]).unwrap();
                server.run().await.unwrap();
            });
        });
        Self { inbox, url: format!("http://{}/notify", port.recv().unwrap()) }
    }

    pub fn count(&self) -> usize {
        self.inbox.lock().unwrap().received.len()
    }

    pub fn raw(&self) -> Vec<String> {
        self.inbox.lock().unwrap().received.clone()
    }

    /// Returns over how many connections the notifications have come.
    pub fn connections(&self) -> usize {
        let mut peers = self.inbox.lock().unwrap().peers.clone();
        peers.sort();
        peers.dedup();
        peers.len()
    }

    /// Waits until this many notifications have come, then a little longer to see that no more do. Returns them.
    pub async fn notifications(&self, count: usize) -> Vec<Pairs> {
        let start = Instant::now();
        while self.count() < count && start.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
        let received: Vec<Pairs> = self.raw().iter().map(|form| decode(form)).collect();
        assert_eq!(received.len(), count, "{received:#?}");
        received
    }

    /// Waits for notifications like `notifications`, and asserts that the gateway has signed each.
    pub async fn genuine_notifications(&self, count: usize) -> Vec<Pairs> {
        let received = self.notifications(count).await;
        assert!(received.iter().all(is_genuine_form), "{received:#?}");
        received
    }
}

/// Returns the values of one field in all notifications.
pub fn values<'a>(notifications: &'a [Pairs], name: &str) -> Vec<&'a str> {
    notifications.iter().map(|fields| value_of(fields, name)).collect()
}
