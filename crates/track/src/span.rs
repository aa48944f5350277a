//! What changed over a span of history: the level before it against the level at its end.

use jiff::Timestamp;
use plimsoll_analyse::stats::median;
use plimsoll_analyse::{Level, SeriesInput, evaluate, lasting_changes, level_change, newest_level};
use plimsoll_model::{
    Alert, AlertState, CommitOrder, Complaint, Detector, Direction, LevelChange, Measurement, Metric, Policy,
    SeriesEvaluation, SeriesKey, SeriesVerdict, Severity, Unit,
};
use plimsoll_store::{Lane, Place, RunFilter, RunNumber, RunRow, SeriesRow, SqliteStore, StoreError};

use crate::alert_book::{BookedAlert, booked_alerts};
use crate::baseline_runs::MOST_RUNS;
use crate::judge::{DAY_US, Rules};
use crate::levels::Commits;
use crate::track::LIVE;

/// The newest values whose median is the level at the end.
const LEVEL_VALUES: usize = 3;

/// Where a span begins; it ends with the newest run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanStart {
    /// Only runs that started then or later.
    pub from: Timestamp,
    /// Only runs of commits behind this one, where a revision was named.
    pub after: Option<CommitOrder>,
}

/// What changed over a span.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Span {
    /// The runs covered, oldest first.
    pub runs: Vec<RunRow>,
    /// Every series with a value in the span, and those that the newest run before it measured.
    pub series: Vec<SpanSeries>,
    /// The alerts that are open, or were opened in the span.
    pub alerts: Vec<BookedAlert>,
    /// What a reader should know.
    pub complaints: Vec<Complaint>,
}

/// A series with its level at both ends of the span.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanSeries {
    /// The series.
    pub key: SeriesKey,
    /// Its unit.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The median of the baseline when the span began.
    pub before: Option<f64>,
    /// The median of the newest values.
    pub after: Option<f64>,
    /// Relative change between the two.
    pub change: Option<f64>,
    /// What the ladder says of it.
    pub verdict: SeriesVerdict,
    /// How bad a regression is.
    pub severity: Option<Severity>,
    /// The commit at which the newest alert on it began.
    pub began: Option<String>,
    /// Where its level changed within the span, oldest first.
    pub changes: Vec<LevelChange>,
    /// The values in the span, oldest first.
    pub values: Vec<f64>,
}

/// Holds the level at the end of a span (the median of the newest 3 values that count) against the level before it (the baseline
/// of the values before the span, from their last change point on), on one branch. Where a suite has no run before the span, the first runs within it stand in.
/// Targets play no part.
pub fn span(
    store: &SqliteStore,
    project: &str,
    branch: Option<&str>,
    start: SpanStart,
    rules: Rules<'_>,
) -> Result<Span, StoreError> {
    store.snapshot(|| {
        let mut runs = store.select_runs(&RunFilter {
            project,
            branch,
            since: Some(start.from),
            ..RunFilter::default()
        })?;
        runs.retain(|row| start.after.is_none_or(|after| row.place.order > after));
        let mut alerts = booked_alerts(store, project, &[])?;
        alerts.retain(|booked| {
            booked.alert.state == AlertState::Open || booked.alert.triggered_at >= start.from
        });
        let policy = Policy { targets: Vec::new(), ..rules.policy.clone() };
        let mut span = Span { complaints: left_out(&runs).into_iter().collect(), ..Span::default() };
        for lane in store.lanes(project)? {
            let inside: Vec<&RunRow> =
                runs.iter().filter(|row| row.lane == lane.id && row.eligible).collect();
            if let Some(first) = inside.first() {
                let before = runs_before(store, &lane, branch, first.place)?;
                let ends = Ends::of(before, &inside, &policy, &lane, &mut span.complaints);
                span.series.extend(ends.series(store, &lane, rules, &policy, &alerts)?);
            }
        }
        span.runs = runs;
        span.alerts = alerts;
        Ok(span)
    })
}

/// Runs that are covered and do not count.
fn left_out(runs: &[RunRow]) -> Option<Complaint> {
    let count = runs.iter().filter(|row| !row.eligible).count();
    (count > 0).then(|| {
        Complaint::new(format!(
            "{count} of {} runs failed, are void or measured changes that are not committed: their values do not count",
            runs.len()
        ))
    })
}

fn runs_before(
    store: &SqliteStore,
    lane: &Lane,
    branch: Option<&str>,
    first: Place,
) -> Result<Vec<Place>, StoreError> {
    let rows = store.select_runs(&RunFilter {
        project: &lane.project,
        suite: Some(&lane.suite),
        testbed: Some(&lane.testbed),
        branch,
        before: Some(first),
        eligible_only: true,
        newest_first: true,
        limit: Some(MOST_RUNS),
        ..RunFilter::default()
    })?;
    Ok(rows.into_iter().rev().map(|row| row.place).collect())
}

