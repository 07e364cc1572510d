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
    message: Price(178.4, 0.01),
    patterns: Price(386.6, 0.94),
    views: [Price(68.8, 2.43), Price(138.8, 1.63), Price(-463.0, 23.7), Price(-463.0, 23.7)],
    fold: Price(50.1, 2.85),
    literals: Price(-118.0, 10.8),
    sieve: Price(54.3, 1.05),
    search: Price(36.2, 0.88),
    unicode: Price(0.0, 12.95),
    finds: [
        Price(-244.2, 7.73),
        Price(-33.9, 6.45),
        Price(-549.4, 12.01),
        Price(-385.1, 5.18),
        Price(5.4, 0.0),
        Price(-14.0, 0.13),
        Price(9.7, 0.27),
    ],
    links: Price(-495.9, 11.58),
    expression: Price(46.7, 0.0),
    counter: Price(532.5, 0.29),
    names: [
        Price(171.3, 13.1),
        Price(-11.9, 11.12),
        Price(-142.8, 11.9),
        Price(91.3, 3.89),
        Price(70.7, 0.58),
        Price(76.2, 1.4),
        Price(95.9, 0.2),
    ],
    unit: 2.0,
};
