//! Latin words drawn with ideographs and kana: `千ㄩ匚Ҝ`.
//!
//! Honest Chinese and Japanese is made of the same characters, so a token is read as drawn only where
//! every one of them is such a picture; and it is a further reading, never the first.

use super::view::{Atom, View};
use super::{Trick, Tricks};

/// Fewer pictures than this draw nothing.
const FEWEST: usize = 3;

/// Adds the readings of drawn tokens.
pub(super) fn draw(view: &mut View, sent: &str, count: usize) {
    if !sent.chars().any(|c| picture(c).is_some()) {
        return;
    }
    let mut start = 0;
    while start < count {
        let token = view.atoms()[start..count].iter().take_while(|atom| atom.role.word);
        let length = token.clone().count();
        let drawn: Option<Vec<Atom>> = token.map(|atom| read(atom, sent)).collect();
        if let Some(drawn) = drawn
            .filter(|drawn| drawn.iter().filter(|atom| atom.tricks.has(Trick::Homoglyph)).count() >= FEWEST)
        {
            view.add_for(start..start + length, &drawn);
        }
        start += length.max(1);
    }
}

/// The atom as drawn; none where it is neither a picture nor a Latin letter.
fn read(atom: &Atom, sent: &str) -> Option<Atom> {
    let shown = sent[atom.start as usize..].chars().next()?;
    match picture(shown) {
        Some(base) => Some(Atom { base, tricks: atom.tricks.with(Tricks::of(Trick::Homoglyph)), ..*atom }),
        None => atom.base.is_ascii_alphanumeric().then_some(*atom),
    }
}

/// The Latin letter that a character is a picture of.
pub(super) fn picture(c: char) -> Option<char> {
    Some(match c {
        '卂' => 'a',
        '乃' => 'b',
        '匚' => 'c',
        '刀' => 'd',
        '乇' => 'e',
        '千' => 'f',
        '卄' | '廾' => 'h',
        '丨' | '工' => 'i',
        '丿' | 'ﾌ' => 'j',
        'ㄥ' | '乚' => 'l',
        '爪' | '从' => 'm',
        '几' | '冂' => 'n',
        'ㄖ' | '口' => 'o',
        '卩' | '尸' => 'p',
        '尺' => 'r',
        '丂' => 's',
        'ㄒ' | '丅' | '七' => 't',
        'ㄩ' | '凵' => 'u',
        '山' => 'w',
        '乂' | 'メ' => 'x',
        'ㄚ' | '丫' => 'y',
        '乙' => 'z',
        _ => return None,
    })
}
