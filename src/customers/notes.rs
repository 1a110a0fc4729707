//! Notes of staff about a customer.

use diesel::{PgConnection, QueryResult, prelude::*};

use super::model::CustomerNote;
use crate::{
    kernel::{CustomerNoteId, UserId},
    schema::{customer_notes, users},
};

/// The maximum number of notes on the page of a customer.
const MAX_SHOWN: i64 = 100;

/// Adds a note. Returns false, with nothing stored, if a note with this token exists: the form was sent twice.
pub fn add_note(
    conn: &mut PgConnection,
    customer: UserId,
    staff: UserId,
    (words, token): (&str, &str),
) -> QueryResult<bool> {
    let added = diesel::insert_into(customer_notes::table)
        .values((
            customer_notes::user_id.eq(customer),
            customer_notes::staff_id.eq(staff),
            customer_notes::words.eq(words),
            customer_notes::token.eq(token),
        ))
        .on_conflict(customer_notes::token)
        .do_nothing()
        .execute(conn)?;
    Ok(added == 1)
}

/// The result of [`remove_note`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteRemoval {
    Removed,
    /// There is no such note about the customer, or another member of staff wrote it; nothing was removed.
    NotOwn,
}

/// Removes a note about a customer if the member of staff `staff` wrote it.
pub fn remove_note(
    conn: &mut PgConnection,
    customer: UserId,
    id: CustomerNoteId,
    staff: UserId,
) -> QueryResult<NoteRemoval> {
    let own = customer_notes::table.filter(customer_notes::id.eq(id).and(customer_notes::user_id.eq(customer)));
    let removed = diesel::delete(own.filter(customer_notes::staff_id.eq(staff))).execute(conn)?;
    Ok(if removed == 1 { NoteRemoval::Removed } else { NoteRemoval::NotOwn })
}

/// Loads the newest notes about a customer, newest first, at most [`MAX_SHOWN`].
pub fn notes_of(conn: &mut PgConnection, customer: UserId) -> QueryResult<Vec<CustomerNote>> {
    customer_notes::table
        .inner_join(users::table.on(users::id.eq(customer_notes::staff_id)))
        .filter(customer_notes::user_id.eq(customer))
        .order(customer_notes::id.desc())
        .limit(MAX_SHOWN)
        .select((
            customer_notes::id,
            customer_notes::staff_id,
            users::username,
            customer_notes::words,
            customer_notes::written_at,
        ))
        .load(conn)
}

pub(super) fn delete_notes(conn: &mut PgConnection, customer: UserId) -> QueryResult<usize> {
    diesel::delete(customer_notes::table.filter(customer_notes::user_id.eq(customer))).execute(conn)
}
