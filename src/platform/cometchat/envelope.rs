//! The envelope of every webhook: read once, borrowed from the body, and repaired only if it must be.
//!
//! What can't be told for sure (a control key given twice, nesting that a client may not follow) is
//! an error here rather than a guess, because the server would judge another message than people see.

use std::cell::OnceCell;

use serde::Deserialize;

use super::lenient::{Object, Text};
use super::message::Wire;
use super::repair::{look, repair};
use super::skim::{skim, wire};
use crate::message::Message;

/// How deep objects and lists may lie in one another.
const MAX_DEPTH: usize = 64;

/// Why a body can't be read as what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON.
    #[error("bad JSON")]
    Json,
    /// Its nesting is deeper than 64.
    #[error("nested too deeply")]
    TooDeep,
    /// A key that decides what is judged stands in it twice.
    #[error("duplicate key")]
    DuplicateKey,
    /// It is JSON, but there is no message where one should be.
    #[error("no message in it")]
    NoMessage,
}

impl Unreadable {
    /// The name that logs and metrics use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unreadable::Json => "json",
            Unreadable::TooDeep => "depth",
            Unreadable::DuplicateKey => "duplicate_key",
            Unreadable::NoMessage => "no_message",
        }
    }
}

/// The body of a request, and its repaired text if it needed repair.
#[derive(Debug)]
pub struct Body<'b> {
    bytes: &'b [u8],
    repaired: OnceCell<String>,
}

wire! {
    /// A webhook call: which trigger, for whom, about what.
    pub struct Envelope<'a> {
        "trigger" => trigger: Text<'a>,
        "appId" => app: Text<'a>,
        "webhook" => webhook: Text<'a>,
        "data" => data: Object<Box<Wire<'a>>>,
    }
}

impl<'b> Body<'b> {
    /// A body as it came.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Body { bytes, repaired: OnceCell::new() }
    }

    /// The envelope in it.
    ///
    /// # Errors
    /// If it can't be read without guessing.
    pub fn envelope(&self) -> Result<Envelope<'_>, Unreadable> {
        let skimmed = simdutf8::basic::from_utf8(self.bytes).ok().and_then(skim);
        skimmed.map_or_else(|| self.read(), Ok)
    }

    /// Parses the body; what no parser accepts is repaired first.
    pub(super) fn read<'s, T: Deserialize<'s>>(&'s self) -> Result<T, Unreadable> {
        if let Ok(text) = str::from_utf8(self.bytes) {
            let look = look(text, MAX_DEPTH);
            if look.depth > MAX_DEPTH {
                return Err(Unreadable::TooDeep);
            }
            if !look.lone_surrogate {
                match parse(text) {
                    Err(Unreadable::Json) => {}
                    parsed => return parsed,
                }
            }
        }
        let text = self.repaired.get_or_init(|| repair(self.bytes));
        if look(text, MAX_DEPTH).depth > MAX_DEPTH {
            return Err(Unreadable::TooDeep);
        }
        parse(text)
    }
}

/// Parses an object; a list would do for the parser, but it has no keys.
fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Unreadable> {
    let Object(value) = serde_json::from_str(text).map_err(|error| misread(&error))?;
    value.ok_or(Unreadable::NoMessage)
}

/// What an error of the parser means for the message.
pub(super) fn misread(error: &serde_json::Error) -> Unreadable {
    if !error.is_data() {
        Unreadable::Json
    } else if error.to_string().starts_with("duplicate field") {
        Unreadable::DuplicateKey
    } else {
        Unreadable::NoMessage
    }
}

impl<'a> Envelope<'a> {
    /// The trigger's name; empty where there is none.
    #[must_use]
    pub fn trigger(&self) -> &str {
        &self.trigger.0
    }

    /// The app's id; empty where there is none.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.app.0
    }

    /// The message in it, in either nesting.
    ///
    /// # Errors
    /// If there is no object where the message should be.
    pub fn into_message(self) -> Result<Message<'a>, Unreadable> {
        self.data.0.ok_or(Unreadable::NoMessage)?.into_message(self.app.0, self.webhook.0)
    }
}

