//! Validation of forms: [`Form`] adds an error message to each field that is wrong.

use std::{ops::RangeInclusive, str::FromStr};

use super::fields::Fields;
use crate::{kernel::text, messages::Messages};

/// A submitted form while it is being checked: its fields, and an error message for each that is wrong.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Fields,
    errors: Vec<(&'static str, String)>,
}

impl From<Fields> for Form {
    fn from(fields: Fields) -> Self {
        Self { fields, errors: Vec::new() }
    }
}

impl Form {
    pub fn filled<const N: usize>(values: [(&str, String); N]) -> Self {
        let mut fields = Fields::default();
        for (name, value) in values {
            fields.add(name, value);
        }
        fields.into()
    }

    #[must_use]
    pub fn as_typed(&self) -> Self {
        self.fields.clone().into()
    }

    pub fn clear(&mut self, fields: &[&str]) {
        self.fields.remove(fields);
    }

    pub fn set(&mut self, field: &str, value: impl Into<String>) {
        self.clear(&[field]);
        self.fields.add(field, value.into());
    }

    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Returns the value of a field without invisible characters and spaces around it, to show it again; empty if the
    /// field is missing.
    pub fn value(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    /// Returns the value of a field exactly as sent, for passwords, which are never shown again.
    pub fn raw(&self, name: &str) -> &str {
        self.fields.raw(name)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.all(name)
    }

    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| *field == name).map(|(_, words)| words.as_str())
    }

    /// Returns the error messages as (name of the field, message), in the order in which they were added.
    pub fn errors(&self) -> &[(&'static str, String)] {
        &self.errors
    }

    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Adds an error message to a field, unless the field has one already.
    pub fn fail(&mut self, field: &'static str, words: impl Into<String>) {
        if self.error(field).is_none() {
            self.errors.push((field, words.into()));
        }
    }

    /// Returns the value of a field as one line of text; `None`, with an error in the form, if its number of characters
    /// is not in `length`.
    pub fn line(&mut self, field: &'static str, length: RangeInclusive<usize>, t: Messages) -> Option<String> {
        self.text(field, length, t, |c| c.is_control())
    }

    /// Returns the value of a field, which may have several lines; `None`, with an error in the form, if its number of
    /// characters is not in `length`.
    pub fn lines(&mut self, field: &'static str, length: RangeInclusive<usize>, t: Messages) -> Option<String> {
        self.text(field, length, t, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    }

    /// Returns the value of a field that is compared (a postcode, a code), brought to one form by [`text::fold`];
    /// `None`, with an error in the form, if its number of characters is not in `length`.
    pub fn folded(&mut self, field: &'static str, length: RangeInclusive<usize>, t: Messages) -> Option<String> {
        let folded = text::fold(&self.line(field, length.clone(), t)?).trim().to_owned();
        if folded.chars().count() > *length.end() {
            self.fail(field, t.field_too_long(length.end()));
            return None;
        }
        Some(folded)
    }

    fn text(
        &mut self,
        field: &'static str,
        length: RangeInclusive<usize>,
        t: Messages,
        odd: fn(char) -> bool,
    ) -> Option<String> {
        let text = self.fields.get(field).replace("\r\n", "\n");
        let characters = text.chars().count();
        let is_odd = text.contains(odd) || self.has_controls(field);
        let wrong = if length.contains(&characters) && !is_odd {
            return Some(text);
        } else if characters == 0 && (*length.start() > 0 || !is_odd) {
            t.field_needed().to_owned()
        } else if characters > *length.end() {
            t.field_too_long(length.end())
        } else if characters < *length.start() {
            t.field_too_short(length.start())
        } else {
            t.field_odd_characters().to_owned()
        };
        self.fail(field, wrong);
        None
    }

    /// Parses the value of a field. If that fails, adds an error message and returns `None`: the message is `words`, or
    /// another if the field is empty or has control characters.
    pub fn parsed<T: FromStr>(&mut self, field: &'static str, words: &str, t: Messages) -> Option<T> {
        let typed = self.fields.get(field);
        let is_odd = self.has_controls(field);
        let value = typed.parse().ok().filter(|_| !is_odd);
        if value.is_none() {
            let wrong = match typed {
                "" => t.field_needed(),
                _ if is_odd => t.field_odd_characters(),
                _ => words,
            };
            self.fail(field, wrong);
        }
        value
    }

    /// Parses the value of a field as an integer within `range`. If it is not, adds an error to the form and returns
    /// `None`.
    pub fn whole_number(&mut self, field: &'static str, range: RangeInclusive<i32>, t: Messages) -> Option<i32> {
        let words = t.settings_number_wrong(range.start(), range.end());
        let number = self.parsed::<i32>(field, &words, t)?;
        if !range.contains(&number) {
            self.fail(field, words);
            return None;
        }
        Some(number)
    }

    /// Returns whether a field was sent with control characters. They are not part of the value that is shown again, so
    /// the field must be rejected: nobody knows what they stood for.
    pub fn has_controls(&self, field: &str) -> bool {
        text::has_controls(self.fields.raw(field))
    }

    /// Returns whether a checkbox was ticked: its value is `on`, `true` or `1`.
    pub fn ticked(&self, field: &str) -> bool {
        matches!(self.fields.get(field), "true" | "on" | "1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Messages = Messages(crate::kernel::Language::En);

    #[test]
    fn a_text_that_nobody_sees_is_empty_and_one_with_controls_is_refused() {
        for unseen in ["\u{200b}", "\u{3164}\u{a0}", "\u{202e}\u{2066}", "\u{fe0f}\u{301}"] {
            let mut form = Form::filled([("name", unseen.to_owned())]);
            assert_eq!(form.line("name", 1..=60, T), None, "{unseen:?}");
            assert_eq!(form.error("name"), Some(T.field_needed()));
            let mut form = Form::filled([("name", unseen.to_owned())]);
            assert_eq!(form.lines("name", 0..=60, T), Some(String::new()), "{unseen:?}");
        }
        for odd in ["a\0b", "a\u{1b}[2J", "a\u{85}b", "\u{9c}a"] {
            let mut form = Form::filled([("name", odd.to_owned())]);
            assert_eq!(form.lines("name", 0..=60, T), None, "{odd:?}");
            assert_eq!(form.error("name"), Some(T.field_odd_characters()));
            assert!(!text::has_controls(form.value("name")));
        }
        let mut form = Form::filled([("name", format!("{}\u{200b}", "林".repeat(60)))]);
        assert!(form.line("name", 1..=60, T).is_some(), "what is not seen does not count");
    }
}
