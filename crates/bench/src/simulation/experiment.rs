//! Every rule on every configuration.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::configuration::{COMMITS, CONFIGURATIONS, Configuration, Step};
use super::rule::{Rule, SimulationError};
use super::scoring::{FIRST_JUDGED, STEP_COMMITS, STEP_SIZES, Score, Tally};
use crate::Noise;

/// All numbers are drawn from here, so that each run of the program judges the same series.
const SEED: u64 = 20_260_101;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Our rule alone, in seconds: what continuous integration holds in a band.
    Check,
    /// All rules but Otava, within two minutes on two cores.
    Short,
    /// All rules, with Otava for real, within ten minutes.
    Long,
}

/// A rule, how many series of each kind it saw, and how it did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// The name of who judged.
    pub rule: String,
    /// Series without a change of each configuration, and as many with a step of each size.
    pub series: usize,
    /// One score for each of [`CONFIGURATIONS`].
    pub scores: Vec<Score>,
    /// Their mean.
    pub mean: Score,
}

/// The rules of a form, each with the number of series it sees; all see the same ones, the slower fewer of them. The
/// Python has Otava and is needed in the long form only.
pub fn rules_of(form: Form, otava_python: Option<&Path>) -> Vec<(Rule, usize)> {
    if form == Form::Check {
        return vec![(Rule::Plimsoll, 200)];
    }
    let is_long = form == Form::Long;
    let count = |short, long| if is_long { long } else { short };
    let mut rules = vec![
        (Rule::Plimsoll, count(1000, 4000)),
        (Rule::LastValue, count(300, 1000)),
        (Rule::RollingMedian, count(300, 1000)),
        (Rule::TTest, count(300, 1000)),
        (Rule::Perfherder, count(300, 1000)),
        (Rule::Pelt, count(60, 100)),
        (Rule::Oracle, count(100, 200)),
    ];
    if let Some(python) = otava_python.filter(|_| is_long) {
        let otava = |min_magnitude| Rule::Otava { python: python.to_owned(), min_magnitude };
        rules.extend([(otava(0.0), 25), (otava(0.05), 25)]);
    }
    rules
}

/// Lets every rule judge every configuration, on `threads` threads. `done` is called after each series with the number of
/// series that were judged. The result does not depend on the number of threads.
pub fn measure(
    rules: &[(Rule, usize)],
    threads: usize,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Row>, SimulationError> {
    let tasks: Vec<(usize, usize)> = (0..rules.len())
        .rev()
        .flat_map(|rule| (0..CONFIGURATIONS.len()).map(move |configuration| (rule, configuration)))
        .collect();
    let next_task = AtomicUsize::new(0);
    let finished = Mutex::new(Vec::with_capacity(tasks.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some(task) = tasks.get(next_task.fetch_add(1, Ordering::Relaxed)) {
                    let (rule, series) = &rules[task.0];
                    let score = score(rule, task.1, *series, done);
                    // A poisoned list is still a list: the panic that poisoned it ends the scope.
                    finished.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((*task, score));
                }
            });
        }
    });
    let mut finished = finished.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    finished.sort_by_key(|(task, _)| *task);
    let scores = finished.into_iter().map(|(_, score)| score).collect::<Result<Vec<Score>, _>>()?;
    let rows = rules.iter().zip(scores.chunks(CONFIGURATIONS.len()));
    Ok(rows
        .map(|((rule, series), scores)| Row {
            rule: rule.name().to_owned(),
            series: *series,
            scores: scores.to_vec(),
            mean: Score::mean(scores),
        })
        .collect())
}

/// How many series all rules judge together.
pub fn series_in_all(rules: &[(Rule, usize)]) -> usize {
    let nulls = |rule: &Rule| if rule.knows_the_step() { STEP_SIZES.len() } else { 1 };
    rules.iter().map(|(rule, series)| CONFIGURATIONS.len() * series * (STEP_SIZES.len() + nulls(rule))).sum()
}

fn score(
    rule: &Rule,
    configuration_index: usize,
    series: usize,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Score, SimulationError> {
    let configuration = &CONFIGURATIONS[configuration_index];
    let mut tallies: [Tally; 4] = std::array::from_fn(|_| Tally::default());
    for size_index in 0..STEP_SIZES.len() {
        if size_index == 0 || rule.knows_the_step() {
            let mut judge = rule.judge(configuration, STEP_SIZES[size_index])?;
            for index in 0..series {
                let values = null_series(configuration, configuration_index, index);
                tallies[size_index].add_null(&judge(&values)?);
                done(1);
            }
        } else {
            tallies[size_index].false_alarms = tallies[0].false_alarms.clone();
            tallies[size_index].chance = tallies[0].chance;
        }
    }
    for (size_index, size) in STEP_SIZES.into_iter().enumerate() {
        let mut judge = rule.judge(configuration, size)?;
        for index in 0..series {
            let (values, at) = stepped_series(configuration, configuration_index, size_index, index);
            tallies[size_index].add_stepped(&judge(&values)?, at);
            done(1);
        }
    }
    Ok(Score::from_tallies(&tallies, COMMITS - FIRST_JUDGED))
}

fn null_series(configuration: &Configuration, configuration_index: usize, index: usize) -> Vec<f64> {
    let mut noise = Noise::of(&[SEED, configuration_index as u64, 0, index as u64]);
    configuration.series(COMMITS, None, &mut noise)
}

fn stepped_series(
    configuration: &Configuration,
    configuration_index: usize,
    size_index: usize,
    index: usize,
) -> (Vec<f64>, usize) {
    let mut noise = Noise::of(&[SEED, configuration_index as u64, 1 + size_index as u64, index as u64]);
    let places = STEP_COMMITS.count() as f64;
    let at = STEP_COMMITS.start() + (places * noise.uniform()) as usize;
    let step = Step { at, size: STEP_SIZES[size_index] };
    (configuration.series(COMMITS, Some(step), &mut noise), at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_change_nothing() {
        let rules = [(Rule::Perfherder, 4), (Rule::LastValue, 4)];
        let judged = AtomicUsize::new(0);
        let count = |series: usize| {
            judged.fetch_add(series, Ordering::Relaxed);
        };
        let one = measure(&rules, 1, &count).expect("it is measured");
        let three = measure(&rules, 3, &|_| ()).expect("it is measured");
        assert_eq!(judged.into_inner(), series_in_all(&rules));
        for (one, three) in one.iter().zip(&three) {
            assert_eq!(one.rule, three.rule);
            assert_eq!(one.scores, three.scores);
        }
    }

    #[test]
    fn steps_come_after_80_to_120_commits() {
        let places: Vec<usize> =
            (0..2000).map(|index| stepped_series(&CONFIGURATIONS[0], 0, 1, index).1).collect();
        assert_eq!((places.iter().min(), places.iter().max()), (Some(&80), Some(&120)));
    }

    #[test]
    fn a_rule_sees_the_first_of_the_same_series() {
        assert_eq!(null_series(&CONFIGURATIONS[2], 2, 7), null_series(&CONFIGURATIONS[2], 2, 7));
        assert_ne!(null_series(&CONFIGURATIONS[2], 2, 7), null_series(&CONFIGURATIONS[2], 2, 8));
    }
}
