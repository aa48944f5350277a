//! Many whole runs at once: what several of them need is read once.

use std::collections::{BTreeSet, HashMap};

use plimsoll_model::Run;
use rusqlite::OptionalExtension as _;

use crate::append::{RunRecord, StoredId};
use crate::{RunNumber, SeriesId, SqliteStore, StoreError};

impl SqliteStore {
    /// Whole runs, each equal to what was appended, in the order of `numbers`. Reading old runs some dozens at a time is far
    /// faster than one by one: the chunk of a series is opened once for all of them.
    pub fn load_runs(&self, numbers: &[RunNumber]) -> Result<Vec<Run>, StoreError> {
        self.snapshot(|| {
            let sql = format!("SELECT {}, id, segment FROM runs WHERE number = ?1", RunRecord::COLUMNS);
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut records = Vec::with_capacity(numbers.len());
            for number in numbers {
                let found: Option<(RunRecord, String, Option<i64>)> = statement
                    .query_row([number], |row| {
                        Ok((RunRecord::read(row)?, StoredId::read(row.get_ref(17)?)?, row.get(18)?))
                    })
                    .optional()?;
                records.push(found.ok_or(StoreError::NoSuchRun(*number))?);
            }
            let folded: Vec<&RunRecord> = records
                .iter()
                .filter(|(_, _, segment)| segment.is_some())
                .map(|(record, _, _)| record)
                .collect();
            let mut points = self.folded_points_of(&folded)?;
            let mut runs = Vec::with_capacity(records.len());
            for (record, id, segment) in records {
                let layout = self.layout(record.layout)?;
                let points = match segment {
                    None => self.fresh_points(record.number)?.1,
                    Some(_) => points.remove(&record.number).unwrap_or_default(),
                };
                runs.push(self.assemble(&record, id, &layout, &points)?);
            }
            Ok(runs)
        })
    }

    /// The points of folded runs, each in the order of its layout.
    fn folded_points_of(&self, records: &[&RunRecord]) -> Result<HashMap<RunNumber, Vec<f64>>, StoreError> {
        let mut wanted: BTreeSet<SeriesId> = BTreeSet::new();
        for record in records {
            wanted.extend(self.layout(record.layout)?.points.iter().copied());
        }
        let series: Vec<SeriesId> = wanted.into_iter().collect();
        let numbers: Vec<RunNumber> = records.iter().map(|record| record.number).collect();
        let columns = self.columns(&series, &numbers)?;
        let mut points = HashMap::with_capacity(records.len());
        for (at, record) in records.iter().enumerate() {
            let layout = self.layout(record.layout)?;
            let mut of_run = Vec::with_capacity(layout.points.len());
            for id in &layout.points {
                let value = series
                    .binary_search(id)
                    .ok()
                    .and_then(|place| columns.series(place).get(at).copied())
                    .filter(|value| !value.is_nan());
                let value = value
                    .ok_or_else(|| StoreError::damaged(format!("run {} lacks a point", record.number)))?;
                of_run.push(value);
            }
            points.insert(record.number, of_run);
        }
        Ok(points)
    }
}
