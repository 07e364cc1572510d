//! Finds what people will read inside custom and interactive messages.
//!
//! The app decides what its client shows, so in doubt a string is human: only a value that looks like
//! machinery (one token under a technical key, or a URL, UUID, date, colour or media type) is not.
//! A key given twice is read twice: nobody can tell which of the two a client shows.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::repair::repair;
use crate::message::Part;

/// Appends the human strings of `raw` to `parts`, each named by its path from `root`.
pub(super) fn collect<'a>(raw: &'a RawValue, root: &str, parts: &mut Vec<Part<'a>>) {
    if let Ok(found) = walk(raw.get(), root) {
        parts.extend(found);
        return;
    }
    let repaired = repair(raw.get().as_bytes());
    let found = walk(&repaired, root).unwrap_or_default().into_iter();
    parts.extend(
        found.map(|part| Part { name: part.name.into_owned().into(), text: part.text.into_owned().into() }),
    );
}

fn walk<'t>(json: &'t str, root: &str) -> serde_json::Result<Vec<Part<'t>>> {
    let mut found = Vec::new();
    let mut path = root.to_owned();
    let node = Node { path: &mut path, key: Key::Neither, found: &mut found };
    node.deserialize(&mut serde_json::Deserializer::from_str(json))?;
    Ok(found)
}

/// Keys whose value people read, whatever it looks like.
const HUMAN_KEYS: &[&str] = &[
    "body",
    "caption",
    "content",
    "description",
    "footer",
    "header",
    "heading",
    "hint",
    "label",
    "message",
    "name",
    "placeholder",
    "question",
    "answer",
    "subtitle",
    "summary",
    "text",
    "title",
    "value",
    "values",
    "default",
];

/// Last words of keys whose value, if it is one token, is there for machines.
const TECHNICAL_KEYS: &[&str] = &[
    "at",
    "avatar",
    "code",
    "color",
    "colour",
    "currency",
    "date",
    "ext",
    "extension",
    "file",
    "format",
    "guid",
    "hash",
    "height",
    "href",
    "icon",
    "id",
    "ids",
    "image",
    "kind",
    "lang",
    "language",
    "lat",
    "latitude",
    "layout",
    "lng",
    "locale",
    "longitude",
    "method",
    "mime",
    "mode",
    "platform",
    "provider",
    "session",
    "size",
    "src",
    "state",
    "status",
    "thumbnail",
    "time",
    "timestamp",
    "timezone",
    "token",
    "type",
    "uid",
    "uri",
    "url",
    "urls",
    "uuid",
    "version",
    "width",
    "zone",
];

/// What a key says of the strings under it. Told once a key: there may be many strings, and a long key.
#[derive(Clone, Copy)]
enum Key {
    Human,
    Technical,
    Neither,
}

impl Key {
    fn of(key: &str) -> Self {
        let word = last_word(key);
        if HUMAN_KEYS.contains(&&*word) {
            Key::Human
        } else if TECHNICAL_KEYS.contains(&&*word) {
            Key::Technical
        } else {
            Key::Neither
        }
    }
}

/// Whether people will read the string `value` that stands under `key`.
fn is_human(key: Key, value: &str) -> bool {
    let value = value.trim();
    if value.is_empty() {
        return false;
    }
    let technical = match key {
        Key::Human => return true,
        Key::Technical => is_token(value),
        Key::Neither => false,
    };
    !(technical || is_url(value) || is_uuid(value) || is_date(value) || is_color(value) || is_mime(value))
}

/// The last word of a key in camel, snake or kebab case, in lower case.
fn last_word(key: &str) -> String {
    let upper_run = key.chars().all(|c| !c.is_lowercase());
    let mut start = 0;
    for (at, c) in key.char_indices() {
        if matches!(c, '_' | '-' | '.' | ' ') {
            start = at + 1;
        } else if c.is_uppercase() && !upper_run && !key[..at].ends_with(char::is_uppercase) {
            start = at;
        }
    }
    key[start..].to_lowercase()
}

