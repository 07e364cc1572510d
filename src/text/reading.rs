//! The further readings of a text: what else a reader would see in it.
//!
//! Each is a pass over the atoms of the first reading that adds, for the few places it concerns, the
//! atoms as they are read there. To add one: a file, and its line in [`add_all`].

use super::hint::Hints;
use super::view::View;
use super::{bidi, camel, flag, flip, glyphs, ideogram, leetspeak, markup, percent, spacing};

/// Adds all further readings to a view that holds the first, where the hints promise any.
pub(super) fn add_all(view: &mut View, sent: &str, hints: Hints) {
    let count = view.atoms().len();
    if hints.humps {
        camel::mark(view, sent, count);
    }
    if hints.singles >= spacing::FEWEST {
        spacing::join(view, sent, count);
    }
    if hints.built {
        markup::strip(view, count);
        leetspeak::write(view, count);
        percent::decode(view, count);
    }
    if hints.glyphs {
        glyphs::pair(view, count);
    }
    if !sent.is_ascii() {
        bidi::turn(view, sent, count);
        flip::upright(view, sent, count);
        ideogram::draw(view, sent, count);
        flag::spell(view, count);
    }
}
