//! `/gateway.do`: checks a request of the shop, and answers with a page for the buyer or with signed JSON.

use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use actix_web::http::header::ContentType;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::clock::{self, BeijingTime};
use crate::faults::Fault;
use crate::html::Language;
use crate::methods::{self, Call};
use crate::pay_page;
use crate::request::{Refusal, Request, invalid};
use crate::response;
use crate::state::{App, State};
use crate::trade::{Failure, PayMethod, text_of};

/// A request to `/gateway.do`, as `GET /control` lists it.
pub struct CallRecord {
    pub at: BeijingTime,
    pub method: String,
    /// The `out_trade_no` of the request, or its `trade_no` if that is missing.
    pub number: String,
    pub outcome: String,
}

impl CallRecord {
    fn new(request: Option<&Request>) -> Self {
        let content = request.and_then(|request| request.biz_content().ok()).unwrap_or_default();
        let number = text_of(&content, "out_trade_no").or(text_of(&content, "trade_no")).unwrap_or_default();
        let method = request.map(Request::method).unwrap_or_default().to_owned();
        Self { at: clock::now(), method, number: number.to_owned(), outcome: String::new() }
    }
}

/// The socket of a connection, so that it can be closed without an answer.
pub struct ClientSocket(pub TcpStream);

/// Closes the connection of the request. The response that is returned never arrives.
pub fn close_connection(request: &HttpRequest) -> HttpResponse {
    if let Some(ClientSocket(socket)) = request.conn_data() {
        let _ = socket.shutdown(Shutdown::Both);
    }
    HttpResponse::InternalServerError().force_close().finish()
}

pub async fn handle(http: HttpRequest, body: Bytes, app: Data<App>) -> HttpResponse {
    let read = Request::read(http.query_string(), &body);
    let record = CallRecord::new(read.as_ref().ok());
    let method = record.method.clone();
    if app.state.take_fault(Fault::Down, &method).is_some() {
        app.state.add_call(record, "down: connection closed");
        return close_connection(&http);
    }
    let verified = read.and_then(|request| {
        request.verify(&app.state.config, clock::now())?;
        Ok(request)
    });
    match method.as_str() {
        "alipay.trade.page.pay" => open_page(&http, verified, PayMethod::Page, record, &app).await,
        "alipay.trade.wap.pay" => open_page(&http, verified, PayMethod::Wap, record, &app).await,
        _ => answer(&http, verified, record, &app).await,
    }
}

async fn open_page(
    http: &HttpRequest,
    verified: Result<Request, Refusal>,
    method: PayMethod,
    record: CallRecord,
    app: &App,
) -> HttpResponse {
    let language = Language::of(http);
    let read = verified.and_then(|request| pay_page::read(&request, method));
    let opened = read.map(|request| request.and_then(|request| pay_page::open(app, request, language)));
    app.state.add_call(record, &outcome_of(&opened));
    if let Some(delay) = delay(&app.state, method.name()) {
        tokio::time::sleep(delay).await;
    }
    match opened {
        Ok(Ok(page)) => page,
        Ok(Err(failure)) => pay_page::show_failure(failure, None, language),
        Err(refusal) => pay_page::show_refusal(&refusal, language),
    }
}

async fn answer(http: &HttpRequest, verified: Result<Request, Refusal>, record: CallRecord, app: &App) -> HttpResponse {
    let method = record.method.clone();
    let plan = Plan::take(&app.state, &method);
    let key = if plan.forged { &app.state.config.forgers_key } else { &app.state.config.private_key };
    let worked = if plan.works() { work(http, verified, &method, app) } else { Ok(Ok(Vec::new())) };
    app.state.add_call(record, &plan.describe(&outcome_of(&worked)));
    if let Some(delay) = plan.delay {
        tokio::time::sleep(delay).await;
    }
    if plan.closes {
        return close_connection(http);
    }
    if plan.nonsense.is_some() {
        let page = "<!DOCTYPE html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1><hr>{\"sign\":\"\"}";
        return HttpResponse::Ok().insert_header(ContentType::html()).body(page);
    }
    let text = match worked {
        _ if plan.unavailable.is_some() => response::unavailable(&method, key),
        Ok(_) if plan.sub_code.is_some() => response::system_error(&method, plan.sub_code.as_deref(), key),
        Ok(outcome) => response::signed(&method, outcome, key),
        Err(refusal) => response::refused(&refusal),
    };
    HttpResponse::Ok().insert_header(ContentType::html()).body(text)
}

/// Returns the codes of an answer, for the list of requests.
fn outcome_of<T>(worked: &Result<Result<T, Failure>, Refusal>) -> String {
    match worked {
        Ok(Ok(_)) => "10000".to_owned(),
        Ok(Err(failure)) => format!("40004 {}", failure.sub_code()),
        Err(refusal) => format!("{} {}", refusal.code, refusal.sub_code),
    }
}

fn work(
    http: &HttpRequest,
    verified: Result<Request, Refusal>,
    method: &str,
    app: &App,
) -> Result<methods::Outcome, Refusal> {
    let request = verified?;
    let carry_out = methods::find(method).ok_or_else(|| invalid("isv.invalid-method", "不存在的方法名"))?;
    let content = request.biz_content()?;
    let connection = http.connection_info();
    Ok(carry_out(&Call { app, content: &content, host: connection.host(), now: clock::now() }))
}

fn delay(state: &State, method: &str) -> Option<Duration> {
    let milliseconds = state.take_fault(Fault::DelayMs, method)?;
    milliseconds.parse().ok().map(Duration::from_millis)
}

/// The faults that apply to one call of a method.
struct Plan {
    delay: Option<Duration>,
    unavailable: Option<String>,
    sub_code: Option<String>,
    nonsense: Option<String>,
    closes: bool,
    forged: bool,
}

impl Plan {
    fn take(state: &State, method: &str) -> Self {
        Self {
            delay: delay(state, method),
            unavailable: state.take_fault(Fault::Answer20000, method),
            sub_code: state.take_fault(Fault::Answer40004, method),
            nonsense: state.take_fault(Fault::Nonsense, method),
            closes: state.take_fault(Fault::CloseAfterWork, method).is_some(),
            forged: state.take_fault(Fault::ForgeSignature, method).is_some(),
        }
    }

    /// Returns whether the method is carried out. With a fault that replaces the answer it is not, unless the value of
    /// the fault is `after`.
    fn works(&self) -> bool {
        let useless = [&self.unavailable, &self.nonsense].into_iter().flatten();
        self.sub_code.is_none() && useless.into_iter().all(|value| value == "after")
    }

    /// Returns a text with the outcome and the faults of the answer, for the list of requests.
    fn describe(&self, outcome: &str) -> String {
        let mut parts = vec![if self.works() { outcome.to_owned() } else { "not done".to_owned() }];
        parts.extend(self.delay.map(|delay| format!("answered {} ms late", delay.as_millis())));
        parts.extend(self.unavailable.as_ref().map(|_| "answered 20000".to_owned()));
        parts.extend(self.sub_code.as_ref().map(|_| "answered 40004".to_owned()));
        parts.extend(self.nonsense.as_ref().map(|_| "answered HTML".to_owned()));
        parts.extend(self.closes.then(|| "connection closed".to_owned()));
        parts.extend(self.forged.then(|| "forged".to_owned()));
        parts.join(", ")
    }
}
