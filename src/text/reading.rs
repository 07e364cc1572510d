//! The further readings of a text: what else a reader would see in it.
//!
//! Each is a pass over the atoms of the first reading that adds, for the few places it concerns, the
//! atoms as they are read there. To add one: a file, and its line in [`add_all`].

use super::hint::Hints;
use super::view::View;
use super::{bidi, camel, flag, flip, glyphs, hashtag, ideogram, leetspeak, markup, percent, spacing};

/// Adds all further readings to a view that holds the first, where the hints promise any.
pub(super) fn add_all(view: &mut View, sent: &str, hints: &Hints) {
    let count = view.first_length();
    camel::mark(view, sent, count, &hints.humps);
    if hints.singles >= spacing::FEWEST {
        spacing::join(view, sent, count);
    }
    if hints.markup {
        markup::strip(view, count);
    }
    if hints.built {
        leetspeak::write(view, count);
    }
    if hints.percent {
        percent::decode(view, count);
    }
    if hints.hash {
        hashtag::name(view, count);
    }
    glyphs::pair(view, count, &hints.glyphs);
    if !sent.is_ascii() {
        bidi::turn(view, sent, count);
    }
    if hints.turned {
        flip::upright(view, sent, count);
    }
    if hints.pictures {
        ideogram::draw(view, sent, count);
    }
    if hints.flags {
        flag::spell(view, count);
    }
}
