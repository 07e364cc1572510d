//! Letters in the place of others: fonts, look-alikes, digits and signs, what hides a letter.

/// Each small or capital letter of English by a table of 26; others stay.
fn by_table(word: &str, table: &str) -> String {
    let letters: Vec<char> = table.chars().collect();
    let other = |c: char| {
        let at = (c.to_ascii_lowercase() as usize).checked_sub('a' as usize)?;
        letters.get(at).copied()
    };
    word.chars().map(|c| other(c).unwrap_or(c)).collect()
}

/// Each letter of English by the block of 26 that begins at a code point.
fn by_block(word: &str, first: u32) -> String {
    let other = |c: char| {
        let at = u32::from(c.to_ascii_lowercase()).checked_sub(u32::from('a')).filter(|at| *at < 26)?;
        char::from_u32(first + at)
    };
    word.chars().map(|c| other(c).unwrap_or(c)).collect()
}

/// Letters by pairs of letter and what stands for it.
fn by_pairs(word: &str, pairs: &[(char, &str)]) -> String {
    let other = |c: char| pairs.iter().find(|(letter, _)| *letter == c.to_ascii_lowercase());
    word.chars().map(|c| other(c).map_or_else(|| c.to_string(), |(_, other)| (*other).to_owned())).collect()
}

fn is_vowel(c: char) -> bool {
    "aeiouyäöüàâáéèêíìîóòôúùûаеёиоуыэюяіїαεηιουω".contains(c)
}

/// The second letter and every other one after it in capitals: `hErOn`.
pub(super) fn case(word: &str) -> String {
    let turn = |(at, c): (usize, char)| {
        if at % 2 == 1 { c.to_uppercase().collect() } else { c.to_lowercase().collect::<String>() }
    };
    word.chars().enumerate().map(turn).collect()
}

pub(super) fn full_width(word: &str) -> String {
    by_block(word, 0xFF41)
}

pub(super) fn bold(word: &str) -> String {
    by_block(word, 0x1D41A)
}

pub(super) fn fraktur(word: &str) -> String {
    by_block(word, 0x1D586)
}

pub(super) fn script(word: &str) -> String {
    by_block(word, 0x1D4EA)
}

pub(super) fn circled(word: &str) -> String {
    by_block(word, 0x24D0)
}

pub(super) fn squared(word: &str) -> String {
    by_block(word, 0x1F130)
}

/// Regional indicators, which a phone shows as letters where two make no flag.
pub(super) fn flags(word: &str) -> String {
    by_block(word, 0x1F1E6)
}

pub(super) fn superscript(word: &str) -> String {
    by_table(word, "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖqʳˢᵗᵘᵛʷˣʸᶻ")
}

pub(super) fn small_capitals(word: &str) -> String {
    by_table(word, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡxʏᴢ")
}

pub(super) fn syllabics(word: &str) -> String {
    by_table(word, "ᗩᗷᑕᗪEᖴGᕼIᒍKᒪᗰᑎOᑭᑫᖇᔕTᑌᐯᗯ᙭Yᘔ")
}

pub(super) fn accents(word: &str) -> String {
    by_table(word, "äbćďéfğĥïĵķłmñöpqřšţüvŵxýž")
}

pub(super) fn cyrillic(word: &str) -> String {
    by_table(word, "аbсdеfgһіјklmnорqrѕtuvwхуz")
}

pub(super) fn greek(word: &str) -> String {
    by_table(word, "αβcdεfghιjκlmηορqrstυνωχγz")
}

/// Two letters that look like one in common fonts.
pub(super) fn side_by_side(word: &str) -> String {
    by_pairs(word, &[('m', "rn"), ('w', "vv")])
}

/// The first letter that a digit looks like, the first letter of the word left alone.
pub(super) fn one_digit(word: &str) -> String {
    let digits = [('a', '4'), ('e', '3'), ('i', '1'), ('o', '0'), ('s', '5'), ('t', '7')];
    let mut done = false;
    let turn = |(at, c): (usize, char)| match digits.iter().find(|(letter, _)| *letter == c) {
        Some((_, digit)) if at > 0 && !done => {
            done = true;
            *digit
        }
        _ => c,
    };
    word.chars().enumerate().map(turn).collect()
}

pub(super) fn leet(word: &str) -> String {
    by_pairs(
        word,
        &[('a', "4"), ('e', "3"), ('g', "9"), ('i', "1"), ('o', "0"), ('s', "5"), ('t', "7"), ('z', "2")],
    )
}

pub(super) fn signs(word: &str) -> String {
    by_pairs(word, &[('a', "@"), ('c', "("), ('e', "€"), ('i', "!"), ('l', "|"), ('s', "$"), ('t', "+")])
}

/// The first vowel inside the word behind a star.
pub(super) fn masked_vowel(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let inner = 1..letters.len().saturating_sub(1);
    let hidden = inner.clone().find(|at| is_vowel(letters[*at]));
    letters.iter().enumerate().map(|(at, c)| if Some(at) == hidden { '*' } else { *c }).collect()
}

/// All but the first and the last letter behind stars; in long words, two of them.
pub(super) fn masked_middle(word: &str) -> String {
    if !word.chars().all(|c| c.is_lowercase() || c.is_uppercase()) {
        return word.to_owned();
    }
    let letters: Vec<char> = word.chars().collect();
    let inner = 1..letters.len().saturating_sub(1);
    let start = inner.end.saturating_sub(2).max(1).min(letters.len() / 2);
    let hidden = if inner.len() <= 3 { inner } else { start..start + 2 };
    letters.iter().enumerate().map(|(at, c)| if hidden.contains(&at) { '*' } else { *c }).collect()
}

/// Emoji that are letters.
pub(super) fn emoji(word: &str) -> String {
    by_pairs(
        word,
        &[
            ('a', "🅰\u{fe0f}"),
            ('b', "🅱\u{fe0f}"),
            ('i', "ℹ\u{fe0f}"),
            ('m', "Ⓜ\u{fe0f}"),
            ('o', "🅾\u{fe0f}"),
            ('p', "🅿\u{fe0f}"),
        ],
    )
}

/// Turned, and so read from the other end, where every letter can be turned.
pub(super) fn upside_down(word: &str) -> String {
    if !word.chars().all(|c| c.is_ascii_alphabetic()) {
        return word.to_owned();
    }
    by_table(word, "ɐqɔpǝɟƃɥıɾʞןɯuodbɹsʇnʌʍxʎz").chars().rev().collect()
}
