use rand::{TryRngCore, rngs::OsRng};
use std::fmt::Write;

/// Returns `N` bytes from the operating system's secure random number generator.
///
/// # Panics
/// If the generator fails: nothing can be done safely without it.
#[allow(clippy::expect_used)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Returns 128 random bits as 32 hexadecimal digits.
pub fn token() -> String {
    hex(&random_bytes::<16>())
}

/// Returns whether `word` has the form of a [`token`].
pub fn is_token(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns `typed`, the token that a submitted form contained; a new token if `typed` does not have the form of a
/// [`token`].
pub fn token_or_new(typed: &str) -> String {
    if is_token(typed) { typed.to_owned() } else { token() }
}

/// Decodes pairs of hexadecimal digits to bytes; `None` if the number of digits is odd or another character is among
/// them.
pub fn of_hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(hex_digit(*high)? * 16 + hex_digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

/// Returns the value of a hexadecimal digit; `None` if it is no such digit.
pub fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Encodes bytes as hexadecimal digits in lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
