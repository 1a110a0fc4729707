//! Pay methods, and which of them a shop offers.

use std::{fmt, str::FromStr};

use super::codes::codes;

codes! {
    pub enum PayMethod {
        /// Cash on delivery: the order is sent, and the courier collects the money.
        Cod = "cod",
        /// Online payment through Alipay: the order is sent after it is paid.
        Alipay = "alipay",
    }
}

/// The text is not the code of a pay method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsePayMethodError;

impl fmt::Display for ParsePayMethodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a pay method")
    }
}

impl std::error::Error for ParsePayMethodError {}

impl FromStr for PayMethod {
    type Err = ParsePayMethodError;

    fn from_str(code: &str) -> Result<Self, ParsePayMethodError> {
        Self::from_code(code).ok_or(ParsePayMethodError)
    }
}

/// The pay methods that a shop offers: at least one, each once. The setting lists them as `cod,alipay`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayMethods(Vec<PayMethod>);

impl PayMethods {
    /// Returns the offered pay methods, in the order of [`PayMethod::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = PayMethod> {
        self.0.iter().copied()
    }

    pub fn contains(&self, method: PayMethod) -> bool {
        self.0.contains(&method)
    }

    pub fn all() -> Self {
        Self(PayMethod::ALL.to_vec())
    }

    /// Returns the offered pay methods except `method`; `None` if there is no other.
    pub fn without(&self, method: PayMethod) -> Option<Self> {
        let others: Vec<PayMethod> = self.iter().filter(|other| *other != method).collect();
        (!others.is_empty()).then_some(Self(others))
    }

    /// Returns the offered pay method if there is only one; `None` if there are several.
    pub fn only(&self) -> Option<PayMethod> {
        match self.0.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

impl Default for PayMethods {
    fn default() -> Self {
        Self(vec![PayMethod::Cod])
    }
}

impl FromStr for PayMethods {
    type Err = ParsePayMethodError;

    fn from_str(list: &str) -> Result<Self, ParsePayMethodError> {
        let listed: Result<Vec<PayMethod>, _> = list.split(',').map(|code| code.trim().parse()).collect();
        let listed = listed?;
        Ok(Self(PayMethod::ALL.into_iter().filter(|method| listed.contains(method)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_pay_methods_has_each_once_and_no_other() {
        let read = |list: &str| list.parse::<PayMethods>().map(|methods| methods.0);
        assert_eq!(read("cod"), Ok(vec![PayMethod::Cod]));
        assert_eq!(read("alipay, cod,alipay"), Ok(vec![PayMethod::Cod, PayMethod::Alipay]));
        for wrong in ["", "COD", "cod,", "cod;alipay", "gold"] {
            assert_eq!(read(wrong), Err(ParsePayMethodError), "{wrong}");
        }
        assert_eq!(PayMethods::default().only(), Some(PayMethod::Cod));
    }
}
