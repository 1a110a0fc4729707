//! What categories and brands are called in Chinese.

use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{
    catalog::Named,
    kernel::{BrandId, CategoryId},
    schema::texts,
};

/// What a text is about.
#[derive(Clone, Copy)]
pub(super) enum About {
    Category(CategoryId),
    Brand(BrandId),
}

impl About {
    fn ids(self) -> (Option<CategoryId>, Option<BrandId>) {
        match self {
            Self::Category(id) => (Some(id), None),
            Self::Brand(id) => (None, Some(id)),
        }
    }
}

/// The name in Chinese; empty where there is none.
pub(super) fn chinese_of(conn: &mut PgConnection, about: About) -> QueryResult<String> {
    let (category, brand) = about.ids();
    let of_it = texts::category_id.eq(category).or(texts::brand_id.eq(brand));
    let name =
        texts::table.filter(of_it).filter(texts::language.eq("zh")).select(texts::name).first(conn).optional()?;
    Ok(name.unwrap_or_default())
}

/// Writes the name in Chinese. A description that stands beside it stays.
pub(super) fn say_in_chinese(conn: &mut PgConnection, about: About, name: &Named) -> QueryResult<()> {
    let (category, brand) = about.ids();
    let of_it = texts::category_id.eq(category).or(texts::brand_id.eq(brand));
    let its = texts::table.filter(of_it).filter(texts::language.eq("zh"));
    if name.zh.is_empty() {
        diesel::delete(its).execute(conn)?;
        return Ok(());
    }
    if diesel::update(its).set(texts::name.eq(&name.zh)).execute(conn)? == 0 {
        diesel::insert_into(texts::table)
            .values((
                texts::language.eq("zh"),
                texts::category_id.eq(category),
                texts::brand_id.eq(brand),
                texts::name.eq(&name.zh),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets what it is called, since it goes.
pub(super) fn forget(conn: &mut PgConnection, about: About) -> QueryResult<()> {
    let (category, brand) = about.ids();
    let of_it = texts::category_id.eq(category).or(texts::brand_id.eq(brand));
    diesel::delete(texts::table.filter(of_it)).execute(conn)?;
    Ok(())
}
