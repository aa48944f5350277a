//! Two sides held against each other, series by series.

use std::cmp::Ordering;
use std::rc::Rc;

use plimsoll_analyse::stats::median;
use plimsoll_analyse::{SeriesInput, evaluate};
use plimsoll_model::{
    Complaint, Direction, Evidence, Measurement, Metric, Policy, SeriesEvaluation, SeriesKey, SeriesVerdict,
    Severity, Unit,
};
use plimsoll_store::{LaneId, Place, RunFilter, RunNumber, RunRow, SeriesId, SqliteStore, StoreError};
use wildmatch::WildMatch;

use crate::judge::Rules;
use crate::side::Side;
use crate::side_values::{Named, SeriesValues, SideValues, align, read_sides};

/// How many earlier runs tell how much a series wobbles.
const SPREAD_RUNS: usize = 20;

/// The series of two sides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// The series of either side, by name.
    pub series: Vec<Compared>,
    /// What could not be compared.
    pub complaints: Vec<Complaint>,
}

/// A series with its value on each side.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The series.
    pub key: SeriesKey,
    /// The unit of both values.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The median over the runs of side A.
    pub a: Option<f64>,
    /// The median over the runs of side B.
    pub b: Option<f64>,
    /// Relative change from A to B.
    pub change: Option<f64>,
    /// An interval for the change at 95 %, where the noise is known.
    pub interval: Option<(f64, f64)>,
    /// The verdict, where both sides have a value and are of one machine.
    pub verdict: Option<SeriesVerdict>,
    /// How bad a regression is.
    pub severity: Option<Severity>,
}

/// Holds B against A.
///
/// The level is A's: the median over its runs. How much a series wobbles from run to run is taken from its newest 20 values that may
/// enter a baseline, on A's branch up to A (of two files: nothing is known, and the samples within them stand in where both have
/// some). The noise of the difference of two medians over `n` and `m` runs is the spread times `√(1/n + 1/m)`; change and noise go
/// through the same ladder as every run. Targets play no part.
pub fn compare(
    store: &SqliteStore,
    project: &str,
    (a, b): (&Side, &Side),
    rules: Rules<'_>,
    pattern: Option<&str>,
) -> Result<Comparison, StoreError> {
    store.snapshot(|| {
        let mut complaints = Vec::new();
        let [mut of_a, mut of_b] = read_sides(store, [a, b], rules.renames)?;
        let same_machine = align(&mut of_a, &mut of_b, &mut complaints);
        let mut pairs = pair(of_a, of_b, rules.policy);
        if let Some(pattern) = pattern {
            pairs.retain(|pair| fits(pattern, pair.key()));
        }
        if same_machine {
            add_history(store, project, &mut pairs, (a, b), rules)?;
            add_samples(store, &mut pairs, (a, b))?;
        }
        let policy = Policy { targets: Vec::new(), ..rules.policy.clone() };
        Ok(Comparison {
            series: pairs.into_iter().map(|pair| pair.compared(&policy, same_machine)).collect(),
            complaints,
        })
    })
}

/// Whether a pattern is for a series: its full name, its name without the suite, or its benchmark.
fn fits(pattern: &str, key: &SeriesKey) -> bool {
    let pattern = WildMatch::new(pattern);
    [key.to_string(), key.short(), key.benchmark.clone()].iter().any(|name| pattern.matches(name))
}

/// A series of either side and what is known of its noise.
struct Pair {
    name: Rc<Named>,
    a: Option<SeriesValues>,
    b: Option<SeriesValues>,
    /// Fewer earlier values than this say nothing of its noise.
    min: usize,
    /// Earlier values, oldest first.
    history: Vec<f64>,
    /// The samples within the runs of A and of B, where they are needed.
    samples: [Vec<f64>; 2],
}

/// Every series of either side, in order of their names.
fn pair(of_a: SideValues, of_b: SideValues, policy: &Policy) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(of_a.0.len().max(of_b.0.len()));
    let (mut of_a, mut of_b) = (of_a.0.into_iter().peekable(), of_b.0.into_iter().peekable());
    loop {
        let order = match (of_a.peek(), of_b.peek()) {
            (Some((one, _)), Some((other, _))) if Rc::ptr_eq(one, other) => Ordering::Equal,
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return pairs,
        };
        let a = of_a.next_if(|_| order != Ordering::Greater);
        let b = of_b.next_if(|_| order != Ordering::Less);
        let (a, name_in_a) = a.map(|(name, values)| (values, name)).unzip();
        let (b, name_in_b) = b.map(|(name, values)| (values, name)).unzip();
        pairs.extend(name_in_a.or(name_in_b).map(|name| Pair {
            min: policy.settings_for(&name.0).baseline.min,
            name,
            a,
            b,
            history: Vec::new(),
            samples: [Vec::new(), Vec::new()],
        }));
    }
}

