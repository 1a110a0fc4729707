//! Labels of the audit log for staff: of an action, and of the fields that it changed.

use serde_json::{Map, Value};

use crate::{
    accounts::Role,
    audit::{AuditAction, AuditField},
    kernel::{Money, thousands, with_sign},
    messages::Messages,
    reviews::ReviewStatus,
    stock::{ImportMode, Reason},
};

/// Returns the label of an action. If this version of the program does not know its code, returns the code with spaces
/// for `_`.
pub(super) fn action(t: Messages, code: &str) -> String {
    AuditAction::from_code(code).map_or_else(|| spaced(code), |action| action_label(t, action).to_owned())
}

// Long: a line for each action.
fn action_label(t: Messages, action: AuditAction) -> &'static str {
    match action {
        AuditAction::CreateCategory => t.audit_action_create_category(),
        AuditAction::EditCategory => t.audit_action_edit_category(),
        AuditAction::PlaceCategory => t.audit_action_place_category(),
        AuditAction::RemoveCategory => t.audit_action_remove_category(),
        AuditAction::CreateBrand => t.audit_action_create_brand(),
        AuditAction::EditBrand => t.audit_action_edit_brand(),
        AuditAction::RemoveBrand => t.audit_action_remove_brand(),
        AuditAction::CreateSpu => t.audit_action_create_spu(),
        AuditAction::EditSpu => t.audit_action_edit_spu(),
        AuditAction::EditOptions => t.audit_action_edit_options(),
        AuditAction::EditSkus => t.audit_action_edit_skus(),
        AuditAction::PublishSpu => t.audit_action_publish_spu(),
        AuditAction::UnpublishSpu => t.audit_action_unpublish_spu(),
        AuditAction::AddPicture => t.audit_action_add_picture(),
        AuditAction::DescribePicture => t.audit_action_describe_picture(),
        AuditAction::MovePicture => t.audit_action_move_picture(),
        AuditAction::RemovePicture => t.audit_action_remove_picture(),
        AuditAction::MoveStock => t.audit_action_move_stock(),
        AuditAction::CountStock => t.audit_action_count_stock(),
        AuditAction::UndoMovement => t.audit_action_undo_movement(),
        AuditAction::SetLowStock => t.audit_action_set_low_stock(),
        AuditAction::SetShelfPlace => t.audit_action_set_shelf_place(),
        AuditAction::WantLowStockMail => t.audit_action_want_low_stock_mail(),
        AuditAction::WantStaffMails => t.audit_action_want_staff_mails(),
        AuditAction::SendImport => t.audit_action_send_import(),
        AuditAction::MapImport => t.audit_action_map_import(),
        AuditAction::ConfirmImport => t.audit_action_confirm_import(),
        AuditAction::DiscardImport => t.audit_action_discard_import(),
        AuditAction::DecideImportAgain => t.audit_action_decide_import_again(),
        AuditAction::FinishImport => t.audit_action_finish_import(),
        AuditAction::AddStaff => t.audit_action_add_staff(),
        AuditAction::ChangeRole => t.audit_action_change_role(),
        AuditAction::DisableStaff => t.audit_action_disable_staff(),
        AuditAction::EnableStaff => t.audit_action_enable_staff(),
        AuditAction::ResetPassword => t.audit_action_reset_password(),
        AuditAction::TurnOnTwoFactor => t.audit_action_turn_on_two_factor(),
        AuditAction::TurnOffTwoFactor => t.audit_action_turn_off_two_factor(),
        AuditAction::ResetTwoFactor => t.audit_action_reset_two_factor(),
        AuditAction::RequireTwoFactor => t.audit_action_require_two_factor(),
        AuditAction::RunReconciliation => t.audit_action_run_reconciliation(),
        AuditAction::RetryOutbox => t.audit_action_retry_outbox(),
        AuditAction::PlaceOrder => t.audit_action_place_order(),
        AuditAction::CreateCustomer => t.audit_action_create_customer(),
        AuditAction::FindCustomers => t.audit_action_find_customers(),
        AuditAction::ViewCustomer => t.audit_action_view_customer(),
        AuditAction::ExportCustomers => t.audit_action_export_customers(),
        AuditAction::ExportCustomer => t.audit_action_export_customer(),
        AuditAction::NoteCustomer => t.audit_action_note_customer(),
        AuditAction::CloseCustomer => t.audit_action_close_customer(),
        AuditAction::ReopenCustomer => t.audit_action_reopen_customer(),
        AuditAction::EraseCustomer => t.audit_action_erase_customer(),
        AuditAction::BlockContact => t.audit_action_block_contact(),
        AuditAction::UnblockContact => t.audit_action_unblock_contact(),
        AuditAction::CancelOrder => t.audit_action_cancel_order(),
        AuditAction::RefundOrder => t.audit_action_refund_order(),
        AuditAction::RecordCash => t.audit_action_record_cash(),
        AuditAction::QueryPayment => t.audit_action_query_payment(),
        AuditAction::SettlePayment => t.audit_action_settle_payment(),
        AuditAction::RefundPayment => t.audit_action_refund_payment(),
        AuditAction::ReviveOrder => t.audit_action_revive_order(),
        AuditAction::RetryRefund => t.audit_action_retry_refund(),
        AuditAction::GiveOtherwise => t.audit_action_give_otherwise(),
        AuditAction::SendParcel => t.audit_action_send_parcel(),
        AuditAction::CorrectParcel => t.audit_action_correct_parcel(),
        AuditAction::UndoParcel => t.audit_action_undo_parcel(),
        AuditAction::LoseParcel => t.audit_action_lose_parcel(),
        AuditAction::WithdrawUnits => t.audit_action_withdraw_units(),
        AuditAction::HoldOrder => t.audit_action_hold_order(),
        AuditAction::ReleaseOrder => t.audit_action_release_order(),
        AuditAction::NoteOrder => t.audit_action_note_order(),
        AuditAction::ChangeOrderAddress => t.audit_action_change_order_address(),
        AuditAction::AnswerCancellation => t.audit_action_answer_cancellation(),
        AuditAction::RecordRefusal => t.audit_action_record_refusal(),
        AuditAction::AnswerReturn => t.audit_action_answer_return(),
        AuditAction::ReceiveReturn => t.audit_action_receive_return(),
        AuditAction::RefundReturn => t.audit_action_refund_return(),
        AuditAction::CloseReturn => t.audit_action_close_return(),
        AuditAction::CreateCarrier => t.audit_action_create_carrier(),
        AuditAction::EditCarrier => t.audit_action_edit_carrier(),
        AuditAction::RemoveCarrier => t.audit_action_remove_carrier(),
        AuditAction::SaveSettings => t.audit_action_save_settings(),
        AuditAction::StartPacking => t.packing_start(),
        AuditAction::StopPacking => t.packing_stop(),
        AuditAction::UploadShipments => t.audit_action_upload_shipments(),
        AuditAction::ConfirmShipments => t.audit_action_confirm_shipments(),
        AuditAction::DiscardShipments => t.audit_action_discard_shipments(),
        AuditAction::UploadCashSheet => t.audit_action_upload_cash_sheet(),
        AuditAction::ConfirmCashSheet => t.audit_action_confirm_cash_sheet(),
        AuditAction::DiscardCashSheet => t.audit_action_discard_cash_sheet(),
        AuditAction::ExportOrders => t.audit_action_export_orders(),
        AuditAction::ExportPayments => t.audit_action_export_payments(),
        AuditAction::AnswerQuestion => t.audit_action_answer_question(),
        AuditAction::CloseQuestion => t.audit_action_close_question(),
        AuditAction::ApproveReview => t.audit_action_approve_review(),
        AuditAction::HideReview => t.audit_action_hide_review(),
        AuditAction::ShowReview => t.audit_action_show_review(),
        AuditAction::AnswerReview => t.audit_action_answer_review(),
        AuditAction::SetCost => t.audit_action_set_cost(),
        AuditAction::SaveInvoiceSettings => t.audit_action_save_invoice_settings(),
        AuditAction::IssueInvoice => t.audit_action_issue_invoice(),
        AuditAction::ExportInvoices => t.audit_action_export_invoices(),
        AuditAction::IssueFapiao => t.audit_action_issue_fapiao(),
        AuditAction::RefuseFapiao => t.audit_action_refuse_fapiao(),
        AuditAction::ReverseFapiao => t.audit_action_reverse_fapiao(),
        AuditAction::CloseMonth => t.audit_action_close_month(),
        AuditAction::ExportReport => t.audit_action_export_report(),
    }
}

