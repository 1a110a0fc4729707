//! The web app manifest, by which phones show the shop on their home screen, and icons at the paths where browsers look
//! for them.

use actix_web::{HttpRequest, HttpResponse, http::header};
use serde_json::json;

use crate::{
    kernel::Language,
    store::settings_of,
    web::{PageResult, assets},
};

/// The color of the logo; the same as in `<meta name="theme-color">`.
const THEME_COLOR: &str = "#0d6b4c";
const BACKGROUND_COLOR: &str = "#ffffff";

/// `GET /manifest.webmanifest`: the web app manifest in the visitor's language.
pub async fn manifest(req: HttpRequest) -> PageResult {
    let (language, settings) = (Language::of(&req), settings_of(&req)?);
    let icon = |file: &str, size: &str, purpose: &str| {
        let kind = if size == "any" { "image/svg+xml" } else { "image/png" };
        json!({ "src": assets::url(file), "sizes": size, "type": kind, "purpose": purpose })
    };
    let manifest = json!({
        "name": settings.shop_name(language),
        "short_name": settings.shop_name(language),
        "lang": language.tag(),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "browser",
        "theme_color": THEME_COLOR,
        "background_color": BACKGROUND_COLOR,
        "icons": [
            icon("icons/favicon.svg", "any", "any"),
            icon("icons/icon-192.png", "192x192", "any"),
            icon("icons/icon-512.png", "512x512", "any"),
            icon("icons/icon-maskable.png", "512x512", "maskable"),
        ],
    });
    Ok(HttpResponse::Ok()
        .content_type("application/manifest+json")
        .insert_header((header::CACHE_CONTROL, "private, max-age=3600"))
        .insert_header((header::VARY, "accept-language, cookie"))
        .body(manifest.to_string()))
}

/// `GET /favicon.ico`: redirects to the icon, for programs that look only at this path.
pub async fn favicon() -> HttpResponse {
    icon("icons/icon-192.png")
}

/// `GET /apple-touch-icon.png`: redirects to the icon that iPhones and iPads show on the home screen.
pub async fn touch_icon() -> HttpResponse {
    icon("icons/apple-touch-icon.png")
}

fn icon(file: &str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header((header::LOCATION, assets::url(file)))
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .finish()
}
