//! YAML 1.2 text as a tree of nodes that know their place.
//!
//! The tree keeps the text of every scalar as written and leaves its type to whoever reads it, so
//! that `no`, `on` and `007` are the words they look like. All places are bytes of the source; the
//! parser beneath counts characters, and nobody outside this file has to know.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::diagnostic::{Report, floor};

/// How deep collections may lie in one another.
const DEPTH: usize = 64;
/// How many nodes aliases may add to a file.
const EXPANSION: usize = 100_000;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Bytes of the source, quotes and brackets included; of a block text, from its first character.
    pub span: Range<usize>,
    /// What stands there.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A single value, its type not yet decided.
    Scalar(Scalar),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping, in the order of the file; its keys differ from one another.
    Map(Vec<(Key, Node)>),
}

/// A single value.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text, quotes and escapes undone.
    pub text: String,
    /// Whether it was written without quotes.
    pub plain: bool,
}

/// The key of a mapping's entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The text, quotes and escapes undone.
    pub text: String,
    /// Bytes of the source.
    pub span: Range<usize>,
}

impl Scalar {
    /// Whether it stands for no value at all: `null`, `~` or nothing, without quotes.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// A scalar without quotes that stands in no file, such as the value of an environment variable.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Node {
        Node { span: 0..0, value: Value::Scalar(Scalar { text: text.into(), plain: true }) }
    }

    /// The node's scalar, if it is one.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        if let Value::Scalar(scalar) = &self.value { Some(scalar) } else { None }
    }

    /// The value of a key, where the node is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|(name, _)| name.text == key).map(|(_, node)| node)
    }

    /// Whether the node stands for no value at all.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(Scalar::is_null)
    }

    /// What it is, for a message to people: `a list`, `nothing`, or the text itself.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Seq(_) => "a list".into(),
            Value::Map(_) => "a mapping".into(),
            Value::Scalar(scalar) if scalar.is_null() => "nothing".into(),
            Value::Scalar(scalar) if scalar.text.chars().count() > 40 => {
                format!("`{}…`", scalar.text.chars().take(40).collect::<String>())
            }
            Value::Scalar(scalar) if scalar.plain => format!("`{}`", scalar.text),
            Value::Scalar(scalar) => format!("the text `{}`", scalar.text),
        }
    }

    fn count(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::Seq(items) => items.iter().map(Node::count).sum(),
            Value::Map(entries) => entries.iter().map(|(_, node)| node.count()).sum(),
        }
    }

    fn depth(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::Seq(items) => items.iter().map(Node::depth).max().unwrap_or(0),
            Value::Map(entries) => entries.iter().map(|(_, node)| node.depth()).max().unwrap_or(0),
        }
    }
}

/// Reads the text of the report's file.
///
/// An empty file is a null scalar. None where the syntax is broken: all that could be said is in
/// the report. Duplicate keys, tags and further documents are reported and passed over, so that a
/// reader can go on and find more.
pub fn parse(report: &mut Report<'_>) -> Option<Node> {
    let source = report.file().text.clone();
    let body = source.strip_prefix('\u{feff}').unwrap_or(&source);
    let places = Places::new(body, source.len() - body.len());
    let mut builder = Builder::new(report, &places);
    for event in Parser::new_from_str(body) {
        match event {
            Ok((event, span)) => builder.take(event, span)?,
            Err(error) => {
                let at = places.byte(error.marker().index());
                let end = source[at..].chars().next().map_or(at, |next| at + next.len_utf8());
                builder.report.error(at..end, format!("broken YAML: {}", error.info()));
                return None;
            }
        }
    }
    Some(builder.root.unwrap_or_else(|| Node::plain("")))
}

/// From the parser's character indices to bytes of the file.
struct Places {
    /// Bytes before the first character: those of a byte order mark.
    before: usize,
    /// Where each character begins, and where the last one ends; nothing where all are ASCII.
    starts: Vec<usize>,
    len: usize,
}

impl Places {
    fn new(body: &str, before: usize) -> Self {
        let starts = if body.is_ascii() {
            Vec::new()
        } else {
            body.char_indices().map(|(at, _)| at).chain([body.len()]).collect()
        };
        Places { before, starts, len: body.len() }
    }

    fn byte(&self, index: usize) -> usize {
        let at =
            if self.starts.is_empty() { index } else { self.starts.get(index).copied().unwrap_or(self.len) };
        self.before + at.min(self.len)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }
}

/// A collection whose end has not come yet.
struct Open {
    start: Range<usize>,
    anchor: usize,
    value: Value,
    /// The keys so far, of a mapping.
    seen: HashSet<String>,
    /// The key whose value comes next; true where it is new to its mapping.
    key: Option<(Key, bool)>,
}

/// Puts the parser's events together.
struct Builder<'r, 'f> {
    report: &'r mut Report<'f>,
    places: &'r Places,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    expanded: usize,
    root: Option<Node>,
}

impl<'r, 'f> Builder<'r, 'f> {
    fn new(report: &'r mut Report<'f>, places: &'r Places) -> Self {
        Builder { report, places, open: vec![], anchors: HashMap::new(), expanded: 0, root: None }
    }

