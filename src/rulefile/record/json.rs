//! JSON written as YAML, with the place of every value: some strings in it are expressions.

use serde_json::{Map, Number, Value as Schema, json};

use super::{Definitions, Read, Spanned};
use crate::rulefile::diagnostic::Report;
use crate::rulefile::yaml::{Node, Scalar, Value};

/// A JSON value whose parts know where they stand.
///
/// Without quotes, `true`, `false`, `null` and numbers as JSON writes them are what they look
/// like; anything else is text, `no`, `on` and `007` too.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as JSON writes it.
    Number(Number),
    /// Text.
    String(String),
    /// A list.
    Array(Vec<Spanned<Json>>),
    /// A mapping, in the order of the file.
    Object(Vec<(Spanned<String>, Spanned<Json>)>),
}

/// A JSON object: entries in the order of the file.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct JsonObject(pub Vec<(Spanned<String>, Spanned<Json>)>);

impl Json {
    /// The value without its places.
    #[must_use]
    pub fn value(&self) -> Schema {
        match self {
            Json::Null => Schema::Null,
            Json::Bool(value) => Schema::Bool(*value),
            Json::Number(value) => Schema::Number(value.clone()),
            Json::String(value) => Schema::String(value.clone()),
            Json::Array(items) => items.iter().map(|item| item.value.value()).collect(),
            Json::Object(entries) => Schema::Object(object(entries)),
        }
    }

    /// The value of a node; every node is one.
    #[must_use]
    pub fn from_node(node: &Node) -> Spanned<Json> {
        let value = match &node.value {
            Value::Scalar(scalar) => of_scalar(scalar),
            Value::Seq(items) => Json::Array(items.iter().map(Json::from_node).collect()),
            Value::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(key, node)| {
                        let key = Spanned { value: key.text.clone(), range: key.span.clone() };
                        (key, Json::from_node(node))
                    })
                    .collect(),
            ),
        };
        Spanned { value, range: node.span.clone() }
    }
}

impl JsonObject {
    /// The object without its places.
    #[must_use]
    pub fn value(&self) -> Map<String, Schema> {
        object(&self.0)
    }
}

fn object(entries: &[(Spanned<String>, Spanned<Json>)]) -> Map<String, Schema> {
    entries.iter().map(|(key, value)| (key.value.clone(), value.value.value())).collect()
}

fn of_scalar(scalar: &Scalar) -> Json {
    if scalar.is_null() {
        return Json::Null;
    }
    let number = || serde_json::from_str::<Number>(&scalar.text).ok();
    match (scalar.plain, scalar.text.as_str()) {
        (true, "true") => Json::Bool(true),
        (true, "false") => Json::Bool(false),
        (true, _) => number().map_or_else(|| Json::String(scalar.text.clone()), Json::Number),
        (false, _) => Json::String(scalar.text.clone()),
    }
}

impl Read for Json {
    fn read(node: &Node, _: &mut Report<'_>) -> Option<Self> {
        Some(Json::from_node(node).value)
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({})
    }
}

impl Read for JsonObject {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        if let Json::Object(entries) = Json::from_node(node).value {
            return Some(JsonObject(entries));
        }
        super::expected("a mapping", node, report);
        None
    }

    fn schema(_: &mut Definitions) -> Schema {
        json!({ "type": "object" })
    }
}
