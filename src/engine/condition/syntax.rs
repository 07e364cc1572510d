//! Parses an expression, and knows where in its source each node stands.
//!
//! The parser marks most nodes by one token (an operator, an opening bracket); what people need to
//! see underlined is worked out here, and its errors are put into words.

use std::ops::Range;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, SourceInfo};
use cel::parser::{ParseError, Parser};

use super::ExprError;

/// The longest source, in bytes.
const LONGEST: usize = 4096;
/// The most operators, brackets and dots: each may nest, and parser and evaluator recurse.
const DEEPEST: usize = 300;

/// An expression and its source.
pub(super) struct Parsed<'s> {
    pub(super) source: &'s str,
    pub(super) tree: IdedExpr,
    info: SourceInfo,
}

pub(super) fn parse(source: &str) -> Result<Parsed<'_>, ExprError> {
    if source.len() > LONGEST {
        let message = format!("an expression has at most {LONGEST} bytes; this one has {}", source.len());
        return Err(ExprError { message, range: 0..source.len(), help: None });
    }
    if source.trim().is_empty() {
        return Err(ExprError {
            message: "the expression is empty".to_owned(),
            range: 0..source.len(),
            help: None,
        });
    }
    if let Some(start) = depth(source, DEEPEST) {
        let message = format!("an expression has at most {DEEPEST} operators, brackets and dots");
        let help = Some("for many values, write `… in [\"a\", \"b\"]`, or a table and `lookup`".to_owned());
        return Err(ExprError { message, range: start..source.len(), help });
    }
    match Parser::new().parse_with_source_info(source) {
        Ok((tree, info)) => Ok(Parsed { source, tree, info }),
        // the first error is the cause; the rest is the parser's recovery
        Err(errors) => Err(errors.errors.first().map_or_else(
            || ExprError { message: "can't be parsed".to_owned(), range: 0..source.len(), help: None },
            |error| translate(source, error),
        )),
    }
}

/// Where the source has more symbols than allowed, strings left out.
fn depth(source: &str, most: usize) -> Option<usize> {
    let mut at = 0;
    let mut symbols = 0;
    while let Some(letter) = source[at..].chars().next() {
        let raw = source[..at].ends_with(['r', 'R']);
        if letter == '"' || letter == '\'' {
            at = string_end(source, at, raw);
            continue;
        }
        // of two-letter operators the first letter counts
        let second =
            matches!(letter, '=' | '&' | '|') && source[..at].ends_with(['=', '!', '<', '>', '&', '|']);
        symbols += usize::from("([{.!-+*/%<>=&|?".contains(letter) && !second);
        if symbols > most {
            return Some(at);
        }
        at += letter.len_utf8();
    }
    None
}

impl Parsed<'_> {
    /// The bytes of a whole expression.
    pub(super) fn range(&self, node: &IdedExpr) -> Range<usize> {
        let own = self.token(node);
        let mut range = own.clone();
        let mut join = |child: Range<usize>| range = range.start.min(child.start)..range.end.max(child.end);
        match &node.expr {
            Expr::Call(call) => {
                if self.source[own.start..].starts_with('(') {
                    join(self.name(node, &call.func_name));
                    join(own.start..self.closing(own.start));
                } else if self.source[own.start..].starts_with('[') {
                    join(own.start..self.closing(own.start));
                }
                call.target.iter().for_each(|target| join(self.range(target)));
                call.args.iter().for_each(|argument| join(self.range(argument)));
            }
            Expr::Select(select) if select.test => {
                join(self.name(node, "has"));
                join(own.start..self.closing(own.start));
            }
            Expr::Select(select) => {
                join(self.range(&select.operand));
                join(self.field(node, &select.field));
            }
            Expr::Comprehension(inner) => {
                join(self.range(&inner.iter_range));
                join(own.start..self.closing(own.start));
            }
            Expr::List(_) | Expr::Map(_) => join(own.start..self.closing(own.start)),
            _ => {}
        }
        range
    }

    /// The bytes of the field's name in `operand.field`.
    pub(super) fn field(&self, node: &IdedExpr, field: &str) -> Range<usize> {
        let dot = self.token(node);
        match self.source[dot.end..].find(field) {
            Some(gap) => dot.end + gap..dot.end + gap + field.len(),
            None => dot,
        }
    }

    /// The bytes of the function's name in a call.
    pub(super) fn name(&self, node: &IdedExpr, function: &str) -> Range<usize> {
        let bracket = self.token(node);
        let before = self.source[..bracket.start].trim_end();
        if before.ends_with(function) { before.len() - function.len()..before.len() } else { bracket }
    }

    /// Just behind the bracket that closes the one at `open`.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        let mut at = open;
        let mut raw = false;
        while let Some(letter) = self.source[at..].chars().next() {
            match letter {
                '"' | '\'' => {
                    at = string_end(self.source, at, raw);
                    raw = false;
                    continue;
                }
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                '/' if self.source[at..].starts_with("//") => {
                    at += self.source[at..].find('\n').unwrap_or(self.source.len() - at);
                    continue;
                }
                _ => {}
            }
            raw = matches!(letter, 'r' | 'R') || raw && matches!(letter, 'b' | 'B');
            at += letter.len_utf8();
            if depth == 0 {
                return at;
            }
        }
        self.source.len()
    }

    fn token(&self, node: &IdedExpr) -> Range<usize> {
        let (start, last) = self.info.offset_for(node.id).unwrap_or_default();
        let start = boundary(self.source, start as usize);
        start..boundary(self.source, (last as usize).saturating_add(1)).max(start)
    }
}

