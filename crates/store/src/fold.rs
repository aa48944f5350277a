//! Folding: old runs leave their rows and become one compressed chunk for each series.
//!
//! Fresh points lie run by run: appending writes one block, and the newest runs of a thousand series are read
//! in one go. Once a lane has many of them the oldest are folded, a bounded part with every append: chunks are
//! written slice by slice, and only when all are there do the runs change sides, in one transaction. Until
//! then readers use the fresh blocks and do not see the segment.

use std::collections::{BTreeSet, HashMap};

use rusqlite::OptionalExtension as _;

use crate::numbers::read_points;
use crate::segment::{Segment, SegmentRun, chunk_key, write_chunk};
use crate::{LaneId, Place, RunNumber, SeriesId, SqliteStore, StoreError};

/// A lane with more fresh runs than this has its oldest folded.
const FRESH_RUNS: i64 = 184;
/// How many runs are folded at once; the newest 64 at least stay fresh. Of as many values with noise in every
/// digit five chunks fill a page; of 128 only four would fit.
const SEGMENT_RUNS: usize = 120;
/// How many series one append folds at least, and the share of a large lane's series that it folds at least:
/// a segment is done long before the next one can begin.
const SLICE_SERIES: usize = 256;
const SLICES: usize = 32;

impl SqliteStore {
    /// Folds a slice of a lane that has many fresh runs. In the open transaction.
    pub(crate) fn fold_some(&self, lane: LaneId) -> Result<(), StoreError> {
        if let Some((segment, done_to)) = self.open_segment(lane)? {
            self.fold_slice(lane, segment, done_to)?;
        }
        Ok(())
    }

    /// Folds until the lane has few fresh runs. In the open transaction.
    pub(crate) fn fold_all(&self, lane: LaneId) -> Result<(), StoreError> {
        while let Some((segment, done_to)) = self.open_segment(lane)? {
            self.fold_slice(lane, segment, done_to)?;
        }
        Ok(())
    }

    /// The segment being folded and the series it has come to; begun now if there are many fresh runs.
    fn open_segment(&self, lane: LaneId) -> Result<Option<(i64, SeriesId)>, StoreError> {
        let open: (Option<i64>, Option<SeriesId>) = self
            .connection
            .prepare_cached("SELECT open_segment, done_to FROM lanes WHERE id = ?1")?
            .query_row([lane], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let (Some(segment), Some(done_to)) = open {
            return Ok(Some((segment, done_to)));
        }
        let fresh: i64 = self
            .connection
            .prepare_cached("SELECT COUNT(*) FROM runs WHERE lane = ?1 AND segment IS NULL")?
            .query_row([lane], |row| row.get(0))?;
        if fresh <= FRESH_RUNS {
            return Ok(None);
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT number, place, tie, started_us, branch, outcome = 0 AND flags & 1 = 0, digest FROM runs \
             WHERE lane = ?1 AND segment IS NULL ORDER BY place, tie, started_us, digest, number LIMIT ?2",
        )?;
        let runs = statement.query_map((lane, SEGMENT_RUNS as i64), |row| {
            Ok(SegmentRun {
                place: Place {
                    order: row.get(1)?,
                    tie: row.get(2)?,
                    started_us: row.get(3)?,
                    digest: row.get(6)?,
                    number: row.get(0)?,
                },
                branch: row.get::<_, Option<i64>>(4)?.unwrap_or(0),
                clean: row.get(5)?,
            })
        })?;
        let runs: Vec<SegmentRun> = runs.collect::<Result<_, _>>()?;
        let id = self
            .connection
            .prepare_cached("SELECT COALESCE(MAX(id), 0) + 1 FROM segments")?
            .query_row([], |row| row.get(0))?;
        let segment = Segment { id, runs };
        let order = |run: Option<&SegmentRun>| run.map_or(0, |run| run.place.order);
        self.connection
            .prepare_cached(
                "INSERT INTO segments (id, lane, first_place, last_place, block) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((id, lane, order(segment.runs.first()), order(segment.runs.last()), segment.write()))?;
        self.connection
            .prepare_cached("UPDATE lanes SET open_segment = ?2, done_to = 0 WHERE id = ?1")?
            .execute((lane, id))?;
        Ok(Some((id, 0)))
    }

    fn fold_slice(&self, lane: LaneId, id: i64, done_to: SeriesId) -> Result<(), StoreError> {
        let segment = self.segment(id)?;
        let mut blocks = Vec::with_capacity(segment.runs.len());
        let mut all = BTreeSet::new();
        let mut layouts = HashMap::new();
        for run in &segment.runs {
            let (layout, values) = self.fresh_points(run.place.number)?;
            if let std::collections::hash_map::Entry::Vacant(vacant) = layouts.entry(layout) {
                let layout = self.layout(layout)?;
                all.extend(&layout.points);
                vacant.insert(layout);
            }
            blocks.push((layout, values));
        }
        let slice_len = SLICE_SERIES.max(all.len().div_ceil(SLICES));
        let slice: Vec<SeriesId> = all.range(done_to + 1..).copied().take(slice_len).collect();
        let columns: HashMap<SeriesId, usize> = slice.iter().copied().zip(0..).collect();
        let width = segment.runs.len();
        let mut values = vec![f64::NAN; slice.len() * width];
        for (slot, (layout, block)) in blocks.iter().enumerate() {
            for (series, value) in layouts[layout].points.iter().zip(block) {
                if let Some(column) = columns.get(series) {
                    values[column * width + slot] = *value;
                }
            }
        }
        let mut insert = self.connection.prepare_cached("INSERT INTO chunks (key, block) VALUES (?1, ?2)")?;
        for (series, column) in slice.iter().zip(values.chunks(width)) {
            let key = chunk_key(id, *series);
            if let Some(chunk) = write_chunk(key, column) {
                insert.execute((key, chunk))?;
            }
        }
        match (slice.last(), all.last()) {
            (Some(done), Some(last)) if done < last => {
                self.connection
                    .prepare_cached("UPDATE lanes SET done_to = ?2 WHERE id = ?1")?
                    .execute((lane, done))?;
                Ok(())
            }
            _ => self.finish_segment(lane, &segment),
        }
    }

    /// The runs of a segment change sides.
    fn finish_segment(&self, lane: LaneId, segment: &Segment) -> Result<(), StoreError> {
        let mut update = self.connection.prepare_cached("UPDATE runs SET segment = ?2 WHERE number = ?1")?;
        let mut delete = self.connection.prepare_cached("DELETE FROM fresh WHERE run = ?1")?;
        for run in &segment.runs {
            update.execute((run.place.number, segment.id))?;
            delete.execute([run.place.number])?;
        }
        self.connection
            .prepare_cached("UPDATE lanes SET open_segment = NULL, done_to = NULL WHERE id = ?1")?
            .execute([lane])?;
        Ok(())
    }

    /// Layout and values of a fresh run.
    pub(crate) fn fresh_points(&self, run: RunNumber) -> Result<(i64, Vec<f64>), StoreError> {
        self.connection
            .prepare_cached("SELECT block FROM fresh WHERE run = ?1")?
            .query_row([run], |row| {
                let bytes = row.get_ref(0)?.as_blob()?;
                Ok(read_points(run, bytes).map(|(layout, values)| {
                    (layout, values.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
                }))
            })
            .optional()?
            .ok_or_else(|| StoreError::damaged(format!("the points of run {run} are missing")))?
    }
}
