//! Edits of goods, each inside somebody's transaction. Whoever edits says which version they have seen; if somebody else
//! has edited the goods since, nothing is written.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::{DatabaseErrorKind, Error},
    sql_types::BigInt,
};
use serde_json::{Map, Value, json};

use super::{
    model::{Details, Goods, GoodsSku, Named, WrittenOption, WrittenSku},
    queries::goods,
};
use crate::{
    catalog::shelves::{hold_tree_still, low_stock_of},
    kernel::{Money, OptionId, OptionValueId, SkuId, SpuId, UserId},
    platform::db::{self, statement},
    schema::{option_values, options, price_changes, sku_option_values, skus, spus, texts},
};

/// How an edit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// It was made; what changed, by field.
    Done {
        /// What it was.
        before: Value,
        /// What it is now.
        after: Value,
    },
    /// All was so already, and nothing was written.
    Unchanged,
    /// Somebody else has edited the goods since, and nothing was written.
    Stale,
    /// It cannot be, and nothing was written.
    Refused(Refused),
}

/// Why an edit cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another SPU has this slug.
    SlugTaken,
    /// There is no such category any more.
    CategoryGone,
    /// There is no such brand any more.
    BrandGone,
    /// Another SKU has this code.
    CodeTaken(String),
    /// No SKU is active, so shoppers would find nothing to buy.
    NothingToSell,
    /// A category would stand below itself.
    BelowItself,
    /// More categories would stand above each other than pages can show.
    TooDeep,
    /// Something stands in it still.
    InUse,
}

/// What ends an edit before its end.
pub(in crate::catalog) enum Stop {
    Stale,
    Refused(Refused),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        let Error::DatabaseError(kind, info) = &error else { return Self::Failed(error) };
        match (kind, info.constraint_name()) {
            (DatabaseErrorKind::UniqueViolation, Some("spus_slug_key" | "categories_slug_key" | "brands_slug_key")) => {
                Self::Refused(Refused::SlugTaken)
            }
            (DatabaseErrorKind::ForeignKeyViolation, Some("spus_category_id_fkey" | "categories_parent_id_fkey")) => {
                Self::Refused(Refused::CategoryGone)
            }
            (DatabaseErrorKind::CheckViolation, Some("categories_no_circle")) => Self::Refused(Refused::BelowItself),
            (DatabaseErrorKind::CheckViolation, Some("categories_height")) => Self::Refused(Refused::TooDeep),
            (DatabaseErrorKind::ForeignKeyViolation, Some("spus_brand_id_fkey")) => Self::Refused(Refused::BrandGone),
            _ => Self::Failed(error),
        }
    }
}

impl Stop {
    /// What a removal says that something else forbids.
    pub(in crate::catalog) fn in_use(error: Error) -> Self {
        match error {
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::Refused(Refused::InUse),
            error => Self::Failed(error),
        }
    }
}

/// How the making of something ended.
///
/// # Errors
/// The database's own.
pub(in crate::catalog) fn made<I>(made: Result<I, Stop>) -> QueryResult<Result<I, Refused>> {
    match made {
        Ok(id) => Ok(Ok(id)),
        Err(Stop::Refused(why)) => Ok(Err(why)),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Stale) => Err(Error::NotFound),
    }
}

/// How an edit ended.
///
/// # Errors
/// The database's own.
pub(in crate::catalog) fn ended(edited: Result<Edited, Stop>) -> QueryResult<Edited> {
    match edited {
        Err(Stop::Stale) => Ok(Edited::Stale),
        Err(Stop::Refused(why)) => Ok(Edited::Refused(why)),
        Err(Stop::Failed(error)) => Err(error),
        Ok(edited) => Ok(edited),
    }
}

/// Makes new goods, which nobody sees before they are published.
///
/// # Errors
/// The database's own.
pub fn create_goods(conn: &mut PgConnection, details: &Details) -> QueryResult<Result<SpuId, Refused>> {
    made(db::savepoint(conn, |conn| {
        let id: SpuId = diesel::insert_into(spus::table)
            .values((columns(details), spus::published.eq(false)))
            .returning(spus::id)
            .get_result(conn)?;
        say_in_chinese(conn, About::Spu(id), &details.name, &details.description.zh)?;
        Ok(id)
    }))
}

type Columns<'a> = (
    diesel::dsl::Eq<spus::category_id, crate::kernel::CategoryId>,
    diesel::dsl::Eq<spus::brand_id, crate::kernel::BrandId>,
    diesel::dsl::Eq<spus::slug, &'a str>,
    diesel::dsl::Eq<spus::name, &'a str>,
    diesel::dsl::Eq<spus::description, &'a str>,
);

