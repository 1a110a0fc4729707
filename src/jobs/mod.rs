//! Background tasks and their intervals. Several processes may run all of them at once.

mod bills;
mod cash_sheets;
mod customers;
mod email_job;
mod invoices;
mod listings;
mod low_stock_email;
mod low_stock_mail;
mod order_email;
mod order_mails;
mod order_search;
mod payments;
mod product_search;
mod question_mails;
mod related_goods;
mod shipment_imports;
mod staff_mails;
mod stock_imports;

use chrono::FixedOffset;
use std::{sync::Arc, time::Duration};
use tokio::sync::oneshot;

use crate::{
    catalog, checkout,
    customers::{ERASE_CUSTOMER, erase_later},
    lifecycle,
    order_mails::{ORDER_MAIL, STAFF_MAIL},
    orders,
    payments::Gateways,
    platform::{
        clock,
        db::{Connection, Db, DbError, Share},
        outbox::{self, JobHandler},
        redis::Redis,
    },
    questions::{self, QUESTION_MAIL},
    stock,
    store::SettingsCache,
};

pub use self::bills::reconcile_bills;
pub use self::invoices::issue_documents;
pub use self::payments::{query_payment, query_payments, send_refunds};
pub use cash_sheets::{run_cash_sheet_step, run_cash_sheets};
pub use email_job::EmailJob;
pub use low_stock_mail::enqueue_low_stock_mails;
pub use order_mails::{schedule_mails_once, schedule_review_mails_once};
pub use shipment_imports::{run_shipment_import_step, run_shipment_imports};
pub use stock_imports::{run_stock_import_step, run_stock_imports};

/// Runs all background tasks until the runtime ends: outbox jobs and emails; imports of stock, parcels and collected
/// cash; status changes of orders that are due; payments, refunds, gateway bills and invoices; figures of the stock
/// list, dashboard and customers; the search of orders and products; the lists of products and goods bought together;
/// deletion of unconfirmed questions; comparison of clocks; and picture sizes.
pub async fn run(
    db: Db,
    redis: Redis,
    email: EmailJob,
    gateways: Gateways,
    zone: FixedOffset,
    search: catalog::SearchEngine,
) {
    let db = db.sharing(Share::Background);
    let (can_send_email, settings) = (email.can_send(), email.settings.clone());
    tokio::join!(
        outbox::work(db.clone(), job_handler(db.clone(), redis, email)),
        outbox::tidy(db.clone()),
        run_stock_imports(db.clone()),
        run_shipment_imports(db.clone()),
        run_cash_sheets(db.clone()),
        cancel_expired_orders(&db),
        move_orders(&db, &settings),
        refresh_figures(&db, zone),
        read_clock(&db),
        resize_pictures(&db),
        payments::work(db.clone(), gateways.clone()),
        bills::work(&db, &gateways),
        invoices::work(&db, &settings, zone),
        order_search::work(&db),
        listings::work(&db),
        product_search::work(&db, &search),
        related_goods::work(&db),
        customers::work(&db),
        customers::anonymize_documents(&db),
        delete_unproved_questions(&db),
        order_mails::schedule_mails(&db, &settings, can_send_email),
        async {
            if can_send_email {
                tokio::join!(enqueue_email_jobs(&db, zone), order_mails::schedule_review_mails(&db, &settings));
            }
        }
    );
}

/// Repeats a step until the runtime ends: at once if the step returned true, because there is more to do, otherwise
/// after a pause. If the step fails, logs the error with the message `failure`, and pauses too.
async fn repeat<F>(pause: Duration, failure: &str, step: impl Fn() -> F)
where
    F: Future<Output = Result<bool, DbError>>,
{
    loop {
        match step().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "{failure}"),
        }
        tokio::time::sleep(pause).await;
    }
}

/// Returns the function that performs a job of the outbox, by its kind. It fails for an unknown kind.
pub fn job_handler(db: Db, redis: Redis, email: EmailJob) -> JobHandler {
    Arc::new(move |job| {
        let (db, redis, email) = (db.clone(), redis.clone(), email.clone());
        Box::pin(async move {
            match job.kind.as_str() {
                stock::LOW_STOCK_MAIL | ORDER_MAIL | STAFF_MAIL | QUESTION_MAIL => Ok(email.perform(job).await?),
                catalog::LOW_STOCK_DEFAULTS => Ok(catalog::write_low_stock_defaults(job, &db).await?),
                checkout::CLEAR_CART => checkout::clear_cart(job, &redis).await,
                ERASE_CUSTOMER => erase_later(job, &db, &redis).await,
                kind => Err(format!("unknown kind of job: \"{kind}\"").into()),
            }
        })
    })
}

