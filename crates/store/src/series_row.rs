//! Series as rows: many at once, what they share read once.

use std::collections::HashMap;
use std::sync::Arc;

use plimsoll_model::{Direction, Parameters, SeriesKey, Unit};
use rusqlite::{Params, Row};

use crate::layout::direction_of;
use crate::names::read_parameters;
use crate::target_block::unit_of;
use crate::{LaneId, RunNumber, SeriesId, SqliteStore, StoreError};

/// A stored series. A benchmark whose unit changes goes on in a new series of the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRow {
    /// Its number in this store.
    pub id: SeriesId,
    /// Its lane.
    pub lane: LaneId,
    /// Its name.
    pub key: SeriesKey,
    /// The unit of its values.
    pub unit: Unit,
    /// Which way is better, as the newest run had it.
    pub direction: Direction,
    /// The values do not wobble by themselves, as the newest run had it.
    pub exact: bool,
}

/// Series whose numbers are this near to each other are read in one go.
const NEAR: SeriesId = 32;

/// Almost every series has a benchmark's name of its own; what many share is looked up once for all of them.
const SELECT: &str = "SELECT s.id, s.lane, benchmark.text, s.parameters, s.metric, s.unit, s.direction, s.exact \
   FROM series s LEFT JOIN names benchmark ON benchmark.id = s.benchmark";

impl SqliteStore {
    /// Every series of a lane, oldest first.
    pub fn series_of(&self, lane: LaneId) -> Result<Vec<SeriesRow>, StoreError> {
        self.snapshot(|| {
            let mut series = Vec::new();
            Shared::new(self).read("s.lane = ?1", [lane], |row| series.push(row))?;
            series.sort_unstable_by_key(|row| row.id);
            Ok(series)
        })
    }

    /// The series that any of `runs` measured, oldest first.
    pub fn series_of_runs(&self, runs: &[RunNumber]) -> Result<Vec<SeriesRow>, StoreError> {
        self.snapshot(|| {
            let mut ids = Vec::new();
            for run in runs {
                ids.extend(self.series_of_run(*run)?);
            }
            self.series_rows(ids)
        })
    }

    /// One series.
    pub fn series(&self, id: SeriesId) -> Result<SeriesRow, StoreError> {
        self.snapshot(|| {
            let mut rows = self.series_rows(vec![id])?;
            rows.pop().ok_or_else(|| StoreError::damaged(format!("series {id} is missing")))
        })
    }

    /// Series of which only keys and units are wanted: they never change. In the order asked for.
    pub(crate) fn named_series(&self, ids: &[SeriesId]) -> Result<Vec<Arc<SeriesRow>>, StoreError> {
        let unknown = {
            let known = &self.cache.borrow().series;
            ids.iter().copied().filter(|id| !known.contains_key(id)).collect()
        };
        let read = self.series_rows(unknown)?;
        let known = &mut self.cache.borrow_mut().series;
        known.extend(read.into_iter().map(|row| (row.id, Arc::new(row))));
        let missing = |id| StoreError::damaged(format!("series {id} is missing"));
        ids.iter().map(|id| known.get(id).cloned().ok_or_else(|| missing(id))).collect()
    }

    /// The series of these numbers, each once, oldest first.
    fn series_rows(&self, mut ids: Vec<SeriesId>) -> Result<Vec<SeriesRow>, StoreError> {
        ids.sort_unstable();
        ids.dedup();
        let mut series = Vec::with_capacity(ids.len());
        let mut shared = Shared::new(self);
        for near in ids.chunk_by(|one, next| next - one <= NEAR) {
            let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
            shared.read("s.id BETWEEN ?1 AND ?2", (first, last), |row| {
                if near.binary_search(&row.id).is_ok() {
                    series.push(row);
                }
            })?;
        }
        match ids.iter().find(|id| series.binary_search_by_key(*id, |row| row.id).is_err()) {
            Some(id) => Err(StoreError::damaged(format!("series {id} is missing"))),
            None => Ok(series),
        }
    }
}

/// What the series of one reading share.
struct Shared<'a> {
    store: &'a SqliteStore,
    /// Suite and testbed.
    lanes: HashMap<LaneId, [String; 2]>,
    parameters: HashMap<i64, Parameters>,
    metrics: HashMap<i64, String>,
    units: HashMap<i64, Unit>,
}

impl<'a> Shared<'a> {
    fn new(store: &'a SqliteStore) -> Self {
        Self {
            store,
            lanes: HashMap::new(),
            parameters: HashMap::new(),
            metrics: HashMap::new(),
            units: HashMap::new(),
        }
    }

    /// Calls `each` with every series that fits.
    fn read(
        &mut self,
        condition: &str,
        values: impl Params,
        mut each: impl FnMut(SeriesRow),
    ) -> Result<(), StoreError> {
        let sql = format!("{SELECT} WHERE {condition}");
        let mut statement = self.store.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            each(self.complete(row)?);
        }
        Ok(())
    }

    fn complete(&mut self, row: &Row<'_>) -> Result<SeriesRow, StoreError> {
        let store = self.store;
        let (id, lane): (SeriesId, LaneId) = (row.get(0)?, row.get(1)?);
        let benchmark: Option<String> = row.get(2)?;
        let [suite, testbed] = known(&mut self.lanes, lane, || {
            let [_, suite, testbed] = store.lane_names(lane)?;
            Ok([suite, testbed])
        })?;
        Ok(SeriesRow {
            id,
            lane,
            key: SeriesKey {
                suite,
                testbed,
                benchmark: benchmark
                    .ok_or_else(|| StoreError::damaged(format!("the name of series {id} is missing")))?,
                parameters: {
                    let name = row.get(3)?;
                    known(&mut self.parameters, name, || read_parameters(&store.name_text(name)?))?
                },
                metric: {
                    let name = row.get(4)?;
                    known(&mut self.metrics, name, || store.name_text(name))?
                },
            },
            unit: {
                let name = row.get(5)?;
                known(&mut self.units, name, || unit_of(&store.name_text(name)?))?
            },
            direction: direction_of(row.get(6)?)?,
            exact: row.get(7)?,
        })
    }
}

/// What is known under a number, read at its first use.
fn known<T: Clone>(
    of: &mut HashMap<i64, T>,
    number: i64,
    read: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if let Some(value) = of.get(&number) {
        return Ok(value.clone());
    }
    let value = read()?;
    of.insert(number, value.clone());
    Ok(value)
}
