//! HTTP: what applies to every page.

mod assets;
mod bodies;
mod connections;
mod cross_site;
mod error_pages;
mod headers;
mod html;
mod language;
mod limits;
mod metrics;
mod security_log;
mod typed_text;
mod without_redis;
