//! The page on which the buyer pays, refuses to, or leaves.

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::TimeDelta;

use crate::clock::{self, BeijingTime};
use crate::faults::Fault;
use crate::gateway::close_connection;
use crate::html::{Language, escape, page};
use crate::notification::{Event, return_url};
use crate::request::{Refusal, Request};
use crate::state::App;
use crate::trade::{Failure, PayMethod, PayRequest, Trade};

/// Reads from a verified request what the buyer is asked to pay.
pub fn read(request: &Request, method: PayMethod) -> Result<Result<PayRequest, Failure>, Refusal> {
    let text = |name| request.field(name).map(str::to_owned);
    Ok(PayRequest::parse(method, request.biz_content()?, text("notify_url"), text("return_url")))
}

/// Stores the request and returns the page on which the buyer pays it.
pub fn open(app: &App, request: PayRequest, language: Language) -> Result<HttpResponse, Failure> {
    let now = clock::now();
    let id = app.state.ledger().open_page(request.clone(), now)?;
    Ok(show_request(&request, &id, now, language))
}

/// Shows the page of a stored request again.
pub async fn reopen(http: HttpRequest, id: Path<String>, app: Data<App>) -> HttpResponse {
    let language = Language::of(&http);
    let now = clock::now();
    let mut ledger = app.state.ledger();
    let Some(request) = ledger.page(&id).cloned() else { return unknown_page(language) };
    match ledger.check(&request, now) {
        Ok(()) => show_request(&request, &id, now, language),
        Err(failure) => show_failure(failure, Some(&request), language),
    }
}

/// Does what the button says that the buyer has pressed.
pub async fn act(http: HttpRequest, path: Path<(String, String)>, app: Data<App>) -> HttpResponse {
    if app.state.take_fault(Fault::Down, "pay").is_some() {
        return close_connection(&http);
    }
    let language = Language::of(&http);
    let (id, action) = path.into_inner();
    let Some(request) = app.state.ledger().page(&id).cloned() else { return unknown_page(language) };
    match action.as_str() {
        "pay" => match pay(&app, &request, clock::now()) {
            Ok(trade) => leave_paid(&app, &trade, language),
            Err(failure) => show_failure(failure, Some(&request), language),
        },
        "refuse" => {
            let refused = app.state.ledger().create(&request, clock::now()).err();
            match refused {
                None => show_refused(&request, &id, language),
                Some(failure) => show_failure(failure, Some(&request), language),
            }
        }
        "leave" => leave(&request, &id, language),
        _ => unknown_page(language),
    }
}

/// Pays the request, and notifies the shop.
pub fn pay(app: &App, request: &PayRequest, now: BeijingTime) -> Result<Trade, Failure> {
    let trade = app.state.ledger().pay(request, now)?;
    app.notify(&trade, &Event::Paid, now);
    Ok(trade)
}

fn leave_paid(app: &App, trade: &Trade, language: Language) -> HttpResponse {
    if let Some(url) = return_url(trade, &app.state.config, clock::now()) {
        return HttpResponse::SeeOther().insert_header((LOCATION, url)).finish();
    }
    let title = language.choose("Paid", "支付成功");
    let text = language.choose("The shop has been told. You can close this page.", "已通知商家，您可以关闭此页面。");
    message(language, title, &format!("<p>{text}</p>"))
}

fn leave(request: &PayRequest, id: &str, language: Language) -> HttpResponse {
    if let Some(url) = &request.quit_url {
        return HttpResponse::SeeOther().insert_header((LOCATION, url.as_str())).finish();
    }
    let text = language.choose(
        "You have not paid. Alipay would not lead you back to the shop: its page stays open.",
        "您没有付款。真实的支付宝不会自动返回商家，页面会一直停留。",
    );
    let links = links(request, id, language);
    message(language, language.choose("You have left", "已离开"), &format!("<p>{text}</p>{links}"))
}

fn show_refused(request: &PayRequest, id: &str, language: Language) -> HttpResponse {
    let text = language.choose(
        "You signed in and did not pay. The trade waits for a payment until its time is over or the shop closes it.",
        "您已登录但没有付款。交易处于等待付款状态，直到超时或被商家关闭。",
    );
    let links = links(request, id, language);
    message(language, language.choose("Payment refused", "已拒绝付款"), &format!("<p>{text}</p>{links}"))
}

fn links(request: &PayRequest, id: &str, language: Language) -> String {
    let text = language.choose("Pay after all", "返回付款页面");
    format!("<p><a href=\"/pay/{id}\">{text}</a></p>\n{}", shop_link(request, language))
}

/// Returns an HTML link to `return_url` without the fields that are added after a payment; empty if there is no such
/// URL.
fn shop_link(request: &PayRequest, language: Language) -> String {
    let Some(url) = &request.return_url else { return String::new() };
    let text = language.choose("Back to the shop", "返回商家");
    format!("<p><a href=\"{}\">{text}</a></p>", escape(url))
}

