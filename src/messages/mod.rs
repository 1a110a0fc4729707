//! The catalogue of messages: every text the shop says, in every language it speaks, side by side.
//!
//! A message is a method of [`Messages`], so a page that uses one that does not exist does not compile, and neither does
//! one without its Chinese. One file for each part of the shop; what several parts say stands in `common`.

mod accounts;
mod admin;
mod cart;
mod catalog;
mod categories;
mod checkout;
mod common;
mod dashboard;
mod field_names;
mod mail;
mod orders;
mod products;
mod staff;
mod stock;
mod stock_imports;

use crate::kernel::Language;

/// The shop's voice in one language. `t.cart()` is a text, `t.left(3)` one with something put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Messages(pub Language);

impl Messages {
    /// The language spoken.
    pub fn language(self) -> Language {
        self.0
    }
}

/// `name = "English", "Chinese";`, or with things to put in `name(n) = "{n} left", "剩 {n} 件";`, and where English
/// says one thing otherwise `name(n) = "{n} items", "{n} 件", one "{n} item";`, chosen when the first of them is 1.
macro_rules! messages {
    ($($name:ident $(($($arg:ident),+))? = $en:literal, $zh:literal $(, one $one:literal)?;)+) => {
        impl $crate::messages::Messages {
            $($crate::messages::message!($name $(($($arg),+))? $en, $zh $(, $one)?);)+
        }
    };
}

macro_rules! message {
    ($name:ident $en:literal, $zh:literal) => {
        #[doc = $en]
        pub fn $name(self) -> &'static str {
            match self.0 {
                $crate::kernel::Language::En => $en,
                $crate::kernel::Language::Zh => $zh,
            }
        }
    };
    ($name:ident ($($arg:ident),+) $en:literal, $zh:literal) => {
        #[doc = $en]
        pub fn $name(self, $($arg: impl std::fmt::Display),+) -> String {
            match self.0 {
                $crate::kernel::Language::En => format!($en),
                $crate::kernel::Language::Zh => format!($zh),
            }
        }
    };
    ($name:ident ($first:ident $(, $arg:ident)*) $en:literal, $zh:literal, $one:literal) => {
        #[doc = $en]
        pub fn $name(self, $first: impl std::fmt::Display $(, $arg: impl std::fmt::Display)*) -> String {
            match self.0 {
                $crate::kernel::Language::En if $first.to_string() == "1" => format!($one),
                $crate::kernel::Language::En => format!($en),
                $crate::kernel::Language::Zh => format!($zh),
            }
        }
    };
}

pub(crate) use {message, messages};
