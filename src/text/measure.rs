//! Measures of a text, for conditions: characters, words, lines, emoji, share of capitals.
//!
//! Each is one pass without allocation, because a rule may ask for any of them on every message.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Unicode characters (scalar values), as the platform's own limit counts them.
#[must_use]
pub fn characters(text: &str) -> usize {
    text.chars().count()
}

/// Words: runs of letters, digits and `_`; each Chinese or Japanese character is one of its own.
///
/// An apostrophe between letters does not part a word.
#[must_use]
pub fn words(text: &str) -> usize {
    let (mut count, mut inside, mut apostrophe) = (0, false, false);
    for c in text.chars() {
        if is_ideographic(c) {
            count += 1;
            (inside, apostrophe) = (false, false);
        } else if c.is_alphanumeric() || c == '_' {
            count += usize::from(!inside && !apostrophe);
            (inside, apostrophe) = (true, false);
        } else if inside && (is_combining_mark(c) || matches!(c, '\u{200C}' | '\u{200D}' | '\u{AD}')) {
            // part of the letter before
        } else {
            apostrophe = inside && matches!(c, '\'' | '’');
            inside = false;
        }
    }
    count
}

/// Lines; an empty text has none, and a line break at the end begins no other.
#[must_use]
pub fn lines(text: &str) -> usize {
    text.lines().count()
}

/// Emoji as shown: a family, a flag or a keycap is one; digits, `#` and `©` alone are none.
#[must_use]
pub fn emoji(text: &str) -> usize {
    // What makes an emoji, alone or of another character, begins at U+200D.
    if !text.bytes().any(|b| b >= 0xE2) {
        return 0;
    }
    // Clusters part between two ASCII characters, so that only what is around others is looked at.
    let (bytes, mut count, mut at) = (text.as_bytes(), 0, 0);
    while let Some(other) = bytes[at..].iter().position(|byte| !byte.is_ascii()) {
        let start = at + other.saturating_sub(1);
        let pair = bytes[at + other..].windows(2).position(<[u8]>::is_ascii);
        at = pair.map_or(text.len(), |pair| at + other + pair + 1);
        count += text[start..at].graphemes(true).filter(|cluster| is_emoji(cluster)).count();
    }
    count
}

/// Share of capitals among letters that have case, 0.0 to 1.0; 0.0 where there are none.
#[must_use]
pub fn caps(text: &str) -> f64 {
    let (mut upper, mut cased) = (0_u32, 0_u32);
    for c in text.chars() {
        let is_upper = c.is_uppercase();
        upper += u32::from(is_upper);
        cased += u32::from(is_upper || c.is_lowercase());
    }
    if cased == 0 { 0.0 } else { f64::from(upper) / f64::from(cased) }
}

fn is_ideographic(c: char) -> bool {
    matches!(u32::from(c),
        0x3005..=0x3007 | 0x3041..=0x3096 | 0x30A1..=0x30FA | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF | 0xFF66..=0xFF9D | 0x20000..=0x3FFFF)
}

fn is_emoji(cluster: &str) -> bool {
    if cluster.len() < 3 {
        return false;
    }
    let mut chars = cluster.chars();
    let Some(base) = chars.next() else { return false };
    match chars.next() {
        Some('\u{FE0F}') if matches!(base, '0'..='9' | '#' | '*') => chars.next() == Some('\u{20E3}'),
        Some('\u{20E3}') => matches!(base, '0'..='9' | '#' | '*'),
        // a skin tone makes an emoji of `☝` as well
        Some('\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}') => is_pictograph(base),
        Some('\u{FE0E}') => false,
        Some('\u{200D}') if is_pictograph(base) && chars.next().is_some() => true,
        _ => is_shown_as_emoji(base),
    }
}

/// Characters that U+FE0F turns into emoji.
fn is_pictograph(c: char) -> bool {
    matches!(u32::from(c),
        0xA9 | 0xAE | 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x2194..=0x21AA | 0x231A..=0x23FA | 0x24C2
        | 0x25AA..=0x27BF | 0x2934 | 0x2935 | 0x2B05..=0x2B55 | 0x3030 | 0x303D | 0x3297 | 0x3299
        | 0x1F000..=0x1FAFF)
}

