//! Every URL of the shop, grouped by who may request it: everybody, signed-in users, staff, machines.
// Long: a line or two for each URL.

use actix_web::{
    Route,
    guard::{Any, Get, Head},
    middleware::from_fn,
    web::{PayloadConfig, ServiceConfig, post, resource, route, scope},
};

use std::future::ready;

use crate::{
    accounts::pages as accounts,
    admin,
    cart::pages as cart,
    catalog,
    checkout::pages as checkout,
    metrics,
    orders::pages as orders,
    payments::MAX_NOTIFICATION_LEN,
    shop::{orders as shop_orders, payments, returns, unsubscription},
    web::{MaxFormBytes, assets, change_language, health, mail_in_mailbox, mailbox, see_other},
};

/// Registers every URL of the shop.
pub fn routes(shop: &mut ServiceConfig) {
    everybody(shop);
    gateways(shop);
    the_signed_in(shop);
    admins(shop);
    settings(shop);
    staff(shop);
    for_machines(shop);
}

/// Returns a route for `GET`, and for `HEAD`, which gets the same headers without the body.
fn get() -> Route {
    route().guard(Any(Get()).or(Head()))
}

/// Returns a route for `GET` of a URL that accepts only `POST`: it redirects to `page`, which has the form.
fn back_to(page: &'static str) -> Route {
    get().to(move || ready(see_other(page)))
}

fn everybody(shop: &mut ServiceConfig) {
    shop.service(resource("/").route(get().to(catalog::home)))
        .service(resource("/products/{id}").route(get().to(catalog::product)))
        .service(resource("/products/{id}/pictures/{number}").route(get().to(catalog::product_picture)))
        .service(resource("/categories/{slug}").route(get().to(catalog::category)))
        .service(resource("/search").route(get().to(catalog::search)))
        .service(resource("/dev/mailbox").route(get().to(mailbox)))
        .service(resource("/dev/mailbox/{place}").route(get().to(mail_in_mailbox)))
        .service(
            resource("/mail/unsubscription")
                .route(get().to(unsubscription::ask))
                .route(post().to(unsubscription::unsubscribe)),
        )
        .service(resource("/language").route(back_to("/")).route(post().to(change_language)))
        .service(resource("/cart").route(get().to(cart::show)))
        .service(resource("/cart/entries").route(back_to("/cart")).route(post().to(cart::add)))
        .service(resource("/cart/entries/{sku_id}").route(back_to("/cart")).route(post().to(cart::set)))
        .service(resource("/cart/entries/{sku_id}/removal").route(back_to("/cart")).route(post().to(cart::remove)))
        .service(resource("/cart/entries/{sku_id}/selection").route(back_to("/cart")).route(post().to(cart::select)))
        .service(resource("/cart/selection").route(back_to("/cart")).route(post().to(cart::select_all)))
        .service(resource("/sign-in").route(get().to(accounts::sign_in_page)).route(post().to(accounts::sign_in)))
        .service(
            resource("/sign-in/again")
                .route(get().to(accounts::reauthenticate_page))
                .route(post().to(accounts::reauthenticate)),
        )
        .service(
            resource("/sign-in/code")
                .route(get().to(accounts::second_factor_page))
                .route(post().to(accounts::check_second_factor)),
        )
        .service(resource("/sign-up").route(get().to(accounts::sign_up_page)).route(post().to(accounts::sign_up)))
        .service(resource("/sign-out").route(back_to("/")).route(post().to(accounts::sign_out)));
}

/// Registers the URLs for payment gateways: those to which they send shoppers back, and those that they notify.
fn gateways(shop: &mut ServiceConfig) {
    shop.service(resource("/pay/alipay/return").route(get().to(payments::come_back))).service(
        resource("/pay/alipay/notification")
            .app_data(PayloadConfig::new(MAX_NOTIFICATION_LEN))
            .route(back_to("/"))
            .route(post().to(payments::notify)),
    );
}

