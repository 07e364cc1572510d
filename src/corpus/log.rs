//! One line of a log as a message: as much of it as a rule may ask for and the record tells.

use serde_json::Value;

use crate::message::{Message, Part, TEXT};

/// Whether a line looks like a record rather than like a text that somebody wrote.
pub(super) fn is_record(line: &str) -> bool {
    let Ok(Value::Object(record)) = serde_json::from_str(line) else { return false };
    ["message", "text", "decision"].iter().any(|key| record.contains_key(*key))
}

/// The message of a record; none where it keeps no text.
pub(super) fn message(line: &str) -> Result<Option<Message<'static>>, String> {
    let record: Value = serde_json::from_str(line).map_err(|error| format!("no JSON: {error}"))?;
    if !record.is_object() {
        return Err("a record is a JSON object".to_owned());
    }
    let own = &record["message"];
    let text = |value: &Value, key: &str| value[key].as_str().map(str::to_owned);
    let mut parts: Vec<Part<'static>> = own["parts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|part| {
            let name = text(part, "name").unwrap_or_else(|| TEXT.to_owned());
            Some(Part { name: name.into(), text: text(part, "text")?.into() })
        })
        .collect();
    if parts.is_empty() {
        let whole = text(&record, "text").or_else(|| text(own, "text"));
        parts.extend(whole.map(|text| Part { name: TEXT.into(), text: text.into() }));
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let mut message = Message { parts, ..Message::from_text("") };
    let set = |into: &mut std::borrow::Cow<'static, str>, value: &Value| {
        if let Some(value) = value.as_str() {
            *into = value.to_owned().into();
        }
    };
    set(&mut message.kind, &own["type"]);
    set(&mut message.category, &own["category"]);
    set(&mut message.sender.uid, &own["sender"]["uid"]);
    set(&mut message.sender.role, &own["sender"]["role"]);
    set(&mut message.receiver.kind, &own["receiver"]["type"]);
    set(&mut message.receiver.id, &own["receiver"]["id"]);
    Ok(Some(message))
}
