//! Random numbers that cannot be guessed.

use ring::rand::{SecureRandom, SystemRandom};

/// Returns `N` random bytes; zeros if the system has no random numbers.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes
}

/// Returns a name for a page or a bill: 32 random hexadecimal digits.
pub fn token() -> String {
    bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns `count` random decimal digits, at most 19.
pub fn digits(count: usize) -> String {
    let number = u64::from_le_bytes(bytes());
    format!("{number:020}").chars().skip(1).take(count).collect()
}

/// Returns the elements in a random order.
pub fn shuffled<T>(items: Vec<T>) -> Vec<T> {
    let mut keyed: Vec<([u8; 8], T)> = items.into_iter().map(|item| (bytes(), item)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, item)| item).collect()
}
