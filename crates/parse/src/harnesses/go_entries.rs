//! Lines of Go benchmarks by name. Files of a hundred thousand different names are ordinary, so that neither a line
//! nor a value is an allocation of its own.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::samples::FewSamples;

/// Most units of one benchmark.
pub(crate) const MAX_UNITS: usize = 256;

/// Everything that was added so far.
#[derive(Default)]
pub(crate) struct Entries {
    /// All names, one behind the other.
    names: String,
    entries: Vec<Stored>,
    /// The columns of all entries; each knows the next one of its entry.
    columns: Vec<Column>,
    /// Units by number.
    units: Vec<String>,
    places: HashTable<usize>,
    unit_places: HashTable<usize>,
    hasher: DefaultHashBuilder,
    /// The entry that was added to last: repeats follow each other.
    last: usize,
}

struct Stored {
    package: usize,
    name_start: usize,
    name_end: usize,
    iterations: u64,
    first_column: Option<u32>,
    column_count: u16,
    has_more_units: bool,
}

struct Column {
    unit: u32,
    next: Option<u32>,
    samples: FewSamples,
}

/// All lines with one name, GOMAXPROCS suffix included.
pub(crate) struct Entry<'a> {
    /// The place of its package.
    pub(crate) package: usize,
    /// As it stands in the lines.
    pub(crate) name: &'a str,
    /// Iterations of all lines together.
    pub(crate) iterations: u64,
    first_column: Option<u32>,
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
        let place = self.place(package, name);
        self.last = place;
        self.entries[place].iterations = self.entries[place].iterations.saturating_add(iterations);
        let mut left_out = false;
        // Repeats have their units in the same order.
        let mut expected = self.entries[place].first_column;
        for (index, (value, unit)) in values.iter().enumerate() {
            let unit = self.unit(index, unit);
            match self.column(place, expected, unit) {
                Some(column) => {
                    let column = &mut self.columns[column as usize];
                    column.samples.push(*value);
                    expected = column.next;
                }
                None if usize::from(self.entries[place].column_count) < MAX_UNITS => {
                    self.new_column(place, unit, *value);
                }
                None => left_out = true,
            }
        }
        let entry = &mut self.entries[place];
        let is_news = left_out && !entry.has_more_units;
        entry.has_more_units |= left_out;
        !is_news
    }

    /// How many columns all entries have together.
    pub(crate) fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// The entries in the order in which they were first seen.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.entries.iter().map(|entry| Entry {
            package: entry.package,
            name: &self.names[entry.name_start..entry.name_end],
            iterations: entry.iterations,
            first_column: entry.first_column,
        })
    }

    /// The entry's columns, each the number of its unit and its samples.
    pub(crate) fn columns(&self, entry: &Entry<'_>) -> impl Iterator<Item = (usize, &FewSamples)> {
        let column = |place: Option<u32>| place.map(|place| &self.columns[place as usize]);
        std::iter::successors(column(entry.first_column), move |one| column(one.next))
            .map(|column| (column.unit as usize, &column.samples))
    }

    /// All units, by their number.
    pub(crate) fn units(&self) -> &[String] {
        &self.units
    }

    /// The place of the entry of that name, which is made where there is none.
    fn place(&mut self, package: usize, name: &str) -> usize {
        let is_called = |place: &usize| {
            let entry = self.entries.get(*place);
            entry.is_some_and(|entry| {
                entry.package == package && &self.names[entry.name_start..entry.name_end] == name
            })
        };
        if is_called(&self.last) {
            return self.last;
        }
        let hash = self.hasher.hash_one((package, name));
        if let Some(place) = self.places.find(hash, is_called) {
            return *place;
        }
        let place = self.entries.len();
        let name_start = self.names.len();
        self.names.push_str(name);
        self.entries.push(Stored {
            package,
            name_start,
            name_end: self.names.len(),
            iterations: 0,
            first_column: None,
            column_count: 0,
            has_more_units: false,
        });
        self.places.insert_unique(hash, place, |place| {
            let entry = &self.entries[*place];
            let name = &self.names[entry.name_start..entry.name_end];
            self.hasher.hash_one((entry.package, name))
        });
        place
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

    /// The entry's column of that unit, looked for first where it is expected.
    fn column(&self, place: usize, expected: Option<u32>, unit: u32) -> Option<u32> {
        let is_of_unit = |column: &u32| self.columns[*column as usize].unit == unit;
        expected.filter(is_of_unit).or_else(|| {
            let first = self.entries[place].first_column;
            std::iter::successors(first, |column| self.columns[*column as usize].next).find(is_of_unit)
        })
    }

    fn new_column(&mut self, place: usize, unit: u32, value: f64) {
        let new = self.columns.len() as u32;
        self.columns.push(Column { unit, next: None, samples: FewSamples::One(value) });
        let first = self.entries[place].first_column;
        let last = std::iter::successors(first, |column| self.columns[*column as usize].next).last();
        match last {
            Some(last) => self.columns[last as usize].next = Some(new),
            None => self.entries[place].first_column = Some(new),
        }
        self.entries[place].column_count += 1;
    }
}
