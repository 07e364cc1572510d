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
            view.add_for(start..start + spelt.len(), &spelt);
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

/// A row of regional indicators with nothing but space between them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    /// The byte after the last.
    pub(super) end: usize,
    /// Whether they stand in pairs that are flags, and no letter touches them.
    pub(super) flags: bool,
}

/// The row that begins at a byte.
pub(super) fn row(text: &str, start: usize) -> Row {
    let touched = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut row = Row { end: start, flags: !touched(text[..start].chars().next_back()) };
    let mut half = None;
    for (at, c) in text[start..].char_indices() {
        match (letter(c), half.take()) {
            (Some(first), None) => half = Some(first),
            (Some(second), Some(first)) => row.flags &= is_region(first, second),
            (None, None) if c.is_whitespace() => continue,
            (None, alone) => {
                row.flags &= alone.is_none() && !(start + at == row.end && c.is_alphanumeric());
                if !c.is_whitespace() {
                    return row;
                }
                continue;
            }
        }
        row.end = start + at + c.len_utf8();
    }
    row.flags &= half.is_none();
    row
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
            assert!(row(flags, 0).flags, "{flags}");
        }
        for letters in ["🇫🇺🇨🇰", "🇫 🇺 🇨 🇰", "🇺🇸🇦", "🇺🇸a"] {
            assert!(!row(letters, 0).flags, "{letters}");
        }
    }
}