/// The runs that make the level before and those of the span.
struct Ends {
    before: Vec<Place>,
    inside: Vec<Place>,
    /// The first runs within stand for those before.
    is_own_before: bool,
}

impl Ends {
    fn of(
        before: Vec<Place>,
        inside: &[&RunRow],
        policy: &Policy,
        lane: &Lane,
        complaints: &mut Vec<Complaint>,
    ) -> Self {
        let inside: Vec<Place> = inside.iter().map(|row| row.place).collect();
        let first = policy.defaults.baseline.min;
        if !before.is_empty() || inside.len() < 2 * first {
            return Self { before, inside, is_own_before: false };
        }
        let count = (inside.len() / 2).min(policy.defaults.baseline.window);
        complaints.push(Complaint::new(format!(
            "suite {} on {} has no run before the span: its first {count} runs stand for the level before",
            lane.suite, lane.testbed
        )));
        Self { before: inside[..count].to_vec(), inside, is_own_before: true }
    }

    fn series(
        &self,
        store: &SqliteStore,
        lane: &Lane,
        rules: Rules<'_>,
        policy: &Policy,
        alerts: &[BookedAlert],
    ) -> Result<Vec<SpanSeries>, StoreError> {
        let rows = store.series_of(lane.id)?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let numbers = |places: &[Place]| places.iter().map(|place| place.number).collect::<Vec<RunNumber>>();
        let before = store.columns(&ids, &numbers(&self.before))?;
        let inside = store.columns(&ids, &numbers(&self.inside))?;
        let mut merged: Vec<(SeriesRow, Vec<f64>, Vec<f64>)> = Vec::with_capacity(rows.len());
        let mut places = std::collections::HashMap::new();
        for (column, mut row) in rows.into_iter().enumerate() {
            if let Some(name) = rules.renames.new_name(&row.key.benchmark) {
                row.key.benchmark = name;
            }
            let place = *places.entry((row.key.clone(), row.unit.clone())).or_insert(merged.len());
            if place == merged.len() {
                let empty = |places: &[Place]| vec![f64::NAN; places.len()];
                merged.push((row, empty(&self.before), empty(&self.inside)));
            }
            fill(&mut merged[place].1, before.series(column));
            fill(&mut merged[place].2, inside.series(column));
        }
        let older: &[Place] = if self.is_own_before { &[] } else { &self.before };
        let row_of_runs = [older, &self.inside].concat();
        let mut commits = Commits::new(store, &row_of_runs);
        let mut all = Vec::with_capacity(merged.len());
        for (row, mut before, inside) in merged {
            let was_there = before.last().is_some_and(|value| !value.is_nan());
            let older = if self.is_own_before { &[][..] } else { &before[..] };
            let mut changes = Vec::new();
            if policy.settings_for(&row.key).uses(Detector::ChangePoint) {
                changes = changes_within(older, &inside, &mut commits)?;
                before.retain(|value| !value.is_nan());
                before = newest_level(&before).to_vec();
            }
            let judged = self.judged(row, before, inside, was_there, policy, alerts);
            all.extend(judged.map(|mut series| {
                if series.verdict == SeriesVerdict::Regressed && series.began.is_none() {
                    series.began = changes.last().and_then(|change| change.began.clone());
                }
                SpanSeries { changes, ..series }
            }));
        }
        Ok(all)
    }

    /// `None` of a series that was gone before the span.
    fn judged(
        &self,
        row: SeriesRow,
        mut before: Vec<f64>,
        mut inside: Vec<f64>,
        was_there: bool,
        policy: &Policy,
        alerts: &[BookedAlert],
    ) -> Option<SpanSeries> {
        before.retain(|value| !value.is_nan());
        inside.retain(|value| !value.is_nan());
        if inside.is_empty() && !was_there {
            return None;
        }
        let after = median(&inside[inside.len().saturating_sub(LEVEL_VALUES)..]);
        let judged = judge(&row, before, after, self.age_days(), policy)?;
        let alert = alerts.iter().map(|booked| &booked.alert).find(|alert| alert.series == row.key);
        let live = alert.filter(|alert| alert.target.is_none() && LIVE.contains(&alert.state));
        let mut series = SpanSeries {
            before: judged.baseline.map(|baseline| baseline.center),
            after,
            change: judged.change,
            verdict: judged.verdict,
            severity: judged.severity,
            began: None,
            changes: Vec::new(),
            key: row.key,
            unit: row.unit,
            direction: row.direction,
            values: inside,
        };
        if let Some(alert) = live.filter(|_| series.verdict != SeriesVerdict::Regressed) {
            series.follow(alert);
        }
        if series.verdict == SeriesVerdict::Regressed {
            series.began = alert.and_then(|alert| alert.began.clone());
        }
        Some(series)
    }

    /// From the newest run before the span to its first.
    fn age_days(&self) -> f64 {
        match (self.before.last(), self.inside.first()) {
            (Some(before), Some(first)) => (first.started_us - before.started_us) as f64 / DAY_US,
            _ => 0.0,
        }
    }
}

