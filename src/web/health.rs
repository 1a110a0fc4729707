use actix_web::{HttpResponse, web::Data};

use crate::{
    config::Config,
    platform::{
        clock,
        db::Db,
        redis::{self, Redis},
    },
};

const PLAIN: &str = "text/plain; charset=utf-8";

/// `GET /healthz`, liveness: 200 while the process runs.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type(PLAIN).body("ok")
}

/// `GET /readyz`, readiness: 200 if PostgreSQL and Redis answer, else 503 and the names of those that do not.
pub async fn readyz(db: Data<Db>, redis: Data<Redis>) -> HttpResponse {
    let (postgres, redis) = futures_util::future::join(db.ping(), redis::ping(&redis)).await;
    let checked =
        [("postgresql", postgres.err().map(|e| e.to_string())), ("redis", redis.err().map(|e| e.to_string()))];
    let away: Vec<&str> = checked
        .iter()
        .filter_map(|(name, problem)| {
            // Not inside the macro, which skips its arguments when the level is disabled.
            let problem = problem.as_deref()?;
            tracing::error!("not ready: {name}: {problem}");
            Some(*name)
        })
        .collect();
    if away.is_empty() {
        return HttpResponse::Ok().content_type(PLAIN).body(format!("ready{}", words_on_clock()));
    }
    HttpResponse::ServiceUnavailable().content_type(PLAIN).body(format!("no answer from: {}", away.join(", ")))
}

/// Returns a line of text for the health check if the system clock differs from PostgreSQL's, which the shop uses
/// instead; otherwise an empty text.
fn words_on_clock() -> String {
    let ahead = clock::machine_ahead();
    if ahead.abs() <= clock::MAX_DIFFERENCE {
        return String::new();
    }
    format!("\nclock: {} seconds ahead of PostgreSQL's", ahead.num_seconds())
}

/// Path prefixes that crawlers must not fetch: pages of one person, pages of staff, and lists of the same products in
/// another order. Google and Baidu understand `*` as any text; if several rules match, the longest counts.
const DISALLOWED: [&str; 15] = [
    "/cart",
    "/checkout",
    "/orders",
    "/account",
    "/questions",
    "/admin",
    "/pay",
    "/sign-in",
    "/sign-up",
    "/search",
    "/language",
    "/mail/",
    "/categories/*?",
    "/products/*?o",
    "/products/*&image=",
];
const ALLOWED: [&str; 2] = ["/categories/*?page=", "/categories/*?lang="];

/// `GET /robots.txt`: the paths that crawlers may fetch, and the URL of the sitemap.
pub async fn robots(config: Data<Config>) -> HttpResponse {
    let rules = ALLOWED.iter().map(|path| format!("Allow: {path}\n"));
    let rules: String = rules.chain(DISALLOWED.iter().map(|path| format!("Disallow: {path}\n"))).collect();
    let map = format!("Sitemap: {}sitemap.xml\n", config.public_url);
    HttpResponse::Ok().content_type(PLAIN).body(format!("User-agent: *\n{rules}\n{map}"))
}
