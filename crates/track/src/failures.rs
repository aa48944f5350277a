//! What failed beside what succeeded is quiet: its own series are not judged.

use std::collections::BTreeSet;

use plimsoll_analyse::SeriesInput;
use plimsoll_model::Outcome;

use crate::error_rates::ERROR_RATE;

/// Takes out of `inputs` what only says that something failed: the series of failures themselves, other measurements of a
/// benchmark that failed, and what is gone because it only ever failed, or an error rate because nothing failed this time. A program
/// that measures itself tells of failures by that rate, which stays.
pub(crate) fn leave_failures_out(inputs: &mut Vec<SeriesInput<'_>>) {
    let has_failed = |input: &SeriesInput<'_>| {
        input.measurement.is_some_and(|measurement| measurement.outcome != Outcome::Success)
    };
    let stands_apart =
        |input: &&SeriesInput<'_>| has_failed(input) && input.key.parameters.get("outcome") == Some("failed");
    let benchmark = |input: &SeriesInput<'_>| input.key.benchmark.clone();
    let failed: BTreeSet<String> = inputs.iter().filter(stands_apart).map(benchmark).collect();
    if failed.is_empty() && inputs.iter().all(|input| input.measurement.is_some()) {
        return;
    }
    let present: BTreeSet<String> =
        inputs.iter().filter(|input| input.measurement.is_some()).map(benchmark).collect();
    inputs.retain(|input| {
        let name = &input.key.benchmark;
        match input.measurement {
            Some(_) => !(has_failed(input) && failed.contains(name)),
            None if input.history.is_empty() => false,
            None => input.key.metric != ERROR_RATE || !present.contains(name),
        }
    });
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Direction, Measurement, Metric, Outcome, Run, SeriesVerdict, Unit};

    use crate::scratch::{ScratchHistory, run};

    /// A run whose calls of `validate` failed now and then, and whose phase `load` always.
    fn with_failures(mut run: Run) -> Run {
        let mut failed = Measurement::new("probe", "validate", Metric::time(), 3.0);
        failed.outcome = Outcome::Failed;
        failed.parameters.insert("outcome", "failed");
        let mut load = failed.clone();
        load.benchmark = "load".into();
        let rate = Metric {
            name: "error_rate".into(),
            unit: Unit::normalise("ratio").0,
            direction: Direction::Lower,
            exact: false,
        };
        let mut memory = Measurement::new("probe", "load", rate.clone(), 0.0);
        memory.metric.name = "peak_rss".into();
        memory.outcome = Outcome::Failed;
        let rate = Measurement::new("probe", "validate", rate, 0.02);
        run.measurements.extend([failed, load, memory, rate]);
        run
    }

    #[track_caller]
    fn check(history: &ScratchHistory, run: &Run, expected: &[(&str, SeriesVerdict)]) {
        let judged = crate::judge_unstored(Some(&history.store), run, history.rules()).expect("it is judged");
        let mut seen: Vec<(String, SeriesVerdict)> = judged
            .series
            .iter()
            .map(|series| (format!("{}#{}", series.key.benchmark, series.key.metric), series.verdict))
            .collect();
        seen.sort_by(|one, other| one.0.cmp(&other.0));
        let seen: Vec<(&str, SeriesVerdict)> =
            seen.iter().map(|(name, verdict)| (name.as_str(), *verdict)).collect();
        assert_eq!(seen, expected);
        assert_eq!(judged.complaints, []);
    }

    #[test]
    fn only_the_error_rate_tells_of_failures() {
        let mut history = ScratchHistory::new();
        for step in 0..6 {
            let run = history.run("main", &[("validate", 100.0 + f64::from(step % 2))]);
            history.store.append(&run).expect("it is stored");
        }
        let unchanged = ("validate#time", SeriesVerdict::Unchanged);
        let failing = with_failures(history.run("main", &[("validate", 100.0)]));
        check(&history, &failing, &[("validate#error_rate", SeriesVerdict::New), unchanged]);
        history.store.append(&failing).expect("it is stored");
        let good = history.run("main", &[("validate", 100.0)]);
        check(&history, &good, &[unchanged]);
    }

    #[test]
    fn a_benchmark_that_failed_as_a_whole_is_told() {
        let mut failed = run(1, &[("parse", 1.0)]);
        failed.measurements[0].outcome = Outcome::Failed;
        check(&ScratchHistory::new(), &failed, &[("parse#time", SeriesVerdict::Inconclusive)]);
    }
}
