//! Types that read whatever stands in a field: a value of the wrong kind is as good as none, because
//! a message must not go unjudged for a field that nobody asked for.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A string, or a number as its digits; anything else is empty.
#[derive(Debug, Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// What people wrote: as [`Text`], but an object or a list is an error, for it can't be judged.
#[derive(Debug, Default)]
pub(super) struct Prose<'a>(pub(super) Cow<'a, str>);

/// A whole number, given as a number or as its digits; anything else is 0.
#[derive(Debug, Default)]
pub(super) struct Integer(pub(super) i64);

/// An object; anything else is none.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) Option<T>);

/// Where an object that must be read may stand: something else in its place can't be ignored.
#[derive(Debug, Default)]
pub(super) enum Place<T> {
    /// Nothing, null or an empty list, as which some serializers write an empty map.
    #[default]
    Nothing,
    /// The object.
    Object(T),
    /// Anything else.
    Other,
}

/// The objects of a list, or a lone object; anything else in it is left out.
#[derive(Debug)]
pub(super) struct Objects<T>(pub(super) Vec<T>);

/// The strings and numbers of a list, or a lone one.
#[derive(Debug, Default)]
pub(super) struct Texts<'a>(pub(super) Vec<Cow<'a, str>>);

/// The keys of an object, in order; of a list, its strings.
#[derive(Debug, Default)]
pub(super) struct Keys<'a>(pub(super) Vec<Cow<'a, str>>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Object(None)
    }
}

impl<T> Default for Objects<T> {
    fn default() -> Self {
        Objects(Vec::new())
    }
}

/// A value that is neither list nor object.
enum Scalar<'de> {
    Null,
    Bool,
    Text(Cow<'de, str>),
    /// A whole number's digits.
    Integer(String),
    /// Another number's.
    Fraction(String),
}

/// What is made of whatever stands in a field.
trait Lenient<'de>: Sized {
    fn scalar(scalar: Scalar<'de>) -> Self;

    fn list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error>;

    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error>;
}

/// Reads a value of any kind.
struct Anything<T>(PhantomData<T>);

fn anything<'de, T: Lenient<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Anything(PhantomData))
}

impl<'de, T: Lenient<'de>> Visitor<'de> for Anything<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::scalar(Scalar::Text(text.into())))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::scalar(Scalar::Text(text.to_owned().into())))
    }
    fn visit_string<E: Error>(self, text: String) -> Result<T, E> {
        Ok(T::scalar(Scalar::Text(text.into())))
    }
    fn visit_i64<E: Error>(self, n: i64) -> Result<T, E> {
        Ok(T::scalar(Scalar::Integer(n.to_string())))
    }
    fn visit_u64<E: Error>(self, n: u64) -> Result<T, E> {
        Ok(T::scalar(Scalar::Integer(n.to_string())))
    }
    fn visit_f64<E: Error>(self, n: f64) -> Result<T, E> {
        Ok(T::scalar(Scalar::Fraction(n.to_string())))
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Ok(T::scalar(Scalar::Bool))
    }
    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::scalar(Scalar::Null))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }
    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::object(object)
    }
}

/// The elements of a list that are read as `T`.
fn elements<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
    mut list: A,
    mut each: impl FnMut(T),
) -> Result<(), A::Error> {
    while let Some(element) = list.next_element()? {
        each(element);
    }
    Ok(())
}

/// Passes over an object, and shows its keys.
fn keys<'de, A: MapAccess<'de>>(mut object: A, mut each: impl FnMut(Cow<'de, str>)) -> Result<(), A::Error> {
    while let Some((Text(key), IgnoredAny)) = object.next_entry()? {
        each(key);
    }
    Ok(())
}

impl<'de> Lenient<'de> for Text<'de> {
    fn scalar(scalar: Scalar<'de>) -> Self {
        Text(match scalar {
            Scalar::Text(text) => text,
            Scalar::Integer(digits) | Scalar::Fraction(digits) => digits.into(),
            Scalar::Null | Scalar::Bool => "".into(),
        })
    }

    fn list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        elements(list, |IgnoredAny| ()).map(|()| Text::default())
    }

    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        keys(object, drop).map(|()| Text::default())
    }
}

impl<'de> Lenient<'de> for Prose<'de> {
    fn scalar(scalar: Scalar<'de>) -> Self {
        Prose(Text::scalar(scalar).0)
    }

    fn list<A: SeqAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom("a list in place of a text"))
    }

    fn object<A: MapAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom("an object in place of a text"))
    }
}

impl<'de, T: Deserialize<'de>> Lenient<'de> for Objects<T> {
    fn scalar(_: Scalar<'de>) -> Self {
        Objects(vec![])
    }

    fn list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        let mut objects = Vec::new();
        elements(list, |Object(object)| objects.extend(object))?;
        Ok(Objects(objects))
    }

    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|object| Objects(vec![object]))
    }
}

impl<'de, T: Deserialize<'de>> Lenient<'de> for Place<T> {
    fn scalar(scalar: Scalar<'de>) -> Self {
        if matches!(scalar, Scalar::Null) { Place::Nothing } else { Place::Other }
    }

    fn list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        let mut place = Place::Nothing;
        elements(list, |IgnoredAny| place = Place::Other)?;
        Ok(place)
    }

    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(Place::Object)
    }
}

impl<'de> Lenient<'de> for Texts<'de> {
    fn scalar(scalar: Scalar<'de>) -> Self {
        Texts(match scalar {
            Scalar::Text(text) => vec![text],
            Scalar::Integer(digits) => vec![digits.into()],
            Scalar::Null | Scalar::Bool | Scalar::Fraction(_) => vec![],
        })
    }

    fn list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        let mut texts = Vec::new();
        elements(list, |Text(text)| texts.extend(Some(text).filter(|text| !text.is_empty())))?;
        Ok(Texts(texts))
    }

    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        keys(object, drop).map(|()| Texts::default())
    }
}

impl<'de> Lenient<'de> for Keys<'de> {
    fn scalar(scalar: Scalar<'de>) -> Self {
        Keys(Texts::scalar(scalar).0)
    }

    fn list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        Texts::list(list).map(|texts| Keys(texts.0))
    }

    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        let mut found = Vec::new();
        keys(object, |key| found.push(key))?;
        Ok(Keys(found))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        anything::<Text<'de>, D>(deserializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Prose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        anything::<Prose<'de>, D>(deserializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        anything::<Texts<'de>, D>(deserializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Keys<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        anything::<Keys<'de>, D>(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Objects<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        anything(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Place<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        anything(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = Place::deserialize(deserializer)?;
        Ok(Object(if let Place::Object(object) = place { Some(object) } else { None }))
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(|text| Integer::of(&text))
    }
}

impl Integer {
    /// The whole number that a text begins with.
    pub(super) fn of(Text(digits): &Text<'_>) -> Self {
        // a fraction of a second is of no use to anybody
        let whole = digits.split('.').next().unwrap_or_default();
        Integer(whole.trim().parse().unwrap_or(0))
    }
}
