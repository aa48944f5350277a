//! One series through history.

use std::collections::{HashMap, HashSet};

use plimsoll_model::CommitOrder;
use rusqlite::OptionalExtension as _;

use crate::numbers::read_points;
use crate::{LaneId, Place, RunNumber, SeriesId, SqliteStore, StoreError};

/// A value of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Where the run stands that measured it.
    pub place: Place,
    /// The value, in the unit of the series.
    pub value: f64,
}

/// Which points of a series are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SeriesFilter<'a> {
    /// Only runs of this branch.
    pub branch: Option<&'a str>,
    /// Only runs that may enter a baseline: successful, clean, not voided.
    pub eligible_only: bool,
    /// Only runs that stand before this place.
    pub before: Option<Place>,
    /// Only the newest so many.
    pub last: Option<usize>,
}

/// A filter whose names were looked up.
struct Sieve {
    branch: Option<i64>,
    eligible_only: bool,
    before: Option<Place>,
    voided: HashSet<RunNumber>,
    most: usize,
}

impl Sieve {
    fn lets_through(&self, place: Place, branch: i64, clean: bool) -> bool {
        self.branch.is_none_or(|wanted| wanted == branch)
            && self.before.is_none_or(|before| place < before)
            && (!self.eligible_only || (clean && !self.voided.contains(&place.number)))
    }
}

impl SqliteStore {
    /// The points of a series in commit order, oldest first.
    pub fn read_series(&self, series: SeriesId, filter: &SeriesFilter<'_>) -> Result<Vec<Point>, StoreError> {
        self.snapshot(|| {
            let lane: Option<LaneId> = self
                .connection
                .prepare_cached("SELECT lane FROM series WHERE id = ?1")?
                .query_row([series], |row| row.get(0))
                .optional()?;
            let (Some(lane), Some(sieve)) = (lane, self.sieve(filter)?) else {
                return Ok(Vec::new());
            };
            let mut points = self.fresh_series(lane, series, &sieve)?;
            self.folded_series(lane, series, &sieve, &mut points)?;
            if !points.is_sorted_by_key(|point| point.place) {
                points.sort_unstable_by_key(|point| point.place);
            }
            let skipped = points.len().saturating_sub(sieve.most);
            points.drain(..skipped);
            Ok(points)
        })
    }

    /// `None` when the filter names a branch that no run ever had.
    fn sieve(&self, filter: &SeriesFilter<'_>) -> Result<Option<Sieve>, StoreError> {
        let branch = match filter.branch {
            Some(name) => match self.find_name(name)? {
                Some(id) => Some(id),
                None => return Ok(None),
            },
            None => None,
        };
        let mut voided = HashSet::new();
        if filter.eligible_only {
            let mut statement = self.connection.prepare_cached("SELECT run FROM voids")?;
            for run in statement.query_map([], |row| row.get(0))? {
                voided.insert(run?);
            }
        }
        Ok(Some(Sieve {
            branch,
            eligible_only: filter.eligible_only,
            before: filter.before,
            voided,
            most: filter.last.unwrap_or(usize::MAX),
        }))
    }

    /// The points of fresh runs, newest first, at most as many as are wanted.
    fn fresh_series(&self, lane: LaneId, series: SeriesId, sieve: &Sieve) -> Result<Vec<Point>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT r.number, r.place, r.tie, r.started_us, r.branch, r.outcome = 0 AND r.flags & 1 = 0, f.block, r.digest \
             FROM runs r CROSS JOIN fresh f ON f.run = r.number WHERE r.lane = ?1 AND r.segment IS NULL \
             ORDER BY r.place DESC, r.tie DESC, r.started_us DESC, r.digest DESC, r.number DESC",
        )?;
        let mut slots: HashMap<i64, Option<usize>> = HashMap::new();
        let mut points = Vec::new();
        let mut rows = statement.query([lane])?;
        while points.len() < sieve.most
            && let Some(row) = rows.next()?
        {
            let place = Place {
                number: row.get(0)?,
                order: row.get(1)?,
                tie: row.get(2)?,
                started_us: row.get(3)?,
                digest: row.get(7)?,
            };
            if !sieve.lets_through(place, row.get::<_, Option<i64>>(4)?.unwrap_or(0), row.get(5)?) {
                continue;
            }
            let block = row.get_ref(6)?.as_blob().map_err(rusqlite::Error::from)?;
            let (layout, values) = read_points(place.number, block)?;
            let slot = match slots.get(&layout) {
                Some(slot) => *slot,
                None => {
                    let slot = self.layout(layout)?.points.iter().position(|id| *id == series);
                    slots.insert(layout, slot);
                    slot
                }
            };
            if let Some(value) = slot.and_then(|slot| values.get(slot)) {
                points.push(Point { place, value: f64::from_le_bytes(*value) });
            }
        }
        points.reverse();
        Ok(points)
    }

    /// Adds the points of folded runs. Segments are read from the latest back, until none can hold a point that
    /// is newer than those wanted.
    fn folded_series(
        &self,
        lane: LaneId,
        series: SeriesId,
        sieve: &Sieve,
        points: &mut Vec<Point>,
    ) -> Result<(), StoreError> {
        let mut parts = vec![std::mem::take(points)];
        let mut orders: Vec<CommitOrder> = parts[0].iter().map(|point| point.place.order).collect();
        let mut chunks = self.chunks()?;
        for (id, last_order) in self.segments_of(lane)? {
            if let Some(most) = sieve.most.checked_sub(1).filter(|at| *at < orders.len()) {
                let (_, oldest_wanted, _) =
                    orders.select_nth_unstable_by(most, |left, right| right.cmp(left));
                if last_order < *oldest_wanted {
                    break;
                }
            }
            let segment = self.segment(id)?;
            let mut part = Vec::with_capacity(segment.runs.len());
            self.chunk(&mut chunks, id, series, segment.runs.len(), |slot, value| {
                let run = &segment.runs[slot];
                if sieve.lets_through(run.place, run.branch, run.clean) {
                    part.push(Point { place: run.place, value });
                }
            })?;
            orders.extend(part.iter().map(|point| point.place.order));
            parts.push(part);
        }
        *points = parts.into_iter().rev().flatten().collect();
        Ok(())
    }
}
