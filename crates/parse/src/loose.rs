//! JSON that may hold anything: one odd field must not cost the whole file.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Any JSON value, as far as a result file can mean something by it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Loose {
    /// `null`, a bare `NaN` or `Infinity`, or no value at all.
    #[default]
    Nothing,
    /// A truth value.
    Flag(bool),
    /// A whole number.
    Whole(i128),
    /// A number with a fraction or an exponent.
    Number(f64),
    /// Text.
    Text(String),
    /// A list; what it holds is skipped.
    List,
    /// An object, in its order.
    Fields(Vec<(String, Loose)>),
}

impl Loose {
    /// The number, if it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if it is a whole one that counts something.
    pub(crate) fn count(&self) -> Option<u64> {
        match self {
            Self::Whole(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The text, if it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The fields, none if it is no object.
    pub(crate) fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Fields(fields) => fields,
            _ => &[],
        }
    }

    /// The field of that name; [`Loose::Nothing`] without it. Of two with one name the last counts.
    pub(crate) fn get(&self, name: &str) -> &Self {
        const NOTHING: &Loose = &Loose::Nothing;
        let mut fields = self.fields().iter().rev();
        fields.find(|(field, _)| field == name).map_or(NOTHING, |(_, value)| value)
    }

    /// What a parameter shows: text as it is, numbers and truth values as Python and JSON write them. `None` for
    /// lists and objects.
    pub(crate) fn scalar(&self) -> Option<String> {
        match self {
            Self::Nothing => Some("null".to_owned()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Whole(value) => Some(value.to_string()),
            Self::Number(value) => Some(format!("{value:?}")),
            Self::Text(text) => Some(text.clone()),
            Self::List | Self::Fields(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Loose, E> {
        Ok(Loose::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Loose, E> {
        Ok(Loose::Flag(flag))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Loose, E> {
        Ok(Loose::Whole(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Loose, E> {
        Ok(Loose::Whole(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Loose, E> {
        Ok(Loose::Number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
        Ok(Loose::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Loose, E> {
        Ok(Loose::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Loose::Fields(fields))
    }
}

/// Hands each element of a list to a function as soon as it was read, so that no list stands in memory whole.
/// Anything but a list has no elements.
pub(crate) struct Each<T, F> {
    take: F,
    element: PhantomData<T>,
}

impl<T, F: FnMut(T)> Each<T, F> {
    /// Hands each element to `take`.
    pub(crate) fn new(take: F) -> Self {
        Self { take, element: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Each<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Each<T, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element()? {
            (self.take)(element);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_is_read() {
        let value: Loose = serde_json::from_str(
            r#"{"a": 1, "b": 2.50, "c": [1, {"x": []}], "d": {"e": null}, "f": "t", "g": true, "a": 3}"#,
        )
        .expect("JSON");
        assert_eq!(value.get("a").count(), Some(3));
        assert_eq!(value.get("b").scalar().as_deref(), Some("2.5"));
        assert_eq!(value.get("c"), &Loose::List);
        assert_eq!(value.get("d").get("e"), &Loose::Nothing);
        assert_eq!(value.get("f").text(), Some("t"));
        assert_eq!(value.get("g").number(), None);
        assert_eq!(value.get("missing"), &Loose::Nothing);
    }
}
