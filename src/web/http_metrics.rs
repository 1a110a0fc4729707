use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    middleware::Next,
};
use std::{
    collections::HashMap,
    sync::{
        LazyLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crate::platform::metrics::{Buckets, Exposition};

/// The upper bounds of the histogram of response times, in microseconds.
const BOUNDS: [u64; 13] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "other"];
const ANSWERS: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The label of requests whose path matches no route; with paths as labels there would be no limit on their number.
const NOWHERE: &str = "none";

#[derive(Default)]
struct Requests {
    answers: [AtomicU64; ANSWERS.len()],
    times: Times,
}

struct Times(Buckets<{ BOUNDS.len() }>);

impl Default for Times {
    fn default() -> Self {
        Self(Buckets::new(&BOUNDS))
    }
}

/// The counts for each route, by index in [`METHODS`]. Write-locked only for the first request of a route.
static ROUTES: LazyLock<RwLock<HashMap<String, [Requests; METHODS.len()]>>> = LazyLock::new(RwLock::default);

/// Middleware: counts each request when its response starts.
pub async fn count_traffic(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (began, method) = (Instant::now(), method(req.method()));
    let answered = next.call(req).await;
    match &answered {
        Ok(response) => {
            let route = response.request().match_pattern();
            count(route.as_deref().unwrap_or(NOWHERE), method, response.status(), began.elapsed());
        }
        Err(error) => count(NOWHERE, method, error.as_response_error().status_code(), began.elapsed()),
    }
    answered
}

/// Returns the index of a method in [`METHODS`]; that of `other` if the method is not in it.
fn method(method: &Method) -> usize {
    METHODS.iter().position(|known| *known == method.as_str()).unwrap_or(METHODS.len() - 1)
}

fn count(route: &str, method: usize, status: StatusCode, took: Duration) {
    {
        let routes = ROUTES.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(requests) = routes.get(route).and_then(|methods| methods.get(method)) {
            return requests.count(status, took);
        }
    }
    let mut routes = ROUTES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(requests) = routes.entry(route.to_owned()).or_default().get(method) {
        requests.count(status, took);
    }
}

impl Requests {
    fn count(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(answers) = self.answers.get(class) {
            answers.fetch_add(1, Relaxed);
        }
        self.times.0.observe_time(took);
    }

    fn seen(&self) -> bool {
        self.answers.iter().any(|answers| answers.load(Relaxed) > 0)
    }
}

pub fn write_traffic(page: &mut Exposition) {
    let routes = ROUTES.read().unwrap_or_else(PoisonError::into_inner);
    let mut seen: Vec<(&str, &str, &Requests)> = routes
        .iter()
        .flat_map(|(route, methods)| {
            METHODS.iter().zip(methods).map(|(method, requests)| (route.as_str(), *method, requests))
        })
        .filter(|(.., requests)| requests.seen())
        .collect();
    seen.sort_by_key(|(route, method, _)| (*route, *method));
    let name = "till_http_requests_total";
    page.family(name, "counter", "Requests, by route, method and kind of answer");
    for (route, method, requests) in &seen {
        for (answer, count) in ANSWERS.iter().zip(&requests.answers) {
            let count = count.load(Relaxed);
            if count > 0 {
                page.sample(name, &[("route", route), ("method", method), ("status", answer)], count);
            }
        }
    }
    let name = "till_http_request_duration_seconds";
    page.family(name, "histogram", "How long requests waited for their answer, in seconds");
    for (route, method, requests) in &seen {
        requests.times.0.write(page, name, &[("route", route), ("method", method)], 6);
    }
}
