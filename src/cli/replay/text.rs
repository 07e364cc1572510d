//! What a replay comes to, for a terminal.

use std::fmt::Write as _;

use premod::rulefile::diagnostic::visible;

use super::super::setup;
use super::super::terminal::{is_coloured, marked};
use super::{Report, kind, summary};

impl Report<'_> {
    /// The report as text, with colours that go where nobody wants them.
    pub(super) fn text(&self) -> String {
        let replayed = self.replayed;
        let bold = anstyle::Style::new().bold();
        let mut out = String::new();
        let records = setup::count(replayed.records, "decision");
        let _ = writeln!(
            out,
            "{records}, {} judged again by revision {}",
            replayed.replayable,
            self.rules.revision()
        );
        for (cause, count) in &replayed.not_replayable {
            let _ = writeln!(out, "  {count} not replayable: {}", cause.why());
        }
        if replayed.repeated > 0 {
            let _ = writeln!(out, "  {} left out that were given twice", replayed.repeated);
        }
        let kinds = self.kinds();
        if kinds.is_empty() {
            let _ = writeln!(out, "{bold}no decision changes{bold:#}");
        } else {
            let changed = replayed.changed.len();
            let verb = if changed == 1 { "changes" } else { "change" };
            let changed = setup::count(changed, "decision");
            let _ = writeln!(out, "{bold}{changed} {verb}: {}{bold:#}", visible(&summary(&kinds)));
        }
        self.rules_by_turn(&mut out);
        for ((was, now), changes) in kinds.iter().filter(|_| self.samples > 0) {
            let _ = writeln!(out, "\n{bold}{}{bold:#}", visible(&kind(was, now)));
            for change in changes.iter().take(self.samples) {
                let rules = change.rules.join(", ");
                let _ = writeln!(out, "  {}  {}", visible(&change.decision), visible(&rules));
                if let Some((text, matches)) = self.sample(change) {
                    let _ = writeln!(out, "    {}", marked(&text, &matches, is_coloured()));
                }
                if !change.detail.is_empty() {
                    let _ = writeln!(out, "    no verdict: {}", visible(&change.detail));
                }
            }
            if changes.len() > self.samples {
                let _ = writeln!(out, "  … and {} more", changes.len() - self.samples);
            }
        }
        out
    }

    fn rules_by_turn(&self, out: &mut String) {
        for (rule, turns) in &self.replayed.rules {
            let told = [
                (turns.fires, "fires now"),
                (turns.silent, "fires no more"),
                (turns.mode, "in another mode"),
            ];
            let told: Vec<String> = told
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{what} {count}"))
                .collect();
            let _ = writeln!(out, "  {}: {}", visible(rule), told.join(", "));
        }
    }
}
