//! Counters: the calls of `rate`, `repeats` and `strikes`, lifted out of all expressions.
//!
//! Every message steps every counter, whatever its rules say about it; calls that count over the
//! same key share one entry of the state.

use cel::common::ast::IdedExpr;

use super::direct::Text;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Messages with the key.
    Rate,
    /// The same text from the same sender.
    Repeats,
    /// Messages with the key that were dropped or flagged.
    Strikes,
}

impl Kind {
    /// By the name of its function.
    pub(super) fn named(function: &str) -> Option<Kind> {
        match function {
            "rate" => Some(Kind::Rate),
            "repeats" => Some(Kind::Repeats),
            "strikes" => Some(Kind::Strikes),
            _ => None,
        }
    }
}

/// What messages are grouped by, and the windows they are counted in.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) kind: Kind,
    /// None for `repeats`: sender and text.
    pub(super) expression: Option<IdedExpr>,
    /// The expression, where it is but a name.
    pub(super) text: Option<Text>,
    /// Milliseconds, each once.
    pub(super) windows: Vec<i64>,
}

/// A call as written.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) text: String,
    /// The place of its key in [`Counters::keys`].
    pub(super) key: usize,
    /// The place of its window in [`Key::windows`].
    pub(super) window: usize,
}

/// The counters of all expressions, each once.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) keys: Vec<Key>,
    pub(super) calls: Vec<Call>,
    /// Whether a key may differ with what was said before the message.
    pub(super) looks_back: bool,
}

impl Counters {
    /// The place of a call in [`Counters::calls`]; it is added unless an equal one is there.
    pub(super) fn intern(
        &mut self,
        kind: Kind,
        expression: Option<IdedExpr>,
        window: i64,
        text: &str,
    ) -> usize {
        let known = self.keys.iter().position(|key| key.kind == kind && key.expression == expression);
        let key = known.unwrap_or_else(|| {
            let text = expression.as_ref().and_then(Text::of);
            self.keys.push(Key { kind, expression, text, windows: vec![] });
            self.keys.len() - 1
        });
        let windows = &mut self.keys[key].windows;
        let window = windows.iter().position(|other| *other == window).unwrap_or_else(|| {
            windows.push(window);
            windows.len() - 1
        });
        self.calls.iter().position(|call| (call.key, call.window) == (key, window)).unwrap_or_else(|| {
            self.calls.push(Call { text: text.to_owned(), key, window });
            self.calls.len() - 1
        })
    }
}
