//! What is put between or around letters: marks, what shows nothing, spaces, markup, more of the same.

/// Scripts that spell with marks: nobody pulls a vowel sign off its letter.
fn spells_with_marks(word: &str) -> bool {
    word.chars().any(|c| matches!(c, '\u{900}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'))
}

/// Something behind each letter but the last.
fn between(word: &str, what: &str) -> String {
    if spells_with_marks(word) {
        return word.to_owned();
    }
    word.chars().map(String::from).collect::<Vec<_>>().join(what)
}

/// Something behind each letter of the alphabets of Europe.
fn behind(word: &str, what: &str) -> String {
    let with = |c: char| if c < '\u{530}' { format!("{c}{what}") } else { c.to_string() };
    word.chars().map(with).collect()
}

/// Something around the second letter.
fn around_second(word: &str, open: &str, close: &str) -> String {
    if spells_with_marks(word) {
        return word.to_owned();
    }
    let around = |(at, c): (usize, char)| if at == 1 { format!("{open}{c}{close}") } else { c.to_string() };
    word.chars().enumerate().map(around).collect()
}

pub(super) fn stacked_marks(word: &str) -> String {
    behind(word, "\u{30d}\u{35b}\u{321}\u{33c}")
}

pub(super) fn struck_through(word: &str) -> String {
    behind(word, "\u{336}")
}

pub(super) fn zero_width(word: &str) -> String {
    between(word, "\u{200b}")
}

pub(super) fn soft_hyphens(word: &str) -> String {
    between(word, "\u{ad}")
}

pub(super) fn tag_characters(word: &str) -> String {
    between(word, "\u{e0061}")
}

pub(super) fn spaces(word: &str) -> String {
    between(word, " ")
}

pub(super) fn dots(word: &str) -> String {
    between(word, ".")
}

pub(super) fn dashes(word: &str) -> String {
    between(word, "-")
}

pub(super) fn emoji(word: &str) -> String {
    between(word, "🔥")
}

pub(super) fn bold_markup(word: &str) -> String {
    around_second(word, "**", "**")
}

pub(super) fn tags(word: &str) -> String {
    around_second(word, "<i>", "</i>")
}

/// The second letter by its number.
pub(super) fn character_reference(word: &str) -> String {
    let write = |(at, c): (usize, char)| {
        if at == 1 { format!("&#{};", u32::from(c)) } else { c.to_string() }
    };
    word.chars().enumerate().map(write).collect()
}

/// The last vowel inside the word, or else its last letter, four times.
pub(super) fn repeats(word: &str) -> String {
    if spells_with_marks(word) {
        return word.to_owned();
    }
    let letters: Vec<char> = word.chars().collect();
    let last = letters.len().saturating_sub(1);
    let vowel = (1..last).rev().find(|at| "aeiouаеиоуыэюя".contains(letters[*at]));
    let at = vowel.unwrap_or(last);
    let write = |(here, c): (usize, &char)| c.to_string().repeat(if here == at { 4 } else { 1 });
    letters.iter().enumerate().map(write).collect()
}

/// In a hashtag beside another word, `#HeronYou`, where there are capitals.
pub(super) fn hashtag(word: &str) -> String {
    if !word.chars().all(|c| c.is_lowercase() || c.is_uppercase()) {
        return word.to_owned();
    }
    format!("{}You", hashtag_before(word))
}

/// In a hashtag by itself, where another word would come between those of a phrase.
pub(super) fn hashtag_before(word: &str) -> String {
    let mut letters = word.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("#{first}{}", letters.as_str())
}
