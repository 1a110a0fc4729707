//! Contacts as staff see them who are not admins: enough to recognize, too little to use.

/// Returns a phone number with its last four digits alone.
pub(super) fn phone(number: &str) -> String {
    let digits: Vec<char> = number.split(';').next().unwrap_or_default().chars().collect();
    let shown: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
    if digits.len() > 4 { format!("*** {shown}") } else { "***".to_owned() }
}

/// Returns an email address with the first character of its name, and its domain.
pub(super) fn email(address: &str) -> String {
    match address.split_once('@') {
        Some((name, domain)) => format!("{}***@{domain}", first(name)),
        None => String::new(),
    }
}

/// Returns a name with its first character.
pub(super) fn name(full: &str) -> String {
    format!("{}**", first(full))
}

fn first(text: &str) -> String {
    text.chars().take(1).collect()
}

#[cfg(test)]
mod tests {
    use super::{email, name, phone};

    #[test]
    fn little_of_a_contact_is_left() {
        assert_eq!(
            ["13800138000", "01065529988;ext=801", "1234", ""].map(phone),
            ["*** 8000", "*** 9988", "***", "***"]
        );
        assert_eq!(["mei@example.com", "林@例子.cn", ""].map(email), ["m***@example.com", "林***@例子.cn", ""]);
        assert_eq!(["Lin Mei", "林小明", ""].map(name), ["L**", "林**", "**"]);
    }
}
