//! The table of names that an expression may use. To add a name, add its line.

use cel::common::value::Val;

use super::input::Input;
use super::types::Type::{self, Double, Dyn, Int, List, Map, Record, String, Timestamp};
use super::value::{object, objects, text, texts, timestamp};

/// A name, its type, and how it is read from a message.
pub(super) struct Name {
    /// As written: `sender.role`.
    pub(super) path: &'static str,
    pub(super) of: Type,
    pub(super) read: Read,
}

type Read = for<'m> fn(&Input<'m>) -> Box<dyn Val + 'm>;

/// The number of matches of the rule's own patterns: the one name whose value differs by rule.
pub(super) const MATCHES: &str = "matches";

const STRINGS: Type = List(&String);
const FREE: Type = Map(&Dyn);
const ATTACHMENT: Type =
    Record(&[("name", String), ("mime", String), ("extension", String), ("size", Int), ("url", String)]);

/// Every name but [`MATCHES`].
#[rustfmt::skip]
pub(super) const NAMES: &[Name] = &[
    name("message.text", String, |m| text(m.text())),
    name("message.type", String, |m| text(&m.message.kind)),
    name("message.category", String, |m| text(&m.message.category)),
    name("message.id", String, |m| text(&m.message.id)),
    name("message.muid", String, |m| text(&m.message.muid)),
    name("message.parent", String, |m| text(&m.message.parent)),
    name("message.tags", STRINGS, |m| texts(&m.message.tags)),
    name("message.metadata", FREE, |m| object(m.message.metadata.value())),
    name("message.custom", FREE, |m| object(m.message.custom.value())),
    name("message.attachments", List(&ATTACHMENT), |m| objects(m.attachments())),
    name("message.mentions", STRINGS, |m| texts(&m.message.mentions)),
    name("message.links", STRINGS, |m| texts(&m.links())),
    name("message.hosts", STRINGS, |m| texts(&m.hosts())),
    name("message.length", Int, |m| int(m.characters())),
    name("message.words", Int, |m| int(m.words())),
    name("message.lines", Int, |m| int(m.lines())),
    name("message.emoji", Int, |m| int(m.emoji())),
    name("message.caps", Double, |m| Box::new(cel::common::types::CelDouble::from(m.caps()))),
    name("message.language", String, |m| text(m.language())),
    name("message.disguise", STRINGS, |m| texts(m.disguise)),
    name("message.sent_at", Timestamp, |m| timestamp(m.message.sent_at)),
    name("sender.uid", String, |m| text(&m.message.sender.uid)),
    name("sender.name", String, |m| text(&m.message.sender.name)),
    name("sender.role", String, |m| text(&m.message.sender.role)),
    name("sender.tags", STRINGS, |m| texts(&m.message.sender.tags)),
    name("sender.metadata", FREE, |m| object(m.message.sender.metadata.value())),
    name("receiver.id", String, |m| text(&m.message.receiver.id)),
    name("receiver.type", String, |m| text(&m.message.receiver.kind)),
    name("receiver.name", String, |m| text(&m.message.receiver.name)),
    name("receiver.tags", STRINGS, |m| texts(&m.message.receiver.tags)),
    name("receiver.group_type", String, |m| text(&m.message.receiver.group_type)),
    name("conversation", String, |m| text(&m.message.conversation)),
    name("app", String, |m| text(&m.message.app)),
    name("webhook", String, |m| text(&m.message.webhook)),
    name("platform", String, |m| text(&m.message.platform)),
    name("facts", FREE, |m| object(m.facts())),
];

const fn name(path: &'static str, of: Type, read: Read) -> Name {
    Name { path, of, read }
}

fn int<'m>(number: usize) -> Box<dyn Val + 'm> {
    Box::new(cel::common::types::CelInt::from(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// The place of a name in the table.
pub(super) fn find(path: &str) -> Option<usize> {
    NAMES.iter().position(|name| name.path == path)
}

/// The place of `root.field` in the table.
pub(super) fn find_field(root: &str, field: &str) -> Option<usize> {
    NAMES.iter().position(|name| name.path.split_once('.') == Some((root, field)))
}

/// Whether names with fields begin so: `sender`.
pub(super) fn is_root(name: &str) -> bool {
    fields(name).next().is_some()
}

/// The fields of a root.
pub(super) fn fields(root: &str) -> impl Iterator<Item = &'static str> {
    NAMES
        .iter()
        .filter_map(|name| name.path.split_once('.'))
        .filter(move |path| path.0 == root)
        .map(|path| path.1)
}

/// Whether an expression may not give this name to anything else.
pub(super) fn is_taken(name: &str) -> bool {
    name == MATCHES || is_root(name) || find(name).is_some()
}
