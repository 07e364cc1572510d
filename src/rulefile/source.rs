//! A rules directory in memory: all its texts, read before anybody looks at what they say.
//!
//! Everything after this is pure: it neither opens files nor can be led out of the directory. A
//! rule set built from one [`Sources`] is built from one moment of the directory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::diagnostic::{Diagnostics, SourceFile};
use super::record::Spanned;

/// The largest file that is read: 16 MiB.
const LIMIT: u64 = 16 << 20;

/// All files of a rules directory that rules are made of.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// By path inside the directory, with `/` between names.
    files: BTreeMap<String, SourceFile>,
}

/// What a file in the directory is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rules,
    Policy,
    List,
    Table,
    /// It looks like one of the others, but is not read.
    Mistaken,
    Other,
}

impl Sources {
    /// Reads a directory: `*.yaml` in it and below, `lists/`, `tables/`. Names that begin with a dot
    /// are left out; links are followed while they stay inside. What cannot be read is reported.
    pub fn read(directory: &Path, out: &mut Diagnostics) -> Sources {
        let mut reader = Reader { sources: Sources::default(), inside: PathBuf::new(), open: vec![], out };
        match fs::canonicalize(directory) {
            Ok(inside) => {
                reader.inside = inside;
                reader.directory(directory, "");
            }
            Err(error) => reader.fail(directory, &format!("cannot be read: {error}")),
        }
        reader.sources
    }

    /// Sources that lie in no directory: path and text of each file.
    pub fn from_memory<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Sources {
        let file = |(path, text): (P, T)| {
            let path = path.into();
            (path.clone(), SourceFile::new(path, text.into()))
        };
        Sources { files: files.into_iter().map(file).collect() }
    }

    /// The files of rules, in path order.
    pub fn rule_files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|(path, _)| kind(path) == Kind::Rules).map(|(_, file)| file)
    }

    /// `policy.yaml`, if there is one.
    #[must_use]
    pub fn policy(&self) -> Option<&SourceFile> {
        self.files.get("policy.yaml")
    }

    /// A word list by its path under `lists/`.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&SourceFile> {
        self.files.get(&format!("lists/{name}")).filter(|_| is_inside(name))
    }

    /// The same files, the one that people know by a path with another text.
    #[must_use]
    pub fn with(&self, path: &str, text: &str) -> Sources {
        let mut sources = self.clone();
        for file in sources.files.values_mut().filter(|file| &*file.path == path) {
            *file = SourceFile::new(path, text);
        }
        sources
    }

    /// The names of all word lists.
    pub fn list_names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|path| path.strip_prefix("lists/"))
    }

    /// All tables: name without extension, whether it is JSON (else CSV), and the file.
    pub fn tables(&self) -> impl Iterator<Item = (&str, bool, &SourceFile)> {
        self.files.iter().filter_map(|(path, file)| {
            let name = path.strip_prefix("tables/")?;
            let (name, extension) = name.rsplit_once('.')?;
            Some((name, extension == "json", file))
        })
    }

    /// The revision: 12 hexadecimal digits that change with any path or text.
    #[must_use]
    pub fn revision(&self) -> String {
        let mut hash = Sha256::new();
        for (path, file) in &self.files {
            for text in [path.as_str(), &file.text] {
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text.as_bytes());
            }
        }
        hash.finalize().iter().take(6).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }
}

/// The entries of a word list, one a line, with their places.
///
/// Blank lines do not count. A comment begins with `#` at the start of a line or after white space,
/// so that `c#` is an entry.
pub fn list_entries(text: &str) -> impl Iterator<Item = Spanned<&str>> {
    let mut next = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = next;
        next += line.len();
        let line = line.strip_prefix('\u{feff}').filter(|_| start == 0).unwrap_or(line);
        let start = next - line.len();
        let mut before = ' ';
        let comment = line.char_indices().find(|(_, c)| {
            let begins = *c == '#' && before.is_whitespace();
            before = *c;
            begins
        });
        let entry = &line[..comment.map_or(line.len(), |(at, _)| at)];
        let start = start + entry.len() - entry.trim_start().len();
        let entry = entry.trim();
        (!entry.is_empty())
            .then(|| Spanned { value: entry, range: Range { start, end: start + entry.len() } })
    })
}