fn unknown_page(language: Language) -> HttpResponse {
    let text = language.choose(
        "The cashier has no such page. It forgets everything when it is started anew.",
        "没有这个页面。收银台重新启动后会忘记所有数据。",
    );
    message(language, language.choose("Unknown page", "页面不存在"), &format!("<p>{text}</p>"))
}

/// Returns a page that says why the buyer cannot pay.
pub fn show_failure(failure: Failure, request: Option<&PayRequest>, language: Language) -> HttpResponse {
    let english = match failure {
        Failure::Expired => "The time to pay is over.".to_owned(),
        Failure::TradeHasSuccess => "This has been paid already.".to_owned(),
        Failure::TradeHasClose => "The trade is closed.".to_owned(),
        Failure::ContextInconsistent => "The shop asked for something else under the same number before.".to_owned(),
        Failure::InvalidParameter(name) => format!("The shop's request is wrong: {name}."),
        other => other.sub_msg(),
    };
    let text = escape(language.choose(&english, &failure.sub_msg()));
    let link = request.map(|request| shop_link(request, language)).unwrap_or_default();
    show_error(language, &format!("<p>{text}</p>\n<p class=\"code\">40004 {}</p>\n{link}", failure.sub_code()))
}

/// Returns a page that says what is wrong with the shop's request.
pub fn show_refusal(refusal: &Refusal, language: Language) -> HttpResponse {
    let english = format!("The shop's request is wrong. {}: {}", refusal.msg, refusal.sub_msg);
    let text = escape(language.choose(&english, &refusal.sub_msg));
    show_error(language, &format!("<p>{text}</p>\n<p class=\"code\">{} {}</p>", refusal.code, refusal.sub_code))
}

fn show_error(language: Language, body: &str) -> HttpResponse {
    message(language, language.choose("You cannot pay", "无法付款"), body)
}

fn message(language: Language, title: &str, body: &str) -> HttpResponse {
    page(language, title, &format!("{}\n<main>\n<h1>{title}</h1>\n{body}\n</main>", trial_notice(language)))
}

fn trial_notice(language: Language) -> String {
    let text = language
        .choose("This is a trial, not Alipay: no money moves.", "这是试用收银台，不是支付宝，不会发生真实付款。");
    format!("<p class=\"trial\" role=\"note\">{text}</p>")
}

fn show_request(request: &PayRequest, id: &str, now: BeijingTime, language: Language) -> HttpResponse {
    let title = language.choose("Pay", "付款");
    let labels =
        [language.choose("Pay", "确认付款"), language.choose("Refuse", "拒绝付款"), language.choose("Leave", "离开")];
    let body = format!(
        "{notice}\n<main>\n<h1>{heading}</h1>\n<p class=\"amount\">¥ {amount}</p>\n<dl>\n\
         <dt>{subject_label}</dt><dd>{subject}</dd>\n<dt>{number_label}</dt><dd class=\"code\">{number}</dd>\n</dl>\n\
         {countdown}\n<form method=\"post\" action=\"/pay/{id}/pay\"><button class=\"first\">{pay}</button></form>\n\
         <div class=\"others\">\n<form method=\"post\" action=\"/pay/{id}/refuse\"><button>{refuse}</button></form>\n\
         <form method=\"post\" action=\"/pay/{id}/leave\"><button>{leave}</button></form>\n</div>\n\
         <p class=\"hint\">{hint}</p>\n</main>",
        notice = trial_notice(language),
        heading = language.choose("Trial cashier", "试用收银台"),
        amount = request.total_amount,
        subject_label = language.choose("For", "商品"),
        subject = escape(&request.subject),
        number_label = language.choose("Merchant order number", "商户订单号"),
        number = escape(&request.out_trade_no),
        countdown = countdown(request, now, language),
        pay = labels[0],
        refuse = labels[1],
        leave = labels[2],
        hint = language.choose(
            "Refuse: you sign in, but do not pay. Leave: you go before signing in.",
            "拒绝付款：已登录但不付款。离开：登录之前离开。",
        ),
    );
    page(language, title, &body)
}

fn countdown(request: &PayRequest, now: BeijingTime, language: Language) -> String {
    let Some(time) = request.time_expire else { return String::new() };
    let left = time_left(time - now, language);
    let until = format!("<span class=\"nowrap\">{}</span>", clock::with_seconds(time));
    let text = match language {
        Language::English => format!("{left} left to pay, until {until} Beijing time."),
        Language::Chinese => format!("剩余付款时间 {left}，截止北京时间 {until}。"),
    };
    format!("<p class=\"countdown\">{text}</p>")
}

fn time_left(left: TimeDelta, language: Language) -> String {
    let units = [
        (left.num_hours(), language.choose("h", "小时")),
        (left.num_minutes() % 60, language.choose("min", "分")),
        (left.num_seconds() % 60, language.choose("s", "秒")),
    ];
    let shown = units.iter().skip_while(|(count, _)| *count == 0);
    let parts: Vec<String> = shown.map(|(count, unit)| format!("{count} {unit}")).collect();
    parts.join(" ")
}