/// The trigger that a body names at its top level, found without parsing: in a body cut short or
/// broken too. None where there is none, where it can't be told, or where two differ.
#[must_use]
pub fn sniff_trigger(body: &[u8]) -> Option<&str> {
    let (mut depth, mut at) = (0_usize, 0);
    let mut found: Option<&str> = None;
    while at < body.len() {
        match body[at] {
            b'"' => {
                // a body cut inside a string still names the trigger that came before
                let Some(end) = string_end(body, at) else { return found };
                if depth == 1
                    && &body[at..end] == b"\"trigger\""
                    && let Some(value) = string_after_colon(body, end)
                {
                    if found.is_some_and(|other| other != value) {
                        return None;
                    }
                    found = Some(value);
                }
                at = end;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    found
}

/// The place after the string that starts at `start`; none where the body ends inside it.
fn string_end(body: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    while at < body.len() {
        match body[at] {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// The plain string that follows a colon at `at`.
fn string_after_colon(body: &[u8], at: usize) -> Option<&str> {
    let rest = body[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let end = rest.first().filter(|&&byte| byte == b'"').and_then(|_| string_end(rest, 0))?;
    str::from_utf8(&rest[1..end - 1]).ok().filter(|value| !value.contains('\\'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let body = Body::new(&bytes);
            let _ = (body.envelope().and_then(Envelope::into_message).is_ok(), body.context().is_ok());
            let _ = sniff_trigger(&bytes);
        }

        #[test]
        fn an_envelope_cut_anywhere_after_its_trigger_still_names_it(text in "\\PC*", cut in 0_usize..400) {
            let data = serde_json::json!({"trigger": "inner", "text": text});
            let whole = format!(r#"{{"trigger":"message_sent","data":{data}}}"#);
            let end = (r#"{"trigger":"message_sent""#.len() + cut).min(whole.len());
            prop_assert_eq!(sniff_trigger(&whole.as_bytes()[..end]), Some("message_sent"));
        }

        #[test]
        fn the_text_is_read_as_any_parser_reads_it(text in any::<String>()) {
            let json = serde_json::json!({"trigger": "before_message", "data": {"data": {"text": text}}}).to_string();
            let body = Body::new(json.as_bytes());
            let message = body.envelope().unwrap().into_message().unwrap();
            prop_assert_eq!(message.text(), text);
        }
    }

    #[test]
    fn both_nestings_at_once_are_both_judged() {
        let body = br#"{"trigger":"before_message","data":{"data":{"text":"a"},"message":{"id":"1","data":{"text":"b"}}}}"#;
        let body = Body::new(body);
        let message = body.envelope().unwrap().into_message().unwrap();
        assert_eq!(message.parts.iter().map(|part| &*part.text).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn nothing_where_an_object_may_be_is_no_riddle() {
        // as a serializer writes an empty map that does not tell maps from lists
        for nothing in ["null", "[]", "{}"] {
            let body = format!(
                r#"{{"trigger":"before_message","data":{{"type":"image","message":{nothing},"data":{nothing}}}}}"#
            );
            let body = Body::new(body.as_bytes());
            let message = body.envelope().and_then(Envelope::into_message).unwrap();
            assert_eq!(message.text(), "", "{nothing}");
        }
    }

    #[test]
    fn a_message_inside_a_message_lends_it_no_sender() {
        let entities = r#""entities":{"sender":{"entity":{"uid":"boss","role":"agent"}}}"#;
        let body = format!(
            r#"{{"trigger":"before_message","data":{{"sender":"alice","data":{{"text":"a"}},
                "message":{{"sender":"boss","data":{{"text":"b",{entities}}}}}}}}}"#
        );
        let body = Body::new(body.as_bytes());
        let message = body.envelope().and_then(Envelope::into_message).unwrap();
        assert_eq!((&*message.sender.uid, &*message.sender.role), ("alice", "default"));
        assert_eq!(message.parts.iter().map(|part| &*part.text).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_trigger_is_found_in_a_body_that_is_broken_or_cut() {
        let check = |body: &str, expected| assert_eq!(sniff_trigger(body.as_bytes()), expected, "{body}");
        check(r#"{"trigger":"message_sent","data":{"#, Some("message_sent"));
        check(r#"{ "data":{"text":"\"trigger\":\"message_sent\""}, "trigger" : "x" "#, Some("x"));
        check(r#"{"trigger":"message_sent","data":{"text":"cut he"#, Some("message_sent"));
        check(r#"{"data":{"trigger":"message_sent"}}"#, None);
        check(r#"{"data":{"text":"cut he"#, None);
        check(r#"{"trigger":"message_sent","trigger":"before_message"}"#, None);
        check(r#"{"trigger":7}"#, None);
        check(r#"{"trigger"#, None);
        check("", None);
    }

    #[test]
    fn control_keys_given_twice_are_not_guessed_at() {
        for body in [
            r#"{"trigger":"before_message","trigger":"x","data":{}}"#,
            r#"{"trigger":"before_message","tr\u0069gger":"x","data":{}}"#,
            r#"{"trigger":"before_message","data":{},"data":{}}"#,
            r#"{"trigger":"before_message","appId":"a","appId":"b","data":{}}"#,
            r#"{"trigger":"before_message","data":{"data":{"text":"a","text":"b"}}}"#,
            r#"{"trigger":"before_message","data":{"data":{},"data":{}}}"#,
            r#"{"trigger":"before_message","data":{"data":{"action":"a","action":"b"}}}"#,
            r#"{"trigger":"before_message","data":{"action":"a","action":"b"}}"#,
            r#"{"trigger":"before_message","data":{"message":{"data":{"text":"a","text":"b"}}}}"#,
        ] {
            assert_eq!(Body::new(body.as_bytes()).envelope().err(), Some(Unreadable::DuplicateKey), "{body}");
        }
        let other = r#"{"trigger":"before_message","x":1,"x":2,"data":{"data":{"text":"a","y":1,"y":2}}}"#;
        assert!(Body::new(other.as_bytes()).envelope().is_ok());
    }

    #[test]
    fn fields_of_the_wrong_kind_are_as_good_as_none() {
        let body = r#"{"trigger":"before_message","appId":7,"webhook":null,"data":{"sender":{},"tags":"one",
            "sentAt":"1586435925","muid":[1],"parentId":12,"data":{"text":"a","attachments":{"size":"12"},
            "mentions":["u"],"entities":{"sender":{"entity":[]}},"metadata":null}}}"#;
        let body = Body::new(body.as_bytes());
        let message = body.envelope().and_then(Envelope::into_message).unwrap();
        assert_eq!((&*message.app, &*message.webhook, &*message.sender.uid), ("7", "", ""));
        assert_eq!((message.sent_at, &*message.parent), (1_586_435_925_000, "12"));
        assert_eq!((message.text(), message.attachments[0].size), ("a", 12));
        assert_eq!((message.tags, message.mentions), (vec!["one".into()], vec!["u".into()]));
    }

    #[test]
    fn there_is_no_message_where_its_object_or_its_text_is_something_else() {
        for body in [
            r#"{"trigger":"before_message"}"#,
            r#"{"trigger":"before_message","data":"text"}"#,
            r#"{"trigger":"before_message","data":{"data":{"text":{"a":"b"}}}}"#,
            r#"{"trigger":"before_message","data":{"data":"text"}}"#,
            r#"{"trigger":"before_message","data":{"data":[{"text":"a"}]}}"#,
            r#"{"trigger":"before_message","data":{"data":{"text":"a"},"message":"b"}}"#,
            r#"{"trigger":"before_message","data":{"message":[{"data":{"text":"b"}}]}}"#,
            r"[]",
            r"12",
        ] {
            let body = Body::new(body.as_bytes());
            let message = body.envelope().and_then(Envelope::into_message);
            assert_eq!(message.err(), Some(Unreadable::NoMessage), "{body:?}");
        }
    }

    #[test]
    fn what_a_parser_refuses_is_repaired_and_judged() {
        for text in [&b"b\xffd"[..], b"b\\ud800d", b"b\0d"] {
            let mut body = b"\xef\xbb\xbf{\"trigger\":\"before_message\",\"n\":1e999,\"data\":{\"sentAt\":1e999,\"data\":{\"text\":\"".to_vec();
            body.extend_from_slice(text);
            body.extend_from_slice(b"\"}}}");
            let body = Body::new(&body);
            let message = body.envelope().and_then(Envelope::into_message).unwrap();
            assert!(message.text().starts_with('b') && message.text().ends_with('d'), "{message:?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
            format!(r#"{{"trigger":"before_message","x":{open}{close}}}"#)
        };
        assert!(Body::new(nested(64).as_bytes()).envelope().is_ok());
        assert_eq!(Body::new(nested(65).as_bytes()).envelope().err(), Some(Unreadable::TooDeep));
    }
}
