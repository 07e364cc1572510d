//! Regional indicators: flags in pairs, letters otherwise; and a row of flags may spell a word all the
//! same, so it has a further reading.

use super::view::{Atom, View};
use super::{Trick, Tricks};

/// Shorter rows spell nothing.
const SHORTEST: usize = 4;

/// Adds the readings of rows of flags as letters.
pub(super) fn spell(view: &mut View, count: usize) {
    let mut start = 0;
    while start < count {
        let row = view.atoms()[start..count].iter().take_while(|atom| letter(atom.base).is_some());
        let read = |atom: &Atom| {
            let base = letter(atom.base).unwrap_or(atom.base);
            let mut role = atom.role;
            role.word = true;
            Atom { base, role, tricks: atom.tricks.with(Tricks::of(Trick::Styled)), ..*atom }
        };
        let spelt: Vec<Atom> = row.map(read).collect();
        if spelt.len() >= SHORTEST {
            view.add(&spelt);
        }
        start += spelt.len().max(1);
    }
}

/// The letter of a regional indicator.
#[must_use]
pub(super) fn letter(c: char) -> Option<char> {
    let index = (c as u32).checked_sub(0x1_f1e6).filter(|&index| index < 26)?;
    char::from_digit(index + 10, 36)
}

/// The byte up to which the regional indicators from `start` on are flags: `start` itself where one
/// of them, or of those that follow it with nothing but white space between, is not half of a flag.
#[must_use]
pub(super) fn flags_until(text: &str, start: usize) -> usize {
    let mut end = start;
    let mut pair = None;
    let mut beside = text[..start].chars().next_back().is_some_and(char::is_alphanumeric);
    for (at, c) in text[start..].char_indices() {
        match (letter(c), pair.take()) {
            (Some(_), None) if beside => return start,
            (Some(first), None) => pair = Some(first),
            (Some(second), Some(first)) if is_region(first, second) => end = start + at + c.len_utf8(),
            // Only space may stand between flags; a letter that touches one makes it a letter too.
            (None, None) if c.is_whitespace() => {}
            (None, None) if c.is_alphanumeric() && start + at == end => return start,
            (None, None) => break,
            _ => return start,
        }
        beside = false;
    }
    if pair.is_some() { start } else { end }
}

/// The regions that have a flag (ISO 3166-1 and a few more), in groups by their first letter.
const REGIONS: &str = "acadaeafagaialamaoaqarasatauawaxaz babbbdbebfbgbhbibjblbmbnbobqbrbsbtbvbwbybz \
    caccccdcfcgchcickclcmcncocpcrcucvcwcxcycz dedgdjdkdmdodz eaeceeegehereseteu fifjfkfmfofr \
    gagbgdgegfggghgiglgmgngpgqgrgsgtgugwgy hkhmhnhrhthu icidieiliminioiqirisit jejmjojp kekgkhkikmknkpkrkwkykz \
    lalblclilklrlsltlulvly mamcmdmemfmgmhmkmlmmmnmompmqmrmsmtmumvmwmxmymz nancnenfngninlnonpnrnunz om \
    papepfpgphpkplpmpnprpsptpwpy qa rerorsrurw sasbscsdsesgshsisjskslsmsnsosrssstsvsxsysz \
    tatctdtftgthtjtktltmtntotrtttvtwtz uaugumunusuyuz vavcvevgvivnvu wfws xk yeyt zazmzw";

fn is_region(first: char, second: char) -> bool {
    let regions = REGIONS.split_whitespace().flat_map(|group| group.as_bytes().chunks(2));
    regions.into_iter().any(|pair| pair.eq_ignore_ascii_case(&[first as u8, second as u8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_flags_and_letters_are_letters() {
        for flags in ["🇺🇸", "🇩🇪🇫🇷", "🇺🇸 vs 🇬🇧"] {
            assert!(flags_until(flags, 0) > 0, "{flags}");
        }
        for letters in ["🇫🇺🇨🇰", "🇫 🇺 🇨 🇰", "🇺🇸🇦", "🇺🇸a"] {
            assert_eq!(flags_until(letters, 0), 0, "{letters}");
        }
    }
}
