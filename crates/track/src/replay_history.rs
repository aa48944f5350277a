//! The stored history of a project judged again, series by series on all cores.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;
use plimsoll_model::{Replayed, Target};
use plimsoll_store::{Lane, RunFilter, RunNumber, RunRow, SeriesRow, SqliteStore, StoreError};

use crate::compare::fits;
use crate::in_order::{Job, in_order};
use crate::renames::Renames;
use crate::replay_input::ReplayOptions;
use crate::span::SpanStart;

/// About so many values are read from the store at a time.
const VALUES_A_STEP: usize = 1 << 20;

/// Which series of a store are judged again.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReplayRequest<'a> {
    /// The project.
    pub project: &'a str,
    /// Only runs of this branch.
    pub branch: Option<&'a str>,
    /// Only this suite.
    pub suite: Option<&'a str>,
    /// Only this class of machine.
    pub testbed: Option<&'a str>,
    /// Only series whose name or benchmark fits.
    pub filter: Option<&'a str>,
    /// Only what is found from here on; all of history is judged even so.
    pub start: Option<SpanStart>,
}

/// The run that a value of a stored series comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedRun {
    /// The commit it measured.
    pub commit: Option<String>,
    /// When it started.
    pub started_at: Timestamp,
}

/// The runs of the values of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedRuns {
    of_lane: Arc<[ReplayedRun]>,
    /// The place in the lane of each value.
    places: Vec<u32>,
}

impl ReplayedRuns {
    /// The run of the value at `index`.
    pub fn get(&self, index: usize) -> Option<&ReplayedRun> {
        self.of_lane.get(*self.places.get(index)? as usize)
    }

    /// The run of each value.
    pub fn iter(&self) -> impl Iterator<Item = &ReplayedRun> {
        self.places.iter().map(|place| &self.of_lane[*place as usize])
    }
}

/// A stored series that was judged again.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayedSeries {
    /// The series, under its present name.
    pub row: SeriesRow,
    /// The values that count, in commit order.
    pub values: Vec<f64>,
    /// Their runs.
    pub runs: ReplayedRuns,
    /// What was found in the span that was asked for.
    pub replayed: Replayed,
}

/// Judges every series that the request names, over its successful, clean, unvoided runs in commit order, and hands them to
/// `each` in the order of their names. `progress` is told how many series were judged, and of how many. Baselines that were
/// accepted by hand play no part, nor do targets for each item.
pub fn replay_history(
    store: &SqliteStore,
    request: &ReplayRequest<'_>,
    renames: &Renames,
    options: &ReplayOptions<'_>,
    mut progress: impl FnMut(usize, usize) + Send,
    each: impl FnMut(ReplayedSeries) -> ControlFlow<()> + Send,
) -> Result<(), StoreError> {
    store.snapshot(|| {
        let mut lanes = LaneHistory::all(store, request, renames)?;
        let total = lanes.iter().map(|lane| lane.series.len()).sum();
        let mut ready = Vec::new();
        let source = || {
            while ready.is_empty() {
                let Some(lane) = lanes.last_mut() else { return Ok(None) };
                ready = lane.read_step(store)?;
                if lane.series.is_empty() {
                    lanes.pop();
                }
            }
            Ok(ready.pop().map(|job: Gathered| Job { weight: job.values.len() * 16, job }))
        };
        let (mut each, mut done) = (each, 0);
        let sink = |series: Option<ReplayedSeries>| {
            done += 1;
            progress(done, total);
            series.map_or(ControlFlow::Continue(()), &mut each)
        };
        in_order(options.workers, source, |job| job.judge(options), sink)
    })
}

/// The series of one lane that were not read yet, last name first.
struct LaneHistory {
    numbers: Vec<RunNumber>,
    runs: Arc<[ReplayedRun]>,
    /// The place of the first run of the span.
    span_start: usize,
    /// Each series under its present name, with all rows that hold its values, the present one first.
    series: Vec<Vec<SeriesRow>>,
}

