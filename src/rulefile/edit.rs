//! Edits a rule in the text of its file, and leaves every other byte as it is: comments, order, style.
//!
//! The file is not written anew from what was understood of it. Each change is a few bytes put in at a
//! place that the tree knows, in the style that is found there: under the last of a block's lines, or
//! before a bracket.

use std::fmt::Write as _;
use std::ops::Range;

use super::diagnostic::{Diagnostics, SourceFile};
use super::yaml::{self, Key, Node, Value};
use crate::text::symbol;

/// What is to be added to a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addition {
    /// Entries for `except: {words: …}`.
    pub except: Vec<String>,
    /// A condition that has to hold, too.
    pub when: Option<String>,
    /// Tests, each a flow mapping as it stands in a file: `{text: "…", expect: none}`.
    pub tests: Vec<String>,
}

/// Why a rule can't be edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file is broken or has no such rule.
    #[error("there is no such rule in the file")]
    NoRule,
    /// Something is shared by an anchor: an edit here would change other rules, too.
    #[error("its `{0}` is shared with others by an anchor or alias: edit it by hand")]
    Shared(&'static str),
    /// It stands in a way that can't be added to.
    #[error("its `{0}` is written in a way that can't be added to: edit it by hand")]
    Style(&'static str),
}

/// The text of the file with the addition in the rule of an id.
///
/// # Errors
/// If there is no such rule, or it is written in a way that can't be added to.
pub fn add(file: &SourceFile, id: &str, addition: &Addition) -> Result<String, EditError> {
    let mut unread = Diagnostics::default();
    let root = yaml::parse(&mut unread.report(file)).ok_or(EditError::NoRule)?;
    let rule = rule(&root, id).ok_or(EditError::NoRule)?;
    let mut edit = Edit { text: &file.text, pieces: Vec::new() };
    let Value::Map(entries) = &rule.value else { return Err(EditError::NoRule) };
    let tests = find(entries, "tests").filter(|_| !addition.tests.is_empty());
    if let Some((key, given)) = tests {
        // they go first: what follows may come behind the whole list, at the same place
        edit.unshared("tests", key, given)?;
        edit.items("tests", given, &addition.tests)?;
    }
    if !addition.except.is_empty() {
        let words: Vec<String> = addition.except.iter().map(|entry| quoted(entry)).collect();
        edit.except(rule, entries, &words)?;
    }
    if let Some(when) = &addition.when {
        edit.when(rule, entries, when)?;
    }
    if tests.is_none() && !addition.tests.is_empty() {
        edit.entry(rule, entries, None, "tests", &Shape::Items(&addition.tests));
    }
    Ok(edit.done())
}

/// A text in double quotes, on one line, as YAML reads it back.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_plain(c) => out.push(c),
            c if u32::from(c) <= 0xff => drop(write!(out, "\\x{:02x}", u32::from(c))),
            c if u32::from(c) <= 0xffff => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => drop(write!(out, "\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Whether a reader of the file sees the character as it stands.
fn is_plain(c: char) -> bool {
    let joins = matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{640}');
    joins || !(c.is_control() || symbol::is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}'))
}

fn rule<'n>(root: &'n Node, id: &str) -> Option<&'n Node> {
    let Value::Seq(rules) = &root.get("rules")?.value else { return None };
    rules.iter().find(|rule| rule.get("id").and_then(Node::scalar).is_some_and(|scalar| scalar.text == id))
}

type Entry = (Key, Node);

fn find<'n>(entries: &'n [Entry], name: &str) -> Option<&'n Entry> {
    entries.iter().find(|(key, _)| key.text == name)
}

/// What a new entry of a rule looks like.
enum Shape<'a> {
    /// On the line of its key.
    Inline(String),
    /// A line each, below it.
    Items(&'a [String]),
}

/// Pieces of text that are put into another one.
struct Edit<'t> {
    text: &'t str,
    /// What is taken out, and what comes in its place.
    pieces: Vec<(Range<usize>, String)>,
}

