//! A rule's own tests: a message, and what the rule is to make of it.
//!
//! A message is written by the names that expressions use: what a `when` reads as `sender.role`, a
//! test sets as `sender: {role: …}`, and what it reads as `message.type`, beside the text, as `type: …`.

use std::time::Duration;

use crate::message::{Attachment, Json, Message, Part, Receiver, Sender};
use crate::rulefile::date::Timestamp;
use crate::rulefile::record::{JsonObject, Spanned, Table, choice, record};

record! {
    /// A test judges its rule alone, enforced, on empty state, as one-to-one text from a sender of
    /// role `default` unless it says otherwise.
    pub struct TestDoc {
        /// The text or caption.
        pub text: Spanned<String> = Spanned::default(),
        /// What the rule makes of it.
        pub expect: Spanned<Expect>,
        /// The masked text.
        pub mask: Option<Spanned<String>>,
        /// How often the message is sent; what is expected is expected of the last.
        pub times: usize = 1,
        /// The time from one sending to the next.
        pub every: Duration = Duration::from_secs(1),
        /// Who sends it.
        pub sender: Option<SenderDoc>,
        /// Who is to get it.
        pub receiver: Option<ReceiverDoc>,
        /// `text`, `image`, …
        pub kind("type"): Option<String>,
        /// `message`, `custom`, `interactive`, …
        pub category: Option<String>,
        /// The platform's id.
        pub id: Option<String>,
        /// The client's own id.
        pub muid: Option<String>,
        /// The id of the message whose thread it is in.
        pub parent: Option<String>,
        /// The message's tags.
        pub tags: Vec<String> = vec![],
        /// The message's metadata.
        pub metadata: Option<JsonObject>,
        /// What a custom or interactive message carries.
        pub custom: Option<JsonObject>,
        /// Files that come with it.
        pub attachments: Vec<AttachmentDoc> = vec![],
        /// The uids mentioned.
        pub mentions: Vec<String> = vec![],
        /// When it is (first) sent, such as `2026-03-01T12:00:00Z`.
        pub sent_at: Option<Timestamp>,
        /// Further texts of the message that people read, by where they stand: `customData.title`.
        pub parts: Table<String> = Table(vec![]),
        /// The id of the conversation.
        pub conversation: Option<String>,
        /// The id of the app.
        pub app: Option<String>,
        /// The id of the webhook.
        pub webhook: Option<String>,
        /// The platform that asks.
        pub platform: Option<String>,
    }
}

record! {
    /// The sender of a test's message: `sender.…` of expressions.
    pub struct SenderDoc {
        /// The user's id.
        pub uid: Option<String>,
        /// The name shown to others.
        pub name: Option<String>,
        /// The user's role.
        pub role: Option<String>,
        /// The user's tags.
        pub tags: Vec<String> = vec![],
        /// The user's metadata.
        pub metadata: Option<JsonObject>,
    }
}

record! {
    /// The receiver of a test's message: `receiver.…` of expressions.
    pub struct ReceiverDoc {
        /// The uid or guid.
        pub id: Option<String>,
        /// `user` or `group`.
        pub kind("type"): Option<String>,
        /// The name shown.
        pub name: Option<String>,
        /// The receiver's tags.
        pub tags: Vec<String> = vec![],
        /// `public`, `private` or `password`.
        pub group_type: Option<String>,
    }
}

record! {
    /// A file that comes with a test's message.
    pub struct AttachmentDoc {
        /// The file's name.
        pub name: Option<String>,
        /// Its media type.
        pub mime: Option<String>,
        /// The extension of its name, without the dot.
        pub extension: Option<String>,
        /// Bytes.
        pub size: u64 = 0,
        /// Where it lies.
        pub url: Option<String>,
    }
}

choice! {
    /// What a test expects of its rule.
    pub enum Expect {
        /// It fires and drops.
        Drop = "drop",
        /// It fires and flags.
        Flag = "flag",
        /// It fires and annotates.
        Annotate = "annotate",
        /// It fires and lets pass.
        Pass = "pass",
        /// It does not fire.
        None = "none",
    }
}

impl TestDoc {
    /// The message as it is sent first; the sending number `n` comes `n * every` later.
    #[must_use]
    pub fn message(&self) -> Message<'_> {
        let mut message = Message::from_text(self.text.value.as_str());
        let parts = self.parts.0.iter();
        message.parts.extend(
            parts.map(|(name, text)| Part { name: name.value.as_str().into(), text: text.as_str().into() }),
        );
        set(&mut message.conversation, self.conversation.as_ref());
        set(&mut message.app, self.app.as_ref());
        set(&mut message.webhook, self.webhook.as_ref());
        set(&mut message.platform, self.platform.as_ref());
        if let Some(sender) = &self.sender {
            sender.apply(&mut message.sender);
        }
        if let Some(receiver) = &self.receiver {
            receiver.apply(&mut message.receiver);
        }
        set(&mut message.kind, self.kind.as_ref());
        set(&mut message.category, self.category.as_ref());
        set(&mut message.id, self.id.as_ref());
        set(&mut message.muid, self.muid.as_ref());
        set(&mut message.parent, self.parent.as_ref());
        message.tags = strings(&self.tags);
        message.mentions = strings(&self.mentions);
        message.metadata = json(self.metadata.as_ref());
        message.custom = json(self.custom.as_ref());
        message.attachments = self.attachments.iter().map(AttachmentDoc::attachment).collect();
        message.sent_at = self.sent_at.map_or(message.sent_at, |at| at.0);
        message
    }
}

impl SenderDoc {
    fn apply<'a>(&'a self, sender: &mut Sender<'a>) {
        set(&mut sender.uid, self.uid.as_ref());
        set(&mut sender.name, self.name.as_ref());
        set(&mut sender.role, self.role.as_ref());
        sender.tags = strings(&self.tags);
        sender.metadata = json(self.metadata.as_ref());
    }
}

impl ReceiverDoc {
    fn apply<'a>(&'a self, receiver: &mut Receiver<'a>) {
        set(&mut receiver.id, self.id.as_ref());
        set(&mut receiver.kind, self.kind.as_ref());
        set(&mut receiver.name, self.name.as_ref());
        set(&mut receiver.group_type, self.group_type.as_ref());
        receiver.tags = strings(&self.tags);
    }
}

impl AttachmentDoc {
    fn attachment(&self) -> Attachment<'_> {
        let mut attachment = Attachment { size: self.size, ..Attachment::default() };
        set(&mut attachment.name, self.name.as_ref());
        set(&mut attachment.mime, self.mime.as_ref());
        set(&mut attachment.extension, self.extension.as_ref());
        set(&mut attachment.url, self.url.as_ref());
        attachment
    }
}

fn set<'a>(field: &mut std::borrow::Cow<'a, str>, value: Option<&'a String>) {
    if let Some(value) = value {
        *field = value.as_str().into();
    }
}

fn strings(values: &[String]) -> Vec<std::borrow::Cow<'_, str>> {
    values.iter().map(|value| value.as_str().into()).collect()
}

fn json(value: Option<&JsonObject>) -> Json<'static> {
    value.map_or_else(Json::default, |object| {
        Json(serde_json::Value::Object(object.value()).to_string().into())
    })
}