/// Whether a path that a rule names stays where it begins: relative, without `..`, with `/` only.
#[must_use]
pub fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && Path::new(path).components().all(|component| matches!(component, Component::Normal(_)))
}

fn kind(path: &str) -> Kind {
    let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, end)| end);
    match (path.split('/').next().unwrap_or_default(), extension) {
        _ if path == "policy.yaml" => Kind::Policy,
        (_, "yaml") => Kind::Rules,
        (_, "yml") => Kind::Mistaken,
        ("lists", "txt") if path.contains('/') => Kind::List,
        ("tables", "csv" | "json") if path.contains('/') => Kind::Table,
        _ => Kind::Other,
    }
}

struct Reader<'a> {
    sources: Sources,
    /// The directory itself, links resolved.
    inside: PathBuf,
    /// The directories being read, links resolved: none is entered twice on one way.
    open: Vec<PathBuf>,
    out: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn directory(&mut self, path: &Path, relative: &str) {
        let (real, entries) = match fs::canonicalize(path).and_then(|real| Ok((real, fs::read_dir(path)?))) {
            Ok(found) => found,
            Err(error) => return self.fail(path, &format!("cannot be read: {error}")),
        };
        if self.open.contains(&real) {
            return self.fail(path, "a link to a directory that it lies in");
        }
        self.open.push(real);
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(&entry.path(), relative),
                Err(error) => self.fail(path, &format!("cannot be read: {error}")),
            }
        }
        self.open.pop();
    }

    fn entry(&mut self, path: &Path, parent: &str) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return self.fail(path, "the name is not UTF-8");
        };
        if name.starts_with('.') {
            return;
        }
        let relative = if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") };
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            // A dangling link matters only where it stands for a file that would be read.
            Err(_) if kind(&relative) == Kind::Other => return,
            Err(error) => return self.fail(path, &format!("cannot be read: {error}")),
        };
        if !metadata.is_dir() && kind(&relative) == Kind::Other {
            return;
        }
        match fs::canonicalize(path) {
            Ok(real) if !real.starts_with(&self.inside) => {
                self.fail(path, "a link out of the rules directory");
            }
            Ok(_) if metadata.is_dir() => self.directory(path, &relative),
            Ok(_) if !metadata.is_file() => self.fail(path, "not a regular file"),
            Ok(_) => self.file(path, relative),
            Err(error) => self.fail(path, &format!("cannot be read: {error}")),
        }
    }

    fn file(&mut self, path: &Path, relative: String) {
        if kind(&relative) == Kind::Mistaken {
            let file = SourceFile::new(path.display().to_string(), "");
            self.out.warning(&file, 0..0, "not read: rule files are named `.yaml`");
            return;
        }
        if let Some(file) = read_text(path, self.out) {
            self.sources.files.insert(relative, file);
        }
    }

    fn fail(&mut self, path: &Path, message: &str) {
        self.out.error(&SourceFile::new(path.display().to_string(), ""), 0..0, message);
    }
}

/// Reads one file as text, at most 16 MiB of it; none after a report of why not.
pub fn read_text(path: &Path, out: &mut Diagnostics) -> Option<SourceFile> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes));
    let problem = match read {
        Err(error) => format!("cannot be read: {error}"),
        Ok(size) if size as u64 > LIMIT => "larger than 16 MiB".to_owned(),
        Ok(_) => match String::from_utf8(bytes) {
            Ok(text) => return Some(SourceFile::new(name, text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                // What is before the mistake is the same in the repaired text.
                let file = SourceFile::new(name, String::from_utf8_lossy(error.as_bytes()));
                out.error(&file, at..at + 3, format!("not UTF-8 from byte {at} on"));
                return None;
            }
        },
    };
    out.error(&SourceFile::new(name, ""), 0..0, problem);
    None
}

#[cfg(test)]
mod tests;
