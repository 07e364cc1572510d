//! Checks an expression before there is a message: names, functions, types, constants, nesting.
//!
//! A walk over the syntax tree that gives each node its static type; where nothing can be known it
//! stays silent. It changes nothing: [`super::lower`] rewrites what has passed.

use std::ops::Range;
use std::sync::Arc;

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::{Context, Env, Value};

use super::counter::Kind;
use super::names::{self, MATCHES, NAMES};
use super::syntax::Parsed;
use super::types::{FUNCTIONS, MACROS, Overload, TYPES, Type, arithmetic};
use super::{Expect, ExprError, value};
use crate::engine::table::Tables;

/// How deep lists may be walked inside walks over lists.
const DEEPEST: usize = 2;
/// The longest window: 30 days in nanoseconds.
const LONGEST_WINDOW: i64 = 30 * 24 * 3_600_000_000_000;

pub(super) fn check(parsed: &Parsed<'_>, expect: Expect, tables: &Tables, env: &Arc<Env>) -> Vec<ExprError> {
    let mut checker = Checker { parsed, tables, env, scope: vec![], depth: 0, in_key: None, errors: vec![] };
    let found = checker.of(&parsed.tree);
    if expect == Expect::Bool && !found.may_be(Type::Bool) {
        let message = format!("a condition must be true or false; this is {found}");
        checker.error(parsed.range(&parsed.tree), message, None);
    }
    checker.errors
}

