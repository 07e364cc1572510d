//! What a replay comes to, as Markdown for a pull request. Texts of messages are written by strangers:
//! nothing in them may become markup, a link or the name of somebody to notify.

use std::fmt::Write as _;
use std::ops::Range;

use premod::rulefile::diagnostic::visible;

use super::super::setup;
use super::super::terminal::marked;
use super::{Report, kind};

impl Report<'_> {
    /// The report as Markdown.
    pub(super) fn markdown(&self) -> String {
        let replayed = self.replayed;
        let mut out = String::new();
        let changed = replayed.changed.len();
        let verb = if changed == 1 { "changes" } else { "change" };
        let _ = writeln!(out, "### {} {verb}\n", setup::count(changed, "decision"));
        let records = setup::count(replayed.records, "decision");
        let revision = code(self.rules.revision());
        let _ = writeln!(out, "{records}, {} judged again by revision {revision}.\n", replayed.replayable);
        let kinds = self.kinds();
        let rows =
            kinds.iter().map(|((was, now), changes)| [code(was), code(now), changes.len().to_string()]);
        table(&mut out, ["was", "now", "decisions"], rows);
        let rows = replayed.rules.iter().map(|(rule, turns)| {
            [code(rule), turns.fires.to_string(), turns.silent.to_string(), turns.mode.to_string()]
        });
        table(&mut out, ["rule", "fires now", "fires no more", "in another mode"], rows);
        let rows =
            replayed.not_replayable.iter().map(|(cause, count)| [cause.why().to_owned(), count.to_string()]);
        table(&mut out, ["not replayable", "decisions"], rows);
        if !replayed.differing.is_empty() {
            let count = setup::count(replayed.differing.len(), "decision");
            let _ = writeln!(out, "**{count} made by these very rules came out otherwise than recorded.**\n");
        }
        for ((was, now), changes) in kinds.iter().filter(|_| self.samples > 0) {
            let _ = writeln!(out, "#### {}\n", code(&kind(was, now)));
            for change in changes.iter().take(self.samples) {
                let rules: Vec<String> = change.rules.iter().map(|rule| code(rule)).collect();
                let _ = writeln!(out, "{}: {}\n", code(&change.decision), rules.join(", "));
                if let Some((text, matches)) = self.sample(change) {
                    out.push_str(&fenced(&text, &matches));
                }
            }
            if changes.len() > self.samples {
                let _ = writeln!(out, "… and {} more\n", changes.len() - self.samples);
            }
        }
        out
    }
}

/// A table, if it has rows.
fn table<const N: usize>(out: &mut String, head: [&str; N], rows: impl Iterator<Item = [String; N]>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "| {} |\n|{}", head.join(" | "), "---|".repeat(N));
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out.push('\n');
}

/// A name as code, on one line, in a table too.
fn code(name: &str) -> String {
    let harmless = |c| match c {
        '`' => '\'',
        '|' => '¦',
        c => c,
    };
    format!("`{}`", visible(name).chars().map(harmless).collect::<String>())
}

/// A text in a fence that nothing in it can close, on one line, its matches in brackets.
fn fenced(text: &str, matches: &[Range<usize>]) -> String {
    let shown = marked(text, matches, false);
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}text\n{shown}\n{fence}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_gets_out_of_its_fence() {
        let check = |text: &str, matches: &[Range<usize>], expected: &str| {
            assert_eq!(fenced(text, matches), format!("{expected}\n\n"));
        };
        check("a heron", &[2..7, 3..5], "```text\na [[heron]]\n```");
        check("x\n```\n@everyone <b>", &[], "````text\nx\\n```\\n@everyone <b>\n````");
        check("`````", &[], "``````text\n`````\n``````");
        check("a\u{202e}b\r", &[], "```text\na\\u{202e}b\\r\n```");
    }

    #[test]
    fn names_stay_code() {
        assert_eq!(code("a.b"), "`a.b`");
        assert_eq!(code("`x`|@y\n"), "`'x'¦@y\\n`");
    }
}
