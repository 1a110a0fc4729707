//! Products that were published once and are not on sale any more.

use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};

use super::category::path;
use crate::{
    catalog::{cards::cards, listings, model::GoneProduct, rules::Sort},
    kernel::{CategoryId, Language, SpuId},
    platform::db::statement,
    schema::categories,
};

/// The maximum number of related products that [`gone_product`] loads.
const MAX_RELATED: usize = 10;

statement! {
    /// Selects the name, first picture and category of a product that was published once and has SKUs.
    GoneProductById(spu: i64 as BigInt, language: &'static str as Text) -> [GoneRow] =
    "select s.id, coalesce(t.name, s.name) as name, s.background,
        (select i.file from images i where i.spu_id = s.id order by i.position limit 1) as picture, s.category_id
     from spus s
     left join texts t on t.spu_id = s.id and t.language = " language "
     where s.id = " spu " and s.was_published and exists (select from skus k where k.spu_id = s.id)"
}

#[derive(QueryableByName)]
struct GoneRow {
    #[diesel(sql_type = BigInt)]
    id: SpuId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    background: String,
    #[diesel(sql_type = Nullable<Text>)]
    picture: Option<String>,
    #[diesel(sql_type = BigInt)]
    category_id: CategoryId,
}

/// Loads a product that was published once, and related products on sale: from its category first, then from the
/// category's ancestors. Call it only for a product that is not on sale; it does not check that. Returns `None` if the
/// product was never published or has no SKUs.
pub(crate) fn gone_product(
    conn: &mut PgConnection,
    spu: SpuId,
    language: Language,
) -> QueryResult<Option<GoneProduct>> {
    let statement = GoneProductById { spu: spu.0, language: language.code() };
    let Some(gone) = statement.get_result::<GoneRow>(conn).optional()? else { return Ok(None) };
    let path = path(conn, gone.category_id, language)?;
    let related = related(conn, gone.category_id)?;
    let related = cards(conn, &related, language)?;
    let GoneRow { id, name, background, picture, .. } = gone;
    Ok(Some(GoneProduct { id, name, background, picture, path, related }))
}

fn related(conn: &mut PgConnection, category: CategoryId) -> QueryResult<Vec<SpuId>> {
    let mut related: Vec<SpuId> = Vec::new();
    let mut at = Some(category);
    while let Some(category) = at {
        let most = i64::try_from(MAX_RELATED).unwrap_or_default();
        for spu in listings::best(conn, Some(category), Sort::Bestselling, most)? {
            if related.len() < MAX_RELATED && !related.contains(&spu) {
                related.push(spu);
            }
        }
        at = None;
        if related.len() < MAX_RELATED {
            at = categories::table.find(category).select(categories::parent_id).first(conn)?;
        }
    }
    Ok(related)
}
