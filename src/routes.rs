//! Every URL of the shop on one page, by who may come: everybody, the signed in, staff, machines.

use actix_web::web::{ServiceConfig, get, post, resource};

use crate::{
    catalog,
    web::{assets, change_language, machines},
};

/// Adds every page of the shop.
pub fn routes(shop: &mut ServiceConfig) {
    everybody(shop);
    for_machines(shop);
}

fn everybody(shop: &mut ServiceConfig) {
    shop.service(resource("/").route(get().to(catalog::home)))
        .service(resource("/products/{id}").route(get().to(catalog::product)))
        .service(resource("/categories/{slug}").route(get().to(catalog::category)))
        .service(resource("/search").route(get().to(catalog::search)))
        .service(resource("/language").route(post().to(change_language)));
}

fn for_machines(shop: &mut ServiceConfig) {
    shop.service(resource("/static/{mark}/{path:.*}").route(get().to(assets::serve)))
        .service(resource("/healthz").route(get().to(machines::healthz)))
        .service(resource("/readyz").route(get().to(machines::readyz)))
        .service(resource("/robots.txt").route(get().to(machines::robots)))
        .service(resource("/sitemap.xml").route(get().to(catalog::sitemap)));
}
