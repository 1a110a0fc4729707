//! The key in a guest's link to a question. Its signature proves that the shop has sent the link to the address with
//! which the question was asked.

use url::Url;

use crate::{kernel::QuestionId, platform::link_key::LinkKey};

/// The key that signs the links with which guests open their questions; derived from `SESSION_SECRET`.
#[derive(Clone, Debug)]
pub struct GuestKey(LinkKey);

impl GuestKey {
    pub fn of(master: &[u8]) -> Self {
        Self(LinkKey::derived(master, "question"))
    }

    /// Returns the link below `public_url` to a question that was asked with this address. The signature stands in the
    /// query, because paths are logged.
    pub fn link(&self, public_url: &Url, id: QuestionId, email: &str) -> String {
        format!("{public_url}questions/{id}?key={}", self.0.sign(&message(id, email)))
    }

    /// Returns whether `key` is the signature in the [link](Self::link) to this question for this email address.
    pub fn is_signed(&self, id: QuestionId, email: &str, key: &str) -> bool {
        self.0.is_signature(&message(id, email), key)
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
