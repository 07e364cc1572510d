//! The tricks by which a word is disguised, as conditions and `explain` name them.

/// A way to disguise a word that a view undid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Trick {
    /// Characters that show nothing, inside a word.
    ZeroWidth,
    /// Letters of another script that look alike.
    Homoglyph,
    /// Mathematical, circled, squared, full-width and other styled letters.
    Styled,
    /// Stacked or struck-through combining marks.
    Marks,
    /// Digits and signs in the place of letters.
    Leet,
    /// Letters said more often than they are written.
    Repeats,
    /// Letters set apart from each other.
    Spacing,
    /// Controls that turn the direction of the text.
    Bidi,
}

impl Trick {
    /// All of them, in the order of their bits.
    pub const ALL: [Trick; 8] = [
        Trick::ZeroWidth,
        Trick::Homoglyph,
        Trick::Styled,
        Trick::Marks,
        Trick::Leet,
        Trick::Repeats,
        Trick::Spacing,
        Trick::Bidi,
    ];

    /// The name in `message.disguise`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Trick::ZeroWidth => "zero_width",
            Trick::Homoglyph => "homoglyph",
            Trick::Styled => "styled",
            Trick::Marks => "marks",
            Trick::Leet => "leet",
            Trick::Repeats => "repeats",
            Trick::Spacing => "spacing",
            Trick::Bidi => "bidi",
        }
    }
}

/// A set of tricks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tricks(u8);

impl Tricks {
    /// No trick.
    pub const NONE: Tricks = Tricks(0);

    /// The set of one trick.
    #[must_use]
    pub const fn of(trick: Trick) -> Self {
        Tricks(1 << trick as u8)
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Tricks) -> Self {
        Tricks(self.0 | other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub const fn without(self, other: Tricks) -> Self {
        Tricks(self.0 & !other.0)
    }

    /// What is both in this set and among these.
    #[must_use]
    pub fn only(self, tricks: &[Trick]) -> Self {
        let all = tricks.iter().fold(Tricks::NONE, |all, &trick| all.with(Tricks::of(trick)));
        Tricks(self.0 & all.0)
    }

    /// Whether the trick is in the set.
    #[must_use]
    pub const fn has(self, trick: Trick) -> bool {
        self.0 & (1 << trick as u8) != 0
    }

    /// The names of the tricks in the set, in a fixed order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Trick::ALL.into_iter().filter(move |trick| self.has(*trick)).map(Trick::name)
    }
}