struct Checker<'a> {
    parsed: &'a Parsed<'a>,
    tables: &'a Tables,
    env: &'a Arc<Env>,
    /// What macros have named, innermost last.
    scope: Vec<(&'a str, Type)>,
    depth: usize,
    /// The counter whose key is being checked, and how many names were in scope around it.
    in_key: Option<(&'a str, usize)>,
    errors: Vec<ExprError>,
}

impl<'a> Checker<'a> {
    fn of(&mut self, node: &'a IdedExpr) -> Type {
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
            return Type::Type;
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

    fn function(&mut self, node: &'a IdedExpr, call: &'a CallExpr) -> Type {
        let name = call.func_name.as_str();
        let place = self.parsed.name(node, name);
        if !FUNCTIONS.iter().any(|known| known.name == name) {
            let known = FUNCTIONS.iter().map(|known| known.name).chain(MACROS.iter().map(|known| known.0));
            let (message, help) = match MACROS.iter().find(|known| known.0 == name) {
                Some((_, usage)) => {
                    (format!("wrong arguments of `{name}`"), Some(format!("write `{usage}`")))
                }
                None => (
                    format!("unknown function `{name}`"),
                    nearest(name, known).map(|near| did_you_mean(near.to_owned())),
                ),
            };
            self.error(place, message, help);
            return Type::Dyn;
        }
        let counter = Kind::named(name).filter(|_| call.target.is_none());
        if let (Some(_), Some((outer, _))) = (counter, self.in_key) {
            self.error(place, format!("the key of `{outer}` can't count itself"), None);
            return Type::Int;
        }
        if counter.is_some() {
            self.in_key = Some((name, self.scope.len()));
        }
        let target = call.target.as_deref().map(|target| self.of(target));
        let types: Vec<Type> = call.args.iter().map(|argument| self.of(argument)).collect();
        if counter.is_some() {
            self.in_key = None;
        }
        let Some(overload) = self.overload(&place, name, target, &types, call) else { return Type::Dyn };
        self.constants(node, call, overload, counter.is_some())
    }

    /// The way of calling that fits, or the error that none does.
    fn overload(
        &mut self,
        place: &Range<usize>,
        name: &str,
        target: Option<Type>,
        types: &[Type],
        call: &CallExpr,
    ) -> Option<&'static Overload> {
        let known = || FUNCTIONS.iter().filter(|known| known.name == name);
        let style = |known: &&Overload| known.target.is_some() == target.is_some();
        if !known().any(|known| style(&known)) {
            let (message, help) = if target.is_some() {
                (format!("`{name}` is not called on a value"), format!("write `{name}(…)`"))
            } else {
                (format!("`{name}` is called on a value"), format!("write `value.{name}(…)`"))
            };
            self.error(place.clone(), message, Some(help));
            return None;
        }
        let fits = |known: &&Overload| {
            known.arguments.len() == types.len()
                && known.target.zip(target).is_none_or(|(wanted, given)| given.may_be(wanted))
                && known.arguments.iter().zip(types).all(|(wanted, given)| given.may_be(*wanted))
        };
        if let Some(overload) = known().filter(style).find(fits) {
            return Some(overload);
        }
        let lengths = |known: &&Overload| known.arguments.len() == types.len();
        let candidates: Vec<&Overload> = known().filter(style).filter(lengths).collect();
        let (range, message) = match candidates[..] {
            [] => (place.clone(), format!("wrong number of arguments of `{name}`: {}", types.len())),
            [only] if only.target.zip(target).is_none_or(|(wanted, given)| given.may_be(wanted)) => {
                let wrong =
                    only.arguments.iter().zip(types).position(|(wanted, given)| !given.may_be(*wanted));
                let wrong = wrong.unwrap_or_default();
                let message =
                    format!("`{name}` wants {} here; this is {}", only.arguments[wrong], types[wrong]);
                (self.parsed.range(&call.args[wrong]), message)
            }
            _ => {
                let given =
                    target.iter().chain(types).map(ToString::to_string).collect::<Vec<_>>().join(", ");
                (place.clone(), format!("`{name}` is not defined for {given}"))
            }
        };
        self.error(range, message, Some(usage(known().filter(style))));
        None
    }

    /// Checks what a call's constant arguments say; the type of its result.
    fn constants(
        &mut self,
        node: &'a IdedExpr,
        call: &'a CallExpr,
        overload: &Overload,
        counter: bool,
    ) -> Type {
        let arguments: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        if counter {
            if let Some(window) = call.args.last() {
                self.window(window);
            }
            return overload.result;
        }
        match (overload.name, &arguments[..]) {
            ("lookup", [table, _]) => return self.table(table),
            ("matches", [_, pattern]) => self.pattern(pattern),
            ("duration", [text]) => {
                if let Some(text) = string(text)
                    && value::duration(text).is_none()
                {
                    let help =
                        "write a number and a unit: `500ms`, `10s`, `5m`, `24h`, `7d`, `1h30m`".to_owned();
                    self.error(
                        self.parsed.range(arguments[0]),
                        format!("`{text}` is no duration"),
                        Some(help),
                    );
                }
            }
            (name, [_, zone]) if name.starts_with("get") => self.zone(zone),
            _ => self.constant(node, &arguments),
        }
        overload.result
    }

    fn window(&mut self, node: &IdedExpr) {
        let place = self.parsed.range(node);
        let help = || Some("write it as `duration(\"10s\")`".to_owned());
        match window(node) {
            None => self.error(place, "a window must be a constant duration".to_owned(), help()),
            Some(Some(length)) if length < 1_000_000 => {
                self.error(place, "a window must be longer than nothing".to_owned(), help());
            }
            Some(Some(length)) if length > LONGEST_WINDOW => {
                self.error(place, "a window has at most 30 days".to_owned(), None);
            }
            // a duration that can't be read has its own error
            Some(_) => {}
        }
    }

    fn table(&mut self, node: &IdedExpr) -> Type {
        let place = self.parsed.range(node);
        let Some(name) = string(node) else {
            self.error(place, "the table's name must be a constant string".to_owned(), None);
            return Type::Map(&Type::Dyn);
        };
        match self.tables.0.get(name) {
            Some(table) if table.strings => Type::Map(&Type::String),
            Some(_) => Type::Map(&Type::Dyn),
            None => {
                let near = nearest(name, self.tables.0.keys().map(String::as_str)).map(str::to_owned);
                self.error(place, format!("there is no table `{name}`"), near.map(did_you_mean));
                Type::Map(&Type::Dyn)
            }
        }
    }

    fn pattern(&mut self, node: &IdedExpr) {
        let place = self.parsed.range(node);
        let Some(pattern) = string(node) else {
            let help = "for plain text, use `contains`".to_owned();
            self.error(place, "a regular expression must be a constant string".to_owned(), Some(help));
            return;
        };
        if let Err(error) = super::lower::regex(pattern) {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            self.error(place, format!("bad regular expression: {reason}"), None);
        }
    }

    fn zone(&mut self, node: &IdedExpr) {
        if string(node).is_none() {
            return;
        }
        let epoch = call("timestamp", None, vec![int(0)]);
        let ask = call("getHours", Some(epoch), vec![node.clone()]);
        if self.evaluate(&ask).is_err() {
            let help = "write it as in `Europe/Berlin` or `+02:00`".to_owned();
            self.error(self.parsed.range(node), "unknown time zone".to_owned(), Some(help));
        }
    }

    /// A call that has only literals as arguments is tried now: what fails fails always.
    fn constant(&mut self, node: &IdedExpr, arguments: &[&IdedExpr]) {
        if arguments.iter().all(|argument| matches!(argument.expr, Expr::Literal(_)))
            && self.evaluate(node).is_err()
        {
            self.error(self.parsed.range(node), "this always fails".to_owned(), None);
        }
    }

    fn evaluate(&self, node: &IdedExpr) -> Result<Value, cel::ExecutionError> {
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

    fn error(&mut self, range: Range<usize>, message: String, help: Option<String>) {
        let error = ExprError { message, range, help };
        // `map` and `filter` repeat what they are given
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}

/// The length in nanoseconds if it is `duration("…")`; inner none where that can't be read.
pub(super) fn window(node: &IdedExpr) -> Option<Option<i64>> {
    match &node.expr {
        Expr::Call(call) if call.func_name == "duration" && call.target.is_none() => {
            string(call.args.first()?).map(value::duration)
        }
        _ => None,
    }
}

/// The text of a string literal.
pub(super) fn string(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

pub(super) fn int(number: i64) -> IdedExpr {
    IdedExpr { id: 0, expr: Expr::Literal(LiteralValue::Int(number.into())) }
}

fn call(name: &str, target: Option<IdedExpr>, args: Vec<IdedExpr>) -> IdedExpr {
    let call = CallExpr { func_name: name.to_owned(), target: target.map(Box::new), args };
    IdedExpr { id: 0, expr: Expr::Call(call) }
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

fn usage<'o>(overloads: impl Iterator<Item = &'o Overload>) -> String {
    let one = |known: &Overload| {
        let arguments = known.arguments.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let target = known.target.map_or(String::new(), |target| format!("{target}."));
        format!("`{target}{}({arguments})`", known.name)
    };
    format!("it is called as {}", overloads.map(one).collect::<Vec<_>>().join(" or "))
}

fn did_you_mean(name: impl AsRef<str>) -> String {
    format!("did you mean `{}`?", name.as_ref())
}

/// The known name that looks most like it.
fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let distance = |other: &str| strsim::osa_distance(&name.to_lowercase(), &other.to_lowercase());
    let (distance, nearest) = known.map(|other| (distance(other), other)).min_by_key(|near| near.0)?;
    (distance <= 1 + name.len() / 3).then_some(nearest)
}