/// A changed field of an audit log entry, as text: its label and both values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) field: String,
    /// The value before the change; `None` if none was recorded.
    pub(super) before: Option<String>,
    pub(super) after: String,
}

/// Returns the fields whose values differ, in the order in which the page lists them.
pub(super) fn changes(t: Messages, before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let nothing = Map::new();
    let (was, is) = (before.and_then(Value::as_object), after.and_then(Value::as_object));
    if was.or(is).is_none() {
        // Not an object, so there are no fields to compare.
        let whole = after.filter(|_| before != after).map(|after| Change {
            field: t.audit_log_change().to_owned(),
            before: before.map(|before| value(t, "", before)),
            after: value(t, "", after),
        });
        return whole.into_iter().collect();
    }
    let mut fields: Vec<&String> = was.into_iter().chain(is).flat_map(Map::keys).collect();
    fields.sort_unstable_by_key(|field| (rank(field), *field));
    fields.dedup();
    let (was, is) = (was.unwrap_or(&nothing), is.unwrap_or(&nothing));
    let change = |field: &String| {
        let (was, is) = (was.get(field), is.get(field));
        (was != is && !(is_nothing(was) && is_nothing(is))).then(|| Change {
            field: label(t, field),
            before: was.map(|was| value(t, field, was)),
            after: is.map_or_else(|| t.audit_log_nothing().to_owned(), |is| value(t, field, is)),
        })
    };
    fields.into_iter().filter_map(change).collect()
}

