//! One series through history, each point with what was said of it then.

use std::collections::HashMap;

use jiff::Timestamp;
use plimsoll_analyse::stats::{median, theil_sen_slope};
use plimsoll_analyse::{Level, SeriesInput, change_severity, evaluate};
use plimsoll_model::{
    Baseline, Direction, LevelChange, Measurement, Metric, Outcome, SeriesKey, SeriesVerdict, Severity,
    SmallestStep, Unit,
};
use plimsoll_store::{
    Place, Point, RunFilter, RunNumber, RunRow, SeriesFilter, SeriesId, SeriesRow, SqliteStore, StoreError,
};

use crate::baseline_runs::MOST_RUNS;
use crate::judge::{DAY_US, Rules};
use crate::outlook::Watched;
use crate::point_pool::{Held, Pool};

/// Fewer points have no trend.
const FEWEST_FOR_TREND: usize = 5;

/// Which points of a series are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeriesLogRequest<'a> {
    /// The project.
    pub project: &'a str,
    /// Only of these branches; all when empty.
    pub branches: &'a [&'a str],
    /// Only of this session.
    pub session: Option<&'a str>,
    /// Only of runs that started then or later.
    pub since: Option<Timestamp>,
    /// Only the newest so many.
    pub last: Option<usize>,
}

/// Points of one series, and what they add up to.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesLog {
    /// The series.
    pub key: SeriesKey,
    /// The unit of all values.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The points in commit order, oldest first.
    pub points: Vec<LoggedPoint>,
    /// There are older points on these branches. How many is not known: that would mean to read them.
    pub has_older: bool,
    /// What the next run will be held against.
    pub baseline: Option<Baseline>,
    /// Relative change from the first to the last point along the Theil-Sen slope, over the points that count.
    pub trend_change: Option<f64>,
    /// The smallest changes of level that it can show on the branch of its newest point.
    pub smallest_steps: Vec<SmallestStep>,
}

/// A point of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedPoint {
    /// The run that measured it.
    pub row: RunRow,
    /// The value.
    pub value: f64,
    /// Relative change against the baseline of then.
    pub change: Option<f64>,
    /// What ladder and change points say of it against the baseline of then; nothing of a failed or voided run.
    pub verdict: Option<SeriesVerdict>,
    /// How bad it was.
    pub severity: Option<Severity>,
    /// The change of level that began here, as all of history tells.
    pub change_point: Option<LevelChange>,
}

/// Reads the points asked for, by index, and judges each by the values before it. Samples within runs play no part, so that a
/// point of a young series is inconclusive here even where its run was judged by them.
pub fn series_log(
    store: &SqliteStore,
    series: &SeriesRow,
    request: &SeriesLogRequest<'_>,
    rules: Rules<'_>,
) -> Result<SeriesLog, StoreError> {
    store.snapshot(|| {
        let reader = Reader::new(store, series, request, rules)?;
        let mut found = reader.read()?;
        let start = found.len() - request.last.unwrap_or(usize::MAX).min(found.len());
        let mut judge = Judge {
            reader: &reader,
            pools: HashMap::new(),
            depth: request.is_tail().then_some(found.len() - start + MOST_RUNS),
        };
        let mut points = Vec::with_capacity(found.len() - start);
        for (row, value) in found.drain(start..) {
            points.push(judge.judged(row, value)?);
        }
        judge.mark_change_points(&mut points)?;
        Ok(SeriesLog {
            baseline: judge.next_baseline(points.last())?,
            trend_change: trend_change(&points),
            smallest_steps: match points.last() {
                Some(newest) => Watched::read(store, reader.row.id, newest.row.branch.as_deref())?
                    .smallest_steps(reader.row.direction),
                None => Vec::new(),
            },
            key: reader.row.key.clone(),
            unit: reader.row.unit.clone(),
            direction: reader.row.direction,
            points,
            has_older: start > 0,
        })
    })
}

impl SeriesLogRequest<'_> {
    /// Only the end of the series is wanted.
    fn is_tail(&self) -> bool {
        self.last.is_some() && self.session.is_none() && self.since.is_none()
    }
}

/// Reads points of a series under all its names.
struct Reader<'a> {
    store: &'a SqliteStore,
    request: &'a SeriesLogRequest<'a>,
    rules: Rules<'a>,
    row: SeriesRow,
    /// The series itself, then what it was called before.
    ids: Vec<SeriesId>,
}

