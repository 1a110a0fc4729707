/// Parameters that are added to a database URL that does not set them, because libpq waits forever by default.
const DEFAULTS: [(&str, &str); 5] = [
    // Seconds for each host; libpq's minimum is 2.
    ("connect_timeout", "2"),
    // Together, an unreachable server is noticed after about 7 seconds, with or without unacknowledged data.
    ("tcp_user_timeout", "7000"),
    ("keepalives_idle", "3"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "2"),
];

/// Adds the default timeouts to a database URL, which may list several hosts (`postgres://a:5432,b:5432/till`).
pub fn with_timeouts(url: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let given: Vec<String> = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()).collect();
    let mut completed = url.to_owned();
    let mut separator = match (url.contains('?'), query.is_empty() || query.ends_with('&')) {
        (false, _) => "?",
        (true, true) => "",
        (true, false) => "&",
    };
    for (name, value) in DEFAULTS {
        if given.iter().any(|given| given == name) {
            continue;
        }
        completed.push_str(separator);
        completed.push_str(name);
        completed.push('=');
        completed.push_str(value);
        separator = "&";
    }
    completed
}

#[cfg(test)]
mod tests {
    use super::with_timeouts;

    #[test]
    fn what_an_address_says_itself_stays() {
        let completed = with_timeouts("postgres://till:secret@db.example:5432/till?keepalives_idle=60");
        assert!(completed.starts_with(
            "postgres://till:secret@db.example:5432/till?keepalives_idle=60&connect_timeout=2&tcp_user_timeout=7000&"
        ));
        assert_eq!(completed.matches("keepalives_idle").count(), 1);
    }

    #[test]
    fn an_address_of_several_hosts_is_completed_as_any_other() {
        let completed = with_timeouts("postgres://a:5432,b:5433/till?target_session_attrs=read-write");
        assert!(
            completed.starts_with("postgres://a:5432,b:5433/till?target_session_attrs=read-write&connect_timeout=2")
        );
        assert!(with_timeouts("postgres:///till").starts_with("postgres:///till?connect_timeout=2&"));
        assert!(with_timeouts("postgres:///till?").starts_with("postgres:///till?connect_timeout=2&"));
    }
}
