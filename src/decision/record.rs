//! The record of a decision: one line of JSON, version 1.
//!
//! These declarations read it, and say what `line` writes. Keys of which there is nothing to say are left
//! out; a reader passes over keys that it does not know, so that they may be added within a version.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

mod line;
mod subject;
mod text;
mod writing;

pub use writing::Subject;
pub(super) use writing::print;

/// JSON as it is, on one line.
pub type Raw<'a> = Cow<'a, RawValue>;

/// The version that [`Record::v`] gives.
pub const VERSION: u32 = 1;

/// What was decided about one message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record<'a> {
    /// The version of the format: 1.
    pub v: u32,
    /// The decision's id, a UUID of version 7: the one that the answer's `X-Premod-Decision` gave.
    pub id: Cow<'a, str>,
    /// When it was decided, in milliseconds since 1970-01-01T00:00Z by the server's clock.
    pub time: i64,
    /// The route that asked: `cometchat` or `moderation`.
    pub route: Cow<'a, str>,
    /// `judged`, or why there was no verdict: `unscannable:budget`, `unavailable:overload`, ….
    pub outcome: Cow<'a, str>,
    /// What the engine said where there was no verdict.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub detail: Cow<'a, str>,
    /// What was done with the message: `drop`, `flag`, `annotate`, `pass` as rules asked for it,
    /// `none` where none did. Where there was no verdict: `drop` or `none`, by the server's policy.
    pub action: Cow<'a, str>,
    /// Labels of the enforced rules that fired, sorted.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub labels: Vec<Cow<'a, str>>,
    /// The sum of the scores of the enforced rules that fired.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub score: i64,
    /// The body that was answered, as JSON; left out where it would tell a text that is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Raw<'a>>,
    /// The rules that fired, by id, those in shadow included.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub rules: Vec<Fired<'a>>,
    /// Rules whose condition failed on this message.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub failed: Vec<Failed<'a>>,
    /// Rules that the circuit breaker had put into shadow, by id, whether or not they fired.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub tripped: Vec<Cow<'a, str>>,
    /// What those rules were, in the same order: a fingerprint in hexadecimal of everything by which a
    /// rule judges. A rule that is another by now has not been tripped.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub fingerprints: Vec<Cow<'a, str>>,
    /// The tricks that were undone in words that matched, or that look suspicious.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub disguise: Vec<Cow<'a, str>>,
    /// The revision of the rules.
    pub ruleset: Cow<'a, str>,
    /// The engine's time, in microseconds.
    pub engine_us: f64,
    /// Where the message stands among all that counted in the same state; none where it was not
    /// judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Place<'a>>,
    /// How its texts were kept.
    pub text: TextKept,
    /// What was judged; none where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message<'a>>,
}

/// How the texts of messages are kept in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextKept {
    /// As sent: the decision can be judged again.
    Full,
    /// What rules matched is covered by `*`; without a verdict nothing is kept.
    Masked,
    /// A keyed hash of each text: equal texts can be told, nothing else.
    Hash,
    /// Not at all.
    #[default]
    None,
}

impl TextKept {
    /// The name that settings and records use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TextKept::Full => "full",
            TextKept::Masked => "masked",
            TextKept::Hash => "hash",
            TextKept::None => "none",
        }
    }
}

/// A rule that fired.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fired<'a> {
    /// Its id.
    pub id: Cow<'a, str>,
    /// The mode in effect for this message: `enforce`, or `shadow` by its mode, its sample, or because
    /// the circuit breaker had tripped.
    pub mode: Cow<'a, str>,
    /// What it asks for: `pass`, `drop`, `flag` or `annotate`.
    pub action: Cow<'a, str>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub labels: Vec<Cow<'a, str>>,
    /// Its score.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub score: i64,
    /// Where its own patterns matched.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub spans: Vec<Span<'a>>,
}

/// A place where a rule's pattern matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span<'a> {
    /// The index of the part in [`Message::parts`].
    pub part: usize,
    /// The first byte of its text.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// The kind of pattern: `words`, `regex`, `find`, `domain`.
    pub kind: Cow<'a, str>,
    /// The view that it was found in: `exact`, `folded`, `plain`, `loose`.
    pub view: Cow<'a, str>,
    /// The entry, the expression, the kind of data. Entries and expressions only where texts are kept.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub pattern: Cow<'a, str>,
}

