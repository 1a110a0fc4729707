use std::time::Duration;

/// A queue of jobs. Jobs of one lane never wait for those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Jobs that need only PostgreSQL and Redis.
    Main,
    /// Jobs that need the mail server, which may be slow.
    Mail,
}

impl Lane {
    pub(super) const ALL: [Self; 2] = [Self::Main, Self::Mail];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Mail => "mail",
        }
    }

    /// Returns how many jobs of this lane a worker performs at once.
    pub(super) fn max_claimed(self) -> u32 {
        match self {
            Self::Main => 200,
            Self::Mail => 16,
        }
    }

    /// Returns how long a worker pauses before it claims more jobs. When many orders come in at once, their emails are
    /// sent at 80 a second at most, so that they do not slow the orders down.
    pub(super) fn pause(self) -> Duration {
        match self {
            Self::Main => Duration::ZERO,
            Self::Mail => Duration::from_millis(200),
        }
    }

    /// Returns how many seconds after its first claim a job of this lane becomes due again, if it is not done by then.
    /// This is longer than an attempt takes.
    pub(super) fn retry_seconds(self) -> f64 {
        match self {
            Self::Main => 5.0,
            Self::Mail => 180.0,
        }
    }
}
