//! Reduces English words to stems, which are the same for all forms of a word.

/// Irregular plurals and British spellings, each with the regular form that is used instead.
const IRREGULAR: [(&str, &str); 27] = [
    ("aluminium", "aluminum"),
    ("children", "child"),
    ("feet", "foot"),
    ("geese", "goose"),
    ("grey", "gray"),
    ("jewellery", "jewelry"),
    ("knives", "knife"),
    ("leaves", "leaf"),
    ("lives", "life"),
    ("loaves", "loaf"),
    ("men", "man"),
    ("mice", "mouse"),
    ("mould", "mold"),
    ("people", "person"),
    ("plough", "plow"),
    ("pyjamas", "pajamas"),
    ("scarves", "scarf"),
    ("shelves", "shelf"),
    ("teeth", "tooth"),
    ("thieves", "thief"),
    ("tyre", "tire"),
    ("tyres", "tire"),
    ("wives", "wife"),
    ("wolves", "wolf"),
    ("women", "woman"),
    ("halves", "half"),
    ("calves", "calf"),
];

/// Returns the stem of a word in lower case. Singular and plural, forms with -ing and -ed, and British and American
/// spellings have the same stem. A word with other characters than `a` to `z` is returned unchanged.
pub(super) fn stem(word: &str) -> String {
    if word.len() < 3 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let regular = IRREGULAR.iter().find(|(form, _)| *form == word).map_or(word, |(_, regular)| *regular);
    without_last_vowel(&in_american_spelling(&without_suffix(&singular(regular))))
}

fn singular(word: &str) -> String {
    let Some(base) = word.strip_suffix('s') else { return word.to_owned() };
    if base.ends_with(['s', 'u']) || base.ends_with("ti") || base.len() < 3 {
        return word.to_owned();
    }
    if let Some(base) = base.strip_suffix("ie") {
        return if base.len() > 2 { format!("{base}y") } else { format!("{base}ie") };
    }
    match base.strip_suffix('e') {
        Some(shorter) if shorter.ends_with("ss") || shorter.ends_with("sh") || shorter.ends_with("ch") => shorter,
        Some(shorter) if shorter.ends_with(['x', 'z', 'o']) && shorter.len() > 2 => shorter,
        _ => base,
    }
    .to_owned()
}

fn without_suffix(word: &str) -> String {
    for suffix in ["ing", "ed"] {
        let Some(base) = word.strip_suffix(suffix) else { continue };
        if base.len() < 3 || base.ends_with('e') || !base.contains(is_vowel) {
            continue;
        }
        // "running" is "run", but "rolling" is "roll".
        let mut letters = base.chars().rev();
        let (last, before) = (letters.next(), letters.next());
        if last == before && !base.ends_with(['l', 'o', 'r', 's', 'z']) {
            return base.strip_suffix(|c| Some(c) == last).unwrap_or(base).to_owned();
        }
        return base.to_owned();
    }
    word.to_owned()
}

fn in_american_spelling(word: &str) -> String {
    for (british, american) in [("isation", "ization"), ("ise", "ize"), ("is", "iz")] {
        if let Some(base) = word.strip_suffix(british)
            && base.len() > 2
        {
            return format!("{base}{american}");
        }
    }
    // "colour" and "favourite", but not "hour", "course" or "flour".
    match word.find("our") {
        Some(at) if at > 2 => word.replacen("our", "or", 1),
        _ => word.to_owned(),
    }
}

/// Removes a final "e" and replaces a final "y" by "i", so that "bake" and "baking", "battery" and "batteries" get the
/// same stem.
fn without_last_vowel(word: &str) -> String {
    if let Some(base) = word.strip_suffix('e') {
        return if base.len() > 2 { base.to_owned() } else { word.to_owned() };
    }
    match word.strip_suffix('y') {
        Some(base) if base.len() > 1 && !base.ends_with(is_vowel) => format!("{base}i"),
        _ => word.to_owned(),
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet() {
        for (one, other) in [
            ("teapot", "teapots"),
            ("battery", "batteries"),
            ("brush", "brushes"),
            ("box", "boxes"),
            ("glass", "glasses"),
            ("shoe", "shoes"),
            ("case", "cases"),
            ("house", "houses"),
            ("potato", "potatoes"),
            ("knife", "knives"),
            ("mouse", "mice"),
            ("running", "run"),
            ("bake", "baking"),
            ("baked", "baking"),
            ("rolling", "rolled"),
            ("colour", "color"),
            ("coloured", "colored"),
            ("flavour", "flavors"),
            ("polarised", "polarized"),
            ("grey", "gray"),
            ("tie", "ties"),
            ("toy", "toys"),
            ("tomato", "tomatoes"),
            ("watch", "watches"),
        ] {
            assert_eq!(stem(one), stem(other), "{one}, {other}");
        }
    }

    #[test]
    fn other_words_stay_apart() {
        for (one, other) in [
            ("bus", "bu"),
            ("ring", "r"),
            ("red", "r"),
            ("glass", "glas"),
            ("tea", "tee"),
            ("bed", "b"),
            ("hour", "hor"),
        ] {
            assert_ne!(stem(one), stem(other), "{one}, {other}");
        }
        for same in ["256gb", "a5", "手机", "é", "e27", "as"] {
            assert_eq!(stem(same), same);
        }
    }
}
