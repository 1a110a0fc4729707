//! The application: what the server and the tests both run.

use actix_web::{
    App, Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compress, NormalizePath, TrailingSlash, from_fn},
    web::{self as actix, Data},
};

use chrono::FixedOffset;
use futures_util::future::join;
use std::{sync::Arc, time::Duration};
use tokio::sync::oneshot;

use crate::{
    accounts::{self, AccountLoader, OnSignIn},
    admin::{self, Post},
    cart,
    catalog::{self, Catalog},
    checkout::{self, Queue, Terms},
    config::Config,
    kernel::Language,
    orders,
    platform::{
        clock,
        db::{Connection, Db, DbError, Share},
        outbox::{self, Keeper, Keeping},
        redis::Redis,
        secrets,
    },
    routes, stock,
    web::{self, ConnectionLimits, CurrentUser, Facts, FactsSource, PageError, ServerOptions, held},
};

/// How long a connection may stay open between two requests. Longer than browsers and most proxies keep theirs, so that they
/// close it and never send a request into one that we are just closing.
pub const KEEP_ALIVE: Duration = Duration::from_secs(120);

/// Connections from one address unless a setting says otherwise: an office of some hundred browsers, each with its six.
const MAX_CONNECTIONS_PER_ADDRESS: usize = 1_000;

/// What the shop holds on to; cheap to clone, one for each worker.
#[derive(Clone)]
pub struct Shop {
    config: Data<Config>,
    db: Data<Db>,
    redis: Data<Redis>,
    catalog: Data<Catalog>,
    people: Data<AccountLoader>,
    facts: Data<FactsSource>,
    on_sign_in: Data<OnSignIn>,
    keeping: Data<Keeping>,
    queue: Data<Queue>,
}

impl Shop {
    /// Puts the parts together, on the runtime that this is called on.
    pub fn open(config: Config, db: Db, redis: Redis) -> Self {
        let keeping = Keeping::start(db.sharing(Share::Background));
        let merging = redis.clone();
        let terms = Terms {
            freight: config.freight,
            pay_within: config.pay_within,
            limits: config.limits.orders,
            zone: config.zone,
            chance: secrets::random_bytes,
        };
        Self {
            queue: Data::new(Queue::open(
                db.sharing(Share::Checkout),
                redis.clone(),
                keeping.clone(),
                terms,
                config.checkout_queue,
            )),
            config: Data::new(config),
            catalog: Data::new(Catalog::open(&db)),
            people: Data::new(AccountLoader::open(&db)),
            db: Data::new(db),
            redis: Data::new(redis),
            facts: Data::new(FactsSource(Box::new(|req, language| Box::pin(facts(req, language))))),
            on_sign_in: Data::new(OnSignIn(Box::new(move |req, user, t| {
                let redis = merging.clone();
                Box::pin(async move { cart::pages::merge_guest(&req, user, &redis, t).await })
            }))),
            keeping: Data::new(keeping),
        }
    }

    /// How its server treats connections.
    pub fn server_options(&self) -> ServerOptions {
        let config = &self.config;
        // A proxy has a connection for each of its clients.
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

    /// The application of one worker.
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
        // The last one wrapped sees a request first.
        App::new()
            .app_data(self.config.clone())
            .app_data(self.db.clone())
            .app_data(self.redis.clone())
            .app_data(self.catalog.clone())
            .app_data(self.people.clone())
            .app_data(self.facts.clone())
            .app_data(self.on_sign_in.clone())
            .app_data(self.keeping.clone())
            .app_data(self.queue.clone())
            .wrap(from_fn(web::flashes))
            .wrap(from_fn(web::facts_of_error_pages))
            .wrap(from_fn(web::renewals))
            .wrap(web::sessions(&self.config, self.redis.get_ref().clone()))
            .wrap(from_fn(web::limit_waits))
            .wrap(from_fn(web::refuse_cross_site))
            .wrap(from_fn(web::error_pages))
            .wrap(from_fn(web::own_cookies))
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .wrap(Compress::default())
            .wrap(from_fn(web::answers_to_forms_uncompressed))
            .wrap(from_fn(web::count_traffic))
            .wrap(from_fn(web::security_headers))
            .wrap(tracing_actix_web::TracingLogger::<web::RequestSpan>::new())
            .configure(routes::routes)
            .default_service(actix::to(nowhere))
    }
}

/// What the shop does beside answering requests: it keeps the promises of committed orders, ends the orders that nobody paid,
/// applies imports, makes the smaller sizes of pictures, counts what lists are sorted by, and mails what is low. Runs until
/// the runtime ends; several processes may do it side by side.
pub async fn work(db: Db, redis: Redis, post: Post, zone: FixedOffset) {
    let db = db.sharing(Share::Background);
    let mails = post.can_send();
    tokio::join!(
        outbox::work(db.clone(), keeper(db.clone(), redis, post)),
        outbox::tidy(db.clone()),
        admin::work_on_imports(db.clone()),
        end_unpaid(&db),
        count_figures(&db, zone),
        read_clock(&db),
        make_sizes(&db),
        async {
            if mails {
                promise_mails(&db, zone).await;
            }
        }
    );
}

