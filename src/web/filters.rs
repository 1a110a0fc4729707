//! Filters of templates, such as `{{ stock|thousands }}`. A module with a page whose template uses one imports this
//! one.

use askama::{Result, Values, filter_fn};

use crate::kernel::{self, Email, text};

/// Formats a number like [`kernel::thousands`].
#[filter_fn]
pub fn thousands<N: Copy + Into<i64>>(n: &N, _: &dyn Values) -> Result<String> {
    Ok(kernel::thousands(n))
}

/// Formats a number like [`kernel::with_sign`].
#[filter_fn]
pub fn with_sign<N: Copy + Into<i64>>(n: &N, _: &dyn Values) -> Result<String> {
    Ok(kernel::with_sign(n))
}

/// Formats a text for the middle of a sentence, like [`text::isolated`].
#[filter_fn]
pub fn isolated(words: &str, _: &dyn Values) -> Result<String> {
    Ok(text::isolated(words))
}

#[filter_fn]
pub fn has_chinese(words: &str, _: &dyn Values) -> Result<bool> {
    Ok(text::has_chinese(words))
}

/// Formats an email address like [`Email::shown`].
#[filter_fn]
pub fn email(address: &str, _: &dyn Values) -> Result<String> {
    Ok(Email::shown(address))
}
