//! The tricks by which a word is disguised, as conditions and `explain` name them.

/// Declares the tricks: what each is, and its name.
macro_rules! tricks {
    ($($(#[doc = $doc:literal])* $trick:ident = $name:literal),* $(,)?) => {
        /// A way to disguise a word that a view undid.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Trick {
            $($(#[doc = $doc])* $trick),*
        }

        impl Trick {
            /// All of them, in the order of their bits.
            pub const ALL: &[Trick] = &[$(Trick::$trick),*];

            /// The name in `message.disguise`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Trick::$trick => $name),*
                }
            }
        }
    };
}

tricks! {
    /// Characters that show nothing, inside a word.
    ZeroWidth = "zero_width",
    /// Letters of another script that look alike, and letters that look like others side by side.
    Homoglyph = "homoglyph",
    /// Mathematical, circled, squared, full-width and other styled letters.
    Styled = "styled",
    /// Stacked or struck-through combining marks.
    Marks = "marks",
    /// Digits and signs in the place of letters.
    Leet = "leet",
    /// Letters said more often than they are written.
    Repeats = "repeats",
    /// Letters set apart from each other.
    Spacing = "spacing",
    /// Controls that turn the direction of the text.
    Bidi = "bidi",
    /// Markup or character references inside a word.
    Markup = "markup",
    /// A sign that hides a letter.
    Censoring = "censoring",
    /// Letters upside down.
    Flipped = "flipped",
    /// A lost vowel, swapped letters, another spelling of the same sound.
    Misspelling = "misspelling",
    /// A word in halves.
    Split = "split",
    /// A word backwards.
    Reversed = "reversed",
    /// A word between other letters.
    Buried = "buried",
}

/// A set of tricks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tricks(u16);

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
        let mut left = self.0;
        std::iter::from_fn(move || {
            let trick = Trick::ALL.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(trick.name())
        })
    }
}
