use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::Untyped,
};

/// Statements that return one row each, sent to the database as one statement whose row has the columns of all of them.
/// No two columns may have the same name. The list must be the same at each use, so that its SQL is prepared once.
pub struct OneRow<'a>(pub &'a [&'a dyn QueryFragment<Pg>]);

impl QueryFragment<Pg> for OneRow<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (index, statement) in self.0.iter().enumerate() {
            out.push_sql(if index == 0 { "select * from (" } else { " cross join (" });
            statement.walk_ast(out.reborrow())?;
            out.push_sql(&format!(") part_{index}"));
        }
        Ok(())
    }
}

impl QueryId for OneRow<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for OneRow<'_> {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for OneRow<'_> {}
