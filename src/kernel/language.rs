//! The languages the shop speaks.

use std::str::FromStr;

/// A language a page can be read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    En,
    /// Chinese, simplified.
    Zh,
}

/// This is the code of no language that the shop speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseLanguageError;

impl Language {
    /// All of them, in the order the switch shows.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// As the database and a form call it.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// As the `lang` attribute calls it (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Zh => "中文",
        }
    }

    /// What stands between the values of options: "Blue, 256 GB", "蓝色 / 256 GB".
    pub fn option_separator(self) -> &'static str {
        match self {
            Self::En => ", ",
            Self::Zh => " / ",
        }
    }

    /// The one that is not this one.
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    /// The one of this code; none of any other.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }
}

impl FromStr for Language {
    type Err = ParseLanguageError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::from_code(code).ok_or(ParseLanguageError)
    }
}
