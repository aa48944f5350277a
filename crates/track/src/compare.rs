//! Two sides held against each other, series by series.

use std::rc::Rc;

use plimsoll_analyse::stats::median;
use plimsoll_analyse::{Judged, Level, Origin, SeriesInput, judge_together};
use plimsoll_model::{
    CommonShift, Complaint, Direction, Evidence, LevelChange, Measurement, Metric, Name, Policy, RunVerdict,
    SeriesEvaluation, SeriesKey, SeriesVerdict, Severity, Unit, name,
};
use plimsoll_store::{SqliteStore, StoreError};
use wildmatch::WildMatch;

use crate::between_sides::add_changes;
use crate::judge::Rules;
use crate::pairs::{Pair, pair};
use crate::side::Side;
use crate::side_noise::{add_history, add_samples};
use crate::side_values::{SeriesValues, align, read_sides};

/// So many runs on both sides are no slow moment of the machine.
const LASTING: usize = 3;

/// The series of two sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What they come to together, by the rules that hold for a run.
    pub verdict: RunVerdict,
    /// The series of either side, by name.
    pub series: Vec<Compared>,
    /// How many series were tested for a change that noise does not explain.
    pub tested: usize,
    /// A change of one of them is suspected, believed or not.
    pub has_suspects: bool,
    /// What most of them did alike.
    pub common_shift: Option<CommonShift>,
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
    /// Where its level changed between the sides, oldest first.
    pub changes: Vec<LevelChange>,
}

/// Holds B against A.
///
/// The level is A's: the median over its runs. How much a series wobbles from run to run is taken from its newest 20 values that may
/// enter a baseline, on A's branch up to A (of two files: nothing is known, and the samples within them stand in where both have
/// some). The noise of the difference of two medians over `n` and `m` runs is the spread times `√(1/n + 1/m)`; change and noise go
/// through the same ladder as every run, all series together: what is called changed is little chance among so many. Targets
/// play no part. Where both sides are of one branch's history, the changes of level between them are named.
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
            add_changes(store, project, &mut pairs, (a, b), rules)?;
        }
        let (is_judged, judged) = judge(&mut pairs, rules.policy, same_machine);
        let verdict = judged.verdict();
        let (has_suspects, mut evaluations) = (judged.has_suspects(), judged.series.into_iter());
        let compared = |(pair, is_judged): (Pair, bool)| {
            pair.compared(if is_judged { evaluations.next() } else { None })
        };
        Ok(Comparison {
            verdict,
            series: pairs.into_iter().zip(is_judged).map(compared).collect(),
            tested: judged.tested,
            has_suspects,
            common_shift: judged.common_shift,
            complaints,
        })
    })
}

/// Whether a pattern is for a series: its full name, its name without the suite, or its benchmark.
pub(crate) fn fits(pattern: &str, key: &SeriesKey) -> bool {
    let pattern = WildMatch::new(pattern);
    [key.to_string(), key.short(), key.benchmark.clone()].iter().any(|name| pattern.matches(name))
}

/// Judges the pairs that have a value on both sides, if those are of one machine; tells of each pair whether it is one of them.
fn judge(pairs: &mut [Pair], policy: &Policy, same_machine: bool) -> (Vec<bool>, Judged) {
    let policy = Policy { targets: Vec::new(), ..policy.clone() };
    let mut metrics = Vec::new();
    let levels: Vec<Option<(f64, Measurement)>> =
        pairs.iter_mut().map(|pair| if same_machine { pair.levels(&mut metrics) } else { None }).collect();
    let both = pairs.iter_mut().zip(&levels);
    let inputs: Vec<SeriesInput<'_>> =
        both.filter_map(|(pair, levels)| levels.as_ref().map(|(a, b)| pair.input(*a, b))).collect();
    let has_levels = pairs.iter().any(|pair| Pair::runs(&pair.a).min(Pair::runs(&pair.b)) >= LASTING);
    let origin = if has_levels { Origin::Levels } else { Origin::OneTime };
    let judged = judge_together(&inputs, &policy, origin);
    (levels.iter().map(Option::is_some).collect(), judged)
}

