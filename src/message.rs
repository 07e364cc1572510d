//! A message: what a platform asks about.
//!
//! The vocabulary that every platform is read into and every rule speaks of. It borrows from the
//! request where it can, and it holds raw JSON as text: most messages are judged without anybody
//! asking for their metadata.

use std::borrow::Cow;

/// One chat message in flight, as its platform described it.
///
/// Strings the platform did not send are empty; nothing here is optional, so that a rule never has
/// to ask whether a name exists.
#[derive(Clone, Debug, Default)]
pub struct Message<'a> {
    /// The platform that asks: `cometchat`.
    pub platform: Cow<'a, str>,
    /// The tenant: the platform's id of the app.
    pub app: Cow<'a, str>,
    /// The id of the webhook that brought the message, if one did.
    pub webhook: Cow<'a, str>,
    /// The id of the conversation.
    pub conversation: Cow<'a, str>,
    /// The platform's id of the message; empty before it is stored.
    pub id: Cow<'a, str>,
    /// The client's own id of the message: the same across retries.
    pub muid: Cow<'a, str>,
    /// The id of the message whose thread this one is in.
    pub parent: Cow<'a, str>,
    /// `message`, `custom`, `interactive`, …: an open set.
    pub category: Cow<'a, str>,
    /// `text`, `image`, …: an open set.
    pub kind: Cow<'a, str>,
    /// All that people wrote in it, in the order it is shown.
    pub parts: Vec<Part<'a>>,
    /// What the same sender wrote in this conversation just before, oldest first, where the platform
    /// says so; else the engine remembers it.
    pub earlier: Vec<Cow<'a, str>>,
    /// When it was sent, in milliseconds since 1970-01-01T00:00Z.
    pub sent_at: i64,
    /// Who sent it.
    pub sender: Sender<'a>,
    /// Who is to get it.
    pub receiver: Receiver<'a>,
    /// The message's tags.
    pub tags: Vec<Cow<'a, str>>,
    /// The uids that the platform says are mentioned.
    pub mentions: Vec<Cow<'a, str>>,
    /// Files that come with it.
    pub attachments: Vec<Attachment<'a>>,
    /// The message's own metadata.
    pub metadata: Json<'a>,
    /// What a custom or interactive message carries.
    pub custom: Json<'a>,
}

/// A piece of text that people will read; no match crosses from one part into another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part<'a> {
    /// Where it stands: `text` for the text or caption, else a path such as `customData.title`.
    pub name: Cow<'a, str>,
    /// The text as sent.
    pub text: Cow<'a, str>,
}

/// The user who sent a message.
#[derive(Clone, Debug, Default)]
pub struct Sender<'a> {
    /// The user's id.
    pub uid: Cow<'a, str>,
    /// The name shown to others.
    pub name: Cow<'a, str>,
    /// The user's role; `default` unless the app gave another.
    pub role: Cow<'a, str>,
    /// The user's tags.
    pub tags: Vec<Cow<'a, str>>,
    /// The user's metadata.
    pub metadata: Json<'a>,
}

/// The user or group that a message is for.
#[derive(Clone, Debug, Default)]
pub struct Receiver<'a> {
    /// The uid or guid.
    pub id: Cow<'a, str>,
    /// `user` or `group`.
    pub kind: Cow<'a, str>,
    /// The name shown.
    pub name: Cow<'a, str>,
    /// The receiver's tags.
    pub tags: Vec<Cow<'a, str>>,
    /// `public`, `private` or `password`; empty for a user.
    pub group_type: Cow<'a, str>,
}

/// A file that comes with a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment<'a> {
    /// The file's name.
    pub name: Cow<'a, str>,
    /// Its media type.
    pub mime: Cow<'a, str>,
    /// The extension of its name, without the dot.
    pub extension: Cow<'a, str>,
    /// Bytes, 0 where the platform did not say.
    pub size: u64,
    /// Where it lies.
    pub url: Cow<'a, str>,
}

/// JSON kept as text until somebody reads it; empty text stands for nothing sent.
#[derive(Clone, Debug, Default)]
pub struct Json<'a>(pub Cow<'a, str>);

impl Json<'_> {
    /// The value; an empty object where nothing (or nothing readable) was sent.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).unwrap_or_else(|_| serde_json::Value::Object(serde_json::Map::new()))
    }
}

/// The name of the part that holds a message's text or caption.
pub const TEXT: &str = "text";

impl<'a> Message<'a> {
    /// A one-to-one text message from a sender of role `default`: what a rule's test starts from.
    #[must_use]
    pub fn from_text(text: impl Into<Cow<'a, str>>) -> Self {
        Message {
            category: "message".into(),
            kind: "text".into(),
            parts: vec![Part { name: TEXT.into(), text: text.into() }],
            sender: Sender { role: "default".into(), ..Sender::default() },
            receiver: Receiver { kind: "user".into(), ..Receiver::default() },
            ..Message::default()
        }
    }

    /// The text or caption; empty where there is none.
    #[must_use]
    pub fn text(&self) -> &str {
        self.parts.iter().find(|part| part.name == TEXT).map_or("", |part| &part.text)
    }
}
