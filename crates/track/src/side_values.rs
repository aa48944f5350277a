//! What each side of a comparison measured, series by series.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::{Complaint, Direction, Outcome, Run, SeriesKey, Unit};
use plimsoll_parse::UNNAMED;
use plimsoll_store::{LaneId, RunNumber, RunRow, SeriesId, SeriesRow, SqliteStore, StoreError};

use crate::renames::Renames;
use crate::side::Side;

/// The values of one side, under today's names.
#[derive(Debug, Default)]
pub(crate) struct SideValues(pub(crate) BTreeMap<(SeriesKey, Unit), SeriesValues>);

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

impl SideValues {
    /// Reads a side. Of stored runs the values alone.
    pub(crate) fn read(store: &SqliteStore, side: &Side, renames: &Renames) -> Result<Self, StoreError> {
        match side {
            Side::File(run) => Ok(Self::of_run(run, renames)),
            Side::Stored(stored) => {
                let mut values = Self::default();
                let lanes: BTreeSet<LaneId> = stored.runs.iter().map(|row| row.lane).collect();
                for lane in lanes {
                    let rows: Vec<&RunRow> = stored.runs.iter().filter(|row| row.lane == lane).collect();
                    values.add_lane(store, lane, &rows, renames)?;
                }
                Ok(values)
            }
        }
    }

    fn of_run(run: &Run, renames: &Renames) -> Self {
        let mut side = Self::default();
        for measurement in &run.measurements {
            if measurement.outcome != Outcome::Success {
                continue;
            }
            let key = renamed(run.series_of(measurement), renames);
            let metric = &measurement.metric;
            let series = side
                .0
                .entry((key, metric.unit.clone()))
                .or_insert_with(|| SeriesValues::new(metric.direction, metric.exact));
            // A series that a run names twice counts once, as in the store.
            if series.values.is_empty() {
                series.values.push(measurement.value);
                series.samples.clone_from(&measurement.samples);
            }
        }
        side
    }

    fn add_lane(
        &mut self,
        store: &SqliteStore,
        lane: LaneId,
        rows: &[&RunRow],
        renames: &Renames,
    ) -> Result<(), StoreError> {
        let numbers: Vec<RunNumber> = rows.iter().map(|row| row.number).collect();
        let mut measured = BTreeSet::new();
        for number in &numbers {
            measured.extend(store.series_of_run(*number)?);
        }
        let series: Vec<SeriesRow> =
            store.series_of(lane)?.into_iter().filter(|row| measured.contains(&row.id)).collect();
        let ids: Vec<SeriesId> = series.iter().map(|row| row.id).collect();
        let columns = store.columns(&ids, &numbers)?;
        for (place, row) in series.into_iter().enumerate() {
            let key = renamed(row.key, renames);
            let values =
                self.0.entry((key, row.unit)).or_insert_with(|| SeriesValues::new(row.direction, row.exact));
            values.ids.push(row.id);
            values.values.extend(columns.series(place).iter().filter(|value| !value.is_nan()));
        }
        self.0.retain(|_, series| !series.values.is_empty());
        Ok(())
    }

    fn places(&self) -> BTreeSet<Place> {
        self.0.keys().map(|(key, _)| (key.suite.clone(), key.testbed.clone())).collect()
    }

    fn keep_places(&mut self, kept: &BTreeSet<Place>) {
        self.0.retain(|(key, _), _| kept.contains(&(key.suite.clone(), key.testbed.clone())));
    }

    fn rename_places(&mut self, name: impl Fn(&mut SeriesKey)) {
        let named = std::mem::take(&mut self.0);
        self.0 = named
            .into_iter()
            .map(|((mut key, unit), values)| {
                name(&mut key);
                ((key, unit), values)
            })
            .collect();
    }

    /// What a file leaves open is taken from the other side.
    fn adopt(&mut self, places: &BTreeSet<Place>) {
        let Some((suite, testbed)) = places.iter().next_back() else {
            return;
        };
        self.rename_places(|key| {
            if key.testbed == UNNAMED {
                key.suite.clone_from(suite);
                key.testbed.clone_from(testbed);
            }
        });
    }
}

impl SeriesValues {
    fn new(direction: Direction, exact: bool) -> Self {
        Self { direction, exact, values: Vec::new(), samples: Vec::new(), ids: Vec::new() }
    }
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
