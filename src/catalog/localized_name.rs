use crate::kernel::Language;

/// A name or another text in both languages. If it is empty in the language of a page, the page shows the other
/// language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalizedName {
    pub en: String,
    pub zh: String,
}

impl LocalizedName {
    /// Returns a name that exists in one language only.
    pub fn only(language: Language, name: String) -> Self {
        let mut named = Self::default();
        *named.slot(language) = name;
        named
    }

    /// Returns the name in this language; if it is empty, the name in the other language.
    pub fn words(&self, language: Language) -> &str {
        let (asked, other) = (self.of(language), self.of(language.other()));
        if asked.is_empty() { other } else { asked }
    }

    /// Returns the name in exactly this language; may be empty.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }

    /// Returns both languages in one line, such as "Blue | 蓝色", or the only one that is not empty.
    pub fn both(&self) -> String {
        if self.en.is_empty() || self.zh.is_empty() {
            return self.words(Language::En).to_owned();
        }
        format!("{} | {}", self.en, self.zh)
    }

    /// Returns whether the name is empty in all languages.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }

    /// Builds the name of a row from the name in the row itself (`own`) and its translations in the table `texts`
    /// (language code and text). `own` is in the shop's main language, unless there is a translation into that
    /// language: then the row was written while the other language was the main one.
    pub(super) fn read(own: &str, translations: &[(&str, &str)], main: Language) -> Self {
        let translated = |language: Language| {
            let found = translations.iter().find(|(code, words)| *code == language.code() && !words.is_empty());
            found.map(|(_, words)| *words)
        };
        let (in_main, in_other) = match (translated(main), translated(main.other())) {
            (None, other) => (own, other.unwrap_or_default()),
            (Some(words), other) => (words, other.unwrap_or(if own == words { "" } else { own })),
        };
        let mut named = Self::only(main, in_main.to_owned());
        in_other.clone_into(named.slot(main.other()));
        named
    }

    fn slot(&mut self, language: Language) -> &mut String {
        match language {
            Language::En => &mut self.en,
            Language::Zh => &mut self.zh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_its_name_in_the_main_language_also_of_a_shop_that_has_changed_that() {
        let read = |own, translations: &[(&str, &str)], main| {
            let LocalizedName { en, zh } = LocalizedName::read(own, translations, main);
            (en, zh)
        };
        let said = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
        assert_eq!(read("Teapot", &[("zh", "茶壶")], Language::En), said("Teapot", "茶壶"));
        assert_eq!(read("Teapot", &[("zh", "茶壶")], Language::Zh), said("Teapot", "茶壶"));
        assert_eq!(read("茶壶", &[("en", "Teapot")], Language::En), said("Teapot", "茶壶"));
        assert_eq!(read("茶壶", &[("en", "Teapot")], Language::Zh), said("Teapot", "茶壶"));
        assert_eq!(read("茶壶", &[], Language::Zh), said("", "茶壶"));
        assert_eq!(read("茶壶", &[], Language::En), said("茶壶", ""), "one name is that of the main language");
        assert_eq!(read("Sony", &[("zh", "Sony")], Language::En), said("Sony", "Sony"));
        assert_eq!(read("茶", &[("zh", "茶"), ("en", "Tea")], Language::Zh), said("Tea", "茶"));
    }

    #[test]
    fn a_page_shows_the_other_language_where_its_own_says_nothing() {
        let named = LocalizedName { en: String::new(), zh: "茶壶".into() };
        assert_eq!((named.words(Language::En), named.words(Language::Zh)), ("茶壶", "茶壶"));
    }
}
