//! `premod log`: decisions in a terminal, newest first, or as they come.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use premod::decision::Record;
use premod::decision::reader::{self, Lines, Place};

use super::{FINDINGS, IO, terminal};

mod follow;
mod told;

/// Browse decision logs: newest first, or as decisions come
///
/// Filters narrow what is shown; a decision has to pass all of them. Of one that may be given several
/// times, one value is enough.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Decision logs, compressed ones too; - for standard input
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,
    #[command(flatten)]
    filter: Filter,
    /// Show one decision whole
    #[arg(long, value_name = "DECISION", conflicts_with = "follow")]
    id: Option<String>,
    /// Show so many decisions at most
    #[arg(short = 'n', long = "number", value_name = "N", default_value_t = 50)]
    number: usize,
    /// Show further decisions as they come, the newest last, also when the log is rotated
    #[arg(long, short)]
    follow: bool,
    /// Print the lines of the log as they are
    #[arg(long)]
    json: bool,
}

/// Which decisions are shown.
#[derive(clap::Args, Debug)]
struct Filter {
    /// With this action: drop, flag, annotate, pass, none
    #[arg(long, value_delimiter = ',', value_parser = ["drop", "flag", "annotate", "pass", "none"])]
    action: Vec<String>,
    /// Where this rule fired
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    rule: Vec<String>,
    /// With this label
    #[arg(long, value_delimiter = ',')]
    label: Vec<String>,
    /// From this sender
    #[arg(long, value_name = "UID")]
    sender: Option<String>,
    /// In this conversation
    #[arg(long, value_name = "ID")]
    conversation: Option<String>,
    /// Not older than this: 90s, 30m, 2h, 7d, 2026-11-23, 2026-11-23T10:00 (UTC)
    #[arg(long, value_name = "WHEN", value_parser = since)]
    since: Option<i64>,
    /// With this in a text, in capital or small letters; only where texts are kept
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Where a rule fired in shadow; with --rule, that one
    #[arg(long)]
    shadow: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    if let Some(id) = &args.id {
        return one(args, id);
    }
    anyhow::ensure!(!args.follow || args.logs.len() == 1, "--follow reads one log");
    let show = Show { json: args.json, colour: terminal::is_coloured() };
    // by time, because workers hand in what they decided each when its turn comes
    let mut last: BTreeMap<(i64, usize), (Vec<u8>, Record<'static>)> = BTreeMap::new();
    let mut read_so_far = 0;
    let mut take = |line: Vec<u8>, record: Record<'static>| {
        read_so_far += 1;
        if args.filter.passes(&record) {
            last.insert((record.time, read_so_far), (line, record));
            if last.len() > args.number {
                last.pop_first();
            }
        }
    };
    if args.follow {
        let mut log = follow::Tail::open(&args.logs[0])?;
        log.available(&mut |line| take_line(&args.logs[0], line, &mut take))?;
        for (line, record) in last.into_values() {
            show.decision(&line, &record)?;
        }
        let mut shown = |line: Vec<u8>, record: Record<'static>| {
            // who has closed the pipe wants no more
            if args.filter.passes(&record) && show.decision(&line, &record).is_err() {
                std::process::exit(0);
            }
        };
        loop {
            log.available(&mut |line| take_line(&args.logs[0], line, &mut shown))?;
            std::thread::sleep(follow::PAUSE);
        }
    }
    let unread = read(&args.logs, take)?;
    for (line, record) in last.values().rev() {
        show.decision(line, record)?;
    }
    Ok(if unread { IO } else { 0 })
}

