//! Reads typed records from YAML nodes, and says as JSON Schema what it reads.
//!
//! One declaration yields the struct, its strict reader and its schema, so that the three cannot
//! disagree. Serde would stop at the first mistake and lose the places; these readers go on, put
//! every mistake into the report, and hand back what could be understood.

mod json;
mod scalar;

use std::ops::Range;

use serde_json::{Map, Value as Schema, json};

use super::diagnostic::{Report, SourceFile};
use super::yaml::{Node, Value, locate};

pub use json::{Json, JsonObject};
pub use scalar::{Bytes, Percent, choose, expected, text};

/// The schemas of named records, as they go under `$defs`.
pub type Definitions = Map<String, Schema>;

/// A type that can be read from a node.
pub trait Read: Sized {
    /// The value, or none after a report of why there is none.
    ///
    /// A value may come back although something in it was reported, such as an unknown key.
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self>;

    /// What stands for a key that is not there; none where the key is required.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }

    /// What helps whoever left out a key that is required; none where its name says enough.
    #[must_use]
    fn advice() -> Option<&'static str> {
        None
    }

    /// JSON Schema (draft 2020-12) of what is read.
    fn schema(definitions: &mut Definitions) -> Schema;
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Bytes of its file, quotes included.
    pub range: Range<usize>,
}

/// A list that may be written as its only element.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OneOrMany<T>(pub Vec<T>);

/// A mapping whose keys are free, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Table<T>(pub Vec<(Spanned<String>, T)>);

impl Spanned<String> {
    /// Where a range of the text's bytes stands in its file: to point into an expression. Exact
    /// where the text is written as it is; after escapes in double quotes it is a near guess.
    #[must_use]
    pub fn locate(&self, file: &SourceFile, inner: &Range<usize>) -> Range<usize> {
        let start = locate(&file.text, &self.range, &self.value, inner.start);
        start..locate(&file.text, &self.range, &self.value, inner.end).max(start)
    }
}

/// The schema of a whole file that holds one `T`.
#[must_use]
pub fn file_schema<T: Read>(title: &str) -> Schema {
    let mut definitions = Definitions::new();
    let mut root = T::schema(&mut definitions);
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!(title));
        root.insert("$defs".into(), Schema::Object(definitions));
    }
    root
}

/// The one of `known` that a misspelt `name` most likely means.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase().replace('-', "_");
    known
        .into_iter()
        .map(|right| (strsim::damerau_levenshtein(&name, &right.to_lowercase()), right))
        .filter(|(distance, right)| *distance <= right.chars().count().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, right)| right)
}

/// `; did you mean `x`?`, where something is near enough.
#[must_use]
pub fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |right| format!("; did you mean `{right}`?"))
}

/// Reports the keys of a mapping that are not in `known`.
pub fn refuse_unknown(node: &Node, known: &[&str], report: &mut Report<'_>) {
    let Value::Map(entries) = &node.value else { return };
    for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.text.as_str())) {
        let message = format!("unknown key `{}`{}", key.text, suggestion(&key.text, known.iter().copied()));
        report.error(key.span.clone(), message).help(format!("keys known here: {}", known.join(", ")));
    }
}

/// Reads one field of a record: the key's value, or what stands for a missing one.
pub fn field<T: Read>(
    node: &Node,
    key: &str,
    default: Option<fn() -> T>,
    report: &mut Report<'_>,
) -> Option<T> {
    let absent = || default.map_or_else(T::absent, |make| Some(make()));
    match node.get(key) {
        // What is wrong there is reported; the default lets the rest be read, and be found wrong, too.
        Some(value) => T::read(value, report).or_else(absent),
        None => absent().or_else(|| {
            let missing = report.error(node.span.clone(), format!("the key `{key}` is missing"));
            if let Some(advice) = T::advice() {
                missing.help(advice);
            }
            None
        }),
    }
}