/// Just behind the string literal whose quote stands at `start`.
fn string_end(source: &str, start: usize, raw: bool) -> usize {
    let rest = &source[start..];
    let quote = if rest.starts_with("\"\"\"") || rest.starts_with("'''") { &rest[..3] } else { &rest[..1] };
    let mut at = start + quote.len();
    while let Some(letter) = source[at..].chars().next() {
        if source[at..].starts_with(quote) {
            return at + quote.len();
        }
        at += letter.len_utf8();
        if letter == '\\' && !raw {
            at += source[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    at
}

/// All nodes right below one.
pub(super) fn children(node: &mut IdedExpr) -> Vec<&mut IdedExpr> {
    match &mut node.expr {
        Expr::Call(call) => call.target.as_deref_mut().into_iter().chain(&mut call.args).collect(),
        Expr::Comprehension(inner) => {
            let inner = &mut **inner;
            vec![
                &mut inner.iter_range,
                &mut inner.accu_init,
                &mut inner.loop_cond,
                &mut inner.loop_step,
                &mut inner.result,
            ]
        }
        Expr::List(list) => list.elements.iter_mut().collect(),
        Expr::Map(map) => map.entries.iter_mut().flat_map(|entry| entry_children(&mut entry.expr)).collect(),
        Expr::Struct(inner) => {
            inner.entries.iter_mut().flat_map(|entry| entry_children(&mut entry.expr)).collect()
        }
        Expr::Select(select) => vec![&mut select.operand],
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => vec![],
    }
}

fn entry_children(entry: &mut EntryExpr) -> Vec<&mut IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&mut entry.key, &mut entry.value],
        EntryExpr::StructField(field) => vec![&mut field.value],
    }
}

fn translate(source: &str, error: &ParseError) -> ExprError {
    let at = position(source, error.pos);
    let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
    let quoted = quoted(message);
    let here = |length: usize| at..boundary(source, at + length);
    let one = here(1);
    let found = |message: String, length: usize, help: Option<&str>| ExprError {
        message,
        range: here(length),
        help: help.map(str::to_owned),
    };
    if message.contains("Recursion limit") {
        return found("the expression is nested too deep".to_owned(), 1, None);
    }
    if source[at..].starts_with('`') {
        return found("`` ` `` does not belong here".to_owned(), 1, Some("strings stand in \" or '"));
    }
    if message.starts_with("token recognition error") {
        return match source[at..].chars().next() {
            Some('=') => found("`=` is no operator".to_owned(), 1, Some("to compare, write `==`")),
            Some('&') => found("`&` is no operator".to_owned(), 1, Some("write `&&`")),
            Some('|') => found("`|` is no operator".to_owned(), 1, Some("write `||`")),
            Some('"' | '\'') => found(
                "this string is not closed, or has an escape that CEL does not know".to_owned(),
                source.len() - at,
                Some("write a backslash as `\\\\`, or use a raw string: r\"…\""),
            ),
            letter => found(format!("`{}` does not belong here", letter.unwrap_or_default()), 1, None),
        };
    }
    if quoted == Some("<EOF>") || at >= source.len() {
        let missing = message.strip_prefix("missing '").and_then(|rest| rest.split('\'').next());
        let message = match missing {
            Some(token) => format!("the expression ends too early: `{token}` is missing"),
            None => "the expression ends too early".to_owned(),
        };
        let last = source.trim_end().char_indices().last().map_or(0, |(at, _)| at);
        return ExprError { message, range: last..source.trim_end().len(), help: None };
    }
    if let Some(token) = quoted {
        let help = match word(source, at) {
            "and" | "AND" => Some("write `&&`"),
            "or" | "OR" => Some("write `||`"),
            _ if source[..at].trim_end().ends_with("not") => Some("write `!` for not"),
            _ => None,
        };
        if let Some(rest) = message.strip_prefix("missing '") {
            let missing = rest.split('\'').next().unwrap_or_default();
            return found(format!("`{missing}` is missing before this"), 1, help);
        }
        let token = if source[at..].starts_with(token) { token } else { &source[one] };
        return found(format!("`{token}` does not belong here"), token.len(), help);
    }
    let message = match message {
        "invalid argument to has() macro" => "`has` wants a field: `has(message.metadata.key)`",
        "argument must be a simple name" => "the first argument must be a plain name for the element",
        other if other.starts_with("invalid") || other.starts_with("reserved") => other,
        other if other.starts_with("unsupported syntax") => "this syntax is not supported",
        _ => "the expression is incomplete here",
    };
    found(message.lines().next().unwrap_or_default().to_owned(), word(source, at).len().max(1), None)
}

/// The nearest place at or behind a byte where a character ends.
fn boundary(source: &str, at: usize) -> usize {
    (at..source.len()).find(|&at| source.is_char_boundary(at)).unwrap_or(source.len())
}

/// The token that the parser's message names.
fn quoted(message: &str) -> Option<&str> {
    let rest = message.split_once("input '").or_else(|| message.split_once("at '"))?.1;
    Some(rest.split_once("' expecting").map_or_else(|| rest.trim_end_matches('\''), |parts| parts.0))
}

/// From line and column (both from 1, in characters) to bytes.
fn position(source: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line).unwrap_or(0).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(0).saturating_sub(1);
    let start: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    source[start..].char_indices().nth(column).map_or(source.len(), |(at, _)| start + at)
}

/// The word that begins at a byte.
fn word(source: &str, at: usize) -> &str {
    let rest = &source[at..];
    &rest[..rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len())]
}