fn columns(details: &Details) -> Columns<'_> {
    (
        spus::category_id.eq(details.category_id),
        spus::brand_id.eq(details.brand_id),
        spus::slug.eq(details.slug.as_str()),
        spus::name.eq(details.name.en.as_str()),
        spus::description.eq(details.description.en.as_str()),
    )
}

/// Writes what an SPU is called and where it stands.
///
/// # Errors
/// The database's own; [`Error::NotFound`] where there is no such SPU.
pub fn save_details(conn: &mut PgConnection, id: SpuId, seen: i32, details: &Details) -> QueryResult<Edited> {
    // Before any SKU is locked.
    hold_tree_still(conn)?;
    edit(conn, id, seen, |conn, there| {
        let (before, after) = (told(&there.details), told(details));
        if there.details != *details {
            diesel::update(spus::table.find(id)).set(columns(details)).execute(conn)?;
            say_in_chinese(conn, About::Spu(id), &details.name, &details.description.zh)?;
            NameSkus { spu: id.0 }.execute(conn)?;
        }
        if there.details.category_id != details.category_id {
            let low = low_stock_of(conn, details.category_id)?;
            diesel::update(skus::table.filter(skus::spu_id.eq(id).and(skus::low_stock_own.eq(false))))
                .set(skus::low_stock_at.eq(low))
                .execute(conn)?;
        }
        Ok((before, after))
    })
}

/// Publishes an SPU, or takes it down.
///
/// # Errors
/// The database's own; [`Error::NotFound`] where there is no such SPU.
pub fn set_published(conn: &mut PgConnection, id: SpuId, seen: i32, published: bool) -> QueryResult<Edited> {
    edit(conn, id, seen, |conn, there| {
        if published && !there.skus.iter().any(|sku| sku.active) {
            return Err(Stop::Refused(Refused::NothingToSell));
        }
        diesel::update(spus::table.find(id)).set(spus::published.eq(published)).execute(conn)?;
        Ok((json!({ "published": there.published }), json!({ "published": published })))
    })
}

/// Writes the options: new names of those that are there, new options and new values. What is there stays; SKUs that were
/// made before a new option get its first value.
///
/// # Errors
/// The database's own; [`Error::NotFound`] where there is no such SPU.
pub fn save_options(conn: &mut PgConnection, id: SpuId, seen: i32, written: &[WrittenOption]) -> QueryResult<Edited> {
    edit(conn, id, seen, |conn, there| {
        for (place, option) in (0_i32..).zip(written) {
            let option_id = match option.id {
                Some(option_id) => rename_option(conn, id, option_id, &option.name)?,
                None => insert_option(conn, id, place, &option.name)?,
            };
            say_in_chinese(conn, About::Option(option_id), &option.name, "")?;
            let mut first = None;
            for (place, value) in (0_i32..).zip(&option.values) {
                let value_id = match value.id {
                    Some(value_id) => rename_value(conn, option_id, value_id, &value.name)?,
                    None => insert_value(conn, option_id, place, &value.name)?,
                };
                say_in_chinese(conn, About::Value(value_id), &value.name, "")?;
                first = first.or(Some(value_id));
            }
            if let (None, Some(value)) = (option.id, first) {
                let link = |sku: &GoodsSku| link(sku.id, option_id, value);
                let links: Vec<_> = there.skus.iter().map(link).collect();
                diesel::insert_into(sku_option_values::table).values(links).execute(conn)?;
            }
        }
        NameSkus { spu: id.0 }.execute(conn)?;
        let after = goods(conn, id)?.ok_or(Error::NotFound)?;
        Ok((told_options(there), told_options(&after)))
    })
}

fn rename_option(conn: &mut PgConnection, spu: SpuId, id: OptionId, name: &Named) -> QueryResult<OptionId> {
    diesel::update(options::table.find(id).filter(options::spu_id.eq(spu)))
        .set(options::name.eq(&name.en))
        .returning(options::id)
        .get_result(conn)
}

fn insert_option(conn: &mut PgConnection, spu: SpuId, place: i32, name: &Named) -> QueryResult<OptionId> {
    diesel::insert_into(options::table)
        .values((options::spu_id.eq(spu), options::position.eq(place), options::name.eq(&name.en)))
        .returning(options::id)
        .get_result(conn)
}

