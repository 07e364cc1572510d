//! A recorded message as the test of a rule, with no more of it than the test needs.

use crate::message::{Message, TEXT};
use crate::rulefile::edit::quoted;

/// The test, as a flow mapping of YAML, if some such message is what is wanted. Of its fields, only as
/// many are written as it takes.
pub(super) fn test(
    recorded: &Message<'_>,
    expect: &str,
    wanted: impl Fn(&Message<'_>) -> bool,
) -> Option<String> {
    (0..=3).find_map(|depth| {
        let (message, fields) = told(recorded, depth);
        wanted(&message).then(|| {
            let fields: Vec<String> = fields.iter().map(|field| format!("{field}, ")).collect();
            format!("{{{}expect: {expect}}}", fields.concat())
        })
    })
}

/// A message with some of the fields of another, and how a test writes them.
fn told<'m>(recorded: &'m Message<'_>, depth: usize) -> (Message<'m>, Vec<String>) {
    let mut message = Message::from_text(recorded.text());
    let mut fields = vec![format!("text: {}", quoted(recorded.text()))];
    let parts: Vec<_> = recorded.parts.iter().filter(|part| part.name != TEXT).collect();
    if !parts.is_empty() {
        let written: Vec<String> =
            parts.iter().map(|part| format!("{}: {}", quoted(&part.name), quoted(&part.text))).collect();
        fields.push(format!("parts: {{{}}}", written.join(", ")));
        message.parts.extend(parts.into_iter().cloned());
    }
    let mut sender = Vec::new();
    let mut receiver = Vec::new();
    let set = |into: &mut std::borrow::Cow<'m, str>, from: &'m str, name: &str, out: &mut Vec<String>| {
        if !from.is_empty() && *into != *from {
            *into = from.into();
            out.push(format!("{name}: {}", plain(from)));
        }
    };
    if depth >= 1 {
        set(&mut message.sender.role, &recorded.sender.role, "role", &mut sender);
        set(&mut message.receiver.kind, &recorded.receiver.kind, "type", &mut receiver);
        set(&mut message.kind, &recorded.kind, "type", &mut fields);
        set(&mut message.category, &recorded.category, "category", &mut fields);
    }
    if depth >= 2 {
        set(&mut message.receiver.id, &recorded.receiver.id, "id", &mut receiver);
        set(&mut message.receiver.group_type, &recorded.receiver.group_type, "group_type", &mut receiver);
    }
    if depth >= 3 {
        set(&mut message.sender.uid, &recorded.sender.uid, "uid", &mut sender);
        set(&mut message.conversation, &recorded.conversation, "conversation", &mut fields);
    }
    for (name, inner) in [("sender", sender), ("receiver", receiver)] {
        if !inner.is_empty() {
            fields.push(format!("{name}: {{{}}}", inner.join(", ")));
        }
    }
    (message, fields)
}

/// A value, in quotes where it could be taken for something else.
fn plain(text: &str) -> String {
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    if is_word { text.to_owned() } else { quoted(text) }
}
