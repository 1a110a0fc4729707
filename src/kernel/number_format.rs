/// Formats a number with thousands separators: `1,840`.
pub fn thousands<N: Copy + Into<i64>>(n: &N) -> String {
    let n: i64 = (*n).into();
    let digits = n.unsigned_abs().to_string();
    let mut shown = String::from(if n < 0 { "\u{2212}" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Formats a number with its sign and thousands separators: `+40`, `−1`, `0`.
pub fn with_sign<N: Copy + Into<i64>>(n: &N) -> String {
    let plus = if (*n).into() > 0 { "+" } else { "" };
    format!("{plus}{}", thousands(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_their_thousands_apart() {
        let shown: Vec<String> = [0, 7, 999, 1_000, 1_234_567, -45_000].iter().map(thousands).collect();
        assert_eq!(shown, ["0", "7", "999", "1,000", "1,234,567", "−45,000"]);
        assert_eq!([40, -1, 0].map(|n| with_sign(&n)), ["+40", "−1", "0"]);
        assert_eq!(thousands(&i64::MIN), "−9,223,372,036,854,775,808");
    }
}
