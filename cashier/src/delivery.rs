//! Sends notifications until the shop answers `success`, on a thread of its own, over connections that stay open.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

use crate::amount::Amount;
use crate::clock::{self, BeijingTime};
use crate::faults::{Fault, NOTIFICATION};
use crate::random;
use crate::signature::{Fields, encode, signed_notification};
use crate::state::State;

/// The maximum number of notifications that wait for the shop's answer at the same time.
const MAX_CONNECTIONS: usize = 32;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_ANSWER_LEN: usize = 64 * 1024;
const SHOWN_ANSWER_LEN: usize = 200;

pub struct Notification {
    pub out_trade_no: String,
    pub event: &'static str,
    pub url: String,
    pub fields: Fields,
    pub attempts: Vec<Attempt>,
    /// True once the shop has answered `success`.
    pub is_done: bool,
}

/// One attempt to send a notification, and what became of it.
pub struct Attempt {
    pub at: BeijingTime,
    /// The status and the text of the shop's answer, or why there was none.
    pub outcome: String,
}

impl Notification {
    pub fn new(out_trade_no: String, event: &'static str, url: String, fields: Fields) -> Self {
        Self { out_trade_no, event, url, fields, attempts: Vec::new(), is_done: false }
    }

    /// Returns the same notification as a new one, to be sent again.
    pub fn again(&self) -> Self {
        Self::new(self.out_trade_no.clone(), self.event, self.url.clone(), self.fields.clone())
    }

    pub fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

type HttpClient = Client<HttpConnector, Full<Bytes>>;

struct Sender {
    state: Arc<State>,
    client: HttpClient,
    connections: Semaphore,
}

/// Starts the thread that sends notifications. The returned sender takes their indexes in `State::notifications`.
pub fn start(state: Arc<State>) -> std::io::Result<UnboundedSender<usize>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (sender, receiver) = unbounded_channel();
    std::thread::Builder::new()
        .name("deliveries".to_owned())
        .spawn(move || LocalSet::new().block_on(&runtime, receive(state, receiver)))?;
    Ok(sender)
}

async fn receive(state: Arc<State>, mut receiver: UnboundedReceiver<usize>) {
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(MAX_CONNECTIONS).build_http();
    let sender = Arc::new(Sender { state, client, connections: Semaphore::new(MAX_CONNECTIONS) });
    while let Some(index) = receiver.recv().await {
        let sender = Arc::clone(&sender);
        tokio::task::spawn_local(async move { sender.deliver(index).await });
    }
}

impl Sender {
    /// Sends a notification until the shop answers `success`, at most once more than there are intervals.
    async fn deliver(self: &Arc<Self>, index: usize) {
        if self.attempt(index).await {
            return;
        }
        for interval in &self.state.config.notify_intervals {
            tokio::time::sleep(*interval).await;
            if self.attempt(index).await {
                return;
            }
        }
    }

    async fn attempt(self: &Arc<Self>, index: usize) -> bool {
        if self.state.take_fault(Fault::DoubleNotifications, NOTIFICATION).is_none() {
            return self.send(index).await;
        }
        let sender = Arc::clone(self);
        let second = tokio::task::spawn_local(async move { sender.send(index).await });
        let first = self.send(index).await;
        let second = second.await.unwrap_or(false);
        first || second
    }

    /// Sends a notification once and records the outcome. Returns true if the shop answered `success`.
    async fn send(&self, index: usize) -> bool {
        let Ok(_connection) = self.connections.acquire().await else { return false };
        let at = clock::now();
        let outcome = match self.prepare(index) {
            Some((url, form)) => self.post(&url, form).await,
            None => Err("not sent: lost as ordered".to_owned()),
        };
        let is_done = matches!(&outcome, Ok((StatusCode::OK, body)) if body == "success");
        let outcome = match outcome {
            Ok((status, body)) => {
                format!("{} {}", status.as_str(), body.chars().take(SHOWN_ANSWER_LEN).collect::<String>())
            }
            Err(problem) => problem,
        };
        if let Some(notification) = self.state.notifications().get_mut(index) {
            notification.attempts.push(Attempt { at, outcome });
            notification.is_done |= is_done;
        }
        is_done
    }

    /// Returns the URL and the signed form of a notification, changed by the faults that are set; `None` if a fault
    /// makes it get lost.
    fn prepare(&self, index: usize) -> Option<(String, String)> {
        let (url, mut fields) = {
            let notifications = self.state.notifications();
            let notification = notifications.get(index)?;
            (notification.url.clone(), notification.fields.clone())
        };
        let mut faults = self.state.faults();
        if faults.take(Fault::LoseNotifications, NOTIFICATION).is_some() {
            return None;
        }
        if let Some(amount) = faults.take(Fault::ChangeAmount, NOTIFICATION) {
            change_amount(&mut fields, &amount);
        }
        let forged = faults.take(Fault::ForgeSignature, NOTIFICATION).is_some();
        drop(faults);
        let config = &self.state.config;
        let key = if forged { &config.forgers_key } else { &config.private_key };
        Some((url, encode(&random::shuffled(signed_notification(fields, key)))))
    }

    async fn post(&self, url: &str, form: String) -> Result<(StatusCode, String), String> {
        let request = Request::post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
            .body(Full::new(Bytes::from(form)))
            .map_err(|problem| format!("not sent: {problem}"))?;
        match tokio::time::timeout(ANSWER_TIMEOUT, exchange(&self.client, request)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} seconds", ANSWER_TIMEOUT.as_secs())),
        }
    }
}

async fn exchange(client: &HttpClient, request: Request<Full<Bytes>>) -> Result<(StatusCode, String), String> {
    let answer = client.request(request).await.map_err(|problem| format!("no answer: {}", root_cause(&problem)))?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), MAX_ANSWER_LEN).collect().await;
    let body = body.map_err(|problem| format!("no whole answer: {problem}"))?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

fn root_cause(mut problem: &dyn std::error::Error) -> String {
    while let Some(source) = problem.source() {
        problem = source;
    }
    problem.to_string()
}

/// Replaces the amount in a notification by `amount`; if that is no amount, increases the notification's amount by one
/// fen.
fn change_amount(fields: &mut Fields, amount: &str) {
    let Some((_, total)) = fields.iter_mut().find(|(name, _)| name == "total_amount") else { return };
    let changed = Amount::parse(amount).or_else(|| Amount::parse(total).map(|total| total + crate::amount::MIN_AMOUNT));
    if let Some(changed) = changed {
        *total = changed.to_string();
    }
}
