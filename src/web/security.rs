//! The security log: sign-ins, refused requests, and changes of accounts. Each event is one structured log line with
//! the target `security`, which `LOG` cannot disable, and is counted in the metrics. No passwords, codes or tokens are
//! logged. An unknown username may be a password typed into the wrong field, so only a keyed hash of it is logged.

use actix_web::{HttpMessage, HttpRequest, web::Data};
use prometheus_client::registry::Registry;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use tracing_actix_web::RequestId;

use super::{client_address, request_span::logged_path};
use crate::{
    config::Config,
    kernel::{UserId, codes},
    platform::{
        metrics::Counters,
        random::hex,
        telemetry::{LogThrottle, SECURITY},
    },
};

codes! {
    /// The kinds of events in the security log, each with a fixed code for logs and metrics.
    pub enum SecurityEvent {
        /// Somebody signed in, with the second factor if the account has one.
        SignInSucceeded = "sign_in_succeeded",
        /// A sign-in was refused: wrong name or password, or a closed account.
        SignInFailed = "sign_in_failed",
        SignOut = "sign_out",
        SignUp = "sign_up",
        /// A new account was refused, because the username or the email address is taken.
        SignUpRefused = "sign_up_refused",
        /// A signed-in user entered their password again.
        ReauthenticationSucceeded = "reauthentication_succeeded",
        ReauthenticationFailed = "reauthentication_failed",
        /// A user gave a correct code of the second factor, or a recovery code.
        SecondFactorSucceeded = "second_factor_succeeded",
        /// A user gave a code of the second factor that is wrong or was used before.
        SecondFactorFailed = "second_factor_failed",
        SecondFactorOn = "second_factor_on",
        SecondFactorOff = "second_factor_off",
        /// An admin, or an operator on the command line, removed a user's second factor.
        SecondFactorReset = "second_factor_reset",
        SecondFactorRuleChanged = "second_factor_rule_changed",
        PasswordChanged = "password_changed",
        /// An operator set a new password for a member of staff on the command line.
        PasswordReset = "password_reset",
        /// An operator created an account for a member of staff on the command line.
        StaffAdded = "staff_added",
        /// The account of a member of staff was closed.
        AccountClosed = "account_closed",
        /// The account of a member of staff was reopened.
        AccountReopened = "account_reopened",
        RoleChanged = "role_changed",
        /// A rate limit refused a request; the reason in the log is the limit.
        RateLimited = "rate_limited",
        CrossSiteRefused = "cross_site_refused",
        /// Somebody without the role requested a page of staff or admins; the reason in the log is the role that the
        /// page needs.
        AdminAccessRefused = "admin_access_refused",
        /// The trusted proxy sent no readable `X-Forwarded-For`.
        ForwardedUnreadable = "forwarded_unreadable",
        /// A payment notification was refused, because the gateway did not send it; the reason in the log says how that
        /// was found.
        NotificationRefused = "notification_refused",
        /// A checkout was refused, because a contact is blocked; the reason in the log is the kind of contact.
        BlockedContactRefused = "blocked_contact_refused",
        /// Somebody requested the page that pays an order without signing in, with a wrong key.
        PayLinkRefused = "pay_link_refused",
        /// A connection was refused, because too many are open: in all, or from one address.
        ConnectionRefused = "connection_refused",
        /// A connection was closed, because the client read nothing of its response for too long.
        ConnectionStalled = "connection_stalled",
    }
}

static EVENTS: LazyLock<Counters> = LazyLock::new(|| Counters::new("event", &SecurityEvent::CODES));

pub fn register_security_events(registry: &mut Registry) {
    registry.register("till_security_events", "Events of the security log, by kind", EVENTS.family());
}

#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    User(UserId),
    /// The name of an account that does not exist; only a hash of it is logged.
    Name(&'a str),
    Nobody,
}

impl SecurityEvent {
    /// Logs and counts an event of a request. `reason` is a fixed word, such as the name of a limit, or empty if there
    /// is no more to say.
    pub fn record(self, req: &HttpRequest, subject: Subject<'_>, reason: &'static str) {
        self.write(Some(req), subject, None, reason);
    }

    /// Logs and counts an event in which the user `by` changed the account `subject`.
    pub fn record_by(self, req: &HttpRequest, by: UserId, subject: Subject<'_>, reason: &'static str) {
        self.write(Some(req), subject, Some(by), reason);
    }

    /// Logs and counts an event that an operator caused on the command line.
    pub fn record_command(self, subject: Subject<'_>, reason: &'static str) {
        self.write(None, subject, None, reason);
    }

    /// Counts an event of a connection. Logs at most one event of each kind in ten seconds, because clients can cause many.
    pub fn record_connection(self, address: &str, reason: &str) {
        static LINES: [LogThrottle; SecurityEvent::ALL.len()] =
            [const { LogThrottle::new() }; SecurityEvent::ALL.len()];
        EVENTS.add(self.code());
        let lines = Self::ALL.iter().zip(&LINES).find(|(event, _)| **event == self);
        if let Some(suppressed) = lines.and_then(|(_, lines)| lines.try_log()) {
            tracing::info!(target: SECURITY, event = self.code(), address, ?reason, suppressed, "security event");
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
            path = req.map(|req| logged_path(req.path())),
            reason = Some(reason).filter(|reason| !reason.is_empty()),
            "security event"
        );
    }
}

/// Returns a keyed hash of a username as 16 hexadecimal digits; case is ignored.
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
