//! Links: what the text's own link finder says.

use std::ops::Range;

use crate::text::link::links;

pub(super) fn find(text: &str, out: &mut Vec<Range<usize>>) {
    out.extend(links(text).into_iter().map(|link| link.range));
}