impl Pair {
    fn key(&self) -> &SeriesKey {
        &self.name.0
    }

    fn is_in_both(&self) -> bool {
        self.a.is_some() && self.b.is_some()
    }

    fn compared(self, policy: &Policy, same_machine: bool) -> Compared {
        let value = |side: &Option<SeriesValues>| side.as_ref().and_then(|side| median(&side.values));
        let (a, b) = (value(&self.a), value(&self.b));
        let direction = self.b.as_ref().or(self.a.as_ref()).map_or(Direction::None, |side| side.direction);
        let change = a.zip(b).and_then(|(a, b)| {
            let change = if a == b { 0.0 } else { (b - a) / a.abs() };
            change.is_finite().then_some(change)
        });
        let judged = a.zip(b).filter(|_| same_machine).and_then(|(a, b)| self.judge(a, b, policy));
        let interval = judged.as_ref().zip(change).and_then(|(judged, change)| {
            let (low, high) = judged.change_interval.filter(|_| knows_noise(judged))?;
            let center = judged.change?;
            Some((low - center + change, high - center + change))
        });
        let (key, unit) = Rc::unwrap_or_clone(self.name);
        Compared {
            verdict: judged.as_ref().map(|judged| judged.verdict),
            severity: judged.and_then(|judged| judged.severity),
            key,
            unit,
            direction,
            a,
            b,
            change,
            interval,
        }
    }

    fn judge(&self, a: f64, b: f64, policy: &Policy) -> Option<SeriesEvaluation> {
        let (of_a, of_b) = (self.a.as_ref()?, self.b.as_ref()?);
        let (key, unit) = &*self.name;
        let history = match self.history.len() >= self.min {
            true => around(a, &self.history, of_a.values.len(), of_b.values.len()),
            false => vec![a; of_a.values.len().clamp(1, self.min.saturating_sub(1).max(1))],
        };
        let metric = Metric {
            name: key.metric.as_str().into(),
            unit: unit.clone(),
            direction: of_b.direction,
            exact: of_b.exact,
        };
        let mut measurement = Measurement::new("", key.benchmark.as_str(), metric, b);
        let [of_a, of_b] = &self.samples;
        measurement.samples.clone_from(of_b);
        let input = SeriesInput {
            key: key.clone(),
            unit: unit.clone(),
            direction: measurement.metric.direction,
            measurement: Some(&measurement),
            history,
            pooled_samples: of_a.clone(),
            newest_age_days: 0.0,
            unit_before: None,
            testbed_is_new: false,
        };
        evaluate(&[input], policy).series.into_iter().next()
    }
}

/// The interval says something: it comes from runs or from samples, not from a single value.
fn knows_noise(judged: &SeriesEvaluation) -> bool {
    !judged
        .findings
        .iter()
        .any(|finding| matches!(finding.evidence, Evidence::YoungBaseline { pooled: false, .. }))
}

/// The history moved to the level `center`, its wobble scaled to the noise of the difference of two medians.
fn around(center: f64, history: &[f64], runs_of_a: usize, runs_of_b: usize) -> Vec<f64> {
    let level = median(history).unwrap_or(center);
    let noise = (1.0 / runs_of_a.max(1) as f64 + 1.0 / runs_of_b.max(1) as f64).sqrt();
    let scale = if level == 0.0 || center == 0.0 { noise } else { noise * center / level };
    history.iter().map(|value| center + (value - level) * scale).collect()
}

