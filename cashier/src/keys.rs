//! Parses RSA keys as Alipay's tools, OpenSSL and the SDKs write them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// The algorithm `rsaEncryption`, 1.2.840.113549.1.1.1, as DER.
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The length of a 2048-bit modulus in DER: 256 bytes, and a zero before them.
const MIN_MODULUS_BYTES: usize = 257;

/// A private RSA key.
pub struct PrivateKey(RsaKeyPair);

impl PrivateKey {
    /// Parses a key in PEM or bare base64, PKCS#1 or PKCS#8. The error says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let der = decode(text)?;
        let key = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        key.map(Self)
            .map_err(|problem| format!("no private RSA key of 2048 to 4096 bits (PKCS#1 or PKCS#8): {problem}"))
    }

    /// Returns the signature of `content` (RSA2: SHA-256, PKCS#1 v1.5) as base64; `None` if the system has no random
    /// numbers.
    pub fn sign(&self, content: &[u8]) -> Option<String> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), content, &mut signature).ok()?;
        Some(STANDARD.encode(signature))
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().to_vec())
    }
}

/// A public RSA key in the form PKCS#1.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// Parses a key in PEM or bare base64, SPKI or PKCS#1. The error says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let der = decode(text)?;
        let key = if is_pkcs1(&der) { Some(der) } else { inner_key(&der).filter(|inner| is_pkcs1(inner)) };
        key.map(Self).ok_or_else(|| "no public RSA key of at least 2048 bits (SPKI or PKCS#1)".to_owned())
    }

    pub fn verify(&self, content: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0).verify(content, &signature).is_ok()
    }
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let base64: String = lines.collect();
    if base64.is_empty() {
        return Err("the file is empty".to_owned());
    }
    STANDARD.decode(base64).map_err(|_| "neither PEM nor base64".to_owned())
}

/// Returns whether the DER is a sequence of exactly two integers of which the first is long enough: a key in the form
/// PKCS#1.
fn is_pkcs1(der: &[u8]) -> bool {
    let parsed = || {
        let (key, rest) = element(der, SEQUENCE)?;
        let (modulus, exponent) = element(key, INTEGER)?;
        let (_, end) = element(exponent, INTEGER)?;
        Some(rest.is_empty() && end.is_empty() && modulus.len() >= MIN_MODULUS_BYTES)
    };
    parsed().unwrap_or(false)
}

/// Returns the PKCS#1 key inside an SPKI.
fn inner_key(der: &[u8]) -> Option<Vec<u8>> {
    let (spki, rest) = element(der, SEQUENCE)?;
    let (algorithm, bits) = element(spki, SEQUENCE)?;
    let (key, end) = element(bits, BIT_STRING)?;
    if !algorithm.starts_with(RSA_ENCRYPTION) || !rest.is_empty() || !end.is_empty() {
        return None;
    }
    Some(key.strip_prefix(&[0])?.to_vec())
}

/// Splits DER after its first element, which must have the tag `tag`. Returns (content of the element, what follows the
/// element).
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    if *length < 0x80 {
        return rest.split_at_checked(usize::from(*length));
    }
    let (bytes, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
    if bytes.is_empty() || bytes.len() > 3 {
        return None;
    }
    let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PKCS1: &str = include_str!("../tests/vectors/test_app_private_key.pkcs1.pem");
    const PKCS8: &str = include_str!("../tests/vectors/test_app_private_key.pem");
    const SPKI: &str = include_str!("../tests/vectors/test_app_public_key.pem");
    const PUBLIC_PKCS1: &str = include_str!("../tests/vectors/test_app_public_key.pkcs1.pem");

    fn bare(pem: &str) -> String {
        pem.lines().filter(|line| !line.starts_with("-----")).collect()
    }

    #[test]
    fn every_form_of_a_key_is_the_same_key() {
        let public = PublicKey::parse(SPKI).ok().unwrap();
        for text in [PUBLIC_PKCS1.to_owned(), bare(SPKI), bare(PUBLIC_PKCS1), SPKI.replace('\n', "\r\n")] {
            assert!(PublicKey::parse(&text).ok().unwrap() == public);
        }
        for text in [PKCS1.to_owned(), PKCS8.to_owned(), bare(PKCS1), bare(PKCS8)] {
            let private = PrivateKey::parse(&text).ok().unwrap();
            assert!(private.public_key() == public);
            assert!(public.verify(b"a", &private.sign(b"a").unwrap()));
            assert!(!public.verify(b"b", &private.sign(b"a").unwrap()));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = format!("{SPKI}AAAA");
        for text in ["", "\n", "not a key", "AAAA", "MIIB", PKCS8, &bare(PUBLIC_PKCS1)[..100], &long] {
            assert!(PublicKey::parse(text).is_err(), "{text}");
        }
        for text in ["", "AAAA", SPKI, PUBLIC_PKCS1, &bare(PKCS1)[..400]] {
            assert!(PrivateKey::parse(text).is_err(), "{text}");
        }
    }
}
