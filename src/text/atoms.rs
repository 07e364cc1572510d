//! The atoms of a view, written out only when somebody asks for them.
//!
//! In most messages nothing is met: of them only the text to scan is ever looked at, and an atom for
//! each character would be the dearest part of reading them.

use std::cell::{OnceCell, RefCell};

use super::Tricks;
use super::keyboard;
use super::view::{Atom, Role, ViewKind, offset};

/// Atoms, in the order of the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Atoms {
    kind: ViewKind,
    length: usize,
    pieces: Vec<Piece>,
    /// The ASCII of all pieces, as sent.
    ascii: Vec<u8>,
    /// Atoms that are capitals before small letters.
    capitals: Vec<usize>,
    /// All of them, once somebody has asked.
    written: OnceCell<Vec<Atom>>,
    /// The memory of those of the text before.
    spare: RefCell<Vec<Atom>>,
}

/// What was added at a time.
#[derive(Clone, Copy, Debug)]
enum Piece {
    /// A stretch of ASCII that means what it seems to: how much of it there is up to its end, and the
    /// byte of the text as sent at which it begins.
    Ascii { end: usize, from: usize },
    /// Anything else.
    Other(Atom),
}

impl Atoms {
    /// Makes ready for another text.
    pub(super) fn reset(&mut self, kind: ViewKind) {
        self.kind = kind;
        self.length = 0;
        self.pieces.clear();
        self.ascii.clear();
        self.capitals.clear();
        if let Some(mut written) = self.written.take() {
            written.clear();
            *self.spare.get_mut() = written;
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn all(&self) -> &[Atom] {
        self.written.get_or_init(|| self.write())
    }

    fn all_mut(&mut self) -> &mut Vec<Atom> {
        self.all();
        self.written.get_mut().expect("it was written just now")
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut Atom> {
        if self.written.get().is_some() || matches!(self.pieces.last(), Some(Piece::Ascii { .. })) {
            return self.all_mut().last_mut();
        }
        match self.pieces.last_mut() {
            Some(Piece::Other(last)) => Some(last),
            _ => None,
        }
    }

    /// The character of the last one.
    pub(super) fn last_base(&self) -> Option<char> {
        if let Some(written) = self.written.get() {
            return written.last().map(|last| last.base);
        }
        match self.pieces.last()? {
            Piece::Other(last) => Some(last.base),
            Piece::Ascii { .. } => self.ascii.last().map(|&byte| char::from(keyboard::base(self.kind, byte))),
        }
    }

    pub(super) fn push(&mut self, atom: Atom) {
        match self.written.get_mut() {
            Some(written) => written.push(atom),
            None => self.pieces.push(Piece::Other(atom)),
        }
        self.length += 1;
    }

    pub(super) fn pop(&mut self) -> Option<Atom> {
        let last = self.all_mut().pop();
        self.length -= usize::from(last.is_some());
        last
    }

    /// Adds a stretch of ASCII that begins at a byte of the text as sent.
    pub(super) fn read(&mut self, stretch: &[u8], from: usize) {
        self.length += stretch.len();
        if let Some(written) = self.written.get_mut() {
            written.extend(read(self.kind, stretch, from));
            return;
        }
        self.ascii.extend_from_slice(stretch);
        self.pieces.push(Piece::Ascii { end: self.ascii.len(), from });
    }

    /// Says of an atom that it is a capital before a small letter.
    pub(super) fn mark_capital(&mut self, atom: usize) {
        match self.written.get_mut() {
            Some(written) => written[atom].role.capital = true,
            None => self.capitals.push(atom),
        }
    }

    /// Lets a word begin at an atom.
    pub(super) fn mark_edge(&mut self, atom: usize) {
        self.all_mut()[atom].role.edge = true;
    }

    fn write(&self) -> Vec<Atom> {
        let mut atoms = self.spare.take();
        let mut done = 0;
        for piece in &self.pieces {
            match *piece {
                Piece::Other(atom) => atoms.push(atom),
                Piece::Ascii { end, from } => {
                    atoms.extend(read(self.kind, &self.ascii[done..end], from));
                    done = end;
                }
            }
        }
        self.capitals.iter().for_each(|&capital| atoms[capital].role.capital = true);
        atoms
    }
}

/// The atoms of ASCII that means what it seems to.
fn read(kind: ViewKind, stretch: &[u8], from: usize) -> impl Iterator<Item = Atom> {
    stretch.iter().zip(offset(from)..).map(move |(&byte, start)| Atom {
        start,
        end: start + 1,
        base: char::from(keyboard::base(kind, byte)),
        tricks: Tricks::NONE,
        role: Role { word: keyboard::sign(byte).is & keyboard::is::WORD != 0, ..Role::default() },
    })
}
