//! A few numbers by name.

use std::fmt;
use std::ops::Index;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::Name;

/// A few numbers by name, sorted by name: estimates, counts of items. All of them are one piece of memory.
#[derive(Clone, Default, PartialEq)]
pub struct NamedNumbers(Vec<(Name, f64)>);

impl NamedNumbers {
    /// No numbers.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The number called `name`.
    pub fn get(&self, name: &str) -> Option<f64> {
        let place = self.place(name).ok()?;
        self.0.get(place).map(|(_, number)| *number)
    }

    /// Sets the number called `name`.
    pub fn insert(&mut self, name: impl Into<Name>, number: f64) {
        let name = name.into();
        match self.place(&name) {
            Ok(place) => self.0[place].1 = number,
            Err(place) => self.0.insert(place, (name, number)),
        }
    }

    /// Sets those of `numbers` whose names have none.
    pub fn insert_absent<const COUNT: usize>(&mut self, numbers: [(Name, f64); COUNT]) {
        self.0.reserve_exact(COUNT);
        for (name, number) in numbers {
            if let Err(place) = self.place(&name) {
                self.0.insert(place, (name, number));
            }
        }
    }

    /// Keeps those that `is_kept` says.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&str, f64) -> bool) {
        self.0.retain(|(name, number)| is_kept(name, *number));
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Names and numbers, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, number)| (name.as_str(), *number))
    }

    /// The names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &Name> {
        self.0.iter().map(|(name, _)| name)
    }

    /// The numbers, sorted by name.
    pub fn values(&self) -> impl ExactSizeIterator<Item = f64> {
        self.0.iter().map(|(_, number)| *number)
    }

    /// The numbers, sorted by name, to be changed in place.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut f64> {
        self.0.iter_mut().map(|(_, number)| number)
    }

    /// Where a name stands, or where it would be inserted: at the end, where names come sorted.
    fn place(&self, name: &str) -> Result<usize, usize> {
        if self.0.last().is_none_or(|(last, _)| last.as_str() < name) {
            return Err(self.0.len());
        }
        self.0.binary_search_by(|(own, _)| own.as_str().cmp(name))
    }
}

impl<N: Into<Name>> FromIterator<(N, f64)> for NamedNumbers {
    /// Of several numbers with one name the last counts.
    fn from_iter<I: IntoIterator<Item = (N, f64)>>(numbers: I) -> Self {
        let numbers = numbers.into_iter();
        let mut named = Self(Vec::with_capacity(numbers.size_hint().0));
        numbers.for_each(|(name, number)| named.insert(name, number));
        named
    }
}

impl<N: Into<Name>, const COUNT: usize> From<[(N, f64); COUNT]> for NamedNumbers {
    fn from(numbers: [(N, f64); COUNT]) -> Self {
        numbers.into_iter().collect()
    }
}

impl Index<&str> for NamedNumbers {
    type Output = f64;

    /// Panics without a number of that name.
    fn index(&self, name: &str) -> &f64 {
        match self.place(name) {
            Ok(place) => &self.0[place].1,
            Err(_) => panic!("no number is called {name}"),
        }
    }
}

impl fmt::Debug for NamedNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for NamedNumbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for NamedNumbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = NamedNumbers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NamedNumbers, A::Error> {
                let mut numbers: Vec<(Name, f64)> = Vec::new();
                while let Some(number) = map.next_entry()? {
                    numbers.push(number);
                }
                // A hostile document holds many: sorted once, and of several with one name the last is kept.
                numbers.reverse();
                numbers.sort_by(|(one, _), (other, _)| one.cmp(other));
                numbers.dedup_by(|(next, _), (kept, _)| next == kept);
                Ok(NamedNumbers(numbers))
            }
        }

        deserializer.deserialize_map(Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name;

    #[test]
    fn they_read_as_a_map() {
        let mut numbers = NamedNumbers::from([("min", 1.0), ("max", 2.0)]);
        numbers.insert("min", 3.0);
        numbers.insert_absent([(name!("max"), 9.0), (name!("a"), 4.0)]);
        assert_eq!(format!("{numbers:?}"), r#"{"a": 4.0, "max": 2.0, "min": 3.0}"#);
        assert_eq!((numbers["max"], numbers.get("x")), (2.0, None));
        numbers.retain(|name, _| name != "a");
        assert_eq!(numbers.names().map(Name::as_str).collect::<Vec<_>>(), ["max", "min"]);
    }

    #[test]
    fn of_one_name_the_last_counts() {
        let numbers: NamedNumbers = serde_json::from_str(r#"{"b": 1, "a": 2, "b": 3}"#).expect("a map");
        assert_eq!(serde_json::to_string(&numbers).expect("JSON"), r#"{"a":2.0,"b":3.0}"#);
    }
}
