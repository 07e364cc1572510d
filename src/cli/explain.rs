//! `premod explain`: one message, judged by the server's own code, and everything that led to it.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use premod::config::{Config, Fallback};
use premod::engine::explain::Explanation;
use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts, Outcome};
use premod::message::Message;
use premod::platform::cometchat::{Body, before_message, event::Trigger, moderation};
use serde_json::{Value, json};

use super::{CONFIG, Places, setup};

/// Judge one message and tell how: views, matches, each rule, the answer
///
/// The message is a text, or a file: a request body as the platform sends it, or anything else as
/// plain text. Counters begin empty.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The text of a one-to-one message
    #[arg(long, conflicts_with = "file", required_unless_present = "file")]
    text: Option<String>,
    /// A file with the message; - for standard input
    file: Option<PathBuf>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(places: &Places, args: &Args) -> anyhow::Result<u8> {
    let Some(config) = setup::config(places) else { return Ok(CONFIG) };
    let (_, compiled, found) = setup::rules(&config.rules);
    let Some(compiled) = compiled else {
        setup::tell(&found);
        return Ok(CONFIG);
    };
    let rules = Arc::new(compiled.rules.with_limit(config.limits.text));
    let engine = Engine::new(rules, Arc::new(State::new(Limits::default())));
    let bytes = match (&args.text, &args.file) {
        (Some(text), _) => {
            return Ok(tell(&engine, &config, &Message::from_text(text), Contract::BeforeMessage, args.json));
        }
        (None, Some(path)) => read(path)?,
        (None, None) => Vec::new(),
    };
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        let text = String::from_utf8_lossy(&bytes);
        return Ok(tell(
            &engine,
            &config,
            &Message::from_text(text.trim_end_matches('\n')),
            Contract::BeforeMessage,
            args.json,
        ));
    }
    body(&engine, &config, &bytes, args.json)
}

fn read(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).context("standard input")?;
    } else {
        bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    }
    Ok(bytes)
}

/// Which contract's answer is told.
#[derive(Clone, Copy)]
enum Contract {
    BeforeMessage,
    CustomApi,
}

/// A request body, read as the server reads it.
fn body(engine: &Engine, config: &Config, bytes: &[u8], json: bool) -> anyhow::Result<u8> {
    let body = Body::new(bytes);
    let message = body.envelope().and_then(|envelope| match Trigger::named(envelope.trigger()) {
        Trigger::BeforeMessage => {
            envelope.into_message().map(|message| Some((message, Contract::BeforeMessage)))
        }
        Trigger::Missing => {
            body.context().map(|context| context.message.map(|message| (message, Contract::CustomApi)))
        }
        Trigger::Event(_) | Trigger::Unknown => Ok(None),
    });
    match message {
        Ok(Some((message, contract))) => Ok(tell(engine, config, &message, contract, json)),
        Ok(None) => anyhow::bail!("no message to judge: it is an event, and would be acknowledged"),
        Err(unreadable) => {
            let answer = unscannable(config);
            let told = json!({ "outcome": format!("unscannable: {}", unreadable.name()), "answer": parsed(&answer) });
            if json {
                anstream::println!("{told:#}");
            } else {
                anstream::println!(
                    "unscannable: {}\nanswer   {}",
                    unreadable.name(),
                    String::from_utf8_lossy(&answer)
                );
            }
            Ok(0)
        }
    }
}

fn unscannable(config: &Config) -> Vec<u8> {
    match config.on_unscannable {
        Fallback::Drop => before_message::DROP.to_vec(),
        Fallback::Pass => before_message::PASS.to_vec(),
    }
}

fn parsed(answer: &[u8]) -> Value {
    serde_json::from_slice(answer).unwrap_or_default()
}

fn tell(engine: &Engine, config: &Config, message: &Message<'_>, contract: Contract, json: bool) -> u8 {
    let explanation = engine.explain(message, &Facts::new());
    let verdict = &explanation.decision.verdict;
    let answer = match (&explanation.decision.outcome, contract) {
        (Outcome::Judged, Contract::BeforeMessage) => {
            before_message::answer(verdict, config.limits.injected.size()).body.into_owned()
        }
        (Outcome::Judged, Contract::CustomApi) => {
            moderation::Answer::of(verdict, config.moderation.flag_confidence).to_json()
        }
        (Outcome::Unscannable(_), Contract::BeforeMessage) => unscannable(config),
        (Outcome::Unscannable(_), Contract::CustomApi) => {
            moderation::Answer::without_verdict(config.on_unscannable == Fallback::Drop).to_json()
        }
    };
    if json {
        anstream::println!("{:#}", as_json(engine, &explanation, &answer));
    } else {
        print(engine, message, &explanation, &answer);
    }
    0
}

