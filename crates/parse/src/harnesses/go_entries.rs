//! Lines of Go benchmarks by name. Files of a hundred thousand different names are ordinary, so that a line that stands
//! alone costs its name and its values, and neither is an allocation of its own.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;

use crate::samples::Samples;

/// Most units of one benchmark.
pub(crate) const MAX_UNITS: usize = 256;

/// Everything that was added so far.
#[derive(Default)]
pub(crate) struct Entries {
    /// All names, one behind the other.
    names: String,
    entries: Vec<Stored>,
    /// The values of the entries that have one line, one behind the other.
    values: Vec<f64>,
    /// What the entries that have several lines hold.
    repeated: Vec<Repeated>,
    /// Which units lines have, in their order.
    shapes: Vec<Shape>,
    /// Units by number.
    units: Vec<String>,
    /// Places of entries, each with the hash of its name.
    places: HashTable<(u64, usize)>,
    shape_places: HashTable<usize>,
    unit_places: HashTable<usize>,
    hasher: DefaultHashBuilder,
    /// The entry that was added to last: repeats follow each other.
    last: usize,
    /// The shape of the line that was added last: most lines have the same.
    last_shape: usize,
}

/// The units of a line by number, each once.
type Shape = SmallVec<[u32; 8]>;

struct Stored {
    package: u32,
    name_length: u32,
    name_start: usize,
    iterations: u64,
    values: Values,
}

/// Where an entry's values are.
#[derive(Clone, Copy)]
enum Values {
    /// As many of [`Entries::values`] as the shape has units.
    Once { first: usize, shape: u32 },
    /// A place in [`Entries::repeated`].
    Repeated(usize),
}

#[derive(Default)]
struct Repeated {
    columns: Vec<Column>,
    has_more_units: bool,
}

struct Column {
    unit: u32,
    samples: Samples,
}

/// All lines with one name, GOMAXPROCS suffix included.
pub(crate) struct Entry<'a> {
    /// The place of its package.
    pub(crate) package: usize,
    /// As it stands in the lines.
    pub(crate) name: &'a str,
    /// Iterations of all lines together.
    pub(crate) iterations: u64,
    values: Values,
}

/// What was measured in one unit.
pub(crate) enum Measured<'a> {
    /// The only value, which may not be finite.
    Once(f64),
    /// Values of several lines.
    Repeatedly(&'a Samples),
}

impl Measured<'_> {
    /// Whether any value is finite.
    pub(crate) fn is_finite(&self) -> bool {
        match self {
            Self::Once(value) => value.is_finite(),
            Self::Repeatedly(samples) => samples.count() > 0,
        }
    }
}

impl Entries {
    /// Adds one line. False when values were left out because the entry had too many units, once an entry.
    pub(crate) fn add(
        &mut self,
        package: usize,
        name: &str,
        iterations: u64,
        values: &[(f64, &str)],
    ) -> bool {
        let hash = self.hasher.hash_one((package, name));
        if let Some(place) = self.place(package, name, hash) {
            self.last = place;
            let entry = &mut self.entries[place];
            entry.iterations = entry.iterations.saturating_add(iterations);
            let repeated = self.repeated_place(place);
            return self.repeat(repeated, values);
        }
        self.last = self.entries.len();
        self.places.insert_unique(hash, (hash, self.last), |(hash, _)| *hash);
        let name_start = self.names.len();
        self.names.push_str(name);
        let mut stored = Stored {
            package: package as u32,
            name_length: name.len() as u32,
            name_start,
            iterations,
            values: Values::Repeated(self.repeated.len()),
        };
        let shape = self.shape(values);
        if let Some(shape) = shape {
            stored.values = Values::Once { first: self.values.len(), shape };
            self.values.extend(values.iter().map(|(value, _)| *value));
        }
        self.entries.push(stored);
        if shape.is_some() {
            return true;
        }
        self.repeated.push(Repeated::default());
        self.repeat(self.repeated.len() - 1, values)
    }

    /// How many columns the entry has.
    pub(crate) fn column_count(&self, entry: &Entry<'_>) -> usize {
        match entry.values {
            Values::Once { shape, .. } => self.shapes[shape as usize].len(),
            Values::Repeated(place) => self.repeated[place].columns.len(),
        }
    }

