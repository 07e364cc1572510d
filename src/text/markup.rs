//! Markup inside a word: `f**u**ck`, `f<b>u</b>ck`, `f&#117;ck`, `badw[o](url)rd`.
//!
//! A token that holds markup between its letters is read once more without it. What the platform
//! would render is taken out, and character references are what they stand for.

use super::view::{Atom, View};
use super::{Trick, Tricks, fold};

/// What markup begins with.
const SIGNS: [char; 8] = ['*', '_', '~', '`', '|', '<', '&', '['];

/// Longest tag or link that is taken out.
const LONGEST: usize = 80;

/// Adds the readings of tokens without their markup.
pub(super) fn strip(view: &mut View, count: usize) {
    let mut start = 0;
    while start < count {
        let length = view.atoms()[start..count].iter().take_while(|atom| atom.base != ' ').count();
        // A tag or a link may hold white space: it ends the token only outside of them.
        let token = &view.atoms()[start..start + length];
        if token.iter().any(|atom| SIGNS.contains(&atom.base) && !atom.role.word) {
            let end = (start + length + LONGEST).min(count);
            let (bare, read) = without_markup(&view.atoms()[start..end], length);
            if bare.len() < read && bare.len() > 1 {
                view.add_for(start..start + read, &bare);
            }
            start += read.max(1);
        } else {
            start += length.max(1);
        }
    }
}

/// What letters wear in the names of character references.
const WORN: [&str; 10] =
    ["acute", "grave", "circ", "uml", "tilde", "ring", "cedil", "slash", "caron", "elig"];

/// The atoms of a token without its markup, and how many atoms that took.
fn without_markup(atoms: &[Atom], token: usize) -> (Vec<Atom>, usize) {
    let mut plain = Vec::new();
    let mut at = 0;
    let mut link = None;
    while at < atoms.len() && (at < token || atoms[at].base != ' ') {
        let rest = &atoms[at..];
        let skip = match rest[0].base {
            // Inside a word one underscore is part of a name.
            '_' if !marks(&atoms[..at], rest) => 0,
            '*' | '_' | '~' | '`' => 1,
            '|' if !rest[0].role.word && rest.get(1).is_some_and(|next| next.base == '|') => 2,
            '<' => tag(rest),
            '[' => {
                link = Some(plain.len());
                1
            }
            ']' if link.take().is_some() => 1 + target(&rest[1..]),
            '&' => match reference(rest) {
                Some((atom, length)) => {
                    // What shows nothing leaves nothing.
                    plain.extend(Some(atom).filter(|atom| atom.base != '\u{200b}'));
                    at += length;
                    continue;
                }
                None => 0,
            },
            _ => 0,
        };
        if skip == 0 {
            plain.push(undone(rest[0]));
        }
        at += skip.max(1);
    }
    (plain, at)
}

/// Whether an underscore is emphasis: doubled, or at the edge of the token.
fn marks(before: &[Atom], rest: &[Atom]) -> bool {
    let beside = [before.last(), rest.get(1)];
    beside.iter().any(|atom| atom.is_none_or(|atom| !atom.role.word))
}

fn undone(atom: Atom) -> Atom {
    Atom { tricks: atom.tricks.with(Tricks::of(Trick::Markup)), ..atom }
}

/// The length of the tag that begins here; 0 where none does.
fn tag(atoms: &[Atom]) -> usize {
    let named =
        atoms.get(1).is_some_and(|next| next.base.is_ascii_alphabetic() || matches!(next.base, '/' | '!'));
    let end = atoms.iter().take(LONGEST).position(|atom| atom.base == '>');
    end.filter(|_| named).map_or(0, |end| end + 1)
}

/// The length of the `(target)` of a link.
fn target(atoms: &[Atom]) -> usize {
    if atoms.first().is_none_or(|first| first.base != '(') {
        return 0;
    }
    atoms.iter().take(LONGEST).position(|atom| atom.base == ')').map_or(0, |end| end + 1)
}

/// The character that a reference stands for, and the reference's length: `&#117;`, `&#x75;`, `&amp;`.
fn reference(atoms: &[Atom]) -> Option<(Atom, usize)> {
    let end = atoms.iter().take(12).position(|atom| atom.base == ';')?;
    let name: String = atoms[1..end].iter().map(|atom| atom.base).collect();
    let c = match name.strip_prefix('#') {
        Some(digits) => {
            let code = match digits.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
        None => match name.as_str() {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "nbsp" => ' ',
            "shy" | "zwj" | "zwnj" | "zerowidthspace" => '\u{200b}',
            // `&uacute;`: the letter, and what it wears.
            worn => worn.chars().next().filter(|letter| WORN.contains(&&worn[letter.len_utf8()..]))?,
        },
    };
    let base = *fold::fold(c).bases.first().unwrap_or(&c);
    let mut atom = undone(atoms[0]);
    atom.base = base;
    atom.end = atoms[end].end;
    atom.role.word = super::symbol::is_word(c);
    Some((atom, end + 1))
}
