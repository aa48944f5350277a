//! Holding a run against history.

use std::collections::{BTreeSet, HashSet};

use plimsoll_analyse::{Level, SeriesInput, evaluate};
use plimsoll_model::{Complaint, Evaluation, Measurement, Policy, Run, SeriesKey};
use plimsoll_store::{BaselineMark, LaneId, Place, RunFilter, RunNumber, SeriesId, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;
use crate::error_rates::{add_zeros, with_zeros};
use crate::failures::leave_failures_out;
use crate::known_on_base::mark_known_on_base;
use crate::levels::keep_levels;
use crate::renames::Renames;

/// Microseconds in a day, for the age of a baseline.
pub(crate) const DAY_US: f64 = 86_400e6;

/// What judging needs to know besides the run and its history.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// What to look for and how big it must be.
    pub policy: &'a Policy,
    /// Old names of benchmarks.
    pub renames: &'a Renames,
    /// The branch others are merged into.
    pub default_branch: &'a str,
}

/// A run about to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The run.
    pub run: &'a Run,
    /// The series of its measurements, in their order, when it is stored; looked up by name otherwise.
    pub series: Option<&'a [SeriesId]>,
}

/// Judges a run against `baseline`. Nothing is written.
pub fn judge(
    store: &SqliteStore,
    subject: Subject<'_>,
    baseline: &BaselineRuns,
    rules: Rules<'_>,
) -> Result<Evaluation, StoreError> {
    let with_zeros = with_zeros(store, subject, baseline)?;
    let subject = with_zeros
        .as_ref()
        .map_or(subject, |with_zeros| Subject { run: &with_zeros.run, series: with_zeros.series.as_deref() });
    let history = History::read(store, subject, baseline, rules.renames)?;
    let run = subject.run;
    let mut inputs: Vec<SeriesInput<'_>> = run
        .measurements
        .iter()
        .enumerate()
        .map(|(index, measurement)| history.input(run, index, measurement))
        .collect();
    keep_levels(store, run, baseline, rules.policy, &mut inputs, &history.values)?;
    history.add_samples(store, &mut inputs, baseline, rules.policy)?;
    history.add_other_units(store, &mut inputs)?;
    inputs.extend(history.vanished(store, run, baseline, rules.renames)?);
    leave_failures_out(&mut inputs);
    let mut evaluation = evaluate(&inputs, rules.policy);
    mark_known_on_base(store, run, baseline, rules.policy, &mut evaluation)?;
    evaluation.baseline = Some(baseline.source.clone());
    evaluation.complaints.extend(baseline.complaints.iter().cloned());
    let missing = missing_complaint(&evaluation);
    evaluation.complaints.extend(missing);
    Ok(evaluation)
}

/// Judges a run that is not stored against what it would be held against if it were. Without a store there is no history, and
/// only targets count.
pub fn judge_unstored(
    store: Option<&SqliteStore>,
    run: &Run,
    rules: Rules<'_>,
) -> Result<Evaluation, StoreError> {
    if let Some(store) = store {
        let baseline = BaselineRuns::of_branch(store, run, None, rules.default_branch)?;
        return judge(store, Subject { run, series: None }, &baseline, rules);
    }
    let input = |measurement| SeriesInput {
        testbed_is_new: true,
        ..SeriesInput::new(run.series_of(measurement), measurement)
    };
    let mut inputs: Vec<SeriesInput<'_>> = run.measurements.iter().map(input).collect();
    leave_failures_out(&mut inputs);
    Ok(evaluate(&inputs, rules.policy))
}

