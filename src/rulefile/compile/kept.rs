//! Regular expressions that one load leaves for the next: most edits leave most of them as they are,
//! and building one costs more than all else in its rule.

use std::collections::HashMap;

use crate::engine::condition::{Conditions, Regexes};
use crate::engine::matcher::regex::{Pattern, PatternError};

/// Compiled expressions by their text. A compiled expression depends on nothing else, and copies of one
/// share it.
#[derive(Debug, Default)]
pub struct Kept {
    before: HashMap<String, Pattern>,
    now: HashMap<String, Pattern>,
    built: usize,
    /// Those that stand in conditions.
    conditions: Regexes,
}

impl Kept {
    /// Begins a load: what the one before used is at hand, older ones are let go.
    pub(super) fn begin(&mut self) {
        // A load that failed half-way used only some; they stay at hand beside the older ones.
        let now = std::mem::take(&mut self.now);
        self.before.extend(now);
        self.built = 0;
    }

    /// Ends a load that succeeded: what it did not use is let go.
    pub(super) fn end(&mut self, conditions: &Conditions) {
        self.before.clear();
        self.conditions = conditions.regexes();
    }

    /// The expressions of conditions.
    pub(super) fn conditions(&self) -> Regexes {
        self.conditions.clone()
    }

    /// How many expressions the last load had to build, those of conditions left out.
    #[must_use]
    pub fn built(&self) -> usize {
        self.built
    }

    /// How many different expressions are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.now.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.now.is_empty()
    }

    /// The compiled expression: a copy of the one kept, or a new one.
    pub(super) fn pattern(&mut self, source: &str) -> Result<Pattern, PatternError> {
        if let Some(pattern) = self.now.get(source) {
            return Ok(pattern.clone());
        }
        let pattern = if let Some(pattern) = self.before.remove(source) {
            pattern
        } else {
            self.built += 1;
            Pattern::compile(source)?
        };
        self.now.insert(source.to_owned(), pattern.clone());
        Ok(pattern)
    }
}

#[cfg(test)]
mod tests;