fn as_json(engine: &Engine, explanation: &Explanation, answer: &[u8]) -> Value {
    let Explanation { decision, readings, matches, rules, counters } = explanation;
    let verdict = &decision.verdict;
    json!({
        "revision": engine.rules().revision(),
        "outcome": outcome(explanation),
        "verdict": {
            "action": verdict.action.map(premod::engine::Action::name), "labels": verdict.labels, "score": verdict.score,
            "metadata": verdict.metadata, "masked_text": verdict.masked_text,
        },
        "disguise": decision.disguise, "views": readings, "matches": matches, "rules": rules,
        "counters": counters, "answer": parsed(answer),
    })
}

fn outcome(explanation: &Explanation) -> String {
    match &explanation.decision.outcome {
        Outcome::Judged => "judged".to_owned(),
        Outcome::Unscannable(cause) => format!("unscannable: {cause}"),
    }
}

fn print(engine: &Engine, message: &Message<'_>, explanation: &Explanation, answer: &[u8]) {
    let Explanation { decision, readings, matches, rules, counters } = explanation;
    let bold = anstyle::Style::new().bold();
    let title = |text: &str| anstream::println!("{bold}{text}{bold:#}");
    title("views");
    for part in &message.parts {
        anstream::println!("  {}", part.name);
        anstream::println!("    sent     {:?}", part.text);
        for reading in readings.iter().filter(|reading| reading.part == part.name) {
            anstream::println!("    {:8} {}", reading.view, quoted(&reading.text));
        }
    }
    title("matches");
    for found in matches {
        let at = format!("{} {}..{}", found.part, found.range.start, found.range.end);
        let pattern = if found.pattern.is_empty() { String::new() } else { format!(" `{}`", found.pattern) };
        let undone = if found.disguise.is_empty() {
            String::new()
        } else {
            format!(", undone: {}", found.disguise.join(", "))
        };
        let except = if found.excuses { " (except)" } else { "" };
        anstream::println!(
            "  {}{except}: {:?} at {at}, by {}{pattern}{undone}",
            found.rule,
            found.text,
            found.by
        );
        if found.journey.len() > 2 {
            let steps = found.journey.iter().map(|step| format!("{} {:?}", step.step, step.text));
            anstream::println!("      {}", steps.collect::<Vec<_>>().join(" → "));
        }
    }
    if matches.is_empty() {
        anstream::println!("  none");
    }
    if !counters.is_empty() {
        title("counters");
        for counter in counters {
            anstream::println!("  {} = {} for {:?}", counter.call, counter.count, counter.key);
        }
    }
    title("rules");
    let (fired, silent): (Vec<_>, Vec<_>) = rules.iter().partition(|account| account.fired);
    let mark = anstyle::AnsiColor::Yellow.on_default().bold();
    for account in fired {
        let why =
            engine.rules().rules().iter().find(|rule| rule.id == account.rule).map_or("", |rule| &rule.why);
        let because = if why.is_empty() { String::new() } else { format!(" — {why}") };
        anstream::println!("  {mark}fired{mark:#}  {}: {}{because}", account.rule, account.why);
    }
    for account in silent {
        anstream::println!("  -      {}: {}", account.rule, account.why);
    }
    title("verdict");
    let verdict = &decision.verdict;
    let action = verdict.action.map_or("none", premod::engine::Action::name);
    anstream::println!(
        "  {}: {action}, labels [{}], score {}",
        outcome(explanation),
        verdict.labels.join(", "),
        verdict.score
    );
    if let Some(masked) = &verdict.masked_text {
        anstream::println!("  masked   {masked:?}");
    }
    anstream::println!("{bold}answer{bold:#}   {}", String::from_utf8_lossy(answer));
}

fn quoted(texts: &[String]) -> String {
    texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(" + ")
}