/// Declares a record: the struct, its reader and its schema.
///
/// ```text
/// record! {
///     /// What it is; becomes the schema's description.
///     pub struct Name, law = check, narrow = tighten {
///         /// What the key means.
///         pub field: Type,                    // required, unless the type says what stands for nothing
///         /// Another.
///         pub field("key"): Type = default,
///     }
/// }
/// ```
///
/// `law` is a `fn(&Node, &mut Report)` for what holds between keys, `narrow` a `fn(&mut Value)`
/// that says the same in the schema. Both may be left out.
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident $(, law = $law:path)? $(, narrow = $narrow:path)? {
            $(
                $(#[doc = $field_doc:literal])*
                $field_vis:vis $field:ident $(($key:literal))? : $type:ty $(= $default:expr)?
            ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $name {
            $( $(#[doc = $field_doc])* $field_vis $field: $type, )*
        }

        impl $name {
            /// The keys it is written with, in the order of their declaration.
            $vis const KEYS: &'static [&'static str] =
                &[$( $crate::rulefile::record::record!(@key $field $(, $key)?) ),*];
        }

        impl $crate::rulefile::record::Read for $name {
            fn read(
                node: &$crate::rulefile::yaml::Node,
                report: &mut $crate::rulefile::diagnostic::Report<'_>,
            ) -> Option<Self> {
                if !matches!(node.value, $crate::rulefile::yaml::Value::Map(_)) {
                    $crate::rulefile::record::expected("a mapping", node, report);
                    return None;
                }
                $crate::rulefile::record::refuse_unknown(node, Self::KEYS, report);
                $(
                    let $field: Option<$type> = $crate::rulefile::record::field(
                        node,
                        $crate::rulefile::record::record!(@key $field $(, $key)?),
                        $crate::rulefile::record::record!(@default $type $(, $default)?),
                        report,
                    );
                )*
                $( $law(node, report); )?
                Some($name { $( $field: $field?, )* })
            }

            fn schema(
                definitions: &mut $crate::rulefile::record::Definitions,
            ) -> serde_json::Value {
                $crate::rulefile::record::define(stringify!($name), definitions, |definitions| {
                    let fields = vec![$(
                        $crate::rulefile::record::FieldSchema {
                            key: $crate::rulefile::record::record!(@key $field $(, $key)?),
                            about: &[$($field_doc),*],
                            schema: <$type as $crate::rulefile::record::Read>::schema(definitions),
                            required: $crate::rulefile::record::record!(@default $type $(, $default)?).is_none()
                                && <$type as $crate::rulefile::record::Read>::absent().is_none(),
                        }
                    ),*];
                    #[allow(unused_mut)]
                    let mut schema = $crate::rulefile::record::object_schema(&[$($doc),*], fields);
                    $( $narrow(&mut schema); )?
                    schema
                })
            }
        }
    };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident, $key:literal) => { $key };
    (@default $type:ty) => { None::<fn() -> $type> };
    (@default $type:ty, $default:expr) => { Some((|| $default) as fn() -> $type) };
}

/// Declares an enum that is written by name.
///
/// ```text
/// choice! {
///     /// What is chosen.
///     pub enum Name {
///         /// What this one means.
///         First = "first",
///     }
/// }
/// ```
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $name:ident {
            $( $(#[doc = $variant_doc:literal])* $variant:ident = $text:literal ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $( $(#[doc = $variant_doc])* $variant, )*
        }

        impl $name {
            /// The name it is written with.
            #[must_use]
            $vis fn name(self) -> &'static str {
                match self { $( $name::$variant => $text, )* }
            }
        }

        impl $crate::rulefile::record::Read for $name {
            fn read(
                node: &$crate::rulefile::yaml::Node,
                report: &mut $crate::rulefile::diagnostic::Report<'_>,
            ) -> Option<Self> {
                $crate::rulefile::record::choose(node, &[$( ($text, $name::$variant) ),*], report)
            }

            fn schema(_: &mut $crate::rulefile::record::Definitions) -> serde_json::Value {
                serde_json::json!({ "oneOf": [$( {
                    "const": $text,
                    "description": $crate::rulefile::record::prose(&[$($variant_doc),*]),
                } ),*] })
            }
        }
    };
}

pub(crate) use {choice, record};

/// What the schema says of one field of a record.
#[doc(hidden)]
pub struct FieldSchema<'a> {
    pub key: &'a str,
    pub about: &'a [&'a str],
    pub schema: Schema,
    pub required: bool,
}

/// Puts a record's schema under `$defs`, once, and refers to it.
#[doc(hidden)]
pub fn define(
    name: &str,
    definitions: &mut Definitions,
    make: impl FnOnce(&mut Definitions) -> Schema,
) -> Schema {
    if !definitions.contains_key(name) {
        // Its own place first: a record may hold itself.
        definitions.insert(name.into(), Schema::Null);
        let schema = make(definitions);
        definitions.insert(name.into(), schema);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// The schema of a record from those of its fields.
#[doc(hidden)]
#[must_use]
pub fn object_schema(about: &[&str], fields: Vec<FieldSchema<'_>>) -> Schema {
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    let mut properties = Map::new();
    for FieldSchema { key, about, mut schema, .. } in fields {
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".into(), json!(prose(about)));
        }
        properties.insert(key.into(), schema);
    }
    json!({
        "type": "object",
        "description": prose(about),
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Doc comment lines as running text.
#[doc(hidden)]
#[must_use]
pub fn prose(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

impl<T: Read> Read for Spanned<T> {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        T::read(node, report).map(|value| Spanned { value, range: node.span.clone() })
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        T::schema(definitions)
    }
}

/// A key that may be left out. A key with nothing after it is no value, and an error.
impl<T: Read> Read for Option<T> {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        T::read(node, report).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        T::schema(definitions)
    }
}

/// Elements that cannot be read are reported and left out.
impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        let Value::Seq(items) = &node.value else {
            expected("a list", node, report);
            return None;
        };
        Some(items.iter().filter_map(|item| T::read(item, report)).collect())
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json!({ "type": "array", "items": T::schema(definitions) })
    }
}

impl<T: Read> Read for OneOrMany<T> {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match &node.value {
            Value::Seq(_) => Vec::read(node, report).map(OneOrMany),
            _ => T::read(node, report).map(|one| OneOrMany(vec![one])),
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let one = T::schema(definitions);
        json!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

impl<T: Read> Read for Table<T> {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            expected("a mapping", node, report);
            return None;
        };
        let entry = |(key, value): &(super::yaml::Key, Node)| {
            let name = Spanned { value: key.text.clone(), range: key.span.clone() };
            T::read(value, report).map(|value| (name, value))
        };
        Some(Table(entries.iter().filter_map(entry).collect()))
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json!({ "type": "object", "additionalProperties": T::schema(definitions) })
    }
}

#[cfg(test)]
mod tests;