/// CurrentUser keeps the promises of the outbox, by their kinds.
pub fn keeper(db: Db, redis: Redis, post: Post) -> Keeper {
    Arc::new(move |promise| {
        let (db, redis, post) = (db.clone(), redis.clone(), post.clone());
        Box::pin(async move {
            match promise.kind.as_str() {
                admin::LOW_STOCK_MAIL => Ok(post.keep(promise).await?),
                catalog::LOW_STOCK_DEFAULTS => Ok(catalog::follow_low_stock_defaults(promise, &db).await?),
                _ => checkout::keep(promise, &redis).await,
            }
        })
    })
}

/// How many orders are canceled before the loop looks again.
const MOST_CANCELED: i64 = 100;

async fn end_unpaid(db: &Db) {
    loop {
        let canceled: Result<_, DbError> =
            db.run(|conn| orders::cancel_expired(conn, clock::now(), MOST_CANCELED)).await;
        match canceled {
            Ok(0) => {}
            Ok(orders) => {
                tracing::info!(orders, "canceled what was not paid in time");
                if i64::try_from(orders) == Ok(MOST_CANCELED) {
                    continue;
                }
            }
            Err(error) => tracing::warn!(%error, "unpaid orders have to wait"),
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

/// How often the shop's clock is set by the database's.
const CLOCK_INTERVAL: Duration = Duration::from_secs(5);

async fn read_clock(db: &Db) {
    let mut was_wrong = false;
    loop {
        if let Err(error) = db.read_clock().await {
            tracing::warn!(%error, "the clock is not compared with PostgreSQL's");
        }
        let is_wrong = clock::machine_ahead().abs() > clock::MAX_DIFFERENCE;
        if is_wrong && !was_wrong {
            let ahead = clock::machine_ahead().num_seconds();
            tracing::warn!(ahead, "this machine's clock differs from PostgreSQL's, by so many seconds");
        }
        was_wrong = is_wrong;
        tokio::time::sleep(CLOCK_INTERVAL).await;
    }
}

/// How old what the stock list is sorted by may be.
const COUNT_EVERY: Duration = Duration::from_secs(60);

async fn count_figures(db: &Db, zone: FixedOffset) {
    loop {
        let (tell, told) = oneshot::channel();
        // A large shop takes longer than a page may.
        db.apart(move |conn| {
            let _ = tell.send(conn.and_then(|conn| count(conn, zone)));
        });
        if let Ok(Err(error)) = told.await {
            tracing::warn!(%error, "what the stock list is sorted by is not counted anew");
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
}

fn count(conn: &mut Connection, zone: FixedOffset) -> Result<(), DbError> {
    let now = clock::now();
    if stock::record_day_start(conn, now, zone)? {
        tracing::info!("wrote down where the sales stand");
    }
    stock::refresh_sales_figures(conn, now, zone)?;
    orders::keep_days(conn, now, zone)?;
    Ok(())
}

async fn make_sizes(db: &Db) {
    loop {
        match db.run(|conn| Ok::<_, DbError>(catalog::make_sizes(conn)?)).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "pictures have to wait"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// How often somebody looks whether a mail is due.
const MAIL_EVERY: Duration = Duration::from_secs(60);

async fn promise_mails(db: &Db, zone: FixedOffset) {
    loop {
        match db.run(move |conn| admin::promise_low_stock_mails(conn, clock::now(), zone)).await {
            Ok(0) => {}
            Ok(mails) => tracing::info!(mails, "promised the mails on what is low"),
            Err(error) => tracing::warn!(%error, "the mails on what is low have to wait"),
        }
        tokio::time::sleep(MAIL_EVERY).await;
    }
}

async fn nowhere() -> Result<HttpResponse, PageError> {
    Err(PageError::NotFound)
}

/// What every page shows, from the rooms that know it.
async fn facts(req: HttpRequest, language: Language) -> Result<Facts, PageError> {
    // Whoever only looks at goods needs neither: they see the page as a guest does, which says so.
    let (catalog, redis) = (held::<Catalog>(&req)?, held::<Redis>(&req)?);
    let (person, category_menu) = join(accounts::current_user(&req), catalog.category_menu(language)).await;
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
    Ok(Facts {
        current_user,
        cart_count: cart_count.unwrap_or_default(),
        category_menu: category_menu?,
        is_limited: no_person || no_count,
    })
}

/// What there is, and whether it could not be had just now.
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
