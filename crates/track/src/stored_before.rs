//! A run that is read again after it was stored, when something else is known of what surrounded it.

use plimsoll_model::{DERIVED_HARNESS, Measurement, Parameters, Run};
use plimsoll_store::{SqliteStore, StoreError};

/// The stored run of this identity, if it says the same of what was measured; what was found out around it when it was read then
/// stays. Whether files were changed, the machine's facts and what the configuration derives are of the moment of reading: none
/// of them makes another run of it.
pub fn stored_before(store: &SqliteStore, run: &Run) -> Result<Option<Run>, StoreError> {
    let Some(number) = store.find_run(&run.id)? else { return Ok(None) };
    let stored = store.load_run(number)?;
    Ok(says_the_same(&stored, run).then_some(stored))
}

fn says_the_same(stored: &Run, run: &Run) -> bool {
    let place = |run: &Run| {
        let context = &run.context;
        let commit = context.commit.as_ref().map(|commit| commit.hash.clone());
        (run.project.clone(), run.suite.clone(), context.testbed.clone(), context.branch.clone(), commit)
    };
    let said = |run: &Run| (run.session.clone(), run.outcome, run.allocators.clone(), run.notes.clone());
    place(stored) == place(run) && said(stored) == said(run) && measured_the_same(stored, run)
}

fn measured_the_same(stored: &Run, run: &Run) -> bool {
    let (stored, new) = (own_measurements(stored), own_measurements(run));
    let is_same = |(stored, new): (&&Measurement, &&Measurement)| {
        // Where a unit was declared in between, the numbers do not compare.
        let is_same_unit = stored.metric.unit == new.metric.unit;
        key(stored) == key(new)
            && (!is_same_unit || stored.value == new.value && stored.samples == new.samples)
    };
    stored.len() == new.len() && stored.iter().zip(&new).all(is_same)
}

/// What was measured and not derived, in an order of its own.
fn own_measurements(run: &Run) -> Vec<&Measurement> {
    let mut own: Vec<&Measurement> =
        run.measurements.iter().filter(|measurement| &*measurement.harness != DERIVED_HARNESS).collect();
    own.sort_by(|left, right| key(left).cmp(&key(right)).then(left.value.total_cmp(&right.value)));
    own
}

fn key(measurement: &Measurement) -> (&str, &Parameters, &str, bool) {
    let is_good = measurement.outcome == plimsoll_model::Outcome::Success;
    (&measurement.benchmark, &measurement.parameters, &measurement.metric.name, is_good)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{append, run, scratch_store};

    #[track_caller]
    fn check(change: impl FnOnce(&mut Run), is_known: bool) {
        let (_folder, mut store) = scratch_store();
        let stored = run(1, &[("parse", 100.0), ("render", 50.0)]);
        append(&mut store, &stored);
        let mut again = stored.clone();
        change(&mut again);
        assert_eq!(stored_before(&store, &again).expect("it is looked up"), is_known.then_some(stored));
    }

    #[test]
    fn what_surrounds_it_may_differ_and_nothing_that_it_says() {
        check(|_| {}, true);
        check(|run| run.measurements.reverse(), true);
        check(|run| run.context.environment.os = Some("another".to_owned()), true);
        check(|run| run.context.pull_request = Some(7), true);
        check(|run| run.context.commit.as_mut().expect("a commit").dirty = true, true);
        check(|run| run.context.commit.as_mut().expect("a commit").ancestors.clear(), true);
        check(|run| run.context.commit = None, false);
        check(|run| run.context.branch = Some("other".to_owned()), false);
        check(|run| run.outcome = plimsoll_model::Outcome::Failed, false);
        check(|run| run.measurements[1].value = 51.0, false);
        check(|run| drop(run.measurements.pop()), false);
        check(|run| run.id = "another".to_owned(), false);
    }

    #[test]
    fn what_the_configuration_says_may_differ() {
        check(
            |run| {
                let mut derived = run.measurements[0].clone();
                derived.harness = DERIVED_HARNESS.into();
                run.measurements.push(derived);
            },
            true,
        );
        check(
            |run| {
                run.measurements[0].metric.unit = plimsoll_model::Unit::BYTES;
                run.measurements[0].value = 1e8;
            },
            true,
        );
    }
}
