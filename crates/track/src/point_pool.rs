//! The values of a branch that may enter a baseline, with the places where their level changed.

use plimsoll_analyse::change_point::{ChangePoint, Detection};
use plimsoll_analyse::{LevelValues, detections_unless_steady, lasting_changes, level_change};
use plimsoll_model::{Detector, LevelChange, Settings};
use plimsoll_store::{Place, Point, RunNumber, SqliteStore, StoreError};

use crate::baseline_runs::MOST_RUNS;

/// What may enter the baselines of a branch.
pub(crate) struct Pool {
    points: Vec<Point>,
    /// Where somebody accepted a new normal.
    accepted: Vec<Place>,
    /// The changes of level among the points as they were found, in order.
    found: Vec<Detection>,
    /// Those that are changes with hindsight.
    lasting: Vec<ChangePoint>,
    settings: Settings,
}

/// What a value is held against.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    /// Values on one level.
    pub(crate) values: LevelValues,
    /// Where the newest of them stands.
    pub(crate) newest: Option<Place>,
    /// The change that the value gives away, if it is the next of its branch and does.
    pub(crate) given_away: Option<LevelChange>,
}

impl Pool {
    /// Finds the changes of level among `points`, which come in order. None reaches across an accepted new normal.
    pub(crate) fn new(points: Vec<Point>, mut accepted: Vec<Place>, settings: &Settings) -> Self {
        accepted.sort_unstable();
        let (found, lasting) = (Vec::new(), Vec::new());
        let mut pool = Self { points, accepted, found, lasting, settings: settings.clone() };
        if settings.uses(Detector::ChangePoint) {
            let starts = pool.accepted.iter().map(|mark| pool.before_place(*mark));
            let mut edges: Vec<usize> = [0].into_iter().chain(starts).chain([pool.points.len()]).collect();
            edges.dedup();
            for edge in edges.windows(2) {
                let values: Vec<f64> =
                    pool.points[edge[0]..edge[1]].iter().map(|point| point.value).collect();
                let moved = |mut found: Detection| {
                    found.at += edge[0];
                    found.point.index += edge[0];
                    found
                };
                pool.found.extend(detections_unless_steady(&values).into_iter().map(moved));
                let lasting = lasting_changes(&values).into_iter();
                pool.lasting
                    .extend(lasting.map(|point| ChangePoint { index: point.index + edge[0], ..point }));
            }
        }
        pool
    }

    /// What a value at `place` was held against: up to `MOST_RUNS` values before `limit` on one level, from the newest accepted baseline
    /// on.
    pub(crate) fn before(&self, limit: Place, place: Place) -> Held {
        let end = self.before_place(limit);
        let accepted = self.accepted.iter().rfind(|mark| **mark < place);
        let start = accepted.map_or(0, |mark| self.before_place(*mark)).min(end);
        let known = self.found.iter().filter(|found| found.at < end);
        let is_next = self.points.get(end).is_some_and(|point| point.place == place);
        let given_away = self.found.iter().find(|found| is_next && found.at == end);
        let end = given_away.map_or(end, |found| found.point.index.max(start));
        let start = start.max(end.saturating_sub(MOST_RUNS));
        let held = &self.points[start..end];
        let values: Vec<f64> = held.iter().map(|point| point.value).collect();
        let levels: Vec<usize> = known
            .filter_map(|found| found.point.index.checked_sub(start))
            .filter(|level| *level > 0)
            .collect();
        Held {
            values: LevelValues::of(&values, &levels, &self.settings),
            newest: held.last().map(|point| point.place),
            given_away: given_away.map(|found| level_change(&found.point, found.at)),
        }
    }

    /// The changes of level that hindsight shows, in order.
    pub(crate) fn changes(&self) -> &[ChangePoint] {
        &self.lasting
    }

    /// The run whose value is the first of a new level.
    pub(crate) fn run_of(&self, point: &ChangePoint) -> RunNumber {
        self.points[point.index].place.number
    }

    /// The change at `index` of [`Pool::changes`], with its commits.
    pub(crate) fn named_change(&self, index: usize, store: &SqliteStore) -> Result<LevelChange, StoreError> {
        let found = &self.lasting[index];
        let commit = |place: Option<usize>| -> Result<Option<String>, StoreError> {
            match place.and_then(|place| self.points.get(place)) {
                Some(point) => Ok(store.runs(&[point.place.number])?.pop().and_then(|row| row.commit)),
                None => Ok(None),
            }
        };
        let newest = self.points.len().saturating_sub(1);
        Ok(LevelChange {
            last_before: commit(found.index.checked_sub(1))?,
            began: commit(Some(found.index))?,
            ..level_change(found, newest)
        })
    }

    fn before_place(&self, place: Place) -> usize {
        self.points.partition_point(|point| point.place < place)
    }
}
