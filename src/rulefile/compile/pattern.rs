//! One pattern set, compiled, and what is odd about its patterns.

use std::collections::HashSet;
use std::ops::Range;

use super::{Compiler, MOST_WORDS, Room};
use crate::engine::matcher::domain::Domain;
use crate::engine::matcher::regex::Pattern;
use crate::engine::matcher::variant::variants;
use crate::engine::matcher::words::{Edges, Entry, EntryError};
use crate::engine::rule::PatternSet;
use crate::rulefile::diagnostic::{Diagnostics, Report};
use crate::rulefile::document::PatternDoc;
use crate::rulefile::record::Spanned;
use crate::rulefile::source::list_entries;
use crate::text::{ViewKind, symbol};

impl Compiler<'_, '_> {
    pub(super) fn pattern_set(&mut self, doc: &PatternDoc, range: Range<usize>) -> PatternSet {
        let given = doc.view.as_ref().map(|view| view.value);
        let mut words = Words {
            view: given.unwrap_or_default(),
            seen: HashSet::new(),
            entries: Vec::new(),
            room: self.room,
        };
        for (entries, edges) in [(&doc.words, Edges::Word), (&doc.anywhere, Edges::Anywhere)] {
            for entry in &entries.0 {
                words.add(&entry.value, &entry.range, edges, self.report);
            }
        }
        for name in &doc.list.0 {
            // A list that is not there has been told where the documents were read.
            let Some(file) = self.sources.list(&name.value.0) else { continue };
            let mut aside = Diagnostics::default();
            let mut report = aside.report(file);
            for entry in list_entries(&file.text) {
                words.add(entry.value, &entry.range, Edges::Word, &mut report);
            }
            self.asides.push(aside);
        }
        let mut set = PatternSet { entries: words.entries, ..PatternSet::default() };
        for regex in &doc.regex.0 {
            let folded = given == Some(ViewKind::Folded);
            let into = if folded { &mut set.folded } else { &mut set.patterns };
            into.extend(self.pattern(regex));
        }
        for find in &doc.find.0 {
            set.finds.push(find.value);
        }
        for domain in &doc.domain.0 {
            match Domain::parse(&domain.value) {
                Ok(domain) => set.domains.push(domain),
                Err(error) => drop(self.report.error(domain.range.clone(), error.to_string())),
            }
        }
        let nothing = set.entries.is_empty()
            && set.patterns.is_empty()
            && set.folded.is_empty()
            && set.finds.is_empty()
            && set.domains.is_empty();
        let missing_list = doc.list.0.iter().any(|name| self.sources.list(&name.value.0).is_none());
        if nothing && !missing_list && !self.report.has_error_in(&range) {
            self.report.error(range, "nothing is left of this pattern set");
        }
        set
    }

    fn pattern(&mut self, source: &Spanned<String>) -> Option<Pattern> {
        warn_of_invisible(&source.value, &source.range, self.report);
        match self.kept.pattern(&source.value) {
            Ok(pattern) => {
                if pattern.literals().is_none() {
                    self.report
                        .warning(source.range.clone(), "this expression runs on every message")
                        .help("give it a literal of three or more letters that every match must hold");
                }
                Some(pattern)
            }
            Err(error) => {
                let place = source.locate(self.report.file(), &error.range);
                self.report.error(place, error.message);
                None
            }
        }
    }
}

/// The entries of a pattern set, each once.
struct Words<'a> {
    view: ViewKind,
    seen: HashSet<(Edges, String)>,
    entries: Vec<Entry>,
    room: &'a mut Room,
}

impl Words<'_> {
    fn add(&mut self, source: &str, range: &Range<usize>, edges: Edges, report: &mut Report<'_>) {
        let Some(room) = self.room.0 else { return }; // told where there was none left
        warn_of_invisible(source, range, report);
        match Entry::compile(source, self.view, edges) {
            Ok(entry) => {
                if self.seen.insert((edges, entry.canonical())) {
                    self.room.0 = room.checked_sub(1 + variants(&entry).len());
                    if self.room.0.is_none() {
                        report
                            .error(
                                range.clone(),
                                format!("more than {MOST_WORDS} words in all rules together"),
                            )
                            .help("each way to write a word that `view: loose` looks for counts as a word");
                    }
                    self.entries.push(entry);
                } else {
                    report.warning(
                        range.clone(),
                        format!("`{}` is in this pattern set already", entry.source()),
                    );
                }
            }
            Err(error @ EntryError::TooLong) => drop(report.error(range.clone(), error.to_string())),
            Err(error) => drop(report.warning(range.clone(), format!("{error}: it is left out"))),
        }
    }
}

fn warn_of_invisible(source: &str, range: &Range<usize>, report: &mut Report<'_>) {
    if let Some(c) = source.chars().find(|&c| symbol::is_invisible(c)) {
        report.warning(range.clone(), format!("holds the invisible character U+{:04X}", c as u32));
    }
}
