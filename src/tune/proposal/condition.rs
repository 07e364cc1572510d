//! Conditions that tell false alarms from other hits by a field of the message.

use super::{Search, Trial};
use crate::message::Message;
use crate::rulefile::record::Spanned;

/// A field by the name that expressions use, and how to read it.
type Field = (&'static str, for<'m> fn(&'m Message<'_>) -> &'m str);

/// Fields that say what kind of message it is, the most telling first. Who sent it is not among them:
/// an exception for a person is no repair of a rule.
const FIELDS: [Field; 6] = [
    ("sender.role", |message| &message.sender.role),
    ("receiver.type", |message| &message.receiver.kind),
    ("receiver.group_type", |message| &message.receiver.group_type),
    ("message.type", |message| &message.kind),
    ("message.category", |message| &message.category),
    ("receiver.id", |message| if message.receiver.kind == "group" { &message.receiver.id } else { "" }),
];

impl Search<'_> {
    /// A condition under which no false alarm fires the rule, and all other hits do. Without other hits
    /// there is nothing to tell them from.
    pub(super) fn condition(&self) -> Option<String> {
        if self.others.is_empty() {
            return None;
        }
        FIELDS.iter().find_map(|(name, value)| {
            let first = self.marked.first()?.0.message.to_message();
            let value_of = value(&first);
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-:@".contains(c);
            if value_of.is_empty() || !value_of.chars().all(is_plain) {
                return None;
            }
            let condition = format!("{name} != \"{value_of}\"");
            let trial = self.under(&condition)?;
            let separates = self.marked.iter().all(|(hit, _)| value(&hit.message.to_message()) == value_of)
                && self.others.iter().all(|(hit, _)| value(&hit.message.to_message()) != value_of);
            (separates && self.left(&trial) == 0 && self.spares_others(&trial)).then_some(condition)
        })
    }

    /// The rule under a further condition.
    fn under(&self, condition: &str) -> Option<Trial> {
        let mut lone = self.lone.clone();
        let given = lone.rule.when.take();
        let (value, range) = match given {
            Some(given) => (format!("({}) && {condition}", given.value.trim()), given.range),
            None => (condition.to_owned(), lone.rule.id.range.clone()),
        };
        lone.rule.when = Some(Spanned { value, range });
        Trial::of(&lone, self.sources, &self.compiled.tables)
    }
}
