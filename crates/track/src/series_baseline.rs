//! What the next run of a series is held against.

use jiff::Timestamp;
use plimsoll_analyse::{LevelValues, detections_unless_steady, level_change};
use plimsoll_model::{
    Baseline, BaselineSettings, BaselineSource, Context, Detector, LevelChange, Measurement, Metric, Run,
    SeriesKey, Settings,
};
use plimsoll_store::{Place, RunRow, SeriesRow, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;
use crate::judge::{Rules, baseline_values};
use crate::levels::Commits;

/// The baseline of a series, with the runs behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesBaseline {
    /// What the runs are: the branch.
    pub source: BaselineSource,
    /// Centre, spread and confidence; `None` without a run.
    pub baseline: Option<Baseline>,
    /// How many runs should count.
    pub settings: BaselineSettings,
    /// The runs that count, each with its value, oldest first.
    pub runs: Vec<(RunRow, f64)>,
    /// How many runs before them, on other levels nearby, tell the spread too.
    pub carried: usize,
    /// The note with which somebody accepted a new normal that still counts.
    pub accepted: Option<String>,
    /// The change of level that they start at.
    pub since: Option<LevelChange>,
}

/// What a next run of `series` would be held against: behind all that is stored, on `context`'s branch, to be merged into its
/// base.
pub fn series_baseline(
    store: &SqliteStore,
    project: &str,
    series: &SeriesRow,
    context: &Context,
    rules: Rules<'_>,
    now: Timestamp,
) -> Result<SeriesBaseline, StoreError> {
    let run = next_run(project, series, context);
    let found = BaselineRuns::of_branch(store, &run, None, rules.default_branch)?;
    let values = baseline_values(store, &run, series.id, &found, rules.renames)?;
    let settings = rules.policy.settings_for(&series.key);
    let counting: Vec<usize> = (0..values.len()).filter(|place| !values[*place].is_nan()).collect();
    let row: Vec<f64> = counting.iter().map(|place| values[*place]).collect();
    let (levels, since) = changes(store, &found.runs, &counting, &row, &settings)?;
    let on_level = LevelValues::of(&row, &levels, &settings);
    let settings = settings.baseline;
    let mut counted: Vec<(RunRow, f64)> = Vec::new();
    let start = levels.last().copied().unwrap_or(0);
    let places: Vec<_> =
        counting[start..].iter().map(|place| (&found.runs[*place], &values[*place])).collect();
    for (place, value) in &places[places.len().saturating_sub(settings.window)..] {
        let rows = store.runs(&[place.number])?;
        counted.extend(rows.into_iter().map(|row| (row, **value)));
    }
    let age_days = found
        .runs
        .last()
        .map_or(0.0, |newest| (now.as_microsecond() - newest.started_us) as f64 / crate::judge::DAY_US);
    let accepted = found
        .marks
        .iter()
        .filter(|mark| mark.series.as_ref().is_none_or(|key| *key == series.key))
        .max_by_key(|mark| mark.place)
        .map(|mark| mark.note.clone());
    Ok(SeriesBaseline {
        baseline: on_level.baseline(settings.window, age_days),
        carried: on_level.carried,
        source: found.source,
        settings,
        runs: counted,
        accepted,
        since: since.filter(|change| change.began_back <= settings.window),
    })
}

/// Where levels begin among the values that count, and the newest change.
fn changes(
    store: &SqliteStore,
    runs: &[Place],
    counting: &[usize],
    row: &[f64],
    settings: &Settings,
) -> Result<(Vec<usize>, Option<LevelChange>), StoreError> {
    if !settings.uses(Detector::ChangePoint) {
        return Ok((Vec::new(), None));
    }
    let found = detections_unless_steady(row);
    let mut newest = found.last().map(|found| level_change(&found.point, row.len()));
    if let Some(change) = &mut newest {
        Commits::new(store, runs).name(change, counting)?;
    }
    Ok((found.iter().map(|found| found.point.index).collect(), newest))
}

/// A run that measures this series and nothing else.
fn next_run(project: &str, series: &SeriesRow, context: &Context) -> Run {
    let SeriesKey { suite, testbed, benchmark, parameters, metric } = series.key.clone();
    let metric = Metric {
        name: metric.into(),
        unit: series.unit.clone(),
        direction: series.direction,
        exact: series.exact,
    };
    let measurement = Measurement { parameters, ..Measurement::new("", benchmark, metric, 0.0) };
    Run {
        id: String::new(),
        project: project.to_owned(),
        suite,
        session: None,
        outcome: plimsoll_model::Outcome::Success,
        context: Context { testbed, ..context.clone() },
        measurements: vec![measurement],
        allocators: Vec::new(),
        notes: Vec::new(),
        complaints: Vec::new(),
        unknown: std::collections::BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{ScratchHistory, TESTBED, at};
    use crate::series_name::{SeriesPlace, find_named_series};

    fn baseline_of_parse(history: &ScratchHistory, branch: &str) -> SeriesBaseline {
        let place = SeriesPlace { project: "p", ..SeriesPlace::default() };
        let found = find_named_series(&history.store, place, "parse", &[]).expect("there is such a series");
        let mut context = Context::new(TESTBED, at(50));
        context.branch = Some(branch.to_owned());
        series_baseline(&history.store, "p", &found.row, &context, history.rules(), at(50))
            .expect("it is read")
    }

    #[test]
    fn the_next_run_is_held_against_the_runs_of_its_branch() {
        let mut history = ScratchHistory::quiet();
        history.track("main", &[("parse", 103.0)]);
        let found = baseline_of_parse(&history, "main");
        assert_eq!(found.runs.len(), 8);
        assert_eq!(found.runs.last().map(|(_, value)| *value), Some(103.0));
        assert_eq!(found.baseline.map(|baseline| baseline.center), Some(100.25));
        assert_eq!(baseline_of_parse(&history, "other").baseline, None);
    }

    #[test]
    fn an_accepted_normal_starts_it_anew() {
        let mut history = ScratchHistory::quiet();
        let slow = history.track("main", &[("parse", 150.0)]).number;
        let now = at(50);
        let mut accept =
            |series| history.store.accept_baseline("p", "main", series, slow, "a new allocator", None, now);
        accept(None).expect("it is accepted");
        let found = baseline_of_parse(&history, "main");
        assert_eq!(found.runs.len(), 1);
        assert_eq!(found.accepted.as_deref(), Some("a new allocator"));
    }

    #[test]
    fn only_the_window_is_shown() {
        let mut history = ScratchHistory::quiet();
        history.policy.defaults.baseline.window = 5;
        assert_eq!(baseline_of_parse(&history, "main").runs.len(), 5);
    }
}
