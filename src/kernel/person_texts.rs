/// Texts by which a person is found wherever they are named. A text that many people share must not be among them:
/// whoever chooses it could have entries about others erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonTexts {
    /// Email addresses in lower case, also as they are written in URLs.
    pub emails: Vec<String>,
    /// Phone numbers of at least [`MIN_PHONE_LEN`](Self::MIN_PHONE_LEN) digits, without anything but digits. They are
    /// found where no digit stands before or after them, also with spaces and hyphens between their digits.
    pub phones: Vec<String>,
    /// Names of recipients in lower case, also as they are written in JSON and in URLs.
    pub names: Vec<String>,
    /// The street for each of `names`.
    pub streets: Vec<String>,
    /// Region and street in one line, as they are blocked.
    pub addresses: Vec<String>,
}

impl PersonTexts {
    /// Shorter numbers are also parts of times and of numbers of orders.
    pub const MIN_PHONE_LEN: usize = 7;
}
