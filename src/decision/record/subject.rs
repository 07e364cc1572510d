//! The message of a record: written down from the message that was judged, and given back as one that
//! can be judged again.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::text::Keep;
use super::{Attachment, Message, Part, Raw, Receiver, Sender};
use crate::message;

impl<'a> Message<'a> {
    /// Writes a message down, its texts as they are to be kept.
    pub(super) fn of(from: &'a message::Message<'_>, keep: &Keep<'_>) -> Message<'a> {
        let list = |list: &'a [Cow<'_, str>]| -> Vec<Cow<'a, str>> {
            list.iter().map(|one| Cow::Borrowed(&**one)).collect()
        };
        let json = |json: &'a message::Json<'_>| raw(keep.whole(&json.0));
        let name = |name: &'a Cow<'_, str>| Cow::Borrowed(keep.name(name));
        let part = |(index, part): (usize, &'a message::Part<'_>)| Part {
            name: Cow::Borrowed(&part.name),
            text: keep.text(index, &part.text),
        };
        Message {
            platform: Cow::Borrowed(&from.platform),
            app: Cow::Borrowed(&from.app),
            webhook: Cow::Borrowed(&from.webhook),
            conversation: Cow::Borrowed(&from.conversation),
            id: Cow::Borrowed(&from.id),
            muid: Cow::Borrowed(&from.muid),
            parent: Cow::Borrowed(&from.parent),
            category: Cow::Borrowed(&from.category),
            kind: Cow::Borrowed(&from.kind),
            sent_at: from.sent_at,
            sender: Sender {
                uid: Cow::Borrowed(&from.sender.uid),
                name: name(&from.sender.name),
                role: Cow::Borrowed(&from.sender.role),
                tags: list(&from.sender.tags),
                metadata: json(&from.sender.metadata),
            },
            receiver: Receiver {
                id: Cow::Borrowed(&from.receiver.id),
                kind: Cow::Borrowed(&from.receiver.kind),
                name: name(&from.receiver.name),
                tags: list(&from.receiver.tags),
                group_type: Cow::Borrowed(&from.receiver.group_type),
            },
            parts: from.parts.iter().enumerate().map(part).collect(),
            earlier: if keep.is_full() { list(&from.earlier) } else { Vec::new() },
            tags: list(&from.tags),
            mentions: list(&from.mentions),
            attachments: attachments(from, keep),
            metadata: json(&from.metadata),
            custom: json(&from.custom),
        }
    }

    /// The message as it was judged, as far as the record holds it.
    #[must_use]
    pub fn to_message(&self) -> message::Message<'_> {
        let list = |list: &'_ [Cow<'_, str>]| list.iter().map(|one| Cow::Owned(one.to_string())).collect();
        let json = |json: &'_ Option<Raw<'_>>| {
            message::Json(json.as_ref().map_or("".into(), |json| json.get().to_owned().into()))
        };
        message::Message {
            platform: Cow::Borrowed(&self.platform),
            app: Cow::Borrowed(&self.app),
            webhook: Cow::Borrowed(&self.webhook),
            conversation: Cow::Borrowed(&self.conversation),
            id: Cow::Borrowed(&self.id),
            muid: Cow::Borrowed(&self.muid),
            parent: Cow::Borrowed(&self.parent),
            category: Cow::Borrowed(&self.category),
            kind: Cow::Borrowed(&self.kind),
            parts: self
                .parts
                .iter()
                .map(|part| message::Part {
                    name: Cow::Borrowed(&part.name),
                    text: Cow::Borrowed(part.text.as_deref().unwrap_or_default()),
                })
                .collect(),
            earlier: list(&self.earlier),
            sent_at: self.sent_at,
            sender: message::Sender {
                uid: Cow::Borrowed(&self.sender.uid),
                name: Cow::Borrowed(&self.sender.name),
                role: Cow::Borrowed(&self.sender.role),
                tags: list(&self.sender.tags),
                metadata: json(&self.sender.metadata),
            },
            receiver: message::Receiver {
                id: Cow::Borrowed(&self.receiver.id),
                kind: Cow::Borrowed(&self.receiver.kind),
                name: Cow::Borrowed(&self.receiver.name),
                tags: list(&self.receiver.tags),
                group_type: Cow::Borrowed(&self.receiver.group_type),
            },
            tags: list(&self.tags),
            mentions: list(&self.mentions),
            attachments: self
                .attachments
                .iter()
                .map(|file| message::Attachment {
                    name: Cow::Borrowed(&file.name),
                    mime: Cow::Borrowed(&file.mime),
                    extension: Cow::Borrowed(&file.extension),
                    size: file.size,
                    url: Cow::Borrowed(&file.url),
                })
                .collect(),
            metadata: json(&self.metadata),
            custom: json(&self.custom),
        }
    }
}

/// The files that came with a message, as they are kept.
pub(super) fn attachments<'a>(message: &'a message::Message<'_>, keep: &Keep<'_>) -> Vec<Attachment<'a>> {
    let attachment = |file: &'a message::Attachment<'_>| Attachment {
        name: keep.whole(&file.name).into(),
        mime: Cow::Borrowed(&file.mime),
        extension: Cow::Borrowed(&file.extension),
        size: file.size,
        url: keep.whole(&file.url).into(),
    };
    message.attachments.iter().map(attachment).collect()
}

/// JSON on one line; none for nothing, or for what is no JSON.
pub(super) fn raw(json: &str) -> Option<Raw<'_>> {
    if json.is_empty() {
        return None;
    }
    let raw: &RawValue = serde_json::from_str(json).ok()?;
    if json.contains(['\n', '\r']) {
        // strings hold no bare line breaks, and elsewhere they are spaces
        return RawValue::from_string(raw.get().replace(['\n', '\r'], " ")).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(raw))
}
