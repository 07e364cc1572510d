//! `premod check` on cost: a line always, the whole bill with `--cost`, an error over `--budget`.

use std::fmt::Write as _;

use premod::engine::RuleSet;
use premod::gate::cost::{self, Cost, Regex};
use premod::rulefile::Documents;
use premod::rulefile::diagnostic::visible;
use serde_json::json;

use super::gate::Told;

/// Expressions that people are shown.
const SHOWN: usize = 20;

/// What is asked about the cost of the rules.
#[derive(clap::Args, Debug)]
pub(in crate::cli) struct Asked {
    /// Tell what the cost of a message is made of, and of each regular expression when it runs
    #[arg(long)]
    cost: bool,
    /// The most that a message of 150 characters may cost by the model, such as 50us; more is an error
    #[arg(long, value_name = "TIME", value_parser = microseconds)]
    budget: Option<f64>,
}

fn microseconds(text: &str) -> Result<f64, String> {
    let unit = text.find(|letter: char| letter.is_alphabetic()).unwrap_or(text.len());
    let factor = match &text[unit..] {
        "us" | "µs" | "μs" => 1.0,
        "ns" => 0.001,
        "ms" => 1000.0,
        _ => return Err("a time such as 50us or 0.1ms".to_owned()),
    };
    match text[..unit].trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number * factor),
        _ => Err("a time such as 50us or 0.1ms".to_owned()),
    }
}

/// What the rules cost, and whether that is within the budget.
pub(super) fn cost(asked: &Asked, rules: &RuleSet, documents: &Documents) -> Told {
    let cost = cost::of(rules, documents);
    let passed = asked.budget.is_none_or(|budget| cost.us_at_150 <= budget);
    let mut json = json!(cost);
    (json["ok"], json["budget_us"]) = (json!(passed), json!(asked.budget));
    let mut text = if asked.cost { bill(&cost) } else { String::new() };
    let _ = writeln!(text, "{}", line(&cost));
    if let Some(budget) = asked.budget.filter(|_| !passed) {
        let _ = writeln!(
            text,
            "over the budget: {:.1} µs for 150 characters, {budget:.1} µs allowed",
            cost.us_at_150
        );
    }
    Told { json, text, passed }
}

fn line(cost: &Cost) -> String {
    let reaches = if cost.longest.reaches_budget { ", where its budget ends it" } else { "" };
    format!(
        "cost by the model: {:.1} µs for 85 characters, {:.1} µs for 150, at most {:.0} ms for {} characters{reaches}; {:.1} MiB",
        cost.us_at_85,
        cost.us_at_150,
        (cost.longest.worst_us / 1000.0).ceil(),
        cost.longest.characters,
        mebibytes(cost.memory.total),
    )
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn bill(cost: &Cost) -> String {
    let mut out = format!("µs at 85  at 150  for (measured on {})\n", cost.machine);
    for part in &cost.parts {
        let _ = writeln!(out, "{:8.2} {:7.2}  {}", part.us_at_85, part.us_at_150, part.what);
    }
    let memory = &cost.memory;
    let _ = writeln!(
        out,
        "memory: indexes {:.1} MiB, their entries {:.1} MiB, regular expressions {:.1} MiB",
        mebibytes(memory.indexes),
        mebibytes(memory.entries),
        mebibytes(memory.regexes),
    );
    if !cost.waiting_for_nothing.is_empty() {
        let _ = writeln!(out, "looked at for every message: {}", cost.waiting_for_nothing.join(", "));
    }
    for regex in cost.regexes.iter().take(SHOWN) {
        let _ = writeln!(out, "{:8.2} µs  {}: {}", regex.us, regex.rules.join(", "), visible(&regex.regex));
        let _ = writeln!(out, "             {}", when(regex));
    }
    if cost.regexes.len() > SHOWN {
        let _ = writeln!(out, "             … and {} more, none dearer", cost.regexes.len() - SHOWN);
    }
    out
}

/// When an expression runs, and what is to be known of it.
fn when(regex: &Regex) -> String {
    let share = 100.0 * regex.tried;
    let mut out = match (regex.always, regex.sieved) {
        (true, true) => format!("every message, in one pass with its like that lets {share:.0} % through"),
        (true, false) => "every message".to_owned(),
        (false, _) => {
            let shown: Vec<String> =
                regex.literals.iter().take(4).map(|literal| format!("`{}`", visible(literal))).collect();
            let more = if regex.literals.len() > 4 { ", …" } else { "" };
            format!("behind {}{more}: {share:.0} % of messages", shown.join(", "))
        }
    };
    if regex.slow_on_unicode {
        out.push_str("; its word boundary is slow on letters that are not ASCII");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (text, expected) in [("50us", 50.0), ("1.5 µs", 1.5), ("0.1ms", 100.0), ("500ns", 0.5)] {
            let read = microseconds(text).expect(text);
            assert!((read - expected).abs() < 1e-9, "{text}: {read}");
        }
        for wrong in ["", "50", "us", "-1us", "0us", "1s", "infus", "NaNus"] {
            assert!(microseconds(wrong).is_err(), "{wrong}");
        }
    }
}
