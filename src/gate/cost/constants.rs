//! The constants of the cost model, in nanoseconds, as `cargo run --release --example cost` measures them.

/// The machine and the day they were measured.
pub const MACHINE: &str = "x";

/// Nanoseconds: so many a message, and so many for each of its characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Price(f64, f64);

impl Price {
    #[expect(clippy::cast_precision_loss, reason = "a number of characters")]
    pub(super) fn at(self, characters: usize) -> f64 {
        self.0 + self.1 * characters as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of passes")]
    pub(super) fn times(self, times: usize) -> Price {
        Price(self.0 * times as f64, self.1 * times as f64)
    }
}

/// A message under no rules.
pub(super) const MESSAGE: Price = Price(400.0, 0.0);
/// Reading a text in a view and passing over it for keywords: exact, folded, plain, loose (which reads as plain does).
pub(super) const VIEWS: [Price; 4] =
    [Price(100.0, 5.0), Price(100.0, 8.0), Price(300.0, 25.0), Price(300.0, 25.0)];
/// Reading a text in the folded view for expressions on it.
pub(super) const FOLD: Price = Price(100.0, 8.0);
/// A pass for the literals of expressions.
pub(super) const LITERALS: Price = Price(100.0, 3.0);
/// A pass for all expressions without a literal.
pub(super) const SIEVE: Price = Price(100.0, 3.0);
/// A search for one expression.
pub(super) const TRY: Price = Price(100.0, 1.0);
/// The same on a text that is not ASCII, for one with a word boundary that knows Unicode, on top.
pub(super) const UNICODE: Price = Price(100.0, 30.0);
/// By kind: email, phone, url, ip, card, iban, crypto.
pub(super) const FINDS: [Price; 7] = [Price(50.0, 1.0); 7];
/// Looking for links, for `domain`.
pub(super) const LINKS: Price = Price(50.0, 1.0);
/// A condition that is asked for every message.
pub(super) const EXPRESSION: Price = Price(800.0, 0.0);
/// A key that every message is counted by.
pub(super) const COUNTER: Price = Price(1000.0, 0.0);
/// Names that take a look at the whole text, once a message.
pub(super) const NAMES: [(&str, Price); 7] = [
    ("message.language", Price(500.0, 10.0)),
    ("message.links", Price(100.0, 1.0)),
    ("message.hosts", Price(100.0, 1.0)),
    ("message.words", Price(50.0, 2.0)),
    ("message.emoji", Price(50.0, 2.0)),
    ("message.caps", Price(50.0, 2.0)),
    ("message.length", Price(20.0, 1.0)),
];
/// A unit of work.
pub(super) const UNIT: f64 = 2.0;
