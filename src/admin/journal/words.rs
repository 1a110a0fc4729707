//! The journal in words: what was done, and what it changed, as people read it.

use serde_json::{Map, Value};

use crate::{
    accounts::Role,
    admin::{imports::words::mode_name, people::role_name, stock_words::reason_name},
    kernel::{Language, Money},
    messages::Messages,
    stock::{Mode, Reason},
    web::{grouped, signed},
};

/// What was done, as people say it; what nobody has a name for is called as the code calls it.
pub(super) fn deed(t: Messages, what: &str) -> String {
    deed_name(t, what).map_or_else(|| plain(what), str::to_owned)
}

fn deed_name(t: Messages, what: &str) -> Option<&'static str> {
    Some(match what {
        "create_category" => t.deed_create_category(),
        "edit_category" => t.deed_edit_category(),
        "place_category" => t.deed_place_category(),
        "remove_category" => t.deed_remove_category(),
        "create_brand" => t.deed_create_brand(),
        "edit_brand" => t.deed_edit_brand(),
        "remove_brand" => t.deed_remove_brand(),
        "add_staff" => t.deed_add_staff(),
        "change_role" => t.deed_change_role(),
        "create_spu" => t.deed_create_spu(),
        "disable_staff" => t.deed_disable_staff(),
        "edit_options" => t.deed_edit_options(),
        "edit_skus" => t.deed_edit_skus(),
        "edit_spu" => t.deed_edit_spu(),
        "publish_spu" => t.deed_publish_spu(),
        "take_down_spu" => t.deed_take_down_spu(),
        "add_picture" => t.deed_add_picture(),
        "describe_picture" => t.deed_describe_picture(),
        "move_picture" => t.deed_move_picture(),
        "remove_picture" => t.deed_remove_picture(),
        "enable_staff" => t.deed_enable_staff(),
        "move_stock" => t.deed_move_stock(),
        "count_stock" => t.deed_count_stock(),
        "undo_movement" => t.deed_undo_movement(),
        "set_low_stock" => t.deed_set_low_stock(),
        "check_books" => t.deed_check_books(),
        "reset_password" => t.deed_reset_password(),
        "reset_two_factor" => t.deed_reset_two_factor(),
        "require_two_factor" => t.deed_require_two_factor(),
        "retry_outbox" => t.deed_retry_outbox(),
        "want_low_stock_mail" => t.deed_want_low_stock_mail(),
        "turn_off_two_factor" => t.deed_turn_off_two_factor(),
        "turn_on_two_factor" => t.deed_turn_on_two_factor(),
        "send_import" => t.deed_send_import(),
        "confirm_import" => t.deed_confirm_import(),
        "map_import" => t.deed_map_import(),
        "discard_import" => t.deed_discard_import(),
        "decide_import_again" => t.deed_decide_import_again(),
        "finish_import" => t.deed_finish_import(),
        _ => return None,
    })
}

/// Whether people can read what was done, and each field of what is told of it.
pub(super) fn can_be_read(what: &str, told: [Option<&Value>; 2]) -> bool {
    let t = Messages(Language::En);
    let mut fields = told.into_iter().flatten().filter_map(Value::as_object).flatten();
    // What is told of several things at once goes by their codes.
    deed_name(t, what).is_some() && fields.all(|(field, value)| value.is_object() || field_name(t, field).is_some())
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
pub(super) fn changes(t: Messages, before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let nothing = Map::new();
    let (was, is) = (before.and_then(Value::as_object), after.and_then(Value::as_object));
    if was.or(is).is_none() {
        // A list, say; of no field that has a name.
        let whole = after.filter(|_| before != after).map(|after| Change {
            field: t.journal_change().to_owned(),
            before: before.map(|before| value(t, "", before)),
            after: value(t, "", after),
        });
        return whole.into_iter().collect();
    }
    let mut fields: Vec<&String> = was.into_iter().chain(is).flat_map(Map::keys).collect();
    fields.sort_unstable_by_key(|field| (place(field), *field));
    fields.dedup();
    let (was, is) = (was.unwrap_or(&nothing), is.unwrap_or(&nothing));
    let change = |field: &String| {
        let (was, is) = (was.get(field), is.get(field));
        (was != is && !(is_nothing(was) && is_nothing(is))).then(|| Change {
            field: name(t, field),
            before: was.map(|was| value(t, field, was)),
            after: is.map_or_else(|| t.journal_nothing().to_owned(), |is| value(t, field, is)),
        })
    };
    fields.into_iter().filter_map(change).collect()
}

fn is_nothing(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_str().is_some_and(str::is_empty))
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

fn name(t: Messages, field: &str) -> String {
    field_name(t, field).map_or_else(|| plain(field), str::to_owned)
}

fn field_name(t: Messages, field: &str) -> Option<&'static str> {
    Some(match field {
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
        "name" => t.stock_name(),
        "description_en" => t.goods_description_en(),
        "description_zh" => t.goods_description_zh(),
        "category" | "category_id" => t.goods_category(),
        "brand" | "brand_id" => t.goods_brand(),
        "published" => t.goods_published(),
        "options" => t.goods_options(),
        "values" => t.journal_values(),
        "code" => t.stock_code(),
        "price" => t.goods_price(),
        "list_price" => t.goods_list_price(),
        "active" => t.goods_active(),
        "file" => t.import_file(),
        "alt" => t.picture_alt(),
        "alt_zh" => t.picture_alt_zh(),
        "shows" | "option_value_id" => t.picture_shows(),
        "movement" => t.journal_movement(),
        "import" => t.journal_import(),
        "successor" => t.journal_successor(),
        "mode" => t.import_kind(),
        "bytes" => t.journal_bytes(),
        "lines" => t.import_lines(),
        "once_more" => t.journal_once_more(),
        "applied" => t.import_show_applied(),
        "failed" => t.import_show_failed(),
        "disagreeing" => t.journal_disagreeing(),
        "promises" => t.journal_promises(),
        _ => return None,
    })
}

