//! Text as patterns see it: views derived from what was sent, each of which maps back; and what can be
//! measured of a text and found in it.
//!
//! A view never replaces the text. It is scanned in its place, and every match in it is reported as
//! a range of the original. In reading order: [`symbol`] says what a character is, [`fold`] undoes
//! what a font or a keyboard does, [`lookalike`] and [`leet`] undo what somebody did on purpose,
//! [`view`] holds the derived text and `atoms` where each of its characters is from, `reader` reads the
//! text, ASCII in stretches (`stretch`) and all else one by one, `reading` adds what else a reader would
//! see in it, and [`grapheme`] brings a match back to the edges that a reader would
//! see. [`link`], [`measure`] and [`language`] look at the text as sent, `json` at how it is
//! quoted.

mod atoms;
mod bidi;
mod camel;
#[cfg(test)]
pub(crate) mod cases;
pub mod dictionary;
mod flag;
mod flip;
pub mod fold;
mod glyphs;
pub mod grapheme;
mod hashtag;
mod hint;
pub(crate) mod host;
mod ideogram;
pub(crate) mod json;
mod keyboard;
pub mod language;
pub mod leet;
mod leetspeak;
pub mod link;
pub mod lookalike;
mod markup;
pub mod measure;
pub(crate) mod ordinary;
mod percent;
mod reader;
mod reading;
pub(crate) mod refang;
pub(crate) mod signword;
mod spacing;
pub(crate) mod spelled;
mod stretch;
pub mod symbol;
pub mod trick;
pub mod view;

pub use trick::{Trick, Tricks};
pub use view::{Atom, View, ViewKind};