/// A rule whose condition failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed<'a> {
    /// Its id.
    pub id: Cow<'a, str>,
    /// Why. Only with texts in full.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub why: Cow<'a, str>,
}

/// Where a message stands among all that counted in the same state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place<'a> {
    /// The state's id: a UUID of version 7, made when the state was begun, empty, with the server.
    pub id: Cow<'a, str>,
    /// The numbers of its three steps: recalled, counted, settled. Together the steps of all messages
    /// of a state are 1, 2, 3, … without a gap; 0 is a step that was not taken.
    pub steps: [u64; 3],
    /// Whether counts that it was judged by may have been too low, or what its sender said before not all
    /// there, because memory bounds had pushed some out or it came late.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// The message, as far as rules can ask about it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Message<'a> {
    /// The platform that asked.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub platform: Cow<'a, str>,
    /// The tenant.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub app: Cow<'a, str>,
    /// The webhook that brought it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub webhook: Cow<'a, str>,
    /// The conversation.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub conversation: Cow<'a, str>,
    /// The platform's id of it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub id: Cow<'a, str>,
    /// The client's own id of it, the same across retries.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub muid: Cow<'a, str>,
    /// The message whose thread it is in.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub parent: Cow<'a, str>,
    /// `message`, `custom`, `interactive`, ….
    #[serde(skip_serializing_if = "str::is_empty")]
    pub category: Cow<'a, str>,
    /// `text`, `image`, ….
    #[serde(rename = "type", skip_serializing_if = "str::is_empty")]
    pub kind: Cow<'a, str>,
    /// When it was sent, in milliseconds since 1970-01-01T00:00Z: the time that rules go by.
    pub sent_at: i64,
    /// Its sender.
    pub sender: Sender<'a>,
    /// Whom it is for.
    pub receiver: Receiver<'a>,
    /// All that people wrote in it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub parts: Vec<Part<'a>>,
    /// What the platform said the sender wrote just before. Only with texts in full.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub earlier: Vec<Cow<'a, str>>,
    /// Its tags.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub tags: Vec<Cow<'a, str>>,
    /// The uids mentioned in it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub mentions: Vec<Cow<'a, str>>,
    /// Files that came with it. Names and addresses only with texts in full.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub attachments: Vec<Attachment<'a>>,
    /// Its metadata. Only with texts in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Raw<'a>>,
    /// What a custom or interactive message carries. Only with texts in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<Raw<'a>>,
}

/// Who sent a message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sender<'a> {
    /// The user's id.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub uid: Cow<'a, str>,
    /// The name shown to others. Only where texts are kept.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub name: Cow<'a, str>,
    /// The user's role.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub role: Cow<'a, str>,
    /// The user's tags.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub tags: Vec<Cow<'a, str>>,
    /// The user's metadata. Only with texts in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Raw<'a>>,
}

/// Whom a message is for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Receiver<'a> {
    /// The uid or guid.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub id: Cow<'a, str>,
    /// `user` or `group`.
    #[serde(rename = "type", skip_serializing_if = "str::is_empty")]
    pub kind: Cow<'a, str>,
    /// The name shown. Only where texts are kept.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub name: Cow<'a, str>,
    /// Its tags.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub tags: Vec<Cow<'a, str>>,
    /// `public`, `private` or `password`; empty for a user.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub group_type: Cow<'a, str>,
}

/// A piece of text that people will read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Part<'a> {
    /// Where it stands: `text` for the text or caption, else a path such as `customData.title`.
    pub name: Cow<'a, str>,
    /// The text as the log keeps it; absent where it keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Cow<'a, str>>,
}

/// A file that comes with a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachment<'a> {
    /// The file's name.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub name: Cow<'a, str>,
    /// Its media type.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub mime: Cow<'a, str>,
    /// The extension of its name.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub extension: Cow<'a, str>,
    /// Bytes, 0 where the platform did not say.
    pub size: u64,
    /// Where it lies.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub url: Cow<'a, str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(score: &i64) -> bool {
    *score == 0
}
