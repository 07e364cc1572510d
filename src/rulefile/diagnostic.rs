//! What is wrong with a file, and where: every finding of a load, told to people or to machines.
//!
//! A diagnostic carries its file, text included, so that it can be shown long after the load, by
//! whoever holds it. Nothing stops at the first: [`Diagnostics`] collects them all.

use std::borrow::Cow;
use std::fmt;
use std::iter;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde_json::{Value, json};

/// A file that was read, or should have been. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The path that people know it by, or the name of another place, such as a variable.
    pub path: Arc<str>,
    /// All of its text; empty where it could not be read, and then it has no places.
    pub text: Arc<str>,
    /// Where each line begins, once somebody has asked: a file may have as many findings as lines.
    lines: Arc<OnceLock<Vec<usize>>>,
}

/// The same path and the same text.
impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && (Arc::ptr_eq(&self.text, &other.text) || self.text == other.text)
    }
}

impl Eq for SourceFile {}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// It can be used, but hardly means what its author thinks.
    Warning,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file it is about.
    pub file: SourceFile,
    /// Bytes of the file's text.
    pub range: Range<usize>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// All findings of a load.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

/// Collects what is wrong with one file.
#[derive(Debug)]
pub struct Report<'a> {
    file: &'a SourceFile,
    out: &'a mut Diagnostics,
}

impl SourceFile {
    /// A file of this path and text.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        SourceFile { path: path.into(), text: text.into(), lines: Arc::default() }
    }

    /// Line and column of a byte of the text, both counted from 1, columns in characters.
    #[must_use]
    pub fn place(&self, byte: usize) -> (usize, usize) {
        let byte = floor(&self.text, byte);
        let begins = || iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let lines: &Vec<usize> = self.lines.get_or_init(begins);
        let number = lines.partition_point(|begin| *begin <= byte);
        let before = &self.text[lines[number - 1]..byte];
        (number, before.trim_start_matches('\u{feff}').chars().count() + 1)
    }
}

impl Severity {
    /// The word that people read.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One line: `rules/a.yaml:12:5: error: …`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.file.path)?;
        if let Some((line, column)) = self.place() {
            write!(out, "{line}:{column}:")?;
        }
        write!(out, " {}: {}", self.severity.name(), self.message)
    }
}

impl Diagnostic {
    /// What to do about it.
    pub fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }

    /// Line and column where it begins, from 1, columns in characters; none in a file without text.
    #[must_use]
    pub fn place(&self) -> Option<(usize, usize)> {
        (!self.file.text.is_empty()).then(|| self.file.place(self.range.start))
    }

    /// For people: path, place, the line itself with the culprit underlined, and the help.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = if self.file.text.is_empty() {
            level.primary_title(format!("{}: {}", self.file.path, self.message))
        } else {
            level.primary_title(&self.message)
        };
        let (shown, first, span) = self.excerpt();
        let snippet = Snippet::source(shown)
            .path(&*self.file.path)
            .line_start(first)
            .annotation(AnnotationKind::Primary.span(span));
        let help = self.help.as_deref().map(|help| Level::HELP.message(help));
        let group = if self.file.text.is_empty() {
            title.elements(help)
        } else {
            title.element(snippet).elements(help)
        };
        renderer.decor_style(DecorStyle::Ascii).render(&[group])
    }

    /// For machines.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let place = self.place();
        json!({
            "severity": self.severity.name(),
            "file": &*self.file.path,
            "line": place.map(|(line, _)| line),
            "column": place.map(|(_, column)| column),
            "start": place.map(|_| self.range.start),
            "end": place.map(|_| self.range.end),
            "message": self.message,
            "help": self.help,
        })
    }

    /// The line of the finding, its number, and the range within it.
    fn excerpt(&self) -> (&str, usize, Range<usize>) {
        let text = &*self.file.text;
        let start = floor(text, self.range.start);
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = if text[line..].starts_with('\u{feff}') { line + 3 } else { line };
        let start = start.max(line);
        let stop = floor(text, self.range.end.min(end)).max(start);
        (&text[line..end.max(line)], self.file.place(start).0, start - line..stop - line)
    }
}

