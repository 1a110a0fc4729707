//! Facets: what a list can be filtered by, with counts and names.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Text},
};

use super::{
    forms::FilterFields,
    model::{Facet, FacetCount, FacetKind, FacetValue},
};
use crate::{kernel::Language, platform::db::statement};

/// The maximum number of values that a facet shows, in addition to chosen ones; and the maximum number of options
/// shown.
const MAX_SHOWN_VALUES: usize = 12;
const MAX_SHOWN_OPTIONS: usize = 6;
/// The maximum number of option values read for a category, the most frequent first.
const MAX_READ_VALUES: i64 = 200;

statement! {
    /// Selects how many products of a category have each facet value: (kind, value, count). All values for stock, price
    /// and rating; only the most frequent for brands and option values.
    CategoryCounts(category: i64 as BigInt, brands: i64 as BigInt, values: i64 as BigInt) -> (Text, BigInt, BigInt) =
    "select kind, value, count from listing_counts
     where category_id = " category " and kind in ('all', 'stock', 'price', 'rating') and count > 0
     union all
     (select kind, value, count from listing_counts
      where category_id = " category " and kind = 'brand' and count > 0
      order by count desc, value limit " brands ")
     union all
     (select kind, value, count from listing_counts
      where category_id = " category " and kind = 'option' and count > 0
      order by count desc, value limit " values ")"
}

statement! {
    /// Selects the names of brands and option values, in the language of the page.
    FacetNames(
        brands: Vec<i64> as Array<BigInt>, values: Vec<i64> as Array<BigInt>, language: &'static str as Text
    ) -> [FacetName] =
    "select 'brand' as kind, b.id, coalesce(t.name, b.name) as name, '' as option_name
     from brands b left join texts t on t.brand_id = b.id and t.language = " language "
     where b.id = any((select " brands ")::bigint[])
     union all
     select 'option', v.id, coalesce(t.name, v.name), coalesce(t.option_name, v.option_name)
     from facet_values v left join facet_texts t on t.value_id = v.id and t.language = " language "
     where v.id = any((select " values ")::bigint[])"
}

#[derive(QueryableByName)]
struct FacetName {
    #[diesel(sql_type = Text)]
    kind: FacetKind,
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    option_name: String,
}

pub(super) fn category_counts(conn: &mut PgConnection, category: i64) -> QueryResult<Vec<FacetCount>> {
    let brands = i64::try_from(MAX_SHOWN_VALUES).unwrap_or_default();
    let rows: Vec<(FacetKind, i64, i64)> = CategoryCounts { category, brands, values: MAX_READ_VALUES }.load(conn)?;
    Ok(rows.into_iter().map(|(kind, value, count)| FacetCount { kind, value, count }).collect())
}

/// Returns the facets with names in `language`. Each has its most frequent values and all chosen ones.
pub(super) fn facets(
    conn: &mut PgConnection,
    mut counts: Vec<FacetCount>,
    chosen: &FilterFields,
    language: Language,
) -> QueryResult<Vec<Facet>> {
    for (kind, ids) in [(FacetKind::Brand, &chosen.brands), (FacetKind::Option, &chosen.values)] {
        for id in ids {
            if !counts.iter().any(|count| count.kind == kind && count.value == *id) {
                counts.push(FacetCount { kind, value: *id, count: 0 });
            }
        }
    }
    counts.sort_by_key(|count| (count.kind, -count.count, count.value));
    let ids = |kind: FacetKind, most: i64| -> Vec<i64> {
        let most = usize::try_from(most).unwrap_or_default();
        let of_kind = counts.iter().filter(|count| count.kind == kind).enumerate();
        of_kind.filter(|(at, c)| *at < most || chosen.has(kind, c.value)).map(|(_, count)| count.value).collect()
    };
    let (brands, values) = (ids(FacetKind::Brand, MAX_READ_VALUES), ids(FacetKind::Option, MAX_READ_VALUES));
    let names: Vec<FacetName> = FacetNames { brands, values, language: language.code() }.load(conn)?;
    Ok(named(&counts, &names, chosen))
}

/// Combines counts, which are sorted most frequent first within each kind, with the names of their values.
fn named(counts: &[FacetCount], names: &[FacetName], chosen: &FilterFields) -> Vec<Facet> {
    let mut facets: Vec<Facet> = Vec::new();
    for FacetCount { kind, value, count } in counts.iter().copied() {
        let name = names.iter().find(|name| name.kind == kind && name.id == value);
        let is_named = matches!(kind, FacetKind::Brand | FacetKind::Option);
        if kind == FacetKind::All || (is_named && name.is_none()) {
            continue;
        }
        let option = name.map_or("", |name| name.option_name.as_str());
        let place = facets.iter().position(|facet| facet.kind == kind && facet.name == option);
        let is_chosen = chosen.has(kind, value);
        let place = match place {
            Some(place) => place,
            None if is_chosen || facets.iter().filter(|f| f.kind == FacetKind::Option).count() < MAX_SHOWN_OPTIONS => {
                facets.push(Facet { kind, name: option.to_owned(), values: Vec::new() });
                facets.len() - 1
            }
            None => continue,
        };
        let Some(facet) = facets.get_mut(place) else { continue };
        if is_chosen || facet.values.len() < MAX_SHOWN_VALUES {
            let name = name.map_or(String::new(), |name| name.name.clone());
            facet.values.push(FacetValue { id: value, name, count, is_chosen });
        }
    }
    for facet in facets.iter_mut().filter(|facet| matches!(facet.kind, FacetKind::Price | FacetKind::Rating)) {
        facet.values.sort_by_key(|value| if facet.kind == FacetKind::Price { value.id } else { -value.id });
    }
    facets
}

impl FilterFields {
    fn has(&self, kind: FacetKind, value: i64) -> bool {
        match kind {
            FacetKind::Brand => self.brands.contains(&value),
            FacetKind::Option => self.values.contains(&value),
            FacetKind::Rating => self.stars.is_some_and(|stars| i64::from(stars.get()) == value),
            FacetKind::Stock => self.in_stock,
            FacetKind::All | FacetKind::Price => false,
        }
    }
}