impl LaneHistory {
    /// The lanes, the last to be read first.
    fn all(
        store: &SqliteStore,
        request: &ReplayRequest<'_>,
        renames: &Renames,
    ) -> Result<Vec<Self>, StoreError> {
        let wanted = |lane: &Lane| {
            request.suite.is_none_or(|suite| suite == lane.suite)
                && request.testbed.is_none_or(|testbed| testbed == lane.testbed)
        };
        let mut lanes = Vec::new();
        for lane in store.lanes(request.project)?.into_iter().filter(wanted) {
            let rows = store.select_runs(&RunFilter {
                project: request.project,
                suite: Some(&lane.suite),
                testbed: Some(&lane.testbed),
                branch: request.branch,
                eligible_only: true,
                ..RunFilter::default()
            })?;
            let series = merged(store.series_of(lane.id)?, request.filter, renames);
            if !rows.is_empty() && !series.is_empty() {
                lanes.push(Self::new(rows, series, request.start));
            }
        }
        lanes.reverse();
        Ok(lanes)
    }

    fn new(rows: Vec<RunRow>, series: Vec<Vec<SeriesRow>>, start: Option<SpanStart>) -> Self {
        let is_before = |row: &RunRow| {
            start.is_some_and(|start| {
                row.started_at < start.from || start.after.is_some_and(|after| row.place.order <= after)
            })
        };
        Self {
            span_start: rows.iter().rposition(is_before).map_or(0, |last| last + 1),
            numbers: rows.iter().map(|row| row.number).collect(),
            runs: rows
                .into_iter()
                .map(|row| ReplayedRun { commit: row.commit, started_at: row.started_at })
                .collect(),
            series,
        }
    }

    /// Reads the values of some of the series; the last to be judged first.
    fn read_step(&mut self, store: &SqliteStore) -> Result<Vec<Gathered>, StoreError> {
        let count = (VALUES_A_STEP / self.numbers.len().max(1)).clamp(1, self.series.len());
        let step = self.series.split_off(self.series.len() - count);
        let ids: Vec<_> = step.iter().flatten().map(|row| row.id).collect();
        let columns = store.columns(&ids, &self.numbers)?;
        let mut column = 0;
        let mut gathered = Vec::with_capacity(count);
        for rows in step {
            let of_series: Vec<&[f64]> = (column..column + rows.len()).map(|at| columns.series(at)).collect();
            column += rows.len();
            gathered.extend(rows.into_iter().next().map(|row| self.gather(row, &of_series)));
        }
        Ok(gathered)
    }

    /// The values of a series in the runs that measured it, under whatever name.
    fn gather(&self, row: SeriesRow, columns: &[&[f64]]) -> Gathered {
        let (mut values, mut places) = (Vec::new(), Vec::new());
        for place in 0..self.numbers.len() {
            if let Some(value) = columns.iter().map(|column| column[place]).find(|value| !value.is_nan()) {
                values.push(value);
                places.push(place as u32);
            }
        }
        let span_start = places.partition_point(|place| (*place as usize) < self.span_start);
        Gathered { row, values, runs: ReplayedRuns { of_lane: Arc::clone(&self.runs), places }, span_start }
    }
}

/// The series that fit, by name in descending order, those that were renamed under their present name. What changed its unit
/// goes on as another series.
fn merged(rows: Vec<SeriesRow>, filter: Option<&str>, renames: &Renames) -> Vec<Vec<SeriesRow>> {
    let mut merged: Vec<Vec<SeriesRow>> = Vec::new();
    let mut places = HashMap::new();
    for row in rows {
        let new_name = renames.new_name(&row.key.benchmark);
        let is_renamed = new_name.is_some();
        let mut row = row;
        row.key.benchmark = new_name.unwrap_or(row.key.benchmark);
        if !filter.is_none_or(|filter| fits(filter, &row.key)) {
            continue;
        }
        let place = *places.entry((row.key.clone(), row.unit.clone())).or_insert(merged.len());
        match merged.get_mut(place) {
            None => merged.push(vec![row]),
            Some(same) if is_renamed => same.push(row),
            Some(same) => same.insert(0, row),
        }
    }
    merged.sort_by(|left, right| right[0].key.cmp(&left[0].key));
    merged
}

