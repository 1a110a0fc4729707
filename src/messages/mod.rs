//! Every text that the shop shows, in each of its languages, side by side.
//!
//! A message is a method of [`Messages`], so a page that uses one that does not exist does not compile, nor does a
//! message without Chinese. Each part of the shop has a file; texts that several parts use are in `common`.

mod accounts;
mod admin;
mod audit_log;
mod blocked_contacts;
mod caller_orders;
mod carriers;
mod cart;
mod cash_sheets;
mod catalog;
mod categories;
mod checkout;
mod common;
mod customers;
mod dashboard;
mod exports;
mod fapiao;
mod field_names;
mod fulfillment;
mod invoices;
mod mail;
mod order_list;
mod order_mails;
mod orders;
mod outbox;
mod papers;
mod payments;
mod products;
mod questions;
mod rate_limits;
mod reconciliation;
mod reports;
mod returns;
mod reviews;
mod search;
mod settings;
mod shipments;
mod staff;
mod stock;
mod stock_imports;
mod two_factor;

use crate::kernel::Language;

/// The messages in one language. `t.cart()` is a text, `t.left(3)` a text with a value inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Messages(pub Language);

impl Messages {
    pub fn language(self) -> Language {
        self.0
    }
}

/// Defines messages: `name = "English", "Chinese";`, with values `name(n) = "{n} left", "剩 {n} 件";`, and with a
/// singular in English `name(n) = "{n} items", "{n} 件", one "{n} item";`, which is used if the first value is 1.
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
