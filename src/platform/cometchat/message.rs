//! CometChat's message object, and its reading as a [`Message`].
//!
//! One struct serves both nestings (`data.…` and `data.message.…`). Keys that nobody reads but that
//! would be ambiguous if given twice are named too, so that the parser refuses the second.

use std::borrow::Cow;
use std::collections::HashSet;
use std::mem::take;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::envelope::Unreadable;
use super::human_text;
use super::lenient::{Integer, Keys, Object, Objects, Place, Prose, Text, Texts};
use super::skim::wire;
use crate::message::{Attachment, Json, Message, Part, Receiver, Sender, TEXT};

/// From here on a time is in milliseconds, below in seconds: 10¹¹ s is the year 5138.
const FIRST_MILLISECOND: i64 = 100_000_000_000;

wire! {
    /// A message as CometChat writes it, or an object that holds one as `message`.
    pub(super) struct Wire<'a> {
        "id" => id: Text<'a>,
        "muid" => muid: Text<'a>,
        "conversationId" => conversation_id: Text<'a>,
        "sender" => sender: Text<'a>,
        "receiverType" => receiver_type: Text<'a>,
        "receiver" => receiver: Text<'a>,
        "category" => category: Text<'a>,
        "type" => kind: Text<'a>,
        "data" => data: Place<Content<'a>>,
        "sentAt" => sent_at: Integer,
        ["updatedAt"],
        "tags" => tags: Texts<'a>,
        "parentId" => parent_id: Text<'a>,
        "action" => action: Option<IgnoredAny>,
        "message" => message: Place<Box<Wire<'a>>>,
    }
}

wire! {
    /// The inner `data` of a message: what it says.
    struct Content<'a> {
        "text" => text: Prose<'a>,
        ["resource"],
        "url" => url: Text<'a>,
        "attachments" => attachments: Objects<File<'a>>,
        "customData" => custom_data: Option<&'a RawValue>,
        "interactiveData" => interactive_data: Option<&'a RawValue>,
        "metadata" => metadata: Option<&'a RawValue>,
        "mentions" => mentions: Keys<'a>,
        "entities" => entities: Object<Entities<'a>>,
        "action" => action: Option<IgnoredAny>,
    }
}

wire! {
    struct File<'a> {
        "name" => name: Text<'a>,
        "mimeType" => mime_type: Text<'a>,
        "extension" => extension: Text<'a>,
        "size" => size: Integer,
        "url" => url: Text<'a>,
    }
}

wire! {
    struct Entities<'a> {
        "sender" => sender: Object<Holder<'a>>,
        "receiver" => receiver: Object<Holder<'a>>,
    }
}

wire! {
    struct Holder<'a> {
        "entity" => entity: Object<Entity<'a>>,
        ["entityType"],
    }
}

wire! {
    /// A user or a group.
    struct Entity<'a> {
        "uid" => uid: Text<'a>,
        "guid" => guid: Text<'a>,
        "name" => name: Text<'a>,
        ["avatar", "icon", "status"],
        "role" => role: Text<'a>,
        ["lastActiveAt"],
        "tags" => tags: Texts<'a>,
        "metadata" => metadata: Option<&'a RawValue>,
        "type" => kind: Text<'a>,
        ["scope", "owner", "membersCount"],
    }
}

