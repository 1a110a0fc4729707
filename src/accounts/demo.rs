//! Accounts of the demo shop. Their passwords are public, so they work only while the shop is reachable from this
//! machine alone.

use super::Role;

pub struct DemoSignIn {
    pub role: Role,
    pub username: &'static str,
    /// The password, which is no secret: it is printed when the demo shop starts.
    pub password: &'static str,
}

/// All accounts of the demo shop, that of the shopper first.
pub const DEMO_SIGN_INS: [DemoSignIn; 3] = [
    DemoSignIn { role: Role::Shopper, username: "mei", password: "mei-shops-here" },
    DemoSignIn { role: Role::Staff, username: "chen", password: "chen-counts-stock" },
    DemoSignIn { role: Role::Admin, username: "lin", password: "lin-runs-the-shop" },
];

/// Returns the username of the demo account with this password, if there is one.
pub(super) fn demo_user_with_password(password: &str) -> Option<&'static str> {
    DEMO_SIGN_INS.iter().find(|user| user.password == password).map(|user| user.username)
}