/// One complaint for all benchmarks that vanished, naming the first few.
fn missing_complaint(evaluation: &Evaluation) -> Option<Complaint> {
    let missing: BTreeSet<&str> = evaluation
        .series
        .iter()
        .filter(|series| series.value.is_none())
        .map(|series| series.key.benchmark.as_str())
        .collect();
    let named: Vec<String> = missing.iter().take(3).map(|name| format!("`{name}`")).collect();
    let more = missing.len() - named.len();
    let (subject, verb) = match (missing.len(), more) {
        (0, _) => return None,
        (1, _) => (format!("benchmark {}", named[0]), "was"),
        (_, 0) => (format!("benchmarks {}", named.join(", ")), "were"),
        _ => (format!("benchmarks {} and {more} more", named.join(", ")), "were"),
    };
    Some(Complaint::new(format!(
        "{subject} {verb} measured before and not in this run; a benchmark that was renamed keeps its history with [rename]"
    )))
}

/// The earlier values of the series of one run.
struct History {
    lane: Option<LaneId>,
    /// For each measurement, its own series, if it has been stored in this unit.
    series: Vec<Option<SeriesId>>,
    /// For each measurement, its values in the baseline's runs; NaN where a run has none that counts.
    values: Vec<Vec<f64>>,
    /// For each of those runs, how long before the judged one it was.
    ages_days: Vec<f64>,
    /// Nothing has been measured in this lane before.
    is_first: bool,
}

impl History {
    fn read(
        store: &SqliteStore,
        subject: Subject<'_>,
        baseline: &BaselineRuns,
        renames: &Renames,
    ) -> Result<Self, StoreError> {
        let run = subject.run;
        let lane = store.lane(&run.project, &run.suite, &run.context.testbed)?;
        let series: Vec<Option<SeriesId>> = match (subject.series, lane) {
            (Some(series), _) => series.iter().copied().map(Some).collect(),
            (None, Some(lane)) => run
                .measurements
                .iter()
                .map(|measurement| find_series(store, lane, &run.series_of(measurement), measurement))
                .collect::<Result<_, _>>()?,
            (None, None) => vec![None; run.measurements.len()],
        };
        let mut values = read_values(store, &series, &baseline.runs)?;
        if let Some(lane) = lane {
            add_renamed(store, lane, run, baseline, renames, &mut values)?;
            add_zeros(store, lane, run, baseline, &mut values)?;
        }
        forget_before_marks(run, baseline, &mut values);
        let started_us = run.context.started_at.as_microsecond();
        let ages_days =
            baseline.runs.iter().map(|earlier| (started_us - earlier.started_us) as f64 / DAY_US).collect();
        let is_first = match lane {
            None => true,
            Some(_) => baseline.runs.is_empty() && !has_others(store, run)?,
        };
        Ok(Self { lane, series, values, ages_days, is_first })
    }

