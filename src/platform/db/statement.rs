/// Declares a type for an SQL statement that Diesel's query builder cannot express, with its parameters and its row:
///
/// ```text
/// statement! {
///     /// The names of these people.
///     Names(ids: Vec<i64> as Array<BigInt>) -> (BigInt, Text) =
///     "select id, name from people where id = any(" ids ")"
/// }
/// ```
///
/// A field's name between the literals is a bind parameter. The SQL is constant, so it is prepared once per connection.
/// The row of a statement that returns none is `()`.
///
/// Wrap arrays in a subselect (`any((select` ids `)::bigint[])`): otherwise PostgreSQL sees their length and plans anew
/// on each call, which takes longer than a short statement runs.
macro_rules! statement {
    (
        $(#[$doc:meta])*
        $name:ident($($field:ident: $kind:ty as $sql:ty),*) -> $row:ty = $($text:literal $($bind:ident)?)+
    ) => {
        $(#[$doc])*
        #[derive(diesel::query_builder::QueryId)]
        pub(super) struct $name {
            $(pub(super) $field: $kind,)*
        }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                $(let $field = |out: &mut diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>| {
                    out.push_bind_param::<$sql, _>(&self.$field)
                };)*
                $(out.push_sql($text); $($bind(&mut out)?;)?)+
                Ok(())
            }
        }

        impl diesel::query_builder::Query for $name {
            type SqlType = $row;
        }

        impl diesel::RunQueryDsl<diesel::PgConnection> for $name {}
    };
}

pub(crate) use statement;
