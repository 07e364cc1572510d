//! The single values a record may hold, each with its one way of being written.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value as Schema, json};

use super::{Definitions, Read, suggestion};
use crate::rulefile::diagnostic::Report;
use crate::rulefile::yaml::{Node, Scalar};

/// A number of bytes, written `512B`, `256KiB`, `1MiB`, `2GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

/// A share from 0 to 1, written `5%`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Default)]
pub struct Percent(pub f64);

/// Reports that something else stands where `what` should.
pub fn expected(what: &str, node: &Node, report: &mut Report<'_>) {
    report.error(node.span.clone(), format!("expected {what}, found {}", node.describe()));
}

/// The text of any single value, however it is written; a report where there is none.
pub fn text<'n>(what: &str, node: &'n Node, report: &mut Report<'_>) -> Option<&'n str> {
    match node.scalar() {
        Some(scalar) if !scalar.is_null() => Some(&scalar.text),
        _ => {
            expected(what, node, report);
            None
        }
    }
}

/// One of several values by name.
pub fn choose<T: Copy>(node: &Node, known: &[(&str, T)], report: &mut Report<'_>) -> Option<T> {
    let names = || known.iter().map(|(name, _)| *name);
    let all = names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let name = text(&format!("one of {all}"), node, report)?;
    let found = known.iter().find(|(right, _)| *right == name).map(|(_, value)| *value);
    if found.is_none() {
        let message = format!("`{name}` is none of {all}{}", suggestion(name, names()));
        report.error(node.span.clone(), message);
    }
    found
}

/// A value that is parsed from its text.
fn parsed<T>(
    what: &str,
    node: &Node,
    report: &mut Report<'_>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let value = parse(text(what, node, report)?);
    if value.is_none() {
        expected(what, node, report);
    }
    value
}

/// A number is only what is written without quotes.
fn number<T>(
    what: &str,
    node: &Node,
    report: &mut Report<'_>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let plain = |scalar: &&Scalar| scalar.plain && !scalar.is_null();
    let value = node.scalar().filter(plain).and_then(|scalar| parse(&scalar.text));
    if value.is_none() {
        expected(what, node, report);
    }
    value
}

/// Decimal digits with an optional sign: what JSON calls an integer.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
    (decimal && (digits == "0" || !digits.starts_with('0'))).then(|| text.parse().ok())?
}

fn decimal(text: &str) -> Option<f64> {
    let shape = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let edges = digit(text.trim_start_matches('-').as_bytes().first()) && digit(text.as_bytes().last());
    (shape && edges).then(|| text.parse().ok())?.filter(|value: &f64| value.is_finite())
}

/// A count and its unit: `10s` is (10, "s").
fn measure(text: &str) -> Option<(u64, &str)> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at(unit);
    Some((count.parse().ok()?, unit))
}

fn duration(text: &str) -> Option<Duration> {
    let (count, unit) = measure(text)?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(count)),
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    count.checked_mul(seconds).map(Duration::from_secs)
}

fn bytes(text: &str) -> Option<Bytes> {
    let (count, unit) = measure(text)?;
    let shift = match unit {
        "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    count.checked_mul(1 << shift).map(Bytes)
}

fn percent(text: &str) -> Option<Percent> {
    let value = decimal(text.strip_suffix('%')?)?;
    (0.0..=100.0).contains(&value).then_some(Percent(value / 100.0))
}

impl Read for String {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        text("text", node, report).map(str::to_owned)
    }

    fn schema(_: &mut Definitions) -> Schema {
        // `007` and `no` are text here; an editor may have taken them for something else.
        json!({ "type": ["string", "number", "boolean"] })
    }
}

impl Read for PathBuf {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        text("a path", node, report).map(PathBuf::from)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "string" })
    }
}

impl Read for bool {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        number("`true` or `false`", node, report, |text| text.parse().ok())
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "boolean" })
    }
}

impl Read for i64 {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        number("a whole number", node, report, integer)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "integer" })
    }
}

/// A count: at least 1.
impl Read for usize {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        let at_least_one = |text: &str| integer(text)?.try_into().ok().filter(|count| *count > 0);
        number("a whole number from 1", node, report, at_least_one)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "integer", "minimum": 1 })
    }
}

/// A size or a time that may be 0.
impl Read for u64 {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        number("a whole number from 0", node, report, |text| integer(text)?.try_into().ok())
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "integer", "minimum": 0 })
    }
}

impl Read for f64 {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        number("a number", node, report, decimal)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "number" })
    }
}

impl Read for Duration {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        parsed("a duration such as `500ms`, `10s`, `5m`, `24h` or `7d`", node, report, duration)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" })
    }
}

impl Read for Bytes {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        parsed("a size such as `512B`, `256KiB` or `1MiB`", node, report, bytes)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB)$" })
    }
}

impl Read for Percent {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        parsed("a share such as `5%`", node, report, percent)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?%$" })
    }
}

impl Read for SocketAddr {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        parsed("an address and port such as `127.0.0.1:8080`", node, report, |text| text.parse().ok())
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "string", "pattern": ":[0-9]+$" })
    }
}
