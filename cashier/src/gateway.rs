//! `/gateway.do`: checks the request, and answers with a page or with signed JSON.

use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use actix_web::http::header::ContentType;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::clock;
use crate::faults::Fault;
use crate::html::Language;
use crate::methods::{self, Call};
use crate::pay_page;
use crate::request::{Refusal, Request, invalid};
use crate::response;
use crate::state::{App, State};
use crate::trade::PayMethod;

/// The socket of a connection, so that it can be closed without an answer.
pub struct ClientSocket(pub TcpStream);

/// Closes the connection. The response that is returned never arrives.
pub fn close_connection(request: &HttpRequest) -> HttpResponse {
    if let Some(ClientSocket(socket)) = request.conn_data() {
        let _ = socket.shutdown(Shutdown::Both);
    }
    HttpResponse::InternalServerError().force_close().finish()
}

pub async fn handle(http: HttpRequest, body: Bytes, app: Data<App>) -> HttpResponse {
    let read = Request::read(http.query_string(), &body);
    let method = read.as_ref().map(Request::method).unwrap_or_default().to_owned();
    if app.state.take_fault(Fault::Down, &method).is_some() {
        return close_connection(&http);
    }
    let verified = read.and_then(|request| {
        request.verify(&app.state.config, clock::now())?;
        Ok(request)
    });
    match method.as_str() {
        "alipay.trade.page.pay" => open_page(&http, verified, PayMethod::Page, &app).await,
        "alipay.trade.wap.pay" => open_page(&http, verified, PayMethod::Wap, &app).await,
        _ => answer(&http, verified, &method, &app).await,
    }
}

async fn open_page(
    http: &HttpRequest,
    verified: Result<Request, Refusal>,
    method: PayMethod,
    app: &App,
) -> HttpResponse {
    if let Some(delay) = delay(&app.state, method.name()) {
        tokio::time::sleep(delay).await;
    }
    let language = Language::of(http);
    match verified.and_then(|request| pay_page::read(&request, method)) {
        Ok(Ok(request)) => pay_page::open(app, request, language),
        Ok(Err(failure)) => pay_page::show_failure(failure, None, language),
        Err(refusal) => pay_page::show_refusal(&refusal, language),
    }
}

async fn answer(http: &HttpRequest, verified: Result<Request, Refusal>, method: &str, app: &App) -> HttpResponse {
    let plan = Plan::take(&app.state, method);
    let config = &app.state.config;
    let key = if plan.forged { &config.forgers_key } else { &config.private_key };
    let worked = if plan.works() { work(http, verified, method, app) } else { Ok(Ok(Vec::new())) };
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
        _ if plan.unavailable.is_some() => response::unavailable(method, key),
        Ok(outcome) => response::signed(method, outcome, key),
        Err(refusal) => response::refused(&refusal),
    };
    HttpResponse::Ok().insert_header(ContentType::html()).body(text)
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

/// What goes wrong with one call.
struct Plan {
    delay: Option<Duration>,
    unavailable: Option<String>,
    nonsense: Option<String>,
    closes: bool,
    forged: bool,
}

impl Plan {
    fn take(state: &State, method: &str) -> Self {
        Self {
            delay: delay(state, method),
            unavailable: state.take_fault(Fault::Answer20000, method),
            nonsense: state.take_fault(Fault::Nonsense, method),
            closes: state.take_fault(Fault::CloseAfterWork, method).is_some(),
            forged: state.take_fault(Fault::ForgeSignature, method).is_some(),
        }
    }

    /// Whether the method is carried out: a useless answer comes instead of the work, or `after` it.
    fn works(&self) -> bool {
        [&self.unavailable, &self.nonsense].into_iter().flatten().all(|value| value == "after")
    }
}
