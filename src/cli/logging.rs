//! The log, on standard error: one JSON object a line for machines, or text for the person there.

use std::fmt;
use std::io::IsTerminal as _;
use std::time::SystemTime;

use premod::config::{Log, LogFormat};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Begins to log, and tells in what shape.
pub(super) fn start(config: &Log) -> LogFormat {
    let level = config.level.name().parse().unwrap_or(LevelFilter::INFO);
    // What crates say of their course is of use to whoever looks for a fault, and to nobody else.
    let others = if level > LevelFilter::INFO { level } else { level.min(LevelFilter::WARN) };
    let levels = Targets::new().with_default(others).with_target("premod", level);
    let terminal = std::io::stderr().is_terminal();
    let lines =
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(terminal);
    let format = config.format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    match format {
        LogFormat::Json => lines.json().flatten_event(true).finish().with(levels).init(),
        LogFormat::Text if terminal => {
            lines.with_target(false).with_timer(TimeOfDay).finish().with(levels).init();
        }
        LogFormat::Text => lines.with_target(false).finish().with(levels).init(),
    }
    format
}

/// The time of day in UTC: who sits there knows the date.
struct TimeOfDay;

impl FormatTime for TimeOfDay {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
        write!(out, "{:02}:{:02}:{:02}Z", now / 3600 % 24, now / 60 % 60, now % 60)
    }
}
