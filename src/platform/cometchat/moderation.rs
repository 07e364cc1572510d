//! The moderation "Custom API": a few earlier messages, then the one to judge, and no envelope.
//!
//! The key of the last entry is not reliably its sender, so that is taken from the message itself.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::envelope::{Body, Unreadable, misread};
use super::lenient::Text;
use super::message::Wire;
use crate::engine::{Action, Verdict};
use crate::message::{Message, Sender};

/// What a request of the Custom API asks about.
#[derive(Debug)]
pub struct Context<'a> {
    /// The message to judge; none where there is nothing to judge.
    pub message: Option<Message<'a>>,
    /// The messages before it: who (by the request's key) and what.
    pub earlier: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// The answer of the Custom API.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Whether the rule of the dashboard is to act.
    pub is_matching_condition: bool,
    /// How sure this decision is, 0–1; the dashboard compares it with its threshold.
    pub confidence: f64,
    /// The labels, for moderators.
    pub reason: String,
}

impl Answer {
    /// A verdict as an answer; a flag is as sure as `flag_confidence` says.
    #[must_use]
    pub fn of(verdict: &Verdict, flag_confidence: f64) -> Self {
        let (is_matching_condition, confidence) = match verdict.action {
            Some(Action::Drop) => (true, 1.0),
            Some(Action::Flag) => (true, flag_confidence),
            Some(Action::Annotate | Action::Pass) | None => (false, 1.0),
        };
        Answer { is_matching_condition, confidence, reason: verdict.labels.join(", ") }
    }

    /// The answer without a verdict: match (and so block) or not.
    #[must_use]
    pub fn without_verdict(matches: bool) -> Self {
        Answer { is_matching_condition: matches, confidence: 1.0, reason: String::new() }
    }

    /// The answer's JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow, rename = "contextMessages", default)]
    messages: Option<&'a RawValue>,
}

impl Body<'_> {
    /// The request of the Custom API in it.
    ///
    /// # Errors
    /// If it, or the message to judge, can't be read without guessing.
    pub fn context(&self) -> Result<Context<'_>, Unreadable> {
        let request: Request<'_> = self.read()?;
        // An object holds messages too (some languages write lists so): it must not pass unread.
        if request.messages.is_some_and(|raw| raw.get().starts_with('{')) {
            return Err(Unreadable::NoMessage);
        }
        let entries: Vec<&RawValue> =
            request.messages.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let Some((last, earlier)) = entries.split_last() else {
            return Ok(Context { message: None, earlier: vec![] });
        };
        let message = read_entry(last)?.map_or(Ok(None), |entry| match entry.said {
            Said::Text(text) if text.is_empty() => Ok(None),
            Said::Text(text) => Ok(Some(Message {
                platform: super::PLATFORM.into(),
                sender: Sender { uid: entry.uid, role: "default".into(), ..Sender::default() },
                ..Message::from_text(text)
            })),
            Said::Whole(wire) => wire.into_message("".into(), "".into()).map(Some),
        })?;
        let earlier = earlier.iter().filter_map(|raw| read_entry(raw).ok().flatten());
        let earlier: Vec<_> = earlier
            .filter_map(|entry| match entry.said {
                Said::Text(text) => Some((entry.uid, text)),
                Said::Whole(wire) => {
                    Some((entry.uid, text_of(wire.into_message("".into(), "".into()).ok()?)))
                }
            })
            .collect();
        Ok(Context { message: message.map(|message| after(message, &earlier)), earlier })
    }
}

/// The message with what its sender said directly before it.
fn after<'a>(mut message: Message<'a>, earlier: &[(Cow<'a, str>, Cow<'a, str>)]) -> Message<'a> {
    let own = earlier.iter().rev().take_while(|(uid, _)| *uid == message.sender.uid);
    message.earlier = own.map(|(_, text)| text.clone()).collect();
    message.earlier.reverse();
    message
}

fn text_of(message: Message<'_>) -> Cow<'_, str> {
    message.parts.into_iter().next().map(|part| part.text).unwrap_or_default()
}

/// One element of the list: who, and a text or a whole message.
struct Entry<'a> {
    uid: Cow<'a, str>,
    said: Said<'a>,
}

