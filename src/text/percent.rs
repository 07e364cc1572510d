//! Percent escapes in links: `https://x.com/f%75ck`. Elsewhere a percent sign is one.

use super::view::{Atom, View};
use super::{Trick, Tricks};

/// Adds the readings of links with their escapes undone.
pub(super) fn decode(view: &mut View, count: usize) {
    let mut start = 0;
    while start < count {
        let length = view.atoms()[start..count].iter().take_while(|atom| atom.base != ' ').count();
        if let Some(link) = decoded(&view.atoms()[start..start + length]) {
            view.add_for(start..start + length, &link);
        }
        start += length.max(1);
    }
}

fn decoded(token: &[Atom]) -> Option<Vec<Atom>> {
    let is_link = token.windows(2).any(|pair| pair[0].base == '/' && pair[1].base == '/')
        || token.windows(3).any(|part| part[0].role.word && part[1].base == '.' && part[2].role.word);
    if !is_link || !token.iter().any(|atom| atom.base == '%') {
        return None;
    }
    let mut link = Vec::with_capacity(token.len());
    let mut at = 0;
    while at < token.len() {
        let Some(c) = escape(&token[at..]) else {
            link.push(token[at]);
            at += 1;
            continue;
        };
        let mut atom = Atom { base: c.to_ascii_lowercase(), end: token[at + 2].end, ..token[at] };
        atom.role.word = c.is_ascii_alphanumeric();
        atom.tricks = atom.tricks.with(Tricks::of(Trick::Markup));
        link.push(atom);
        at += 3;
    }
    (link.len() < token.len()).then_some(link)
}

/// The ASCII character that `%75` stands for.
fn escape(atoms: &[Atom]) -> Option<char> {
    let [percent, high, low, ..] = atoms else { return None };
    let byte = high.base.to_digit(16)? * 16 + low.base.to_digit(16)?;
    char::from_u32(byte).filter(|c| percent.base == '%' && (c.is_ascii_graphic() || *c == ' '))
}