    fn input<'a>(&self, run: &Run, index: usize, measurement: &'a Measurement) -> SeriesInput<'a> {
        SeriesInput {
            history: counted_values(&self.values[index]),
            newest_age_days: self.newest_age_days(&self.values[index]),
            testbed_is_new: self.is_first,
            ..SeriesInput::new(run.series_of(measurement), measurement)
        }
    }

    /// How long ago the newest of `values` was measured. Not every run measures every series.
    fn newest_age_days(&self, values: &[f64]) -> f64 {
        let newest = values.iter().zip(&self.ages_days).rfind(|(value, _)| !value.is_nan());
        newest.map_or(0.0, |(_, age_days)| *age_days)
    }

    /// Young series are judged by the samples within their few runs; only theirs are read.
    fn add_samples(
        &self,
        store: &SqliteStore,
        inputs: &mut [SeriesInput<'_>],
        baseline: &BaselineRuns,
        policy: &Policy,
    ) -> Result<(), StoreError> {
        let mut young: Vec<(usize, SeriesId)> = Vec::new();
        for (index, input) in inputs.iter().enumerate() {
            let has_samples = input.measurement.is_some_and(|measurement| measurement.samples.len() > 1);
            // The samples of the newest runs are pooled; behind a level that ends before them stand those of the next.
            let is_young = !input.history.is_empty()
                && input.level.behind == 0
                && input.history.len() < policy.settings_for(&input.key).baseline.min;
            if has_samples && is_young {
                young.extend(self.series[index].map(|id| (index, id)));
            }
        }
        let Some(longest) = young.iter().map(|(index, _)| inputs[*index].history.len()).max() else {
            return Ok(());
        };
        let ids: Vec<SeriesId> = young.iter().map(|(_, id)| *id).collect();
        // After an accepted baseline only the tail of the runs counts.
        let numbers = numbers(&baseline.runs[baseline.runs.len().saturating_sub(longest)..]);
        for ((index, _), samples) in young.into_iter().zip(store.samples(&ids, &numbers)?) {
            inputs[index].pooled_samples = samples;
        }
        Ok(())
    }

    /// A series without history may have had another unit before.
    fn add_other_units(&self, store: &SqliteStore, inputs: &mut [SeriesInput<'_>]) -> Result<(), StoreError> {
        let Some(lane) = self.lane.filter(|_| !self.is_first) else {
            return Ok(());
        };
        for input in inputs.iter_mut().filter(|input| input.history.is_empty()) {
            for id in store.find_series(lane, &input.key)? {
                let unit = store.series(id)?.unit;
                if unit != input.unit {
                    input.unit_before = Some(unit);
                }
            }
        }
        Ok(())
    }

    /// The series that the newest baseline run measured and this run did not.
    fn vanished(
        &self,
        store: &SqliteStore,
        run: &Run,
        baseline: &BaselineRuns,
        renames: &Renames,
    ) -> Result<Vec<SeriesInput<'static>>, StoreError> {
        let Some(newest) = baseline.runs.last() else {
            return Ok(Vec::new());
        };
        let present: HashSet<SeriesId> = self.series.iter().copied().flatten().collect();
        let mut gone = store.series_of_run(newest.number)?;
        gone.retain(|id| !present.contains(id));
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        let columns = store.columns(&gone, &numbers(&baseline.runs))?;
        let measured: BTreeSet<SeriesKey> =
            run.measurements.iter().map(|measurement| run.series_of(measurement)).collect();
        let mut inputs = Vec::new();
        for (place, id) in gone.iter().enumerate() {
            let row = store.series(*id)?;
            let renamed = renames.new_name(&row.key.benchmark);
            let key =
                SeriesKey { benchmark: renamed.unwrap_or_else(|| row.key.benchmark.clone()), ..row.key };
            if measured.contains(&key) {
                continue;
            }
            inputs.push(SeriesInput {
                key,
                unit: row.unit,
                direction: row.direction,
                measurement: None,
                history: counted_values(columns.series(place)),
                level: Level::default(),
                pooled_samples: Vec::new(),
                newest_age_days: self.newest_age_days(columns.series(place)),
                unit_before: None,
                testbed_is_new: false,
            });
        }
        Ok(inputs)
    }
}

/// The values there are.
fn counted_values(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| !value.is_nan()).collect()
}

/// Whether the suite has run on the testbed besides `run`, however it ended.
fn has_others(store: &SqliteStore, run: &Run) -> Result<bool, StoreError> {
    let rows = store.select_runs(&RunFilter {
        project: &run.project,
        suite: Some(&run.suite),
        testbed: Some(&run.context.testbed),
        limit: Some(2),
        ..RunFilter::default()
    })?;
    Ok(rows.iter().any(|row| row.id != run.id))
}

fn numbers(runs: &[Place]) -> Vec<RunNumber> {
    runs.iter().map(|place| place.number).collect()
}

