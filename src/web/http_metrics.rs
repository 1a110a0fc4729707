use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    middleware::Next,
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

/// The upper bounds of the histogram of response times, in seconds.
const BOUNDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The label of requests whose path matches no route; with paths as labels there would be no limit on their number.
const NOWHERE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    #[prometheus(flatten)]
    of: RouteLabels,
    status: &'static str,
}

static REQUESTS: LazyLock<Family<RequestLabels, Counter>> = LazyLock::new(Family::default);

static DURATIONS: LazyLock<Family<RouteLabels, Histogram>> =
    LazyLock::new(|| Family::new_with_constructor(|| Histogram::new(BOUNDS)));

pub fn register_traffic(registry: &mut Registry) {
    registry.register("till_http_requests", "Requests, by route, method and kind of answer", REQUESTS.clone());
    let help = "How long requests waited for their answer, in seconds";
    registry.register("till_http_request_duration_seconds", help, DURATIONS.clone());
}

/// Middleware: counts each request, and the time until its response starts.
pub async fn count_traffic(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (began, method) = (Instant::now(), method(req.method()));
    let answered = next.call(req).await;
    match &answered {
        Ok(response) => count(response.request().match_pattern(), method, response.status(), began.elapsed()),
        Err(error) => count(None, method, error.as_response_error().status_code(), began.elapsed()),
    }
    answered
}

fn count(route: Option<String>, method: &'static str, status: StatusCode, took: Duration) {
    let of = RouteLabels { route: route.unwrap_or_else(|| NOWHERE.to_owned()), method };
    let labels = RequestLabels { of, status: class(status) };
    REQUESTS.get_or_create(&labels).inc();
    DURATIONS.get_or_create(&labels.of).observe(took.as_secs_f64());
}

/// Returns the method as a label of metrics: one of a fixed set, because a client may send any method.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::metrics;

    #[test]
    fn times_are_written_in_seconds() {
        for micros in [2_500, 1_200_000] {
            count(Some("/{a}".to_owned()), "GET", StatusCode::OK, Duration::from_micros(micros));
        }
        let mut registry = Registry::default();
        register_traffic(&mut registry);
        let page = metrics::exposition(&registry);
        for sample in [
            "till_http_requests_total{route=\"/{a}\",method=\"GET\",status=\"2xx\"} 2",
            "till_http_request_duration_seconds_sum{route=\"/{a}\",method=\"GET\"} 1.2025",
            "till_http_request_duration_seconds_count{route=\"/{a}\",method=\"GET\"} 2",
            "till_http_request_duration_seconds_bucket{le=\"0.001\",route=\"/{a}\",method=\"GET\"} 0",
            "till_http_request_duration_seconds_bucket{le=\"0.0025\",route=\"/{a}\",method=\"GET\"} 1",
            "till_http_request_duration_seconds_bucket{le=\"2.5\",route=\"/{a}\",method=\"GET\"} 2",
            "till_http_request_duration_seconds_bucket{le=\"+Inf\",route=\"/{a}\",method=\"GET\"} 2",
        ] {
            assert!(page.lines().any(|line| line == sample), "{sample}\n{page}");
        }
    }
}
