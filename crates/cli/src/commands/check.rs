//! `plimsoll check`: the gate. Judges the newest run of this commit.

use std::cmp::Reverse;

use crate::codes;
use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::outcome_args::GateArgs;
use crate::shown::Judged;
use plimsoll_model::Outcome;
use plimsoll_store::{RunFilter, RunRow, SqliteStore};
use plimsoll_track::{judge_stored, live_alerts};

/// The gate: judge the newest run of this commit.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this suite [default: every suite that was run on the commit]
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// The commit [default: HEAD]
    #[arg(long, value_name = "REV")]
    commit: Option<String>,
    #[command(flatten)]
    gate: GateArgs,
}

/// Judges the newest run of each suite and testbed; the exit code is the worst gate's.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    let store = house.read_store()?;
    let project = house.project();
    let book = house.rule_book(Some(&store), &project)?;
    let rows = newest_runs(args, house, &store, &project)?;
    let mut exit_code = 0;
    let mut failure = None;
    for row in rows {
        if row.outcome != Outcome::Success {
            failure.get_or_insert_with(|| failed_run(&row));
            continue;
        }
        let failed = |error| store_failure(&error);
        let (run, evaluation) = judge_stored(&store, row.number, None, book.rules()).map_err(failed)?;
        let alerts = live_alerts(&store, &run).map_err(failed)?;
        let complaints = &run.complaints;
        let judged = Judged {
            run: &run,
            evaluation: &evaluation,
            alerts: &alerts,
            complaints,
            second_look: None,
        };
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
    Failure::new(
        code,
        format!("the newest run of suite {} on this commit {how}", row.suite),
    )
    .hint("plimsoll run")
}

/// Where several hold, a closed gate (1) goes before doubt (5) and both before a pass.
fn worse(left: u8, right: u8) -> u8 {
    [1, 5]
        .into_iter()
        .find(|code| left == *code || right == *code)
        .unwrap_or(0)
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
    let filter = RunFilter {
        project,
        suite: args.suite.as_deref(),
        newest_first: true,
        ..RunFilter::default()
    };
    let rows = match (&commit, &args.commit) {
        (Some(hash), _) => store
            .select_runs(&RunFilter {
                commit: Some(hash),
                ..filter
            })
            .map_err(failed)?,
        (None, Some(text)) => {
            let mut rows = store.resolve_run(project, text).map_err(failed)?;
            rows.retain(|row| args.suite.as_deref().is_none_or(|suite| suite == row.suite));
            rows
        }
        (None, None) => store
            .select_runs(&RunFilter {
                limit: Some(1),
                ..filter
            })
            .map_err(failed)?,
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
        let of = commit.as_deref().map_or_else(
            || "this project".to_owned(),
            |hash| format!("commit {}", short(hash)),
        );
        return Err(
            Failure::new(codes::EMPTY, format!("there is no run of {of} to judge")).hint("plimsoll run"),
        );
    }
    Ok(newest)
}

fn short(hash: &str) -> &str {
    hash.get(..10).unwrap_or(hash)
}
