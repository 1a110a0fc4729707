//! Every URL of the shop on one page, by who may come: everybody, the signed in, staff, machines.

use actix_web::web::{ServiceConfig, get, post, resource};

use crate::{
    accounts::pages as accounts,
    web::{assets, change_language},
};

/// Adds every page of the shop.
pub fn routes(shop: &mut ServiceConfig) {
    everybody(shop);
    the_signed_in(shop);
    machines(shop);
}

fn everybody(shop: &mut ServiceConfig) {
    shop.service(resource("/language").route(post().to(change_language)))
        .service(resource("/sign-in").route(get().to(accounts::sign_in_page)).route(post().to(accounts::sign_in)))
        .service(resource("/sign-up").route(get().to(accounts::sign_up_page)).route(post().to(accounts::sign_up)))
        .service(resource("/sign-out").route(post().to(accounts::sign_out)));
}

fn the_signed_in(shop: &mut ServiceConfig) {
    shop.service(resource("/account").route(get().to(accounts::account)))
        .service(
            resource("/account/password")
                .route(get().to(accounts::password_page))
                .route(post().to(accounts::change_password)),
        )
        .service(
            resource("/account/addresses")
                .route(get().to(accounts::address_book))
                .route(post().to(accounts::add_to_address_book)),
        )
        .service(
            resource("/account/addresses/{id}")
                .route(get().to(accounts::address_page))
                .route(post().to(accounts::save_in_address_book)),
        )
        .service(resource("/account/addresses/{id}/removal").route(post().to(accounts::remove_from_address_book)))
        .service(resource("/account/addresses/{id}/default").route(post().to(accounts::default_of_address_book)));
}

fn machines(shop: &mut ServiceConfig) {
    shop.service(resource("/static/{mark}/{path:.*}").route(get().to(assets::serve)));
}