    /// The entries in the order in which they were first seen.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.entries.iter().map(|stored| Entry {
            package: stored.package as usize,
            name: self.name(stored),
            iterations: stored.iterations,
            values: stored.values,
        })
    }

    /// The entry's columns, each the number of its unit and what was measured.
    pub(crate) fn columns(&self, entry: &Entry<'_>) -> impl Iterator<Item = (usize, Measured<'_>)> {
        let (shape, values, columns) = match entry.values {
            Values::Once { first, shape } => {
                (&self.shapes[shape as usize][..], &self.values[first..], &[][..])
            }
            Values::Repeated(place) => (&[][..], &[][..], &self.repeated[place].columns[..]),
        };
        let once = shape.iter().zip(values).map(|(unit, value)| (*unit as usize, Measured::Once(*value)));
        let repeatedly =
            columns.iter().map(|column| (column.unit as usize, Measured::Repeatedly(&column.samples)));
        once.chain(repeatedly)
    }

    /// All units, by their number.
    pub(crate) fn units(&self) -> &[String] {
        &self.units
    }

    fn name(&self, stored: &Stored) -> &str {
        &self.names[stored.name_start..stored.name_start + stored.name_length as usize]
    }

    /// The place of the entry of that name, if there is one.
    fn place(&self, package: usize, name: &str, hash: u64) -> Option<usize> {
        let is_called = |place: usize| {
            let stored = self.entries.get(place);
            stored.is_some_and(|stored| stored.package as usize == package && self.name(stored) == name)
        };
        if is_called(self.last) {
            return Some(self.last);
        }
        let found = self.places.find(hash, |(own, place)| *own == hash && is_called(*place));
        found.map(|(_, place)| *place)
    }

    /// The units of a line; `None` if they do not stand once each.
    fn shape(&mut self, values: &[(f64, &str)]) -> Option<u32> {
        let units = &self.units;
        let is_of = |shape: &Shape| {
            let is_called = |(number, (_, unit)): (&u32, &(f64, &str))| units[*number as usize] == *unit;
            shape.len() == values.len() && shape.iter().zip(values).all(is_called)
        };
        if self.shapes.get(self.last_shape).is_some_and(is_of) {
            return Some(self.last_shape as u32);
        }
        let shape: Shape = (0..).zip(values).map(|(index, (_, unit))| self.unit(index, unit)).collect();
        let repeats = |index: usize| shape[..index].contains(&shape[index]);
        if shape.len() > MAX_UNITS || (1..shape.len()).any(repeats) {
            return None;
        }
        let hash = self.hasher.hash_one(&shape);
        let known = self.shape_places.find(hash, |place| self.shapes[*place] == shape).copied();
        self.last_shape = known.unwrap_or(self.shapes.len());
        if known.is_none() {
            self.shapes.push(shape);
            let rehash = |place: &usize| self.hasher.hash_one(&self.shapes[*place]);
            self.shape_places.insert_unique(hash, self.last_shape, rehash);
        }
        Some(self.last_shape as u32)
    }

    /// The number of a unit, which most likely is that of its column.
    fn unit(&mut self, index: usize, unit: &str) -> u32 {
        if self.units.get(index).is_some_and(|known| known == unit) {
            return index as u32;
        }
        let hash = self.hasher.hash_one(unit);
        if let Some(number) = self.unit_places.find(hash, |number| self.units[*number] == unit) {
            return *number as u32;
        }
        let number = self.units.len();
        self.units.push(unit.to_owned());
        let rehash = |number: &usize| self.hasher.hash_one(self.units[*number].as_str());
        self.unit_places.insert_unique(hash, number, rehash);
        number as u32
    }

    /// Where the entry's columns are, which it gets with its second line.
    fn repeated_place(&mut self, place: usize) -> usize {
        let stored = &mut self.entries[place];
        let (first, shape) = match stored.values {
            Values::Once { first, shape } => (first, shape),
            Values::Repeated(place) => return place,
        };
        let values = self.shapes[shape as usize].iter().zip(&self.values[first..]);
        let columns = values.map(|(unit, value)| Column { unit: *unit, samples: Samples::first(*value) });
        self.repeated.push(Repeated { columns: columns.collect(), has_more_units: false });
        stored.values = Values::Repeated(self.repeated.len() - 1);
        self.repeated.len() - 1
    }

    /// Adds a line to the columns at `place`. Returns what [`Self::add`] does.
    fn repeat(&mut self, place: usize, values: &[(f64, &str)]) -> bool {
        let mut left_out = false;
        // Repeats have their units in the same order.
        let mut expected = 0;
        for (index, (value, unit)) in values.iter().enumerate() {
            let unit = self.unit(index, unit);
            let columns = &mut self.repeated[place].columns;
            let is_of_unit = |column: &Column| column.unit == unit;
            let known = match columns.get(expected).is_some_and(is_of_unit) {
                true => Some(expected),
                false => columns.iter().position(is_of_unit),
            };
            match known {
                Some(column) => {
                    columns[column].samples.push(*value);
                    expected = column + 1;
                }
                None if columns.len() < MAX_UNITS => {
                    columns.push(Column { unit, samples: Samples::first(*value) });
                }
                None => left_out = true,
            }
        }
        let repeated = &mut self.repeated[place];
        let is_news = left_out && !repeated.has_more_units;
        repeated.has_more_units |= left_out;
        !is_news
    }
}