/// Characters shown as emoji by themselves (`Emoji_Presentation`, Unicode emoji data).
fn is_shown_as_emoji(c: char) -> bool {
    matches!(u32::from(c),
        0x231A..=0x231B | 0x23E9..=0x23EC | 0x23F0 | 0x23F3 | 0x25FD..=0x25FE | 0x2614..=0x2615
        | 0x2648..=0x2653 | 0x267F | 0x2693 | 0x26A1 | 0x26AA..=0x26AB | 0x26BD..=0x26BE | 0x26C4..=0x26C5
        | 0x26CE | 0x26D4 | 0x26EA | 0x26F2..=0x26F3 | 0x26F5 | 0x26FA | 0x26FD | 0x2705 | 0x270A..=0x270B
        | 0x2728 | 0x274C | 0x274E | 0x2753..=0x2755 | 0x2757 | 0x2795..=0x2797 | 0x27B0 | 0x27BF
        | 0x2B1B..=0x2B1C | 0x2B50 | 0x2B55 | 0x1F004 | 0x1F0CF | 0x1F18E | 0x1F191..=0x1F19A
        | 0x1F1E6..=0x1F1FF | 0x1F201 | 0x1F21A | 0x1F22F | 0x1F232..=0x1F236 | 0x1F238..=0x1F23A
        | 0x1F250..=0x1F251 | 0x1F300..=0x1F320 | 0x1F32D..=0x1F335 | 0x1F337..=0x1F37C | 0x1F37E..=0x1F393
        | 0x1F3A0..=0x1F3CA | 0x1F3CF..=0x1F3D3 | 0x1F3E0..=0x1F3F0 | 0x1F3F4 | 0x1F3F8..=0x1F43E | 0x1F440
        | 0x1F442..=0x1F4FC | 0x1F4FF..=0x1F53D | 0x1F54B..=0x1F54E | 0x1F550..=0x1F567 | 0x1F57A
        | 0x1F595..=0x1F596 | 0x1F5A4 | 0x1F5FB..=0x1F64F | 0x1F680..=0x1F6C5 | 0x1F6CC | 0x1F6D0..=0x1F6D2
        | 0x1F6D5..=0x1F6D7 | 0x1F6DC..=0x1F6DF | 0x1F6EB..=0x1F6EC | 0x1F6F4..=0x1F6FC | 0x1F7E0..=0x1F7EB
        | 0x1F7F0 | 0x1F90C..=0x1F93A | 0x1F93C..=0x1F945 | 0x1F947..=0x1F9FF | 0x1FA70..=0x1FAFF)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_words() {
        for (text, expected) in [
            ("", 0),
            ("one", 1),
            ("don't stop — now!", 3),
            ("'quoted' snake_case 3.5", 4),
            ("你好 world", 3),
            ("カタカナ", 4),
            ("안녕하세요 여러분", 2),
            ("cafe\u{301} नमस्ते", 2),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn counts_emoji() {
        for (text, expected) in [
            ("", 0),
            ("no 123 #tag © ® ™ ☺", 0),
            ("©\u{FE0F} ☺\u{FE0F} ❤\u{FE0F}", 3),
            ("👨‍👩‍👧‍👦🇩🇪👍🏽", 3),
            ("1\u{FE0F}\u{20E3}", 1),
            ("❤\u{FE0F}\u{200D}🔥☝🏽", 2),
            ("⌚\u{FE0E}", 0),
            ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1),
            ("grüße", 0),
        ] {
            assert_eq!(emoji(text), expected, "{text}");
        }
    }

    #[test]
    fn counts_the_rest() {
        assert_eq!((characters("añ👍"), lines(""), lines("a"), lines("a\r\nb\n")), (3, 0, 1, 2));
        assert_eq!((caps("ABcd"), caps("123"), caps(""), caps("ЯЯ 漢字")), (0.5, 0.0, 0.0, 1.0));
    }

    proptest! {
        #[test]
        fn emoji_are_those_of_all_clusters(text in "([a0#*\r\n]|[©é❤☝⌚😀🇩🇪👨👧🏽]|\u{fe0f}|\u{20e3}|\u{200d}|\u{600}){0,20}") {
            prop_assert_eq!(emoji(&text), text.graphemes(true).filter(|cluster| is_emoji(cluster)).count());
        }

        #[test]
        fn measures_are_bounded(text in "\\PC{0,60}") {
            let length = characters(&text);
            prop_assert!(words(&text) <= length && emoji(&text) <= length && lines(&text) <= length);
            prop_assert!((0.0..=1.0).contains(&caps(&text)));
        }
    }
}
