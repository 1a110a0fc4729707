//! Classes of characters that decide what [`clean`](super::clean()) removes.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, ExtendedPictographic, GeneralCategory, Ideographic,
    },
};

/// Returns whether `c` is a control character (the ranges C0 and C1) other than tab and line ends.
pub(super) fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// Returns whether `c` represents no text: a noncharacter, an annotation mark or the object replacement character.
pub(super) fn is_nothing(c: char) -> bool {
    u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{fff9}'..='\u{fffc}')
}

/// Returns whether `c` is invisible by itself (`Default_Ignorable_Code_Point`).
pub(super) fn is_ignorable(c: char) -> bool {
    c > '~' && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Returns whether `c` is a combining mark that is drawn on or around the character before it (nonspacing or
/// enclosing).
pub(super) fn is_mark(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new();
    c > '~' && !is_ignorable(c) && is_nonspacing(category.get(c))
}

fn is_nonspacing(category: GeneralCategory) -> bool {
    matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

/// Returns whether the invisible character `c` must stay, because it changes how the characters around it are written.
pub(super) fn is_needed(c: char, before: Option<char>, after: &str) -> bool {
    let Some(before) = before else { return false };
    let next = after.chars().find(|c| !is_ignorable(*c) || is_joiner(*c));
    match c {
        '\u{200c}' | '\u{200d}' if is_virama(before) => true,
        '\u{200c}' => next.is_some_and(|next| has_joins(before) && has_joins(next)),
        '\u{200d}' => next.is_some_and(|next| {
            (has_joins(before) && has_joins(next)) || (continues_emoji(before) && is_pictographic(next))
        }),
        '\u{fe0e}' | '\u{fe0f}' => CodePointSetData::new::<Emoji>().contains(before),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => CodePointSetData::new::<Ideographic>().contains(before),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        // Flags of England, Scotland and Wales.
        '\u{e0020}'..='\u{e007f}' => before == '\u{1f3f4}' || matches!(before, '\u{e0020}'..='\u{e007e}'),
        _ => false,
    }
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_pictographic(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

/// Returns whether an emoji sequence may continue after `c`: a pictograph, a skin tone, an emoji presentation selector
/// or the end of a tag sequence.
fn continues_emoji(c: char) -> bool {
    is_pictographic(c) || matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e007f}')
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

/// Returns whether `c` belongs to a script, such as Arabic, in which invisible joiners select the shape of a letter.
fn has_joins(c: char) -> bool {
    let scripts = matches!(c,
        '\u{0600}'..='\u{07ff}' | '\u{0840}'..='\u{0dff}' | '\u{0f00}'..='\u{109f}' | '\u{1700}'..='\u{18af}'
        | '\u{1900}'..='\u{1cff}' | '\u{a840}'..='\u{abff}' | '\u{fb50}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdfb}'
        | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}');
    scripts && is_letter_or_mark(c)
}

fn is_letter_or_mark(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    c.is_alphabetic() || is_nonspacing(category) || category == GeneralCategory::SpacingMark
}
