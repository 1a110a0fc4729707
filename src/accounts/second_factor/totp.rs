//! What an app and the shop both know, and the codes that both make of it.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use crate::{kernel::UserId, platform::secrets};

/// How long a code is the code, in seconds; apps take nothing else for granted.
const STEP: u64 = 30;
const NONCE: usize = 12;

/// The key that secrets are kept under, made of `SESSION_SECRET`: whoever has only the database has no codes.
#[derive(Clone)]
pub struct SecondFactorKey([u8; 32]);

impl SecondFactorKey {
    /// From the key of the sessions, which is as random as it is long; the words before it make this key another one.
    pub fn of(session_key: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(b"till second factor 1\0").chain_update(session_key).finalize();
        Self(digest.into())
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.0.into())
    }
}

/// A secret of 160 bits, as RFC 4226 wants it.
#[derive(Clone)]
pub struct TotpSecret([u8; 20]);

impl TotpSecret {
    /// A new one.
    pub fn draw() -> Self {
        Self(secrets::random_bytes())
    }

    /// Encrypted for this person and nobody else (AES-256-GCM, the nonce first); `None` where the cipher fails.
    pub fn sealed(&self, key: &SecondFactorKey, of: UserId) -> Option<Vec<u8>> {
        let nonce = secrets::random_bytes::<NONCE>();
        let sealed = key.cipher().encrypt(&nonce.into(), Payload { msg: &self.0, aad: &of.0.to_be_bytes() }).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// What was sealed; `None` where it was sealed under another key, for somebody else, or was tampered with.
    pub fn open(key: &SecondFactorKey, of: UserId, sealed: &[u8]) -> Option<Self> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: &of.0.to_be_bytes() };
        let opened = key.cipher().decrypt(&(*nonce).into(), payload).ok()?;
        opened.try_into().ok().map(Self)
    }

    /// As it is typed into an app that cannot scan.
    pub fn base32(&self) -> String {
        Secret::from(self.0).to_base32()
    }

    /// What the picture says that an app scans: `otpauth://totp/...`.
    pub fn address(&self, shop: &str, username: &str) -> String {
        let encoded =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        let (shop, username) = (encoded(shop), encoded(username));
        format!("otpauth://totp/{shop}:{username}?secret={}&issuer={shop}", self.base32())
    }

    /// The time step whose code this is: this one, the one before or the one after, since clocks differ.
    pub fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let step = self.totp().check(code, u64::try_from(now.timestamp()).ok()?)?;
        i64::try_from(step).ok()
    }

    fn totp(&self) -> Totp {
        Builder::new().with_secret(self.0).with_step_duration(STEP).build_noncompliant()
    }
}

/// Six digits, as somebody typed them with or without a space; `None` where it is no such code.
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
        let secret = TotpSecret::draw();
        let sealed = secret.sealed(&key, UserId(7)).unwrap();
        assert_eq!(TotpSecret::open(&key, UserId(7), &sealed).unwrap().0, secret.0);
        assert!(!sealed.windows(20).any(|part| part == secret.0));
        assert!(TotpSecret::open(&other, UserId(7), &sealed).is_none());
        assert!(TotpSecret::open(&key, UserId(8), &sealed).is_none());
        let mut tampered = sealed.clone();
        *tampered.last_mut().unwrap() ^= 1;
        assert!(TotpSecret::open(&key, UserId(7), &tampered).is_none());
        assert!(TotpSecret::open(&key, UserId(7), &[]).is_none());
        assert_ne!(secret.sealed(&key, UserId(7)).unwrap(), sealed);
    }

    #[test]
    fn an_app_reads_the_shop_and_the_name_from_the_address() {
        let address = TotpSecret(*b"12345678901234567890").address("Till shop", "林梅");
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