/// The earlier values of every pair: one scan a lane.
fn add_history(
    store: &SqliteStore,
    project: &str,
    pairs: &mut [Pair],
    sides: (&Side, &Side),
    rules: Rules<'_>,
) -> Result<(), StoreError> {
    let is_of_lane = |one: &Pair, other: &Pair| {
        (&one.key().suite, &one.key().testbed) == (&other.key().suite, &other.key().testbed)
    };
    for pairs in pairs.chunk_by_mut(is_of_lane) {
        let Some(SeriesKey { suite, testbed, .. }) = pairs.first().map(Pair::key) else {
            continue;
        };
        let Some(lane) = store.lane(project, suite, testbed)? else {
            continue;
        };
        let runs = spread_runs(store, project, lane, (suite, testbed), sides, rules)?;
        let mut ids = Vec::with_capacity(pairs.len());
        let mut owners = Vec::with_capacity(pairs.len());
        for (owner, pair) in pairs.iter().enumerate().filter(|(_, pair)| pair.is_in_both()) {
            for id in ids_of(store, lane, pair, rules)? {
                ids.push(id);
                owners.push(owner);
            }
        }
        let columns = store.columns(&ids, &runs)?;
        for (column, owner) in owners.into_iter().enumerate() {
            let history = &mut pairs[owner].history;
            history.reserve_exact(columns.runs());
            history.extend(columns.series(column).iter().filter(|value| !value.is_nan()));
        }
    }
    Ok(())
}

/// The series of a pair in the store: as either side has it, else, of two files, by name.
fn ids_of(
    store: &SqliteStore,
    lane: LaneId,
    pair: &Pair,
    rules: Rules<'_>,
) -> Result<Vec<SeriesId>, StoreError> {
    let mut ids: Vec<SeriesId> =
        [&pair.a, &pair.b].into_iter().flatten().flat_map(|side| side.ids.iter().copied()).collect();
    if ids.is_empty() {
        let mut names = rules.renames.old_names(&pair.key().benchmark);
        names.push(pair.key().benchmark.clone());
        for benchmark in names {
            let key = SeriesKey { benchmark, ..pair.key().clone() };
            for id in store.find_series(lane, &key)? {
                if store.series(id)?.unit == pair.name.1 {
                    ids.push(id);
                }
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The runs that tell how much a lane wobbles: on A's branch up to A; on the default branch where there are more. Of a file
/// against stored runs: on their branch before them.
fn spread_runs(
    store: &SqliteStore,
    project: &str,
    lane: LaneId,
    (suite, testbed): (&str, &str),
    (a, b): (&Side, &Side),
    rules: Rules<'_>,
) -> Result<Vec<RunNumber>, StoreError> {
    let last = |side: &Side| -> Option<RunRow> {
        match side {
            Side::Stored(stored) => stored.runs.iter().rfind(|row| row.lane == lane).cloned(),
            Side::File(_) => None,
        }
    };
    let (branch, before) = match (last(a), last(b)) {
        (Some(row), _) => (row.branch, Some(Place::after_commit(row.place.order))),
        (None, Some(row)) => (row.branch, Some(row.place)),
        (None, None) => (Some(rules.default_branch.to_owned()), None),
    };
    let mut runs = Vec::new();
    for name in branch.as_deref().into_iter().chain([rules.default_branch]) {
        let found = store.baseline_runs(lane, name, before, SPREAD_RUNS)?;
        if found.len() > runs.len() {
            runs = found;
        }
    }
    if runs.is_empty() {
        let any = store.select_runs(&RunFilter {
            project,
            suite: Some(suite),
            testbed: Some(testbed),
            before,
            eligible_only: true,
            newest_first: true,
            limit: Some(SPREAD_RUNS),
            ..RunFilter::default()
        })?;
        runs = any.into_iter().map(|row| row.place).collect();
    }
    Ok(runs.into_iter().rev().map(|place| place.number).collect())
}

/// Series with too little history are judged by the samples within their runs; only theirs are read.
fn add_samples(store: &SqliteStore, pairs: &mut [Pair], (a, b): (&Side, &Side)) -> Result<(), StoreError> {
    let is_young = |pair: &Pair| pair.is_in_both() && pair.history.len() < pair.min;
    for (index, side) in [a, b].into_iter().enumerate() {
        let mut ids = Vec::new();
        let mut owners = Vec::new();
        for (owner, pair) in pairs.iter_mut().enumerate().filter(|(_, pair)| is_young(pair)) {
            let values = if index == 0 { &mut pair.a } else { &mut pair.b };
            let Some(values) = values else { continue };
            ids.extend(&values.ids);
            owners.extend(values.ids.iter().map(|_| owner));
            pair.samples[index] = std::mem::take(&mut values.samples);
        }
        let Side::Stored(stored) = side else { continue };
        let numbers: Vec<RunNumber> = stored.runs.iter().map(|row| row.number).collect();
        for (owner, samples) in owners.into_iter().zip(store.samples(&ids, &numbers)?) {
            pairs[owner].samples[index].extend(samples);
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
