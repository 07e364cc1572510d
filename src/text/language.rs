//! The language a text is written in, as far as its script and length let anybody tell.
//!
//! Scripts that one language dominates answer by themselves; only Latin letters are put to the
//! statistical detector, and only when there are enough of them: a wrong language is worse than none.

use whichlang::Lang;

/// Letters below which a text in Latin script has no language.
const ENOUGH_LATIN: usize = 20;
/// Letters below which a text in any other script has none.
const ENOUGH: usize = 2;
/// Characters looked at: the rest of a long text would not change the answer.
const SAMPLE: usize = 1000;

/// The ISO 639-1 code of the language of a text; empty where it cannot be told.
#[must_use]
pub fn language(text: &str) -> &'static str {
    let end = text.char_indices().nth(SAMPLE).map_or(text.len(), |(at, _)| at);
    let text = &text[..end];
    let mut letters = [0_usize; SCRIPTS.len()];
    let (mut latin, mut unknown) = (0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        if is_latin(c) {
            latin += 1;
        } else if let Some(script) = SCRIPTS.iter().position(|script| script.holds(c)) {
            letters[script] += 1;
        } else {
            unknown += 1;
        }
    }
    let (most, &count) = letters.iter().enumerate().max_by_key(|&(_, count)| count).unwrap_or((0, &0));
    // one character of a script without an alphabet says about as much as two letters
    if unknown > latin.max(count) {
        ""
    } else if latin > 2 * count {
        if latin < ENOUGH_LATIN { "" } else { of_latin(text) }
    } else if count < ENOUGH {
        ""
    } else {
        of_script(SCRIPTS[most].code, text, letters[KANA])
    }
}

/// Characters of a script and the language that it is first thought to be.
struct Script {
    first: char,
    last: char,
    code: &'static str,
}

impl Script {
    fn holds(&self, c: char) -> bool {
        (self.first..=self.last).contains(&c)
    }
}

const KANA: usize = 1;

const SCRIPTS: [Script; 23] = [
    script('\u{4E00}', '\u{9FFF}', "zh"),
    script('\u{3040}', '\u{30FF}', "ja"),
    script('\u{AC00}', '\u{D7AF}', "ko"),
    script('\u{400}', '\u{52F}', "ru"),
    script('\u{600}', '\u{6FF}', "ar"),
    script('\u{900}', '\u{97F}', "hi"),
    script('\u{370}', '\u{3FF}', "el"),
    script('\u{590}', '\u{5FF}', "he"),
    script('\u{E00}', '\u{E7F}', "th"),
    script('\u{530}', '\u{58F}', "hy"),
    script('\u{980}', '\u{9FF}', "bn"),
    script('\u{A00}', '\u{A7F}', "pa"),
    script('\u{A80}', '\u{AFF}', "gu"),
    script('\u{B80}', '\u{BFF}', "ta"),
    script('\u{C00}', '\u{C7F}', "te"),
    script('\u{C80}', '\u{CFF}', "kn"),
    script('\u{D00}', '\u{D7F}', "ml"),
    script('\u{D80}', '\u{DFF}', "si"),
    script('\u{E80}', '\u{EFF}', "lo"),
    script('\u{1000}', '\u{109F}', "my"),
    script('\u{10A0}', '\u{10FF}', "ka"),
    script('\u{1200}', '\u{137F}', "am"),
    script('\u{1780}', '\u{17FF}', "km"),
];

const fn script(first: char, last: char, code: &'static str) -> Script {
    Script { first, last, code }
}

fn is_latin(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '\u{AA}' | '\u{BA}' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}

/// Tells the languages of one script apart by letters that only some of them use.
fn of_script(code: &'static str, text: &str, kana: usize) -> &'static str {
    match code {
        "zh" if kana > 0 => "ja",
        "ru" if text.contains(['ў', 'Ў']) => "be",
        "ru" if text.contains(['і', 'ї', 'є', 'ґ', 'І', 'Ї', 'Є', 'Ґ']) => "uk",
        "ru" if text.contains(['ђ', 'ј', 'љ', 'њ', 'ћ', 'џ']) => "sr",
        "ar" if text.contains(['ٹ', 'ڈ', 'ڑ', 'ے', 'ں']) => "ur",
        "ar" if text.contains(['پ', 'چ', 'ژ', 'گ']) => "fa",
        code => code,
    }
}

fn of_latin(text: &str) -> &'static str {
    match whichlang::detect_language(text) {
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Ita => "it",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
        // not written in Latin letters: the detector was misled
        Lang::Ara | Lang::Cmn | Lang::Hin | Lang::Jpn | Lang::Kor | Lang::Rus => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tells_languages() {
        for (text, code) in [
            ("", ""),
            ("hello there", ""),
            ("12345 67890 !!! 👍👍👍👍👍👍", ""),
            ("The weather is very nice today, is it not?", "en"),
            ("Das Wetter ist heute wirklich sehr schön", "de"),
            ("Le temps est vraiment très beau aujourd'hui", "fr"),
            ("El tiempo es muy bueno hoy, ¿no es verdad?", "es"),
            ("Привет, как дела?", "ru"),
            ("Привіт, як справи? Її немає", "uk"),
            ("Καλημέρα σας", "el"),
            ("שלום לכולם", "he"),
            ("สวัสดีครับ", "th"),
            ("你好吗", "zh"),
            ("これは日本語です", "ja"),
            ("안녕하세요", "ko"),
            ("नमस्ते दुनिया", "hi"),
            ("مرحبا بالعالم", "ar"),
            ("سلام، چطوری؟", "fa"),
        ] {
            assert_eq!(language(text), code, "{text}");
        }
    }

    proptest! {
        #[test]
        fn is_a_code_or_nothing(text in "\\PC{0,80}") {
            prop_assert!(matches!(language(&text).len(), 0 | 2));
        }
    }
}