/// The maximum number of unpaid orders that one run cancels.
const MAX_CANCELED: i64 = 100;

async fn cancel_expired_orders(db: &Db) {
    loop {
        let canceled: Result<_, DbError> =
            db.run(|conn| lifecycle::cancel_expired(conn, clock::now(), MAX_CANCELED)).await;
        match canceled {
            Ok(0) => {}
            Ok(orders) => {
                tracing::info!(orders, "canceled orders that were not paid in time");
                if i64::try_from(orders) == Ok(MAX_CANCELED) {
                    continue;
                }
            }
            Err(error) => tracing::warn!(%error, "unpaid orders could not be canceled"),
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

/// The maximum number of orders loaded at once to become received or finished.
const MAX_MOVED: i64 = 200;
const MOVE_INTERVAL: Duration = Duration::from_secs(60);

/// Marks orders as received, and later as finished, after the numbers of days in the shop's settings.
async fn move_orders(db: &Db, settings: &SettingsCache) {
    loop {
        let now = settings.get();
        let moved: Result<_, DbError> = db
            .run(move |conn| {
                let received = lifecycle::receive_sent(conn, now.received_after_days, MAX_MOVED, clock::now())?;
                Ok((received, lifecycle::finish_received(conn, now.review_days, MAX_MOVED, clock::now())?))
            })
            .await;
        match moved {
            Ok((0, 0)) => {}
            Ok((received, finished)) => tracing::info!(received, finished, "moved orders after some days"),
            Err(error) => tracing::warn!(%error, "orders could not be moved"),
        }
        tokio::time::sleep(MOVE_INTERVAL).await;
    }
}

/// The maximum number of questions that one run deletes.
const MAX_DELETED: i64 = 500;
const DELETE_INTERVAL: Duration = Duration::from_secs(600);

/// Deletes questions of guests who have not proved their address within some days.
async fn delete_unproved_questions(db: &Db) {
    repeat(DELETE_INTERVAL, "questions without a proved address could not be deleted", || async {
        let deleted =
            db.run(|conn| Ok::<_, DbError>(questions::delete_unproved(conn, MAX_DELETED, clock::now())?)).await?;
        if deleted > 0 {
            tracing::info!(deleted, "deleted questions whose address was not proved");
        }
        Ok(i64::try_from(deleted) == Ok(MAX_DELETED))
    })
    .await;
}

/// How often the process compares its clock with PostgreSQL's.
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

/// How often the stored sales figures are updated, by which the stock list can be sorted.
const REFRESH_FIGURES_EVERY: Duration = Duration::from_secs(60);

/// The new sales are copied to the lists of products once in this many rounds.
const LISTING_ROUNDS: u64 = 10;

async fn refresh_figures(db: &Db, zone: FixedOffset) {
    for round in 0_u64.. {
        let (sender, result) = oneshot::channel();
        // On its own connection: in a large shop it exceeds the statement timeout of the pool.
        db.run_unpooled(move |conn| {
            let _ = sender.send(conn.and_then(|conn| refresh_figures_once(conn, zone, round)));
        });
        if let Ok(Err(error)) = result.await {
            tracing::warn!(%error, "the figures of the stock list could not be refreshed");
        }
        tokio::time::sleep(REFRESH_FIGURES_EVERY).await;
    }
}

fn refresh_figures_once(conn: &mut Connection, zone: FixedOffset, round: u64) -> Result<(), DbError> {
    let now = clock::now();
    if stock::record_day_start(conn, now, zone)? {
        tracing::info!("stored the sales counters at the start of the day");
    }
    stock::refresh_sales_figures(conn, now, zone)?;
    if round.is_multiple_of(LISTING_ROUNDS) {
        catalog::refresh_listing_sales(conn)?;
    }
    orders::record_days(conn, now, zone)?;
    if orders::recount_day(conn, now, zone)? {
        tracing::warn!("corrected the revenue of a day that was recorded while a clock was wrong");
    }
    Ok(())
}

async fn resize_pictures(db: &Db) {
    loop {
        match db.run(|conn| Ok::<_, DbError>(catalog::make_sizes(conn)?)).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "pictures could not be resized"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

const ENQUEUE_EMAIL_EVERY: Duration = Duration::from_secs(60);

async fn enqueue_email_jobs(db: &Db, zone: FixedOffset) {
    loop {
        match db.run(move |conn| enqueue_low_stock_mails(conn, clock::now(), zone)).await {
            Ok(0) => {}
            Ok(jobs) => tracing::info!(jobs, "enqueued the mail about low stock"),
            Err(error) => tracing::warn!(%error, "the mail about low stock could not be enqueued"),
        }
        tokio::time::sleep(ENQUEUE_EMAIL_EVERY).await;
    }
}
