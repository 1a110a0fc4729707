use diesel::{define_sql_function, sql_types::Text};

define_sql_function! {
    /// SQL's `lower`, which the unique indexes on usernames and email addresses use too.
    fn lower(text: Text) -> Text;
}
