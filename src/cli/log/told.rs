//! A decision in words: on two lines, or whole.

use std::fmt::Write as _;
use std::ops::Range;

use anstyle::Style;
use premod::decision::TextKept;
use premod::decision::record::{Fired, Message, Record, Span};

use crate::cli::terminal::{self, BOLD, DIM, Safe};

/// A decision on two lines: when, what, who, which rules; and the text, what matched marked.
pub(super) fn brief(record: &Record<'_>, colour: bool) -> String {
    let mut out = String::new();
    let paint = Paint { colour };
    let who = record.message.as_ref().map_or_else(String::new, |message| format!("  {}", people(message)));
    let rules: Vec<String> = record.rules.iter().map(|fired| name(fired, paint)).collect();
    let outcome = if record.outcome == "judged" {
        String::new()
    } else {
        format!("  {}", paint.with(BOLD, Safe(&record.outcome)))
    };
    let _ = writeln!(
        out,
        "{}  {}{outcome}  {}{who}  {}",
        terminal::time(record.time),
        paint.with(terminal::of_action(&record.action), format!("{:8}", Safe(&record.action).to_string())),
        if rules.is_empty() { "-".to_owned() } else { rules.join(" ") },
        paint.with(DIM, Safe(&record.id)),
    );
    for (index, name, text) in texts(record) {
        let name = if name == "text" { String::new() } else { format!("{}: ", Safe(name)) };
        let _ = writeln!(out, "    {name}{}", shown(record, index, text, paint));
    }
    out
}

/// All that is known of a decision.
pub(super) fn whole(record: &Record<'_>, colour: bool) -> String {
    let mut out = String::new();
    let paint = Paint { colour };
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "{}{value}", paint.with(BOLD, format!("{name:12}")));
        }
    };
    line("decision", &Safe(&record.id).to_string());
    line("time", &format!("{} UTC", terminal::time(record.time)));
    line("action", &paint.with(terminal::of_action(&record.action), Safe(&record.action)));
    let detail =
        if record.detail.is_empty() { String::new() } else { format!(" ({})", Safe(&record.detail)) };
    line("outcome", &format!("{}{detail}", Safe(&record.outcome)));
    line("labels", &list(&record.labels));
    if record.score != 0 {
        line("score", &record.score.to_string());
    }
    if let Some(message) = &record.message {
        of_message(message, &mut line);
    }
    for (index, name, text) in texts(record) {
        line(&Safe(name).to_string(), &shown(record, index, text, paint));
    }
    if record.text != TextKept::Full {
        line("", &format!("(texts are kept {})", kept(record.text)));
    }
    for fired in &record.rules {
        line("rule", &rule(fired, paint));
        for span in &fired.spans {
            line("", &format!("            {}", place(record, span)));
        }
    }
    for failed in &record.failed {
        line("failed", &format!("{}: {}", Safe(&failed.id), Safe(&failed.why)));
    }
    line("tripped", &list(&record.tripped));
    line("disguise", &list(&record.disguise));
    line("answer", &record.answer.as_ref().map_or_else(String::new, |answer| Safe(answer.get()).to_string()));
    line("rules", &format!("revision {}", Safe(&record.ruleset)));
    line("engine", &format!("{} µs", record.engine_us));
    if let Some(state) = &record.state {
        let incomplete = if state.incomplete { ", counts may have been too low" } else { "" };
        let [recalled, counted, settled] = state.steps;
        line("state", &format!("{} at {recalled}, {counted}, {settled}{incomplete}", Safe(&state.id)));
    }
    out
}

fn of_message(message: &Message<'_>, line: &mut impl FnMut(&str, &str)) {
    line("message", &joined(&[&message.category, &message.kind, &message.id, &message.muid]));
    let role =
        if message.sender.role.is_empty() { String::new() } else { format!("({})", message.sender.role) };
    line("sender", &joined(&[&message.sender.uid, &message.sender.name, &role]));
    let receiver = &message.receiver;
    line("receiver", &joined(&[&receiver.kind, &receiver.id, &receiver.name, &receiver.group_type]));
    line("in", &joined(&[&message.conversation, &message.parent]));
    line("from", &joined(&[&message.platform, &message.app, &message.webhook]));
    if message.sent_at != 0 {
        line("sent", &format!("{} UTC", terminal::time(message.sent_at)));
    }
    line("tags", &list(&message.tags));
    line("mentions", &list(&message.mentions));
    for file in &message.attachments {
        line("file", &joined(&[&file.name, &file.mime, &file.url]));
    }
    for earlier in &message.earlier {
        line("before", &Safe(earlier).to_string());
    }
}

