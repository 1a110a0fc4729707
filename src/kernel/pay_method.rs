//! How an order is paid, and which ways a shop offers.

use std::{fmt, str::FromStr};

/// How an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayMethod {
    /// Cash on delivery: it is sent at once.
    Cod,
    /// Online, then it is sent.
    Alipay,
}

impl PayMethod {
    /// All of them, in the order in which a page offers them.
    pub const ALL: [Self; 2] = [Self::Cod, Self::Alipay];

    /// As the database, forms and settings call it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cod => "cod",
            Self::Alipay => "alipay",
        }
    }
}

/// What was given is no pay method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPayMethod;

impl fmt::Display for NotAPayMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a pay method")
    }
}

impl std::error::Error for NotAPayMethod {}

impl FromStr for PayMethod {
    type Err = NotAPayMethod;

    fn from_str(code: &str) -> Result<Self, NotAPayMethod> {
        Self::ALL.into_iter().find(|method| method.code() == code).ok_or(NotAPayMethod)
    }
}

/// The pay methods that a shop offers: at least one, each once, as a setting lists them: `cod,alipay`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayMethods(Vec<PayMethod>);

impl PayMethods {
    /// Those offered, in the order of [`PayMethod::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = PayMethod> {
        self.0.iter().copied()
    }

    /// Whether it is one of them.
    pub fn contains(&self, method: PayMethod) -> bool {
        self.0.contains(&method)
    }

    /// The only one, where there is no choice to make.
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
    type Err = NotAPayMethod;

    fn from_str(list: &str) -> Result<Self, NotAPayMethod> {
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
            assert_eq!(read(wrong), Err(NotAPayMethod), "{wrong}");
        }
        assert_eq!(PayMethods::default().only(), Some(PayMethod::Cod));
    }
}
