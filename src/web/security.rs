//! The security log: who signed in or failed to, what was refused, and what changed about accounts. One structured event
//! each (target `security`), written whatever `LOG` says and counted in the metrics.
//!
//! Nothing secret is logged: no password, no code, no token. A typed name that is nobody's may be a password in the wrong
//! field, so of it only a keyed hash is written: the same name has the same hash, and nobody reads it back.

use actix_web::{HttpMessage, HttpRequest, web::Data};
use sha2::{Digest, Sha256};
use tracing_actix_web::RequestId;

use super::client_address;
use crate::{
    config::Config,
    kernel::UserId,
    platform::{
        metrics::{Counters, Exposition, Metric},
        random::hex,
        telemetry::{SECURITY, Sparingly},
    },
};

macro_rules! security_events {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)+) => {
        /// What the security log knows. Each event has a fixed code, by which logs are searched and metrics are labelled.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum SecurityEvent {
            $($(#[$doc])* $name,)+
        }

        impl SecurityEvent {
            /// All of them.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$name),+];
            const CODES: [&'static str; Self::ALL.len()] = [$($code),+];

            /// As it stands in the log and in the metrics.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

security_events! {
    /// Somebody signed in; with a second factor, only once the code was right.
    SignInSucceeded = "sign_in_succeeded",
    /// A wrong name or password, or the account is closed.
    SignInFailed = "sign_in_failed",
    /// Somebody signed out.
    SignOut = "sign_out",
    /// An account was opened.
    SignUp = "sign_up",
    /// An account was not opened because its name or email address is taken.
    SignUpRefused = "sign_up_refused",
    /// Somebody who is signed in gave their password again, and it was right.
    ReauthenticationSucceeded = "reauthentication_succeeded",
    /// It was wrong.
    ReauthenticationFailed = "reauthentication_failed",
    /// A code of the second factor or a recovery code was right.
    SecondFactorSucceeded = "second_factor_succeeded",
    /// It was wrong, or used before.
    SecondFactorFailed = "second_factor_failed",
    /// A member of staff turned their second factor on.
    SecondFactorOn = "second_factor_on",
    /// They turned it off.
    SecondFactorOff = "second_factor_off",
    /// An admin or an operator took somebody's second factor away.
    SecondFactorReset = "second_factor_reset",
    /// An admin changed whether all staff must have a second factor.
    SecondFactorRuleChanged = "second_factor_rule_changed",
    /// Somebody changed their own password.
    PasswordChanged = "password_changed",
    /// An operator gave somebody another password.
    PasswordReset = "password_reset",
    /// An operator made somebody a member of staff.
    StaffAdded = "staff_added",
    /// The account of a member of staff was closed.
    AccountClosed = "account_closed",
    /// It was opened again.
    AccountReopened = "account_reopened",
    /// A member of staff became an admin, or an admin staff.
    RoleChanged = "role_changed",
    /// A rate limit refused something; the reason says which.
    RateLimited = "rate_limited",
    /// A form of another site was refused.
    CrossSiteRefused = "cross_site_refused",
    /// Somebody who may not asked for a page of staff or admins.
    AdminAccessRefused = "admin_access_refused",
    /// A proxy said whom it speaks for in a way that cannot be read.
    ForwardedUnreadable = "forwarded_unreadable",
    /// A connection was refused: too many are open, in all or from one address.
    ConnectionRefused = "connection_refused",
    /// A connection was cut whose client took nothing of its answer for too long.
    ConnectionStalled = "connection_stalled",
}

static EVENTS: Counters<{ SecurityEvent::ALL.len() }> =
    Counters::new("till_security_events_total", "Events of the security log, by kind", "event", SecurityEvent::CODES);

/// Writes how often each event happened.
pub fn write_security_events(page: &mut Exposition) {
    EVENTS.write(page);
}

/// Whom an event is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// Somebody with an account.
    User(UserId),
    /// A typed name that is nobody's: its hash alone is logged.
    Name(&'a str),
    /// Nobody is known.
    Nobody,
}

impl SecurityEvent {
    /// Logs and counts it. `reason` is a short fixed word (which limit, why refused), or empty.
    pub fn record(self, req: &HttpRequest, subject: Subject<'_>, reason: &'static str) {
        self.write(Some(req), subject, None, reason);
    }

    /// The same of what `by` did to somebody else.
    pub fn record_by(self, req: &HttpRequest, by: UserId, subject: Subject<'_>, reason: &'static str) {
        self.write(Some(req), subject, Some(by), reason);
    }

    /// Logs and counts what did not come by a request: an operator's command.
    pub fn record_command(self, subject: Subject<'_>, reason: &'static str) {
        self.write(None, subject, None, reason);
    }

    /// Counts what happened to a connection, whatever its request, and logs it now and then: strangers can cause it as often
    /// as they like.
    pub fn record_connection(self, address: &str, reason: &str) {
        static LINES: [Sparingly; SecurityEvent::ALL.len()] = [const { Sparingly::new() }; SecurityEvent::ALL.len()];
        EVENTS.add(self.code());
        let lines = Self::ALL.iter().zip(&LINES).find(|(event, _)| **event == self);
        if let Some(left_out) = lines.and_then(|(_, lines)| lines.turn()) {
            tracing::info!(target: SECURITY, event = self.code(), address, ?reason, left_out, "security event");
        }
    }

    fn write(self, req: Option<&HttpRequest>, subject: Subject<'_>, by: Option<UserId>, reason: &'static str) {
        EVENTS.add(self.code());
        let (user, name_hash) = match subject {
            Subject::User(id) => (Some(id.0), None),
            Subject::Name(name) => (None, Some(name_hash(req, name))),
            Subject::Nobody => (None, None),
        };
        let (address, request_id) = match req {
            Some(req) => (client_address(req), req.extensions().get::<RequestId>().map(ToString::to_string)),
            None => ("command line".to_owned(), None),
        };
        tracing::info!(
            target: SECURITY,
            event = self.code(),
            user,
            name_hash,
            by = by.map(|by| by.0),
            address,
            request_id,
            path = req.map(HttpRequest::path),
            reason = Some(reason).filter(|reason| !reason.is_empty()),
            "security event"
        );
    }
}

/// Sixteen hexadecimal digits that only this shop makes of this name, whatever its capitals.
fn name_hash(req: Option<&HttpRequest>, name: &str) -> String {
    let config = req.and_then(|req| req.app_data::<Data<Config>>());
    let key = config.map(|config| config.session_key.master()).unwrap_or_default();
    let digest = Sha256::new()
        .chain_update(b"till security log name 1\0")
        .chain_update(key)
        .chain_update(name.to_lowercase())
        .finalize();
    hex(digest.get(..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_event_has_a_code_of_its_own() {
        let codes: BTreeSet<&str> = SecurityEvent::ALL.iter().map(|event| event.code()).collect();
        assert_eq!(codes.len(), SecurityEvent::ALL.len());
        assert_eq!(SecurityEvent::ALL.map(SecurityEvent::code), SecurityEvent::CODES);
    }

    #[test]
    fn a_name_is_hashed_whatever_its_capitals() {
        assert_eq!(name_hash(None, "Mei"), name_hash(None, "mei"));
        assert_ne!(name_hash(None, "mei"), name_hash(None, "mei "));
        assert_eq!(name_hash(None, "mei").len(), 16);
    }
}
