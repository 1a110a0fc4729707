//! Every URL of the shop on one page, by who may come: everybody, the signed in, staff, machines.

use actix_web::{
    middleware::from_fn,
    web::{ServiceConfig, get, post, resource, scope},
};

use crate::{
    admin,
    web::{assets, change_language},
};

/// Adds every page of the shop.
pub fn routes(shop: &mut ServiceConfig) {
    everybody(shop);
    staff(shop);
    machines(shop);
}

fn everybody(shop: &mut ServiceConfig) {
    shop.service(resource("/language").route(post().to(change_language)));
}

fn staff(shop: &mut ServiceConfig) {
    shop.service(
        scope("/admin")
            .wrap(from_fn(admin::staff_only))
            .service(resource("").route(get().to(admin::counter)))
            .service(resource("/stock").route(get().to(admin::stock)))
            .service(
                resource("/stock/{sku}/movements")
                    .route(get().to(admin::movements))
                    .route(post().to(admin::move_stock)),
            ),
    );
}

fn machines(shop: &mut ServiceConfig) {
    shop.service(resource("/static/{mark}/{path:.*}").route(get().to(assets::serve)));
}