    /// None where it makes no sense to read on.
    fn take(&mut self, event: Event<'_>, span: Span) -> Option<()> {
        let range = self.places.range(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), &range);
                let plain = style == ScalarStyle::Plain;
                let range = trim(&self.report.file().text, range, style);
                let node =
                    Node { span: range, value: Value::Scalar(Scalar { text: text.into_owned(), plain }) };
                self.close(node, anchor);
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), &range);
                self.begin(range, anchor, Value::Seq(vec![]))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), &range);
                self.begin(range, anchor, Value::Map(vec![]))?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&range),
            Event::Alias(anchor) => self.expand(anchor, range)?,
            Event::DocumentStart(_) if self.root.is_some() => {
                self.report.error(range, "a second document: one file holds one");
                return None;
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Some(())
    }

    fn refuse_tag(&mut self, tagged: bool, range: &Range<usize>) {
        if tagged {
            self.report.error(range.clone(), "tags are not read: leave out what begins with `!`");
        }
    }

    fn begin(&mut self, start: Range<usize>, anchor: usize, value: Value) -> Option<()> {
        if self.open.len() >= DEPTH {
            self.report.error(start, format!("lists and mappings lie more than {DEPTH} deep here"));
            return None;
        }
        self.open.push(Open { start, anchor, value, seen: HashSet::new(), key: None });
        Some(())
    }

    fn end(&mut self, range: &Range<usize>) {
        let Some(open) = self.open.pop() else { return };
        // A bracket ends a flow collection; a block ends with its last value, not where the next begins.
        let last = match &open.value {
            Value::Seq(items) => items.last().map(|node| node.span.end),
            Value::Map(entries) => entries.last().map(|(key, node)| node.span.end.max(key.span.end)),
            Value::Scalar(_) => None,
        };
        let end = if range.is_empty() { last.unwrap_or(open.start.end) } else { range.end };
        let node = Node { span: open.start.start..end.max(open.start.start), value: open.value };
        self.close(node, open.anchor);
    }

    fn expand(&mut self, anchor: usize, range: Range<usize>) -> Option<()> {
        let Some(node) = self.anchors.get(&anchor) else {
            self.report.error(range, "an alias inside of what it stands for");
            return None;
        };
        self.expanded += node.count();
        if self.expanded > EXPANSION {
            self.report.error(range, format!("aliases add more than {EXPANSION} values to this file"));
            return None;
        }
        if self.open.len() + node.depth() > DEPTH {
            self.report.error(range, format!("lists and mappings lie more than {DEPTH} deep here"));
            return None;
        }
        let node = node.clone();
        self.close(node, 0);
        Some(())
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match (&mut open.value, open.key.take()) {
            (Value::Seq(items), _) => items.push(node),
            (Value::Map(entries), Some((key, true))) => entries.push((key, node)),
            (Value::Map(_), None) => {
                let text = node.scalar().map(|scalar| scalar.text.clone());
                let fresh = match &text {
                    None => {
                        self.report.error(node.span.clone(), "a key must be a single word or text");
                        false
                    }
                    Some(text) if !open.seen.insert(text.clone()) => {
                        self.report.error(node.span.clone(), format!("the key `{text}` is given twice"));
                        false
                    }
                    Some(_) => true,
                };
                open.key = Some((Key { text: text.unwrap_or_default(), span: node.span }, fresh));
            }
            (Value::Map(_), Some((_, false))) | (Value::Scalar(_), _) => {}
        }
    }
}

/// The parser takes white space and comments after a scalar for part of it.
fn trim(source: &str, range: Range<usize>, style: ScalarStyle) -> Range<usize> {
    let found = &source[range.clone()];
    let len = match style {
        ScalarStyle::Plain => found.trim_end().len(),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => quoted_len(found),
        ScalarStyle::Literal | ScalarStyle::Folded => found.len(),
    };
    range.start..range.start + len
}

/// The length of the quoted text that `source` begins with, quotes included.
fn quoted_len(source: &str) -> usize {
    let mut bytes = source.bytes().enumerate();
    let Some((_, quote)) = bytes.next() else { return 0 };
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if quote == b'"' => drop(bytes.next()),
            b'\'' if quote == b'\'' && source.as_bytes().get(at + 1) == Some(&quote) => drop(bytes.next()),
            _ if byte == quote => return at + 1,
            _ => {}
        }
    }
    source.len()
}

/// The byte of the source where byte `offset` of a scalar's text stands.
///
/// For messages about a part of a text, such as an expression: exact where the text was written as
/// it is, on one line or on several; after an escape in double quotes it may fall short of the mark.
#[must_use]
pub fn locate(source: &str, span: &Range<usize>, text: &str, offset: usize) -> usize {
    let written = source.get(span.clone()).unwrap_or_default();
    let mut at = usize::from(written.starts_with(['"', '\'']) && !text.starts_with(&written[..1]));
    for wanted in text[..floor(text, offset)].chars() {
        let rest = &written[at..];
        let step = if wanted.is_whitespace() {
            // A fold is one space of the text and a line's end and indentation of the source.
            rest.len() - rest.trim_start().len()
        } else {
            rest.find(wanted).map_or(0, |skipped| skipped + wanted.len_utf8())
        };
        let verbatim = rest.starts_with(wanted) && !wanted.is_whitespace();
        at += if verbatim { wanted.len_utf8() } else { step };
    }
    (span.start + at).min(span.end)
}

#[cfg(test)]
mod tests;
