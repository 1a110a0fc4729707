//! Parses RSA keys as people paste them: PEM, or its base64 text alone as Alipay's key tool prints it.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use std::{fmt, sync::Arc};

/// The private key with which the shop signs requests. It is never printed.
#[derive(Clone)]
pub struct PrivateKey(Arc<KeyPair>);

/// The public key of Alipay, which verifies its responses and notifications.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// The key as an RSAPublicKey (PKCS#1) in DER.
    der: Vec<u8>,
}

/// Why a text is not a key. The error does not contain the text, which may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseKeyError {
    NotBase64,
    /// The text is not an RSA private key (PKCS#1 or PKCS#8) with 2048 bits or more.
    NotPrivate,
    /// The text is not an RSA public key.
    NotPublic,
    /// The text is a private key where a public one is expected.
    IsPrivate,
}

impl fmt::Display for ParseKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotBase64 => "expected a key as PEM or base64",
            Self::NotPrivate => "expected an RSA private key (PKCS#1 or PKCS#8) of at least 2048 bits",
            Self::NotPublic => "expected an RSA public key",
            Self::IsPrivate => "this is a private key: expected Alipay's public key",
        })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl PrivateKey {
    pub fn parse(text: &str) -> Result<Self, ParseKeyError> {
        let der = decode(text)?;
        let pair = KeyPair::from_pkcs8(&der).or_else(|_| KeyPair::from_der(&der));
        pair.map(|pair| Self(Arc::new(pair))).map_err(|_| ParseKeyError::NotPrivate)
    }

    /// Returns the signature of a message (RSA2: PKCS#1 v1.5 with SHA-256) in base64; `None` if the system has no
    /// randomness.
    pub fn sign(&self, message: &[u8]) -> Option<String> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(STANDARD.encode(signature))
    }
}

impl PublicKey {
    pub fn parse(text: &str) -> Result<Self, ParseKeyError> {
        let der = decode(text)?;
        if KeyPair::from_pkcs8(&der).or_else(|_| KeyPair::from_der(&der)).is_ok() {
            return Err(ParseKeyError::IsPrivate);
        }
        let der = subject_public_key(&der).unwrap_or(&der);
        // An RSAPublicKey is a sequence of two integers, and nothing else.
        let (SEQUENCE, numbers, []) = element(der).ok_or(ParseKeyError::NotPublic)? else {
            return Err(ParseKeyError::NotPublic);
        };
        match element(numbers).and_then(|(tag, _, rest)| Some((tag, element(rest)?))) {
            Some((INTEGER, (INTEGER, _, []))) => Ok(Self { der: der.to_vec() }),
            _ => Err(ParseKeyError::NotPublic),
        }
    }

    /// Returns whether a signature in base64 is Alipay's signature of this message.
    pub fn verify(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature.trim()) else { return false };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.der).verify(message, &signature).is_ok()
    }
}

fn decode(text: &str) -> Result<Vec<u8>, ParseKeyError> {
    let base64: String = text.lines().filter(|line| !line.trim_start().starts_with("-----")).collect();
    let base64: String = base64.chars().filter(|c| !c.is_whitespace()).collect();
    let der = STANDARD.decode(base64).map_err(|_| ParseKeyError::NotBase64)?;
    if der.is_empty() { Err(ParseKeyError::NotBase64) } else { Ok(der) }
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// Returns the RSAPublicKey inside a SubjectPublicKeyInfo (RFC 5280), which is a sequence of an algorithm and a bit
/// string.
fn subject_public_key(der: &[u8]) -> Option<&[u8]> {
    let (SEQUENCE, parts, []) = element(der)? else { return None };
    let (SEQUENCE, _, rest) = element(parts)? else { return None };
    let (BIT_STRING, bits, []) = element(rest)? else { return None };
    // The first byte counts unused bits.
    match bits {
        [0, key @ ..] => Some(key),
        _ => None,
    }
}

/// Splits DER after its first element. Returns (tag, content of the element, what follows the element).
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (len, rest) = match usize::from(*first) {
        len @ 0..=0x7f => (len, rest),
        count @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(count - 0x80)?;
            (digits.iter().fold(0, |len, digit| (len << 8) | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(len)?;
    Some((*tag, contents, rest))
}
