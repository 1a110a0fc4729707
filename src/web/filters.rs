//! Filters of templates, such as `{{ stock|thousands }}`. Askama finds them by the name `filters` in the module of a
//! page, which has to import this module.

use askama::{Result, Values, filter_fn};

use crate::kernel::{self, Email, text};

/// Formats a number with thousands separators, as [`kernel::thousands`] does.
#[filter_fn]
pub fn thousands<N: Copy + Into<i64>>(n: &N, _: &dyn Values) -> Result<String> {
    Ok(kernel::thousands(n))
}

/// Formats a number with its sign, as [`kernel::with_sign`] does.
#[filter_fn]
pub fn with_sign<N: Copy + Into<i64>>(n: &N, _: &dyn Values) -> Result<String> {
    Ok(kernel::with_sign(n))
}

/// Puts a text on one line and keeps its direction from reordering the sentence around it, as [`text::isolated`] does.
#[filter_fn]
pub fn isolated(words: &str, _: &dyn Values) -> Result<String> {
    Ok(text::isolated(words))
}

#[filter_fn]
pub fn has_chinese(words: &str, _: &dyn Values) -> Result<bool> {
    Ok(text::has_chinese(words))
}

/// Formats an email address for display, as [`Email::shown`] does.
#[filter_fn]
pub fn email(address: &str, _: &dyn Values) -> Result<String> {
    Ok(Email::shown(address))
}