impl Diagnostics {
    /// Adds an error.
    pub fn error(
        &mut self,
        file: &SourceFile,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Severity::Error, file, range, &message.into())
    }

    /// Adds a warning.
    pub fn warning(
        &mut self,
        file: &SourceFile,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Severity::Warning, file, range, &message.into())
    }

    /// Collects for one file.
    pub fn report<'a>(&'a mut self, file: &'a SourceFile) -> Report<'a> {
        Report { file, out: self }
    }

    /// Takes over what another load found.
    pub fn extend(&mut self, other: Diagnostics) {
        self.found.extend(other.found);
    }

    /// Shows all findings in another file: one of the same length, with secrets blotted out.
    pub fn show_in(&mut self, file: &SourceFile) {
        self.found.iter_mut().for_each(|found| found.file = file.clone());
    }

    /// All of them by file and place, each once; errors before warnings at one place.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<&Diagnostic> = self.found.iter().collect();
        all.sort_by(|a, b| order(a).cmp(&order(b)));
        // What an alias repeats is read again at each alias, at the one place where it stands.
        all.dedup();
        all
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.sorted().iter().filter(|found| found.severity == Severity::Error).count()
    }

    /// Whether there is an error among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|found| found.severity == Severity::Error)
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// For people, one after the other.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let shown: Vec<String> = self.sorted().iter().map(|found| found.render(colour)).collect();
        shown.join("\n\n")
    }

    /// For machines: a list.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.sorted().iter().map(|found| found.to_json()).collect()
    }

    fn add(
        &mut self,
        severity: Severity,
        file: &SourceFile,
        range: Range<usize>,
        message: &str,
    ) -> &mut Diagnostic {
        let at = self.found.len();
        let message = visible(message).into_owned();
        self.found.push(Diagnostic { severity, file: file.clone(), range, message, help: None });
        &mut self.found[at]
    }
}

/// One line each, as [`Diagnostic`] shows itself.
impl fmt::Display for Diagnostics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sorted().iter().try_for_each(|found| writeln!(out, "{found}"))
    }
}

impl Report<'_> {
    /// The file it is about.
    #[must_use]
    pub fn file(&self) -> &SourceFile {
        self.file
    }

    /// Adds an error.
    pub fn error(&mut self, range: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.error(self.file, range, message)
    }

    /// Adds a warning.
    pub fn warning(&mut self, range: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.warning(self.file, range, message)
    }

    /// Whether an error of this file begins within a range: what follows from it needs no telling.
    #[must_use]
    pub fn has_error_in(&self, range: &Range<usize>) -> bool {
        self.out.found.iter().any(|found| {
            found.severity == Severity::Error
                && range.contains(&found.range.start)
                && found.file.path == self.file.path
        })
    }

    /// How many errors there are so far, in all files: to see whether a step added to them.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.out.found.iter().filter(|found| found.severity == Severity::Error).count()
    }
}

fn order(found: &Diagnostic) -> (&str, usize, Severity, usize, &str) {
    (&found.file.path, found.range.start, found.severity, found.range.end, &found.message)
}

/// The last boundary between characters up to a byte.
pub(super) fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A text as it may be shown: what shows nothing and what would steer the reader's terminal, written out.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    if !text.contains(hidden) {
        return text.into();
    }
    text.chars().map(|c| if hidden(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> Diagnostics {
        let file = SourceFile::new("rules/b.yaml", "\u{feff}é: 1\nwrods: [a,\n  b]\n");
        let missing = SourceFile::new("rules/a.yaml", "");
        let mut found = Diagnostics::default();
        found.warning(&file, 9..14, "hm");
        found.error(&file, 9..25, "unknown key `wrods`").help("keys known here: words");
        found.error(&file, 9..25, "unknown key `wrods`").help("keys known here: words");
        found.error(&missing, 0..0, "cannot be read: \u{1b}[31mred");
        found
    }

    #[test]
    fn one_line_each_in_order() {
        let expected = "rules/a.yaml: error: cannot be read: \\u{1b}[31mred\n\
                        rules/b.yaml:2:1: error: unknown key `wrods`\n\
                        rules/b.yaml:2:1: warning: hm\n";
        assert_eq!(found().to_string(), expected);
        assert_eq!(found().errors(), 2);
    }

    #[test]
    fn people_see_the_line() {
        let shown = found().sorted()[1].render(false);
        let expected = "\
error: unknown key `wrods`
 --> rules/b.yaml:2:1
  |
2 | wrods: [a,
  | ^^^^^^^^^^
  |
  = help: keys known here: words";
        assert_eq!(shown, expected);
        assert_eq!(found().sorted()[0].render(false), "error: rules/a.yaml: cannot be read: \\u{1b}[31mred");
        assert!(found().render(true).contains("\u{1b}["));
    }

    #[test]
    fn machines_get_numbers() {
        let all = found().to_json();
        assert_eq!(all[1]["line"], 2);
        assert_eq!(all[1]["column"], 1);
        assert_eq!(all[1]["severity"], "error");
        assert_eq!(all[0]["line"], Value::Null);
    }

    proptest::proptest! {
        #[test]
        fn any_range_can_be_shown(text in "\u{feff}?[aé\\t\r\n\u{200d}😀]{0,20}", start in 0usize..40, len in 0usize..40) {
            let file = SourceFile::new("x", text);
            let mut found = Diagnostics::default();
            found.error(&file, start..start + len, "m");
            proptest::prop_assert!(found.render(false).contains("error: "));
            let _ = (found.to_string(), found.to_json());
        }
    }
}