fn is_nothing(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_str().is_some_and(str::is_empty))
}

/// Returns where a field stands in the list: changed values first, the reason and the note last.
fn rank(field: &str) -> u8 {
    match field {
        "reason" => 2,
        "note" => 3,
        "difference" => 1,
        _ => 0,
    }
}

fn label(t: Messages, field: &str) -> String {
    AuditField::from_code(field).map_or_else(|| spaced(field), |field| field_label(t, field).to_owned())
}

// Long: a line for each field.
fn field_label(t: Messages, field: AuditField) -> &'static str {
    match field {
        AuditField::Stock => t.stock(),
        AuditField::Difference => t.stock_delta(),
        AuditField::Reason => t.stock_reason(),
        AuditField::Note => t.stock_note(),
        AuditField::Role => t.staff_role(),
        AuditField::Place => t.audit_field_place(),
        AuditField::Parent => t.category_parent(),
        AuditField::Slug => t.products_slug(),
        AuditField::NameEn => t.products_name_en(),
        AuditField::NameZh => t.products_name_zh(),
        AuditField::LowStockAt => t.stock_low_at(),
        AuditField::Required => t.audit_field_required(),
        AuditField::Closed => t.staff_is_closed(),
        AuditField::Email => t.email(),
        AuditField::Mail => t.mail_language(),
        AuditField::Mails => t.audit_field_mails(),
        AuditField::Name => t.stock_name(),
        AuditField::DescriptionEn => t.products_description_en(),
        AuditField::DescriptionZh => t.products_description_zh(),
        AuditField::Category | AuditField::CategoryId => t.products_category(),
        AuditField::Brand | AuditField::BrandId => t.products_brand(),
        AuditField::Published => t.products_published(),
        AuditField::Options => t.products_options(),
        AuditField::Values => t.audit_field_values(),
        AuditField::Code => t.stock_code(),
        AuditField::Price => t.products_price(),
        AuditField::ListPrice => t.products_list_price(),
        AuditField::Active => t.products_active(),
        AuditField::File => t.import_file(),
        AuditField::Alt => t.picture_alt(),
        AuditField::AltZh => t.picture_alt_zh(),
        AuditField::Shows | AuditField::OptionValueId => t.picture_shows(),
        AuditField::Movement => t.audit_field_movement(),
        AuditField::Import => t.audit_field_import(),
        AuditField::Successor => t.audit_field_successor(),
        AuditField::Mode => t.import_kind(),
        AuditField::Bytes => t.audit_field_bytes(),
        AuditField::Lines => t.import_lines(),
        AuditField::OnceMore => t.audit_field_once_more(),
        AuditField::Applied => t.import_show_applied(),
        AuditField::Failed => t.import_show_failed(),
        AuditField::Mismatches => t.audit_field_mismatches(),
        AuditField::Jobs => t.audit_field_jobs(),
        AuditField::Amount => t.audit_field_amount(),
        AuditField::Refund => t.audit_field_refund(),
        AuditField::Payment => t.check_key_payment(),
        AuditField::Link => t.carrier_link(),
        AuditField::ShelfPlace => t.shelf_place(),
        AuditField::Number => t.parcel_number(),
        AuditField::Carrier => t.parcel_carrier(),
        AuditField::Units => t.orders_pieces(),
        AuditField::WrittenOff => t.withdraw_write_off(),
        AuditField::Recipient => t.address_recipient(),
        AuditField::Phone => t.address_phone(),
        AuditField::Region => t.address_region(),
        AuditField::Street => t.address_street(),
        AuditField::Postcode => t.address_postcode(),
        AuditField::Accepted => t.audit_field_accepted(),
        AuditField::Answer => t.return_answer(),
        AuditField::ShopNameEn
        | AuditField::ShopNameZh
        | AuditField::Address
        | AuditField::ContactPhone
        | AuditField::ContactEmail
        | AuditField::TaxNumber
        | AuditField::ReturnRecipient
        | AuditField::ReturnPhone
        | AuditField::ReturnAddress
        | AuditField::MailName
        | AuditField::MailAddress
        | AuditField::Freight
        | AuditField::FreeFrom
        | AuditField::UnpaidMinutes
        | AuditField::ReceivedAfterDays
        | AuditField::ReturnDays
        | AuditField::ReviewDays
        | AuditField::ReviewMailDays
        | AuditField::ReviewsNeedApproval
        | AuditField::MaxOpenOrders
        | AuditField::MaxOpenPerSku
        | AuditField::MaxOpenPerProduct
        | AuditField::MaxExpiredOrders
        | AuditField::RefundPasswordFrom
        | AuditField::StockPasswordFrom => t.settings_label(field.code()).unwrap_or_default(),
        AuditField::Parcels => t.shipments_parcels(),
        AuditField::SheetId => t.audit_field_sheet(),
        AuditField::Orders => t.admin_orders(),
        AuditField::Filter => t.audit_field_filter(),
        AuditField::Customer => t.caller_customer(),
        AuditField::Review => t.review_one(),
        AuditField::ReviewStatus => t.review_status(),
        AuditField::Cost => t.sku_cost(),
        AuditField::InvoicesFrom => t.invoice_from(),
        AuditField::TaxRate => t.invoice_standard_rate(),
        AuditField::InvoicePrefix => t.invoice_prefix(),
        AuditField::CreditNotePrefix => t.credit_note_prefix(),
        AuditField::RetentionYears => t.invoice_retention(),
        AuditField::Fapiao => t.fapiao(),
        AuditField::FapiaoDays => t.fapiao_days(),
    }
}

