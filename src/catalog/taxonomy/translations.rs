//! Names of categories and brands in the language that is not the shop's main language.

use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{
    catalog::localized_name::LocalizedName,
    kernel::{BrandId, CategoryId, Language},
    schema::texts,
};

/// The id of the category or brand whose name a row of `texts` translates.
#[derive(Clone, Copy)]
pub(super) enum TaxonId {
    Category(CategoryId),
    Brand(BrandId),
}

impl TaxonId {
    fn ids(self) -> (Option<CategoryId>, Option<BrandId>) {
        match self {
            Self::Category(id) => (Some(id), None),
            Self::Brand(id) => (None, Some(id)),
        }
    }
}

/// Loads a name in all languages. `own` is the name in the row itself, which is in the language `main`.
pub(super) fn localized_name(
    conn: &mut PgConnection,
    about: TaxonId,
    own: &str,
    main: Language,
) -> QueryResult<LocalizedName> {
    let (category, brand) = about.ids();
    let of_it = texts::category_id.eq(category).or(texts::brand_id.eq(brand));
    let translations: Vec<(String, String)> =
        texts::table.filter(of_it).select((texts::language, texts::name)).load(conn)?;
    let translations: Vec<(&str, &str)> =
        translations.iter().map(|(language, name)| (language.as_str(), name.as_str())).collect();
    Ok(LocalizedName::read(own, &translations, main))
}

/// Stores a name in the language that is not `main`; if it is empty in that language, deletes the whole translation
/// row, including a translated description. The name in the language `main` is stored in the row of the category or
/// brand itself.
pub(super) fn save_translations(
    conn: &mut PgConnection,
    about: TaxonId,
    name: &LocalizedName,
    main: Language,
) -> QueryResult<()> {
    let (category, brand) = about.ids();
    let of_it = || texts::category_id.eq(category).or(texts::brand_id.eq(brand));
    let in_language = |language: Language| texts::language.eq(language.code());
    let described = texts::table.filter(of_it()).filter(in_language(main)).filter(texts::description.ne(""));
    diesel::update(described).set(texts::name.eq(name.of(main))).execute(conn)?;
    let needless = texts::table.filter(of_it()).filter(in_language(main)).filter(texts::description.eq(""));
    diesel::delete(needless).execute(conn)?;
    let other = main.other();
    let its = texts::table.filter(of_it()).filter(in_language(other));
    if name.of(other).is_empty() {
        diesel::delete(its).execute(conn)?;
        return Ok(());
    }
    if diesel::update(its).set(texts::name.eq(name.of(other))).execute(conn)? == 0 {
        diesel::insert_into(texts::table)
            .values((
                texts::language.eq(other.code()),
                texts::category_id.eq(category),
                texts::brand_id.eq(brand),
                texts::name.eq(name.of(other)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Deletes the translations of a category or brand that is removed.
pub(super) fn delete_translations(conn: &mut PgConnection, about: TaxonId) -> QueryResult<()> {
    let (category, brand) = about.ids();
    let of_it = texts::category_id.eq(category).or(texts::brand_id.eq(brand));
    diesel::delete(texts::table.filter(of_it)).execute(conn)?;
    Ok(())
}
