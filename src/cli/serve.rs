//! The command `till serve`.

use actix_web::rt::signal::unix::{SignalKind, signal};
use std::{net::SocketAddr, process::ExitCode};

use super::CommandResult;
use crate::{
    app::Shop,
    config::{Config, Mail},
    jobs::{self, EmailJob},
    payments::Gateways,
    platform::{
        db::{self, Db},
        redis, telemetry,
    },
    store::SettingsCache,
    web,
};

/// Runs the shop until a signal stops it.
pub(super) fn serve() -> CommandResult {
    let config = super::config()?;
    let filter = super::environment("LOG").unwrap_or_else(|| "info,actix_server=warn".to_owned());
    let json = super::environment("LOG_FORMAT").is_some_and(|format| format == "json");
    telemetry::start(&filter, json).map_err(|problem| format!("LOG: {problem}"))?;
    actix_web::rt::System::new().block_on(run(config))
}

async fn run(mut config: Config) -> CommandResult {
    config.max_connections = allow_connections(config.max_connections);
    let db = Db::connect(&config.stores.database_url, config.stores.database_pool)
        .map_err(|error| format!("DATABASE_URL: cannot connect: {error}"))?;
    if db.run(|conn| Ok::<_, db::DbError>(db::pending_migrations(conn))).await.map_err(|error| error.to_string())?? {
        return Err("the tables are not up to date: run `till migrate` first".to_owned());
    }
    let letters = db.run(|conn| db::check_encoding(conn).map_err(db::DbError::Query)).await;
    if let Some(trouble) = letters.map_err(|error| error.to_string())? {
        tracing::warn!("{trouble}");
    }
    let redis = redis::connect(&config.stores.redis_url)
        .await
        .map_err(|error| format!("REDIS_URL: cannot connect: {error}"))?;
    let (address, public_url) = (SocketAddr::new(config.host, config.port), config.public_url.clone());
    let settings = SettingsCache::open(&db, &config.first_settings).await.map_err(|error| error.to_string())?;
    let email = EmailJob::open(db.clone(), redis.clone(), &config, settings.clone())
        .map_err(|problem| format!("SMTP_URL: {problem}"))?;
    let (demo, is_local, zone) = (config.demo, config.is_local, config.zone);
    let no_mail = matches!(config.mail, Mail::None);
    let gateways = Gateways::open(config.alipay.as_ref()).map_err(|error| error.to_string())?;
    let shop = Shop::open(config, db.clone(), redis.clone(), gateways.clone(), settings);
    let search = shop.search_engine();
    let options = shop.server_options();
    let listener =
        web::listen(address, &options).map_err(|error| format!("PORT: cannot listen on {address}: {error}"))?;
    let server = web::server(listener, options, move || shop.clone().app(), stop_signal()?)
        .map_err(|error| format!("PORT: cannot listen on {address}: {error}"))?;
    // Started last: if the process exits early while a thread opens a connection, it may crash.
    let worker = actix_web::rt::spawn(jobs::run(db, redis, email, gateways, zone, search));
    println!("Till is open at {public_url}");
    if demo && is_local {
        print!("{}", super::seed::demo_list());
    } else if demo {
        println!(
            "The demo sign-ins do not work here: by HOST or PUBLIC_URL others than this machine can reach the shop."
        );
    }
    if no_mail {
        println!(
            "Mails are not sent: SMTP_URL is not set. /dev/mailbox is only there where nobody else can reach the shop."
        );
    }
    server.await.map_err(|error| error.to_string())?;
    worker.abort();
    Ok(ExitCode::SUCCESS)
}

/// The number of file descriptors that are needed in addition to those of clients' connections: for the database,
/// Redis, and files.
const OTHER_FILES: u64 = 1_024;

/// Raises the limit of open files, which is often 1,024, for `wanted` connections of clients. Returns how many are
/// possible: a server that runs out of file descriptors would leave clients waiting.
fn allow_connections(wanted: usize) -> usize {
    let needed = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    let files = rlimit::increase_nofile_limit(needed).unwrap_or(OTHER_FILES);
    if files >= needed {
        return wanted;
    }
    let others = OTHER_FILES.min(files / 2);
    let connections = usize::try_from(files - others).unwrap_or(wanted);
    tracing::warn!(files, connections, "MAX_CONNECTIONS: fewer, since the system allows no more files (ulimit -n)");
    connections
}

/// Returns a future that ends on SIGINT, SIGTERM or SIGQUIT. The server then finishes running requests.
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, String> {
    let listen = |kind| signal(kind).map_err(|error| format!("cannot listen to signals: {error}"));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let mut quit = listen(SignalKind::quit())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = quit.recv() => {}
        }
    })
}
