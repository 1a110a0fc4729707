//! Parses the form of the settings.

use super::model::{NewSettings, Settings};
use crate::{
    kernel::{Email, Language, Money, Phone},
    messages::Messages,
    web::Form,
};

const MAX_NAME_LEN: usize = 60;
const MAX_ADDRESS_LEN: usize = 200;
const MAX_NUMBER_LEN: usize = 40;
const MAX_LIMIT: i32 = 1_000_000_000;

impl Settings {
    /// Returns the form of the settings page, filled with these settings.
    pub fn form(&self) -> Form {
        Form::filled([
            ("version", self.version.to_string()),
            ("shop_name_zh", self.shop_name_zh.clone()),
            ("shop_name_en", self.shop_name_en.clone()),
            ("address", self.address.clone()),
            ("contact_phone", self.contact_phone.clone()),
            ("contact_email", Email::shown(&self.contact_email)),
            ("tax_number", self.tax_number.clone()),
            ("return_recipient", self.return_recipient.clone()),
            ("return_phone", self.return_phone.clone()),
            ("return_address", self.return_address.clone()),
            ("mail_name", self.mail_name.clone()),
            ("mail_address", Email::shown(&self.mail_address)),
            ("freight", self.freight.plain()),
            ("free_from", self.free_from.plain()),
            ("unpaid_minutes", self.unpaid_minutes.to_string()),
            ("received_after_days", self.received_after_days.to_string()),
            ("return_days", self.return_days.to_string()),
            ("review_days", self.review_days.to_string()),
            ("review_mail_days", self.review_mail_days.to_string()),
            ("reviews_need_approval", approval_code(self.reviews_need_approval).to_owned()),
            ("max_open_orders", self.max_open_orders.to_string()),
            ("max_open_per_sku", self.max_open_per_sku.to_string()),
            ("max_open_per_product", self.max_open_per_product.to_string()),
            ("max_expired_orders", self.max_expired_orders.to_string()),
            ("refund_password_from", self.refund_password_from.plain()),
            ("stock_password_from", self.stock_password_from.to_string()),
        ])
    }
}

impl NewSettings {
    /// Parses the form of the settings page; the shop's name in the language `main` is required. `None`, with errors in
    /// the form, if a field is wrong.
    pub fn read(form: &mut Form, main: Language, t: Messages) -> Option<Self> {
        let mut name = |field, language| form.line(field, usize::from(main == language)..=MAX_NAME_LEN, t);
        let (shop_name_zh, shop_name_en) = (name("shop_name_zh", Language::Zh), name("shop_name_en", Language::En));
        let address = form.line("address", 0..=MAX_ADDRESS_LEN, t);
        let contact_phone = phone(form, "contact_phone", t);
        let contact_email = email(form, "contact_email", t);
        let tax_number = form.folded("tax_number", 0..=MAX_NUMBER_LEN, t);
        let return_recipient = form.line("return_recipient", 0..=MAX_NAME_LEN, t);
        let return_phone = phone(form, "return_phone", t);
        let return_address = form.line("return_address", 0..=MAX_ADDRESS_LEN, t);
        let mail_name = form.line("mail_name", 0..=MAX_NAME_LEN, t);
        let mail_address = email(form, "mail_address", t);
        let freight = amount(form, "freight", t);
        let free_from = amount(form, "free_from", t);
        let unpaid_minutes = form.whole_number("unpaid_minutes", 1..=10_080, t);
        let received_after_days = form.whole_number("received_after_days", 1..=90, t);
        let return_days = form.whole_number("return_days", 0..=365, t);
        let review_days = form.whole_number("review_days", 1..=365, t);
        let review_mail_days = form.whole_number("review_mail_days", 0..=90, t);
        let reviews_need_approval = form.ticked("reviews_need_approval");
        let max_open_orders = form.whole_number("max_open_orders", 0..=MAX_LIMIT, t);
        let max_open_per_sku = form.whole_number("max_open_per_sku", 0..=MAX_LIMIT, t);
        let max_open_per_product = form.whole_number("max_open_per_product", 0..=MAX_LIMIT, t);
        let max_expired_orders = form.whole_number("max_expired_orders", 0..=MAX_LIMIT, t);
        let refund_password_from = amount(form, "refund_password_from", t);
        let stock_password_from = form.whole_number("stock_password_from", 1..=MAX_LIMIT, t);
        Some(Self {
            shop_name_zh: shop_name_zh?,
            shop_name_en: shop_name_en?,
            address: address?,
            contact_phone: contact_phone?,
            contact_email: contact_email?,
            tax_number: tax_number?,
            return_recipient: return_recipient?,
            return_phone: return_phone?,
            return_address: return_address?,
            mail_name: mail_name?,
            mail_address: mail_address?,
            freight: freight?,
            free_from: free_from?,
            unpaid_minutes: unpaid_minutes?,
            received_after_days: received_after_days?,
            return_days: return_days?,
            review_days: review_days?,
            review_mail_days: review_mail_days?,
            reviews_need_approval,
            max_open_orders: max_open_orders?,
            max_open_per_sku: max_open_per_sku?,
            max_open_per_product: max_open_per_product?,
            max_expired_orders: max_expired_orders?,
            refund_password_from: refund_password_from?,
            stock_password_from: stock_password_from?,
        })
    }
}

