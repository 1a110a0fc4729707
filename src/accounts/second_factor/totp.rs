//! The TOTP secret that an authenticator app and the shop share, its encryption, and the codes computed from it.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use crate::{kernel::UserId, platform::random};

/// How long a code is valid, in seconds; authenticator apps assume 30.
const STEP: u64 = 30;
const NONCE: usize = 12;

/// The key that encrypts TOTP secrets, derived from `SESSION_SECRET`, so that a stolen database alone does not reveal
/// codes.
#[derive(Clone)]
pub struct SecondFactorKey([u8; 32]);

impl SecondFactorKey {
    /// Derives the key from the key that signs sessions. The prefix makes it differ from other keys derived from that.
    pub fn of(session_key: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(b"till second factor 1\0").chain_update(session_key).finalize();
        Self(digest.into())
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.0.into())
    }
}

/// A secret of 160 bits, the length that RFC 4226 recommends.
#[derive(Clone)]
pub struct TotpSecret([u8; 20]);

impl TotpSecret {
    /// Generates a random secret.
    pub fn generate() -> Self {
        Self(random::random_bytes())
    }

    /// Encrypts the secret for one user (AES-256-GCM, nonce first); `None` if the cipher fails.
    pub fn seal(&self, key: &SecondFactorKey, of: UserId) -> Option<Vec<u8>> {
        let nonce = random::random_bytes::<NONCE>();
        let sealed = key.cipher().encrypt(&nonce.into(), Payload { msg: &self.0, aad: &of.0.to_be_bytes() }).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts a secret; `None` if it was encrypted with another key, for another user, or changed.
    pub fn open(key: &SecondFactorKey, of: UserId, sealed: &[u8]) -> Option<Self> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: &of.0.to_be_bytes() };
        let opened = key.cipher().decrypt(&(*nonce).into(), payload).ok()?;
        opened.try_into().ok().map(Self)
    }

    /// Returns the secret as the text that is typed into an app that cannot scan the QR code.
    pub fn base32(&self) -> String {
        Secret::from(self.0).to_base32()
    }

    /// Returns the URI in the QR code: `otpauth://totp/...`, with the names of the shop and the user.
    pub fn otpauth_uri(&self, shop: &str, username: &str) -> String {
        let encoded =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        let (shop, username) = (encoded(shop), encoded(username));
        format!("otpauth://totp/{shop}:{username}?secret={}&issuer={shop}", self.base32())
    }

    /// Returns the number of the time step whose code this is: the current step, the one before or the one after,
    /// because clocks differ. `None` if the code belongs to none of them.
    pub fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let step = self.totp().check(code, u64::try_from(now.timestamp()).ok()?)?;
        i64::try_from(step).ok()
    }

    fn totp(&self) -> Totp {
        Builder::new().with_secret(self.0).with_step_duration(STEP).build_noncompliant()
    }
}

/// Removes spaces from a typed code; `None` if the remaining text is not six digits.
pub(super) fn digits(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| *c != ' ').collect();
    (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = TotpSecret(*b"12345678901234567890");
        assert_eq!(secret.base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            assert_eq!(secret.step_of(code, at(seconds)), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_one_step_late_and_no_further() {
        let (secret, now) = (TotpSecret(*b"12345678901234567890"), 1_234_567_890);
        for (shift, good) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            assert_eq!(secret.step_of("005924", at(now + shift)).is_some(), good, "{shift}");
        }
        assert_eq!(secret.step_of("005925", at(now)), None);
        assert_eq!(secret.step_of("", at(now)), None);
    }

    #[test]
    fn a_sealed_secret_opens_for_its_owner_under_its_key_alone() {
        let (key, other) = (SecondFactorKey::of(b"one"), SecondFactorKey::of(b"other"));
        let secret = TotpSecret::generate();
        let sealed = secret.seal(&key, UserId(7)).unwrap();
        assert_eq!(TotpSecret::open(&key, UserId(7), &sealed).unwrap().0, secret.0);
        assert!(!sealed.windows(20).any(|part| part == secret.0));
        assert!(TotpSecret::open(&other, UserId(7), &sealed).is_none());
        assert!(TotpSecret::open(&key, UserId(8), &sealed).is_none());
        let mut tampered = sealed.clone();
        *tampered.last_mut().unwrap() ^= 1;
        assert!(TotpSecret::open(&key, UserId(7), &tampered).is_none());
        assert!(TotpSecret::open(&key, UserId(7), &[]).is_none());
        assert_ne!(secret.seal(&key, UserId(7)).unwrap(), sealed);
    }

    #[test]
    fn an_app_reads_the_shop_and_the_name_from_the_address() {
        let address = TotpSecret(*b"12345678901234567890").otpauth_uri("Till shop", "林梅");
        assert_eq!(
            address,
            "otpauth://totp/Till%20shop:%E6%9E%97%E6%A2%85?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Till%20shop"
        );
    }

    #[test]
    fn six_digits_are_a_code_with_or_without_a_space() {
        assert_eq!(digits(" 123 456 ").as_deref(), Some("123456"));
        for nonsense in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(digits(nonsense), None, "{nonsense}");
        }
    }
}
