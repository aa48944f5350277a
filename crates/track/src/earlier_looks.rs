//! The runs right before a doubtful one: where they show the same, it is no longer one run that says so.

use plimsoll_analyse::{add_seen_in_a_row, is_doubtful, seen_in_a_row};
use plimsoll_model::{Evaluation, Run};
use plimsoll_store::{Place, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;
use crate::judge::{Rules, Subject, judge};
use crate::levels::is_next_of;

/// So many runs before the judged one are asked. What lasts longer, change points find.
const MOST_EARLIER: usize = 5;

/// Judges a run where it stands in history: by itself, and where that leaves something open, by the runs right before it.
pub(crate) fn judge_in_line(
    store: &SqliteStore,
    subject: Subject<'_>,
    place: Place,
    baseline: &BaselineRuns,
    rules: Rules<'_>,
) -> Result<Evaluation, StoreError> {
    let evaluation = judge(store, subject, baseline, rules)?;
    add_earlier_looks(store, subject, place, baseline, (evaluation, rules))
}

/// Settles what `evaluation` leaves open by the runs right before, as far as they show the same: on a branch that is held against its
/// base, the branch's own runs; elsewhere the newest runs of the baseline, all of them held against what was before them.
/// `place` is where the judged run stands.
fn add_earlier_looks(
    store: &SqliteStore,
    subject: Subject<'_>,
    place: Place,
    baseline: &BaselineRuns,
    (evaluation, rules): (Evaluation, Rules<'_>),
) -> Result<Evaluation, StoreError> {
    if !evaluation.series.iter().any(is_doubtful) {
        return Ok(evaluation);
    }
    let run = subject.run;
    let continues = is_next_of(run, baseline);
    let places = match continues {
        true => newest_first(&baseline.runs),
        false => own_runs(store, run, place, baseline)?,
    };
    let mut settled = evaluation.clone();
    let mut runs: Vec<Run> = Vec::new();
    for place in places {
        runs.push(store.load_run(place.number)?);
        let before = if continues { baseline.without_newest(runs.len()) } else { baseline.clone() };
        let judged = |run: &Run| judge(store, Subject { run, series: None }, &before, rules);
        let newest = if continues { judge(store, subject, &before, rules)? } else { evaluation.clone() };
        let earlier = runs.iter().map(judged).collect::<Result<Vec<_>, _>>()?;
        let first = runs.last().and_then(|run| run.context.commit.as_ref());
        let seen = seen_in_a_row(&newest, &earlier, first.map(|commit| commit.hash.as_str()));
        if seen.is_empty() {
            break;
        }
        settled = add_seen_in_a_row(settled, seen);
    }
    Ok(settled)
}

fn newest_first(places: &[Place]) -> Vec<Place> {
    places.iter().rev().take(MOST_EARLIER).copied().collect()
}

/// The good runs of the run's own branch that stand between its base and itself.
fn own_runs(
    store: &SqliteStore,
    run: &Run,
    place: Place,
    baseline: &BaselineRuns,
) -> Result<Vec<Place>, StoreError> {
    let lane = store.lane(&run.project, &run.suite, &run.context.testbed)?;
    let (Some(lane), Some(branch)) = (lane, run.context.branch.as_deref()) else { return Ok(Vec::new()) };
    let mut places = store.baseline_runs(lane, branch, Some(place), MOST_EARLIER)?;
    places.retain(|own| baseline.runs.last().is_none_or(|last| own > last));
    Ok(places)
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Evidence, SeriesEvaluation, SeriesVerdict};

    use crate::scratch::{ScratchHistory, about, hash};

    /// Fourteen runs on main, in some of which `parse` or `render` was five times slower.
    fn jumpy(parse: &[u64], render: &[u64]) -> ScratchHistory {
        let mut history = ScratchHistory::new();
        for count in 0..14 {
            let factor = |slow: &[u64]| if slow.contains(&count) { 5.0 } else { 1.0 };
            track(&mut history, "main", [100.0 * factor(parse), 50.0 * factor(render), 30.0]);
        }
        history
    }

    fn track(history: &mut ScratchHistory, branch: &str, levels: [f64; 3]) -> Vec<SeriesEvaluation> {
        let place = history.next_place();
        let value = |index: usize| about(levels[index], place + index as u64);
        let values = [("parse", value(0)), ("render", value(1)), ("search", value(2))];
        history.track(branch, &values).evaluation.series
    }

    fn search(history: &mut ScratchHistory, branch: &str, factor: f64) -> SeriesEvaluation {
        let series = track(history, branch, [100.0, 50.0, 30.0 * factor]);
        series.into_iter().find(|series| series.key.benchmark == "search").expect("it was measured")
    }

    /// How many more runs would settle it.
    fn promised(series: &SeriesEvaluation) -> Option<usize> {
        series.findings.iter().find_map(|finding| match finding.evidence {
            Evidence::NotSignificant { further_runs, .. } | Evidence::OwnJumps { further_runs, .. } => {
                further_runs
            }
            _ => None,
        })
    }

    /// As many more runs as were said to settle it do, and tell since when it has been so.
    #[track_caller]
    fn check(branch: &str, factor: f64) {
        let mut history = jumpy(&[4, 5], &[9]);
        let began = hash(history.next_place());
        let mut series = search(&mut history, branch, factor);
        let first = promised(&series).expect("one run cannot tell");
        for left in (0..first).rev() {
            assert_eq!(
                (series.verdict, series.closes_gate),
                (SeriesVerdict::Inconclusive, false),
                "{series:?}"
            );
            assert!(promised(&series) > Some(left), "{left} left: {series:?}");
            series = search(&mut history, branch, factor);
        }
        assert_eq!((series.verdict, series.closes_gate), (SeriesVerdict::Regressed, true), "{series:?}");
        let in_a_row = Evidence::SeenInARow { runs: first + 1, began: Some(began) };
        assert!(series.findings.iter().any(|finding| finding.evidence == in_a_row), "{series:?}");
        assert!(search(&mut history, branch, factor).closes_gate, "and once more");
    }

    #[test]
    fn what_was_mended_once_leaves_no_doubt() {
        let mut history = jumpy(&[6, 7], &[6, 7]);
        assert!(search(&mut history, "feature", 5.0).closes_gate);
    }

    #[test]
    fn runs_of_a_branch_settle_what_one_of_them_could_not() {
        check("feature", 5.0);
        check("feature", 1.6);
    }

    #[test]
    fn so_do_runs_of_the_branch_that_is_merged_into() {
        check("main", 5.0);
        check("main", 1.6);
    }

    #[test]
    fn a_run_that_does_not_show_it_ends_the_row() {
        for branch in ["main", "feature"] {
            let mut history = jumpy(&[4, 5], &[9]);
            let first = promised(&search(&mut history, branch, 5.0)).expect("one run cannot tell");
            for _ in 0..2 * first {
                search(&mut history, branch, 1.0);
                let series = search(&mut history, branch, 5.0);
                assert_eq!(series.verdict, SeriesVerdict::Inconclusive, "{series:?}");
            }
        }
    }
}
