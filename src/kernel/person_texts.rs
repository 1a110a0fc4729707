/// Texts that identify a person in logs and files. They must be specific to the person: with a text that many people
/// share, entries about others would be erased too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonTexts {
    /// Email addresses in lower case, in the spellings of plain text, JSON and URLs.
    pub emails: Vec<String>,
    /// Phone numbers: digits only, at least [`MIN_PHONE_LEN`](Self::MIN_PHONE_LEN). A number is also found with spaces
    /// and hyphens between its digits, but not as a part of a longer number.
    pub phones: Vec<String>,
    /// Names of recipients in lower case, in the spellings of plain text, JSON and URLs.
    pub names: Vec<String>,
    /// Streets: each belongs to the name in `names` with the same index.
    pub streets: Vec<String>,
    /// Region and street on one line, in the form in which addresses can be blocked.
    pub addresses: Vec<String>,
}

impl PersonTexts {
    /// The minimum number of digits. Shorter numbers also occur in times and in order numbers.
    pub const MIN_PHONE_LEN: usize = 7;
}
