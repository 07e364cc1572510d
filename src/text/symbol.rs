//! What kind of character a character is, as far as words are concerned.
//!
//! The ranges are those of Unicode 16 (`DerivedCoreProperties`, `Scripts`); they are written out
//! because they are few, and because the crates that know them cost more than the page.

use unicode_normalization::char::is_combining_mark;

/// Whether the character shows nothing: Unicode's `Default_Ignorable_Code_Point`, controls other than
/// white space, the blanks that are no white space, and what stands for bytes that were no text (one
/// of them inside a word must not be a way round the word).
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{fffd}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
        || (c.is_control() && !c.is_whitespace())
}

/// Whether the character turns the direction of what follows.
#[must_use]
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// Whether the character is a mark that stacks on the one before it.
#[must_use]
pub fn is_mark(c: char) -> bool {
    c >= '\u{300}' && is_combining_mark(c)
}

/// Whether marks on this character are ornament (Latin, Greek, Cyrillic, digits, signs) and not part
/// of how the word is spelt, as they are in Indic scripts, Hebrew, Arabic, Thai.
#[must_use]
pub fn wears_marks_as_ornament(base: char) -> bool {
    matches!(base, '\0'..='\u{52f}' | '\u{1d00}'..='\u{1fff}' | '\u{2000}'..='\u{2bff}' | '\u{a640}'..='\u{a69f}'
        | '\u{a720}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab6f}' | '\u{1d400}'..='\u{1f1ff}')
}

/// Whether a character that belongs to no word may hide a letter: not what separates words in prose and
/// code.
#[must_use]
pub const fn hides(sign: char) -> bool {
    match sign {
        '*' | '#' | '@' | '$' | '%' | '&' | '!' | '?' | '-' | '_' | '.' | '+' | '^' | '~' | '=' => true,
        sign => sign > '\u{2190}' && !sign.is_whitespace(),
    }
}

/// Whether the character belongs to a word. The underscore does not: `fuck_you` are two words.
#[must_use]
pub fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || (!c.is_ascii() && (c.is_alphanumeric() || is_mark(c)))
}

/// Whether the character's script sets no space between words, so that a word has no edge to stand on.
#[must_use]
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}'         // Thai, Lao
        | '\u{1000}'..='\u{109f}'     // Myanmar
        | '\u{1780}'..='\u{17ff}'     // Khmer
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3040}'..='\u{30ff}' | '\u{3105}'..='\u{312f}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}
