/// Declares a type for an SQL statement that Diesel's query builder cannot express, with its parameters and its row:
///
/// ```text
/// statement! {
///     /// The names of these people.
///     Names(ids: Vec<i64> as Array<BigInt>) -> [Person] =
///     "select id, name from people where id = any(" ids ")"
/// }
/// ```
///
/// The row is a struct in brackets, which derives `QueryableByName`: its fields are the names of the columns, in any
/// order. A row of one to three columns can be a tuple of their SQL types instead; a statement that returns no rows has
/// the row `()`.
///
/// A field's name between the literals is a bind parameter. A longer statement stands in a file of its own, `=
/// include_str!("names.sql")`, where the parameter is `:ids`, as in `psql -v ids=.. -f names.sql`. The SQL is
/// constant, so it is prepared once per connection.
///
/// Wrap arrays in a subselect (`any((select` ids `)::bigint[])`): otherwise PostgreSQL sees their length and plans anew
/// on each call, which takes longer than a short statement runs.
macro_rules! statement {
    ($(#[$doc:meta])* $name:ident($($field:ident: $kind:ty as $sql:ty),*) -> [$row:ty] = $($text:tt)+) => {
        $crate::platform::db::statement! {
            @type $(#[$doc])* $name($($field: $kind as $sql),*) -> diesel::sql_types::Untyped
        }
        $crate::platform::db::statement! { @text $name($($field as $sql),*) = $($text)+ }

        const _: fn() = || {
            fn is_read_by_name<T: diesel::deserialize::QueryableByName<diesel::pg::Pg>>() {}
            is_read_by_name::<$row>();
        };
    };

    ($(#[$doc:meta])* $name:ident($($field:ident: $kind:ty as $sql:ty),*) -> $row:ty = $($text:tt)+) => {
        $crate::platform::db::statement! { @type $(#[$doc])* $name($($field: $kind as $sql),*) -> $row }
        $crate::platform::db::statement! { @text $name($($field as $sql),*) = $($text)+ }
    };

    (@type $(#[$doc:meta])* $name:ident($($field:ident: $kind:ty as $sql:ty),*) -> $row:ty) => {
        $(#[$doc])*
        #[derive(diesel::query_builder::QueryId)]
        pub(super) struct $name {
            $(pub(super) $field: $kind,)*
        }

        impl diesel::query_builder::Query for $name {
            type SqlType = $row;
        }

        impl diesel::RunQueryDsl<diesel::PgConnection> for $name {}
    };

    (@text $name:ident($($field:ident as $sql:ty),*) = include_str!($path:literal)) => {
        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                static PARTS: std::sync::LazyLock<Vec<$crate::platform::db::SqlPart<'static>>> =
                    std::sync::LazyLock::new(|| $crate::platform::db::sql_parts(include_str!($path)));
                for part in PARTS.iter() {
                    match *part {
                        $crate::platform::db::SqlPart::Text(text) => out.push_sql(text),
                        $($crate::platform::db::SqlPart::Parameter(stringify!($field)) => {
                            out.push_bind_param::<$sql, _>(&self.$field)?;
                        })*
                        $crate::platform::db::SqlPart::Parameter(other) => {
                            let unknown = format!("{} has no parameter {other}", $path);
                            return Err(diesel::result::Error::QueryBuilderError(unknown.into()));
                        }
                    }
                }
                Ok(())
            }
        }
    };

    (@text $name:ident($($field:ident as $sql:ty),*) = $($text:literal $($bind:ident)?)+) => {
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
    };
}

pub(crate) use statement;

/// A piece of an SQL statement that stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SqlPart<'a> {
    Text(&'a str),
    /// The name of a bind parameter.
    Parameter(&'a str),
}

/// Splits an SQL statement that stands in a file, and that psql can run too, at its parameters. `:name` is a parameter
/// (`::name` is a cast); the semicolon at the end and lines of comment are left out.
pub(crate) fn sql_parts(file: &str) -> Vec<SqlPart<'_>> {
    let mut parts = Vec::new();
    for line in file.trim_end().trim_end_matches(';').split_inclusive('\n') {
        if !line.trim_start().starts_with("--") {
            push_parts(line, &mut parts);
        }
    }
    parts
}

fn push_parts<'a>(line: &'a str, parts: &mut Vec<SqlPart<'a>>) {
    let mut rest = line;
    let mut from = 0;
    while let Some(colon) = rest.get(from..).and_then(|ahead| ahead.find(':')).map(|at| from + at) {
        let behind = rest.get(colon + 1..).unwrap_or_default();
        let len = behind.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(behind.len());
        let is_cast = behind.starts_with(':');
        if is_cast || len == 0 {
            from = colon + if is_cast { 2 } else { 1 };
            continue;
        }
        let (name, after) = behind.split_at(len);
        parts.push(SqlPart::Text(rest.get(..colon).unwrap_or_default()));
        parts.push(SqlPart::Parameter(name));
        (rest, from) = (after, 0);
    }
    parts.push(SqlPart::Text(rest));
}

/// Declares a struct that is read from an SQL `row(..)` with these columns in this order, and the name `$record` for
/// the SQL type of that row.
macro_rules! sql_record {
    (
        $(#[$doc:meta])*
        struct $name:ident as $record:ident { $($(#[$about:meta])* $field:ident: $kind:ty as $sql:ty,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        struct $name {
            $($(#[$about])* $field: $kind,)+
        }

        type $record = diesel::sql_types::Record<($($sql,)+)>;

        impl diesel::deserialize::FromSql<$record, diesel::pg::Pg> for $name {
            fn from_sql(
                bytes: <diesel::pg::Pg as diesel::backend::Backend>::RawValue<'_>,
            ) -> diesel::deserialize::Result<Self> {
                let ($($field,)+) = diesel::deserialize::FromSql::<$record, diesel::pg::Pg>::from_sql(bytes)?;
                Ok(Self { $($field),+ })
            }
        }
    };
}

pub(crate) use sql_record;

#[cfg(test)]
mod tests {
    use super::{SqlPart::*, sql_parts};

    #[test]
    fn parameters_of_a_file_are_told_from_casts_texts_and_comments() {
        let file = "-- psql -v ids=1\nselect :ids::bigint[] || x::text, ':' || ':'\n -- where :not\nlimit :most;\n";
        let parts = [
            Text("select "),
            Parameter("ids"),
            Text("::bigint[] || x::text, ':' || ':'\n"),
            Text("limit "),
            Parameter("most"),
            Text(""),
        ];
        assert_eq!(sql_parts(file), parts);
    }
}
