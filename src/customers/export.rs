//! Everything that is kept of a shopper, for a download.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Bytea, Jsonb, Text},
};
use serde_json::Value;

use crate::{kernel::UserId, platform::db::statement};

/// Pictures are added until they have this many bytes in all; those that are left out stay named in the data.
const MAX_PICTURE_BYTES: i64 = 64 * 1024 * 1024;

/// What is kept of a shopper in the database.
#[derive(Clone, Debug)]
pub struct ExportedData {
    pub data: Value,
    /// The names and contents of the pictures.
    pub pictures: Vec<(String, Vec<u8>)>,
}

/// Loads everything that is kept of a shopper in the database. Call it in a snapshot.
pub fn exported_data(conn: &mut PgConnection, shopper: UserId) -> QueryResult<ExportedData> {
    let (data,): (Value,) = ExportData { shopper }.get_result(conn)?;
    let pictures = Pictures { shopper, most: MAX_PICTURE_BYTES }.load(conn)?;
    Ok(ExportedData { data, pictures })
}

statement! {
    ExportData(shopper: UserId as BigInt) -> (Jsonb,) = include_str!("export.sql")
}

statement! {
    Pictures(shopper: UserId as BigInt, most: i64 as BigInt) -> (Text, Bytea) =
    "with named as (
        select 'pictures/return-' || p.return_id || '-' || p.position || '.' || p.kind as name, p.body
        from orders o join returns t on t.order_id = o.id join return_pictures p on p.return_id = t.id
        where o.user_id = " shopper "
        union all
        select 'pictures/review-' || p.review_id || '-' || p.position || '.jpg', p.body
        from reviews r join review_pictures p on p.review_id = r.id
        where r.user_id = " shopper "
        union all
        select 'pictures/question-' || p.message_id || '-' || p.position || '.jpg', p.body
        from questions q
        join question_messages m on m.question_id = q.id
        join question_pictures p on p.message_id = m.id
        where q.user_id = " shopper "
     ),
     summed as (select name, body, sum(length(body)) over (order by name) as bytes from named)
     select name, body from summed where bytes <= " most " order by name"
}