/// Reads a line of a log that is being followed; tells where it is none.
fn take_line(log: &Path, line: Vec<u8>, take: &mut impl FnMut(Vec<u8>, Record<'static>)) {
    let place = Place { file: log.into(), line: 0 };
    match reader::parse(&place, &line) {
        Ok(Some(record)) => take(line, record),
        Ok(None) => {}
        Err(error) => anstream::eprintln!("premod: {error}"),
    }
}

/// Calls back with each record and its line; whether something could not be read.
fn read(logs: &[PathBuf], mut take: impl FnMut(Vec<u8>, Record<'static>)) -> anyhow::Result<bool> {
    let mut unread = false;
    for line in Lines::open(logs)? {
        let parsed = line.and_then(|(place, line)| Ok((reader::parse(&place, &line)?, line)));
        match parsed {
            Ok((Some(record), line)) => take(line, record),
            // the server was killed while it wrote this one
            Ok((None, _)) => {}
            Err(error) => {
                unread = true;
                anstream::eprintln!("premod: {error}");
            }
        }
    }
    Ok(unread)
}

/// Shows one decision whole.
fn one(args: &Args, id: &str) -> anyhow::Result<u8> {
    let mut found = None;
    read(&args.logs, |line, record| {
        if record.id == id {
            found = Some((line, record));
        }
    })?;
    let Some((line, record)) = found else {
        anstream::eprintln!("premod: there is no decision {} in this log", terminal::Safe(id));
        return Ok(FINDINGS);
    };
    if args.json {
        std::io::stdout().write_all(&[&line[..], b"\n"].concat())?;
    } else {
        anstream::print!("{}", told::whole(&record, terminal::is_coloured()));
    }
    Ok(0)
}

/// How decisions are shown.
struct Show {
    json: bool,
    colour: bool,
}

impl Show {
    fn decision(&self, line: &[u8], record: &Record<'_>) -> anyhow::Result<()> {
        let mut out = anstream::stdout().lock();
        if self.json {
            out.write_all(&[line, b"\n"].concat())
        } else {
            out.write_all(told::brief(record, self.colour).as_bytes())
        }
        .and_then(|()| out.flush())
        .context("standard output")
    }
}

impl Filter {
    fn passes(&self, record: &Record<'_>) -> bool {
        let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|one| has(one))
        };
        let message = record.message.as_ref();
        let fired = |id: &str, shadow: bool| {
            record.rules.iter().any(|rule| rule.id == id && (!shadow || rule.mode == "shadow"))
        };
        let in_shadow = || !self.rule.is_empty() || record.rules.iter().any(|rule| rule.mode == "shadow");
        any(&self.action, &|action| record.action == action)
            && any(&self.rule, &|id| fired(id, self.shadow))
            && any(&self.label, &|label| {
                let own = record.rules.iter().flat_map(|rule| &rule.labels);
                record.labels.iter().chain(own).any(|one| one == label)
            })
            && self
                .sender
                .as_ref()
                .is_none_or(|uid| message.is_some_and(|message| message.sender.uid == *uid))
            && self
                .conversation
                .as_ref()
                .is_none_or(|id| message.is_some_and(|message| message.conversation == *id))
            && self.since.is_none_or(|since| record.time >= since)
            && self.text.as_ref().is_none_or(|text| says(record, text))
            && (!self.shadow || in_shadow())
    }
}

/// Whether a text that was kept holds another.
fn says(record: &Record<'_>, wanted: &str) -> bool {
    let wanted = wanted.to_lowercase();
    let kept = matches!(record.text, premod::decision::TextKept::Full | premod::decision::TextKept::Masked);
    let texts = record.message.iter().flat_map(|message| &message.parts);
    kept && texts.filter_map(|part| part.text.as_ref()).any(|text| text.to_lowercase().contains(&wanted))
}

/// A moment, or a time before now, in milliseconds since 1970.
fn since(text: &str) -> Result<i64, String> {
    let unit = |text: &str, unit: &str, seconds: i64| -> Option<i64> {
        text.strip_suffix(unit)?.parse::<i64>().ok()?.checked_mul(seconds * 1000)
    };
    let ago = unit(text, "s", 1)
        .or_else(|| unit(text, "m", 60))
        .or_else(|| unit(text, "h", 3600))
        .or_else(|| unit(text, "d", 86_400));
    if let Some(ago) = ago.filter(|ago| *ago >= 0) {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or(Duration::ZERO).as_millis();
        return Ok(i64::try_from(now).unwrap_or(i64::MAX).saturating_sub(ago));
    }
    let whole = text.trim_end_matches('Z').replace(' ', "T");
    let day = || NaiveDate::parse_from_str(&whole, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let moment = |format| NaiveDateTime::parse_from_str(&whole, format).ok();
    moment("%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|| moment("%Y-%m-%dT%H:%M"))
        .or_else(day)
        .map(|moment| moment.and_utc().timestamp_millis())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_millis()))
        .ok_or_else(|| "a time such as 2h, 7d, 2026-11-23 or 2026-11-23T10:00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        for (text, moment) in [
            ("1970-01-02", 86_400_000),
            ("1970-01-01T00:01", 60_000),
            ("1970-01-01 00:00:01.5", 1500),
            ("1970-01-01T00:00:02Z", 2000),
            ("1970-01-01T02:00:00+02:00", 0),
        ] {
            assert_eq!(since(text), Ok(moment), "{text}");
        }
        let hours = |text| since(text).expect("a time") / 3_600_000;
        assert!((1..=3).contains(&(hours("1h") - hours("3h"))));
        assert!((47..=49).contains(&(hours("0s") - hours("2d"))));
        for text in ["", "h", "-2h", "2 hours", "2026-13-01", "yesterday", "99999999999999999d"] {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
