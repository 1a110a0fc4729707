//! The one error a page can end with: a title, plain words, a status and a way back. Nothing internal is shown; it is
//! logged once, with its cause and the id of the request.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{StatusCode, header},
    middleware::Next,
    web::Data,
};
use askama::Template;
use std::{error::Error as StdError, fmt, sync::Arc};
use tracing_actix_web::RequestId;

use super::{
    Flash, Page,
    form::SentForm,
    page::{self, SharedPageData},
    responses,
};
use crate::{
    config::Config,
    messages::Messages,
    platform::{batch_loader::BatchError, db::DbError, redis},
};

/// Why there is no page.
#[derive(Debug)]
pub enum PageError {
    /// What was sent could not be read (400).
    BadRequest,
    /// A form of another site's (403).
    Forbidden,
    /// Nothing here, or nothing of yours (404).
    NotFound,
    /// A method this address does not know (405).
    Method,
    /// More than a page takes (413).
    TooLarge,
    /// Too often; how many seconds to wait (429).
    TooMany(u64),
    /// Sign in first, then come back to this path (303).
    SignInNeeded(String),
    /// Too much to do just now; nothing has happened (503).
    Unavailable(Box<dyn StdError + Send + Sync>),
    /// The machine's fault (500).
    Internal(Box<dyn StdError + Send + Sync>),
}

impl PageError {
    /// The machine's fault, with its cause for the log.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(cause) | Self::Internal(cause) => cause.fmt(f),
            plain => fmt::Debug::fmt(plain, f),
        }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::SignInNeeded(_) => StatusCode::SEE_OTHER,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::SignInNeeded(next) => {
                let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
                response.insert_header((header::LOCATION, format!("/sign-in?{query}")));
            }
            Self::TooMany(seconds) => {
                response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            }
            Self::Unavailable(_) => {
                response.insert_header((header::RETRY_AFTER, responses::A_MOMENT));
            }
            _ => {}
        }
        response.finish()
    }
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        match error {
            error if error.passes() => Self::Unavailable(error.into()),
            // A query that finds nothing has found nothing of the asker's.
            DbError::Missing => Self::NotFound,
            error => Self::internal(error),
        }
    }
}

impl From<Arc<DbError>> for PageError {
    fn from(error: Arc<DbError>) -> Self {
        if error.passes() { Self::Unavailable(error.into()) } else { Self::internal(error) }
    }
}

impl From<BatchError<DbError>> for PageError {
    fn from(error: BatchError<DbError>) -> Self {
        let busy = match &error {
            BatchError::Full | BatchError::Late => true,
            BatchError::Failed(cause) => cause.passes(),
            BatchError::Gone => false,
        };
        if busy { Self::Unavailable(error.into()) } else { Self::internal(error) }
    }
}

