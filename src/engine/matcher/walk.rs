//! One attempt to match an entry at a place of a view, run by run.

use std::ops::Range;

use super::evidence::{Evidence, Run};
use super::words::{Element, Entry};
use crate::text::View;

/// One attempt to match an entry at a place.
pub(super) struct Walk<'a> {
    entry: &'a Entry,
    pub(super) view: &'a View,
    /// The first atom matched.
    pub(super) start: usize,
    pub(super) evidence: Evidence,
    /// Work done: atoms and runs looked at.
    pub(super) steps: usize,
}

/// Most steps of one walk: a word of honest length takes a few dozen.
const STEPS: usize = 1 << 20;

impl<'a> Walk<'a> {
    pub(super) fn new(entry: &'a Entry, view: &'a View) -> Self {
        Walk { entry, view, start: usize::MAX, evidence: Evidence::default(), steps: 8 }
    }

    /// Matches elements from a byte of the view's text; gives the atom after the match.
    pub(super) fn follow(&mut self, elements: &[Element], mut byte: usize) -> Option<usize> {
        let mut end =
            if byte < self.view.text().len() { self.view.run(byte).0.start } else { self.view.atoms().len() };
        for (index, element) in elements.iter().enumerate() {
            match element {
                Element::Run(run) => {
                    if byte >= self.view.text().len() {
                        return None;
                    }
                    let (atoms, next) = self.view.run(byte);
                    end = self.fit(run, atoms, elements.get(index + 1))?;
                    byte = next;
                }
                Element::Rest => (byte, end) = self.rest_of_word(byte, end),
                Element::Lead => return self.lead(&elements[index + 1..], byte),
            }
        }
        Some(end)
    }

    /// Matches one run; gives the atom after it.
    fn fit(&mut self, run: &Run, found: Range<usize>, next: Option<&Element>) -> Option<usize> {
        self.steps += found.len();
        let atoms = self.view.atoms();
        let first = self.start == usize::MAX;
        let (mut low, mut high) = (found.start, found.end);
        let spare = |low: usize, high: usize| high - low > run.count();
        if first {
            while spare(low, high) && (!atoms[low].role.word || !self.entry.needs_left_edge()) {
                low += 1;
            }
        }
        if next.is_none() {
            while spare(low, high) && (!atoms[high - 1].role.word || !self.entry.needs_right_edge()) {
                high -= 1;
            }
        }
        let count = high - low;
        let open = matches!(next, Some(Element::Rest)) && high == found.end;
        if count < run.count() || (count > run.count() && !open && !self.evidence.repeat(run, count)) {
            return None;
        }
        self.evidence.read(run, &atoms[low..high], first)?;
        if first {
            self.start = low;
        }
        Some(high)
    }

    fn rest_of_word(&mut self, mut byte: usize, mut end: usize) -> (usize, usize) {
        let atoms = self.view.atoms();
        while byte < self.view.text().len() {
            let (run, next) = self.view.run(byte);
            if !atoms[run.start].role.word || atoms[run.start].role.edge {
                break;
            }
            end = run.end;
            byte = next;
            self.steps += 1;
        }
        (byte, end)
    }

    fn lead(&mut self, elements: &[Element], mut byte: usize) -> Option<usize> {
        while byte < self.view.text().len() {
            let mut attempt = Walk { ..*self };
            let end = attempt.follow(elements, byte);
            self.steps = attempt.steps + 1;
            if end.is_some() {
                *self = attempt;
                return end;
            }
            if self.steps > STEPS {
                return None;
            }
            let (run, next) = self.view.run(byte);
            if !self.view.atoms()[run.start].role.word {
                return None;
            }
            byte = next;
        }
        None
    }
}
