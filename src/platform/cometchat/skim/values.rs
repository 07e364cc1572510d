//! What stands in a field, read without the parser as `lenient` reads it with the parser.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::super::lenient::{Integer, Keys, Object, Objects, Place, Prose, Text, Texts};
use super::{Skim, Skimmer};

impl<'t> Skim<'t> for Text<'t> {
    #[inline]
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        self.0 = match from.simple_string() {
            Some(string) => string.into(),
            None => unusual_text(from)?,
        };
        Some(())
    }
}

/// What stands in the place of a simple string.
#[cold]
fn unusual_text<'t>(from: &mut Skimmer<'t>) -> Option<Cow<'t, str>> {
    match from.peek()? {
        b'"' => from.string(),
        b'n' => from.literal("null").map(|()| "".into()),
        b't' => from.literal("true").map(|()| "".into()),
        b'f' => from.literal("false").map(|()| "".into()),
        _ => from.integer().map(Cow::from),
    }
}

impl<'t> Skim<'t> for Prose<'t> {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        let mut text = Text::default();
        text.skim(from)?;
        self.0 = text.0;
        Some(())
    }
}

impl<'t> Skim<'t> for Integer {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        if from.peek()?.is_ascii_digit() {
            // 18 of them at most
            self.0 = from.integer()?.bytes().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
            return Some(());
        }
        let mut text = Text::default();
        text.skim(from)?;
        *self = Integer::of(&text);
        Some(())
    }
}

impl<'t> Skim<'t> for Texts<'t> {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        from.list(|from| {
            let mut text = Text::default();
            text.skim(from)?;
            if !text.0.is_empty() {
                self.0.push(text.0);
            }
            Some(())
        })
    }
}

impl<'t> Skim<'t> for Keys<'t> {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        from.object(|from, key| {
            self.0.push(key.into());
            from.skip()
        })
    }
}

impl<'t, T: Skim<'t>> Skim<'t> for Place<T> {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        if from.null().is_some() {
            return Some(());
        }
        *self = Place::Object(T::default());
        if let Place::Object(object) = self { object.skim(from) } else { None }
    }
}

impl<'t, T: Skim<'t>> Skim<'t> for Object<T> {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        match from.null() {
            Some(()) => Some(()),
            None => self.0.insert(T::default()).skim(from),
        }
    }
}

impl<'t, T: Skim<'t>> Skim<'t> for Objects<T> {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        from.list(|from| {
            self.0.push(T::default());
            self.0.last_mut()?.skim(from)
        })
    }
}

impl<'t, T: Skim<'t>> Skim<'t> for Box<T> {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        (**self).skim(from)
    }
}

impl<'t> Skim<'t> for Option<IgnoredAny> {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        if from.null().is_none() {
            from.skip()?;
            *self = Some(IgnoredAny);
        }
        Some(())
    }
}

impl<'t> Skim<'t> for Option<&'t RawValue> {
    fn skim(&mut self, from: &mut Skimmer<'t>) -> Option<()> {
        if from.null().is_some() {
            return Some(());
        }
        let whole = from.rest;
        from.skip()?;
        *self = serde_json::from_str(from.since(whole)?).ok();
        self.is_some().then_some(())
    }
}
