//! The key in a guest's link to a question. Its signature proves that the shop has sent the link to the address with
//! which the question was asked.

use ring::hmac;
use std::fmt;
use url::Url;

use crate::{kernel::QuestionId, platform::random};

/// The key that signs these links, derived from `SESSION_SECRET`.
#[derive(Clone)]
pub struct GuestKey(hmac::Key);

impl fmt::Debug for GuestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuestKey")
    }
}

impl GuestKey {
    pub fn of(master: &[u8]) -> Self {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, master), b"question");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// Returns the link below `public_url` to a question that was asked with this address. The signature stands in the
    /// query, because paths are logged.
    pub fn link(&self, public_url: &Url, id: QuestionId, email: &str) -> String {
        let tag = hmac::sign(&self.0, message(id, email).as_bytes());
        format!("{public_url}questions/{id}?key={}", random::hex(tag.as_ref()))
    }

    /// Returns whether `key` is that of a link to this question with this address.
    pub fn is_signed(&self, id: QuestionId, email: &str, key: &str) -> bool {
        let Some(tag) = random::of_hex(key) else { return false };
        hmac::verify(&self.0, message(id, email).as_bytes(), &tag).is_ok()
    }
}

fn message(id: QuestionId, email: &str) -> String {
    format!("{id} {email}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_one_question_of_one_address() {
        let key = GuestKey::of(&[7; 64]);
        let link = key.link(&Url::parse("https://shop.example/").unwrap(), QuestionId(3), "mei@example.com");
        let (start, signature) = link.split_once("?key=").unwrap();
        assert_eq!(start, "https://shop.example/questions/3");
        assert!(key.is_signed(QuestionId(3), "mei@example.com", signature));
        assert!(!key.is_signed(QuestionId(4), "mei@example.com", signature));
        assert!(!key.is_signed(QuestionId(3), "bo@example.com", signature));
        assert!(!GuestKey::of(&[8; 64]).is_signed(QuestionId(3), "mei@example.com", signature));
        for wrong in ["", "x", "00", &signature[1..]] {
            assert!(!key.is_signed(QuestionId(3), "mei@example.com", wrong), "{wrong}");
        }
    }
}
