//! The Actix application of the shop, used by the server and by the tests.

use actix_web::{
    App, Error, FromRequest, HttpRequest,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{NormalizePath, TrailingSlash, from_fn},
    web::{self as actix, Data},
};

use futures_util::future::join;
use std::{sync::Arc, time::Duration};

use crate::{
    accounts::{self, AccountLoader, OnSignIn},
    cart,
    catalog::{self, Catalog, FeedState, SearchEngine},
    checkout::{self, BatchQueue, CartClearingLoader},
    config::Config,
    kernel::Language,
    payments::Gateways,
    platform::{
        db::{Db, Share},
        outbox::CompletionBuffer,
        redis::Redis,
    },
    routes,
    shop::{NotificationQueue, ProductLoader},
    store::SettingsCache,
    web::{
        self, ConnectionLimits, CurrentUser, PageError, PageResult, PageSettings, PageSettingsSource, ServerOptions,
        SharedPageData, SharedPageDataSource, VisitorRequest, app_data,
    },
};

/// How long an idle connection stays open. Longer than browsers and most proxies keep one, so that they close it first
/// and never send a request while the server closes the connection.
pub const KEEP_ALIVE: Duration = Duration::from_secs(120);

/// The default maximum number of connections from one address: an office of more than 100 browsers with six each.
const MAX_CONNECTIONS_PER_ADDRESS: usize = 1_000;

/// The state that all threads of the server share. Cheap to clone; each thread has a clone.
#[derive(Clone)]
pub struct Shop {
    config: Data<Config>,
    db: Data<Db>,
    redis: Data<Redis>,
    catalog: Data<Catalog>,
    feeds: Data<FeedState>,
    products: Data<ProductLoader>,
    people: Data<AccountLoader>,
    shared_page_data: Data<SharedPageDataSource>,
    on_sign_in: Data<OnSignIn>,
    on_show_cart: Data<cart::pages::OnShowCart>,
    completions: Data<CompletionBuffer>,
    gateways: Data<Gateways>,
    notifications: Data<NotificationQueue>,
    queue: Data<BatchQueue>,
    settings: Data<SettingsCache>,
    page_settings: Data<PageSettingsSource>,
    clearings: Data<CartClearingLoader>,
}

impl Shop {
    /// Creates the services of the shop; their tasks run on the current Tokio runtime.
    pub fn open(config: Config, db: Db, redis: Redis, gateways: Gateways, settings: SettingsCache) -> Self {
        let completions = CompletionBuffer::start(db.sharing(Share::Background));
        let merging = redis.clone();
        let for_pages = settings.clone();
        Self {
            queue: Data::new(BatchQueue::open(
                db.sharing(Share::Checkout),
                redis.clone(),
                completions.clone(),
                settings.clone(),
                config.zone,
                config.checkout_queue,
            )),
            config: Data::new(config),
            catalog: Data::new(Catalog::open(&db)),
            feeds: Data::default(),
            products: Data::new(ProductLoader::open(&db)),
            people: Data::new(AccountLoader::open(&db)),
            clearings: Data::new(CartClearingLoader::open(&db)),
            notifications: Data::new(NotificationQueue::open(&db)),
            page_settings: Data::new(PageSettingsSource(Box::new(move |language| {
                let settings = for_pages.get();
                PageSettings { shop_name: settings.shop_name(language).to_owned(), free_from: settings.free_from }
            }))),
            settings: Data::new(settings),
            db: Data::new(db),
            redis: Data::new(redis),
            shared_page_data: Data::new(SharedPageDataSource(Box::new(|req, language| {
                Box::pin(shared_page_data(req, language))
            }))),
            on_sign_in: Data::new(OnSignIn(Box::new(move |req, user, t| {
                let redis = merging.clone();
                Box::pin(async move { cart::pages::merge_guest(&req, user, &redis, t).await })
            }))),
            on_show_cart: Data::new(cart::pages::OnShowCart(Box::new(|req, user| {
                Box::pin(async move { checkout::pages::clear_owed_cart(&req, user).await })
            }))),
            completions: Data::new(completions),
            gateways: Data::new(gateways),
        }
    }

    /// Returns the product search, which a background task keeps up to date.
    pub fn search_engine(&self) -> SearchEngine {
        self.catalog.search_engine()
    }

    /// Returns the number of threads, the connection limits and the timeouts of the server.
    pub fn server_options(&self) -> ServerOptions {
        let config = &self.config;
        // All clients of a proxy share its address.
        let per_address = match config.max_connections_per_address {
            _ if config.trusted_proxies > 0 => None,
            Some(0) => None,
            most => Some(most.unwrap_or(MAX_CONNECTIONS_PER_ADDRESS)),
        };
        let limits = ConnectionLimits {
            total: config.max_connections,
            per_address,
            bounds_loopback: config.max_connections_per_address.is_some(),
        };
        ServerOptions { workers: config.workers, keep_alive: KEEP_ALIVE, write_timeout: config.write_timeout, limits }
    }

