//! The names of form fields, for lists of errors that stand away from the fields.

use crate::{kernel::Phone, messages::Messages};

impl Messages {
    /// Returns an error message preceded by the label of its field; without the label if people do not see the field.
    pub fn named_field_error(self, field: &str, words: &str) -> String {
        match self.name_of(field) {
            Some(name) => self.field_error(name, words),
            None => words.to_owned(),
        }
    }

    /// Returns a stored phone number as people write it, with the word "extension" before the extension.
    pub fn phone(self, stored: &str) -> String {
        let phone: Option<Phone> = stored.parse().ok();
        match phone.as_ref().and_then(|phone| Some((phone.number(), phone.extension()?))) {
            Some((number, extension)) => self.phone_with_extension(number, extension),
            None => stored.to_owned(),
        }
    }

    /// Returns the label of a form field, which precedes the messages of its errors. `None` for a field whose messages
    /// name it themselves, and for an unknown one.
    // Long: a line for each field.
    fn name_of(self, field: &str) -> Option<&'static str> {
        Some(match field {
            "username" => self.username(),
            "email" => self.email(),
            "password" => self.password(),
            "current_password" => self.current_password(),
            "new_password" => self.new_password(),
            "repeat_password" => self.repeat_password(),
            "code" => self.second_factor_code(),
            "recipient" => self.address_recipient(),
            "phone" => self.address_phone(),
            "region" => self.address_region(),
            "street" => self.address_street(),
            "postcode" => self.address_postcode(),
            "note" => self.checkout_note_label(),
            "count" => self.quantity(),
            "name_en" => self.products_name_en(),
            "name_zh" => self.products_name_zh(),
            "description_en" => self.products_description_en(),
            "description_zh" => self.products_description_zh(),
            "category_id" => self.products_category(),
            "new_category" => self.products_new_category(),
            "new_brand" => self.products_new_brand(),
            "brand_id" => self.products_brand(),
            "alt" => self.picture_alt(),
            "alt_zh" => self.picture_alt_zh(),
            "slug" => self.products_slug(),
            "parent_id" => self.category_parent(),
            "reason" => self.order_cancel_reason(),
            "carrier" => self.parcel_carrier(),
            "number" => self.parcel_number(),
            "kind" => self.return_kind(),
            "words" => self.return_words(),
            "order" => self.contact_order(),
            "guest_name" => self.contact_name(),
            "question" => self.question_words(),
            "reply" => self.question_reply(),
            "answer" => self.return_answer(),
            "closing" => self.return_close_words(),
            "sellable" => self.return_sellable(),
            "damaged" => self.return_damaged(),
            "customer" => self.caller_customer(),
            "customer_email" => self.caller_new_email(),
            "language" => self.caller_language(),
            "contact" => self.blocked_contact(),
            "block_kind" => self.blocked_contacts_kind(),
            "block_reason" => self.blocked_contact_reason(),
            "hold_reason" => self.order_hold_title(),
            "collected" => self.order_cash_amount(),
            "carrier_code" => self.carrier_code(),
            "link" => self.carrier_link(),
            "shelf_place" => self.shelf_place(),
            "low_stock_at" => self.stock_low_at(),
            _ if field.starts_with("code-") => self.caller_code(),
            _ if field.starts_with("count-") => self.quantity(),
            "stars" => self.review_stars(),
            "review_answer" => self.review_answer(),
            "hidden_reason" => self.review_hidden_reason(),
            "picture" => self.return_pictures(),
            "fapiao_kind" => self.fapiao_kind(),
            "title_kind" => self.fapiao_title_kind(),
            "fapiao_title" => self.fapiao_title(),
            "taxpayer_number" => self.fapiao_taxpayer(),
            "company_address" => self.fapiao_address(),
            "company_phone" => self.fapiao_phone(),
            "bank" => self.fapiao_bank(),
            "bank_account" => self.fapiao_account(),
            "numbers" => self.fapiao_number(),
            "refusal" => self.fapiao_refusal(),
            "company_name" => self.invoice_company_name(),
            _ => return self.settings_label(field),
        })
    }

    /// Returns the label of a field of the shop's settings; `None` for another field.
    pub fn settings_label(self, field: &str) -> Option<&'static str> {
        Some(match field {
            "shop_name_en" => self.settings_name_en(),
            "shop_name_zh" => self.settings_name_zh(),
            "address" => self.settings_address(),
            "contact_phone" => self.settings_contact_phone(),
            "contact_email" => self.settings_contact_email(),
            "tax_number" => self.settings_tax_number(),
            "return_recipient" => self.settings_return_recipient(),
            "return_phone" => self.settings_return_phone(),
            "return_address" => self.settings_return_address(),
            "mail_name" => self.settings_mail_name(),
            "mail_address" => self.settings_mail_address(),
            "freight" => self.settings_freight_charge(),
            "free_from" => self.settings_free_from(),
            "unpaid_minutes" => self.settings_unpaid_minutes(),
            "received_after_days" => self.settings_received_after_days(),
            "return_days" => self.settings_return_days(),
            "review_days" => self.settings_review_days(),
            "review_mail_days" => self.settings_review_mail_days(),
            "reviews_need_approval" => self.settings_reviews_need_approval(),
            "max_open_orders" => self.settings_max_open_orders(),
            "max_open_per_sku" => self.settings_max_open_per_sku(),
            "max_open_per_product" => self.settings_max_open_per_product(),
            "max_expired_orders" => self.settings_max_expired_orders(),
            "refund_password_from" => self.settings_refund_password_from(),
            "stock_password_from" => self.settings_stock_password_from(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{kernel::Language, messages::Messages};

    #[test]
    fn an_extension_is_said_in_words() {
        assert_eq!(Messages(Language::En).phone("01065529988;ext=801"), "01065529988 ext. 801");
        assert_eq!(Messages(Language::Zh).phone("01065529988;ext=801"), "01065529988 转 801");
        assert_eq!(Messages(Language::Zh).phone("13800138000"), "13800138000");
    }

    #[test]
    fn a_line_of_a_list_names_its_field() {
        assert_eq!(
            Messages(Language::En).named_field_error("phone", "Please fill this in."),
            "Phone: Please fill this in."
        );
        assert_eq!(Messages(Language::Zh).named_field_error("phone", "请填写此项。"), "手机号码：请填写此项。");
        assert_eq!(
            Messages(Language::En).named_field_error("address_id", "Please choose an address."),
            "Please choose an address."
        );
    }
}
