//! How a text is kept: whole, with what matched covered, as a keyed hash, or not at all.

use std::borrow::Cow;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::TextKept;
use crate::engine::Decision;

/// How one decision's texts are kept.
pub(super) struct Keep<'d> {
    kept: TextKept,
    key: &'d [u8],
    /// What rules matched; nothing where there was no verdict.
    decision: Option<&'d Decision>,
}

impl<'d> Keep<'d> {
    pub(super) fn new(kept: TextKept, key: &'d [u8], decision: Option<&'d Decision>) -> Self {
        Keep { kept, key, decision }
    }

    pub(super) fn is_full(&self) -> bool {
        self.kept == TextKept::Full
    }

    /// A name that people gave themselves; empty where it is not kept.
    pub(super) fn name<'t>(&self, name: &'t str) -> &'t str {
        if matches!(self.kept, TextKept::Full | TextKept::Masked) { name } else { "" }
    }

    /// What is kept with texts in full alone; else empty.
    pub(super) fn whole<'t>(&self, text: &'t str) -> &'t str {
        if self.is_full() { text } else { "" }
    }

    /// The text of a part, as it is kept.
    pub(super) fn text<'t>(&self, part: usize, text: &'t str) -> Option<Cow<'t, str>> {
        match self.kept {
            TextKept::Full => Some(text.into()),
            TextKept::Masked => self.decision.map(|decision| covered(part, text, decision).into()),
            TextKept::Hash => Some(keyed_hash(self.key, text).into()),
            TextKept::None => None,
        }
    }
}

/// The text with everything that rules matched replaced by stars: as many as there were bytes, so that
/// spans still point at them.
fn covered(part: usize, text: &str, decision: &Decision) -> String {
    let spans = decision.fired.iter().flat_map(|fired| &fired.spans).filter(|span| span.part == part);
    let mut ranges: Vec<_> = spans.map(|span| span.range.clone()).collect();
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let (mut covered, mut at) = (String::with_capacity(text.len()), 0);
    for range in ranges {
        let start = range.start.max(at);
        if start < range.end {
            covered.push_str(&text[at..start]);
            covered.extend(std::iter::repeat_n('*', range.end - start));
            at = range.end;
        }
    }
    covered.push_str(&text[at..]);
    covered
}

/// HMAC-SHA-256, its first 16 bytes in hexadecimal.
fn keyed_hash(key: &[u8], text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
