//! Reads the bodies that nearly all messages come in, without a parser: borrowed, in one pass.
//!
//! It understands plain JSON and gives up on whatever is unusual; the parser then reads the body
//! anew. So it may only ever be faster: what it does read, it reads as the parser does, which a test
//! holds it to.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::lenient::{Integer, Keys, Object, Objects, Place, Prose, Text, Texts};

/// How deep objects and lists may lie in one another here: no message needs more.
const MAX_DEPTH: usize = 16;

/// What can be read without a parser.
pub(super) trait Skim<'t>: Sized {
    /// Reads what stands next; none where that is unusual.
    fn skim(from: &mut Skimmer<'t>) -> Option<Self>;
}

/// The one value that a text is; none where anything about it is unusual.
pub(super) fn skim<'t, T: Skim<'t>>(text: &'t str) -> Option<T> {
    let mut skimmer = Skimmer { text, at: 0, depth: 0 };
    let value = T::skim(&mut skimmer)?;
    skimmer.space();
    (skimmer.at == text.len()).then_some(value)
}

/// A struct that is read from an object's named keys, by the parser and without it. A named key given
/// twice is an error; any other key is passed over.
macro_rules! wire {
    ($(#[$about:meta])* $vis:vis struct $name:ident<'a> { $($key:literal => $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        $vis struct $name<'a> {
            $(#[serde(rename = $key)] $field: $type,)*
        }

        impl<'a> $crate::platform::cometchat::skim::Skim<'a> for $name<'a> {
            fn skim(from: &mut $crate::platform::cometchat::skim::Skimmer<'a>) -> Option<Self> {
                use $crate::platform::cometchat::skim::Skim;
                /// Which keys have been read, in the order of the fields.
                #[derive(Default)]
                struct Seen { $($field: bool,)* }
                let mut seen = Seen::default();
                let mut read = Self::default();
                from.object(|from, key| {
                    match key {
                        $($key => {
                            if std::mem::replace(&mut seen.$field, true) {
                                return None;
                            }
                            read.$field = Skim::skim(from)?;
                        })*
                        _ => from.skip()?,
                    }
                    Some(())
                })?;
                Some(read)
            }
        }
    };
}
pub(super) use wire;

