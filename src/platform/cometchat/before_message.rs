//! The answer to `before_message`: drop, pass, or a flat object that recipients will be able to read.
//!
//! Nothing but what rules asked to inject goes out, and `action` is written by this file alone.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::engine::{Action, Verdict};

/// The trigger whose answer decides.
pub const TRIGGER: &str = "before_message";

/// The answer that changes nothing.
pub const PASS: &[u8] = b"{}";

/// The answer that keeps the message from being stored and delivered.
pub const DROP: &[u8] = br#"{"action":"do_not_propagate"}"#;

/// Keys that no rule's metadata may set.
const RESERVED: [&str; 3] = ["action", "labels", "masked_text"];

/// What to send back, and what had to be left out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The body: always JSON, always an object.
    pub body: Cow<'static, [u8]>,
    /// What was left out to stay within the limit.
    pub trimmed: Option<Trimmed>,
}

/// What was left out of an answer that would have been too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trimmed {
    /// The masked text.
    MaskedText,
    /// The masked text and the metadata; only labels are left.
    Metadata,
    /// Everything.
    All,
}

impl Trimmed {
    /// The name that logs use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Trimmed::MaskedText => "masked_text",
            Trimmed::Metadata => "metadata",
            Trimmed::All => "all",
        }
    }
}

/// Writes a verdict as an answer; what is injected takes `limit` bytes of JSON at most.
#[must_use]
pub fn answer(verdict: &Verdict, limit: usize) -> Answer {
    if verdict.action == Some(Action::Drop) {
        return Answer { body: DROP.into(), trimmed: None };
    }
    let whole = Injected { verdict, metadata: true, masked_text: true };
    if whole.is_empty() {
        return Answer { body: PASS.into(), trimmed: None };
    }
    let attempts = [
        (whole, None),
        (Injected { verdict, metadata: true, masked_text: false }, Some(Trimmed::MaskedText)),
        (Injected { verdict, metadata: false, masked_text: false }, Some(Trimmed::Metadata)),
    ];
    for (injected, trimmed) in attempts {
        if let Ok(body) = serde_json::to_vec(&injected)
            && body.len() <= limit
        {
            return Answer { body: body.into(), trimmed };
        }
    }
    Answer { body: PASS.into(), trimmed: Some(Trimmed::All) }
}

/// The object that is injected, or as much of it as is to be written.
struct Injected<'v> {
    verdict: &'v Verdict,
    metadata: bool,
    masked_text: bool,
}

impl Injected<'_> {
    fn is_empty(&self) -> bool {
        self.verdict.metadata.is_empty()
            && self.verdict.labels.is_empty()
            && self.verdict.masked_text.is_none()
    }
}

impl Serialize for Injected<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.metadata {
            for (key, value) in &self.verdict.metadata {
                if !RESERVED.contains(&key.as_str()) {
                    map.serialize_entry(key, value)?;
                }
            }
        }
        if !self.verdict.labels.is_empty() {
            map.serialize_entry("labels", &self.verdict.labels)?;
        }
        if let Some(text) = self.verdict.masked_text.as_ref().filter(|_| self.masked_text) {
            map.serialize_entry("masked_text", text)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const LIMIT: usize = 8 * 1024;

    fn verdict(action: Option<Action>, metadata: &Value, labels: &[&str], masked: Option<&str>) -> Verdict {
        Verdict {
            action,
            labels: labels.iter().map(ToString::to_string).collect(),
            score: 7,
            metadata: metadata.as_object().unwrap().clone(),
            masked_text: masked.map(Into::into),
        }
    }

    fn check(verdict: &Verdict, expected: &Value, trimmed: Option<Trimmed>) {
        let answer = answer(verdict, LIMIT);
        assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), *expected);
        assert_eq!(answer.trimmed, trimmed);
    }

    #[test]
    fn answers_are_those_of_the_contract() {
        let data = |name: &str| {
            let path = format!("{}/tests/data/cometchat/responses/{name}", env!("CARGO_MANIFEST_DIR"));
            serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap()
        };
        let notice = json!({"notice": "Please keep contact details off the chat"});
        let enrich = verdict(Some(Action::Annotate), &notice, &["contact"], Some("call me on *** *** ****"));
        check(&enrich, &data("before_message.enrich.json"), None);
        check(
            &verdict(Some(Action::Drop), &notice, &["contact"], None),
            &data("before_message.drop.json"),
            None,
        );
        check(&verdict(None, &json!({}), &[], None), &data("before_message.noop.json"), None);
        check(&verdict(Some(Action::Flag), &json!({}), &[], None), &json!({}), None);
        check(&verdict(Some(Action::Pass), &json!({}), &["vip"], None), &json!({"labels": ["vip"]}), None);
    }

    #[test]
    fn metadata_can_not_pose_as_an_action() {
        let sly =
            json!({"action": "do_not_propagate", "labels": 1, "masked_text": 2, "nested": {"action": 1}});
        check(&verdict(None, &sly, &["a"], None), &json!({"nested": {"action": 1}, "labels": ["a"]}), None);
        check(&verdict(None, &json!({"action": 1}), &[], None), &json!({}), None);
    }

    #[test]
    fn what_is_too_long_is_left_out_in_order() {
        let long = "x".repeat(LIMIT);
        let short = json!({"a": 1});
        let all = verdict(None, &short, &["l"], Some(&long));
        check(&all, &json!({"a": 1, "labels": ["l"]}), Some(Trimmed::MaskedText));
        let all = verdict(None, &json!({"a": long}), &["l"], Some("m"));
        check(&all, &json!({"labels": ["l"]}), Some(Trimmed::Metadata));
        check(&verdict(None, &short, &[&long], None), &json!({}), Some(Trimmed::All));
        let exact = "x".repeat(LIMIT - r#"{"masked_text":""}"#.len());
        check(&verdict(None, &json!({}), &[], Some(&exact)), &json!({ "masked_text": exact }), None);
    }
}