fn the_signed_in(shop: &mut ServiceConfig) {
    shop.service(resource("/checkout").route(get().to(checkout::show)).route(post().to(checkout::place)))
        .service(resource("/checkout/addresses").route(back_to("/checkout")).route(post().to(checkout::add_address)))
        .service(resource("/checkout/adjustment").route(back_to("/checkout")).route(post().to(checkout::adjust)))
        .service(resource("/orders").route(get().to(orders::list)))
        .service(resource("/orders/{number}").route(get().to(shop_orders::show)))
        .service(
            resource("/orders/{number}/cart-entries").route(back_to("/orders")).route(post().to(checkout::reorder)),
        )
        .service(
            resource("/orders/{number}/cancellation").route(back_to("/orders")).route(post().to(shop_orders::cancel)),
        )
        .configure(returns_of_shoppers)
        .service(resource("/orders/{number}/payment").route(get().to(payments::show)).route(post().to(payments::begin)))
        .service(resource("/account").route(get().to(accounts::account)))
        .service(
            resource("/account/password")
                .route(get().to(accounts::password_page))
                .route(post().to(accounts::change_password)),
        )
        .service(
            resource("/account/addresses")
                .route(get().to(accounts::address_book))
                .route(post().to(accounts::create_address)),
        )
        .service(
            resource("/account/addresses/{id}")
                .route(get().to(accounts::address_page))
                .route(post().to(accounts::update_address)),
        )
        .service(
            resource("/account/addresses/{id}/removal")
                .route(back_to("/account/addresses"))
                .route(post().to(accounts::delete_address)),
        )
        .service(
            resource("/account/addresses/{id}/default")
                .route(back_to("/account/addresses"))
                .route(post().to(accounts::make_default_address)),
        );
}

/// Registers the pages of staff accounts, for admins. Like [`settings`] it must be called before the pages for staff are registered, because their paths start
/// with the same `/admin` and the first match wins.
fn admins(shop: &mut ServiceConfig) {
    shop.service(
        scope("/admin/people")
            .wrap(from_fn(admin::admins_only))
            .service(resource("").route(get().to(admin::staff)))
            .service(
                resource("/{person}/closure").route(back_to("/admin/people")).route(post().to(admin::close_account)),
            )
            .service(
                resource("/{person}/reopening").route(back_to("/admin/people")).route(post().to(admin::reopen_account)),
            )
            .service(resource("/{person}/role").route(back_to("/admin/people")).route(post().to(admin::change_role)))
            .service(
                resource("/{person}/two-factor-reset")
                    .route(back_to("/admin/people"))
                    .route(post().to(admin::reset_two_factor)),
            )
            .service(
                resource("/two-factor-rule").route(back_to("/admin/people")).route(post().to(admin::decide_two_factor)),
            ),
    );
}

fn settings(shop: &mut ServiceConfig) {
    shop.service(
        scope("/admin/settings")
            .wrap(from_fn(admin::admins_only))
            .service(resource("").route(get().to(admin::settings)).route(post().to(admin::save_settings))),
    );
}