/// The series of a key in the unit of `measurement`.
fn find_series(
    store: &SqliteStore,
    lane: LaneId,
    key: &SeriesKey,
    measurement: &Measurement,
) -> Result<Option<SeriesId>, StoreError> {
    for id in store.find_series(lane, key)? {
        if store.series(id)?.unit == measurement.metric.unit {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// One scan of the baseline's runs for all series at once; NaN where a run has no value. A series that the run names twice
/// has history once.
fn read_values(
    store: &SqliteStore,
    series: &[Option<SeriesId>],
    runs: &[Place],
) -> Result<Vec<Vec<f64>>, StoreError> {
    let mut seen = HashSet::new();
    let wanted: Vec<SeriesId> = series.iter().copied().flatten().filter(|id| seen.insert(*id)).collect();
    let columns = store.columns(&wanted, &numbers(runs))?;
    let mut place = 0;
    let mut values = Vec::with_capacity(series.len());
    for id in series {
        let is_next = id.is_some() && wanted.get(place) == id.as_ref();
        if is_next {
            values.push(columns.series(place).to_vec());
            place += 1;
        } else {
            values.push(vec![f64::NAN; runs.len()]);
        }
    }
    Ok(values)
}

/// Fills the gaps with what benchmarks measured under their old names.
fn add_renamed(
    store: &SqliteStore,
    lane: LaneId,
    run: &Run,
    baseline: &BaselineRuns,
    renames: &Renames,
    values: &mut [Vec<f64>],
) -> Result<(), StoreError> {
    for (measurement, values) in run.measurements.iter().zip(values) {
        for benchmark in renames.old_names(&measurement.benchmark) {
            let key = SeriesKey { benchmark, ..run.series_of(measurement) };
            let Some(id) = find_series(store, lane, &key, measurement)? else {
                continue;
            };
            let columns = store.columns(&[id], &numbers(&baseline.runs))?;
            for (value, old) in values.iter_mut().zip(columns.series(0)) {
                if value.is_nan() {
                    *value = *old;
                }
            }
        }
    }
    Ok(())
}

/// The values of one series in the runs of `baseline`; NaN where a run does not count. `run` measures that series and nothing
/// else.
pub(crate) fn baseline_values(
    store: &SqliteStore,
    run: &Run,
    series: SeriesId,
    baseline: &BaselineRuns,
    renames: &Renames,
) -> Result<Vec<f64>, StoreError> {
    let mut values = read_values(store, &[Some(series)], &baseline.runs)?;
    if let Some(lane) = store.lane(&run.project, &run.suite, &run.context.testbed)? {
        add_renamed(store, lane, run, baseline, renames, &mut values)?;
        add_zeros(store, lane, run, baseline, &mut values)?;
    }
    forget_before_marks(run, baseline, &mut values);
    Ok(values.into_iter().next().unwrap_or_default())
}

/// Where somebody accepted a new normal, what was before does not count.
fn forget_before_marks(run: &Run, baseline: &BaselineRuns, values: &mut [Vec<f64>]) {
    if baseline.marks.is_empty() {
        return;
    }
    let start_of = |mark: &BaselineMark| baseline.runs.partition_point(|place| *place < mark.place);
    for (measurement, values) in run.measurements.iter().zip(values) {
        let key = run.series_of(measurement);
        let is_for = |mark: &&BaselineMark| mark.series.as_ref().is_none_or(|series| *series == key);
        let start = baseline.marks.iter().filter(is_for).map(start_of).max().unwrap_or(0);
        values[..start].fill(f64::NAN);
        if start < baseline.base_runs {
            // Nothing of this series was accepted on the branch itself.
            values[baseline.base_runs..].fill(f64::NAN);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scratch::{ScratchHistory, append, run};
    use crate::track::judge_stored;

    #[test]
    fn a_baseline_is_as_old_as_the_newest_value_of_its_series() {
        let mut history = ScratchHistory::quiet();
        const YEAR_HOURS: u64 = 365 * 24;
        append(&mut history.store, &run(YEAR_HOURS, &[("render", 50.0)]));
        let again = append(&mut history.store, &run(YEAR_HOURS + 1, &[("parse", 150.0), ("render", 50.0)]));
        let (_, judged) = judge_stored(&history.store, again, None, history.rules()).expect("it is judged");
        let confidence = |name: &str| {
            let series =
                judged.series.iter().find(|series| series.key.benchmark == name).expect("it was measured");
            series.baseline.expect("a baseline").confidence
        };
        assert!(
            confidence("parse") < 0.2 && confidence("render") > 0.4,
            "{} {}",
            confidence("parse"),
            confidence("render")
        );
    }
}
