//! A small HTTP client for calls to other services: HTTPS by rustls, a timeout for each call, a limit on the size of
//! responses.

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, body::Bytes, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{fmt, time::Duration};
use url::Url;

/// An HTTP client. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct HttpClient(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

#[derive(Clone, Debug)]
pub struct HttpResponse {
    pub status: u16,
    pub body: Bytes,
}

/// Why a call got no response. Only after [`HttpError::NotSent`] is it certain that the request had no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// No connection could be made, so the request had no effect.
    NotSent(String),
    /// The connection broke, the timeout passed, or the response was too large; the request may have had an effect.
    Unanswered(String),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(why) => write!(f, "no connection: {why}"),
            Self::Unanswered(why) => write!(f, "no answer: {why}"),
        }
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl HttpClient {
    /// Makes a client that trusts the certificate authorities of the system; fails if these cannot be read.
    pub fn new() -> Result<Self, String> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let builder = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| format!("the certificates of the system cannot be read: {error}"))?;
        let connector = builder.https_or_http().enable_http1().wrap_connector(http);
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Sends a form by POST. Returns a response of any status; fails if it comes after `timeout` or is longer than
    /// `max_len` bytes.
    pub async fn post_form(
        &self,
        url: &Url,
        form: String,
        timeout: Duration,
        max_len: usize,
    ) -> Result<HttpResponse, HttpError> {
        let request = Request::post(url.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded;charset=utf-8")
            .body(Full::new(Bytes::from(form)));
        self.send(request, timeout, max_len).await
    }

    /// Sends a GET request. Returns a response of any status; fails if it comes after `timeout` or is longer than
    /// `max_len` bytes.
    pub async fn get(&self, url: &Url, timeout: Duration, max_len: usize) -> Result<HttpResponse, HttpError> {
        self.send(Request::get(url.as_str()).body(Full::default()), timeout, max_len).await
    }

    async fn send(
        &self,
        request: Result<Request<Full<Bytes>>, hyper::http::Error>,
        timeout: Duration,
        max_len: usize,
    ) -> Result<HttpResponse, HttpError> {
        let request = request.map_err(|error| HttpError::NotSent(error.to_string()))?;
        let exchange = async {
            let response = self.0.request(request).await.map_err(|error| {
                if error.is_connect() {
                    HttpError::NotSent(causes(&error))
                } else {
                    HttpError::Unanswered(causes(&error))
                }
            })?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), max_len).collect().await;
            let body = body.map_err(|error| HttpError::Unanswered(error.to_string()))?.to_bytes();
            Ok(HttpResponse { status, body })
        };
        let timed = tokio::time::timeout(timeout, exchange).await;
        timed.unwrap_or_else(|_| Err(HttpError::Unanswered(format!("nothing for {} s", timeout.as_secs()))))
    }
}

/// Returns an error's message followed by those of its causes, which say what went wrong.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
