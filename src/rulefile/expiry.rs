//! Rules that end soon, or have ended: told apart from compilation, which asks for no date.

use super::date::Date;
use super::diagnostic::Diagnostics;
use super::document::{Documents, Mode};

/// How many days before its end a rule is warned of.
pub const SOON: i64 = 14;

/// Warns of rules that are off on this day (since 1970-01-01), or will be within [`SOON`] days.
pub fn warn_of_expiry(documents: &Documents, today: i64, out: &mut Diagnostics) {
    for sourced in documents.rules.iter().filter(|sourced| sourced.rule.mode != Mode::Off) {
        let Some(last) = &sourced.rule.expires else { continue };
        let left = last.value.days() + 1 - today;
        if left <= SOON {
            let who = sourced.rule.owner.as_ref().map_or("whoever wrote it", |owner| &owner.value);
            out.warning(&sourced.file, last.range.clone(), told(left, last.value)).help(format!(
                "{who} may know whether it is still needed: give it a later day, or remove it"
            ));
        }
    }
}

fn told(left: i64, last: Date) -> String {
    match left {
        ..=0 => format!("this rule is off: its last day was {last}"),
        1 => format!("this rule is off tomorrow: its last day is {last}"),
        _ => format!("this rule is off in {left} days: its last day is {last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulefile::Sources;

    #[test]
    fn the_last_day_counts() {
        let today = Date::parse("2026-11-23").expect("a day").days();
        let check = |rule: &str, expected: &str| {
            let text = format!("rules: [{{id: a, match: {{words: [x]}}, {rule}}}]");
            let sources = Sources::from_memory([("a.yaml", text)]);
            let mut out = Diagnostics::default();
            let documents = Documents::read(&sources, &mut out);
            warn_of_expiry(&documents, today, &mut out);
            let found = out.sorted();
            assert_eq!(found.first().map_or("", |one| one.message.as_str()), expected, "{rule}");
        };
        check("why: ''", "");
        check("expires: 2026-12-07", "");
        check("expires: 2026-12-06", "this rule is off in 14 days: its last day is 2026-12-06");
        check("expires: 2026-11-23", "this rule is off tomorrow: its last day is 2026-11-23");
        check("expires: 2026-11-22", "this rule is off: its last day was 2026-11-22");
        check("expires: 2026-11-22, mode: off", "");
    }
}
