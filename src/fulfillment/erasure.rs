//! Erases a shopper's data in shipments and returns: texts, pictures, and lines of carriers' files.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, BigInt, Text},
};

use crate::{
    kernel::{PersonTexts, UserId},
    platform::db::statement,
};

/// Erases the texts and pictures of returns, the texts of requests to cancel, and the cells of those lines in carriers'
/// parcel files that belong to the shopper's orders or name the shopper. Parcels and their tracking numbers stay. Reads
/// all lines of all parcel files.
pub fn erase_fulfillment(conn: &mut PgConnection, shopper: UserId, texts: &PersonTexts) -> QueryResult<()> {
    EraseReturns { shopper }.execute(conn)?;
    ErasePictures { shopper }.execute(conn)?;
    EraseRequests { shopper }.execute(conn)?;
    EraseHolds { shopper }.execute(conn)?;
    let PersonTexts { emails, phones, names, streets, .. } = texts.clone();
    EraseFileLines { shopper, emails, phones, names, streets }.execute(conn)?;
    EraseFileParcels { shopper }.execute(conn).map(drop)
}

statement! {
    EraseReturns(shopper: UserId as BigInt) -> () =
    "update returns t set words = '', answer = '', carrier = '', tracking_number = ''
     from orders o where o.user_id = " shopper " and t.order_id = o.id"
}

statement! {
    ErasePictures(shopper: UserId as BigInt) -> () =
    "delete from return_pictures p using returns t, orders o
     where o.user_id = " shopper " and t.order_id = o.id and p.return_id = t.id"
}

statement! {
    EraseRequests(shopper: UserId as BigInt) -> () =
    "update cancellation_requests c set reason = ''
     from orders o where o.user_id = " shopper " and c.order_id = o.id and c.reason <> ''"
}

statement! {
    EraseHolds(shopper: UserId as BigInt) -> () =
    "delete from order_holds h using orders o where o.user_id = " shopper " and h.order_id = o.id"
}

statement! {
    EraseFileLines(
        shopper: UserId as BigInt, emails: Vec<String> as Array<Text>, phones: Vec<String> as Array<Text>,
        names: Vec<String> as Array<Text>, streets: Vec<String> as Array<Text>
    ) -> () =
    "with asked as materialized (
        select array(select number from orders where user_id = " shopper ") as numbers, " emails "::text[] as emails,
            " phones "::text[] as phones, " names "::text[] as names, " streets "::text[] as streets
     ),
     of_parcels as (
        select p.import_id, p.position from shipment_import_parcels p join orders o on o.id = p.order_id
        where o.user_id = " shopper "
     )
     update shipment_import_lines l set cells = '[]', detail = ''
     from asked
     where l.cells <> '[]' and ((l.import_id, l.parcel) in (select * from of_parcels)
        or exists (select from unnest(asked.numbers) as n (number) where strpos(l.cells::text, n.number) > 0)
        or names_person(l.cells::text, asked.emails, asked.phones)
        or exists (
            select from unnest(asked.names, asked.streets) as n (name, street)
            where strpos(lower(l.cells::text), n.name) > 0 and strpos(lower(l.cells::text), n.street) > 0
        ))"
}

statement! {
    EraseFileParcels(shopper: UserId as BigInt) -> () =
    "update shipment_import_parcels p set detail = ''
     from orders o where o.user_id = " shopper " and p.order_id = o.id and p.detail <> ''"
}