impl Edit<'_> {
    fn except(&mut self, rule: &Node, entries: &[Entry], words: &[String]) -> Result<(), EditError> {
        let list = format!("[{}]", words.join(", "));
        let Some((key, except)) = find(entries, "except") else {
            if self.is_flow(rule) {
                let value = Shape::Inline(format!("{{words: {list}}}"));
                self.entry(rule, entries, Some("match"), "except", &value);
                return Ok(());
            }
            let indent = self.column(&entries[0].0);
            let lines = [format!("{:indent$}except:", ""), format!("{:indent$}  words: {list}", "")];
            self.put_lines(self.entry_end(place(entries, Some("match"))), &lines);
            return Ok(());
        };
        self.unshared("except", key, except)?;
        let Value::Map(inner) = &except.value else { return Err(EditError::Style("except")) };
        match find(inner, "words") {
            Some((key, given)) => {
                self.unshared("except", key, given)?;
                if matches!(given.value, Value::Seq(_)) {
                    return self.items("except", given, words);
                }
                let one = &self.text[given.span.clone()];
                let scalar = given.scalar().ok_or(EditError::Style("except"))?;
                if one.contains('\n') || scalar.is_null() || one.starts_with(['|', '>']) {
                    return Err(EditError::Style("except"));
                }
                let one = if scalar.plain { quoted(&scalar.text) } else { one.to_owned() };
                self.pieces.push((given.span.clone(), format!("[{one}, {}]", words.join(", "))));
            }
            None if inner.is_empty() => return Err(EditError::Style("except")),
            None => self.entry(except, inner, None, "words", &Shape::Inline(list)),
        }
        Ok(())
    }

    fn when(&mut self, rule: &Node, entries: &[Entry], when: &str) -> Result<(), EditError> {
        let single = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let Some((key, given)) = find(entries, "when") else {
            self.entry(rule, entries, Some("match"), "when", &Shape::Inline(single(when)));
            return Ok(());
        };
        self.unshared("when", key, given)?;
        let written = &self.text[given.span.clone()];
        let Some(scalar) = given.scalar().filter(|_| !written.contains('\n')) else {
            return Err(EditError::Style("when"));
        };
        if self.text[key.span.end..given.span.start].contains(['|', '>']) {
            return Err(EditError::Style("when"));
        }
        self.pieces.push((given.span.clone(), single(&format!("({}) && {when}", scalar.text.trim()))));
        Ok(())
    }

    /// Adds items to a list that is there.
    fn items(&mut self, name: &'static str, given: &Node, added: &[String]) -> Result<(), EditError> {
        let Value::Seq(old) = &given.value else { return Err(EditError::Style(name)) };
        if self.is_flow(given) {
            match old.last() {
                Some(end) => self.put(self.end(end), &format!(", {}", added.join(", "))),
                None => self.put(given.span.start + 1, &added.join(", ")),
            }
            return Ok(());
        }
        let item =
            old.last().filter(|item| item.span.start >= given.span.start).ok_or(EditError::Style(name))?;
        let begin = self.text[..item.span.start].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.text[begin..item.span.start];
        let dash = before.trim_start().strip_prefix('-');
        if dash.is_none_or(|rest| !rest.trim().is_empty()) {
            return Err(EditError::Style(name));
        }
        let lines: Vec<String> = added.iter().map(|one| format!("{before}{one}")).collect();
        self.put_lines(self.end(item), &lines);
        Ok(())
    }

    /// Adds an entry to a mapping: after the entry of a key, else at the end.
    fn entry(&mut self, map: &Node, entries: &[Entry], after: Option<&str>, name: &str, value: &Shape<'_>) {
        let inline = match value {
            Shape::Inline(value) => value.clone(),
            Shape::Items(items) => format!("[{}]", items.join(", ")),
        };
        if self.is_flow(map) {
            let at = self.entry_end(place(entries, after));
            self.put(at, &format!(", {name}: {inline}"));
            return;
        }
        let indent = self.column(&entries[0].0);
        let mut lines = Vec::new();
        match value {
            Shape::Inline(value) => lines.push(format!("{:indent$}{name}: {value}", "")),
            Shape::Items(items) => {
                lines.push(format!("{:indent$}{name}:", ""));
                lines.extend(items.iter().map(|item| format!("{:indent$}  - {item}", "")));
            }
        }
        self.put_lines(self.entry_end(place(entries, after)), &lines);
    }

    fn put(&mut self, at: usize, piece: &str) {
        self.pieces.push((at..at, piece.to_owned()));
    }

    /// Puts whole lines below the line that a byte stands on.
    fn put_lines(&mut self, at: usize, lines: &[String]) {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |end| at + end + 1);
        let crlf = self.text.contains("\r\n");
        let newline = if crlf { "\r\n" } else { "\n" };
        let ended = end > 0 && self.text[..end].ends_with('\n');
        let mut piece = String::from(if ended { "" } else { newline });
        for line in lines {
            piece.push_str(line);
            piece.push_str(newline);
        }
        self.put(end, &piece);
    }

    /// The last byte of an entry's value, or of the alias that stands for it, and one.
    fn entry_end(&self, (key, node): &Entry) -> usize {
        if self.value(key).starts_with('*') {
            let value = self.text.len() - self.value(key).len();
            let len = self.text[value..].find([' ', '\t', '\r', '\n', ',', '}', ']', '#']);
            return len.map_or(self.text.len(), |len| value + len);
        }
        self.end(node).max(key.span.end)
    }

    /// The end of a node without the line's end that a block text may hold, an alias inside told by its
    /// own place.
    fn end(&self, node: &Node) -> usize {
        let inner = match &node.value {
            _ if self.is_flow(node) => node.span.end,
            Value::Map(entries) => entries.last().map_or(node.span.end, |entry| self.entry_end(entry)),
            Value::Seq(items) => items.last().map_or(node.span.end, |item| self.end(item)),
            Value::Scalar(_) => node.span.end,
        };
        let text = &self.text[..inner];
        text.trim_end_matches(['\n', '\r']).len().max(node.span.start)
    }

    /// The text behind a key's colon.
    fn value(&self, key: &Key) -> &str {
        self.text[key.span.end..].trim_start().strip_prefix(':').unwrap_or_default().trim_start()
    }

    fn unshared(&self, name: &'static str, key: &Key, node: &Node) -> Result<(), EditError> {
        let shared = self.value(key).starts_with(['*', '&']) || node.span.start < key.span.end;
        if shared { Err(EditError::Shared(name)) } else { Ok(()) }
    }

    fn is_flow(&self, node: &Node) -> bool {
        !matches!(node.value, Value::Scalar(_)) && self.text[node.span.start..].starts_with(['{', '['])
    }

    /// How far a key is indented.
    fn column(&self, key: &Key) -> usize {
        let begin = self.text[..key.span.start].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.text[begin..key.span.start];
        before.trim_start_matches('\u{feff}').chars().count()
    }

    fn done(mut self) -> String {
        // of two at one place, the first comes first
        self.pieces.sort_by_key(|(range, _)| range.start);
        let (mut out, mut at) = (String::with_capacity(self.text.len() + 256), 0);
        for (range, piece) in self.pieces {
            out.push_str(&self.text[at..range.start]);
            out.push_str(&piece);
            at = range.end;
        }
        out.push_str(&self.text[at..]);
        out
    }
}

/// The entry behind which a new one goes.
fn place<'n>(entries: &'n [Entry], after: Option<&str>) -> &'n Entry {
    after.and_then(|name| find(entries, name)).unwrap_or(&entries[entries.len() - 1])
}

#[cfg(test)]
mod tests;
