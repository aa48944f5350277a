//! What each side of a comparison measured, series by series.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use plimsoll_model::{Complaint, Direction, Outcome, Run, SeriesKey, Unit};
use plimsoll_parse::UNNAMED;
use plimsoll_store::{LaneId, RunNumber, RunRow, SeriesId, SqliteStore, StoreError};

use crate::renames::Renames;
use crate::side::Side;

/// A series as it is called today, with the unit it is measured in.
pub(crate) type Named = (SeriesKey, Unit);

/// The values of one side, each series once, in order of their names. Both sides share the names.
#[derive(Debug, Default)]
pub(crate) struct SideValues(pub(crate) Vec<(Rc<Named>, SeriesValues)>);

/// What one side measured of one series.
#[derive(Debug, Clone)]
pub(crate) struct SeriesValues {
    pub(crate) direction: Direction,
    pub(crate) exact: bool,
    /// One for each run that measured it.
    pub(crate) values: Vec<f64>,
    /// Samples within the run, of a file.
    pub(crate) samples: Vec<f64>,
    /// Its numbers in the store, old names included.
    pub(crate) ids: Vec<SeriesId>,
}

/// A suite and a testbed.
type Place = (String, String);

/// Reads both sides. Of stored runs the values alone.
pub(crate) fn read_sides(
    store: &SqliteStore,
    sides: [&Side; 2],
    renames: &Renames,
) -> Result<[SideValues; 2], StoreError> {
    let names = StoredNames::of(store, sides, renames)?;
    let read = |side: &Side| match side {
        Side::File(run) => Ok(SideValues::of_run(run, renames)),
        Side::Stored(stored) => SideValues::of_stored(store, &stored.runs, &names),
    };
    Ok([read(sides[0])?, read(sides[1])?])
}

/// The series of all stored runs of both sides, in order of their names.
struct StoredNames(Vec<StoredName>);

struct StoredName {
    id: SeriesId,
    lane: LaneId,
    name: Rc<Named>,
    direction: Direction,
    exact: bool,
}

impl StoredNames {
    fn of(store: &SqliteStore, sides: [&Side; 2], renames: &Renames) -> Result<Self, StoreError> {
        let mut runs = Vec::new();
        for side in sides {
            if let Side::Stored(stored) = side {
                runs.extend(stored.runs.iter().map(|row| row.number));
            }
        }
        let rows = store.series_of_runs(&runs)?.into_iter();
        let mut names: Vec<StoredName> = rows
            .map(|row| StoredName {
                id: row.id,
                lane: row.lane,
                name: Rc::new((renamed(row.key, renames), row.unit)),
                direction: row.direction,
                exact: row.exact,
            })
            .collect();
        names.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self(names))
    }
}

impl SideValues {
    fn of_stored(store: &SqliteStore, runs: &[RunRow], names: &StoredNames) -> Result<Self, StoreError> {
        let mut side = Self::default();
        let lanes: BTreeSet<LaneId> = runs.iter().map(|row| row.lane).collect();
        for lane in lanes {
            let numbers: Vec<RunNumber> =
                runs.iter().filter(|row| row.lane == lane).map(|row| row.number).collect();
            side.add_lane(store, lane, &numbers, names)?;
        }
        if side.0.is_sorted_by(|(one, _), (other, _)| one < other) {
            return Ok(side);
        }
        side.0.sort_by(|(one, _), (other, _)| one.cmp(other));
        // An old name and the new one are one series.
        side.0.dedup_by(|(name, values), (kept, all)| {
            let is_same = name == kept;
            if is_same {
                all.ids.append(&mut values.ids);
                all.values.append(&mut values.values);
            }
            is_same
        });
        Ok(side)
    }

    fn of_run(run: &Run, renames: &Renames) -> Self {
        let measured = run.measurements.iter().filter(|measurement| measurement.outcome == Outcome::Success);
        let mut side: Vec<_> = measured
            .map(|measurement| {
                let metric = &measurement.metric;
                let values = SeriesValues {
                    direction: metric.direction,
                    exact: metric.exact,
                    values: vec![measurement.value],
                    samples: measurement.samples.clone(),
                    ids: Vec::new(),
                };
                (Rc::new((renamed(run.series_of(measurement), renames), metric.unit.clone())), values)
            })
            .collect();
        side.sort_by(|(one, _), (other, _)| one.cmp(other));
        // A series that a run names twice counts once, as in the store.
        side.dedup_by(|(name, _), (kept, _)| name == kept);
        Self(side)
    }