// Long: a line or two for each URL.
fn staff(shop: &mut ServiceConfig) {
    shop.service(
        scope("/admin")
            // Descriptions in two languages, or a hundred SKUs.
            .app_data(MaxFormBytes(128 * 1024))
            .wrap(from_fn(admin::staff_only))
            .service(resource("").route(get().to(admin::dashboard)))
            .service(resource("/orders").route(get().to(admin::orders)))
            .service(resource("/orders/pick-list").route(get().to(admin::pick_list)))
            .service(resource("/orders/packing-slips").route(get().to(admin::packing_slips)))
            .service(resource("/orders/packing").route(back_to("/admin/orders")).route(post().to(admin::pack_orders)))
            .service(resource("/new-orders/{after}").route(get().to(admin::new_orders)))
            .service(resource("/orders/exports").route(back_to("/admin/orders")).route(post().to(admin::export_orders)))
            .service(resource("/orders/{number}").route(get().to(admin::order)))
            .service(
                resource("/orders/{number}/cancellation")
                    .route(back_to("/admin/orders"))
                    .route(post().to(admin::cancel_order)),
            )
            .service(
                resource("/orders/{number}/packing")
                    .route(back_to("/admin/orders"))
                    .route(post().to(admin::pack_order)),
            )
            .service(
                resource("/orders/{number}/packing-stop")
                    .route(back_to("/admin/orders"))
                    .route(post().to(admin::stop_packing)),
            )
            .service(
                resource("/orders/{number}/cash").route(back_to("/admin/orders")).route(post().to(admin::record_cash)),
            )
            .service(
                resource("/orders/{number}/refunds")
                    .route(get().to(admin::order_refunds))
                    .route(post().to(admin::refund_order)),
            )
            .service(resource("/payments").route(get().to(admin::payments)))
            .service(
                resource("/payments/exports")
                    .route(back_to("/admin/payments"))
                    .route(post().to(admin::export_payments)),
            )
            .service(resource("/payments/{payment}").route(get().to(admin::payment)))
            .service(
                resource("/payments/{payment}/query")
                    .route(back_to("/admin/payments"))
                    .route(post().to(admin::query_payment)),
            )
            .service(
                resource("/payments/{payment}/settlement")
                    .route(back_to("/admin/payments"))
                    .route(post().to(admin::settle_payment)),
            )
            .service(
                resource("/payments/{payment}/refund")
                    .route(back_to("/admin/payments"))
                    .route(post().to(admin::refund_payment)),
            )
            .service(
                resource("/payments/{payment}/revival")
                    .route(back_to("/admin/payments"))
                    .route(post().to(admin::revive_order)),
            )
            .service(
                resource("/payments/{payment}/refunds/{refund}/attempt")
                    .route(back_to("/admin/payments"))
                    .route(post().to(admin::retry_refund)),
            )
            .service(
                resource("/payments/{payment}/refunds/{refund}/settlement")
                    .route(back_to("/admin/payments"))
                    .route(post().to(admin::give_otherwise)),
            )
            .service(resource("/carriers").route(get().to(admin::carriers)).route(post().to(admin::create_carrier)))
            .service(resource("/carriers/new").route(get().to(admin::new_carrier)))
            .service(
                resource("/carriers/{carrier}").route(get().to(admin::carrier)).route(post().to(admin::save_carrier)),
            )
            .service(
                resource("/carriers/{carrier}/removal")
                    .route(back_to("/admin/carriers"))
                    .route(post().to(admin::remove_carrier)),
            )
            .configure(fulfillment)
            .service(resource("/shipments").route(back_to("/admin/orders")).route(post().to(admin::send_shipments)))
            .service(resource("/shipments/new").route(get().to(admin::new_shipments)))
            .service(
                resource("/shipments/imports")
                    .route(get().to(admin::shipment_files))
                    .route(post().to(admin::upload_shipments)),
            )
            .service(resource("/shipments/imports/{import}").route(get().to(admin::shipment_file)))
            .service(
                resource("/shipments/imports/{import}/confirmation")
                    .route(back_to("/admin/shipments/imports"))
                    .route(post().to(admin::confirm_shipments)),
            )
            .service(
                resource("/shipments/imports/{import}/mapping")
                    .route(back_to("/admin/shipments/imports"))
                    .route(post().to(admin::map_shipments)),
            )
            .service(
                resource("/shipments/imports/{import}/removal")
                    .route(back_to("/admin/shipments/imports"))
                    .route(post().to(admin::discard_shipments)),
            )
            .service(resource("/shipments/imports/{import}/failed.csv").route(get().to(admin::failed_shipments)))
            .service(resource("/stock").route(get().to(admin::stock)))
            .service(resource("/stock/changes").route(back_to("/admin/stock")).route(post().to(admin::change_stocks)))
            .service(
                resource("/stock/reversals").route(back_to("/admin/stock")).route(post().to(admin::undo_stock_changes)),
            )
            .service(resource("/stock/export").route(get().to(admin::export_stock)))
            .service(
                resource("/stock/{sku}/movements").route(get().to(admin::ledger)).route(post().to(admin::move_stock)),
            )
            .service(
                resource("/stock/{sku}/movements/{movement}/reversal")
                    .route(back_to("/admin/stock"))
                    .route(post().to(admin::undo_movement)),
            )
            .service(
                resource("/stock/{sku}/low")
                    .route(get().to(admin::low_stock_page))
                    .route(post().to(admin::set_low_stock)),
            )
            .service(
                resource("/stock/{sku}/shelf-place")
                    .route(get().to(admin::shelf_place_page))
                    .route(post().to(admin::set_shelf_place)),
            )
            .service(resource("/imports").route(get().to(admin::imports)).route(post().to(admin::send_import)))
            .service(resource("/imports/new").route(get().to(admin::new_import)))
            .service(resource("/imports/sheet").route(get().to(admin::import_sheet)))
            .service(resource("/imports/{import}").route(get().to(admin::import)))
            .service(
                resource("/imports/{import}/confirmation")
                    .route(back_to("/admin/imports"))
                    .route(post().to(admin::confirm_import)),
            )
            .service(
                resource("/imports/{import}/mapping")
                    .route(back_to("/admin/imports"))
                    .route(post().to(admin::map_import)),
            )
            .service(
                resource("/imports/{import}/removal")
                    .route(back_to("/admin/imports"))
                    .route(post().to(admin::discard_import)),
            )
            .service(
                resource("/imports/{import}/successor")
                    .route(back_to("/admin/imports"))
                    .route(post().to(admin::decide_again)),
            )
            .service(resource("/imports/{import}/failed.csv").route(get().to(admin::failed_lines)))
            .service(resource("/products").route(get().to(admin::products)).route(post().to(admin::create_product)))
            .service(resource("/products/new").route(get().to(admin::new_product)))
            .service(resource("/products/{spu}").route(get().to(admin::product)).route(post().to(admin::save_product)))
            .service(
                resource("/products/{spu}/pictures")
                    .route(back_to("/admin/products"))
                    .route(post().to(admin::add_picture)),
            )
            .service(
                resource("/products/{spu}/pictures/{picture}")
                    .route(back_to("/admin/products"))
                    .route(post().to(admin::change_picture)),
            )
            .service(
                resource("/products/{spu}/publication")
                    .route(back_to("/admin/products"))
                    .route(post().to(admin::publish_product)),
            )
            .service(
                resource("/products/{spu}/options")
                    .route(back_to("/admin/products"))
                    .route(post().to(admin::save_product_options)),
            )
            .service(
                resource("/products/{spu}/skus")
                    .route(back_to("/admin/products"))
                    .route(post().to(admin::save_product_skus)),
            )
            .service(
                resource("/categories").route(get().to(admin::categories)).route(post().to(admin::create_category)),
            )
            .service(resource("/categories/new").route(get().to(admin::new_category)))
            .service(
                resource("/categories/{category}")
                    .route(get().to(admin::category))
                    .route(post().to(admin::save_category)),
            )
            .service(
                resource("/categories/{category}/place")
                    .route(back_to("/admin/categories"))
                    .route(post().to(admin::place_category)),
            )
            .service(
                resource("/categories/{category}/removal")
                    .route(back_to("/admin/categories"))
                    .route(post().to(admin::remove_category)),
            )
            .service(resource("/brands").route(get().to(admin::brands)).route(post().to(admin::create_brand)))
            .service(resource("/brands/new").route(get().to(admin::new_brand)))
            .service(resource("/brands/{brand}").route(get().to(admin::brand)).route(post().to(admin::save_brand)))
            .service(
                resource("/brands/{brand}/removal")
                    .route(back_to("/admin/brands"))
                    .route(post().to(admin::remove_brand)),
            )
            .service(resource("/reconciliation").route(get().to(admin::reconciliation)))
            .service(
                resource("/reconciliation/checks")
                    .route(back_to("/admin/reconciliation"))
                    .route(post().to(admin::run_reconciliation)),
            )
            .service(resource("/audit-log").route(get().to(admin::audit_log)))
            .service(resource("/mail/orders").route(back_to("/admin/mail")).route(post().to(admin::save_staff_mails)))
            .service(
                resource("/mail").route(get().to(admin::low_stock_mail)).route(post().to(admin::save_low_stock_mail)),
            )
            .service(resource("/rate-limits").route(get().to(admin::rate_limits)))
            .service(resource("/outbox").route(get().to(admin::outbox)))
            .service(resource("/outbox/attempts").route(back_to("/admin/outbox")).route(post().to(admin::retry_jobs)))
            .service(
                resource("/two-factor").route(get().to(admin::two_factor)).route(post().to(admin::turn_on_two_factor)),
            )
            .service(
                resource("/two-factor/removal")
                    .route(back_to("/admin/two-factor"))
                    .route(post().to(admin::turn_off_two_factor)),
            )
            .service(
                resource("/outbox/{job}/attempt").route(back_to("/admin/outbox")).route(post().to(admin::retry_job)),
            ),
    );
}

