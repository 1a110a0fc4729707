//! Edits of the SKUs of a product and of their prices.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::{DatabaseErrorKind, Error},
    sql_types::BigInt,
};
use serde_json::{Map, Value, json};

use super::{
    super::model::{EditableProduct, EditableSku, SkuInput},
    edit,
};
use crate::{
    catalog::{
        edits::{EditError, EditOutcome, EditRefusal},
        taxonomy::{default_low_stock_at, lock_category_tree_shared},
    },
    kernel::{Language, Money, OptionId, OptionValueId, SkuId, SpuId, UserId},
    platform::db::statement,
    schema::{price_changes, sku_option_values, skus},
};

/// Saves SKUs of an SPU; [`EditOutcome::Stale`] if the SPU's version is no longer `seen`. Updates existing SKUs, and
/// inserts new ones with a stock of 0. Changed prices are added to the price history as changes by the user `by`.
///
/// # Errors
/// [`Error::NotFound`] if there is no such SPU.
pub fn save_skus(
    conn: &mut PgConnection,
    id: SpuId,
    seen: i32,
    written: &[SkuInput],
    by: UserId,
) -> QueryResult<EditOutcome> {
    lock_category_tree_shared(conn)?;
    // `NameSkus` writes the names from the rows themselves, so any language will do here.
    edit(conn, (id, seen), Language::En, |conn, there| {
        let (mut before, mut after) = (Map::new(), Map::new());
        let mut made = false;
        for sku in written {
            let old = there.skus.iter().find(|old| Some(old.id) == sku.id);
            if old.is_some_and(|old| is_unchanged(old, sku)) {
                continue;
            }
            let sku_id = match old {
                Some(old) => update_sku(conn, old.id, sku),
                None => insert_sku(conn, there, sku),
            };
            let sku_id = sku_id.map_err(|error| code_taken(error, &sku.code))?;
            made |= old.is_none();
            record_price_change(conn, sku_id, old, sku, by)?;
            if let Some(old) = old {
                before.insert(old.code.clone(), audit_sku(&input_of(old)));
            }
            after.insert(sku.code.clone(), audit_sku(sku));
        }
        if made {
            NameSkus { spu: id.0 }.execute(conn)?;
        }
        Ok((Value::Object(before), Value::Object(after)))
    })
}

fn is_unchanged(old: &EditableSku, new: &SkuInput) -> bool {
    let is_same_offer = (old.price, old.list_price, old.active) == (new.price, new.list_price, new.active);
    is_same_offer && (&old.code, &old.shelf_place) == (&new.code, &new.shelf_place)
}

fn update_sku(conn: &mut PgConnection, id: SkuId, sku: &SkuInput) -> QueryResult<SkuId> {
    diesel::update(skus::table.find(id))
        .set((
            skus::code.eq(&sku.code),
            skus::price.eq(sku.price),
            skus::list_price.eq(sku.list_price),
            skus::active.eq(sku.active),
            skus::shelf_place.eq(&sku.shelf_place),
        ))
        .returning(skus::id)
        .get_result(conn)
}

fn insert_sku(conn: &mut PgConnection, there: &EditableProduct, sku: &SkuInput) -> QueryResult<SkuId> {
    let id: SkuId = diesel::insert_into(skus::table)
        .values((
            skus::spu_id.eq(there.id),
            skus::code.eq(&sku.code),
            skus::name.eq(there.details.name.words(Language::En)),
            skus::price.eq(sku.price),
            skus::list_price.eq(sku.list_price),
            skus::active.eq(sku.active),
            skus::shelf_place.eq(&sku.shelf_place),
            skus::low_stock_at.eq(default_low_stock_at(conn, there.details.category_id)?),
        ))
        .returning(skus::id)
        .get_result(conn)?;
    let links: Vec<_> =
        there.options.iter().zip(&sku.values).map(|(option, value)| link(id, option.id, *value)).collect();
    diesel::insert_into(sku_option_values::table).values(links).execute(conn)?;
    Ok(id)
}

fn code_taken(error: Error, code: &str) -> EditError {
    match &error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info)
            if info.constraint_name() == Some("skus_code_key") =>
        {
            EditError::Refused(EditRefusal::CodeTaken(code.to_owned()))
        }
        _ => error.into(),
    }
}

fn record_price_change(
    conn: &mut PgConnection,
    id: SkuId,
    old: Option<&EditableSku>,
    new: &SkuInput,
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

pub(super) type OptionValueLink = (
    diesel::dsl::Eq<sku_option_values::sku_id, SkuId>,
    diesel::dsl::Eq<sku_option_values::option_id, OptionId>,
    diesel::dsl::Eq<sku_option_values::option_value_id, OptionValueId>,
);

pub(super) fn link(sku: SkuId, option: OptionId, value: OptionValueId) -> OptionValueLink {
    (
        sku_option_values::sku_id.eq(sku),
        sku_option_values::option_id.eq(option),
        sku_option_values::option_value_id.eq(value),
    )
}

statement! {
    /// Sets the name of each SKU of an SPU to the name of the SPU and its option values, cut to 300 characters.
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

/// Returns a stored SKU as the form would send it if nothing was changed in it.
fn input_of(sku: &EditableSku) -> SkuInput {
    let EditableSku { id, values, code, price, list_price, active, shelf_place, .. } = sku.clone();
    SkuInput { id: Some(id), values, code, price, list_price, active, shelf_place }
}

fn audit_sku(sku: &SkuInput) -> Value {
    json!({
        "code": sku.code,
        "price": sku.price.plain(),
        "list_price": sku.list_price.map(Money::plain),
        "active": sku.active,
        "shelf_place": sku.shelf_place,
    })
}
