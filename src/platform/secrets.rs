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
