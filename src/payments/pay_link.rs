//! Links by which an order can be paid without signing in. The key in a link is a signature of the order number.

use url::Url;

use crate::{kernel::OrderNumber, platform::link_key::LinkKey};

/// The key for the signatures in links, derived from `SESSION_SECRET`.
#[derive(Clone, Debug)]
pub struct PayLinkKey(LinkKey);

impl PayLinkKey {
    pub fn of(master: &[u8]) -> Self {
        Self(LinkKey::derived(master, "pay link"))
    }

    /// Returns the path of the page on which the order can be paid without signing in.
    pub fn path(&self, order: &OrderNumber) -> String {
        format!("/pay/{order}/{}", self.0.sign(order.as_str()))
    }

    /// Returns the URL, below `public_url`, of the page on which the order can be paid without signing in.
    pub fn link(&self, public_url: &Url, order: &OrderNumber) -> String {
        format!("{}{}", public_url.as_str().trim_end_matches('/'), self.path(order))
    }

    /// Returns whether `key` is the signature in the link of this order.
    pub fn is_key_of(&self, order: &OrderNumber, key: &str) -> bool {
        self.0.is_signature(order.as_str(), key)
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