enum Said<'a> {
    Text(Cow<'a, str>),
    Whole(Box<Wire<'a>>),
}

fn read_entry(raw: &RawValue) -> Result<Option<Entry<'_>>, Unreadable> {
    let json = raw.get();
    match json.as_bytes().first() {
        Some(b'"') => {
            let Text(text) = serde_json::from_str(json).map_err(|error| misread(&error))?;
            Ok(Some(Entry { uid: "".into(), said: Said::Text(text) }))
        }
        Some(b'{') => {
            let LastOf(last) = serde_json::from_str(json).map_err(|error| misread(&error))?;
            let Some((Text(uid), raw)) = last else { return Ok(None) };
            let said = match raw.get().as_bytes().first() {
                Some(b'{') => serde_json::from_str(raw.get()).map(Said::Whole),
                _ => serde_json::from_str(raw.get()).map(|Text(text)| Said::Text(text)),
            };
            Ok(Some(Entry { uid, said: said.map_err(|error| misread(&error))? }))
        }
        _ => Ok(None),
    }
}

/// The last entry of an object.
struct LastOf<'a>(Option<(Text<'a>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for LastOf<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Last;
        impl<'de> Visitor<'de> for Last {
            type Value = Option<(Text<'de>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one message by its user")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let entry = map.next_entry()?;
                match map.next_key::<Text<'_>>()? {
                    Some(_) => Err(A::Error::custom("more than one message in a place")),
                    None => Ok(entry),
                }
            }
        }
        deserializer.deserialize_map(Last).map(LastOf)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_documented_request() {
        let body = include_bytes!("../../../tests/data/cometchat/custom_api/request.text.json");
        let body = Body::new(body);
        let context = body.context().unwrap();
        let message = context.message.unwrap();
        assert_eq!((message.text(), &*message.sender.uid, &*message.id), ("ok", "user-alice", "30431"));
        assert_eq!(context.earlier.len(), 3);
        assert_eq!(context.earlier[1], ("user-bob".into(), "Hey, how are you?".into()));
    }

    #[test]
    fn what_is_judged() {
        let check = |json: Value, expected: Option<&str>| {
            let text = json.to_string();
            let body = Body::new(text.as_bytes());
            let message = body.context().unwrap().message;
            assert_eq!(message.as_ref().map(Message::text), expected, "{text}");
        };
        check(json!({"contextMessages": [{"a": "one"}, {"b": "two"}]}), Some("two"));
        check(json!({"contextMessages": ["one"]}), Some("one"));
        check(
            json!({"contextMessages": [{"a": {"id": 1, "data": {"url": "https://x.example/a.png"}}}]}),
            Some(""),
        );
        check(json!({"contextMessages": []}), None);
        check(json!({"contextMessages": [{}]}), None);
        check(json!({"contextMessages": [7]}), None);
        check(json!({"contextMessages": "x"}), None);
        check(json!({"image": "https://x.example/a.png"}), None);
    }

    #[test]
    fn what_is_ambiguous_is_not_judged() {
        let check = |body: &str, expected| {
            assert_eq!(Body::new(body.as_bytes()).context().err(), Some(expected), "{body}");
        };
        check(r#"{"contextMessages":[{"a":{"data":{"text":"x","text":"y"}}}]}"#, Unreadable::DuplicateKey);
        check(r#"{"contextMessages":[],"contextMessages":[]}"#, Unreadable::DuplicateKey);
        check(r#"{"contextMessages":[{"a":"x","b":"y"}]}"#, Unreadable::NoMessage);
        check("{", Unreadable::Json);
        check("[]", Unreadable::NoMessage);
        check(r#"{"contextMessages":{"0":{"a":"x"}}}"#, Unreadable::NoMessage);
    }

    #[test]
    fn answers() {
        let check = |action, expected: Value| {
            let verdict = Verdict { action, labels: vec!["a".into(), "b".into()], ..Verdict::default() };
            let answer: Value = serde_json::from_slice(&Answer::of(&verdict, 0.5).to_json()).unwrap();
            assert_eq!(answer, expected);
        };
        let answer = |matches: bool, confidence: f64| json!({"isMatchingCondition": matches, "confidence": confidence, "reason": "a, b"});
        check(Some(Action::Drop), answer(true, 1.0));
        check(Some(Action::Flag), answer(true, 0.5));
        check(Some(Action::Pass), answer(false, 1.0));
        check(Some(Action::Annotate), answer(false, 1.0));
        check(None, answer(false, 1.0));
    }
}
