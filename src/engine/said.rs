//! A text that was said, and what was found out about it when it was judged, so that nobody looks again when
//! it is read together with what its sender says next.

/// A text that was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    /// The expressions of whose literals it holds none, by their number; 0 where it may hold any.
    pub(crate) bare_of: u64,
}