/// One word of ASCII such as ids, enumerations and addresses are.
fn is_token(value: &str) -> bool {
    value.len() <= 2048 && value.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_url(value: &str) -> bool {
    let scheme = value.split_once("://").map_or("", |(scheme, _)| scheme);
    is_token(value) && ["http", "https", "ftp", "ws", "wss", "file"].contains(&&*scheme.to_ascii_lowercase())
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A date, a time of day or both, as ISO 8601 writes them.
fn is_date(value: &str) -> bool {
    let shape = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, kind)| match kind {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
    };
    let is_time = |time: &str| {
        let time = time.split_once('.').map_or(time, |(time, _)| time);
        let time = time.trim_end_matches('Z').split('+').next().unwrap_or_default();
        shape(time, "00:00") || shape(time, "00:00:00")
    };
    match value.split_once('T') {
        Some((date, time)) => {
            shape(date, "0000-00-00") && is_time(time) && is_token(value) && value.len() <= 35
        }
        None => shape(value, "0000-00-00") || shape(value, "00:00"),
    }
}

fn is_color(value: &str) -> bool {
    value.strip_prefix('#').is_some_and(|hex| {
        matches!(hex.len(), 3 | 4 | 6 | 8) && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn is_mime(value: &str) -> bool {
    let families = ["application", "audio", "font", "image", "model", "text", "video"];
    value.split_once('/').is_some_and(|(family, kind)| {
        families.contains(&family)
            && kind.len() <= 80
            && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// A place in the document while it is being walked.
struct Node<'w, 't> {
    path: &'w mut String,
    /// The key that this value stands under; a list hands its own down.
    key: Key,
    found: &'w mut Vec<Part<'t>>,
}

/// A path is cut at so many bytes: every text has one, so a long key would count once a text.
const LONGEST_PATH: usize = 200;

/// Adds a step to a path.
fn step(path: &mut String, step: fmt::Arguments<'_>) {
    let _ = path.write_fmt(step);
    while path.len() > LONGEST_PATH {
        path.pop();
    }
}

impl<'t> Node<'_, 't> {
    fn keep(self, text: Cow<'t, str>) {
        if is_human(self.key, &text) {
            self.found.push(Part { name: self.path.clone().into(), text });
        }
    }
}

impl<'t> DeserializeSeed<'t> for Node<'_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Node<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, text: &'t str) -> Result<(), E> {
        self.keep(text.into());
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.keep(text.to_owned().into());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<(), A::Error> {
        let length = self.path.len();
        for i in 0.. {
            step(self.path, format_args!("[{i}]"));
            let next = seq.next_element_seed(Node { path: self.path, key: self.key, found: self.found })?;
            self.path.truncate(length);
            if next.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let length = self.path.len();
        while let Some(key) = map.next_key::<String>()? {
            step(self.path, format_args!(".{key}"));
            map.next_value_seed(Node { path: self.path, key: Key::of(&key), found: self.found })?;
            self.path.truncate(length);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn cases() {
        let cases: Vec<Value> =
            serde_json::from_str(include_str!("../../../tests/data/human_text.json")).unwrap();
        for case in cases {
            let raw = RawValue::from_string(case["data"].to_string()).unwrap();
            let mut parts = Vec::new();
            collect(&raw, "customData", &mut parts);
            let found: Vec<Value> =
                parts.iter().map(|part| serde_json::json!([part.name, part.text])).collect();
            assert_eq!(Value::from(found), case["human"], "{}", case["why"]);
        }
    }

    #[test]
    fn neither_a_key_given_twice_nor_a_number_out_of_range_hides_a_text() {
        let check = |json: &str, expected: &[&str]| {
            let raw = RawValue::from_string(json.to_owned()).unwrap();
            let mut parts = Vec::new();
            collect(&raw, "customData", &mut parts);
            assert_eq!(parts.iter().map(|part| &*part.text).collect::<Vec<_>>(), expected, "{json}");
        };
        check(r#"{"title":"good","title":"bad"}"#, &["good", "bad"]);
        check(r#"{"n":1e999,"title":"bad"}"#, &["bad"]);
        check(r#""a lone text""#, &["a lone text"]);
    }

    proptest! {
        #[test]
        fn prose_is_found_under_any_key(key in "\\PC{0,12}", prose in "[a-zé]{1,8}( [a-z]{1,8}){1,3}") {
            let json = serde_json::json!({"outer": [{ key: prose }]}).to_string();
            let raw = RawValue::from_string(json).unwrap();
            let mut parts = Vec::new();
            collect(&raw, "customData", &mut parts);
            prop_assert_eq!(parts.len(), 1);
            prop_assert_eq!(&*parts[0].text, &*prose);
        }
    }

    #[test]
    fn the_path_to_many_texts_costs_no_more_than_the_texts() {
        let names = |data: Value| {
            let raw = RawValue::from_string(data.to_string()).unwrap();
            let mut parts = Vec::new();
            collect(&raw, "customData", &mut parts);
            (parts.len(), parts.iter().map(|part| part.name.len()).max().unwrap())
        };
        let texts = Value::from(vec!["some text"; 1000]);
        let nested = (0..50).fold(texts.clone(), |inner, _| serde_json::json!({ "kä".repeat(500): inner }));
        for data in [serde_json::json!({ "k".repeat(100_000): texts }), nested] {
            let (count, longest) = names(data);
            assert!(count == 1000 && longest < 256, "{count} parts, a name of {longest} bytes");
        }
    }

    #[test]
    fn last_words() {
        for (key, word) in
            [("elementId", "id"), ("image_url", "url"), ("imageURL", "url"), ("ID", "id"), ("title", "title")]
        {
            assert_eq!(last_word(key), word);
        }
    }
}
