//! Static types, and the signatures of all functions and operators an expression may use.
//!
//! The evaluator has no static checks; these tables repeat what it accepts at run time, so that
//! [`super::check`] can refuse at load what could only fail.

use std::fmt;

/// What is known of a value before there is a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Type {
    /// Anything: known at run time only.
    Dyn,
    /// No value at all: the element of an empty list.
    Never,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Duration,
    Timestamp,
    /// A type as a value: `int`, `type(x)`.
    Kind,
    List(&'static Type),
    /// Keys are strings; values are of the type.
    Map(&'static Type),
    /// A map whose keys are known.
    Record(&'static [(&'static str, Type)]),
}

use Type::{
    Bool, Bytes, Double, Duration, Dyn, Int, List, Map, Never, Null, Record, String, Timestamp, Uint,
};

impl Type {
    /// A list of elements of this type.
    pub(super) fn list(self) -> Type {
        List(self.leak_free())
    }

    /// A map to values of this type.
    pub(super) fn map(self) -> Type {
        Map(self.leak_free())
    }

    /// The type with a static address; what nests deeper than one level is not followed.
    fn leak_free(self) -> &'static Type {
        match self {
            Never => &Never,
            Null => &Null,
            Bool => &Bool,
            Int => &Int,
            Uint => &Uint,
            Double => &Double,
            String => &String,
            Bytes => &Bytes,
            Duration => &Duration,
            Timestamp => &Timestamp,
            _ => &Dyn,
        }
    }

    fn numeric(self) -> bool {
        matches!(self, Int | Uint | Double)
    }

    /// Whether a value of this type may turn out to be one of the other.
    pub(super) fn may_be(self, other: Type) -> bool {
        match (self, other) {
            (Dyn | Never, _) | (_, Dyn | Never) | (Record(_), Map(_)) | (Map(_), Record(_)) => true,
            (List(one), List(other)) | (Map(one), Map(other)) => one.may_be(*other),
            _ => self == other,
        }
    }

    /// Whether `==` can be true between them.
    pub(super) fn comparable(self, other: Type) -> bool {
        match (self, other) {
            (List(one), List(other)) | (Map(one), Map(other)) => one.comparable(*other),
            _ => self.numeric() && other.numeric() || self.may_be(other),
        }
    }

    /// Whether `<` is defined between them.
    pub(super) fn ordered(self, other: Type) -> bool {
        let known = |of| matches!(of, Null | List(_) | Map(_) | Record(_) | Type::Kind);
        self.comparable(other) && !known(self) && !known(other)
    }

    /// What either of the two is.
    pub(super) fn or(self, other: Type) -> Type {
        match (self, other) {
            (Never, of) | (of, Never) | (List(Never), of @ List(_)) | (of @ List(_), List(Never)) => of,
            (List(_), List(_)) if self != other => List(&Dyn),
            (Map(_), Map(_)) if self != other => Map(&Dyn),
            _ if self == other => self,
            _ => Dyn,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Dyn | Never => "anything",
            Null => "null",
            Bool => "a boolean",
            Int => "an int",
            Uint => "a uint",
            Double => "a double",
            String => "a string",
            Bytes => "bytes",
            Duration => "a duration",
            Timestamp => "a timestamp",
            Type::Kind => "a type",
            List(_) => "a list",
            Map(_) | Record(_) => "a map",
        };
        formatter.write_str(name)
    }
}

/// The result of an arithmetic operator; none where it is not defined.
pub(super) fn arithmetic(operator: char, left: Type, right: Type) -> Option<Type> {
    match (operator, left, right) {
        (_, Never | Dyn, _) | (_, _, Never | Dyn) => Some(Dyn),
        ('+', List(_), List(_)) => Some(left.or(right)),
        ('+', String | Bytes | Duration, _) | ('-', Duration, _) | ('%', Int | Uint, _) if left == right => {
            Some(left)
        }
        ('+' | '-', Timestamp, Duration) | ('+', Duration, Timestamp) => Some(Timestamp),
        ('-', Timestamp, Timestamp) => Some(Duration),
        ('+' | '-' | '*' | '/', _, _) if left == right && left.numeric() => Some(left),
        _ => None,
    }
}

/// One way to call a function.
pub(super) struct Overload {
    pub(super) name: &'static str,
    /// What it is called on, as in `text.contains("a")`; none for `size(text)`.
    pub(super) target: Option<Type>,
    pub(super) arguments: &'static [Type],
    pub(super) result: Type,
}

