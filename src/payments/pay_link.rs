//! Links by which an order can be paid without signing in. The key in a link is a signature of the order number.

use ring::hmac;
use std::fmt;
use url::Url;

use crate::{kernel::OrderNumber, platform::random};

/// The key for the signatures in links, derived from `SESSION_SECRET`.
#[derive(Clone)]
pub struct PayLinkKey(hmac::Key);

impl fmt::Debug for PayLinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PayLinkKey")
    }
}

impl PayLinkKey {
    pub fn of(master: &[u8]) -> Self {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, master), b"pay link");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// Returns the path of the page on which the order can be paid without signing in.
    pub fn path(&self, order: &OrderNumber) -> String {
        let tag = hmac::sign(&self.0, order.as_str().as_bytes());
        format!("/pay/{order}/{}", random::hex(tag.as_ref()))
    }

    /// Returns the URL, below `public_url`, of the page on which the order can be paid without signing in.
    pub fn link(&self, public_url: &Url, order: &OrderNumber) -> String {
        format!("{}{}", public_url.as_str().trim_end_matches('/'), self.path(order))
    }

    /// Returns whether `key` is the signature in the link of this order.
    pub fn is_key_of(&self, order: &OrderNumber, key: &str) -> bool {
        let Some(tag) = random::of_hex(key) else { return false };
        hmac::verify(&self.0, order.as_str().as_bytes(), &tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::UserId;

    #[test]
    fn a_link_is_for_one_order_of_one_shop() {
        let key = PayLinkKey::of(&[7; 64]);
        let order = OrderNumber::new("20261130120000", UserId(3), [0; 6]);
        let other = OrderNumber::new("20261130120000", UserId(3), [1; 6]);
        let link = key.link(&Url::parse("https://shop.example/").unwrap(), &order);
        let (start, tag) = link.rsplit_once('/').unwrap();
        assert_eq!(start, format!("https://shop.example/pay/{order}"));
        assert!(key.is_key_of(&order, tag));
        assert!(!key.is_key_of(&other, tag));
        assert!(!PayLinkKey::of(&[8; 64]).is_key_of(&order, tag));
        for wrong in ["", "x", "00", &tag[2..], &format!("{tag}00")] {
            assert!(!key.is_key_of(&order, wrong), "{wrong}");
        }
    }
}
