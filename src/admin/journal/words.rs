//! The journal in words: what was done, and what it changed, as people read it.

use serde_json::{Map, Value};

use crate::{
    accounts::Role,
    admin::{people::role_name, stock_words::reason_name},
    stock::Reason,
    web::{Text, grouped, signed},
};

/// What was done, as people say it; what nobody has a name for is called as the code calls it.
pub(super) fn deed(t: Text, what: &str) -> String {
    match what {
        "create_category" => t.deed_create_category().to_owned(),
        "edit_category" => t.deed_edit_category().to_owned(),
        "place_category" => t.deed_place_category().to_owned(),
        "remove_category" => t.deed_remove_category().to_owned(),
        "create_brand" => t.deed_create_brand().to_owned(),
        "edit_brand" => t.deed_edit_brand().to_owned(),
        "remove_brand" => t.deed_remove_brand().to_owned(),
        "add_staff" => t.deed_add_staff().to_owned(),
        "change_role" => t.deed_change_role().to_owned(),
        "create_spu" => t.deed_create_spu().to_owned(),
        "disable_staff" => t.deed_disable_staff().to_owned(),
        "edit_options" => t.deed_edit_options().to_owned(),
        "edit_skus" => t.deed_edit_skus().to_owned(),
        "edit_spu" => t.deed_edit_spu().to_owned(),
        "enable_staff" => t.deed_enable_staff().to_owned(),
        "move_stock" => t.deed_move_stock().to_owned(),
        "count_stock" => t.deed_count_stock().to_owned(),
        "undo_movement" => t.deed_undo_movement().to_owned(),
        "set_low_stock" => t.deed_set_low_stock().to_owned(),
        "check_books" => t.deed_check_books().to_owned(),
        "reset_password" => t.deed_reset_password().to_owned(),
        "reset_two_factor" => t.deed_reset_two_factor().to_owned(),
        "require_two_factor" => t.deed_require_two_factor().to_owned(),
        "retry_outbox" => t.deed_retry_outbox().to_owned(),
        "want_low_stock_mail" => t.deed_want_low_stock_mail().to_owned(),
        "turn_off_two_factor" => t.deed_turn_off_two_factor().to_owned(),
        "turn_on_two_factor" => t.deed_turn_on_two_factor().to_owned(),
        "send_import" => t.deed_send_import().to_owned(),
        "confirm_import" => t.deed_confirm_import().to_owned(),
        "discard_import" => t.deed_discard_import().to_owned(),
        "decide_import_again" => t.deed_decide_import_again().to_owned(),
        "finish_import" => t.deed_finish_import().to_owned(),
        other => plain(other),
    }
}

/// A field that something was done to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) field: String,
    /// What it was, where that is known and something else is there now.
    pub(super) before: Option<String>,
    pub(super) after: String,
}

/// What became of each field; those that stayed as they were are left out.
pub(super) fn changes(t: Text, before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let nothing = Map::new();
    let (was, is) = (before.and_then(Value::as_object), after.and_then(Value::as_object));
    let mut fields: Vec<&String> = was.into_iter().chain(is).flat_map(Map::keys).collect();
    fields.sort_unstable_by_key(|field| (place(field), *field));
    fields.dedup();
    let (was, is) = (was.unwrap_or(&nothing), is.unwrap_or(&nothing));
    let change = |field: &String| {
        let (was, is) = (was.get(field), is.get(field));
        (was != is).then(|| Change {
            field: name(t, field),
            before: was.map(|was| value(t, field, was)),
            after: is.map_or_else(|| t.journal_nothing().to_owned(), |is| value(t, field, is)),
        })
    };
    fields.into_iter().filter_map(change).collect()
}

/// What matters most comes first, what somebody said about it last.
fn place(field: &str) -> u8 {
    match field {
        "reason" => 2,
        "note" => 3,
        "difference" => 1,
        _ => 0,
    }
}

fn name(t: Text, field: &str) -> String {
    let known = match field {
        "stock" => t.stock(),
        "difference" => t.stock_delta(),
        "reason" => t.stock_reason(),
        "note" => t.stock_note(),
        "role" => t.people_role(),
        "place" => t.journal_place(),
        "parent" => t.category_parent(),
        "slug" => t.goods_slug(),
        "name_en" => t.goods_name_en(),
        "name_zh" => t.goods_name_zh(),
        "low_stock_at" => t.stock_low_at(),
        "required" => t.journal_required(),
        "closed" => t.people_is_closed(),
        "email" => t.email(),
        "mail" => t.mail_language(),
        "disagreeing" => t.journal_disagreeing(),
        "promises" => t.journal_promises(),
        other => return plain(other),
    };
    known.to_owned()
}

fn value(t: Text, field: &str, value: &Value) -> String {
    match value {
        Value::Null => t.journal_nothing().to_owned(),
        Value::Bool(true) => t.journal_yes().to_owned(),
        Value::Bool(false) => t.journal_no().to_owned(),
        Value::Number(n) if field == "difference" => n.as_i64().map_or_else(|| n.to_string(), |n| signed(&n)),
        Value::Number(n) => n.as_i64().map_or_else(|| n.to_string(), |n| grouped(&n)),
        Value::String(text) if text.is_empty() => t.journal_nothing().to_owned(),
        Value::String(code) if field == "reason" => {
            Reason::from_code(code).map_or_else(|| code.clone(), |reason| reason_name(t, Some(reason)).to_owned())
        }
        Value::String(code) if field == "role" => role_name(t, Role::from_code(code)).to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(|one| self::value(t, "", one)).collect::<Vec<_>>().join(t.journal_comma()),
        Value::Object(fields) => {
            let said = fields.iter().map(|(field, one)| t.named(name(t, field), self::value(t, field, one)));
            said.collect::<Vec<_>>().join(t.journal_comma())
        }
    }
}

/// A name in code without its underscores.
fn plain(code: &str) -> String {
    code.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Language;
    use serde_json::json;

    fn said(language: Language, before: &Value, after: &Value) -> Vec<String> {
        let changes = changes(Text(language), Some(before), Some(after));
        changes
            .into_iter()
            .map(|Change { field, before, after }| match before {
                Some(before) => format!("{field}: {before} > {after}"),
                None => format!("{field}: {after}"),
            })
            .collect()
    }

    #[test]
    fn what_changed_is_said_field_by_field_in_both_languages() {
        let (before, after) =
            (json!({"stock": 1200, "name": "Teapot"}), json!({"stock": 0, "name": "Teapot", "reason": "damage"}));
        assert_eq!(said(Language::En, &before, &after), ["Stock: 1,200 > 0", "Reason: Damage"]);
        assert_eq!(said(Language::Zh, &before, &after), ["库存: 1,200 > 0", "原因: 损坏"]);
    }

    #[test]
    fn whatever_a_field_holds_can_be_read() {
        let (before, after) = (
            json!({"gone": "x", "on": false, "list": [1, 2]}),
            json!({"on": true, "list": [], "odd": {"deep": null}, "price": 1.5}),
        );
        assert_eq!(
            said(Language::En, &before, &after),
            ["gone: x > —", "list: 1, 2 > ", "odd: deep: —", "on: no > yes", "price: 1.5"]
        );
        assert_eq!(said(Language::En, &json!([1]), &json!("x")), Vec::<String>::new());
    }
}
