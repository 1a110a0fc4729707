//! Recovery codes, for staff who have lost their phone.

use sha2::{Digest, Sha256};

use crate::platform::random;

const CODES: usize = 10;
/// The 32 characters of which recovery codes consist, without those that look alike in handwriting (0 and o, 1 and l).
const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    '2', '3', '4', '5', '6', '7', '8', '9', 'i',
];

/// A recovery code of 16 characters, 80 random bits: too many possible codes to guess, so an unsalted SHA-256 digest of
/// it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// Parses a typed recovery code, ignoring spaces, hyphens and case; `None` if it has the wrong length or other
    /// characters.
    pub fn typed(text: &str) -> Option<Self> {
        let characters: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_lowercase();
        let could_be = characters.chars().count() == 16 && characters.chars().all(|c| ALPHABET.contains(&c));
        could_be.then_some(Self(characters))
    }

    /// Returns the code as pages show it: `abcd-efgh-jkmn-pqrs`.
    pub fn shown(&self) -> String {
        let characters: Vec<char> = self.0.chars().collect();
        characters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }

    /// Returns the SHA-256 digest of the code, which the database stores.
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(&self.0).to_vec()
    }
}

pub fn new_recovery_codes() -> Vec<RecoveryCode> {
    std::iter::repeat_with(draw).take(CODES).collect()
}

fn draw() -> RecoveryCode {
    let bytes = random::random_bytes::<16>();
    RecoveryCode(bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_written_down() {
        let codes = new_recovery_codes();
        assert_eq!(codes.len(), 10);
        for code in &codes {
            let shown = code.shown();
            assert_eq!(shown.len(), 19, "{shown}");
            for typed in [shown.clone(), shown.replace('-', ""), shown.replace('-', " ").to_uppercase()] {
                assert_eq!(RecoveryCode::typed(&typed).as_ref(), Some(code), "{typed}");
            }
            assert_eq!(codes.iter().filter(|other| other.digest() == code.digest()).count(), 1);
        }
        for nonsense in ["", "123456", "abcd-efgh-jkmn-pqr", "abcd-efgh-jkmn-pqr0", "ａbcd-efgh-jkmn-pqrs"] {
            assert_eq!(RecoveryCode::typed(nonsense), None, "{nonsense}");
        }
    }
}