/// A place in a JSON text.
pub(super) struct Skimmer<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Skimmer<'t> {
    /// The next byte that is not space, which stays the next.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
    }

    /// Passes over `byte`, if that is the next.
    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn literal(&mut self, literal: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(literal.as_bytes()).then(|| self.at += literal.len())
    }

    /// A string, the next thing there is.
    fn string(&mut self) -> Option<Cow<'t, str>> {
        match self.simple_string() {
            Some(string) => Some(string.into()),
            None => self.escaped_string().map(Cow::from),
        }
    }

    /// A string as it stands; none, and still the next thing, where it has escapes.
    #[inline]
    fn simple_string(&mut self) -> Option<&'t str> {
        self.take(b'"')?;
        let start = self.at;
        let bytes = self.text.as_bytes();
        let end = start + plain(bytes.get(start..)?);
        if bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            self.text.get(start..end)
        } else {
            self.at = start - 1;
            None
        }
    }

    /// A string with escapes in it, which are the parser's.
    #[cold]
    fn escaped_string(&mut self) -> Option<String> {
        let start = self.at;
        self.take(b'"')?;
        loop {
            self.at += plain(self.text.as_bytes().get(self.at..)?);
            match self.text.as_bytes().get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => return None,
            }
        }
        self.at += 1;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    /// The digits of a whole number as it would be written anew, the next thing there is.
    fn integer(&mut self) -> Option<&'t str> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let plain = matches!((rest.first(), digits), (Some(b'1'..=b'9'), 1..=18) | (Some(b'0'), 1));
        if !plain || matches!(rest.get(digits), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        let number = self.text.get(self.at..self.at + digits)?;
        self.at += digits;
        Some(number)
    }

    /// Reads an object: `entry` is called after each key and has to pass over its value.
    pub(super) fn object(&mut self, mut entry: impl FnMut(&mut Self, &'t str) -> Option<()>) -> Option<()> {
        self.enter(b'{')?;
        if self.leave(b'}').is_some() {
            return Some(());
        }
        loop {
            // an escaped key is nothing that an honest client writes
            let key = self.simple_string()?;
            self.take(b':')?;
            entry(self, key)?;
            if self.leave(b'}').is_some() {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    /// Reads a list: `element` has to pass over one.
    fn list(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.enter(b'[')?;
        if self.leave(b']').is_some() {
            return Some(());
        }
        loop {
            element(self)?;
            if self.leave(b']').is_some() {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    fn enter(&mut self, open: u8) -> Option<()> {
        self.take(open)?;
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    fn leave(&mut self, close: u8) -> Option<()> {
        self.take(close)?;
        self.depth -= 1;
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

/// How many bytes a string goes on without a quote, a backslash or a control character.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    // of the lowest byte below `limit` the top bit is set; above that one it may be set wrongly
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let is = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (n, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let found = (is(word, b'"') | is(word, b'\\') | below(word, 0x20)) & TOPS;
        if found != 0 {
            return n * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    chunks.len() * 8 + rest.iter().position(special).unwrap_or(rest.len())
}

impl<'t> Skim<'t> for Text<'t> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        let text = match from.peek()? {
            b'"' => return from.string().map(Text),
            b'n' => from.literal("null").map(|()| "")?,
            b't' => from.literal("true").map(|()| "")?,
            b'f' => from.literal("false").map(|()| "")?,
            _ => from.integer()?,
        };
        Some(Text(text.into()))
    }
}

impl<'t> Skim<'t> for Prose<'t> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        Text::skim(from).map(|text| Prose(text.0))
    }
}

impl<'t> Skim<'t> for Integer {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        Text::skim(from).map(|text| Integer::of(&text))
    }
}

impl<'t> Skim<'t> for Texts<'t> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        let mut texts = Vec::new();
        from.list(|from| {
            let Text(text) = Text::skim(from)?;
            if !text.is_empty() {
                texts.push(text);
            }
            Some(())
        })?;
        Some(Texts(texts))
    }
}

impl<'t> Skim<'t> for Keys<'t> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        let mut keys = Vec::new();
        from.object(|from, key| {
            keys.push(key.into());
            from.skip()
        })?;
        Some(Keys(keys))
    }
}

impl<'t, T: Skim<'t>> Skim<'t> for Place<T> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        match from.null() {
            Some(()) => Some(Place::Nothing),
            None => T::skim(from).map(Place::Object),
        }
    }
}

impl<'t, T: Skim<'t>> Skim<'t> for Object<T> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        match from.null() {
            Some(()) => Some(Object(None)),
            None => T::skim(from).map(|object| Object(Some(object))),
        }
    }
}

impl<'t, T: Skim<'t>> Skim<'t> for Objects<T> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        let mut objects = Vec::new();
        from.list(|from| {
            objects.push(T::skim(from)?);
            Some(())
        })?;
        Some(Objects(objects))
    }
}

impl<'t, T: Skim<'t>> Skim<'t> for Box<T> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        T::skim(from).map(Box::new)
    }
}

impl<'t> Skim<'t> for Option<IgnoredAny> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        match from.null() {
            Some(()) => Some(None),
            None => from.skip().map(|()| Some(IgnoredAny)),
        }
    }
}

impl<'t> Skim<'t> for Option<&'t RawValue> {
    fn skim(from: &mut Skimmer<'t>) -> Option<Self> {
        if from.null().is_some() {
            return Some(None);
        }
        let start = from.at;
        from.skip()?;
        serde_json::from_str(from.text.get(start..from.at)?).ok().map(Some)
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
            r#" { "trigger" : "é\n\"\\\/\u00e9" , "x" : [ 1, null, true, [], {} ], "appId": 12 } "#
        ));
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

        #[test]
        fn a_string_goes_on_until_something_special(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
            prop_assert_eq!(plain(&bytes), bytes.iter().position(special).unwrap_or(bytes.len()));
        }
    }
}