/// Returns the value of the field that says whether reviews need an approval; [`Form::ticked`] reads it.
fn approval_code(is_needed: bool) -> &'static str {
    if is_needed { "true" } else { "false" }
}

/// Parses a phone number, or an empty field as an empty text. `None`, with an error in the form, if it is invalid.
fn phone(form: &mut Form, field: &'static str, t: Messages) -> Option<String> {
    if form.line(field, 0..=MAX_NUMBER_LEN, t)?.is_empty() {
        return Some(String::new());
    }
    form.parsed::<Phone>(field, t.phone_wrong(), t).map(|phone| phone.to_string())
}

/// Parses an email address, or an empty field as an empty text. `None`, with an error in the form, if it is invalid.
fn email(form: &mut Form, field: &'static str, t: Messages) -> Option<String> {
    if form.line(field, 0..=254, t)?.is_empty() {
        return Some(String::new());
    }
    form.parsed::<Email>(field, t.email_wrong(), t).map(|email| email.to_string())
}

fn amount(form: &mut Form, field: &'static str, t: Messages) -> Option<Money> {
    let typed = form.line(field, 1..=20, t)?;
    let amount = Money::typed(&typed);
    if amount.is_err() {
        form.fail(field, t.refund_amount_wrong());
    }
    amount.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Env};

    const T: Messages = Messages(Language::En);

    fn settings(environment: &[(&str, &str)]) -> Settings {
        let stores = [("DATABASE_URL", "postgres://till@localhost/till"), ("REDIS_URL", "redis://localhost")];
        let all = [&stores, environment].concat();
        let find = |name: &str| all.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        let config = Config::read(&Env(&find)).unwrap();
        Settings { version: 3, values: NewSettings::first(&config.first_settings) }
    }

    #[test]
    fn what_the_form_shows_is_what_it_reads() {
        let settings = settings(&[("MAIL_FROM", "Lin <lin@shop.example>"), ("FREIGHT", "7.5")]);
        let mut form = settings.form();
        assert_eq!(NewSettings::read(&mut form, Language::En, T).as_ref(), Some(&settings.values));
        assert_eq!((form.value("freight"), form.value("mail_address")), ("7.50", "lin@shop.example"));
    }

    #[test]
    fn each_wrong_field_has_an_error_of_its_own() {
        let mut form = settings(&[]).form();
        for (field, typed) in [
            ("shop_name_zh", ""),
            ("contact_phone", "call me"),
            ("mail_address", "till"),
            ("freight", "-1"),
            ("unpaid_minutes", "0"),
            ("return_days", "366"),
            ("max_open_orders", "many"),
        ] {
            form.set(field, typed);
        }
        assert_eq!(NewSettings::read(&mut form, Language::Zh, T), None);
        let wrong: Vec<_> = form.errors().iter().map(|(field, _)| *field).collect();
        assert_eq!(
            wrong,
            [
                "shop_name_zh",
                "contact_phone",
                "mail_address",
                "freight",
                "unpaid_minutes",
                "return_days",
                "max_open_orders"
            ]
        );
        assert_eq!(form.error("unpaid_minutes"), Some("Please give a whole number from 1 to 10080."));
    }

    #[test]
    fn a_name_that_is_missing_in_one_language_is_that_of_the_other() {
        let mut form = settings(&[]).form();
        form.set("shop_name_zh", "");
        form.set("shop_name_en", "Lin's Tea");
        let named = NewSettings::read(&mut form, Language::En, T).unwrap();
        assert_eq!(Language::ALL.map(|language| named.shop_name(language)), ["Lin's Tea"; 2]);
        assert_eq!(named.sender_name(Language::Zh), "Lin's Tea");
        assert_eq!(NewSettings { mail_name: "Orders".into(), ..named }.sender_name(Language::Zh), "Orders");
    }

    #[test]
    fn minutes_and_limits_are_those_of_the_first_start() {
        let first = settings(&[("UNPAID_MINUTES", "2"), ("MAX_OPEN_ORDERS", "0"), ("MAX_EXPIRED_ORDERS", "7")]);
        assert_eq!(first.pay_within().as_secs(), 120);
        let limits = first.order_limits();
        assert_eq!((limits.open, limits.per_sku, limits.expired), (0, 10, 7));
        assert_eq!((first.received_after_days, first.return_days, first.review_days), (10, 7, 15));
    }
}