    fn add_lane(
        &mut self,
        store: &SqliteStore,
        lane: LaneId,
        runs: &[RunNumber],
        names: &StoredNames,
    ) -> Result<(), StoreError> {
        let mut measured = Vec::new();
        for run in runs {
            measured.extend(store.series_of_run(*run)?);
        }
        measured.sort_unstable();
        let series: Vec<&StoredName> = names
            .0
            .iter()
            .filter(|series| series.lane == lane && measured.binary_search(&series.id).is_ok())
            .collect();
        let ids: Vec<SeriesId> = series.iter().map(|series| series.id).collect();
        let columns = store.columns(&ids, runs)?;
        for (place, series) in series.into_iter().enumerate() {
            let values: Vec<f64> =
                columns.series(place).iter().copied().filter(|value| !value.is_nan()).collect();
            if values.is_empty() {
                continue;
            }
            let values = SeriesValues {
                direction: series.direction,
                exact: series.exact,
                values,
                samples: Vec::new(),
                ids: vec![series.id],
            };
            self.0.push((Rc::clone(&series.name), values));
        }
        Ok(())
    }

    fn places(&self) -> BTreeSet<Place> {
        let of_one_place = self.0.chunk_by(|(one, _), (next, _)| place(one) == place(next));
        let first = of_one_place.filter_map(<[_]>::first);
        first.map(|(name, _)| (name.0.suite.clone(), name.0.testbed.clone())).collect()
    }

    fn keep_places(&mut self, kept: &BTreeSet<Place>) {
        self.0.retain(|(name, _)| kept.iter().any(|(suite, testbed)| place(name) == (suite, testbed)));
    }

    fn rename_places(&mut self, rename: impl Fn(&mut SeriesKey)) {
        let named = std::mem::take(&mut self.0);
        let renamed: BTreeMap<Rc<Named>, SeriesValues> = named
            .into_iter()
            .map(|(mut name, values)| {
                rename(&mut Rc::make_mut(&mut name).0);
                (name, values)
            })
            .collect();
        self.0 = renamed.into_iter().collect();
    }

    /// What a file leaves open is taken from the other side.
    fn adopt(&mut self, places: &BTreeSet<Place>) {
        let Some((suite, testbed)) = places.iter().next_back() else {
            return;
        };
        if self.0.iter().all(|(name, _)| name.0.testbed != UNNAMED) {
            return;
        }
        self.rename_places(|key| {
            if key.testbed == UNNAMED {
                key.suite.clone_from(suite);
                key.testbed.clone_from(testbed);
            }
        });
    }
}

fn place((key, _): &Named) -> (&str, &str) {
    (&key.suite, &key.testbed)
}

fn renamed(mut key: SeriesKey, renames: &Renames) -> SeriesKey {
    if let Some(name) = renames.new_name(&key.benchmark) {
        key.benchmark = name;
    }
    key
}

/// Puts the two sides on common ground: what only one of them ran is left out and named; sides of different machines are compared
/// all the same, and the answer is `false`.
pub(crate) fn align(a: &mut SideValues, b: &mut SideValues, complaints: &mut Vec<Complaint>) -> bool {
    a.adopt(&b.places());
    b.adopt(&a.places());
    let (of_a, of_b) = (a.places(), b.places());
    let common: BTreeSet<Place> = of_a.intersection(&of_b).cloned().collect();
    if of_a.is_empty() || of_b.is_empty() {
        return true;
    }
    if !common.is_empty() {
        for (side, places, values) in [("A", &of_a, &mut *a), ("B", &of_b, &mut *b)] {
            for (suite, testbed) in places.difference(&common) {
                complaints.push(Complaint::new(format!(
                    "suite {suite} on {testbed} was measured on side {side} alone and is left out"
                )));
            }
            values.keep_places(&common);
        }
        return true;
    }
    let name = |places: &BTreeSet<Place>| {
        let names: Vec<String> =
            places.iter().map(|(suite, testbed)| format!("{suite} on {testbed}")).collect();
        names.join(" and ")
    };
    complaints.push(Complaint::new(format!(
        "side A was measured as {}, side B as {}: the values are shown side by side, and nothing is concluded",
        name(&of_a),
        name(&of_b)
    )));
    if let Some((suite, testbed)) = of_b.into_iter().next_back() {
        for side in [a, b] {
            side.rename_places(|key| {
                key.suite.clone_from(&suite);
                key.testbed.clone_from(&testbed);
            });
        }
    }
    false
}
