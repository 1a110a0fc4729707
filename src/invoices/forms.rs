//! Parses the form with the settings of invoices and the tax rates of categories.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::model::{CategoryRate, InvoiceBuyer, InvoiceSettings, NewInvoiceSettings};
use crate::{kernel::text, messages::Messages, web::Form};

/// The form field with a category's tax rate is named `rate_{category id}`.
const RATE_FIELD: &str = "rate_";
/// The maximum length of the tax number of a company, in characters.
const MAX_TAX_NUMBER_LEN: usize = 30;

/// Returns the form filled with these settings and the tax rates of these categories.
pub fn settings_form(settings: &InvoiceSettings, rates: &[CategoryRate]) -> Form {
    let mut form = Form::filled([
        ("version", settings.version.to_string()),
        ("invoices_from", settings.invoices_from.map(|day| day.to_string()).unwrap_or_default()),
        ("tax_rate", settings.tax_rate.normalize().to_string()),
        ("invoice_prefix", settings.invoice_prefix.clone()),
        ("credit_note_prefix", settings.credit_note_prefix.clone()),
        ("retention_years", settings.retention_years.to_string()),
        ("fapiao", settings.fapiao.to_string()),
        ("fapiao_days", settings.fapiao_days.to_string()),
    ]);
    for category in rates {
        let rate = category.rate.map(|rate| rate.normalize().to_string()).unwrap_or_default();
        form.set(&category.field(), rate);
    }
    form
}

impl CategoryRate {
    /// Returns "– " once for each level above this category, to indent its name.
    pub fn indent(&self) -> String {
        "– ".repeat(usize::try_from(self.depth).unwrap_or_default())
    }

    /// Returns the name of the form field with this category's tax rate.
    pub fn field(&self) -> String {
        format!("{RATE_FIELD}{}", self.id)
    }
}

/// Returns the form with the company for which an invoice is to be.
pub fn buyer_form(buyer: Option<&InvoiceBuyer>) -> Form {
    let text = |of: fn(&InvoiceBuyer) -> &String| buyer.map(of).cloned().unwrap_or_default();
    Form::filled([("company_name", text(|it| &it.name)), ("tax_number", text(|it| &it.tax_number))])
}

/// Parses the company for which an invoice is to be. The inner `None`: both fields are empty, so it is for the shopper.
pub fn read_buyer(form: &mut Form, t: Messages) -> Option<Option<InvoiceBuyer>> {
    let is_empty = ["company_name", "tax_number"].iter().all(|field| form.value(field).trim().is_empty());
    if is_empty {
        return Some(None);
    }
    let name = form.line("company_name", 1..=100, t);
    let tax_number = form.folded("tax_number", 1..=MAX_TAX_NUMBER_LEN, t).map(|typed| typed.to_uppercase());
    let is_number = |typed: &String| {
        let is_inside = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " ./-".contains(c);
        typed.len() >= 4 && typed.starts_with(|c: char| c.is_ascii_alphanumeric()) && typed.chars().all(is_inside)
    };
    if tax_number.as_ref().is_some_and(|typed| !is_number(typed)) {
        form.fail("tax_number", t.invoice_tax_number_wrong());
        return None;
    }
    Some(Some(InvoiceBuyer { name: name?, tax_number: tax_number? }))
}

