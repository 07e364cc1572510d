//! Where a server's rules come from: a directory, read again whenever the server asks.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use premod::engine::Engine;
use premod::engine::state::State;
use premod::rulefile::watch::settled;
use premod::rulefile::{Compiled, Diagnostics, Kept, Severity, Sources, compile_again};
use premod::server::{Finding, Loaded, Rejected, Source};

/// A rules directory that is served.
pub(super) struct Directory {
    path: PathBuf,
    /// Most characters of a message.
    limit: usize,
    /// What conditions count in; it survives reloads.
    state: Arc<State>,
    /// Expressions that need not be compiled again.
    kept: Kept,
    /// The files that hold rules in force.
    files: BTreeSet<Arc<str>>,
}

impl Directory {
    pub(super) fn new(path: PathBuf, limit: usize, state: Arc<State>) -> Self {
        Directory { path, limit, state, kept: Kept::default(), files: BTreeSet::new() }
    }

    /// The first engine, of rules that were just read; none where they are in error.
    pub(super) fn open(&mut self, out: &mut Diagnostics) -> Option<Engine> {
        let sources = Sources::read(&self.path, out);
        let compiled = compile_again(&sources, &mut self.kept, out)?;
        Some(self.engine(compiled))
    }

    fn engine(&mut self, compiled: Compiled) -> Engine {
        let Compiled { rules, documents, .. } = compiled;
        self.files = documents.rules.iter().map(|sourced| Arc::clone(&sourced.file.path)).collect();
        Engine::new(Arc::new(rules.with_limit(self.limit)), Arc::clone(&self.state))
    }

    /// What may be right in a new directory and is an accident in one that is served: nothing left of
    /// all rules, or of a file that held some.
    fn refuse_loss(&self, sources: &Sources, compiled: Option<&Compiled>, out: &mut Diagnostics) {
        for file in sources.rule_files().filter(|file| file.text.trim().is_empty()) {
            if self.files.contains(&file.path) {
                out.error(file, 0..0, "nothing is left in this file, which held rules")
                    .help("remove the file if its rules are to go");
            }
        }
        let none = compiled.is_some_and(|compiled| compiled.documents.rules.is_empty());
        if none && !self.files.is_empty() && !out.has_errors() {
            let directory = premod::rulefile::SourceFile::new(self.path.display().to_string(), "");
            out.error(&directory, 0..0, "no rule is left").help("to serve no rules, start with none");
        }
    }
}

impl Source for Directory {
    fn load(&mut self, in_force: &str) -> Result<Loaded, Rejected> {
        let (sources, mut out) = settled(&self.path);
        let revision = sources.revision();
        if !out.has_errors() && revision == in_force {
            return Ok(Loaded::Unchanged);
        }
        let compiled = compile_again(&sources, &mut self.kept, &mut out);
        self.refuse_loss(&sources, compiled.as_ref(), &mut out);
        match compiled {
            Some(compiled) if !out.has_errors() => Ok(Loaded::Changed(Arc::new(self.engine(compiled)))),
            _ => Err(Rejected { revision, found: findings(&out) }),
        }
    }
}

fn findings(out: &Diagnostics) -> Vec<Finding> {
    let errors = out.sorted().into_iter().filter(|found| found.severity == Severity::Error);
    let finding = |found: &premod::rulefile::Diagnostic| Finding {
        file: found.file.path.to_string(),
        line: found.place().map(|(line, _)| line),
        column: found.place().map(|(_, column)| column),
        message: found.message.clone(),
        help: found.help.clone(),
    };
    errors.map(finding).collect()
}
