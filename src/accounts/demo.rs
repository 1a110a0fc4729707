//! The sign-ins of the demo shop. Everybody knows them, so they work only in a shop that nobody else can reach.

use super::Role;

/// How somebody of the demo shop signs in.
pub struct DemoSignIn {
    /// What they may do.
    pub role: Role,
    /// As typed at the door.
    pub username: &'static str,
    /// No secret: it is printed at each start.
    pub password: &'static str,
}

/// All of them, the shopper first.
pub const DEMO_SIGN_INS: [DemoSignIn; 3] = [
    DemoSignIn { role: Role::Shopper, username: "mei", password: "mei-shops-here" },
    DemoSignIn { role: Role::Staff, username: "chen", password: "chen-counts-stock" },
    DemoSignIn { role: Role::Admin, username: "lin", password: "lin-runs-the-shop" },
];

/// Who of the demo has this password.
pub(super) fn demo_user_with_password(password: &str) -> Option<&'static str> {
    DEMO_SIGN_INS.iter().find(|person| person.password == password).map(|person| person.username)
}