/// A series that was read.
struct Gathered {
    row: SeriesRow,
    values: Vec<f64>,
    runs: ReplayedRuns,
    /// The index of the first value of the span.
    span_start: usize,
}

impl Gathered {
    /// `None` of a series that was not measured in the span.
    fn judge(self, options: &ReplayOptions<'_>) -> Option<ReplayedSeries> {
        let Self { row, values, runs, span_start } = self;
        if span_start >= values.len() {
            return None;
        }
        let is_of_unit =
            |target: &&Target| target.unit.as_ref().is_none_or(|unit| unit.compares_with(&row.unit));
        let target = options.policy.target_for(&row.key).filter(is_of_unit);
        let mut replayed = options.judge(&values, row.direction, &row.key, target);
        replayed.alerts.retain(|alert| alert.at >= span_start);
        replayed.change_points.retain(|point| point.index >= span_start);
        Some(ReplayedSeries { row, values, runs, replayed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{about, append, at, hash, run, scratch_store};
    use plimsoll_model::Policy;

    /// What is found, as `series began..at by the commits' places`.
    fn told(store: &SqliteStore, request: &ReplayRequest<'_>) -> Vec<String> {
        let policy = Policy::default();
        let options = ReplayOptions { policy: &policy, only_retrospective: false, workers: 2 };
        let renames = Renames::new([("old".to_owned(), "new".to_owned())]);
        let mut told = Vec::new();
        let place = |run: Option<&ReplayedRun>| {
            let commit = run.and_then(|run| run.commit.clone());
            (1..100).find(|place| commit.as_deref() == Some(&hash(*place)))
        };
        let each = |series: ReplayedSeries| {
            let alerts = series.replayed.alerts.iter().map(|alert| {
                let began = place(series.runs.get(alert.began)).expect("a commit");
                let is_prompt = place(series.runs.get(alert.at)).is_some_and(|at| at < began + 8);
                format!("{began} {is_prompt}")
            });
            let alerts: Vec<String> = alerts.collect();
            told.push(format!("{} {} [{}]", series.row.key.benchmark, series.values.len(), alerts.join(" ")));
            ControlFlow::Continue(())
        };
        replay_history(store, request, &renames, &options, |_, _| {}, each).expect("it is judged");
        told
    }

    #[test]
    fn history_is_judged_commit_by_commit() {
        let (_folder, mut store) = scratch_store();
        for place in 1..=60 {
            let parse = if place > 40 { 130.0 } else { 100.0 };
            let renamed = if place > 20 { "new" } else { "old" };
            let mut times = vec![("parse", about(parse, place)), (renamed, about(9.0, place))];
            if place <= 10 {
                times.push(("gone", 1.0));
            }
            append(&mut store, &run(place, &times));
        }
        let all = ReplayRequest { project: "p", branch: Some("main"), ..ReplayRequest::default() };
        assert_eq!(told(&store, &all), ["gone 10 []", "new 60 []", "parse 60 [41 true]"]);
        let since = |place| Some(SpanStart { from: at(place), after: None });
        let late = ReplayRequest { start: since(30), ..all };
        assert_eq!(told(&store, &late), ["new 60 []", "parse 60 [41 true]"]);
        let later = ReplayRequest { start: since(55), filter: Some("parse*"), ..all };
        assert_eq!(told(&store, &later), ["parse 60 []"]);
        assert_eq!(told(&store, &ReplayRequest { suite: Some("slow"), ..all }), [""; 0]);
    }
}
