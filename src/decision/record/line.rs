//! Writes a decision down as a line, straight from what it is made of: each answer pays for it.
//!
//! Byte for byte it is what serde makes of [`Record::of`], which a test holds it to. What most
//! decisions don't have is left to serde.

use serde::Serialize;

use super::subject::{attachments, raw};
use super::text::Keep;
use super::writing::{failed, fired, print};
use super::{Record, Subject, TextKept, VERSION};
use crate::message::{Message, Part, Receiver, Sender};
use crate::text::json;

/// A key as it stands in a line.
macro_rules! key {
    ($name:literal) => {
        concat!("\"", $name, "\":")
    };
}

/// A key with the quote that its string begins with.
macro_rules! text {
    ($name:literal) => {
        concat!("\"", $name, "\":\"")
    };
}

/// How a line begins, up to the id's own text.
const BEGINNING: &str = {
    assert!(VERSION == 1);
    concat!(r#"{"v":1,"#, text!("id"))
};

impl Record<'_> {
    /// Writes the record of a decision, with texts as they are to be kept; `key` is what they are hashed
    /// with. The same bytes as [`Record::of`] gives, without a line break.
    pub fn write(subject: &Subject<'_>, kept: TextKept, key: &[u8], out: &mut Vec<u8>) {
        let (judged, told) = (subject.judged(), subject.told());
        let keep = Keep::new(kept, key, judged);
        let mut line = Nest { out, close: b'}' };
        line.string(BEGINNING, subject.id);
        line.number(key!("time"), subject.time);
        line.string(text!("route"), subject.route);
        line.string(text!("outcome"), subject.outcome);
        line.some(text!("detail"), subject.detail);
        line.name(text!("action"), subject.action());
        if let Some(decision) = judged {
            line.list(key!("labels"), &decision.verdict.labels);
            if decision.verdict.score != 0 {
                line.value(key!("score"), &decision.verdict.score);
            }
        }
        line.json(key!("answer"), subject.answer(kept));
        if let Some((decision, rules)) = told {
            if !decision.fired.is_empty() {
                line.list(key!("rules"), &fired(decision, rules, kept));
            }
            if !decision.failed.is_empty() {
                line.list(key!("failed"), &failed(decision, rules, kept));
            }
            if !decision.tripped.is_empty() {
                line.list(key!("tripped"), &subject.tripped().map(|rule| &rule.id).collect::<Vec<_>>());
                line.list(key!("fingerprints"), &subject.tripped().map(print).collect::<Vec<_>>());
            }
        }
        line.list(key!("disguise"), judged.map_or(&[][..], |decision| &decision.disguise));
        line.string(text!("ruleset"), subject.revision);
        line.engine_us(subject);
        if let Some(steps) = subject.steps() {
            let mut line = line.object(key!("state"));
            line.string(text!("id"), subject.state);
            line.numbers(key!("steps"), [steps.recalled, steps.counted, steps.settled]);
            if subject.decision.is_some_and(|decision| decision.state_incomplete) {
                line.literal(key!("incomplete"), "true");
            }
            line.end();
        }
        line.name(text!("text"), kept.name());
        if let Some(about) = subject.message {
            message(line.object(key!("message")), about, &keep);
        }
        line.end();
        // nothing follows
        out.pop();
    }
}

fn message(mut line: Nest<'_>, message: &Message<'_>, keep: &Keep<'_>) {
    line.some(text!("platform"), &message.platform);
    line.some(text!("app"), &message.app);
    line.some(text!("webhook"), &message.webhook);
    line.some(text!("conversation"), &message.conversation);
    line.some(text!("id"), &message.id);
    line.some(text!("muid"), &message.muid);
    line.some(text!("parent"), &message.parent);
    line.some(text!("category"), &message.category);
    line.some(text!("type"), &message.kind);
    line.number(key!("sent_at"), message.sent_at);
    sender(line.object(key!("sender")), &message.sender, keep);
    receiver(line.object(key!("receiver")), &message.receiver, keep);
    if !message.parts.is_empty() {
        parts(line.array(key!("parts")), &message.parts, keep);
    }
    if keep.is_full() {
        line.list(key!("earlier"), &message.earlier);
    }
    line.list(key!("tags"), &message.tags);
    line.list(key!("mentions"), &message.mentions);
    if !message.attachments.is_empty() {
        line.list(key!("attachments"), &attachments(message, keep));
    }
    line.json(key!("metadata"), keep.whole(&message.metadata.0));
    line.json(key!("custom"), keep.whole(&message.custom.0));
    line.end();
}