fn value(t: Messages, field: &str, value: &Value) -> String {
    match value {
        Value::Null => t.journal_nothing().to_owned(),
        Value::Bool(true) => t.journal_yes().to_owned(),
        Value::Bool(false) => t.journal_no().to_owned(),
        Value::Number(n) if field == "difference" => n.as_i64().map_or_else(|| n.to_string(), |n| signed(&n)),
        Value::Number(n) if is_number_of_something(field) => n.to_string(),
        Value::Number(n) => n.as_i64().map_or_else(|| n.to_string(), |n| grouped(&n)),
        Value::String(text) if text.is_empty() => t.journal_nothing().to_owned(),
        Value::String(code) if field == "reason" => {
            Reason::from_code(code).map_or_else(|| code.clone(), |reason| reason_name(t, Some(reason)).to_owned())
        }
        Value::String(code) if field == "mode" => {
            Mode::from_code(code).map_or_else(|| code.clone(), |mode| mode_name(&t, &mode).to_owned())
        }
        Value::String(plain) if matches!(field, "price" | "list_price") => {
            plain.parse::<Money>().map_or_else(|_| plain.clone(), |price| price.to_string())
        }
        Value::String(code) if field == "role" => {
            Role::from_code(code).map_or_else(|| code.clone(), |role| role_name(t, role).to_owned())
        }
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(|one| self::value(t, "", one)).collect::<Vec<_>>().join(t.journal_comma()),
        Value::Object(fields) => {
            let said = fields.iter().map(|(field, one)| t.named(name(t, field), self::value(t, field, one)));
            said.collect::<Vec<_>>().join(t.journal_comma())
        }
    }
}

/// What is told apart by its number.
fn is_number_of_something(field: &str) -> bool {
    matches!(field, "movement" | "import" | "successor") || field.ends_with("_id")
}

/// A name in code without its underscores; anything else, such as the code of a SKU, as it is.
fn plain(code: &str) -> String {
    let is_a_name = code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if is_a_name { code.replace('_', " ") } else { code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(language: Language, before: &Value, after: &Value) -> Vec<String> {
        let changes = changes(Messages(language), Some(before), Some(after));
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
            json!({"on": true, "list": [], "odd": {"deep": null}, "weight": 1.5}),
        );
        assert_eq!(
            said(Language::En, &before, &after),
            ["gone: x > —", "list: 1, 2 > ", "odd: deep: —", "on: no > yes", "weight: 1.5"]
        );
        assert_eq!(said(Language::En, &json!([1]), &json!("x")), ["Change: 1 > x"]);
        assert_eq!(said(Language::En, &json!([1]), &json!([1])), Vec::<String>::new());
    }

    #[test]
    fn amounts_options_and_numbers_are_said_as_the_pages_say_them() {
        let (before, after) = (
            json!({"MUG_RED": {"code": "MUG_RED", "price": "5999.00", "active": true}, "import": 1234}),
            json!({"MUG_RED": {"code": "MUG_RED", "price": "59.99", "active": false}, "import": 1235, "lines": 1200}),
        );
        assert_eq!(
            said(Language::En, &before, &after),
            [
                "MUG_RED: Active: yes, Code: MUG_RED, Price: ¥5,999.00 > Active: no, Code: MUG_RED, Price: ¥59.99",
                "Import: 1234 > 1235",
                "Lines: 1,200"
            ]
        );
        let (before, after) = (json!({"options": {}}), json!({"options": {"Colour": ["Red", "Blue"]}}));
        assert_eq!(said(Language::En, &before, &after), ["Options:  > Colour: Red, Blue"]);
    }
}