impl From<redis::Error> for PageError {
    fn from(error: redis::Error) -> Self {
        if redis::passes(&error) { Self::Unavailable(error.into()) } else { Self::internal(error) }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    title: &'static str,
    words: String,
    request_id: Option<String>,
    /// What was being sent, to be sent again.
    sent: Option<SentAgain>,
}

/// A form that came to nothing, as the page shows it again.
struct SentAgain {
    path: String,
    fields: Vec<(String, String)>,
    /// Names of what is not shown to anybody, and is typed once more.
    secrets: Vec<String>,
}

impl SentAgain {
    fn of(req: &HttpRequest) -> Option<Self> {
        let fields = req.extensions().get::<SentForm>()?.fields()?;
        let is_secret = |name: &str| name.contains("password") || name.contains("code");
        let (secrets, others): (Vec<_>, Vec<_>) = fields
            .pairs()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .partition(|(name, _)| is_secret(name));
        Some(Self {
            path: req.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            fields: others,
            secrets: secrets.into_iter().map(|(name, _)| name).collect(),
        })
    }
}

/// Middleware: turns whatever error comes out of the shop into a page in the shopper's language.
///
/// # Errors
/// Where a middleware inside failed before there was an answer, an error that carries the page as its answer.
pub async fn error_pages(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    // Nothing may hold on to the request while it is routed, so what an error page needs is noted before.
    let page = Page::plain(req.request());
    let request_id = req.extensions().get::<RequestId>().copied();
    match next.call(req).await {
        Ok(response) if is_a_page(response.response()) => Ok(response.map_into_left_body()),
        Ok(response) => {
            let (request, answered) = response.into_parts();
            let facts = request.extensions_mut().remove::<SharedPageData>();
            let page = page.knowing(facts.unwrap_or_default());
            let unavailable = answered.status() == StatusCode::SERVICE_UNAVAILABLE;
            let sent = if unavailable { SentAgain::of(&request) } else { None };
            let t = page.t;
            let mut shown = shown(&answered.map_into_boxed_body(), page, request_id, sent);
            if shown.status().is_redirection() && !request.method().is_safe() {
                say_signed_out(&request, &mut shown, t);
            }
            Ok(ServiceResponse::new(request, shown).map_into_right_body())
        }
        Err(error) => {
            // Only the sessions fail in this way: their store is away.
            let error = PageError::Unavailable(error.to_string().into());
            let answered = HttpResponse::from_error(error);
            let shown = shown(&answered, page, request_id, None);
            Err(InternalError::from_response("no sessions", shown).into())
        }
    }
}

/// A form that is answered with the way to sign in was on a page of somebody who was signed in.
fn say_signed_out(request: &HttpRequest, response: &mut HttpResponse<BoxBody>, t: Messages) {
    if let Some(config) = request.app_data::<Data<Config>>() {
        Flash::notice(t.was_signed_out()).add_to(response, config);
    }
}

/// Middleware, inside the sessions: whoever mistypes an address is still signed in, and the error page shows it. Where the
/// shop itself is in trouble, or asked too often, nothing more is asked of it.
pub async fn facts_of_error_pages(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(req).await?;
    let status = response.status();
    if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS && !is_a_page(response.response()) {
        let request = response.request();
        if let Some(facts) = page::facts(request).await {
            request.extensions_mut().insert(facts);
        }
    }
    Ok(response)
}

fn shown(
    answered: &HttpResponse<BoxBody>,
    page: Page,
    request_id: Option<RequestId>,
    sent: Option<SentAgain>,
) -> HttpResponse<BoxBody> {
    let status = answered.status();
    if status.is_redirection() {
        let mut redirection = HttpResponse::new(status);
        *redirection.headers_mut() = answered.headers().clone();
        return redirection;
    }
    let request_id = request_id.map(|id| id.to_string()).unwrap_or_default();
    if status.is_server_error() {
        let cause = answered.error().map(ToString::to_string).unwrap_or_default();
        tracing::error!(request_id, path = page.path, %status, "{cause}");
    }
    let (title, words) = said(status, answered, page.t);
    let request_id = status.is_server_error().then_some(request_id);
    let shown = ErrorPage { page, title, words, request_id, sent };
    let mut response = responses::render(status, &shown).unwrap_or_else(|_| HttpResponse::new(status));
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = answered.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// An error page of a handler's own (422) has a body and says what it is; a bare status does not.
fn is_a_page(response: &HttpResponse<impl MessageBody>) -> bool {
    let fine = !response.status().is_client_error() && !response.status().is_server_error();
    response.error().is_none() && (fine || response.headers().contains_key(header::CONTENT_TYPE))
}

fn said(status: StatusCode, answered: &HttpResponse<BoxBody>, t: Messages) -> (&'static str, String) {
    match status {
        StatusCode::NOT_FOUND => (t.error_not_found_title(), t.error_not_found().into()),
        StatusCode::FORBIDDEN => (t.error_forbidden_title(), t.error_forbidden().into()),
        StatusCode::METHOD_NOT_ALLOWED => (t.error_method_title(), t.error_method().into()),
        StatusCode::PAYLOAD_TOO_LARGE => (t.error_too_large_title(), t.error_too_large().into()),
        StatusCode::TOO_MANY_REQUESTS => (t.error_too_many_title(), t.error_too_many(minutes_to_wait(answered))),
        StatusCode::SERVICE_UNAVAILABLE => (t.error_unavailable_title(), t.error_unavailable().into()),
        status if status.is_client_error() => (t.error_bad_request_title(), t.error_bad_request().into()),
        _ => (t.error_internal_title(), t.error_internal().into()),
    }
}

fn minutes_to_wait(answered: &HttpResponse<BoxBody>) -> u64 {
    let seconds =
        answered.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    seconds.unwrap_or(60).div_ceil(60)
}