impl SpanSeries {
    /// What an alert that still speaks has found is told, also where the median of the newest values does not show it yet, or the
    /// span has no level before.
    fn follow(&mut self, alert: &Alert) {
        self.verdict = SeriesVerdict::Regressed;
        self.severity = self.severity.max(Some(alert.severity));
        self.before = Some(alert.expected_value);
        self.after = self.values.last().copied().or(Some(alert.current_value));
        self.change = self
            .after
            .map(|after| (after - alert.expected_value) / alert.expected_value.abs())
            .filter(|change| change.is_finite());
    }
}

/// The changes of level that began within a span, seen from all values up to its end. NaN where a run has no value.
fn changes_within(
    before: &[f64],
    inside: &[f64],
    commits: &mut Commits<'_>,
) -> Result<Vec<LevelChange>, StoreError> {
    let row = [before, inside].concat();
    let places: Vec<usize> = (0..row.len()).filter(|place| !row[*place].is_nan()).collect();
    let values: Vec<f64> = places.iter().map(|place| row[*place]).collect();
    let mut changes = Vec::new();
    for found in lasting_changes(&values) {
        if places.get(found.index).is_some_and(|place| *place >= before.len()) {
            let mut change = level_change(&found, values.len());
            commits.name(&mut change, &places)?;
            changes.push(change);
        }
    }
    Ok(changes)
}

fn fill(values: &mut [f64], others: &[f64]) {
    for (value, other) in values.iter_mut().zip(others) {
        if value.is_nan() {
            *value = *other;
        }
    }
}

fn judge(
    row: &SeriesRow,
    before: Vec<f64>,
    after: Option<f64>,
    newest_age_days: f64,
    policy: &Policy,
) -> Option<SeriesEvaluation> {
    let metric = Metric {
        name: row.key.metric.as_str().into(),
        unit: row.unit.clone(),
        direction: row.direction,
        exact: row.exact,
    };
    let level = after.map(|after| Measurement::new("", row.key.benchmark.clone(), metric, after));
    let input = SeriesInput {
        key: row.key.clone(),
        unit: row.unit.clone(),
        direction: row.direction,
        measurement: level.as_ref(),
        history: before,
        level: Level::default(),
        pooled_samples: Vec::new(),
        newest_age_days,
        unit_before: None,
        testbed_is_new: false,
    };
    evaluate(&[input], policy).series.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::renames::Renames;
    use crate::scratch::{about, append, at, run, scratch_store};

    fn span_of(store: &SqliteStore, start: SpanStart) -> Span {
        let rules = Rules {
            policy: &Policy::default(),
            renames: &Renames::new([("old".to_owned(), "new".to_owned())]),
            default_branch: "main",
        };
        span(store, "p", Some("main"), start, rules).unwrap()
    }

    fn told(span: &Span) -> Vec<(&str, &str, usize)> {
        span.series
            .iter()
            .map(|series| (series.key.benchmark.as_str(), series.verdict.name(), series.values.len()))
            .collect()
    }

    #[test]
    fn the_level_before_is_held_against_the_level_at_the_end() {
        let (_folder, mut store) = scratch_store();
        for place in 1..=20 {
            let parse = if place > 14 { 130.0 } else { 100.0 };
            let renamed = if place > 12 { "new" } else { "old" };
            let mut times = vec![("parse", about(parse, place)), (renamed, about(9.0, place))];
            if place <= 10 {
                times.push(("gone", 1.0));
            }
            append(&mut store, &run(place, &times));
        }
        let start = SpanStart { from: at(11), after: None };
        let span = span_of(&store, start);
        assert_eq!(
            told(&span),
            [("parse", "regressed", 10), ("new", "unchanged", 10), ("gone", "missing", 0)]
        );
        assert_eq!((span.series[0].before, span.series[0].after), (Some(100.0), Some(129.61)));
        assert_eq!(span.runs.len(), 10);
    }

    #[test]
    fn history_that_begins_within_the_span_is_its_own_before() {
        let (_folder, mut store) = scratch_store();
        for place in 1..=12 {
            let parse = if place > 6 { 70.0 } else { 100.0 };
            append(&mut store, &run(place, &[("parse", about(parse, place))]));
        }
        let start = SpanStart { from: at(0), after: None };
        let span = span_of(&store, start);
        assert_eq!(told(&span), [("parse", "improved", 12)]);
        assert_eq!(
            span.complaints[0].message,
            "suite fast on linux/x86_64/4 has no run before the span: its first 6 runs stand for the level before"
        );
    }

    #[test]
    fn a_span_may_begin_behind_a_commit() {
        let (_folder, mut store) = scratch_store();
        for place in 1..=4 {
            append(&mut store, &run(place, &[("parse", 1.0)]));
        }
        let start = SpanStart { from: at(3), after: Some(at(3).as_microsecond()) };
        assert_eq!(span_of(&store, start).runs.len(), 1);
    }
}
