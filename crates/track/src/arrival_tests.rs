//! The law of equal commits: in whatever order runs arrive, of one commit or of several, history says the same. What is judged
//! from it does: baselines, levels, change points, trends, verdicts, and the alerts of a replay. Alerts that were opened as runs
//! came in are no part of it: they tell what was known then.

use std::ops::ControlFlow;

use jiff::{Timestamp, ToSpan as _};
use plimsoll_model::{Evaluation, Policy, Replayed, Run};
use plimsoll_store::SqliteStore;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::compare::{Compared, compare};
use crate::judge::Rules;
use crate::renames::Renames;
use crate::replay_history::{ReplayRequest, replay_history};
use crate::replay_input::ReplayOptions;
use crate::scratch::{append, at, run, scratch_store};
use crate::series_log::{SeriesLogRequest, series_log};
use crate::series_name::{SeriesPlace, find_named_series};
use crate::side::{Named, Side, StoredSide};
use crate::track::judge_stored;

/// Commits before the level moves, and after.
const BEFORE: u64 = 12;
const AFTER: u64 = 4;

/// Everything that history says. Runs go by their identities: their numbers grow with arrival.
#[derive(Debug, PartialEq)]
struct Said {
    evaluations: Vec<Evaluation>,
    /// Each point of the log with what was said of it.
    log: Vec<String>,
    baseline: String,
    replayed: Vec<Replayed>,
    compared: Vec<Compared>,
}

fn said(runs: &[Run], arrival: &[usize]) -> Said {
    let (_folder, mut store) = scratch_store();
    for index in arrival {
        append(&mut store, &runs[*index]);
    }
    let (policy, renames) = (Policy::default(), Renames::default());
    let rules = Rules { policy: &policy, renames: &renames, default_branch: "main" };
    let row = |id: &str| store.resolve_run("p", id).unwrap();
    let judged = |run: &Run| judge_stored(&store, row(&run.id)[0].number, None, rules).unwrap().1;
    let series =
        find_named_series(&store, SeriesPlace { project: "p", ..SeriesPlace::default() }, "parse", &[]);
    let request = SeriesLogRequest { project: "p", ..SeriesLogRequest::default() };
    let log = series_log(&store, &series.unwrap().row, &request, rules).unwrap();
    let side = |run: &Run| {
        Side::Stored(StoredSide { named: Named::Run, runs: row(&run.id), complaints: Vec::new() })
    };
    let sides = (&side(&runs[0]), &side(&runs[runs.len() - 1]));
    Said {
        evaluations: runs.iter().map(judged).collect(),
        log: log
            .points
            .iter()
            .map(|point| {
                let said = (point.value, point.change, point.verdict, point.severity, &point.change_point);
                format!("{} {said:?}", point.row.id)
            })
            .collect(),
        baseline: format!("{:?} {:?} {:?}", log.baseline, log.trend_change, log.smallest_steps),
        replayed: replayed(&store, &policy),
        compared: compare(&store, "p", sides, rules, None).unwrap().series,
    }
}

fn replayed(store: &SqliteStore, policy: &Policy) -> Vec<Replayed> {
    let options = ReplayOptions { policy, only_retrospective: false, workers: 1 };
    let request = ReplayRequest { project: "p", branch: Some("main"), ..ReplayRequest::default() };
    let mut found = Vec::new();
    let each = |series: crate::replay_history::ReplayedSeries| {
        found.push(series.replayed);
        ControlFlow::Continue(())
    };
    replay_history(store, &request, &Renames::default(), &options, |_, _| {}, each).unwrap();
    found
}

/// Some runs of each commit, started in the same microsecond or some minutes apart, with a step of a tenth near the end; and an order for them to
/// arrive in.
fn histories() -> impl Strategy<Value = (Vec<Run>, Vec<usize>)> {
    let one = (-1.0..1.0_f64, 0_i64..2);
    vec(vec(one, 1..4), (BEFORE + AFTER) as usize).prop_flat_map(|commits| {
        let mut runs = Vec::new();
        for (place, repeats) in (1_u64..).zip(commits) {
            let level = if place > BEFORE { 110.0 } else { 100.0 };
            for (wobble, minutes) in repeats {
                let mut run = run(place, &[("parse", level + wobble), ("render", 50.0 - wobble)]);
                run.id = format!("run {}", runs.len());
                run.context.started_at = at(place).checked_add(minutes.minutes()).unwrap_or(Timestamp::MAX);
                runs.push(run);
            }
        }
        let arrival: Vec<usize> = (0..runs.len()).collect();
        (Just(runs), Just(arrival).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn history_says_the_same_in_whatever_order_runs_of_equal_commits_arrived((runs, arrival) in histories()) {
        let in_order: Vec<usize> = (0..runs.len()).collect();
        let expected = said(&runs, &in_order);
        prop_assert!(expected.replayed.iter().any(|series| !series.change_points.is_empty()));
        prop_assert_eq!(said(&runs, &arrival), expected);
    }
}