    /// Builds the Actix application of one thread of the server: state, middleware and routes.
    pub fn app(
        self,
    ) -> App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<impl MessageBody>,
            Error = Error,
            InitError = (),
        >,
    > {
        // Actix runs the middleware that was wrapped last first.
        App::new()
            .app_data(self.config.clone())
            .app_data(self.db.clone())
            .app_data(self.redis.clone())
            .app_data(self.catalog.clone())
            .app_data(self.feeds.clone())
            .app_data(self.products.clone())
            .app_data(self.people.clone())
            .app_data(self.shared_page_data.clone())
            .app_data(self.on_sign_in.clone())
            .app_data(self.on_show_cart.clone())
            .app_data(self.completions.clone())
            .app_data(self.queue.clone())
            .app_data(self.settings.clone())
            .app_data(self.page_settings.clone())
            .app_data(self.clearings.clone())
            .app_data(self.gateways.clone())
            .app_data(self.notifications.clone())
            .wrap(from_fn(web::flashes))
            .wrap(from_fn(web::shared_data_for_error_pages))
            .wrap(from_fn(web::renewals))
            .wrap(web::sessions(&self.config, self.redis.get_ref().clone()))
            .wrap(from_fn(web::limit_waits))
            .wrap(from_fn(web::refuse_cross_site))
            .wrap(from_fn(web::error_pages))
            .wrap(from_fn(web::own_cookies))
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .wrap(from_fn(web::canonical_addresses))
            .wrap(from_fn(web::compress_responses))
            .wrap(from_fn(web::answers_to_forms_uncompressed))
            .wrap(from_fn(web::count_traffic))
            .wrap(from_fn(web::security_headers))
            .wrap(tracing_actix_web::TracingLogger::<web::RequestSpan>::new())
            .configure(routes::routes)
            .default_service(actix::to(nowhere))
    }
}

/// Responds with 404 to a request that no route matches. If a page of the shop was requested, the response suggests
/// products.
async fn nowhere(req: HttpRequest) -> PageResult {
    let is_for_page = req.method().is_safe() && !["/admin", "/static/"].iter().any(|of| req.path().starts_with(of));
    if !is_for_page {
        return Err(PageError::NotFound);
    }
    let visitor = VisitorRequest::extract(&req).await.map_err(|_| PageError::NotFound)?;
    catalog::not_found(visitor, app_data::<Catalog>(&req)?.get_ref()).await
}

/// Loads the data that all pages show. If PostgreSQL or Redis is down, returns that of a guest without a cart, with
/// `is_limited` set; fails if the category menu cannot be loaded.
async fn shared_page_data(req: HttpRequest, language: Language) -> Result<SharedPageData, PageError> {
    // If the user or the cart cannot be loaded, the page is shown as to a guest, with a notice.
    let (catalog, redis) = (app_data::<Catalog>(&req)?, app_data::<Redis>(&req)?);
    let (person, category_menu) = if req.path().starts_with("/admin") {
        // Staff pages have a navigation of their own; anybody else gets the error page of the shop, with its menu.
        let person = accounts::current_user(&req).await;
        let is_staff = matches!(&person, Ok(Some(person)) if person.role() >= accounts::Role::Staff);
        let menu = if is_staff { Ok(Arc::default()) } else { catalog.category_menu(language).await };
        (person, menu)
    } else {
        join(accounts::current_user(&req), catalog.category_menu(language)).await
    };
    let (person, no_person) = unless_away(person)?;
    let person = person.flatten();
    let counted = cart::pages::count(&req, person.as_ref().map(|person| person.id), &redis).await;
    let (cart_count, no_count) = unless_away(counted)?;
    let current_user = person.map(|person| CurrentUser {
        id: person.id,
        is_staff: person.role() >= accounts::Role::Staff,
        is_admin: person.role() >= accounts::Role::Admin,
        username: person.username,
    });
    Ok(SharedPageData {
        current_user,
        cart_count: cart_count.unwrap_or_default(),
        category_menu: category_menu?,
        is_limited: no_person || no_count,
    })
}

/// Returns (value, false), or (`None`, true) if `found` is [`PageError::Unavailable`], because PostgreSQL or Redis is
/// down. Returns any other error as it is.
fn unless_away<T>(found: Result<T, PageError>) -> Result<(Option<T>, bool), PageError> {
    match found {
        Ok(found) => Ok((Some(found), false)),
        Err(PageError::Unavailable(cause)) => {
            tracing::warn!(%cause, "a page is shown as to a guest");
            Ok((None, true))
        }
        Err(error) => Err(error),
    }
}
