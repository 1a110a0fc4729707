//! The languages of the shop.

use std::str::FromStr;

use super::codes::codes;

codes! {
    #[derive(Hash)]
    pub enum Language {
        En = "en",
        /// Simplified Chinese.
        Zh = "zh",
    }
}

/// The text is not the code of a language that the shop supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseLanguageError;

impl Language {
    /// Returns the language tag (BCP 47) for the `lang` attribute of HTML.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }

    /// Returns the language and country in the form that OpenGraph uses (`og:locale`).
    pub fn locale(self) -> &'static str {
        match self {
            Self::En => "en_US",
            Self::Zh => "zh_CN",
        }
    }

    /// Returns the language's name in the language itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Zh => "中文",
        }
    }

    /// Returns the separator between the option values of a SKU: "Blue, 256 GB", "蓝色 / 256 GB".
    pub fn option_separator(self) -> &'static str {
        match self {
            Self::En => ", ",
            Self::Zh => " / ",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    /// Returns the supported language with the highest weight in an `Accept-Language` header (RFC 9110, 12.5.4), the
    /// first of several with the same weight; `None` if the header names no supported language.
    pub fn preferred(accept_language: &str) -> Option<Self> {
        let weighted = accept_language.split(',').filter_map(weighted);
        weighted.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
    }
}

impl FromStr for Language {
    type Err = ParseLanguageError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::from_code(code).ok_or(ParseLanguageError)
    }
}

/// Parses one language range with its weight (1 if missing), ignoring case and spaces. `None` if the language is not
/// supported or the weight is 0 (not wanted).
fn weighted(range: &str) -> Option<(Language, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?.to_ascii_lowercase();
    let language = Language::from_code(tag.split(['-', '_']).next()?)?;
    let weight = parts.find_map(|part| {
        let (name, weight) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| weight.trim().parse::<f32>())
    });
    let weight = weight.unwrap_or(Ok(1.0)).ok().filter(|weight| *weight > 0.0 && *weight <= 1.0)?;
    Some((language, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_known_language_is_spoken() {
        assert_eq!(Language::preferred("zh-CN,zh;q=0.9,en;q=0.8"), Some(Language::Zh));
        assert_eq!(Language::preferred("fr, en-GB;q=0.7, zh;q=0.3"), Some(Language::En));
        for spaced in
            ["fr ; q=0.9 , zh ; q=0.8,en;q=0.7", "en\t;\tQ = 0.5,\tZH-hant", "EN;q=0,  Zh-CN ; q=0.001", "*, zh_CN"]
        {
            assert_eq!(Language::preferred(spaced), Some(Language::Zh), "{spaced:?}");
        }
        assert_eq!(Language::preferred("en ; q=0, fr"), None);
        assert_eq!(Language::preferred("zhx, english"), None, "other languages that begin alike");
        assert_eq!(Language::preferred("fr"), None);
        assert_eq!(Language::preferred("中;q=x,,;q="), None);
    }
}
