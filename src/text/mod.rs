//! Text as patterns see it: views derived from what was sent, each of which maps back.
//!
//! A view never replaces the text. It is scanned in its place, and every match in it is reported as
//! a range of the original. In reading order: [`symbol`] says what a character is, [`fold`] undoes
//! what a font or a keyboard does, [`lookalike`] and [`leet`] undo what somebody did on purpose,
//! [`view`] puts the derived text together, [`spacing`] adds the reading of spaced-out words, and
//! [`grapheme`] brings a match back to the edges that a reader would see.

pub mod fold;
pub mod grapheme;
pub mod leet;
pub mod lookalike;
pub mod spacing;
pub mod symbol;
pub mod trick;
pub mod view;

pub use trick::{Trick, Tricks};
pub use view::{Atom, View, ViewKind};
