//! Reads the bodies that nearly all messages come in, without a parser: borrowed, in one pass.
//!
//! It understands plain JSON and gives up on whatever is unusual; the parser then reads the body
//! anew. So it may only ever be faster: what it does read, it reads as the parser does, which a test
//! holds it to.

use std::borrow::Cow;

use crate::text::json::plain;

mod values;

/// How deep objects and lists may lie in one another here: no message needs more.
const MAX_DEPTH: usize = 16;

/// What can be read without a parser.
pub(super) trait Skim<'t>: Default {
    /// Reads what stands next into a value that is still the default; none where that is unusual.
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()>;
}

/// The one value that a text is; none where anything about it is unusual.
pub(super) fn skim<'t, T: Skim<'t>>(text: &'t str) -> Option<T> {
    let mut skimmer = Skimmer { rest: text, depth: 0 };
    let mut value = T::default();
    value.skim(&mut skimmer)?;
    skimmer.space();
    skimmer.rest.is_empty().then_some(value)
}

/// A struct that is read from an object's named keys, by the parser and without it. A named key given
/// twice is an error; any other key is passed over. Without the parser it is read fastest where the keys
/// stand in the order in which they are named here; in brackets are keys that usually stand among them
/// and that nobody reads.
macro_rules! wire {
    ($(#[$about:meta])* $vis:vis struct $name:ident<'a> {
        $($key:literal => $field:ident: $type:ty, $([$($unread:literal),+],)?)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        $vis struct $name<'a> {
            $(#[serde(rename = $key)] $field: $type,)*
        }

        impl<'a> $crate::platform::cometchat::skim::Skim<'a> for $name<'a> {
            fn skim(&mut self, from: &mut $crate::platform::cometchat::skim::Skimmer<'a>) -> Option<()> {
                /// Which keys have been read, in the order of the fields.
                #[derive(Default)]
                struct Seen { $($field: bool,)* }
                let mut seen = Seen::default();
                let mut open = from.open("{", "}")?;
                while open {
                    $(
                        if from.literal(concat!("\"", $key, "\":")).is_some() {
                            if std::mem::replace(&mut seen.$field, true) {
                                return None;
                            }
                            $crate::platform::cometchat::skim::Skim::skim(&mut self.$field, from)?;
                            if !from.more("}")? {
                                return Some(());
                            }
                        }
                        $($(
                            if from.literal(concat!("\"", $unread, "\":")).is_some() {
                                from.skip()?;
                                if !from.more("}")? {
                                    return Some(());
                                }
                            }
                        )+)?
                    )*
                    if from.unnamed(|key| matches!(key, $($key)|*))? {
                        from.skip()?;
                        open = from.more("}")?;
                    }
                }
                Some(())
            }
        }
    };
}
pub(super) use wire;

/// A place in a JSON text.
pub(super) struct Skimmer<'t> {
    /// What is still to be read.
    rest: &'t str,
    depth: usize,
}

