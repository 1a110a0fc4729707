//! Signatures in links that are opened without signing in.

use ring::hmac;
use std::fmt;

use super::random;

/// The key for the signatures in links of one purpose.
#[derive(Clone)]
pub struct LinkKey(hmac::Key);

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey")
    }
}

impl LinkKey {
    /// Returns the key for this purpose, derived from the secret `master`. With the key of another purpose, the same
    /// message has another signature.
    pub fn derived(master: &[u8], purpose: &str) -> Self {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, master), purpose.as_bytes());
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// Returns the signature of a message as hexadecimal digits.
    pub fn sign(&self, message: &str) -> String {
        random::hex(hmac::sign(&self.0, message.as_bytes()).as_ref())
    }

    /// Returns whether `signature` is the result of [`Self::sign`] for this message. Takes the same time for all wrong
    /// signatures.
    pub fn is_signature(&self, message: &str, signature: &str) -> bool {
        random::of_hex(signature).is_some_and(|tag| hmac::verify(&self.0, message.as_bytes(), &tag).is_ok())
    }
}