impl Pair {
    fn runs(side: &Option<SeriesValues>) -> usize {
        side.as_ref().map_or(1, |side| side.values.len())
    }

    fn level(side: Option<&SeriesValues>) -> Option<f64> {
        side.and_then(|side| median(&side.values))
    }

    /// The level of A, and that of B as if it were measured: without the names that nobody asks a measurement for. The metrics'
    /// names are shared in `metrics`, since there are few. Takes the samples of B.
    fn levels(&mut self, metrics: &mut Vec<Name>) -> Option<(f64, Measurement)> {
        let of_b = self.b.as_ref()?;
        let (a, b) = (Self::level(self.a.as_ref())?, Self::level(Some(of_b))?);
        let (key, unit) = &*self.name;
        let metric = Metric {
            name: shared(&key.metric, metrics),
            unit: unit.clone(),
            direction: of_b.direction,
            exact: of_b.exact,
        };
        let mut measurement = Measurement::new(name!(""), name!(""), metric, b);
        let [_, samples] = &mut self.samples;
        if !samples.is_empty() {
            measurement.samples = std::mem::take(samples);
        }
        Some((a, measurement))
    }

    /// Takes the history and the samples of A.
    fn input<'a>(&mut self, a: f64, b: &'a Measurement) -> SeriesInput<'a> {
        let history = match self.history.len() >= self.min {
            true => around(a, self),
            false => vec![a; Self::runs(&self.a).clamp(1, self.min.saturating_sub(1).max(1))],
        };
        let (key, unit) = &*self.name;
        SeriesInput {
            key: key.clone(),
            unit: unit.clone(),
            direction: b.metric.direction,
            measurement: Some(b),
            history,
            level: Level::default(),
            pooled_samples: std::mem::take(&mut self.samples[0]),
            newest_age_days: 0.0,
            unit_before: None,
            testbed_is_new: false,
        }
    }

    fn compared(self, judged: Option<SeriesEvaluation>) -> Compared {
        let (a, b) = (Self::level(self.a.as_ref()), Self::level(self.b.as_ref()));
        let direction = self.b.as_ref().or(self.a.as_ref()).map_or(Direction::None, |side| side.direction);
        let change = a.zip(b).and_then(|(a, b)| {
            let change = if a == b { 0.0 } else { (b - a) / a.abs() };
            change.is_finite().then_some(change)
        });
        let interval = judged.as_ref().zip(change).and_then(|(judged, change)| {
            let (low, high) = judged.change_interval.filter(|_| knows_noise(judged))?;
            let center = judged.change?;
            Some((low - center + change, high - center + change))
        });
        let (key, unit) = Rc::unwrap_or_clone(self.name);
        Compared {
            verdict: judged.as_ref().map(|judged| judged.verdict),
            severity: judged.and_then(|judged| judged.severity),
            changes: self.changes,
            key,
            unit,
            direction,
            a,
            b,
            change,
            interval,
        }
    }
}

/// The name, made once.
fn shared(text: &str, known: &mut Vec<Name>) -> Name {
    if let Some(name) = known.iter().find(|name| name.as_str() == text) {
        return name.clone();
    }
    let name = Name::from(text);
    known.push(name.clone());
    name
}

/// The interval says something: it comes from runs or from samples, not from a single value.
fn knows_noise(judged: &SeriesEvaluation) -> bool {
    !judged
        .findings
        .iter()
        .any(|finding| matches!(finding.evidence, Evidence::YoungBaseline { pooled: false, .. }))
}

/// The earlier values moved to the level `center`, their wobble scaled to the noise of the difference of two medians.
fn around(center: f64, pair: &mut Pair) -> Vec<f64> {
    let (runs_of_a, runs_of_b) = (Pair::runs(&pair.a), Pair::runs(&pair.b));
    let level = pair.scatter.center;
    let noise = (1.0 / runs_of_a.max(1) as f64 + 1.0 / runs_of_b.max(1) as f64).sqrt();
    let scale = if level == 0.0 || center == 0.0 { noise } else { noise * center / level };
    let mut values = std::mem::take(&mut pair.history);
    values.iter_mut().for_each(|value| *value = center + (*value - level) * scale);
    values
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
