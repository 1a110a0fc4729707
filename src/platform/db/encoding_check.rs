use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    sql_types::{Bool, Text},
};

use super::statement;

/// Returns a warning if the database's encoding or locale handles non-ASCII text badly. Both are chosen when a database
/// is created and cannot be changed later; the effects show only with text that is not English.
pub fn check_encoding(conn: &mut PgConnection) -> QueryResult<Option<&'static str>> {
    let (encoding, knows_letters): (String, bool) = EncodingSample {}.get_result(conn)?;
    Ok(if encoding != "UTF8" {
        Some(
            "the database is not in UTF-8: texts in Chinese count as three times as long as they are, and are not found. \
             Make it with: createdb --template template0 --encoding UTF8 --locale C.UTF-8",
        )
    } else if !knows_letters {
        Some(
            "the database's locale takes only ASCII for letters (C): Chinese words are found slowly. \
             Make it with: createdb --template template0 --encoding UTF8 --locale C.UTF-8",
        )
    } else {
        None
    })
}

statement! {
    EncodingSample() -> (Text, Bool) =
    "select getdatabaseencoding()::text, coalesce((select lower(chr(201)) = chr(233) where getdatabaseencoding() = 'UTF8'), false)"
}
