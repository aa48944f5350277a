//! What a benchmark was run with.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Index;

use arcstr::ArcStr;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// What a benchmark was run with: texts by name, sorted by name.
///
/// Made once and then shared by all measurements of the benchmark, so it is kept as one piece of memory: for each
/// parameter the lengths of name and value, then both (`4:2:size64`).
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Parameters(Option<ArcStr>);

impl Parameters {
    /// No parameters.
    pub const fn new() -> Self {
        Self(None)
    }

    /// The parameters that `pairs` are, in any order; they are sorted on the way. Of several with one name the last
    /// counts.
    pub fn of(pairs: &mut [(&str, &str)]) -> Self {
        /// What two lengths and their colons need at the most, of what is not absurdly long.
        const LENGTHS: usize = 16;
        pairs.sort_by_key(|(name, _)| *name);
        let bytes = |(name, value): &(&str, &str)| name.len() + value.len() + LENGTHS;
        let mut text = String::with_capacity(pairs.iter().map(bytes).sum());
        for (place, (name, value)) in pairs.iter().enumerate() {
            if pairs.get(place + 1).is_some_and(|(next, _)| next == name) {
                continue;
            }
            for length in [name.len(), value.len()] {
                push_length(length, &mut text);
                text.push(':');
            }
            text.push_str(name);
            text.push_str(value);
        }
        Self((!text.is_empty()).then(|| ArcStr::from(text)))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// The value of the parameter called `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Whether there is a parameter called `name`.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets the parameter called `name`.
    pub fn insert(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) {
        let new = (name.as_ref(), value.as_ref());
        *self = self.iter().chain([new]).collect();
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.0.as_deref().unwrap_or_default())
    }
}

/// Names and values of [`Parameters`], sorted by name.
#[derive(Debug, Clone)]
pub struct Iter<'a>(&'a str);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name_length, rest) = split_length(self.0)?;
        let (value_length, rest) = split_length(rest)?;
        let (name, rest) = rest.split_at_checked(name_length)?;
        let (value, rest) = rest.split_at_checked(value_length)?;
        self.0 = rest;
        Some((name, value))
    }
}

/// The length at the start of `text`, and what stands behind its colon.
fn split_length(text: &str) -> Option<(usize, &str)> {
    let mut length = 0;
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => length = length * 10 + usize::from(byte - b'0'),
            _ => return Some((length, &text[place + 1..])),
        }
    }
    None
}

fn push_length(length: usize, text: &mut String) {
    if length >= 10 {
        push_length(length / 10, text);
    }
    text.push(char::from(b'0' + (length % 10) as u8));
}

impl<'a> IntoIterator for &'a Parameters {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Parameters {
    /// Of several parameters with one name the last counts.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let owned: Vec<_> = pairs.into_iter().collect();
        let mut pairs: Vec<_> = owned.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        Self::of(&mut pairs)
    }
}

impl<N: AsRef<str>, V: AsRef<str>, const COUNT: usize> From<[(N, V); COUNT]> for Parameters {
    fn from(pairs: [(N, V); COUNT]) -> Self {
        pairs.into_iter().collect()
    }
}

impl Index<&str> for Parameters {
    type Output = str;

    /// Panics without a parameter of that name.
    fn index(&self, name: &str) -> &str {
        self.get(name).unwrap_or_else(|| panic!("no parameter is called {name}"))
    }
}

impl PartialOrd for Parameters {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Parameters {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Parameters;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
                let mut pairs: Vec<(String, String)> = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs.into_iter().collect())
            }
        }

        deserializer.deserialize_map(Read)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn they_read_as_a_map() {
        let mut parameters = Parameters::from([("size", "64"), ("algorithm", "a:b")]);
        parameters.insert("size", "8");
        assert_eq!(format!("{parameters:?}"), r#"{"algorithm": "a:b", "size": "8"}"#);
        assert_eq!((&parameters["size"], parameters.get("x"), parameters.len()), ("8", None, 2));
        assert_eq!(Parameters::from([("", "")]).len(), 1);
    }

    proptest! {
        #[test]
        fn they_are_what_a_map_would_be(
            pairs in prop::collection::vec(("[ab0:µ]{0,3}", "[1:µ]{0,12}"), 0..6),
            others in prop::collection::vec(("[ab0:µ]{0,3}", "[1:µ]{0,12}"), 0..6),
        ) {
            let parameters: Parameters = pairs.iter().map(|(name, value)| (name, value)).collect();
            let other: Parameters = others.iter().map(|(name, value)| (name, value)).collect();
            let map: BTreeMap<String, String> = pairs.into_iter().collect();
            let other_map: BTreeMap<String, String> = others.into_iter().collect();
            prop_assert!(parameters.iter().eq(map.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
            prop_assert_eq!(parameters.cmp(&other), map.cmp(&other_map));
            prop_assert_eq!(parameters == other, map == other_map);
            let json = serde_json::to_string(&parameters).expect("JSON");
            prop_assert_eq!(&json, &serde_json::to_string(&map).expect("JSON"));
            prop_assert_eq!(serde_json::from_str::<Parameters>(&json).expect("JSON"), parameters);
        }
    }
}