fn sender(mut line: Nest<'_>, sender: &Sender<'_>, keep: &Keep<'_>) {
    line.some(text!("uid"), &sender.uid);
    line.some(text!("name"), keep.name(&sender.name));
    line.some(text!("role"), &sender.role);
    line.list(key!("tags"), &sender.tags);
    line.json(key!("metadata"), keep.whole(&sender.metadata.0));
    line.end();
}

fn receiver(mut line: Nest<'_>, receiver: &Receiver<'_>, keep: &Keep<'_>) {
    line.some(text!("id"), &receiver.id);
    line.some(text!("type"), &receiver.kind);
    line.some(text!("name"), keep.name(&receiver.name));
    line.list(key!("tags"), &receiver.tags);
    line.some(text!("group_type"), &receiver.group_type);
    line.end();
}

fn parts(mut list: Nest<'_>, parts: &[Part<'_>], keep: &Keep<'_>) {
    for (index, part) in parts.iter().enumerate() {
        let mut line = list.object("");
        line.string(text!("name"), &part.name);
        if let Some(text) = keep.text(index, &part.text) {
            line.string(text!("text"), &text);
        }
        line.end();
    }
    list.end();
}

/// An object or a list that is being written. A comma stands behind each of its entries, the last of
/// which its end takes away.
struct Nest<'o> {
    out: &'o mut Vec<u8>,
    close: u8,
}

impl Nest<'_> {
    fn end(self) {
        if self.out.last() == Some(&b',') {
            self.out.pop();
        }
        self.out.extend_from_slice(&[self.close, b',']);
    }

    fn object(&mut self, key: &'static str) -> Nest<'_> {
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'{');
        Nest { out: self.out, close: b'}' }
    }

    fn array(&mut self, key: &'static str) -> Nest<'_> {
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'[');
        Nest { out: self.out, close: b']' }
    }

    #[inline]
    fn string(&mut self, key: &'static str, text: &str) {
        self.out.extend_from_slice(key.as_bytes());
        json::write_escaped(text, self.out);
        self.out.extend_from_slice(b"\",");
    }

    /// A name that is premod's own: nothing in it is escaped.
    #[inline]
    fn name(&mut self, key: &'static str, name: &'static str) {
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\",");
    }

    /// A string, unless it is empty.
    #[inline]
    fn some(&mut self, key: &'static str, text: &str) {
        if !text.is_empty() {
            self.string(key, text);
        }
    }

    /// JSON as it stands.
    fn literal(&mut self, key: &'static str, json: &str) {
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(json.as_bytes());
        self.out.push(b',');
    }

    /// JSON from elsewhere, if it is any.
    #[inline]
    fn json(&mut self, key: &'static str, json: &str) {
        if json == "{}" {
            self.literal(key, json);
        } else if !json.is_empty()
            && let Some(raw) = raw(json)
        {
            self.literal(key, raw.get());
        }
    }

    #[inline]
    fn number(&mut self, key: &'static str, number: i64) {
        let Ok(number) = u64::try_from(number) else { return self.value(key, &number) };
        self.out.extend_from_slice(key.as_bytes());
        json::write_number(number, self.out);
        self.out.push(b',');
    }

    fn numbers<const N: usize>(&mut self, key: &'static str, numbers: [u64; N]) {
        let list = self.array(key);
        for number in numbers {
            json::write_number(number, list.out);
            list.out.push(b',');
        }
        list.end();
    }

    fn engine_us(&mut self, subject: &Subject<'_>) {
        let (key, hundredths) = (key!("engine_us"), subject.engine_ns / 10);
        if hundredths > json::MAX_HUNDREDTHS {
            return self.value(key, &subject.engine_us());
        }
        self.out.extend_from_slice(key.as_bytes());
        json::write_hundredths(hundredths, self.out);
        self.out.push(b',');
    }

    fn value(&mut self, key: &'static str, value: &impl Serialize) {
        self.out.extend_from_slice(key.as_bytes());
        serde_json::to_writer(&mut *self.out, value).expect("plain data, into memory");
        self.out.push(b',');
    }

    /// A list, unless it is empty.
    fn list(&mut self, key: &'static str, list: &[impl Serialize]) {
        if !list.is_empty() {
            self.value(key, &list);
        }
    }
}