impl<'a> Reader<'a> {
    fn new(
        store: &'a SqliteStore,
        series: &SeriesRow,
        request: &'a SeriesLogRequest<'a>,
        rules: Rules<'a>,
    ) -> Result<Self, StoreError> {
        let row = series.clone();
        let mut ids = vec![row.id];
        for benchmark in rules.renames.old_names(&row.key.benchmark) {
            let key = SeriesKey { benchmark, ..row.key.clone() };
            for id in store.find_series(row.lane, &key)? {
                if store.series(id)?.unit == row.unit {
                    ids.push(id);
                }
            }
        }
        Ok(Self { store, request, rules, row, ids })
    }

    /// The runs and values asked for, in commit order; of a tail the newest `last` and the one before them, if there is one.
    fn read(&self) -> Result<Vec<(RunRow, f64)>, StoreError> {
        let mut found = if self.request.is_tail() {
            let most = self.request.last.map(|last| last.saturating_add(1));
            let points = self.points(self.request.branches, false, most)?;
            let numbers: Vec<RunNumber> = points.iter().map(|point| point.place.number).collect();
            let rows = self.store.runs(&numbers)?;
            rows.into_iter().zip(points.iter().map(|point| point.value)).collect()
        } else {
            self.read_runs()?
        };
        found.sort_by_key(|(row, _)| row.place);
        Ok(found)
    }

    /// The values of the runs that were chosen by session or by time.
    fn read_runs(&self) -> Result<Vec<(RunRow, f64)>, StoreError> {
        let mut rows = Vec::new();
        for branch in each_or_all(self.request.branches) {
            rows.extend(self.store.select_runs(&RunFilter {
                project: self.request.project,
                suite: Some(&self.row.key.suite),
                testbed: Some(&self.row.key.testbed),
                branch,
                session: self.request.session,
                since: self.request.since,
                ..RunFilter::default()
            })?);
        }
        let numbers: Vec<RunNumber> = rows.iter().map(|row| row.number).collect();
        let columns = self.store.columns(&self.ids, &numbers)?;
        let value_in = |run: usize| {
            (0..self.ids.len()).map(|place| columns.series(place)[run]).find(|value| !value.is_nan())
        };
        Ok(rows.into_iter().enumerate().filter_map(|(place, row)| Some((row, value_in(place)?))).collect())
    }

    /// The newest points of some branches in commit order; those of all when none is named.
    fn points(
        &self,
        branches: &[&str],
        eligible_only: bool,
        last: Option<usize>,
    ) -> Result<Vec<Point>, StoreError> {
        let mut points: Vec<Point> = Vec::new();
        for branch in each_or_all(branches) {
            let filter = SeriesFilter { branch, eligible_only, before: None, last };
            for id in &self.ids {
                points.extend(self.store.read_series(*id, &filter)?);
            }
        }
        points.sort_by_key(|point| point.place);
        points.dedup_by_key(|point| point.place);
        let surplus = points.len() - last.unwrap_or(usize::MAX).min(points.len());
        points.drain(..surplus);
        Ok(points)
    }
}

fn each_or_all<'a>(branches: &[&'a str]) -> Vec<Option<&'a str>> {
    match branches {
        [] => vec![None],
        some => some.iter().copied().map(Some).collect(),
    }
}

/// Holds points against the values before them.
struct Judge<'a> {
    reader: &'a Reader<'a>,
    /// By branch; the empty name stands for all branches together.
    pools: HashMap<String, Pool>,
    /// How many values of a branch can matter, where that is known.
    depth: Option<usize>,
}

