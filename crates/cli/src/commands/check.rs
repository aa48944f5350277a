//! `plimsoll check`: the gate. Judges the newest run of this commit.

use std::cmp::Reverse;

use crate::codes;
use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, store_failure};
use crate::outcome_args::GateArgs;
use crate::shown::Judged;
use crate::sides::{side_failure, surroundings};
use plimsoll_model::{Evaluation, Outcome, Run};
use plimsoll_store::{RunFilter, RunRow, SqliteStore};
use plimsoll_track::{
    Side, SideError, baseline_up_to, baseline_up_to_commit, find_side, judge_against_file, judge_stored,
    live_alerts,
};

/// The gate: judge the newest run of this commit.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this suite [default: every suite that was run on the commit]
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// The commit [default: HEAD]
    #[arg(long, value_name = "REV")]
    commit: Option<String>,
    /// Judge against this branch, tag, commit, run or file of results instead of the usual baseline
    #[arg(long, value_name = "REF|RUN|FILE")]
    against: Option<String>,
    #[command(flatten)]
    gate: GateArgs,
}

/// Judges the newest run of each suite and testbed; the exit code is the worst gate's.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let store = house.read_store()?;
    let project = house.project();
    let book = house.rule_book(Some(&store), &project)?;
    let rows = newest_runs(args, house, &store, &project)?;
    let against = against(args, house, &store, &project)?;
    let mut exit_code = 0;
    let mut failure = None;
    for row in rows {
        if row.outcome != Outcome::Success {
            failure.get_or_insert_with(|| failed_run(&row));
            continue;
        }
        let failed = |error| store_failure(&error);
        let (run, evaluation) = judge(&row, against.as_ref(), &store, &project, &book)?;
        let alerts = live_alerts(&store, &run).map_err(failed)?;
        let complaints = &run.complaints;
        let judged =
            Judged { run: &run, evaluation: &evaluation, alerts: &alerts, complaints, second_look: None };
        let gate = judged.gate(&book, &args.gate);
        judged.show(house, &gate, &args.gate)?;
        exit_code = worse(exit_code, gate.exit_code);
    }
    failure.map_or(Ok(exit_code), Err)
}

/// A run that failed measured nothing that could pass.
fn failed_run(row: &RunRow) -> Failure {
    let (code, how) = match row.outcome {
        Outcome::TimedOut => (codes::COMMAND_TIMEOUT, "ran out of its time"),
        _ => (codes::COMMAND_FAILED, "failed"),
    };
    Failure::new(code, format!("the newest run of suite {} on this commit {how}", row.suite))
        .hint("plimsoll run")
}

/// What somebody names to judge against.
enum Against {
    Side(String, Side),
    /// A commit that nothing was measured on: history up to it counts.
    Commit(String, String),
}

fn against(
    args: &Args,
    house: &House,
    store: &SqliteStore,
    project: &str,
) -> Result<Option<Against>, Failure> {
    let Some(name) = &args.against else {
        return Ok(None);
    };
    let git = house.git();
    match find_side(surroundings(house, store, project, git.as_ref()), name) {
        Ok(side) => Ok(Some(Against::Side(name.clone(), side))),
        Err(SideError::NoRun { name, hash }) if matches!(store.commit_order(project, &hash), Ok(Some(_))) => {
            Ok(Some(Against::Commit(name, hash)))
        }
        Err(error) => Err(side_failure(error)),
    }
}

fn judge(
    row: &RunRow,
    against: Option<&Against>,
    store: &SqliteStore,
    project: &str,
    book: &RuleBook,
) -> Result<(Run, Evaluation), Failure> {
    let rules = book.rules();
    let baseline = match against {
        None => Ok(None),
        Some(Against::Side(name, Side::File(file))) => {
            let run = store.load_run(row.number).map_err(|error| store_failure(&error))?;
            let evaluation = judge_against_file(&run, name, file, rules);
            return Ok((run, evaluation));
        }
        Some(Against::Side(name, Side::Stored(side))) => {
            baseline_up_to(store, project, row, (name, side), rules.default_branch).map(Some)
        }
        Some(Against::Commit(name, hash)) => {
            baseline_up_to_commit(store, project, row, (name, hash), rules.default_branch)
        }
    };
    let judged = baseline.and_then(|baseline| judge_stored(store, row.number, baseline.as_ref(), rules));
    judged.map_err(|error| store_failure(&error))
}

/// Where several hold, a closed gate (1) goes before doubt (5) and both before a pass.
fn worse(left: u8, right: u8) -> u8 {
    [1, 5].into_iter().find(|code| left == *code || right == *code).unwrap_or(0)
}

/// The newest run of each suite and testbed on the commit. A gate that finds nothing to judge does not pass.
fn newest_runs(
    args: &Args,
    house: &House,
    store: &SqliteStore,
    project: &str,
) -> Result<Vec<RunRow>, Failure> {
    let failed = |error| store_failure(&error);
    let commit = match (&args.commit, house.git()) {
        (Some(revision), Some(git)) => git.resolve(revision).ok(),
        (Some(_), None) => None,
        // What a run here would be of: in CI that is the head of the branch, not the trial merge that is checked out.
        (None, _) => {
            let gathered = house.gather(&ContextArgs::default(), House::now())?;
            gathered.context.commit.map(|commit| commit.hash)
        }
    };
    let filter =
        RunFilter { project, suite: args.suite.as_deref(), newest_first: true, ..RunFilter::default() };
    let rows = match (&commit, &args.commit) {
        (Some(hash), _) => store.select_runs(&RunFilter { commit: Some(hash), ..filter }).map_err(failed)?,
        (None, Some(text)) => {
            let mut rows = store.resolve_run(project, text).map_err(failed)?;
            rows.retain(|row| args.suite.as_deref().is_none_or(|suite| suite == row.suite));
            rows
        }
        (None, None) => store.select_runs(&RunFilter { limit: Some(1), ..filter }).map_err(failed)?,
    };
    let mut rows = rows;
    // A dirty run stands behind its commit, however long ago it was.
    rows.sort_by_key(|row| Reverse((row.started_at, row.number)));
    let mut newest: Vec<RunRow> = Vec::new();
    for row in rows {
        if row.voided.is_none() && !newest.iter().any(|known| known.lane == row.lane) {
            newest.push(row);
        }
    }
    if newest.is_empty() {
        let of = commit
            .as_deref()
            .map_or_else(|| "this project".to_owned(), |hash| format!("commit {}", short(hash)));
        return Err(
            Failure::new(codes::EMPTY, format!("there is no run of {of} to judge")).hint("plimsoll run")
        );
    }
    Ok(newest)
}

fn short(hash: &str) -> &str {
    hash.get(..10).unwrap_or(hash)
}
