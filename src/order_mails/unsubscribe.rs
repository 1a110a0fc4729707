//! Links in emails by which staff and shoppers unsubscribe without signing in. The signature in a link proves that the
//! shop has made it for this user and this kind of email.

use url::Url;

use super::staff_mails::StaffMailKind;
use crate::{
    kernel::{UserId, codes},
    platform::link_key::LinkKey,
};

codes! {
    /// The kinds of emails to staff and shoppers that can be unsubscribed from, each separately.
    pub enum MailList {
        LowStock = "low_stock",
        NewOrders = "new_orders",
        ReturnAsked = "return_asked",
        StrangePayment = "strange_payment",
        Cancellation = "cancellation",
        RefundStuck = "refund_stuck",
        Question = "question",
        /// To shoppers: emails that ask for a review.
        ReviewAsked = "review_asked",
    }
}

impl From<StaffMailKind> for MailList {
    fn from(kind: StaffMailKind) -> Self {
        match kind {
            StaffMailKind::NewOrders => Self::NewOrders,
            StaffMailKind::ReturnAsked => Self::ReturnAsked,
            StaffMailKind::StrangePayment => Self::StrangePayment,
            StaffMailKind::Cancellation => Self::Cancellation,
            StaffMailKind::RefundStuck => Self::RefundStuck,
            StaffMailKind::Question => Self::Question,
        }
    }
}

/// The key that signs these links, derived from `SESSION_SECRET`.
#[derive(Clone, Debug)]
pub struct UnsubscribeKey(LinkKey);

impl UnsubscribeKey {
    pub fn of(master: &[u8]) -> Self {
        Self(LinkKey::derived(master, "unsubscribe"))
    }

    /// Returns the link below `public_url` that unsubscribes a user from a kind of email.
    pub fn link(&self, public_url: &Url, user: UserId, list: MailList) -> String {
        let (signature, list) = (self.0.sign(&message(user, list)), list.code());
        format!("{public_url}mail/unsubscription?user={user}&list={list}&signature={signature}")
    }

    /// Returns whether the signature is that of a link for this user and this kind of email.
    pub fn is_signed(&self, user: UserId, list: MailList, signature: &str) -> bool {
        self.0.is_signature(&message(user, list), signature)
    }
}

fn message(user: UserId, list: MailList) -> String {
    format!("{user} {}", list.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_unsubscribes_one_user_from_one_list() {
        let key = UnsubscribeKey::of(&[7; 64]);
        let link = key.link(&Url::parse("https://shop.example/").unwrap(), UserId(3), MailList::NewOrders);
        let (start, signature) = link.split_once("&signature=").unwrap();
        assert_eq!(start, "https://shop.example/mail/unsubscription?user=3&list=new_orders");
        assert!(key.is_signed(UserId(3), MailList::NewOrders, signature));
        assert!(!key.is_signed(UserId(4), MailList::NewOrders, signature));
        assert!(!key.is_signed(UserId(3), MailList::LowStock, signature));
        assert!(!UnsubscribeKey::of(&[8; 64]).is_signed(UserId(3), MailList::NewOrders, signature));
        for wrong in ["", "x", "00", &signature[1..]] {
            assert!(!key.is_signed(UserId(3), MailList::NewOrders, wrong), "{wrong}");
        }
    }
}