impl Judge<'_> {
    fn judged(&mut self, row: RunRow, value: f64) -> Result<LoggedPoint, StoreError> {
        let mut point =
            LoggedPoint { value, change: None, verdict: None, severity: None, change_point: None, row };
        if point.row.voided.is_some() || point.row.outcome != Outcome::Success {
            return Ok(point);
        }
        let place = point.row.place;
        let Held { values: history, newest, given_away } = self.history(&point.row, place)?;
        let newest_age_days = newest.map_or(0.0, |newest| (place.order - newest.order) as f64 / DAY_US);
        let series = &self.reader.row;
        let metric = Metric {
            name: series.key.metric.as_str().into(),
            unit: series.unit.clone(),
            direction: series.direction,
            exact: series.exact,
        };
        let measurement = Measurement::new("", series.key.benchmark.clone(), metric, value);
        let mut input = SeriesInput {
            key: series.key.clone(),
            unit: series.unit.clone(),
            direction: series.direction,
            measurement: Some(&measurement),
            history: Vec::new(),
            level: Level::default(),
            pooled_samples: Vec::new(),
            newest_age_days,
            unit_before: None,
            testbed_is_new: false,
        };
        input.hold_against(history, &self.reader.rules.policy.settings_for(&series.key));
        if let Some(said) = evaluate(&[input], self.reader.rules.policy).series.into_iter().next() {
            point.change = said.change;
            point.verdict = Some(said.verdict);
            point.severity = said.severity;
            let spread = said.baseline.map_or(0.0, |baseline| baseline.spread);
            if let Some(change) = given_away
                && series
                    .direction
                    .worse_sign()
                    .is_some_and(|sign| (change.after - change.before) * sign > 0.0)
            {
                let settings = self.reader.rules.policy.settings_for(&series.key);
                point.severity = point.severity.max(Some(change_severity(&change, spread, &settings)));
            }
            if point.severity >= Some(Severity::Warning) {
                point.verdict = Some(SeriesVerdict::Regressed);
            }
        }
        Ok(point)
    }

    /// What a run at `place` was held against: its base branch up to the merge base where it has one with values, else its own
    /// branch.
    fn history(&mut self, row: &RunRow, place: Place) -> Result<Held, StoreError> {
        let store = self.reader.store;
        let own = row.branch.as_deref().unwrap_or_default();
        let base = store.glance(row.number)?.base;
        if let Some(base) = base.filter(|base| base.branch != own) {
            let order = match &base.hash {
                Some(hash) => store.commit_order(self.reader.request.project, hash)?,
                None => None,
            };
            let limit = order.map_or(place, Place::after_commit);
            let held = self.before(&base.branch, limit, place)?;
            if held.newest.is_some() {
                return Ok(Held { given_away: None, ..held });
            }
        }
        self.before(own, place, place)
    }

    fn before(&mut self, branch: &str, limit: Place, place: Place) -> Result<Held, StoreError> {
        if !self.pools.contains_key(branch) {
            let pool = self.pool(branch)?;
            self.pools.insert(branch.to_owned(), pool);
        }
        Ok(self.pools.get(branch).map_or_else(Held::default, |pool| pool.before(limit, place)))
    }

    fn pool(&self, branch: &str) -> Result<Pool, StoreError> {
        let reader = self.reader;
        let named: &[&str] = if branch.is_empty() { &[] } else { &[branch] };
        let key = &reader.row.key;
        let points = reader.points(named, true, self.depth)?;
        let mut marks = reader.store.baseline_marks(reader.request.project, branch)?;
        marks.retain(|mark| mark.series.as_ref().is_none_or(|series| series == key));
        let accepted = marks.iter().map(|mark| mark.place).collect();
        Ok(Pool::new(points, accepted, &reader.rules.policy.settings_for(key)))
    }

    /// Tells of each point the change that began there on its own branch.
    fn mark_change_points(&self, points: &mut [LoggedPoint]) -> Result<(), StoreError> {
        let mut places: HashMap<(&str, RunNumber), usize> = HashMap::new();
        for (branch, pool) in &self.pools {
            let began = pool.changes().iter().enumerate();
            places.extend(began.map(|(index, found)| ((branch.as_str(), pool.run_of(found)), index)));
        }
        for point in points {
            let branch = point.row.branch.as_deref().unwrap_or_default();
            if let (Some(index), Some(pool)) =
                (places.get(&(branch, point.row.number)), self.pools.get(branch))
            {
                point.change_point = Some(pool.named_change(*index, self.reader.store)?);
            }
        }
        Ok(())
    }

    /// What a run that comes next on the branch of the newest point will be held against.
    fn next_baseline(&mut self, newest: Option<&LoggedPoint>) -> Result<Option<Baseline>, StoreError> {
        let Some(newest) = newest else { return Ok(None) };
        let next = Place { number: newest.row.number + 1, ..newest.row.place };
        let history = self.history(&newest.row, next)?;
        let settings = self.reader.rules.policy.settings_for(&self.reader.row.key);
        Ok(history.values.baseline(settings.baseline.window, 0.0))
    }
}

/// The slope over the points that may enter a baseline, from the first to the last of them.
fn trend_change(points: &[LoggedPoint]) -> Option<f64> {
    let values: Vec<f64> =
        points.iter().filter(|point| point.row.eligible).map(|point| point.value).collect();
    if values.len() < FEWEST_FOR_TREND {
        return None;
    }
    let rise = theil_sen_slope(&values)? * (values.len() - 1) as f64;
    let start = median(&values)? - rise / 2.0;
    (start != 0.0).then(|| rise / start.abs()).filter(|change| change.is_finite())
}

#[cfg(test)]
#[path = "series_log_tests.rs"]
mod tests;
