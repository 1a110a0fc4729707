//! Exports all data that the database stores about a shopper.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{BigInt, Bytea, Jsonb, Text},
};
use serde_json::Value;

use crate::{kernel::UserId, platform::db::statement};

/// The maximum size of all pictures in an export together, in bytes. Pictures beyond it are left out, but their names
/// are in the data.
const MAX_PICTURE_BYTES: i64 = 64 * 1024 * 1024;

/// The data that the database stores about a shopper.
#[derive(Clone, Debug)]
pub struct ExportedData {
    pub data: Value,
    /// The pictures as (file name, content).
    pub pictures: Vec<(String, Vec<u8>)>,
}

/// Loads all data that the database stores about a shopper. Call it in a snapshot transaction.
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