/// Registers the URLs with which shoppers confirm a delivery and return goods.
fn returns_of_shoppers(shop: &mut ServiceConfig) {
    shop.service(
        resource("/orders/{number}/delivery-confirmation")
            .route(back_to("/orders"))
            .route(post().to(shop_orders::confirm_delivery)),
    )
    .service(resource("/orders/{number}/returns").route(get().to(returns::new_return)).route(post().to(returns::ask)))
    .service(resource("/orders/{number}/returns/{return}").route(get().to(returns::show)))
    .service(
        resource("/orders/{number}/returns/{return}/withdrawal")
            .route(back_to("/orders"))
            .route(post().to(returns::withdraw)),
    )
    .service(
        resource("/orders/{number}/returns/{return}/parcel")
            .route(back_to("/orders"))
            .route(post().to(returns::send_back)),
    )
    .service(
        resource("/orders/{number}/returns/{return}/pictures")
            .route(back_to("/orders"))
            .route(post().to(returns::add_picture)),
    )
    .service(resource("/orders/{number}/returns/{return}/pictures/{position}").route(get().to(returns::picture)));
}

/// Registers the URLs below `/admin` about sending and returning.
fn fulfillment(admin: &mut ServiceConfig) {
    let changes = |path: &str, changed: Route| resource(path).route(back_to("/admin/orders")).route(changed);
    let order = "/orders/{number}";
    let shipment = "/orders/{number}/shipments/{shipment}";
    let one_return = "/orders/{number}/returns/{return}";
    admin
        .service(changes(&format!("{order}/shipments"), post().to(admin::send_parcel)))
        .service(changes(shipment, post().to(admin::correct_parcel)))
        .service(changes(&format!("{shipment}/reversal"), post().to(admin::undo_parcel)))
        .service(changes(&format!("{shipment}/loss"), post().to(admin::lose_parcel)))
        .service(changes(&format!("{order}/hold"), post().to(admin::hold_order)))
        .service(changes(&format!("{order}/release"), post().to(admin::release_order)))
        .service(changes(&format!("{order}/notes"), post().to(admin::note_order)))
        .service(changes(&format!("{order}/cancellation-answer"), post().to(admin::answer_cancellation)))
        .service(
            resource(format!("{order}/address"))
                .route(get().to(admin::order_address))
                .route(post().to(admin::change_order_address)),
        )
        .service(
            resource(format!("{order}/withdrawals"))
                .route(get().to(admin::withdrawal_page))
                .route(post().to(admin::withdraw_units)),
        )
        .service(
            resource(format!("{order}/refusal"))
                .route(get().to(admin::refusal_page))
                .route(post().to(admin::record_refusal)),
        )
        .service(resource("/returns").route(get().to(admin::returns)))
        .service(resource(one_return).route(get().to(admin::return_page)))
        .service(resource(format!("{one_return}/pictures/{{position}}")).route(get().to(admin::return_picture)))
        .service(changes(&format!("{one_return}/answer"), post().to(admin::answer_return)))
        .service(changes(&format!("{one_return}/arrival"), post().to(admin::return_arrival)))
        .service(changes(&format!("{one_return}/refund"), post().to(admin::refund_return)))
        .service(changes(&format!("{one_return}/closing"), post().to(admin::close_return)));
}

fn for_machines(shop: &mut ServiceConfig) {
    shop.service(resource("/static/{mark}/{path:.*}").route(get().to(assets::serve)))
        .service(resource("/pictures/{name}").route(get().to(catalog::picture)))
        .service(resource("/healthz").route(get().to(health::healthz)))
        .service(resource("/readyz").route(get().to(health::readyz)))
        .service(resource("/metrics").route(get().to(metrics::metrics)))
        .service(resource("/robots.txt").route(get().to(health::robots)))
        .service(resource("/sitemap.xml").route(get().to(catalog::sitemap)));
}
