//! Edits of the options of a product and of their values.

use diesel::{
    PgConnection, QueryResult,
    prelude::*,
    result::Error,
    sql_types::{Array, BigInt},
};
use serde_json::{Map, Value, json};

use super::{
    super::{
        model::{EditableOption, EditableProduct, EditableSku, OptionInput},
        queries::editable_product,
    },
    TranslatedId, edit,
    save_skus::{NameSkus, link},
    save_translations,
};
use crate::{
    catalog::{edits::EditOutcome, localized_name::LocalizedName},
    kernel::{Language, OptionId, OptionValueId, SpuId},
    platform::db::statement,
    schema::{option_values, options, sku_option_values},
};

/// Saves the options of an SPU; [`EditOutcome::Stale`] if its version is no longer `seen`. Renames existing options and
/// values, adds new ones, and deletes those that are not in `written`; refuses if a SKU has one of the deleted values.
/// Existing SKUs get the first value of a new option.
///
/// # Errors
/// [`Error::NotFound`] if there is no such SPU.
pub fn save_options(
    conn: &mut PgConnection,
    (id, seen): (SpuId, i32),
    written: &[OptionInput],
    main: Language,
) -> QueryResult<EditOutcome> {
    let nothing = LocalizedName::default();
    edit(conn, (id, seen), main, |conn, there| {
        let values = written.iter().flat_map(|option| &option.values);
        RemoveOptions {
            spu: id.0,
            options: written.iter().filter_map(|option| option.id).map(|id| id.0).collect(),
            values: values.filter_map(|value| value.id).map(|id| id.0).collect(),
        }
        .execute(conn)?;
        for (place, option) in (0_i32..).zip(written) {
            let option_id = match option.id {
                Some(option_id) => rename_option(conn, id, (option_id, place), option.name.of(main))?,
                None => insert_option(conn, id, place, option.name.of(main))?,
            };
            save_translations(conn, TranslatedId::Option(option_id), &option.name, &nothing, main)?;
            let mut first = None;
            for (place, value) in (0_i32..).zip(&option.values) {
                let value_id = match value.id {
                    Some(value_id) => rename_value(conn, option_id, (value_id, place), value.name.of(main))?,
                    None => insert_value(conn, option_id, place, value.name.of(main))?,
                };
                save_translations(conn, TranslatedId::Value(value_id), &value.name, &nothing, main)?;
                first = first.or(Some(value_id));
            }
            if let (None, Some(value)) = (option.id, first) {
                let link = |sku: &EditableSku| link(sku.id, option_id, value);
                let links: Vec<_> = there.skus.iter().map(link).collect();
                diesel::insert_into(sku_option_values::table).values(links).execute(conn)?;
            }
        }
        NameSkus { spu: id.0 }.execute(conn)?;
        let after = editable_product(conn, id, main)?.ok_or(Error::NotFound)?;
        Ok((audit_options(there), audit_options(&after)))
    })
}

statement! {
    /// Deletes all options and values of an SPU except those with these ids. Pictures of a deleted value become
    /// pictures of all SKUs.
    RemoveOptions(spu: i64 as BigInt, options: Vec<i64> as Array<BigInt>, values: Vec<i64> as Array<BigInt>) -> () =
    "with gone as materialized (
        select id from options where spu_id = " spu " and id <> all((select " options ")::bigint[])
     ),
     gone_values as materialized (
        select v.id from option_values v join options o on o.id = v.option_id
        where o.spu_id = " spu " and v.id <> all((select " values ")::bigint[])
     ),
     said as (
        delete from texts where option_id in (select id from gone) or option_value_id in (select id from gone_values)
     ),
     shown as (
        update images set option_value_id = null where option_value_id in (select id from gone_values)
     ),
     emptied as (delete from option_values where id in (select id from gone_values))
     delete from options where id in (select id from gone)"
}

/// Renames an option and moves it to the position `place`. Options must be moved in the order of their new positions,
/// because a unique index forbids two at the same position.
fn rename_option(
    conn: &mut PgConnection,
    spu: SpuId,
    (id, place): (OptionId, i32),
    name: &str,
) -> QueryResult<OptionId> {
    diesel::update(options::table.find(id).filter(options::spu_id.eq(spu)))
        .set((options::name.eq(name), options::position.eq(place)))
        .returning(options::id)
        .get_result(conn)
}

fn insert_option(conn: &mut PgConnection, spu: SpuId, place: i32, name: &str) -> QueryResult<OptionId> {
    diesel::insert_into(options::table)
        .values((options::spu_id.eq(spu), options::position.eq(place), options::name.eq(name)))
        .returning(options::id)
        .get_result(conn)
}

fn rename_value(
    conn: &mut PgConnection,
    option: OptionId,
    (id, place): (OptionValueId, i32),
    name: &str,
) -> QueryResult<OptionValueId> {
    diesel::update(option_values::table.find(id).filter(option_values::option_id.eq(option)))
        .set((option_values::name.eq(name), option_values::position.eq(place)))
        .returning(option_values::id)
        .get_result(conn)
}

fn insert_value(conn: &mut PgConnection, option: OptionId, place: i32, name: &str) -> QueryResult<OptionValueId> {
    diesel::insert_into(option_values::table)
        .values((option_values::option_id.eq(option), option_values::position.eq(place), option_values::name.eq(name)))
        .returning(option_values::id)
        .get_result(conn)
}

fn audit_options(goods: &EditableProduct) -> Value {
    let option = |option: &EditableOption| {
        let values: Vec<String> = option.values.iter().map(|value| value.name.both()).collect();
        (option.name.both(), json!(values))
    };
    json!({ "options": goods.options.iter().map(option).collect::<Map<_, _>>() })
}
