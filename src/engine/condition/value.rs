//! Values between JSON, messages and CEL.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelTimestamp, CelUInt,
};
use cel::common::value::Val;
use cel::objects::Key;
use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Number, Value};

pub(super) fn text<'m>(text: &'m str) -> Box<dyn Val + 'm> {
    Box::new(CelString::from(text))
}

pub(super) fn texts<'m>(texts: &[impl AsText<'m>]) -> Box<dyn Val + 'm> {
    Box::new(CelList::from(texts.iter().map(AsText::as_text).collect::<Vec<_>>()))
}

/// Milliseconds since 1970; the years of a timestamp are 1 to 9999.
pub(super) fn timestamp<'m>(milliseconds: i64) -> Box<dyn Val + 'm> {
    const YEAR_1: i64 = -62_135_596_800_000;
    const YEAR_9999: i64 = 253_402_300_799_999;
    let moment = DateTime::from_timestamp_millis(milliseconds.clamp(YEAR_1, YEAR_9999)).unwrap_or_default();
    Box::new(CelTimestamp::from(moment.fixed_offset()))
}

/// A map; an empty one for what is no object.
pub(super) fn object<'m>(value: Value) -> Box<dyn Val + 'm> {
    let map = match value {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let entries = map.into_iter().map(|(key, value)| (CelMapKey::from(key), from_json(value)));
    Box::new(CelMap::from(entries.collect::<HashMap<_, _>>()))
}

pub(super) fn objects<'m>(values: Vec<Value>) -> Box<dyn Val + 'm> {
    Box::new(CelList::from(values.into_iter().map(object).collect::<Vec<_>>()))
}

/// Whole numbers become ints, so that they can be added to literals.
pub(super) fn from_json<'m>(value: Value) -> Box<dyn Val + 'm> {
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => Box::new(CelBool::from(value)),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Box::new(CelInt::from(int)),
            (_, Some(uint)) => Box::new(CelUInt::from(uint)),
            _ => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        },
        Value::String(text) => Box::new(CelString::from(text)),
        Value::Array(values) => {
            Box::new(CelList::from(values.into_iter().map(from_json).collect::<Vec<_>>()))
        }
        Value::Object(_) => object(value),
    }
}

/// Timestamps become RFC 3339 text, durations seconds (`90s`), bytes base64, what JSON has no word
/// for null.
pub(super) fn to_json(value: &cel::Value) -> Value {
    match value {
        cel::Value::Bool(value) => Value::Bool(*value),
        cel::Value::Int(value) => Value::from(*value),
        cel::Value::UInt(value) => Value::from(*value),
        cel::Value::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
        cel::Value::String(value) => Value::from(value.as_str()),
        cel::Value::Bytes(value) => Value::from(STANDARD.encode(value.as_slice())),
        cel::Value::Duration(value) => Value::from(seconds(value)),
        cel::Value::Timestamp(value) => Value::from(value.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        cel::Value::List(values) => values.iter().map(to_json).collect(),
        cel::Value::Map(map) => {
            let mut entries: Vec<(String, &cel::Value)> =
                map.map.iter().map(|(key, value)| (name(key), value)).collect();
            // CEL maps have no order; an answer must
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(entries.into_iter().map(|(key, value)| (key, to_json(value))).collect())
        }
        _ => Value::Null,
    }
}

/// A key of a JSON object.
fn name(key: &Key) -> String {
    key.to_string()
}

fn seconds(duration: &chrono::Duration) -> String {
    let nanoseconds = duration.subsec_nanos().unsigned_abs();
    let sign = if *duration < chrono::Duration::zero() { "-" } else { "" };
    let fraction = if nanoseconds == 0 { String::new() } else { format!(".{nanoseconds:09}") };
    format!("{sign}{}{}s", duration.num_seconds().unsigned_abs(), fraction.trim_end_matches('0'))
}

/// Reads `1h30m`, `7d`, `1.5h`: what CEL reads, and days. Nanoseconds; none for anything else.
pub(super) fn duration(text: &str) -> Option<i64> {
    const UNITS: &[(&str, f64)] =
        &[("ms", 1e6), ("us", 1e3), ("ns", 1.0), ("d", 864e11), ("h", 36e11), ("m", 6e10), ("s", 1e9)];
    let (sign, mut rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let mut total = 0.0;
    if rest == "0" {
        return Some(0);
    }
    loop {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, length) = UNITS.iter().find(|unit| rest.starts_with(unit.0))?;
        total += number * length;
        rest = &rest[unit.len()..];
        if rest.is_empty() {
            break;
        }
    }
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
    (total < 9.2e18).then_some((sign * total) as i64)
}

/// Text that lives as long as the message.
pub(super) trait AsText<'m> {
    fn as_text(&self) -> Box<dyn Val + 'm>;
}

impl<'m> AsText<'m> for Cow<'m, str> {
    fn as_text(&self) -> Box<dyn Val + 'm> {
        Box::new(CelString::from(self.clone()))
    }
}

impl<'m> AsText<'m> for &'static str {
    fn as_text(&self) -> Box<dyn Val + 'm> {
        Box::new(CelString::from(*self))
    }
}
