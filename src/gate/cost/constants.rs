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
    /// Reading a text in a view and passing over it for so few keywords that most of it is skipped:
    /// exact, folded, plain, loose (which reads as plain does).
    pub few: [Price; 4],
    /// The same for many keywords.
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
    message: Price(155.2, 0.01),
    patterns: Price(420.9, 0.53),
    few: [Price(68.8, 2.43), Price(138.8, 1.63), Price(-409.1, 14.34), Price(-409.1, 14.34)],
    views: [Price(-353.4, 11.79), Price(-347.5, 11.54), Price(-616.9, 24.03), Price(-616.9, 24.03)],
    fold: Price(156.7, 2.12),
    literals: Price(-453.1, 8.45),
    sieve: Price(14.5, 1.27),
    search: Price(5.9, 1.03),
    unicode: Price(0.0, 13.64),
    finds: [
        Price(-269.9, 8.24),
        Price(-77.3, 6.14),
        Price(-556.5, 11.8),
        Price(-377.6, 4.99),
        Price(-33.1, 0.37),
        Price(-12.3, 0.12),
        Price(-55.5, 0.88),
    ],
    links: Price(-555.0, 11.69),
    expression: Price(26.3, 0.0),
    counter: Price(417.2, 0.58),
    names: [
        Price(124.8, 12.8),
        Price(-122.3, 11.73),
        Price(-96.9, 11.37),
        Price(43.7, 4.2),
        Price(47.6, 0.65),
        Price(75.9, 0.99),
        Price(60.6, 0.21),
    ],
    unit: 2.0,
};