impl<'a> Wire<'a> {
    /// The message, as one of this app and webhook.
    ///
    /// # Errors
    /// If something else stands where its objects should be.
    pub(super) fn into_message(
        mut self: Box<Self>,
        app: Cow<'a, str>,
        webhook: Cow<'a, str>,
    ) -> Result<Message<'a>, Unreadable> {
        let inner = match take(&mut self.message) {
            Place::Nothing => return self.into_flat(app, webhook),
            Place::Object(inner) => inner,
            Place::Other => return Err(Unreadable::NoMessage),
        };
        if matches!(self.data, Place::Nothing) {
            return inner.into_message(app, webhook);
        }
        let inner = inner.into_message("".into(), "".into())?;
        // with text in both places nobody can tell which of them is shown: both are judged, but the
        // inner one may be anybody's, and so may its sender
        let mut message = self.into_flat(app, webhook)?;
        message.parts.extend(inner.parts);
        message.attachments.extend(inner.attachments);
        Ok(message)
    }

    /// The message of the fields that stand here. They are taken one by one: to move what holds them
    /// would be to copy it.
    fn into_flat(
        mut self: Box<Self>,
        app: Cow<'a, str>,
        webhook: Cow<'a, str>,
    ) -> Result<Message<'a>, Unreadable> {
        let wire = &mut *self;
        let content = match &mut wire.data {
            Place::Nothing => &mut Content::default(),
            Place::Object(content) => content,
            Place::Other => return Err(Unreadable::NoMessage),
        };
        let parts = parts(content);
        let (mut from, mut to) = (None, None);
        if let Some(entities) = &mut content.entities.0 {
            (from, to) = (entity(&mut entities.sender), entity(&mut entities.receiver));
        }
        Ok(Message {
            earlier: vec![],
            platform: super::PLATFORM.into(),
            app,
            webhook,
            conversation: take(&mut wire.conversation_id.0),
            id: take(&mut wire.id.0),
            muid: take(&mut wire.muid.0),
            parent: take(&mut wire.parent_id.0),
            category: take(&mut wire.category.0),
            kind: take(&mut wire.kind.0),
            mentions: mentions(&content.text.0, take(&mut content.mentions.0)),
            parts,
            sent_at: milliseconds(wire.sent_at.0),
            sender: sender(&mut wire.sender, from),
            receiver: receiver(&mut wire.receiver, &mut wire.receiver_type, to),
            tags: take(&mut wire.tags.0),
            attachments: attachments(take(&mut content.attachments.0), take(&mut content.url.0)),
            metadata: json(content.metadata),
            custom: json(content.custom_data.or(content.interactive_data)),
        })
    }
}

/// All that people wrote, or will read: the text or caption, custom and interactive content, and the
/// names of files.
fn parts<'a>(content: &Content<'a>) -> Vec<Part<'a>> {
    let mut parts = Vec::with_capacity(1);
    if !content.text.0.is_empty() {
        parts.push(Part { name: TEXT.into(), text: content.text.0.clone() });
    }
    if let Some(custom) = content.custom_data {
        human_text::collect(custom, "customData", &mut parts);
    }
    if let Some(interactive) = content.interactive_data {
        human_text::collect(interactive, "interactiveData", &mut parts);
    }
    for (i, file) in content.attachments.0.iter().enumerate() {
        if !file.name.0.is_empty() {
            parts.push(Part { name: format!("attachments[{i}].name").into(), text: file.name.0.clone() });
        }
    }
    parts
}

fn entity<'o, 'a>(holder: &'o mut Object<Holder<'a>>) -> Option<&'o mut Entity<'a>> {
    holder.0.as_mut()?.entity.0.as_mut()
}

fn sender<'a>(uid: &mut Text<'a>, entity: Option<&mut Entity<'a>>) -> Sender<'a> {
    let mut sender = Sender { uid: take(&mut uid.0), role: "default".into(), ..Sender::default() };
    if let Some(entity) = entity {
        if sender.uid.is_empty() {
            sender.uid = take(&mut entity.uid.0);
        }
        if !entity.role.0.is_empty() {
            sender.role = take(&mut entity.role.0);
        }
        sender.name = take(&mut entity.name.0);
        sender.tags = take(&mut entity.tags.0);
        sender.metadata = json(entity.metadata);
    }
    sender
}

fn receiver<'a>(id: &mut Text<'a>, kind: &mut Text<'a>, entity: Option<&mut Entity<'a>>) -> Receiver<'a> {
    let mut receiver = Receiver { id: take(&mut id.0), kind: take(&mut kind.0), ..Receiver::default() };
    if let Some(entity) = entity {
        if receiver.id.is_empty() {
            let id = if entity.guid.0.is_empty() { &mut entity.uid } else { &mut entity.guid };
            receiver.id = take(&mut id.0);
        }
        if receiver.kind == "group" {
            receiver.group_type = take(&mut entity.kind.0);
        }
        receiver.name = take(&mut entity.name.0);
        receiver.tags = take(&mut entity.tags.0);
    }
    receiver
}

/// The files of a message; a lone `url` that none of them has is one more.
fn attachments<'a>(files: Vec<File<'a>>, url: Cow<'a, str>) -> Vec<Attachment<'a>> {
    if files.is_empty() && url.is_empty() {
        return vec![];
    }
    let mut attachments: Vec<_> = files
        .into_iter()
        .map(|file| Attachment {
            name: file.name.0,
            mime: file.mime_type.0,
            extension: file.extension.0,
            size: file.size.0.try_into().unwrap_or(0),
            url: file.url.0,
        })
        .collect();
    if !url.is_empty() && attachments.iter().all(|attachment| attachment.url != url) {
        attachments.push(Attachment { url, ..Attachment::default() });
    }
    attachments
}

