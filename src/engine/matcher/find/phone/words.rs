//! The words for digits, and for the small numbers that people read telephone numbers with, in eleven
//! languages; data only, but for a filter that turns most other words away by their first bytes.

use std::sync::LazyLock;

/// What a word adds to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// These digits: `five`, `doce`.
    Digits(&'static str),
    /// Tens that a smaller number may follow: `soixante` `dix-huit`.
    Tens(u8),
    /// `double`, `triple`: the next digit that often.
    Times(usize),
    /// A `+`.
    Plus,
    /// A word between two others: `et`, `y`.
    And,
}

/// The words for 0 to 9, by language; several spellings are parted by `|`.
const DIGITS: &[[&str; 10]] = &[
    ["zero|oh|nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    ["null", "eins|ein", "zwei|zwo", "drei", "vier", "fünf|fuenf|funf", "sechs", "sieben", "acht", "neun"],
    ["zéro", "un|une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
    ["cero", "uno|una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
    ["zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"],
    ["zero", "um|uma", "dois|duas", "três", "quatro", "cinco", "seis|meia", "sete", "oito", "nove"],
    ["nul", "een|één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"],
    [
        "zero",
        "jeden",
        "dwa",
        "trzy",
        "cztery",
        "pięć|piec",
        "sześć|szesc",
        "siedem",
        "osiem",
        "dziewięć|dziewiec",
    ],
    ["ноль|нуль", "один|раз", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"],
    ["noll", "ett|en", "två|tva", "tre", "fyra", "fem", "sex", "sju", "åtta|atta", "nio"],
    ["sıfır|sifir", "bir", "iki", "üç|uc", "dört|dort", "beş|bes", "altı|alti", "yedi", "sekiz", "dokuz"],
];

/// Numbers of two digits that are said as one word.
const TEENS: &[(&str, &str)] = &[
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("thirteen", "13"),
    ("fourteen", "14"),
    ("fifteen", "15"),
    ("sixteen", "16"),
    ("seventeen", "17"),
    ("eighteen", "18"),
    ("nineteen", "19"),
    ("zehn", "10"),
    ("elf", "11"),
    ("zwölf", "12"),
    ("dix", "10"),
    ("onze", "11"),
    ("douze", "12"),
    ("treize", "13"),
    ("quatorze", "14"),
    ("quinze", "15"),
    ("seize", "16"),
    ("diez", "10"),
    ("once", "11"),
    ("doce", "12"),
    ("trece", "13"),
    ("catorce", "14"),
    ("quince", "15"),
    ("dieci", "10"),
    ("undici", "11"),
    ("dodici", "12"),
    ("doze", "12"),
    ("treze", "13"),
    ("десять", "10"),
];

/// Tens after which a smaller number may be said.
const TENS: &[(&str, u8)] = &[
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("vingt", 20),
    ("vingts", 20),
    ("trente", 30),
    ("quarante", 40),
    ("cinquante", 50),
    ("soixante", 60),
    ("septante", 70),
    ("nonante", 90),
    ("veinte", 20),
    ("treinta", 30),
    ("cuarenta", 40),
    ("cincuenta", 50),
    ("sesenta", 60),
    ("setenta", 70),
    ("ochenta", 80),
    ("noventa", 90),
    ("двадцать", 20),
    ("тридцать", 30),
    ("сорок", 40),
    ("пятьдесят", 50),
    ("шестьдесят", 60),
    ("семьдесят", 70),
    ("восемьдесят", 80),
    ("девяносто", 90),
];

const OTHERS: &[(&str, Said)] = &[
    ("double", Said::Times(2)),
    ("doble", Said::Times(2)),
    ("triple", Said::Times(3)),
    ("plus", Said::Plus),
    ("плюс", Said::Plus),
    ("et", Said::And),
    ("y", Said::And),
];

/// The words in order, and the bits of the filter.
type Words = (Vec<(&'static str, Said)>, [u64; 64]);

/// Longest word, in bytes.
const LONGEST: usize = 24;

/// The words in order, and one bit for each that its length and first bytes choose.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    const NAMES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let digits = DIGITS.iter().flat_map(|language| language.iter().zip(NAMES));
    let digits =
        digits.flat_map(|(words, name)| words.split('|').map(move |word| (word, Said::Digits(name))));
    let teens = TEENS.iter().map(|&(word, digits)| (word, Said::Digits(digits)));
    let tens = TENS.iter().map(|&(word, tens)| (word, Said::Tens(tens)));
    let mut words: Vec<_> = digits.chain(teens).chain(tens).chain(OTHERS.iter().copied()).collect();
    words.sort_by_key(|&(word, _)| word);
    words.dedup_by_key(|(word, _)| *word);
    let mut bits = [0; 64];
    for (word, _) in &words {
        let bit = bit(word.as_bytes());
        bits[bit / 64] |= 1 << (bit % 64);
    }
    (words, bits)
});

fn bit(word: &[u8]) -> usize {
    let byte = |at: usize| usize::from(word.get(at).map_or(0, |byte| byte | 0x20));
    (byte(0) * 31 + byte(1) * 7 + byte(2) * 257 + word.len() * 67) % 4096
}

/// The word at the start of `text`, and its length.
pub(super) fn word(text: &str) -> Option<(Said, usize)> {
    let bytes = text.as_bytes();
    if !bytes.first()?.is_ascii_alphabetic() && *bytes.first()? < 0x80 {
        return None;
    }
    let run = bytes.iter().take(LONGEST + 1).take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80).count();
    let word = text.get(..run)?;
    let (words, bits) = &*WORDS;
    let find = |word: &str| words.binary_search_by_key(&word, |&(known, _)| known).ok().map(|at| words[at].1);
    let said = if word.is_ascii() {
        let bit = bit(word.as_bytes());
        if bits[bit / 64] & (1 << (bit % 64)) == 0 {
            return None;
        }
        find(&word.to_ascii_lowercase())?
    } else {
        find(&word.to_lowercase())?
    };
    Some((said, run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_words() {
        assert_eq!(word("FIVE5"), Some((Said::Digits("5"), 4)));
        assert_eq!(word("zéro six"), Some((Said::Digits("0"), 5)));
        assert_eq!(word("Восемь"), Some((Said::Digits("8"), 12)));
        assert_eq!(word("fives"), None);
        assert_eq!(word("5"), None);
        assert!(WORDS.0.iter().all(|(word, _)| word.len() <= LONGEST));
    }
}
