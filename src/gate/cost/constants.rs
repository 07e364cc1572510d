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
    /// What a character costs, at the most, in a text of nothing but one of the tricks that benches know:
    /// in the exact, folded, plain and loose view.
    pub worst: [f64; 4],
    /// A unit of work, by its definition.
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
pub const MACHINE: &str = "AMD EPYC, 2 virtual cores, 2026-11-24";

/// As they were measured there.
pub const MEASURED: Prices = Prices {
    message: Price(129.7, 0.0),
    patterns: Price(72.5, 0.87),
    few: [Price(-6.0, 4.55), Price(13.8, 4.27), Price(48.9, 6.42), Price(48.9, 6.42)],
    views: [Price(71.7, 4.18), Price(59.3, 4.03), Price(-98.6, 8.72), Price(-98.6, 8.72)],
    fold: Price(23.2, 2.97),
    literals: Price(41.5, 0.61),
    sieve: Price(20.8, 0.99),
    search: Price(20.7, 1.02),
    unicode: Price(0.0, 12.98),
    finds: [
        Price(-157.4, 4.93),
        Price(-36.5, 5.77),
        Price(-373.4, 7.94),
        Price(-243.1, 3.6),
        Price(2.3, 0.01),
        Price(2.1, 0.01),
        Price(15.0, -0.18),
    ],
    links: Price(-355.0, 7.93),
    expression: Price(68.1, -0.44),
    counter: Price(298.9, 0.33),
    names: [
        Price(38.6, 12.95),
        Price(-208.7, 10.1),
        Price(-199.9, 9.82),
        Price(-25.2, 4.63),
        Price(41.4, 0.94),
        Price(83.5, 1.15),
        Price(73.9, 0.42),
    ],
    // on 2026-11-28, on an Intel Xeon that takes 1.3 times as long for chat
    worst: [16.3, 185.4, 193.3, 206.7],
    unit: 2.0,
};