/// Every function. Macros (`has`, `all`, `exists`, `exists_one`, `map`, `filter`) are not functions:
/// the parser expands them.
pub(super) const FUNCTIONS: &[Overload] = &[
    // ours
    function("rate", &[String, Duration], Int),
    function("repeats", &[Duration], Int),
    function("strikes", &[String, Duration], Int),
    function("lookup", &[String, String], Map(&Dyn)),
    // the standard library
    function("size", &[String], Int),
    function("size", &[Bytes], Int),
    function("size", &[List(&Dyn)], Int),
    function("size", &[Map(&Dyn)], Int),
    method(String, "size", &[], Int),
    method(Bytes, "size", &[], Int),
    method(List(&Dyn), "size", &[], Int),
    method(Map(&Dyn), "size", &[], Int),
    method(String, "contains", &[String], Bool),
    method(String, "startsWith", &[String], Bool),
    method(String, "endsWith", &[String], Bool),
    method(String, "matches", &[String], Bool),
    function("matches", &[String, String], Bool),
    function("bool", &[Bool], Bool),
    function("bool", &[String], Bool),
    function("bytes", &[Bytes], Bytes),
    function("bytes", &[String], Bytes),
    function("double", &[Double], Double),
    function("double", &[Int], Double),
    function("double", &[Uint], Double),
    function("double", &[String], Double),
    function("int", &[Int], Int),
    function("int", &[Uint], Int),
    function("int", &[Double], Int),
    function("int", &[String], Int),
    function("int", &[Timestamp], Int),
    function("uint", &[Uint], Uint),
    function("uint", &[Int], Uint),
    function("uint", &[Double], Uint),
    function("uint", &[String], Uint),
    function("string", &[String], String),
    function("string", &[Bool], String),
    function("string", &[Int], String),
    function("string", &[Uint], String),
    function("string", &[Double], String),
    function("string", &[Bytes], String),
    function("string", &[Timestamp], String),
    function("string", &[Duration], String),
    function("dyn", &[Dyn], Dyn),
    function("type", &[Dyn], Type::Kind),
    function("duration", &[String], Duration),
    function("duration", &[Duration], Duration),
    function("timestamp", &[String], Timestamp),
    function("timestamp", &[Int], Timestamp),
    function("timestamp", &[Timestamp], Timestamp),
    method(Duration, "getHours", &[], Int),
    method(Duration, "getMinutes", &[], Int),
    method(Duration, "getSeconds", &[], Int),
    method(Duration, "getMilliseconds", &[], Int),
    method(Timestamp, "getFullYear", &[], Int),
    method(Timestamp, "getMonth", &[], Int),
    method(Timestamp, "getDayOfYear", &[], Int),
    method(Timestamp, "getDayOfMonth", &[], Int),
    method(Timestamp, "getDate", &[], Int),
    method(Timestamp, "getDayOfWeek", &[], Int),
    method(Timestamp, "getHours", &[], Int),
    method(Timestamp, "getMinutes", &[], Int),
    method(Timestamp, "getSeconds", &[], Int),
    method(Timestamp, "getMilliseconds", &[], Int),
    // in a time zone: `getHours("Europe/Berlin")`
    method(Timestamp, "getFullYear", &[String], Int),
    method(Timestamp, "getMonth", &[String], Int),
    method(Timestamp, "getDayOfYear", &[String], Int),
    method(Timestamp, "getDayOfMonth", &[String], Int),
    method(Timestamp, "getDate", &[String], Int),
    method(Timestamp, "getDayOfWeek", &[String], Int),
    method(Timestamp, "getHours", &[String], Int),
    method(Timestamp, "getMinutes", &[String], Int),
    method(Timestamp, "getSeconds", &[String], Int),
    method(Timestamp, "getMilliseconds", &[String], Int),
];

/// The macros and how they are called.
pub(super) const MACROS: &[(&str, &str)] = &[
    ("has", "has(message.metadata.key)"),
    ("all", "list.all(name, condition)"),
    ("exists", "list.exists(name, condition)"),
    ("exists_one", "list.exists_one(name, condition)"),
    ("existsOne", "list.existsOne(name, condition)"),
    ("map", "list.map(name, value)"),
    ("filter", "list.filter(name, condition)"),
];

/// The names of types that can be compared with `type(x)`.
pub(super) const TYPES: &[&str] =
    &["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

const fn function(name: &'static str, arguments: &'static [Type], result: Type) -> Overload {
    Overload { name, target: None, arguments, result }
}

const fn method(target: Type, name: &'static str, arguments: &'static [Type], result: Type) -> Overload {
    Overload { name, target: Some(target), arguments, result }
}
