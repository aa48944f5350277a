//! What changed over a span of history: the level before it against the level at its end.

use jiff::Timestamp;
use plimsoll_analyse::{LevelValues, lasting_changes, level_change, newest_level_values};
use plimsoll_model::{AlertState, CommitOrder, Complaint, Detector, LevelChange, Policy};
use plimsoll_store::{Lane, Place, RunFilter, RunNumber, RunRow, SeriesRow, SqliteStore, StoreError};

use crate::alert_book::{BookedAlert, booked_alerts};
use crate::baseline_runs::MOST_RUNS;
use crate::judge::{DAY_US, Rules};
use crate::levels::Commits;
use crate::span_series::{LEVEL_VALUES, SeriesEnds, SpanSeries, judge_ends};

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
    /// How many series were tested for a change that noise does not explain.
    pub tested: usize,
    /// A change of one of them is suspected, believed or not.
    pub has_suspects: bool,
    /// The alerts that are open, or were opened in the span.
    pub alerts: Vec<BookedAlert>,
    /// What a reader should know.
    pub complaints: Vec<Complaint>,
}

/// Holds the level at the end of a span (the median of the newest 3 values that count) against the level before it (the baseline
/// of the values before the span, from their last change point on), on one branch. Where a suite has no run before the span, the first runs within it stand in.
/// Targets play no part. All series are judged together: what is called changed is little chance among so many.
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
        let mut all = Vec::new();
        for lane in store.lanes(project)? {
            let inside: Vec<&RunRow> =
                runs.iter().filter(|row| row.lane == lane.id && row.eligible).collect();
            if let Some(first) = inside.first() {
                let before = runs_before(store, &lane, branch, first.place)?;
                let ends = Ends::of(before, &inside, &policy, &lane, &mut span.complaints);
                all.extend(ends.series(store, &lane, rules, &policy)?);
            }
        }
        (span.series, span.tested, span.has_suspects) = judge_ends(all, &policy, &alerts);
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
        if !before.is_empty() || inside.len() < 2 {
            return Self { before, inside, is_own_before: false };
        }
        let settings = policy.defaults.baseline;
        let of_end = LEVEL_VALUES.min(inside.len() / 2);
        let count = (inside.len() / 2).max(settings.min).min(inside.len() - of_end).min(settings.window);
        complaints.push(Complaint::new(format!(
            "suite {} on {} has no run before the span: its first {} for the level before",
            lane.suite,
            lane.testbed,
            if count == 1 { "run stands".to_owned() } else { format!("{count} runs stand") }
        )));
        Self { before: inside[..count].to_vec(), inside, is_own_before: true }
    }

    fn series(
        &self,
        store: &SqliteStore,
        lane: &Lane,
        rules: Rules<'_>,
        policy: &Policy,
    ) -> Result<Vec<SeriesEnds>, StoreError> {
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
        for (row, mut before, mut inside) in merged {
            let was_there = before.last().is_some_and(|value| !value.is_nan());
            let older = if self.is_own_before { &[][..] } else { &before[..] };
            let mut changes = Vec::new();
            let settings = policy.settings_for(&row.key);
            let uses_changes = settings.uses(Detector::ChangePoint);
            if uses_changes {
                changes = changes_within(older, &inside, &mut commits)?;
            }
            // What stands for the level before is no part of the one at the end.
            let after = if self.is_own_before { &inside[self.before.len()..] } else { &inside[..] };
            let at_end = after.iter().filter(|value| !value.is_nan()).count().min(LEVEL_VALUES);
            before.retain(|value| !value.is_nan());
            inside.retain(|value| !value.is_nan());
            // What was gone before the span is no part of it.
            if inside.is_empty() && !was_there {
                continue;
            }
            let before = match uses_changes {
                true => newest_level_values(&before, &settings),
                false => LevelValues { values: before, carried: 0 },
            };
            all.push(SeriesEnds { row, before, inside, at_end, changes, age_days: self.age_days() });
        }
        Ok(all)
    }

    /// From the newest run before the span to its first.
    fn age_days(&self) -> f64 {
        match (self.before.last(), self.inside.first()) {
            (Some(before), Some(first)) => (first.started_us - before.started_us) as f64 / DAY_US,
            _ => 0.0,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::renames::Renames;
    use crate::scratch::{SUITE_SERIES, about, append, at, run, scratch_store, suite};

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

    /// `before after verdict` of a series in a history of these values, all within the span.
    #[track_caller]
    fn check_young(values: &[f64], expected: (Option<f64>, Option<f64>, &str)) {
        let (_folder, mut store) = scratch_store();
        for (place, value) in (1..).zip(values) {
            append(&mut store, &run(place, &[("parse", *value)]));
        }
        let span = span_of(&store, SpanStart { from: at(0), after: None });
        let series = &span.series[0];
        assert_eq!((series.before, series.after, series.verdict.name()), expected);
    }

    #[test]
    fn a_young_project_has_a_before_and_an_after_of_its_own() {
        check_young(
            &[100.0, 101.0, 99.0, 100.0, 102.0, 101.0, 100.0, 99.0],
            (Some(100.0), Some(100.0), "unchanged"),
        );
        check_young(
            &[100.0, 101.0, 99.0, 100.0, 102.0, 151.0, 150.0, 149.0],
            (Some(100.0), Some(150.0), "regressed"),
        );
        check_young(&[100.0, 102.0, 150.0, 152.0], (Some(101.0), Some(151.0), "inconclusive"));
        check_young(&[100.0, 102.0], (Some(100.0), Some(102.0), "inconclusive"));
        check_young(&[100.0], (None, Some(100.0), "new"));
    }

    /// Of spans in which nothing changed, one in a hundred is to call anything changed: of these ten hardly one.
    #[test]
    fn of_many_series_that_only_wobble_none_is_called_changed_and_one_that_changed_is() {
        let mut mistaken = 0;
        for seed in 0..10 {
            let (_folder, mut store) = scratch_store();
            for run in suite(seed, 23, 21) {
                append(&mut store, &run);
            }
            let span = span_of(&store, SpanStart { from: at(21), after: None });
            assert_eq!(span.tested, SUITE_SERIES);
            let is_changed: Vec<&str> = told(&span)
                .iter()
                .filter(|told| told.1 != "unchanged" && told.1 != "inconclusive")
                .map(|told| told.0)
                .collect();
            assert!(is_changed.contains(&"bench_0"), "{is_changed:?}");
            mistaken += is_changed.len() - 1;
        }
        assert!(mistaken <= 1, "{mistaken} series that only wobble were called changed");
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
