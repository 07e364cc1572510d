//! What a rule looks for in the text: one file a kind of pattern.
//!
//! Every kind is compiled when rules are loaded and can't fail afterwards. `words` (with `anywhere`
//! and `list`) and the literals of `regex` ride on the automata of [`super::scan`]; the others look
//! at a text once, however many rules ask for them.

pub mod censored;
pub mod domain;
mod evidence;
pub mod find;
pub mod joint;
pub mod literal;
pub mod phrase;
pub mod regex;
mod standing;
pub mod variant;
mod walk;
pub mod words;
