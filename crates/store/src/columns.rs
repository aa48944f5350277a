//! The baseline scan: many series over some runs.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use rusqlite::{CachedStatement, OptionalExtension as _};

use crate::numbers::{read_points, read_samples};
use crate::segment::{chunk_key, read_chunk};
use crate::{RunNumber, SeriesId, SqliteStore, StoreError};

/// The values of some series in some runs, series by series.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    runs: usize,
    values: Vec<f64>,
}

impl Columns {
    /// The values of the series at `place` in the list that was asked for, one for each run asked for, in that
    /// order; NaN where the run has none.
    pub fn series(&self, place: usize) -> &[f64] {
        self.values.get(place * self.runs..(place + 1) * self.runs).unwrap_or(&[])
    }

    /// How many runs each column has.
    pub fn runs(&self) -> usize {
        self.runs
    }
}

/// Which points of a layout are of the series at which `places`, those in order of their series.
fn wanted(points: &[SeriesId], places: &[(SeriesId, usize)]) -> Vec<(usize, usize)> {
    let mut wanted = Vec::with_capacity(points.len().min(places.len()));
    let mut next = 0;
    for (point, id) in points.iter().enumerate() {
        // A layout mostly lists its series in order.
        if places.get(next).is_none_or(|(series, _)| series != id) {
            let Ok(found) = places.binary_search_by_key(id, |(series, _)| *series) else { continue };
            next = found;
        }
        wanted.push((point, places[next].1));
        next += 1;
    }
    wanted
}

impl SqliteStore {
    /// The values of `series` in `runs`; NaN where a run has none, because it did not measure the series or the
    /// benchmark failed. Each series may be named once.
    pub fn columns(&self, series: &[SeriesId], runs: &[RunNumber]) -> Result<Columns, StoreError> {
        self.snapshot(|| self.read_columns(series, runs))
    }

    fn read_columns(&self, series: &[SeriesId], runs: &[RunNumber]) -> Result<Columns, StoreError> {
        let mut values = vec![f64::NAN; series.len() * runs.len()];
        let mut places: Vec<(SeriesId, usize)> = series.iter().copied().zip(0..).collect();
        places.sort_unstable();
        let mut layouts: HashMap<i64, Vec<(usize, usize)>> = HashMap::new();
        let mut folded: BTreeMap<i64, Vec<(usize, RunNumber)>> = BTreeMap::new();
        let mut statement = self.connection.prepare_cached("SELECT block FROM fresh WHERE run = ?1")?;
        for (column, run) in runs.iter().enumerate() {
            let mut rows = statement.query([run])?;
            let Some(row) = rows.next()? else {
                folded.entry(self.segment_of_run(*run)?).or_default().push((column, *run));
                continue;
            };
            let (layout, points) =
                read_points(*run, row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?)?;
            if let Entry::Vacant(vacant) = layouts.entry(layout) {
                vacant.insert(wanted(&self.layout(layout)?.points, &places));
            }
            for (point, place) in &layouts[&layout] {
                if let Some(value) = points.get(*point) {
                    values[place * runs.len() + column] = f64::from_le_bytes(*value);
                }
            }
        }
        for (segment, wanted) in folded {
            self.read_folded(segment, &wanted, series, runs.len(), &mut values)?;
        }
        Ok(Columns { runs: runs.len(), values })
    }

    fn read_folded(
        &self,
        segment: i64,
        wanted: &[(usize, RunNumber)],
        series: &[SeriesId],
        width: usize,
        values: &mut [f64],
    ) -> Result<(), StoreError> {
        let segment = self.segment(segment)?;
        let mut columns: Vec<Vec<usize>> = vec![Vec::new(); segment.runs.len()];
        for (column, run) in wanted {
            let slot = segment
                .slot(*run)
                .ok_or_else(|| StoreError::damaged(format!("run {run} is not in its segment")))?;
            columns[slot].push(*column);
        }
        let mut chunks = self.chunks()?;
        for (place, id) in series.iter().enumerate() {
            self.chunk(&mut chunks, segment.id, *id, segment.runs.len(), |slot, value| {
                for column in &columns[slot] {
                    values[place * width + column] = value;
                }
            })?;
        }
        Ok(())
    }

    /// What [`Self::chunk`] reads with.
    pub(crate) fn chunks(&self) -> Result<CachedStatement<'_>, StoreError> {
        Ok(self.connection.prepare_cached("SELECT block FROM chunks WHERE key = ?1")?)
    }

    /// Calls `each` with slot and value of a series in a segment, if it was measured there.
    pub(crate) fn chunk(
        &self,
        chunks: &mut CachedStatement<'_>,
        segment: i64,
        series: SeriesId,
        count: usize,
        each: impl FnMut(usize, f64),
    ) -> Result<(), StoreError> {
        let key = chunk_key(segment, series);
        let mut rows = chunks.query([key])?;
        match rows.next()? {
            Some(row) => {
                read_chunk(key, row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?, count, each)
            }
            None => Ok(()),
        }
    }

    fn segment_of_run(&self, run: RunNumber) -> Result<i64, StoreError> {
        let segment: Option<Option<i64>> = self
            .connection
            .prepare_cached("SELECT segment FROM runs WHERE number = ?1")?
            .query_row([run], |row| row.get(0))
            .optional()?;
        segment
            .ok_or(StoreError::NoSuchRun(run))?
            .ok_or_else(|| StoreError::damaged(format!("the points of run {run} are missing")))
    }

    /// The samples of each of `series` in all of `runs` together. Needed where a baseline is young.
    pub fn samples(&self, series: &[SeriesId], runs: &[RunNumber]) -> Result<Vec<Vec<f64>>, StoreError> {
        self.snapshot(|| {
            let places: HashMap<SeriesId, usize> = series.iter().copied().zip(0..).collect();
            let mut pooled = vec![Vec::new(); series.len()];
            let mut statement = self.connection.prepare_cached(
                "SELECT r.layout, s.block FROM samples s JOIN runs r ON r.number = s.run WHERE s.run = ?1",
            )?;
            for run in runs {
                let mut rows = statement.query([run])?;
                let Some(row) = rows.next()? else { continue };
                let layout = self.layout(row.get(0)?)?;
                let place = |at: usize| {
                    let wanted = layout.series.get(at).and_then(|id| places.get(id).copied());
                    wanted.filter(|_| !layout.entries[at].aside)
                };
                let block = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                read_samples(
                    *run,
                    block,
                    layout.series.len(),
                    |at| place(at).is_some(),
                    |at, samples| {
                        if let Some(place) = place(at) {
                            pooled[place].extend(samples);
                        }
                    },
                )?;
            }
            Ok(pooled)
        })
    }
}