fn rename_value(
    conn: &mut PgConnection,
    option: OptionId,
    id: OptionValueId,
    name: &Named,
) -> QueryResult<OptionValueId> {
    diesel::update(option_values::table.find(id).filter(option_values::option_id.eq(option)))
        .set(option_values::name.eq(&name.en))
        .returning(option_values::id)
        .get_result(conn)
}

fn insert_value(conn: &mut PgConnection, option: OptionId, place: i32, name: &Named) -> QueryResult<OptionValueId> {
    diesel::insert_into(option_values::table)
        .values((
            option_values::option_id.eq(option),
            option_values::position.eq(place),
            option_values::name.eq(&name.en),
        ))
        .returning(option_values::id)
        .get_result(conn)
}

type Link = (
    diesel::dsl::Eq<sku_option_values::sku_id, SkuId>,
    diesel::dsl::Eq<sku_option_values::option_id, OptionId>,
    diesel::dsl::Eq<sku_option_values::option_value_id, OptionValueId>,
);

fn link(sku: SkuId, option: OptionId, value: OptionValueId) -> Link {
    (
        sku_option_values::sku_id.eq(sku),
        sku_option_values::option_id.eq(option),
        sku_option_values::option_value_id.eq(value),
    )
}

/// Writes SKUs: those that are there as they shall be, and new ones, which have no stock. Each price that changes goes into
/// its history.
///
/// # Errors
/// The database's own; [`Error::NotFound`] where there is no such SPU.
pub fn save_skus(
    conn: &mut PgConnection,
    id: SpuId,
    seen: i32,
    written: &[WrittenSku],
    by: UserId,
) -> QueryResult<Edited> {
    hold_tree_still(conn)?;
    edit(conn, id, seen, |conn, there| {
        let (mut before, mut after) = (Map::new(), Map::new());
        let mut made = false;
        for sku in written {
            let old = there.skus.iter().find(|old| Some(old.id) == sku.id);
            if old.is_some_and(|old| is_so(old, sku)) {
                continue;
            }
            let sku_id = match old {
                Some(old) => update_sku(conn, old.id, sku),
                None => insert_sku(conn, there, sku),
            };
            let sku_id = sku_id.map_err(|error| code_taken(error, &sku.code))?;
            made |= old.is_none();
            keep_price(conn, sku_id, old, sku, by)?;
            if let Some(old) = old {
                before.insert(old.code.clone(), told_sku(&old.code, old.price, old.list_price, old.active));
            }
            after.insert(sku.code.clone(), told_sku(&sku.code, sku.price, sku.list_price, sku.active));
        }
        if made {
            NameSkus { spu: id.0 }.execute(conn)?;
        }
        Ok((Value::Object(before), Value::Object(after)))
    })
}

fn is_so(old: &GoodsSku, new: &WrittenSku) -> bool {
    (&old.code, old.price, old.list_price, old.active) == (&new.code, new.price, new.list_price, new.active)
}

fn update_sku(conn: &mut PgConnection, id: SkuId, sku: &WrittenSku) -> QueryResult<SkuId> {
    diesel::update(skus::table.find(id))
        .set((
            skus::code.eq(&sku.code),
            skus::price.eq(sku.price),
            skus::list_price.eq(sku.list_price),
            skus::active.eq(sku.active),
        ))
        .returning(skus::id)
        .get_result(conn)
}

fn insert_sku(conn: &mut PgConnection, there: &Goods, sku: &WrittenSku) -> QueryResult<SkuId> {
    let id: SkuId = diesel::insert_into(skus::table)
        .values((
            skus::spu_id.eq(there.id),
            skus::code.eq(&sku.code),
            skus::name.eq(&there.details.name.en),
            skus::price.eq(sku.price),
            skus::list_price.eq(sku.list_price),
            skus::active.eq(sku.active),
            skus::low_stock_at.eq(low_stock_of(conn, there.details.category_id)?),
        ))
        .returning(skus::id)
        .get_result(conn)?;
    let links: Vec<_> =
        there.options.iter().zip(&sku.values).map(|(option, value)| link(id, option.id, *value)).collect();
    diesel::insert_into(sku_option_values::table).values(links).execute(conn)?;
    Ok(id)
}

fn code_taken(error: Error, code: &str) -> Stop {
    match &error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info)
            if info.constraint_name() == Some("skus_code_key") =>
        {
            Stop::Refused(Refused::CodeTaken(code.to_owned()))
        }
        _ => error.into(),
    }
}

