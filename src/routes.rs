//! Every URL of the shop on one page, by who may come: everybody, the signed in, staff, machines.

use actix_web::web::{ServiceConfig, get, post, resource};

use crate::web::{assets, change_language};

/// Adds every page of the shop.
pub fn routes(shop: &mut ServiceConfig) {
    everybody(shop);
    machines(shop);
}

fn everybody(shop: &mut ServiceConfig) {
    shop.service(resource("/language").route(post().to(change_language)));
}

fn machines(shop: &mut ServiceConfig) {
    shop.service(resource("/static/{mark}/{path:.*}").route(get().to(assets::serve)));
}