/// Parses the settings, and writes the tax rates of the categories into `rates`. `can_issue` says whether the shop has
/// set its address and tax number, without which invoices cannot be turned on. `None`, with errors in the form, if a
/// field is wrong.
pub fn read_settings(
    form: &mut Form,
    rates: &mut [CategoryRate],
    can_issue: bool,
    t: Messages,
) -> Option<NewInvoiceSettings> {
    let invoices_from = optional_day(form, "invoices_from", t);
    if matches!(invoices_from, Some(Some(_))) && !can_issue {
        form.fail("invoices_from", t.invoice_seller_missing());
        return None;
    }
    let tax_rate = rate(form.value("tax_rate"));
    if tax_rate.is_none() {
        form.fail("tax_rate", t.invoice_rate_wrong());
    }
    let prefix = |form: &mut Form, field| {
        let typed = form.folded(field, 1..=8, t)?.to_ascii_uppercase();
        if !typed.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            form.fail(field, t.invoice_prefix_wrong());
            return None;
        }
        Some(typed)
    };
    let (invoice_prefix, credit_note_prefix) = (prefix(form, "invoice_prefix"), prefix(form, "credit_note_prefix"));
    if invoice_prefix.is_some() && invoice_prefix == credit_note_prefix {
        form.fail("credit_note_prefix", t.invoice_prefix_same());
        return None;
    }
    let retention_years = form.whole_number("retention_years", 1..=50, t);
    let fapiao_days = form.whole_number("fapiao_days", 1..=3650, t);
    let are_rates_right = read_rates(form, rates, t);
    let new = NewInvoiceSettings {
        invoices_from: invoices_from?,
        tax_rate: tax_rate?,
        invoice_prefix: invoice_prefix?,
        credit_note_prefix: credit_note_prefix?,
        retention_years: retention_years?,
        fapiao: form.ticked("fapiao"),
        fapiao_days: fapiao_days?,
    };
    are_rates_right.then_some(new)
}

fn read_rates(form: &mut Form, rates: &mut [CategoryRate], t: Messages) -> bool {
    let mut are_right = true;
    for category in rates {
        let typed = form.value(&category.field()).to_owned();
        category.rate = rate(&typed);
        if category.rate.is_none() && !typed.is_empty() {
            form.fail("rates", t.invoice_rate_of_wrong(&category.name));
            are_right = false;
        }
    }
    are_right
}

/// Parses a tax rate in percent: from 0 to below 100, with at most two decimals, with or without `%`. `None` for any
/// other text.
fn rate(typed: &str) -> Option<Decimal> {
    let folded = text::fold(typed);
    let plain = folded.trim().trim_end_matches('%').trim_end();
    let is_plain = !plain.is_empty() && plain.len() <= 5 && plain.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let rate: Decimal = is_plain.then(|| plain.parse().ok()).flatten()?;
    (rate.normalize().scale() <= 2 && rate < Decimal::ONE_HUNDRED).then_some(rate)
}

fn optional_day(form: &mut Form, field: &'static str, t: Messages) -> Option<Option<NaiveDate>> {
    if form.line(field, 0..=20, t)?.is_empty() { Some(None) } else { day(form, field, t).map(Some) }
}

fn day(form: &mut Form, field: &'static str, t: Messages) -> Option<NaiveDate> {
    let day = form.parsed::<NaiveDate>(field, t.invoice_day_wrong(), t)?;
    let is_sane = (2000..=2200).contains(&chrono::Datelike::year(&day));
    if !is_sane {
        form.fail(field, t.invoice_day_wrong());
    }
    is_sane.then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_percentage_below_a_hundred() {
        for (typed, read) in [("13", Some("13")), ("6.50 %", Some("6.5")), ("０", Some("0")), ("99.99", Some("99.99"))]
        {
            assert_eq!(rate(typed).map(|rate| rate.normalize().to_string()).as_deref(), read, "{typed}");
        }
        for typed in ["", "100", "-1", "1.005", "1e1", "13,5", "."] {
            assert_eq!(rate(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_company_needs_a_name_and_a_tax_number_or_neither() {
        let t = Messages(crate::kernel::Language::En);
        let read = |name: &str, number: &str| {
            let mut form = Form::filled([("company_name", name.to_owned()), ("tax_number", number.to_owned())]);
            read_buyer(&mut form, t)
        };
        assert_eq!(read(" ", ""), Some(None));
        let company = |name: &str, number: &str| {
            Some(Some(InvoiceBuyer { name: name.to_owned(), tax_number: number.to_owned() }))
        };
        assert_eq!(read("Lin's Tea", "ｄe 811-569"), company("Lin's Tea", "DE 811-569"));
        for (name, number) in [
            ("Lin's Tea", ""),
            ("", "DE811569869"),
            ("Lin's Tea", "=1+12"),
            ("Lin's Tea", "DE8"),
            ("Lin's Tea", "税号 8115"),
            ("Lin's Tea", "-DE811569869"),
            ("Lin's Tea", &"1".repeat(31)),
        ] {
            assert_eq!(read(name, number), None, "{name} {number}");
        }
    }
}