impl<'t> Skimmer<'t> {
    /// The next byte that is not space, which stays the next.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        let byte = *self.rest.as_bytes().first()?;
        if byte > b' ' {
            return Some(byte);
        }
        self.space();
        self.rest.as_bytes().first().copied()
    }

    #[cold]
    fn space(&mut self) {
        let spaces = self.rest.bytes().take_while(|byte| b" \n\r\t".contains(byte)).count();
        self.rest = self.rest.get(spaces..).unwrap_or_default();
    }

    /// Passes over `literal`, if it is the next thing there is.
    #[inline]
    pub(super) fn literal(&mut self, literal: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(literal)?;
        Some(())
    }

    /// Passes over as much as that, and gives it.
    #[inline]
    fn split(&mut self, length: usize) -> Option<&'t str> {
        let (split, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(split)
    }

    /// A string, the next thing there is.
    #[inline]
    fn string(&mut self) -> Option<Cow<'t, str>> {
        match self.simple_string() {
            Some(string) => Some(string.into()),
            None => self.escaped_string().map(Cow::from),
        }
    }

    /// A string as it stands; none, and still the next thing, where it has escapes.
    #[inline(never)]
    fn simple_string(&mut self) -> Option<&'t str> {
        let inside = self.rest.strip_prefix('"')?;
        let (string, end) = inside.split_at_checked(plain(inside.as_bytes()))?;
        self.rest = end.strip_prefix('"')?;
        Some(string)
    }

    /// A string with escapes in it.
    #[cold]
    fn escaped_string(&mut self) -> Option<String> {
        let whole = self.rest;
        self.literal("\"")?;
        let mut string = String::new();
        loop {
            string.push_str(self.split(plain(self.rest.as_bytes()))?);
            let escaped = match self.rest.as_bytes() {
                [b'"', ..] => {
                    self.split(1)?;
                    return Some(string);
                }
                [b'\\', b'n', ..] => '\n',
                [b'\\', b't', ..] => '\t',
                [b'\\', b'r', ..] => '\r',
                [b'\\', byte @ (b'"' | b'\\' | b'/'), ..] => char::from(*byte),
                [b'\\', ..] => return self.parsed_string(whole),
                _ => return None,
            };
            string.push(escaped);
            self.split(2)?;
        }
    }

    /// A string with other escapes, with which `whole` begins: they are the parser's.
    fn parsed_string(&mut self, whole: &'t str) -> Option<String> {
        loop {
            self.split(plain(self.rest.as_bytes()))?;
            match self.rest.as_bytes().first()? {
                b'"' => break,
                b'\\' => self.split(2)?,
                _ => return None,
            };
        }
        self.split(1)?;
        serde_json::from_str(self.since(whole)?).ok()
    }

    /// What has been passed over since `rest` was the rest.
    fn since(&self, rest: &'t str) -> Option<&'t str> {
        rest.get(..rest.len() - self.rest.len())
    }

    /// The digits of a whole number as it would be written anew, the next thing there is.
    fn integer(&mut self) -> Option<&'t str> {
        let rest = self.rest.as_bytes();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let plain = matches!((rest.first(), digits), (Some(b'1'..=b'9'), 1..=18) | (Some(b'0'), 1));
        if !plain || matches!(rest.get(digits), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        self.split(digits)
    }

    /// Enters an object or a list, up to its first key or element; false where it has none.
    #[inline]
    pub(super) fn open(&mut self, open: &str, close: &str) -> Option<bool> {
        self.peek()?;
        self.literal(open)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.peek()?;
        Some(self.leave(close).is_none())
    }

    /// After an entry: passes over the comma, up to the next one, or leaves the object or the list; false
    /// where that was the last.
    #[inline]
    pub(super) fn more(&mut self, close: &str) -> Option<bool> {
        self.peek()?;
        if self.literal(",").is_some() {
            self.peek()?;
            return Some(true);
        }
        self.leave(close)?;
        Some(false)
    }

    #[inline]
    fn leave(&mut self, close: &str) -> Option<()> {
        self.literal(close)?;
        self.depth -= 1;
        Some(())
    }

    /// Passes over a key, the next thing there is, and its colon.
    #[inline]
    fn any_key(&mut self) -> Option<&'t str> {
        // an escaped key, or space behind one, is rare
        let key = self.simple_string()?;
        self.literal(":")?;
        Some(key)
    }

    /// Passes over a key, the next thing there is, and its colon, unless it is named.
    #[inline]
    pub(super) fn unnamed(&mut self, is_named: impl Fn(&str) -> bool) -> Option<bool> {
        let start = self.rest;
        let unnamed = !is_named(self.any_key()?);
        if !unnamed {
            self.rest = start;
        }
        Some(unnamed)
    }

    /// Reads a list: `element` has to pass over one.
    fn list(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let mut open = self.open("[", "]")?;
        while open {
            element(self)?;
            open = self.more("]")?;
        }
        Some(())
    }

    /// Reads an object: `entry` is called after each key and has to pass over its value.
    fn object(&mut self, mut entry: impl FnMut(&mut Self, &'t str) -> Option<()>) -> Option<()> {
        let mut open = self.open("{", "}")?;
        while open {
            let key = self.any_key()?;
            entry(self, key)?;
            open = self.more("}")?;
        }
        Some(())
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' if self.simple_string().is_some() => Some(()),
            b'"' => self.escaped_string().map(drop),
            b'{' => self.object(|from, _| from.skip()),
            b'[' => self.list(Self::skip),
            b'n' => self.literal("null"),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            _ => self.integer().map(drop),
        }
    }

    /// Passes over a `null`, if that is next.
    fn null(&mut self) -> Option<()> {
        if self.peek()? == b'n' { self.literal("null") } else { None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::super::envelope::{Body, Envelope};
    use super::*;

    /// What was skimmed is what the parser reads; tells whether it was skimmed at all.
    fn check(text: &str) -> bool {
        let Some(skimmed) = skim::<Envelope<'_>>(text) else { return false };
        let body = Body::new(text.as_bytes());
        let parsed = body.read::<Envelope<'_>>().unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(format!("{skimmed:?}"), format!("{parsed:?}"), "{text}");
        true
    }

    fn samples() -> Vec<String> {
        let mut samples = vec![];
        for folder in ["documented", "inferred", "custom_api"] {
            let folder = format!("{}/tests/data/cometchat/{folder}", env!("CARGO_MANIFEST_DIR"));
            for entry in std::fs::read_dir(folder).unwrap() {
                samples.push(std::fs::read_to_string(entry.unwrap().path()).unwrap());
            }
        }
        samples.sort();
        samples
    }

    #[test]
    fn ordinary_bodies_are_skimmed() {
        let ordinary = samples().iter().filter(|text| check(text)).count();
        assert!(ordinary * 10 >= samples().len() * 9, "{ordinary} of {}", samples().len());
    }

    #[test]
    fn the_unusual_is_left_to_the_parser() {
        for text in [
            r#"{"trigger":"a","trigger":"a"}"#,
            r#"{"tr\u0069gger":"a"}"#,
            r#"{"trigger":"a","data":{"data":{"text":"\ud800"}}}"#,
            r#"{"trigger":"a","x":"\ud800"}"#,
            r#"{"trigger":"a","data":"b"}"#,
            r#"{"trigger" :"a"}"#,
            r#"{"x" :"a"}"#,
            r#"{"trigger":1e3}"#,
            r#"{"trigger":-1}"#,
            r#"{"trigger":01}"#,
            r#"{"trigger":{}}"#,
            "{\"trigger\":\"a\nb\"}",
            r#"{"trigger":"a"}}"#,
            r#"{"trigger":"a",}"#,
            r#"{"trigger":"a""#,
            r#"["trigger"]"#,
            "",
            &format!(r#"{{"x":{}{}}}"#, "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)),
        ] {
            assert!(!check(text), "{text}");
        }
        assert!(check(
            r#"{"data":{"data":{"x":1,"resource":{},"resource":[],"text":"a"},"updatedAt":1,"sentAt":2,"id":3},"trigger":"a"}"#
        ));
        assert!(check(r#" { "trigger": "é\n\"\\\/\u00e9" , "x": [ 1, null, true, [], {} ], "appId": 12 } "#));
    }

    #[test]
    fn strings_end_where_they_end_for_the_parser() {
        for before in 0..=17 {
            for special in ["", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\b", "é", "\u{7f}", "😀"] {
                let text = format!("{}{special}{}", "a".repeat(before), "b".repeat(17 - before));
                let body = format!(r#"{{"trigger":"{text}","{text}":"{text}","data":{{"id":"{text}"}}}}"#);
                let escaped = special.starts_with('\\');
                assert_eq!(check(&body), !escaped, "an escaped key is left to the parser: {body}");
                assert!(check(&body.replacen(&format!("\"{text}\":"), "\"x\":", 1)), "{body}");
            }
            for special in ["\0", "\n", "\u{1f}", "\\x", "\\u12", "\"", "\\"] {
                let text = format!("{}{special}", "a".repeat(before));
                assert!(!check(&format!(r#"{{"trigger":"{text}"}}"#)), "{text:?}");
                assert!(!check(&format!(r#"{{"x":"{text}"}}"#)), "{text:?}");
            }
        }
    }

    /// Pieces that a body may be made of.
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "\\ud83d\\ude00",
        "\n",
        " ",
        "0",
        "-",
        "1.5",
        "e9",
        "null",
        "true",
        "é",
        "\0",
        "\"action\":1,",
        "\"data\":{},",
        "\"text\":\"x\",",
        "\"x\":7,",
        "\"tags\":[\"a\",2],",
    ];

    proptest! {
        #[test]
        fn a_body_broken_anywhere_is_read_as_the_parser_reads_it(
            sample in any::<Index>(),
            edits in prop::collection::vec((any::<Index>(), 0..6_usize, select(PIECES)), 0..4),
        ) {
            let samples = samples();
            let mut text = sample.get(&samples).clone();
            for (place, length, piece) in edits {
                let at = place.index(text.len() + 1);
                let (Some(start), Some(end)) = (text.get(..at), text.get((at + length).min(text.len())..)) else { continue };
                text = [start, piece, end].concat();
            }
            check(&text);
        }

        #[test]
        fn strings_are_read_as_the_parser_reads_them(text in "[ -~é\u{0}-\u{1f}😀]{0,40}", escaped in any::<bool>()) {
            let string = if escaped { serde_json::to_string(&text).unwrap() } else { format!("\"{text}\"") };
            check(&format!(r#"{{"trigger":{string},"y":{string},"data":{{"data":{{"text":{string}}}}}}}"#));
        }
    }
}
