//! Reads environment variables, and says what is wrong with one.

use std::{fmt, str::FromStr};
use url::Url;

/// An invalid or missing setting; displayed on one line.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub(super) name: &'static str,
    pub(super) problem: String,
}

impl ConfigError {
    fn expected(name: &'static str, problem: &str, example: &str) -> Self {
        Self { name, problem: format!("{problem}; expected {example}") }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.problem)
    }
}

impl std::error::Error for ConfigError {}

/// A function that looks up an environment variable; `None` if it is not set. Tests pass one of their own.
pub struct Env<'a>(pub &'a dyn Fn(&str) -> Option<String>);

impl Env<'_> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|s| s.trim().to_owned()).filter(|s| !s.is_empty())
    }

    pub(super) fn parse<T: FromStr>(
        &self,
        name: &'static str,
        expected: &str,
        allowed: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(value) if allowed(&value) => Ok(Some(value)),
            _ => Err(ConfigError { name, problem: format!("\"{text}\" is not {expected}") }),
        }
    }

    pub(super) fn parse_or<T: FromStr>(
        &self,
        name: &'static str,
        unset: T,
        expected: &str,
        allowed: impl Fn(&T) -> bool,
    ) -> Result<T, ConfigError> {
        Ok(self.parse(name, expected, allowed)?.unwrap_or(unset))
    }

    /// Reads a database URL of one or several hosts (`postgres://a:5432,b:5432/till`). Errors do not repeat the URL: it
    /// may contain a password.
    pub(super) fn database_url(&self, name: &'static str, example: &str) -> Result<String, ConfigError> {
        let text = self.text(name).ok_or_else(|| ConfigError::expected(name, "not set", example))?;
        let known = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        if known { Ok(text) } else { Err(ConfigError::expected(name, "not an address of this kind", example)) }
    }

    /// Reads a URL with one of these schemes. Errors do not repeat the URL: it may contain a password.
    pub(super) fn url(&self, name: &'static str, schemes: &[&str], example: &str) -> Result<String, ConfigError> {
        let text = self.text(name).ok_or_else(|| ConfigError::expected(name, "not set", example))?;
        let known = Url::parse(&text).is_ok_and(|url| schemes.contains(&url.scheme()));
        if known { Ok(text) } else { Err(ConfigError::expected(name, "not an address of this kind", example)) }
    }
}
