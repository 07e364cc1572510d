//! Conditions: the CEL expressions in `when` and in metadata.
//!
//! Everything that can be known is checked when rules are loaded (`check`); what is left to a
//! message is reading the names it asks for (`names`), each once and only when asked. The face of
//! this folder is a builder that takes sources, and an evaluation that answers for one message.

mod call;
mod check;
mod counter;
mod direct;
mod evaluation;
mod fold;
mod indexed;
mod input;
mod lower;
mod names;
mod syntax;
#[cfg(test)]
mod tests;
mod types;
mod value;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use cel::Env;
use cel::common::ast::IdedExpr;
use cel::common::value::Val;

pub use evaluation::{Counted, Evaluation};
pub use input::Input;
pub use lower::Regexes;

use self::indexed::{Pattern, Rows};
use self::lower::Shared;
use crate::engine::table::Tables;

/// All expressions of one rule set, compiled. Immutable.
pub struct Conditions {
    expressions: Vec<IdedExpr>,
    /// For each expression, its short way, if it is a condition that has one.
    tests: Vec<Option<direct::Test>>,
    counters: counter::Counters,
    tables: Vec<Rows>,
    regexes: Vec<Pattern>,
    constants: Vec<Box<dyn Val>>,
    env: Arc<Env>,
}

/// Collects the expressions of a rule set.
pub struct ConditionsBuilder {
    tables: Tables,
    expressions: Vec<IdedExpr>,
    tests: Vec<Option<direct::Test>>,
    shared: Shared,
    constants: Vec<Box<dyn Val>>,
    /// Off where tests hold what is folded against what is not.
    folds: bool,
    env: Arc<Env>,
}

/// An expression of a rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExprId(usize);

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// A condition: true or false.
    Bool,
    /// A value to put into metadata.
    Any,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// One line, without a full stop.
    pub message: String,
    /// Bytes of the source.
    pub range: Range<usize>,
    /// How to put it right.
    pub help: Option<String>,
}

impl ConditionsBuilder {
    /// Starts with the tables that `lookup` may name.
    #[must_use]
    pub fn new(tables: Tables) -> Self {
        ConditionsBuilder {
            tables,
            expressions: vec![],
            tests: vec![],
            shared: Shared::default(),
            constants: vec![],
            folds: true,
            env: Arc::new(Env::stdlib()),
        }
    }

    /// The same, with patterns that an earlier rule set has compiled.
    #[must_use]
    pub fn knowing(mut self, regexes: Regexes) -> Self {
        self.shared.known = regexes;
        self
    }

    /// Compiles and adds an expression.
    ///
    /// # Errors
    /// Everything that is known to be wrong with it, in the order of the source.
    pub fn add(&mut self, source: &str, expect: Expect) -> Result<ExprId, Vec<ExprError>> {
        let mut parsed = syntax::parse(source).map_err(|error| vec![error])?;
        let mut errors = check::check(&parsed, expect, &self.tables, &self.shared.known, &self.env);
        if !errors.is_empty() {
            errors.sort_by_key(|error| error.range.start);
            return Err(errors);
        }
        let mut tree = std::mem::take(&mut parsed.tree);
        lower::lower(&mut tree, &parsed, &mut self.shared);
        self.fold(&mut tree);
        self.tests.push(direct::Test::of(&tree).filter(|_| expect == Expect::Bool));
        self.expressions.push(tree);
        Ok(ExprId(self.expressions.len() - 1))
    }

    /// Whether a condition has the same answer for every message; none where messages differ.
    #[must_use]
    pub fn always(&self, id: ExprId) -> Option<bool> {
        always(&self.tests, id)
    }

    fn fold(&mut self, tree: &mut IdedExpr) {
        if self.folds {
            fold::Folder { env: &self.env, constants: &mut self.constants }.fold(tree);
        }
    }

    /// The finished set.
    #[must_use]
    pub fn build(mut self) -> Conditions {
        // not before all are there: they are told apart as they are written
        let mut keys = std::mem::take(&mut self.shared.counters.keys);
        for expression in keys.iter_mut().filter_map(|key| key.expression.as_mut()) {
            self.fold(expression);
        }
        self.shared.counters.keys = keys;
        let rows = |name: &String| Rows::new(self.tables.0.remove(name).unwrap_or_default());
        Conditions {
            tables: self.shared.tables.iter().map(rows).collect(),
            expressions: self.expressions,
            tests: self.tests,
            counters: self.shared.counters,
            regexes: self.shared.regexes.into_iter().map(Pattern).collect(),
            constants: self.constants,
            env: self.env,
        }
    }
}

/// The one answer of a condition, if its short way knows it.
fn always(tests: &[Option<direct::Test>], id: ExprId) -> Option<bool> {
    match tests[id.0] {
        Some(direct::Test::Always(answer)) => Some(answer),
        _ => None,
    }
}

impl Conditions {
    /// Whether a condition has the same answer for every message; none where messages differ.
    #[must_use]
    pub fn always(&self, id: ExprId) -> Option<bool> {
        always(&self.tests, id)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expressions.is_empty()
    }

    /// How many keys every message is counted by.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.counters.keys.len()
    }

    /// Its compiled patterns, for the rule set that comes after it.
    #[must_use]
    pub fn regexes(&self) -> Regexes {
        Regexes::of(self.regexes.iter().map(|pattern| &pattern.0))
    }

    /// Whether anything compares texts in the plain view.
    #[must_use]
    pub fn reads_plain(&self) -> bool {
        self.counters.keys.iter().any(|key| key.kind == counter::Kind::Repeats)
    }
}

impl Default for Conditions {
    fn default() -> Self {
        ConditionsBuilder::new(Tables::default()).build()
    }
}

impl fmt::Debug for Conditions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = (self.expressions.len(), self.counters.calls.len());
        write!(formatter, "Conditions({} expressions, {} counters)", counts.0, counts.1)
    }
}
