//! What was found out about a text when it was judged, so that nobody looks again when it is read together
//! with what its sender says next.

/// A text that was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) known: Known,
}

/// What is known of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Whether all of it stands for itself alone; none where nobody has looked.
    pub(crate) simple: Option<bool>,
    /// The expressions of whose literals it holds none, by [`Patterns::number`]; 0 where it may hold any.
    ///
    /// [`Patterns::number`]: super::scan::Patterns::number
    pub(crate) bare_of: u64,
}

impl Said {
    /// A text of which nothing is known.
    pub(super) fn new(text: String) -> Self {
        Said { text, known: Known::default() }
    }
}