fn keep_price(
    conn: &mut PgConnection,
    id: SkuId,
    old: Option<&GoodsSku>,
    new: &WrittenSku,
    by: UserId,
) -> QueryResult<()> {
    if old.is_some_and(|old| (old.price, old.list_price) == (new.price, new.list_price)) {
        return Ok(());
    }
    diesel::insert_into(price_changes::table)
        .values((
            price_changes::sku_id.eq(id),
            price_changes::staff_id.eq(by),
            price_changes::old_price.eq(old.map(|old| old.price)),
            price_changes::price.eq(new.price),
            price_changes::old_list_price.eq(old.and_then(|old| old.list_price)),
            price_changes::list_price.eq(new.list_price),
        ))
        .execute(conn)?;
    Ok(())
}

/// An edit of goods that are still as `seen`. Their SKUs are locked before the SPU, as a sale does, so that nobody waits
/// in a circle; what `work` answers is what it was and what it is now.
fn edit<W>(conn: &mut PgConnection, id: SpuId, seen: i32, work: W) -> QueryResult<Edited>
where
    W: FnOnce(&mut PgConnection, &Goods) -> Result<(Value, Value), Stop>,
{
    ended(db::savepoint(conn, |conn| {
        LockSkus { spu: id.0 }.execute(conn)?;
        let still = spus::table.find(id).filter(spus::version.eq(seen));
        let risen = diesel::update(still).set(spus::version.eq(spus::version + 1)).execute(conn)?;
        let there = goods(conn, id)?.ok_or(Error::NotFound)?;
        if risen == 0 {
            return Err(Stop::Stale);
        }
        let (before, after) = work(conn, &there)?;
        if before == after {
            diesel::update(spus::table.find(id)).set(spus::version.eq(seen)).execute(conn)?;
            return Ok(Edited::Unchanged);
        }
        Ok(Edited::Done { before, after })
    }))
}

statement! {
    /// Waits for each.
    LockSkus(spu: i64 as BigInt) -> () =
    "select from skus where spu_id = " spu " order by id for no key update"
}

statement! {
    /// Calls each SKU after its SPU and its values, where it is called otherwise.
    NameSkus(spu: i64 as BigInt) -> () =
    "with named as (
        select k.id, left(concat_ws(', ', s.name, (
            select string_agg(v.name, ', ' order by o.position)
            from sku_option_values kv
            join options o on o.id = kv.option_id
            join option_values v on v.id = kv.option_value_id
            where kv.sku_id = k.id
        )), 300) as name
        from skus k join spus s on s.id = k.spu_id where k.spu_id = " spu "
     )
     update skus k set name = n.name from named n where n.id = k.id and k.name <> n.name"
}

/// What a text is about.
#[derive(Clone, Copy)]
enum About {
    Spu(SpuId),
    Option(OptionId),
    Value(OptionValueId),
}

/// The name in Chinese, or none; the English one stands in the row itself and nowhere else.
fn say_in_chinese(conn: &mut PgConnection, about: About, name: &Named, description: &str) -> QueryResult<()> {
    let (spu, option, value) = match about {
        About::Spu(id) => (Some(id), None, None),
        About::Option(id) => (None, Some(id), None),
        About::Value(id) => (None, None, Some(id)),
    };
    diesel::delete(
        texts::table.filter(texts::spu_id.eq(spu).or(texts::option_id.eq(option)).or(texts::option_value_id.eq(value))),
    )
    .execute(conn)?;
    if !name.zh.is_empty() {
        diesel::insert_into(texts::table)
            .values((
                texts::language.eq("zh"),
                texts::spu_id.eq(spu),
                texts::option_id.eq(option),
                texts::option_value_id.eq(value),
                texts::name.eq(&name.zh),
                texts::description.eq(description),
            ))
            .execute(conn)?;
    }
    Ok(())
}

fn told(details: &Details) -> Value {
    json!({
        "slug": details.slug,
        "name_en": details.name.en,
        "name_zh": details.name.zh,
        "description_en": details.description.en,
        "description_zh": details.description.zh,
        "category_id": details.category_id.0,
        "brand_id": details.brand_id.0,
    })
}

fn told_options(goods: &Goods) -> Value {
    let said = |name: &Named| {
        if name.zh.is_empty() { name.en.clone() } else { format!("{} | {}", name.en, name.zh) }
    };
    let option = |option: &super::GoodsOption| {
        let values: Vec<String> = option.values.iter().map(|value| said(&value.name)).collect();
        json!({ "name": said(&option.name), "values": values })
    };
    Value::Array(goods.options.iter().map(option).collect())
}

fn told_sku(code: &str, price: Money, list_price: Option<Money>, active: bool) -> Value {
    json!({ "code": code, "price": price.plain(), "list_price": list_price.map(Money::plain), "active": active })
}
