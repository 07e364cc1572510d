//! Checks an expression before there is a message: names, functions, types, constants, nesting.
//!
//! A walk over the syntax tree that gives each node its static type; where nothing can be known it
//! stays silent. It changes nothing: [`super::lower`] rewrites what has passed.

use std::ops::Range;
use std::sync::Arc;

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::{Context, Env, Value};

use super::lower::Regexes;
use super::names::{self, MATCHES, NAMES};
use super::syntax::Parsed;
use super::types::{TYPES, Type, arithmetic};
use super::{Expect, ExprError};
use crate::engine::table::Tables;

/// How deep lists may be walked inside walks over lists.
const DEEPEST: usize = 2;

pub(super) fn check(
    parsed: &Parsed<'_>,
    expect: Expect,
    tables: &Tables,
    regexes: &Regexes,
    env: &Arc<Env>,
) -> Vec<ExprError> {
    let mut checker =
        Checker { parsed, tables, regexes, env, scope: vec![], depth: 0, in_key: None, errors: vec![] };
    let found = checker.of(&parsed.tree);
    if expect == Expect::Bool && !found.may_be(Type::Bool) {
        let message = format!("a condition must be true or false; this is {found}");
        checker.error(parsed.range(&parsed.tree), message, None);
    }
    checker.errors
}

