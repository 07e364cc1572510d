//! The words that people write for the signs of addresses, `@`, `.` and `/`, in the languages of the
//! world's larger chats; a table and its lookups.

/// `dot`, and as leetspeak.
const ENGLISH_DOTS: &[&str] = &["d0t", "dot"];

/// The words for a dot of other languages; everyday words in most of them.
const DOTS: &[&str] = &[
    "bodka",
    "kropka",
    "nokta",
    "piste",
    "point",
    "pont",
    "ponto",
    "punct",
    "punkt",
    "punt",
    "punto",
    "tacka",
    "tečka",
    "titik",
    "tocka",
    "точка",
    "тчк",
    "крапка",
    "τελεία",
    "点",
];

/// The words for `@`.
const ATS: &[&str] = &[
    "aet",
    "affenschwanz",
    "apenstaartje",
    "apestaartje",
    "arobas",
    "arobase",
    "arroba",
    "at",
    "chiocciola",
    "ensp",
    "et",
    "kiukumauku",
    "klammeraffe",
    "krøllalfa",
    "kukac",
    "malpa",
    "małpa",
    "miukumauku",
    "snabela",
    "sobaka",
    "zavinac",
    "zavináč",
    "ät",
    "собака",
    "собачка",
    "παπάκι",
    "골뱅이",
];

/// The words for `/`.
const SLASHES: &[&str] = &["barra", "schrägstrich", "slash", "слеш", "слэш"];

/// Host labels written in Cyrillic as they sound.
const LABELS: &[(&str, &str)] = &[
    ("ком", "com"),
    ("ру", "ru"),
    ("мейл", "mail"),
    ("мэйл", "mail"),
    ("майл", "mail"),
    ("гмейл", "gmail"),
    ("гмайл", "gmail"),
    ("джимейл", "gmail"),
    ("яндекс", "yandex"),
    ("яху", "yahoo"),
];

/// Which language's word a dot was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dot {
    /// `dot`.
    English,
    /// Another, which is an ordinary word of its language.
    Foreign,
}

/// The dot that a word stands for.
pub(crate) fn dot(word: &str) -> Option<Dot> {
    if one_of(ENGLISH_DOTS, word) { Some(Dot::English) } else { one_of(DOTS, word).then_some(Dot::Foreign) }
}

/// Whether a word stands for `@`.
pub(crate) fn is_at(word: &str) -> bool {
    one_of(ATS, word)
}

/// Whether a word stands for `/`.
pub(crate) fn is_slash(word: &str) -> bool {
    one_of(SLASHES, word)
}

/// The label of a host that a Cyrillic word sounds like, or else the word in lower case.
pub(crate) fn label(word: &str) -> String {
    let word = word.to_lowercase();
    LABELS.iter().find(|(sound, _)| *sound == word).map_or(word, |(_, label)| (*label).to_owned())
}

/// The word at the start of a text: letters, and the `0` of `d0t`; no longer than the tables' longest.
pub(crate) fn leading(text: &str) -> &str {
    let is_letter = |&(_, c): &(usize, char)| c.is_alphabetic() || c == '0';
    let end = text.char_indices().take(16).take_while(is_letter).last();
    &text[..end.map_or(0, |(at, c)| at + c.len_utf8())]
}

fn one_of(known: &[&str], word: &str) -> bool {
    known.iter().any(|known| {
        known.len() == word.len()
            && (word.eq_ignore_ascii_case(known) || (!word.is_ascii() && word.to_lowercase() == *known))
    })
}

/// Whether one of a table's words that can be told by their first letters begins at some word of the text.
pub(crate) fn any_word(text: &str, first: impl Fn(u8, u8) -> bool, is: impl Fn(&str) -> bool) -> bool {
    let bytes = text.as_bytes();
    let mut inside = false;
    bytes.iter().enumerate().any(|(at, &byte)| {
        let begins = !inside;
        inside = byte.is_ascii_alphanumeric() || byte >= 0x80;
        if !begins || !inside {
            return false;
        }
        let next = bytes.get(at + 1).map_or(0, |next| next | 0x20);
        let likely = byte >= 0xC3 || (byte.is_ascii_alphabetic() && first(byte | 0x20, next));
        likely && is(leading(&text[at..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_words() {
        assert_eq!(dot("DOT"), Some(Dot::English));
        assert_eq!(dot("Точка"), Some(Dot::Foreign));
        assert_eq!(dot("dots"), None);
        assert!(is_at("Arroba") && is_at("СОБАКА") && !is_at("attic"));
        assert_eq!(label("МЭЙЛ"), "mail");
        assert_eq!(leading("punkt com"), "punkt");
    }
}
