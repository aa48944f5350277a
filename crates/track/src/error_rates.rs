//! What no failure says: an operation that was called and tells no error rate had one of zero.
//!
//! A program tells the share of failed calls only where there is one, so that hundreds of operations that never fail have no series
//! of zeros. Here, where all of history is at hand, the zeros are put in: an error rate that appears is held against them, and
//! one that is gone is seen to be.

use std::collections::BTreeMap;

use plimsoll_model::{Direction, Measurement, Metric, Name, Outcome, Parameters, Run, SeriesKey, Unit};
use plimsoll_store::{LaneId, Place, RunNumber, SeriesId, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;
use crate::judge::Subject;

/// The share of failed calls.
pub(crate) const ERROR_RATE: &str = "error_rate";
/// The harness of what a program measured itself. It tells error rates only where there are any; of others, absence says nothing.
pub const PROBE_HARNESS: &str = "plimsoll-probe";
/// What every operation that was called has.
const TIME: &str = "time";
/// What tells the first call of an operation apart.
const START: &str = "start";

/// A run with zeros that it does not tell itself, and its series where they are known.
pub(crate) struct WithZeros {
    pub(crate) run: Run,
    pub(crate) series: Option<Vec<SeriesId>>,
}

/// The run with an error rate of zero for each operation that failed in one of the baseline's runs and not in this one; `None`
/// where there is none.
pub(crate) fn with_zeros(
    store: &SqliteStore,
    subject: Subject<'_>,
    baseline: &BaselineRuns,
) -> Result<Option<WithZeros>, StoreError> {
    let run = subject.run;
    let Some(lane) = store.lane(&run.project, &run.suite, &run.context.testbed)? else { return Ok(None) };
    let mut zeros = Vec::new();
    for ((benchmark, parameters), calls) in calls_without_failure(run) {
        let zero = error_rate_of_zero(benchmark, parameters, calls);
        let found = store.find_series(lane, &run.series_of(&zero))?;
        let values = store.columns(&found, &numbers(&baseline.runs))?;
        let had_failed = |place: &usize| values.series(*place).iter().any(|value| *value > 0.0);
        if let Some(id) = (0..found.len()).find(had_failed).and_then(|place| found.get(place))
            && store.series(*id)?.unit == zero.metric.unit
        {
            zeros.push((zero, *id));
        }
    }
    if zeros.is_empty() {
        return Ok(None);
    }
    let (zeros, ids): (Vec<Measurement>, Vec<SeriesId>) = zeros.into_iter().unzip();
    let mut run = run.clone();
    run.measurements.extend(zeros);
    Ok(Some(WithZeros { run, series: subject.series.map(|series| [series, &ids].concat()) }))
}

/// Puts zeros into the history of error rates: for runs in which the operation was called. A single failed call is held against
/// nothing where none had failed before: among thousands of calls there is always a first one.
pub(crate) fn add_zeros(
    store: &SqliteStore,
    lane: LaneId,
    run: &Run,
    baseline: &BaselineRuns,
    values: &mut [Vec<f64>],
) -> Result<(), StoreError> {
    for (measurement, values) in run.measurements.iter().zip(values) {
        let is_first = values.iter().all(|value| value.is_nan());
        if !is_error_rate(measurement)
            || !values.iter().any(|value| value.is_nan())
            || is_first && failed_calls(measurement) == Some(1)
        {
            continue;
        }
        let warm = SeriesKey { metric: TIME.to_owned(), ..run.series_of(measurement) };
        let mut cold = warm.clone();
        cold.parameters.insert(START, "cold");
        let mut ids = store.find_series(lane, &warm)?;
        ids.extend(store.find_series(lane, &cold)?);
        let calls = store.columns(&ids, &numbers(&baseline.runs))?;
        for (place, value) in values.iter_mut().enumerate() {
            let was_called =
                (0..ids.len()).any(|id| calls.series(id).get(place).is_some_and(|time| !time.is_nan()));
            if value.is_nan() && was_called {
                *value = 0.0;
            }
        }
    }
    Ok(())
}

/// The operations of which calls succeeded and none failed, and how many calls those were.
fn calls_without_failure(run: &Run) -> BTreeMap<(Name, Parameters), u64> {
    let mut calls: BTreeMap<(Name, Parameters), u64> = BTreeMap::new();
    if run.outcome != Outcome::Success {
        return calls;
    }
    let is_call = |measurement: &&Measurement| {
        *measurement.harness == *PROBE_HARNESS
            && *measurement.metric.name == *TIME
            && measurement.outcome == Outcome::Success
    };
    for measurement in run.measurements.iter().filter(is_call) {
        let parameters = match measurement.parameters.contains_key(START) {
            true => measurement.parameters.iter().filter(|(name, _)| *name != START).collect(),
            false => measurement.parameters.clone(),
        };
        let key = (measurement.benchmark.clone(), parameters);
        *calls.entry(key).or_default() += measurement.iterations.count().unwrap_or(0);
    }
    for told in run.measurements.iter().filter(|measurement| is_error_rate(measurement)) {
        calls.remove(&(told.benchmark.clone(), told.parameters.clone()));
    }
    calls
}

fn is_error_rate(measurement: &Measurement) -> bool {
    *measurement.harness == *PROBE_HARNESS && *measurement.metric.name == *ERROR_RATE
}

fn failed_calls(rate: &Measurement) -> Option<u64> {
    rate.iterations.count().map(|calls| (rate.value * calls as f64).round() as u64)
}

fn error_rate_of_zero(benchmark: Name, parameters: Parameters, calls: u64) -> Measurement {
    let metric =
        Metric { name: ERROR_RATE.into(), unit: Unit::RATIO, direction: Direction::Lower, exact: false };
    let mut zero = Measurement::new(PROBE_HARNESS, benchmark, metric, 0.0);
    zero.parameters = parameters;
    zero.iterations = calls.into();
    zero
}

fn numbers(runs: &[Place]) -> Vec<RunNumber> {
    runs.iter().map(|place| place.number).collect()
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{SeriesVerdict, Severity};

    use super::*;
    use crate::scratch::{ScratchHistory, at};
    use crate::track::{append_and_judge, live_alerts, settle_alerts};

    /// A run in which `fetch` was called a hundred times after its first, and so many calls failed.
    fn calls(history: &mut ScratchHistory, failed: u64) -> Run {
        let mut run = history.run("main", &[("fetch", 100.0), ("fetch", 300.0)]);
        for measurement in &mut run.measurements {
            measurement.harness = PROBE_HARNESS.into();
            measurement.parameters.insert("host", "a");
        }
        run.measurements[0].iterations = 100.into();
        run.measurements[1].iterations = 1.into();
        run.measurements[1].parameters.insert(START, "cold");
        if failed > 0 {
            let mut rate = error_rate_of_zero("fetch".into(), run.measurements[0].parameters.clone(), 101);
            rate.value = failed as f64 / 101.0;
            run.measurements.push(rate);
        }
        if failed == 101 {
            // Its times are those of failures, and stand apart.
            run.measurements.drain(..2);
        }
        run
    }

    /// What is decided about an error rate: verdict, severity, the baseline's centre and runs.
    type Decided = (SeriesVerdict, Option<Severity>, Option<(f64, usize)>);

    /// What becomes of the error rate in the last of these runs.
    #[track_caller]
    fn check(failed: &[u64], expected: Option<Decided>) {
        let mut history = ScratchHistory::new();
        let (last, earlier) = failed.split_last().expect("a run");
        for failed in earlier {
            let run = calls(&mut history, *failed);
            history.store.append(&run).expect("it is stored");
        }
        let run = calls(&mut history, *last);
        let judged =
            crate::judge_unstored(Some(&history.store), &run, history.rules()).expect("it is judged");
        let rate = judged.series.iter().find(|series| series.key.metric == ERROR_RATE);
        let found = rate.map(|rate| {
            let baseline = rate.baseline.map(|baseline| (baseline.center, baseline.runs));
            (rate.verdict, rate.severity, baseline)
        });
        assert_eq!(found, expected, "{failed:?}");
        let stored = history.store.append(&run).expect("it is stored").number;
        let (_, again) =
            crate::judge_stored(&history.store, stored, None, history.rules()).expect("it is judged");
        assert_eq!(again.series, judged.series);
    }

    #[test]
    fn an_operation_that_begins_to_fail_is_held_against_zeros() {
        use SeriesVerdict::{New, Regressed, Unchanged};
        check(&[0; 9], None);
        let worse = Some((Regressed, Some(Severity::Critical), Some((0.0, 8))));
        check(&[0, 0, 0, 0, 0, 0, 0, 0, 3], worse);
        check(&[0, 0, 0, 0, 0, 0, 0, 0, 101], worse);
        check(&[0, 0, 0, 0, 0, 0, 0, 0, 1], Some((New, None, None)));
        // A second one is held against what there was.
        check(&[0, 0, 0, 0, 0, 0, 0, 1, 0], Some((Unchanged, None, Some((0.0, 8)))));
        check(&[3], Some((New, None, None)));
    }

    #[test]
    fn one_that_failed_before_has_zeros_too() {
        let mut history = ScratchHistory::new();
        for failed in [0, 0, 0, 0, 0, 0, 0, 3] {
            let run = calls(&mut history, failed);
            history.store.append(&run).expect("it is stored");
        }
        let mut other = calls(&mut history, 0);
        other.measurements.retain(|measurement| measurement.parameters.contains_key(START));
        let mut unlike = other.clone();
        unlike.measurements[0].parameters.insert("host", "b");
        let zeros = |run: &Run| {
            let baseline = BaselineRuns::of_branch(&history.store, run, None, "main").expect("runs");
            let subject = Subject { run, series: None };
            let with_zeros = with_zeros(&history.store, subject, &baseline).expect("it is looked up");
            with_zeros.map_or(0, |with_zeros| with_zeros.run.measurements.len() - run.measurements.len())
        };
        assert_eq!((zeros(&other), zeros(&unlike)), (1, 0));
        unlike.measurements[0].parameters = other.measurements[0].parameters.clone();
        unlike.measurements[0].harness = "k6".into();
        assert_eq!(zeros(&unlike), 0);
    }

    #[test]
    fn an_alert_of_failures_ends_when_nothing_fails() {
        let mut history = ScratchHistory::new();
        let mut live = Vec::new();
        for (failed, step) in [0, 0, 0, 0, 0, 0, 0, 0, 5, 0].into_iter().zip(1..) {
            let run = calls(&mut history, failed);
            let policy = history.policy.clone();
            let renames = crate::Renames::default();
            let rules = crate::Rules { policy: &policy, renames: &renames, default_branch: "main" };
            let tracked = append_and_judge(&mut history.store, &run, rules).expect("it is stored");
            settle_alerts(&mut history.store, &run, &tracked, rules, at(step)).expect("alerts settle");
            live.push(live_alerts(&history.store, &run).expect("alerts").len());
        }
        assert_eq!(live, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    }
}
