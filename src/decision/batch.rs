//! Records on their way to the disk, each on a line of its own.
//!
//! Where each line ends is kept beside the bytes, so that nobody looks at them again to count what was
//! written, or lost.

use std::ops::Range;

/// Lines, one after the other.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// Where each line ends, behind its line break.
    ends: Vec<usize>,
}

impl Batch {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Batch { bytes: Vec::with_capacity(bytes), ends: Vec::new() }
    }

    /// The lines. Half a line, of which the writer panicked, is none.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len()]
    }

    pub(super) fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Adds a line, which `write` writes without its line break.
    pub(super) fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        // half a line would spoil this one
        self.bytes.truncate(self.len());
        write(&mut self.bytes);
        self.bytes.push(b'\n');
        self.ends.push(self.bytes.len());
    }

    /// How many lines end in this range.
    pub(super) fn lines(&self, range: Range<usize>) -> u64 {
        let ended_by = |place| self.ends.partition_point(|end| *end <= place) as u64;
        ended_by(range.end) - ended_by(range.start)
    }

    /// Where the line begins that this place is in, or before.
    pub(super) fn line_start(&self, place: usize) -> usize {
        let lines = self.ends.partition_point(|end| *end <= place);
        lines.checked_sub(1).map_or(0, |last| self.ends[last])
    }

    /// Where the line ends that this place is in, or before.
    pub(super) fn line_end(&self, place: usize) -> usize {
        let lines = self.ends.partition_point(|end| *end <= place);
        self.ends.get(lines).copied().unwrap_or(self.len())
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_without_a_look_at_them() {
        let mut batch = Batch::default();
        for line in ["a", "", "bcd"] {
            batch.add(|out| out.extend_from_slice(line.as_bytes()));
        }
        let bytes = batch.bytes().to_vec();
        assert_eq!(bytes, b"a\n\nbcd\n");
        let is_break = |byte: &u8| *byte == b'\n';
        for from in 0..=bytes.len() {
            let start = bytes[..from].iter().rposition(is_break).map_or(0, |at| at + 1);
            let end = bytes[from..].iter().position(is_break).map_or(bytes.len(), |at| from + at + 1);
            assert_eq!((batch.line_start(from), batch.line_end(from)), (start, end), "{from}");
            for to in from..=bytes.len() {
                let lines = bytes[from..to].iter().filter(|byte| is_break(byte)).count();
                assert_eq!(batch.lines(from..to), lines as u64, "{from}..{to}");
            }
        }
        batch.clear();
        assert_eq!((batch.len(), batch.lines(0..0), batch.line_end(0)), (0, 0, 0));
    }
}
