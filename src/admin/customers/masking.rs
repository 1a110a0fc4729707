//! Contacts as staff without the admin role see them: enough to recognize a customer, too little to contact one.

/// Masks a phone number: `*** 8000` with the last four digits, or `***` if the number has at most four. An extension is
/// left out.
pub(super) fn phone(number: &str) -> String {
    let digits: Vec<char> = number.split(';').next().unwrap_or_default().chars().collect();
    let shown: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
    if digits.len() > 4 { format!("*** {shown}") } else { "***".to_owned() }
}

/// Masks an email address: `a***@example.com`. Empty if the text has no `@`.
pub(super) fn email(address: &str) -> String {
    match address.split_once('@') {
        Some((name, domain)) => format!("{}***@{domain}", first(name)),
        None => String::new(),
    }
}

/// Masks a name: its first character and `**`.
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
