//! Rewrites a checked expression into what is evaluated.
//!
//! Names become places in the table of names; counters become places in the list of counts; lookups
//! and regular expressions, which the evaluator's functions could not carry, become values that are
//! indexed. Source positions are dropped, so that equal expressions are equal.

use std::collections::HashMap;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use regex::{Regex, RegexBuilder};

use super::call::window;
use super::check::string;
use super::counter::{Counters, Kind};
use super::names::{self, MATCHES};
use super::syntax::{Parsed, children};
use super::value;

/// What the expressions of one rule set share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) counters: Counters,
    /// Names of tables.
    pub(super) tables: Vec<String>,
    pub(super) regexes: Vec<Regex>,
    /// Patterns that an earlier rule set has compiled.
    pub(super) known: Regexes,
}

/// Compiled patterns by their text: what one rule set leaves for the next.
#[derive(Clone, Debug, Default)]
pub struct Regexes(HashMap<String, Regex>);

impl Regexes {
    /// Those of a rule set.
    pub(super) fn of<'r>(regexes: impl Iterator<Item = &'r Regex>) -> Self {
        Regexes(regexes.map(|regex| (regex.as_str().to_owned(), regex.clone())).collect())
    }

    /// A compiled pattern, a new one where it is not known.
    pub(super) fn get(&self, pattern: &str) -> Result<Regex, regex::Error> {
        self.0.get(pattern).map_or_else(|| regex(pattern), |known| Ok(known.clone()))
    }
}

/// A name that no source can contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    Matches,
    /// A place in the table of names.
    Name(usize),
    Counter(usize),
    Table(usize),
    Regex(usize),
    /// A place among what was answered when the rules were loaded.
    Constant(usize),
}

impl Hidden {
    pub(super) fn ident(self) -> Expr {
        Expr::Ident(match self {
            Hidden::Matches => "@m0".to_owned(),
            Hidden::Name(index) => format!("@n{index}"),
            Hidden::Counter(index) => format!("@c{index}"),
            Hidden::Table(index) => format!("@t{index}"),
            Hidden::Regex(index) => format!("@r{index}"),
            Hidden::Constant(index) => format!("@k{index}"),
        })
    }

    /// What a node stands for, if it is a hidden name.
    pub(super) fn of(node: &IdedExpr) -> Option<Hidden> {
        match &node.expr {
            Expr::Ident(name) => Hidden::read(name),
            _ => None,
        }
    }

    pub(super) fn read(ident: &str) -> Option<Hidden> {
        let index = ident.get(2..)?.parse().ok()?;
        match ident.get(..2)? {
            "@m" => Some(Hidden::Matches),
            "@n" => Some(Hidden::Name(index)),
            "@c" => Some(Hidden::Counter(index)),
            "@t" => Some(Hidden::Table(index)),
            "@r" => Some(Hidden::Regex(index)),
            "@k" => Some(Hidden::Constant(index)),
            _ => None,
        }
    }
}

/// Compiles a pattern within the bounds that all patterns have.
fn regex(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(1 << 20).build()
}

/// Rewrites a node and all below it.
pub(super) fn lower(node: &mut IdedExpr, parsed: &Parsed<'_>, shared: &mut Shared) {
    let text = match &node.expr {
        Expr::Call(call) if Kind::named(&call.func_name).is_some() => &parsed.source[parsed.range(node)],
        _ => "",
    };
    node.id = 0;
    let replacement = match &mut node.expr {
        Expr::Ident(name) if name == MATCHES => Some(Hidden::Matches.ident()),
        Expr::Ident(name) => names::find(name).map(|index| Hidden::Name(index).ident()),
        Expr::Select(select) => match &select.operand.expr {
            Expr::Ident(root) => names::find_field(root, &select.field).map(|index| {
                if select.test {
                    Expr::Literal(LiteralValue::Boolean(true.into()))
                } else {
                    Hidden::Name(index).ident()
                }
            }),
            _ => None,
        },
        Expr::Call(call) => lower_call(call, text, parsed, shared),
        _ => None,
    };
    if let Some(replacement) = replacement {
        node.expr = replacement;
    }
    for child in children(node) {
        lower(child, parsed, shared);
    }
}

/// The one name whose value rests on what the sender wrote before: a word in pieces is a disguise.
const DISGUISE: &str = "message.disguise";

/// Whether a lowered expression reads a name.
fn reads(node: &mut IdedExpr, name: &str) -> bool {
    let own = |ident: &str| matches!(Hidden::read(ident), Some(Hidden::Name(index)) if names::NAMES[index].path == name);
    matches!(&node.expr, Expr::Ident(ident) if own(ident))
        || children(node).into_iter().any(|child| reads(child, name))
}

fn lower_call(call: &mut CallExpr, text: &str, parsed: &Parsed<'_>, shared: &mut Shared) -> Option<Expr> {
    if call.target.is_none()
        && let Some(kind) = Kind::named(&call.func_name)
    {
        let length = call.args.pop().as_ref().and_then(window).and_then(value::duration)?;
        let mut key = call.args.pop();
        if let Some(key) = &mut key {
            lower(key, parsed, shared);
            shared.counters.looks_back |= reads(key, DISGUISE);
        }
        return Some(Hidden::Counter(shared.counters.intern(kind, key, length / 1_000_000, text)).ident());
    }
    match call.func_name.as_str() {
        "lookup" => {
            let key = call.args.pop()?;
            let table = string(call.args.first()?)?;
            let known = shared.tables.iter().position(|known| known == table);
            let index = known.unwrap_or_else(|| {
                shared.tables.push(table.to_owned());
                shared.tables.len() - 1
            });
            Some(index_by(Hidden::Table(index), key))
        }
        "matches" => {
            let pattern = call.args.pop()?;
            let pattern = string(&pattern)?;
            let text = call.target.take().map_or_else(|| call.args.pop(), |target| Some(*target))?;
            let known = shared.regexes.iter().position(|known| known.as_str() == pattern);
            let index = known.map_or_else(
                || {
                    shared.known.get(pattern).map(|regex| {
                        shared.regexes.push(regex);
                        shared.regexes.len() - 1
                    })
                },
                Ok,
            );
            Some(index_by(Hidden::Regex(index.ok()?), text))
        }
        // the evaluator knows no days
        "duration" => {
            let argument = call.args.first_mut()?;
            let nanoseconds = string(argument).filter(|text| text.contains('d')).and_then(value::duration)?;
            argument.expr = Expr::Literal(LiteralValue::String(format!("{nanoseconds}ns").into()));
            None
        }
        _ => None,
    }
}

fn index_by(value: Hidden, key: IdedExpr) -> Expr {
    let value = IdedExpr { id: 0, expr: value.ident() };
    Expr::Call(CallExpr { func_name: operators::INDEX.to_owned(), target: None, args: vec![value, key] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::condition::{ConditionsBuilder, Expect};
    use crate::engine::table::Tables;

    #[test]
    fn a_pattern_that_is_known_is_not_compiled_again() {
        let source = r#"message.text.matches("a+b") || message.text.matches("c")"#;
        let built = |known: &Regexes| {
            let mut builder = ConditionsBuilder::new(Tables::default()).knowing(known.clone());
            builder.add(source, Expect::Bool).expect("it is right");
            builder.build().regexes()
        };
        let first = built(&Regexes::default());
        assert_eq!(first.0.keys().map(String::len).sum::<usize>(), 4);
        // one that could only come from what is known
        let marked = Regexes(HashMap::from([("c".to_owned(), regex("marked").expect("it is right"))]));
        assert!(built(&marked).0.contains_key("marked"));
    }
}
