//! Days and moments as rule files write them, in UTC and nothing else.

use std::fmt;

use serde_json::{Value as Schema, json};

use super::diagnostic::Report;
use super::record::{Definitions, Read, expected, text};
use super::yaml::Node;

/// A day of the Gregorian calendar, written `2026-12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i64,
    month: u8,
    day: u8,
}

/// A moment in milliseconds since 1970-01-01T00:00Z, written `2026-12-31T23:59:59Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Date {
    /// The day a text names, if there is such a day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let date = Date {
            year: digits(&text[..4])?,
            month: digits(&text[5..7])?.try_into().ok()?,
            day: digits(&text[8..])?.try_into().ok()?,
        };
        ((1..=12).contains(&date.month) && (1..=length(date.year, date.month)).contains(&date.day))
            .then_some(date)
    }

    /// Days since 1970-01-01. A rule that expires on a day is off from the day after it.
    #[must_use]
    pub fn days(self) -> i64 {
        let past: i64 = (1..self.month).map(|month| i64::from(length(self.year, month))).sum();
        let before = self.year - 1;
        let leap_days = before / 4 - before / 100 + before / 400;
        // 719,162 days lie before 1970 in this calendar, counted from the first day of year 1.
        before * 365 + leap_days + past + i64::from(self.day) - 1 - 719_162
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Timestamp {
    /// The moment a text names: a day, `T`, hours, minutes, seconds, at most milliseconds, and `Z`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Timestamp> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [hours, minutes, seconds] = clock.split(':').collect::<Vec<_>>().try_into().ok()?;
        let pair = |text: &str, below: i64| digits(text).filter(|value| text.len() == 2 && *value < below);
        let seconds = pair(hours, 24)? * 3600 + pair(minutes, 60)? * 60 + pair(seconds, 60)?;
        let millis = digits(fraction).filter(|_| fraction.len() <= 3)?;
        let millis = millis * [1, 100, 10, 1][fraction.len()];
        Some(Timestamp((Date::parse(date)?.days() * 86_400 + seconds) * 1000 + millis))
    }
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn length(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Read for Date {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        let what = "a day such as `2026-12-31`";
        let date = Date::parse(text(what, node, report)?);
        if date.is_none() {
            expected(what, node, report);
        }
        date
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

impl Read for Timestamp {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        let what = "a moment such as `2026-12-31T23:59:59Z`";
        let moment = Timestamp::parse(text(what, node, report)?);
        if moment.is_none() {
            expected(what, node, report);
        }
        moment
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (text, days) in [
            ("1970-01-01", Some(0)),
            ("1969-12-31", Some(-1)),
            ("2000-02-29", Some(11_016)),
            ("2026-11-23", Some(20_780)),
            ("2100-02-29", None),
            ("2026-13-01", None),
            ("2026-1-1", None),
            ("2026-00-10", None),
            ("2026-01-00", None),
            ("äää-01-01", None),
        ] {
            assert_eq!(Date::parse(text).map(Date::days), days, "{text}");
        }
    }

    #[test]
    fn moments_are_in_utc() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2001-09-09T01:46:40.5Z", Some(1_000_000_000_500)),
            ("2001-09-09T01:46:40", None),
            ("2001-09-09T24:00:00Z", None),
            ("2001-09-09T1:00:00Z", None),
            ("2001-09-09T01:00:00.Z", None),
        ] {
            assert_eq!(Timestamp::parse(text).map(|at| at.0), millis, "{text}");
        }
    }
}
