//! What the fields of the forms are called, where something is wrong with one.

use crate::{kernel::Phone, messages::Messages};

impl Messages {
    /// What is wrong with a field, with its name before it, for a list that stands away from the fields.
    pub fn wrong_with(self, field: &str, words: &str) -> String {
        match self.name_of(field) {
            Some(name) => self.named(name, words),
            None => words.to_owned(),
        }
    }

    /// A phone number as it is kept, for people: its extension in words.
    pub fn phone(self, stored: &str) -> String {
        let phone: Option<Phone> = stored.parse().ok();
        match phone.as_ref().and_then(|phone| Some((phone.number(), phone.extension()?))) {
            Some((number, extension)) => self.phone_with_extension(number, extension),
            None => stored.to_owned(),
        }
    }

    /// Only of fields that people see, and whose errors do not name them anyway.
    fn name_of(self, field: &str) -> Option<&'static str> {
        Some(match field {
            "username" => self.username(),
            "email" => self.email(),
            "password" => self.password(),
            "current_password" => self.current_password(),
            "new_password" => self.new_password(),
            "repeat_password" => self.repeat_password(),
            "code" => self.code(),
            "recipient" => self.address_recipient(),
            "phone" => self.address_phone(),
            "region" => self.address_region(),
            "street" => self.address_street(),
            "postcode" => self.address_postcode(),
            "note" => self.checkout_note_label(),
            "count" => self.quantity(),
            "name_en" => self.goods_name_en(),
            "name_zh" => self.goods_name_zh(),
            "description_en" => self.goods_description_en(),
            "description_zh" => self.goods_description_zh(),
            "category_id" => self.goods_category(),
            "new_category" => self.goods_new_category(),
            "new_brand" => self.goods_new_brand(),
            "brand_id" => self.goods_brand(),
            "alt" => self.picture_alt(),
            "alt_zh" => self.picture_alt_zh(),
            "slug" => self.goods_slug(),
            "parent_id" => self.category_parent(),
            "low_stock_at" => self.stock_low_at(),
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
        assert_eq!(Messages(Language::En).wrong_with("phone", "Please fill this in."), "Phone: Please fill this in.");
        assert_eq!(Messages(Language::Zh).wrong_with("phone", "请填写此项。"), "手机号码：请填写此项。");
        assert_eq!(
            Messages(Language::En).wrong_with("address_id", "Please choose an address."),
            "Please choose an address."
        );
    }
}