/// How text is set off.
#[derive(Clone, Copy)]
struct Paint {
    colour: bool,
}

impl Paint {
    fn with(self, style: Style, what: impl std::fmt::Display) -> String {
        if self.colour { format!("{style}{what}{style:#}") } else { what.to_string() }
    }
}

/// `alice → group lobby`.
fn people(message: &Message<'_>) -> String {
    let receiver = &message.receiver;
    let group = if receiver.kind == "user" { String::new() } else { format!("{} ", Safe(&receiver.kind)) };
    let to =
        if receiver.id.is_empty() { String::new() } else { format!(" → {group}{}", Safe(&receiver.id)) };
    format!("{}{to}", if message.sender.uid.is_empty() { Safe("?") } else { Safe(&message.sender.uid) })
}

fn name(fired: &Fired<'_>, paint: Paint) -> String {
    let id = Safe(&fired.id).to_string();
    if fired.mode == "enforce" { id } else { paint.with(DIM, format!("{id}({})", Safe(&fired.mode))) }
}

fn rule(fired: &Fired<'_>, paint: Paint) -> String {
    let asks = paint.with(terminal::of_action(&fired.action), Safe(&fired.action));
    let labels =
        if fired.labels.is_empty() { String::new() } else { format!(", labels {}", list(&fired.labels)) };
    let score = if fired.score == 0 { String::new() } else { format!(", score {}", fired.score) };
    format!("{} asks for {asks}{labels}{score}", name(fired, paint))
}

/// `"whats app" at text 3..12, by words "whatsapp" in the plain view`.
fn place(record: &Record<'_>, span: &Span<'_>) -> String {
    let part = record.message.as_ref().and_then(|message| message.parts.get(span.part));
    let found = premod::decision::stats::matched(record, span)
        .map_or_else(String::new, |found| format!("\"{}\" ", Safe(found)));
    let name = part.map_or_else(|| span.part.to_string(), |part| Safe(&part.name).to_string());
    let pattern =
        if span.pattern.is_empty() { String::new() } else { format!(" \"{}\"", Safe(&span.pattern)) };
    let view =
        if span.kind == "words" { format!(" in the {} view", Safe(&span.view)) } else { String::new() };
    format!("{found}at {name} {}..{}, by {}{pattern}{view}", span.start, span.end, Safe(&span.kind))
}

/// The texts that were kept: index, name, text.
fn texts<'r>(record: &'r Record<'_>) -> impl Iterator<Item = (usize, &'r str, &'r str)> {
    let parts = record.message.iter().flat_map(|message| message.parts.iter().enumerate());
    parts.filter_map(|(index, part)| Some((index, &*part.name, part.text.as_deref()?)))
}

/// A text with what rules matched marked; their places are those of the text as sent.
fn shown(record: &Record<'_>, index: usize, text: &str, paint: Paint) -> String {
    match record.text {
        TextKept::Full => terminal::marked(text, &places(record, index), paint.colour),
        TextKept::Hash => paint.with(DIM, format!("hash {}", Safe(text))),
        TextKept::Masked | TextKept::None => Safe(text).to_string(),
    }
}

fn places(record: &Record<'_>, index: usize) -> Vec<Range<usize>> {
    let spans = record.rules.iter().flat_map(|fired| &fired.spans);
    spans.filter(|span| span.part == index).map(|span| span.start..span.end).collect()
}

fn kept(text: TextKept) -> &'static str {
    match text {
        TextKept::Full => "in full",
        TextKept::Masked => "with what matched covered",
        TextKept::Hash => "as keyed hashes",
        TextKept::None => "not at all",
    }
}

fn joined(words: &[&str]) -> String {
    words
        .iter()
        .filter(|word| !word.is_empty())
        .map(|word| Safe(word).to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

fn list(words: &[std::borrow::Cow<'_, str>]) -> String {
    words.iter().map(|word| Safe(word).to_string()).collect::<Vec<_>>().join(", ")
}
