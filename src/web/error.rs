//! Errors that end a request, and their pages. The cause of a 5xx is not shown, but logged once with the request id.

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
use std::{convert::Infallible, error::Error as StdError, fmt, sync::Arc};
use tracing_actix_web::RequestId;

use super::{
    Flash, Page,
    fields::SentForm,
    page::{self, SharedPageData},
    responses,
};
use crate::{
    config::Config,
    messages::Messages,
    platform::{batch_loader::BatchError, db::DbError, redis, store_error::StoreError},
};

#[derive(Debug)]
pub enum PageError {
    /// 400: the request is malformed.
    BadRequest,
    /// 403: the page of another site sent this request (CSRF, cross-site request forgery).
    Forbidden,
    /// 404: the page does not exist, or belongs to somebody else.
    NotFound,
    /// 405: the path does not accept this method.
    Method,
    /// 413: the body of the request is too large.
    TooLarge,
    /// 429: too many requests; holds the number of seconds to wait.
    TooMany(u64),
    /// 303 to the sign-in page, which leads back to this path afterwards.
    SignInNeeded(String),
    /// 503: overload, or PostgreSQL or Redis is down. Nothing was changed, unless the cause is [`DbError::Lost`].
    Unavailable(Box<dyn StdError + Send + Sync>),
    Internal(Box<dyn StdError + Send + Sync>),
}

impl PageError {
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
                response.insert_header((header::RETRY_AFTER, responses::OVERLOAD_RETRY_AFTER));
            }
            _ => {}
        }
        response.finish()
    }
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        match error {
            error if error.is_transient() => Self::Unavailable(error.into()),
            // Queries select only the user's own rows.
            DbError::Missing => Self::NotFound,
            error => Self::internal(error),
        }
    }
}

impl From<Arc<DbError>> for PageError {
    fn from(error: Arc<DbError>) -> Self {
        if error.is_transient() { Self::Unavailable(error.into()) } else { Self::internal(error) }
    }
}

impl From<BatchError<DbError>> for PageError {
    fn from(error: BatchError<DbError>) -> Self {
        let busy = match &error {
            BatchError::Full | BatchError::Late => true,
            BatchError::Failed(cause) => cause.is_transient(),
            BatchError::Gone => false,
        };
        if busy { Self::Unavailable(error.into()) } else { Self::internal(error) }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            StoreError::Redis(error) => error.into(),
        }
    }
}

impl From<redis::Error> for PageError {
    fn from(error: redis::Error) -> Self {
        if redis::is_transient(&error) { Self::Unavailable(error.into()) } else { Self::internal(error) }
    }
}

impl From<Infallible> for PageError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    title: &'static str,
    words: String,
    request_id: Option<String>,
    /// The submitted form, with a button that sends it again; `None` except for status 503.
    sent: Option<SentAgain>,
}

struct SentAgain {
    path: String,
    fields: Vec<(String, String)>,
    /// The names of fields with passwords or codes. Their values are not part of the page, so that they must be typed
    /// again.
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

/// Middleware: adds a page in the client's language to error responses that have none.
///
/// # Errors
/// If a middleware inside fails, an error that carries the page as its response.
pub async fn error_pages(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    // Routing needs the only reference to the request, so these are read before.
    let page = Page::plain(req.request());
    let request_id = req.extensions().get::<RequestId>().copied();
    match next.call(req).await {
        Ok(response) if is_a_page(response.response()) => Ok(response.map_into_left_body()),
        Ok(response) => {
            let (request, answered) = response.into_parts();
            let data = request.extensions_mut().remove::<SharedPageData>();
            let page = page.with_shared_data(data.unwrap_or_default());
            let unavailable = answered.status() == StatusCode::SERVICE_UNAVAILABLE;
            let sent = if unavailable { SentAgain::of(&request) } else { None };
            let t = page.t;
            let mut shown = shown(&answered.map_into_boxed_body(), page, request_id, sent);
            if shown.status().is_redirection() && !request.method().is_safe() {
                flash_signed_out(&request, &mut shown, t);
            }
            Ok(ServiceResponse::new(request, shown).map_into_right_body())
        }
        Err(error) => {
            // Only the session middleware fails like this, when Redis is down.
            let error = PageError::Unavailable(error.to_string().into());
            let answered = HttpResponse::from_error(error);
            let shown = shown(&answered, page, request_id, None);
            Err(InternalError::from_response("no sessions", shown).into())
        }
    }
}

/// Adds a flash message to the redirect to the sign-in page that answers a form: the session has ended, and the form
/// was not saved.
fn flash_signed_out(request: &HttpRequest, response: &mut HttpResponse<BoxBody>, t: Messages) {
    if let Some(config) = request.app_data::<Data<Config>>() {
        Flash::notice(t.was_signed_out()).add_to(response, config);
    }
}

/// Middleware, inside of the session middleware: loads the data of the page header (user, cart, categories) for error
/// pages, so that a 404 still shows who is signed in. Not for 429 and 5xx, which must cause no more load.
pub async fn shared_data_for_error_pages(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(req).await?;
    let status = response.status();
    if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS && !is_a_page(response.response()) {
        let request = response.request();
        if let Some(data) = page::shared_data(request).await {
            request.extensions_mut().insert(data);
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
    let (title, words) = title_and_text(status, answered, page.t);
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

/// Returns whether the response already has a page for people: it is no error, or an error with a content type.
fn is_a_page(response: &HttpResponse<impl MessageBody>) -> bool {
    let fine = !response.status().is_client_error() && !response.status().is_server_error();
    response.error().is_none() && (fine || response.headers().contains_key(header::CONTENT_TYPE))
}

fn title_and_text(status: StatusCode, answered: &HttpResponse<BoxBody>, t: Messages) -> (&'static str, String) {
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
