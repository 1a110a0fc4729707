//! Statements that Diesel's language cannot say, as types of their own.

/// A statement with what it is given and what it answers:
///
/// ```text
/// statement! {
///     /// The names of these people.
///     Names(ids: Vec<i64> as Array<BigInt>) -> (BigInt, Text) =
///     "select id, name from people where id = any(" ids ")"
/// }
/// ```
///
/// Each field is a bind parameter where its name stands between the texts, which are constants; nothing can be built
/// into them. Being a type, the statement is prepared once for each connection. One that only writes answers `()`.
///
/// Arrays best stand in a select of their own (`any((select` ids `)::bigint[])`): where the planner sees how long they are,
/// it plans anew each time, which takes longer than a short statement.
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
