//! What a condition may know of a message, and where it gets it from.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::engine::Facts;
use crate::message::Message;
use crate::text::{language, link, measure};

/// What the engine knows about the message being judged.
#[derive(Clone, Copy, Debug)]
pub struct Input<'m> {
    /// The message.
    pub message: &'m Message<'m>,
    /// What outsiders say about it.
    pub facts: &'m Facts,
    /// Its text in the plain view: what `repeats` compares.
    pub plain: &'m str,
    /// The tricks that were undone in it.
    pub disguise: &'m [&'static str],
}

impl<'m> Input<'m> {
    pub(super) fn text(&self) -> &'m str {
        self.message.text()
    }

    pub(super) fn facts(&self) -> Value {
        Value::Object(
            self.facts.iter().map(|(name, fact)| (name.clone(), fact.clone())).collect::<Map<_, _>>(),
        )
    }

    pub(super) fn attachments(&self) -> Vec<Value> {
        let object = |file: &crate::message::Attachment<'_>| {
            json!({
                "name": file.name, "mime": file.mime, "extension": file.extension,
                // sizes beyond an int's range are nobody's
                "size": i64::try_from(file.size).unwrap_or(i64::MAX), "url": file.url,
            })
        };
        self.message.attachments.iter().map(object).collect()
    }

    pub(super) fn characters(&self) -> usize {
        measure::characters(self.text())
    }
    pub(super) fn words(&self) -> usize {
        measure::words(self.text())
    }
    pub(super) fn lines(&self) -> usize {
        measure::lines(self.text())
    }
    pub(super) fn emoji(&self) -> usize {
        measure::emoji(self.text())
    }
    pub(super) fn caps(&self) -> f64 {
        measure::caps(self.text())
    }
    pub(super) fn language(&self) -> &'static str {
        language::language(self.text())
    }
    pub(super) fn links(&self) -> Vec<Cow<'m, str>> {
        link::links(self.text()).into_iter().map(|link| link.url.into()).collect()
    }
    pub(super) fn hosts(&self) -> Vec<Cow<'m, str>> {
        link::links(self.text()).into_iter().map(|link| link.host.into()).collect()
    }
}
