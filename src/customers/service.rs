//! Erasure and export of a shopper's data, which is in the database and in Redis.

use diesel::{PgConnection, QueryResult};
use serde_json::{Value, json};
use std::{
    io::{self, Cursor, Write},
    time::Duration,
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    erasure::{ErasureOutcome, erase_customer},
    export::{ExportedData, exported_data},
};
use crate::{
    accounts,
    cart::{self, Owner},
    kernel::UserId,
    platform::{
        clock,
        db::{self, Db, DbError, Share},
        deadline, mail,
        outbox::{Failure, Job},
        redis::{Redis, is_transient},
        store_error::StoreError,
    },
};

/// How long a request may take to erase a shopper, longer than other requests may.
const MAX_ERASURE_TIME: Duration = Duration::from_secs(30);

/// Erases a shopper's data from the database and from Redis. If the shopper was erased, `also` runs at the end of the
/// same transaction. If Redis is down, the job that was enqueued in the transaction deletes the data in Redis later.
pub async fn erase<A>(db: &Db, redis: &Redis, id: UserId, also: A) -> Result<ErasureOutcome, DbError>
where
    A: Fn(&mut PgConnection) -> QueryResult<()> + Send + 'static,
{
    // The audit log and the files of carriers are read whole, which may take longer than a page may.
    deadline::extend(MAX_ERASURE_TIME);
    let db = db.sharing(Share::Background);
    let erased = db.run(move |conn| {
        db::transaction(conn, |conn| {
            let outcome = erase_customer(conn, id, clock::now())?;
            if outcome == ErasureOutcome::Erased {
                also(conn)?;
            }
            Ok::<_, DbError>(outcome)
        })
    });
    let outcome = erased.await?;
    if outcome == ErasureOutcome::Erased
        && let Err(error) = forget(redis, id).await
    {
        tracing::warn!(%error, user = id.0, "what Redis has of an erased shopper is deleted later");
    }
    Ok(outcome)
}

/// Performs the job [`ERASE_CUSTOMER`](super::ERASE_CUSTOMER): erases once more what requests in progress may have
/// stored meanwhile, and deletes the data in Redis.
pub async fn erase_later(job: Job, db: &Db, redis: &Redis) -> Result<(), Failure> {
    let id = job.payload.get("user").and_then(Value::as_i64).map(UserId).ok_or("no user".to_owned())?;
    let erased =
        db.run(move |conn| db::transaction(conn, |conn| Ok::<_, DbError>(erase_customer(conn, id, clock::now())?)));
    if let ErasureOutcome::Open(open) = erased.await.map_err(|error| error.to_string())? {
        return Err(format!("{} orders are not over", open.orders.len()).into());
    }
    forget(redis, id).await.map_err(|error| {
        if is_transient(&error) { Failure::Away(error.to_string()) } else { Failure::Failed(error.to_string()) }
    })
}

/// Deletes a shopper's data from Redis: the cart, the IP addresses of sign-ins, and all emails in the test mailbox,
/// which is used only if no mail server is set.
async fn forget(redis: &Redis, id: UserId) -> redis::RedisResult<()> {
    cart::forget(redis, &Owner::User(id)).await?;
    accounts::forget_attempts(redis, id).await?;
    mail::empty_mailbox(redis).await
}

/// Exports all data about a shopper as a ZIP file with `data.json` and the pictures. The inner `Err` says why the ZIP
/// file could not be written.
pub async fn zip_of(db: &Db, redis: &Redis, id: UserId) -> Result<io::Result<Vec<u8>>, StoreError> {
    let cart = cart::load(redis, &Owner::User(id)).await?;
    let loaded = db.run(move |conn| db::snapshot(conn, |conn| Ok::<_, DbError>(exported_data(conn, id)?)));
    let mut exported = loaded.await?;
    let mut entries = Vec::with_capacity(cart.entries.len());
    for entry in &cart.entries {
        entries.push(json!({ "sku": entry.sku_id.0, "count": entry.count.get(), "selected": entry.selected }));
    }
    if let Value::Object(data) = &mut exported.data {
        data.insert("cart".to_owned(), Value::Array(entries));
    }
    let packed = tokio::task::spawn_blocking(move || pack(exported)).await;
    Ok(packed.unwrap_or_else(|error| Err(io::Error::other(error))))
}

fn pack(exported: ExportedData) -> io::Result<Vec<u8>> {
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    let text = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    file.start_file("data.json", text)?;
    file.write_all(&serde_json::to_vec_pretty(&exported.data)?)?;
    // Pictures are compressed already.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, body) in exported.pictures {
        file.start_file(name, stored)?;
        file.write_all(&body)?;
    }
    Ok(file.finish()?.into_inner())
}