/// The fields whose values are amounts of money.
const AMOUNTS: [&str; 6] = ["price", "list_price", "amount", "freight", "free_from", "refund_password_from"];

fn value(t: Messages, field: &str, value: &Value) -> String {
    match value {
        Value::Null => t.audit_log_nothing().to_owned(),
        Value::Bool(true) => t.audit_log_yes().to_owned(),
        Value::Bool(false) => t.audit_log_no().to_owned(),
        Value::Number(n) if field == "difference" => n.as_i64().map_or_else(|| n.to_string(), |n| with_sign(&n)),
        Value::Number(n) if is_id(field) => n.to_string(),
        Value::Number(n) => n.as_i64().map_or_else(|| n.to_string(), |n| thousands(&n)),
        Value::String(text) if text.is_empty() => t.audit_log_nothing().to_owned(),
        Value::String(code) if field == "reason" => {
            Reason::from_code(code).map_or_else(|| code.clone(), |reason| reason.label(t).to_owned())
        }
        Value::String(code) if field == "mode" => {
            ImportMode::from_code(code).map_or_else(|| code.clone(), |mode| mode.label(t).to_owned())
        }
        Value::String(amount) if AMOUNTS.contains(&field) => {
            amount.parse::<Money>().map_or_else(|_| amount.clone(), |price| price.to_string())
        }
        Value::String(code) if field == "review_status" => {
            ReviewStatus::from_code(code).map_or_else(|| code.clone(), |status| status.name(&t).to_owned())
        }
        Value::String(code) if field == "role" => {
            Role::from_code(code).map_or_else(|| code.clone(), |role| role.label(t).to_owned())
        }
        Value::String(text) => text.clone(),
        Value::Array(all) => {
            all.iter().map(|one| self::value(t, "", one)).collect::<Vec<_>>().join(t.audit_log_comma())
        }
        Value::Object(fields) => {
            let said = fields.iter().map(|(field, one)| t.field_error(label(t, field), self::value(t, field, one)));
            said.collect::<Vec<_>>().join(t.audit_log_comma())
        }
    }
}

/// Returns whether numbers in this field are ids, which have no thousands separators.
fn is_id(field: &str) -> bool {
    matches!(field, "movement" | "import" | "successor" | "review") || field.ends_with("_id")
}

/// Returns a name in snake case with spaces for `_`; returns any other text, such as the code of a SKU, unchanged.
fn spaced(code: &str) -> String {
    let is_snake_case = code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if is_snake_case { code.replace('_', " ") } else { code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Language;
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