/// The uids that the text mentions, then those that the platform lists, each once.
fn mentions<'a>(text: &Cow<'a, str>, listed: Vec<Cow<'a, str>>) -> Vec<Cow<'a, str>> {
    if listed.is_empty() && !text.contains('<') {
        return listed;
    }
    let in_text = text.split("<@uid:").skip(1).filter_map(|rest| rest.split_once('>')).map(|(uid, _)| uid);
    let in_text = in_text.filter(|uid| !uid.is_empty() && !uid.contains(char::is_whitespace));
    let mut seen = HashSet::new();
    in_text.map(|uid| uid.to_owned().into()).chain(listed).filter(|uid| seen.insert(uid.clone())).collect()
}

fn json(raw: Option<&RawValue>) -> Json<'_> {
    Json(raw.map_or("", RawValue::get).into())
}

fn milliseconds(time: i64) -> i64 {
    if time.unsigned_abs() >= FIRST_MILLISECOND.unsigned_abs() { time } else { time * 1000 }
}

#[cfg(test)]
mod tests {
    use super::super::Body;
    use super::*;

    const CAPTION: &str =
        include_str!("../../../tests/data/cometchat/inferred/before_message.image_caption.json");
    const GROUP: &str =
        include_str!("../../../tests/data/cometchat/inferred/before_message.text_group_thread_mention.json");
    const CURRENT: &str = include_str!("../../../tests/data/cometchat/documented/message_sent.json");

    #[test]
    fn a_text_to_a_group() {
        let body = Body::new(GROUP.as_bytes());
        let message = body.envelope().unwrap().into_message().unwrap();
        assert_eq!(
            (&*message.platform, &*message.app, &*message.webhook),
            ("cometchat", "app123example", "wh-example")
        );
        assert_eq!((message.text(), message.sent_at), ("Hi <@uid:user-bob>, call me", 1_747_717_214_000));
        assert_eq!(message.mentions, ["user-bob"]);
        assert_eq!(
            (message.tags, &*message.parent, &*message.muid),
            (vec!["tag1".into()], "1", "_r49ocm6oj")
        );
        let sender = message.sender;
        assert_eq!((&*sender.uid, &*sender.name, &*sender.role), ("user-alice", "Alice Example", "default"));
        let to = message.receiver;
        assert_eq!(
            (&*to.id, &*to.kind, &*to.name, &*to.group_type),
            ("group-trail", "group", "Trail Group", "private")
        );
        assert_eq!(message.metadata.value(), serde_json::json!({"key1": "value1"}));
    }

    #[test]
    fn an_image_with_a_caption() {
        let body = Body::new(CAPTION.as_bytes());
        let message = body.envelope().unwrap().into_message().unwrap();
        let parts: Vec<_> = message.parts.iter().map(|part| (&*part.name, &*part.text)).collect();
        assert_eq!(parts, [("text", "my holiday"), ("attachments[0].name", "photo.jpeg")]);
        assert_eq!(message.attachments.len(), 1, "the url of an attachment is no second one");
        let image = &message.attachments[0];
        assert_eq!((&*image.mime, &*image.extension, image.size), ("image/jpeg", "jpeg", 4761));
    }

    #[test]
    fn the_current_nesting() {
        let body = Body::new(CURRENT.as_bytes());
        let message = body.envelope().unwrap().into_message().unwrap();
        assert_eq!((&*message.id, message.text(), &*message.sender.uid), ("1", "hi", "user-alice"));
    }

    #[test]
    fn many_mentions_are_told_apart_in_one_pass() {
        let text: Vec<String> = (0..20_000).map(|uid| format!("<@uid:{uid}>")).collect();
        let text = text.concat();
        let listed = (10_000..100_000).map(|uid| uid.to_string().into()).collect();
        let started = std::time::Instant::now();
        let mentions = mentions(&text.into(), listed);
        // comparing each with each takes minutes without optimisation
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
        assert!(
            mentions.len() == 100_000 && mentions.iter().enumerate().all(|(i, uid)| *uid == i.to_string())
        );
    }

    #[test]
    fn times_are_milliseconds_whichever_they_were() {
        assert_eq!(milliseconds(1_586_435_925), 1_586_435_925_000);
        assert_eq!(milliseconds(1_586_435_925_123), 1_586_435_925_123);
        assert_eq!(milliseconds(i64::MIN), i64::MIN);
    }
}
