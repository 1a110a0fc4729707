//! The application: what the server and the tests both run.

use actix_session::storage::RedisSessionStore;
use actix_web::{
    App, Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compress, NormalizePath, TrailingSlash, from_fn},
    web::{self as actix, Data},
};

use crate::{
    accounts,
    catalog::Catalog,
    config::Config,
    platform::{db::Db, redis::Redis},
    routes,
    web::{self, Facts, FactsSource, Language, PageError, Who},
};

/// What the shop holds on to; cheap to clone, one for each worker.
#[derive(Clone)]
pub struct Shop {
    config: Data<Config>,
    db: Data<Db>,
    redis: Data<Redis>,
    sessions: RedisSessionStore,
    catalog: Data<Catalog>,
    facts: Data<FactsSource>,
}

impl Shop {
    /// Puts the parts together.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn open(config: Config, db: Db, redis: Redis) -> Result<Self, String> {
        let sessions = RedisSessionStore::builder(config.stores.redis_url.clone())
            .cache_keygen(|id| format!("session:{id}"))
            .build()
            .await
            .map_err(|error| error.to_string())?;
        Ok(Self {
            config: Data::new(config),
            catalog: Data::new(Catalog::open(&db)),
            db: Data::new(db),
            redis: Data::new(redis),
            sessions,
            facts: Data::new(FactsSource(Box::new(|req, language| Box::pin(facts(req, language))))),
        })
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
            .app_data(self.facts.clone())
            .wrap(from_fn(web::flashes))
            .wrap(web::sessions(&self.config, self.sessions.clone()))
            .wrap(from_fn(web::refuse_cross_site))
            .wrap(from_fn(web::error_pages))
            .wrap(from_fn(web::security_headers))
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .wrap(Compress::default())
            .wrap(tracing_actix_web::TracingLogger::<web::RequestSpan>::new())
            .configure(routes::routes)
            .default_service(actix::to(nowhere))
    }
}

async fn nowhere() -> Result<HttpResponse, PageError> {
    Err(PageError::NotFound)
}

/// What every page shows, from the rooms that know it.
async fn facts(req: HttpRequest, language: Language) -> Result<Facts, PageError> {
    let person = accounts::who(&req).await?;
    let who = person.map(|person| Who { staff: person.role() >= accounts::Role::Staff, username: person.username });
    let catalog = req.app_data::<Data<Catalog>>().ok_or_else(|| PageError::internal("no catalog"))?;
    let departments = catalog.departments(language).await?;
    Ok(Facts { who, departments, ..Facts::default() })
}
