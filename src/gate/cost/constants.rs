//! The prices of the cost model, as `cargo run --release --example cost` measures and prints them.

/// Nanoseconds: so many a message, and so many for each of its characters. The first may be less than
/// nothing: longer texts hold dearer letters more often.
#[derive(Clone, Copy, Debug, Default)]
pub struct Price(pub f64, pub f64);

impl Price {
    #[expect(clippy::cast_precision_loss, reason = "a number of characters")]
    pub(super) fn at(self, characters: usize) -> f64 {
        (self.0 + self.1 * characters as f64).max(0.0)
    }
}

/// What each thing costs that a rule set may make a message go through.
#[derive(Clone, Copy, Debug)]
pub struct Prices {
    /// A message under no rules.
    pub message: Price,
    /// Remembering what was written, for words in pieces: where any rule looks at the text.
    pub patterns: Price,
    /// Reading a text in a view and passing over it for keywords: exact, folded, plain, loose (which
    /// reads as plain does).
    pub views: [Price; 4],
    /// Reading a text in the folded view for expressions on it.
    pub fold: Price,
    /// A pass for the literals of expressions.
    pub literals: Price,
    /// A pass for all expressions without a literal.
    pub sieve: Price,
    /// A search for one expression.
    pub search: Price,
    /// The same on a text that is not ASCII, for an expression with a word boundary that knows Unicode,
    /// on top.
    pub unicode: Price,
    /// By kind: email, phone, url, ip, card, iban, crypto.
    pub finds: [Price; 7],
    /// Looking for links, for `domain`.
    pub links: Price,
    /// A condition that is asked for every message.
    pub expression: Price,
    /// A key that every message is counted by.
    pub counter: Price,
    /// Names that take a look at the whole text, once a message: [`NAMES`].
    pub names: [Price; 7],
    /// A unit of work.
    pub unit: f64,
}

/// Names of conditions that take a look at the whole text.
pub const NAMES: [&str; 7] = [
    "message.language",
    "message.links",
    "message.hosts",
    "message.words",
    "message.emoji",
    "message.caps",
    "message.length",
];

/// The machine and the day they were measured.
pub const MACHINE: &str = "AMD EPYC, 2 virtual cores, 2026-11-23";

/// As they were measured there.
pub const MEASURED: Prices = Prices {
    message: Price(173.0, 0.0),
    patterns: Price(360.0, 0.0),
    views: [Price(90.0, 15.6), Price(90.0, 16.0), Price(-500.0, 61.8), Price(-500.0, 61.8)],
    fold: Price(42.0, 16.0),
    literals: Price(60.0, 0.1),
    sieve: Price(60.0, 1.7),
    search: Price(60.0, 1.5),
    unicode: Price(0.0, 30.0),
    finds: [Price(0.0, 8.0); 7],
    links: Price(0.0, 12.0),
    expression: Price(64.0, 0.0),
    counter: Price(193.0, 3.9),
    names: [Price(0.0, 6.0); 7],
    unit: 2.0,
};
