//! Randomness that cannot be guessed.

use rand::{TryRngCore, rngs::OsRng};
use std::fmt::Write;

/// `N` bytes from the operating system.
///
/// # Panics
/// Where the operating system has no randomness to give: nothing safe can be done without.
#[allow(clippy::expect_used)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A token of 128 random bits in 32 hexadecimal digits.
pub fn token() -> String {
    hex(&random_bytes::<16>())
}

/// Two lower-case hexadecimal digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The bytes of what [`hex`] has written; `None` for anything else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? * 16 + digit(*low)?));
    rest.is_empty().then(|| bytes.collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_hex_can_be_read_back() {
        assert_eq!(unhex(&hex("售罄".as_bytes())).as_deref(), Some("售罄".as_bytes()));
        assert_eq!((unhex("abc"), unhex("zz"), unhex("")), (None, None, Some(vec![])));
    }
}
