//! Code 128 barcodes (ISO/IEC 15417), as paths of SVG.

/// The widths of the bars and spaces of each symbol, in modules (the width of the narrowest bar), beginning with a bar.
/// The last one is the stop symbol.
const PATTERNS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];
const TO_SET_C: u8 = 99;
const TO_SET_B: u8 = 100;
const START_B: u8 = 104;
const START_C: u8 = 105;
const STOP: u8 = 106;
/// The width of the empty space that scanners need on each side of a barcode, in modules.
const QUIET_ZONE: usize = 10;

/// A barcode; its lengths are in modules: one module is the width of the narrowest bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barcode {
    /// The width with the empty space on both sides, in modules.
    pub width: usize,
    /// The bars as the `d` attribute of an SVG path, with a height from 0 to 1.
    pub path: String,
}

/// Returns the barcode of a text; `None` if the text is empty, or has a character that is not printable ASCII.
pub fn code128(text: &str) -> Option<Barcode> {
    let mut path = String::new();
    let mut at = QUIET_ZONE;
    for symbol in symbols(text)? {
        for (index, width) in PATTERNS.get(usize::from(symbol))?.bytes().enumerate() {
            let width = usize::from(width - b'0');
            if index.is_multiple_of(2) {
                path.push_str(&format!("M{at} 0h{width}v1h-{width}z"));
            }
            at += width;
        }
    }
    Some(Barcode { width: at + QUIET_ZONE, path })
}

/// Returns the numbers of a text's symbols, from the start symbol to the stop symbol. Each pair of digits becomes one
/// symbol of code set C, which makes the barcode of a long number half as wide. `None` if the text is empty, or has a
/// character that is not printable ASCII.
fn symbols(text: &str) -> Option<Vec<u8>> {
    let mut rest = text.as_bytes();
    if rest.is_empty() || !rest.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let mut is_set_c = digits(rest) >= 4 || (rest.len() == 2 && digits(rest) == 2);
    let mut symbols = vec![if is_set_c { START_C } else { START_B }];
    while let [first, behind @ ..] = rest {
        let run = digits(rest);
        if is_set_c {
            if let [second, behind @ ..] = behind
                && run >= 2
            {
                symbols.push((first - b'0') * 10 + (second - b'0'));
                rest = behind;
                continue;
            }
            symbols.push(TO_SET_B);
            is_set_c = false;
        } else if run.is_multiple_of(2) && (run >= 6 || (run >= 4 && run == rest.len())) {
            symbols.push(TO_SET_C);
            is_set_c = true;
            continue;
        }
        symbols.push(first - b' ');
        rest = behind;
    }
    symbols.push(check_symbol(&symbols));
    symbols.push(STOP);
    Some(symbols)
}

/// Returns how many digits the text begins with.
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Returns the check symbol, which follows those of the text: the sum of the symbols, each times its position, modulo
/// 103.
fn check_symbol(symbols: &[u8]) -> u8 {
    let mut sum = 0_usize;
    for (position, symbol) in symbols.iter().enumerate() {
        sum += usize::from(*symbol) * position.max(1);
    }
    u8::try_from(sum % 103).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn texts_are_encoded_as_in_the_standard_and_its_examples() {
        // Worked out in the article of Wikipedia. It encodes "PJJ123C" in set A, whose start symbol is one less, and so
        // is the check symbol.
        assert_eq!(symbols("Wikipedia").unwrap(), [104, 55, 73, 75, 73, 80, 69, 68, 73, 65, 88, 106]);
        assert_eq!(symbols("PJJ123C").unwrap(), [104, 48, 42, 42, 17, 18, 19, 35, 55, 106]);
        assert_eq!(symbols("1234").unwrap(), [105, 12, 34, 82, 106]);
        assert_eq!(symbols("42").unwrap(), [105, 42, 44, 106]);
        assert_eq!(symbols("AB123456C").unwrap()[..8], [104, 33, 34, 99, 12, 34, 56, 100]);
        assert_eq!(symbols("AB1234567").unwrap()[..8], [104, 33, 34, 17, 99, 23, 45, 67]);
        assert_eq!(symbols("A1234").unwrap()[..5], [104, 33, 99, 12, 34]);
        assert_eq!(symbols("12345").unwrap()[..5], [105, 12, 34, 100, 21]);
    }

    #[test]
    fn bars_are_drawn_between_quiet_zones() {
        let Barcode { width, path } = code128("42").unwrap();
        assert_eq!(width, 10 + 3 * 11 + 13 + 10);
        // Start C is 211232, and 42 is 112133.
        assert!(path.starts_with("M10 0h2v1h-2zM13 0h1v1h-1zM16 0h3v1h-3zM21 0h1v1h-1z"), "{path}");
        assert!(path.ends_with("M54 0h2v1h-2z"), "{path}");
        assert_eq!(path.matches('M').count(), 3 * 3 + 4);
    }

    #[test]
    fn the_barcode_of_an_order_number_fits_on_a_label() {
        let number = code128("20261121093000000000042234Z29").unwrap();
        // The first 22 digits are 11 symbols.
        assert!(number.width <= 264, "{} modules are narrower than a third of a millimeter", number.width);
    }

    #[test]
    fn what_the_code_cannot_say_has_no_barcode() {
        for text in ["", "顺丰", "a\n", "\u{7f}", "café"] {
            assert_eq!(code128(text), None, "{text:?}");
        }
    }

    #[test]
    fn all_patterns_differ_and_have_the_same_width() {
        let widths = |pattern: &str| pattern.bytes().map(|width| usize::from(width - b'0')).collect::<Vec<_>>();
        for pattern in &PATTERNS[..106] {
            let widths = widths(pattern);
            assert_eq!((widths.len(), widths.iter().sum::<usize>()), (6, 11), "{pattern}");
            assert_eq!((widths[0] + widths[2] + widths[4]) % 2, 0, "{pattern}");
        }
        assert_eq!(PATTERNS.iter().collect::<HashSet<_>>().len(), 107);
    }
}
