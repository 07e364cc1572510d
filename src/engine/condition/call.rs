//! Checks the calls of functions: which way of calling fits, and what constant arguments say.

use std::ops::Range;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use super::check::{Checker, did_you_mean, nearest, string};
use super::counter::Kind;
use super::types::{FUNCTIONS, MACROS, Overload, Type};
use super::value;

/// The longest window: 30 days in nanoseconds.
const LONGEST_WINDOW: i64 = 30 * 24 * 3_600_000_000_000;

impl<'a> Checker<'a> {
    /// The type of a function's result, once its arguments are checked.
    pub(super) fn function(&mut self, node: &'a IdedExpr, call: &'a CallExpr) -> Type {
        let name = call.func_name.as_str();
        let place = self.parsed.name(node, name);
        if !FUNCTIONS.iter().any(|known| known.name == name) {
            let known = FUNCTIONS.iter().map(|known| known.name).chain(MACROS.iter().map(|known| known.0));
            let (message, help) = match MACROS.iter().find(|known| known.0 == name) {
                Some((_, usage)) => {
                    (format!("wrong arguments of `{name}`"), Some(format!("write `{usage}`")))
                }
                None => (format!("unknown function `{name}`"), nearest(name, known).map(did_you_mean)),
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
        let help = Some("write it as `duration(\"10s\")`".to_owned());
        let Some(text) = window(node) else {
            return self.error(place, "a window must be a constant duration".to_owned(), help);
        };
        match value::duration(text) {
            Some(length) if length < 1_000_000 => {
                self.error(place, "a window must be a millisecond at least".to_owned(), help);
            }
            Some(length) if length > LONGEST_WINDOW => {
                self.error(place, "a window has at most 30 days".to_owned(), None);
            }
            // what can't be read has its own error
            _ => {}
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
        if let Err(error) = self.regexes.get(pattern) {
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
}

/// The text of `duration("…")`.
pub(super) fn window(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Call(call) if call.func_name == "duration" && call.target.is_none() => {
            string(call.args.first()?)
        }
        _ => None,
    }
}

fn int(number: i64) -> IdedExpr {
    IdedExpr { id: 0, expr: Expr::Literal(LiteralValue::Int(number.into())) }
}

fn call(name: &str, target: Option<IdedExpr>, args: Vec<IdedExpr>) -> IdedExpr {
    let call = CallExpr { func_name: name.to_owned(), target: target.map(Box::new), args };
    IdedExpr { id: 0, expr: Expr::Call(call) }
}

fn usage<'o>(overloads: impl Iterator<Item = &'o Overload>) -> String {
    let one = |known: &Overload| {
        let arguments = known.arguments.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let target = known.target.map_or(String::new(), |target| format!("{target}."));
        format!("`{target}{}({arguments})`", known.name)
    };
    format!("it is called as {}", overloads.map(one).collect::<Vec<_>>().join(" or "))
}