/// A walk over one expression.
pub(super) struct Checker<'a> {
    pub(super) parsed: &'a Parsed<'a>,
    pub(super) tables: &'a Tables,
    pub(super) regexes: &'a Regexes,
    pub(super) env: &'a Arc<Env>,
    /// What macros have named, innermost last.
    pub(super) scope: Vec<(&'a str, Type)>,
    depth: usize,
    /// The counter whose key is being checked, and how many names were in scope around it.
    pub(super) in_key: Option<(&'a str, usize)>,
    pub(super) errors: Vec<ExprError>,
}

impl<'a> Checker<'a> {
    pub(super) fn of(&mut self, node: &'a IdedExpr) -> Type {
        match &node.expr {
            Expr::Literal(literal) => literal_type(literal),
            Expr::Ident(name) => self.ident(node, name),
            Expr::Select(select) => self.select(node, &select.operand, &select.field, select.test),
            Expr::Call(call) => self.call(node, call),
            Expr::Comprehension(inner) => self.comprehension(node, inner),
            Expr::List(list) => {
                list.elements.iter().fold(Type::Never, |all, element| all.or(self.of(element))).list()
            }
            Expr::Map(map) => {
                let entries = map.entries.iter().filter_map(|entry| match &entry.expr {
                    EntryExpr::MapEntry(entry) => Some(entry),
                    EntryExpr::StructField(_) => None,
                });
                let mut all = Type::Never;
                for entry in entries {
                    self.wants(&entry.key, Type::String);
                    all = all.or(self.of(&entry.value));
                }
                all.map()
            }
            Expr::Struct(inner) => {
                self.error(
                    self.parsed.range(node),
                    format!("there is no message type `{}`", inner.type_name),
                    None,
                );
                Type::Dyn
            }
            Expr::Unspecified => Type::Dyn,
        }
    }

    fn ident(&mut self, node: &IdedExpr, name: &'a str) -> Type {
        if let Some(place) = self.scope.iter().rposition(|local| local.0 == name) {
            let (_, of) = self.scope[place];
            if let Some((counter, around)) = self.in_key
                && place < around
            {
                let message =
                    format!("the key of `{counter}` can't use `{name}`: it is counted once per message");
                self.error(self.parsed.range(node), message, None);
            }
            return of;
        }
        if name == MATCHES {
            if let Some((counter, _)) = self.in_key {
                let message =
                    format!("the key of `{counter}` can't use `{MATCHES}`: keys belong to all rules");
                self.error(self.parsed.range(node), message, None);
            }
            return Type::Int;
        }
        if let Some(index) = names::find(name) {
            return NAMES[index].of;
        }
        if names::is_root(name) {
            let message = format!("`{name}` is not a value by itself");
            let example = names::fields(name).next().unwrap_or_default();
            self.error(
                self.parsed.range(node),
                message,
                Some(format!("name one of its fields: `{name}.{example}`")),
            );
            return Type::Dyn;
        }
        if TYPES.contains(&name) {
            return Type::Kind;
        }
        let roots = NAMES.iter().map(|known| known.path.split('.').next().unwrap_or_default());
        let locals = self.scope.iter().map(|local| local.0).filter(|local| !local.starts_with('@'));
        let nearest = nearest(name, roots.chain([MATCHES]).chain(locals)).map(str::to_owned);
        // `role` alone: somebody forgot the root
        let field = NAMES.iter().find(|known| known.path.split_once('.').is_some_and(|path| path.1 == name));
        let help = field.map(|known| known.path.to_owned()).or(nearest);
        self.error(self.parsed.range(node), format!("unknown name `{name}`"), help.map(did_you_mean));
        Type::Dyn
    }

    fn select(&mut self, node: &'a IdedExpr, operand: &'a IdedExpr, field: &'a str, test: bool) -> Type {
        let result = self.field(node, operand, field);
        if test { Type::Bool } else { result }
    }

    fn field(&mut self, node: &'a IdedExpr, operand: &'a IdedExpr, field: &'a str) -> Type {
        let place = self.parsed.field(node, field);
        if let Expr::Ident(root) = &operand.expr
            && names::is_root(root)
            && names::find(root).is_none()
        {
            if let Some(index) = names::find_field(root, field) {
                return NAMES[index].of;
            }
            let help = nearest(field, names::fields(root)).map(|near| did_you_mean(format!("{root}.{near}")));
            self.error(place, format!("`{root}` has no field `{field}`"), help);
            return Type::Dyn;
        }
        match self.of(operand) {
            Type::Map(of) => *of,
            Type::Record(fields) => {
                if let Some((_, of)) = fields.iter().find(|known| known.0 == field) {
                    return *of;
                }
                let help = nearest(field, fields.iter().map(|known| known.0)).map(did_you_mean);
                self.error(place, format!("there is no field `{field}` here"), help);
                Type::Dyn
            }
            Type::Dyn | Type::Never => Type::Dyn,
            other => {
                self.error(place, format!("{other} has no field `{field}`"), None);
                Type::Dyn
            }
        }
    }

    fn call(&mut self, node: &'a IdedExpr, call: &'a CallExpr) -> Type {
        let arguments = &call.args[..];
        match (call.func_name.as_str(), arguments) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, _) => {
                for argument in arguments {
                    self.wants(argument, Type::Bool);
                }
                Type::Bool
            }
            (operators::NOT_STRICTLY_FALSE, _) => Type::Bool,
            (operators::CONDITIONAL, [condition, yes, no]) => {
                self.wants(condition, Type::Bool);
                self.of(yes).or(self.of(no))
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                self.compare(node, left, right, Type::comparable);
                Type::Bool
            }
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                [left, right],
            ) => {
                self.compare(node, left, right, Type::ordered);
                Type::Bool
            }
            (operators::IN, [element, list]) => self.is_in(node, element, list),
            (operators::INDEX, [list, index]) => self.index(list, index),
            (operators::NEGATE, [number]) => {
                let of = self.of(number);
                if !of.may_be(Type::Int) && !of.may_be(Type::Double) {
                    self.error(self.parsed.range(node), format!("`-` is not defined for {of}"), None);
                }
                of
            }
            (name, [left, right]) if arithmetic_operator(name).is_some() => {
                self.arithmetic(node, name, left, right)
            }
            _ => self.function(node, call),
        }
    }

    fn compare(
        &mut self,
        node: &IdedExpr,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
        can: fn(Type, Type) -> bool,
    ) {
        let (one, other) = (self.of(left), self.of(right));
        if !can(one, other) {
            let help = match (one, other) {
                (Type::String, Type::Int | Type::Double) | (Type::Int | Type::Double, Type::String) => {
                    Some("put the number in quotes, or convert the string: `int(…)`".to_owned())
                }
                (Type::List(_), Type::String) | (Type::String, Type::List(_)) => {
                    Some("to look for it in the list, write `… in …`".to_owned())
                }
                _ => None,
            };
            self.error(self.parsed.range(node), format!("{one} can't be compared with {other}"), help);
        }
    }

    fn is_in(&mut self, node: &IdedExpr, element: &'a IdedExpr, list: &'a IdedExpr) -> Type {
        let (element, list) = (self.of(element), self.of(list));
        let message = match list {
            Type::List(of) if !element.comparable(*of) => {
                format!("{element} can't be in a list of other things ({of})")
            }
            Type::Map(_) | Type::Record(_) if !element.may_be(Type::String) => {
                format!("{element} is no key of a map")
            }
            Type::List(_) | Type::Map(_) | Type::Record(_) | Type::Dyn | Type::Never => return Type::Bool,
            other => format!("`in` wants a list or a map; this is {other}"),
        };
        let help = (list == Type::String).then(|| "for text in text, write `text.contains(…)`".to_owned());
        self.error(self.parsed.range(node), message, help);
        Type::Bool
    }

    fn index(&mut self, list: &'a IdedExpr, index: &'a IdedExpr) -> Type {
        let of = self.of(list);
        let (key, of) = match of {
            Type::List(of) => (Type::Int, *of),
            Type::Map(of) => (Type::String, *of),
            Type::Record(_) => (Type::String, Type::Dyn),
            Type::Dyn | Type::Never => (Type::Dyn, Type::Dyn),
            other => {
                self.error(
                    self.parsed.range(list),
                    format!("{other} has no elements to take by `[…]`"),
                    None,
                );
                (Type::Dyn, Type::Dyn)
            }
        };
        self.wants(index, key);
        of
    }

    fn arithmetic(
        &mut self,
        node: &'a IdedExpr,
        name: &str,
        left: &'a IdedExpr,
        right: &'a IdedExpr,
    ) -> Type {
        let operator = arithmetic_operator(name).unwrap_or_default();
        let (one, other) = (self.of(left), self.of(right));
        let Some(result) = arithmetic(operator, one, other) else {
            let help = match (one, other) {
                (Type::Int, Type::Double) | (Type::Double, Type::Int) => {
                    Some("convert the int: `double(…)`".to_owned())
                }
                (Type::String, _) | (_, Type::String) if operator == '+' => {
                    Some("convert it: `string(…)`".to_owned())
                }
                _ => None,
            };
            let message = format!("`{operator}` is not defined for {one} and {other}");
            self.error(self.parsed.range(node), message, help);
            return Type::Dyn;
        };
        self.constant(node, &[left, right]);
        result
    }

    /// A call that has only literals as arguments is tried now: what fails fails always.
    pub(super) fn constant(&mut self, node: &IdedExpr, arguments: &[&IdedExpr]) {
        if arguments.iter().all(|argument| matches!(argument.expr, Expr::Literal(_)))
            && self.evaluate(node).is_err()
        {
            self.error(self.parsed.range(node), "this always fails".to_owned(), None);
        }
    }

    pub(super) fn evaluate(&self, node: &IdedExpr) -> Result<Value, cel::ExecutionError> {
        Value::resolve(node, &Context::with_env(Arc::clone(self.env)))
    }

    fn comprehension(&mut self, node: &'a IdedExpr, inner: &'a ComprehensionExpr) -> Type {
        let range = self.of(&inner.iter_range);
        let element = match range {
            Type::List(of) => *of,
            Type::Map(_) | Type::Record(_) => Type::String,
            Type::Dyn | Type::Never => Type::Dyn,
            other => {
                self.error(
                    self.parsed.range(&inner.iter_range),
                    format!("{other} has no elements to walk"),
                    None,
                );
                Type::Dyn
            }
        };
        if names::is_taken(&inner.iter_var) {
            let message = format!("`{}` already means something else", inner.iter_var);
            self.error(
                self.parsed.range(node),
                message,
                Some("choose another name for the element".to_owned()),
            );
        }
        self.depth += 1;
        if self.depth == DEEPEST + 1 {
            let message = format!("lists can be walked {DEEPEST} deep, not deeper");
            self.error(self.parsed.range(node), message, None);
        }
        let start = self.of(&inner.accu_init);
        if matches!((start, range), (Type::List(_), Type::Map(_) | Type::Record(_))) {
            let help = "ask with `exists` or `all`".to_owned();
            self.error(
                self.parsed.range(node),
                "the keys of a map have no order to list them in".to_owned(),
                Some(help),
            );
        }
        let around = self.scope.len();
        self.scope.push((&inner.accu_var, start));
        self.scope.push((&inner.iter_var, element));
        let step = self.of(&inner.loop_step);
        self.scope.truncate(around);
        self.scope.push((&inner.accu_var, if matches!(start, Type::List(_)) { step } else { start }));
        let result = self.of(&inner.result);
        self.scope.truncate(around);
        self.depth -= 1;
        result
    }

    fn wants(&mut self, node: &'a IdedExpr, wanted: Type) {
        let found = self.of(node);
        if !found.may_be(wanted) {
            self.error(self.parsed.range(node), format!("this must be {wanted}; it is {found}"), None);
        }
    }

    pub(super) fn error(&mut self, range: Range<usize>, message: String, help: Option<String>) {
        let error = ExprError { message, range, help };
        // `map` and `filter` repeat what they are given
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}

/// The text of a string literal.
pub(super) fn string(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn literal_type(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Bool,
        LiteralValue::Bytes(_) => Type::Bytes,
        LiteralValue::Double(_) => Type::Double,
        LiteralValue::Int(_) => Type::Int,
        LiteralValue::Null => Type::Null,
        LiteralValue::String(_) => Type::String,
        LiteralValue::UInt(_) => Type::Uint,
    }
}

fn arithmetic_operator(name: &str) -> Option<char> {
    match name {
        operators::ADD => Some('+'),
        operators::SUBSTRACT => Some('-'),
        operators::MULTIPLY => Some('*'),
        operators::DIVIDE => Some('/'),
        operators::MODULO => Some('%'),
        _ => None,
    }
}

pub(super) fn did_you_mean(name: impl AsRef<str>) -> String {
    format!("did you mean `{}`?", name.as_ref())
}

/// The known name that looks most like it.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let distance = |other: &str| strsim::osa_distance(&name.to_lowercase(), &other.to_lowercase());
    let (distance, nearest) = known.map(|other| (distance(other), other)).min_by_key(|near| near.0)?;
    (distance <= 1 + name.len() / 3).then_some(nearest)
}
