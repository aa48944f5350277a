//! `plimsoll check`: the gate. Judges the newest run of this commit.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::codes;
use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, store_failure};
use crate::outcome_args::GateArgs;
use crate::project_hint::known_project;
use crate::shown::{Judged, Showing};
use crate::sides::{named_side_failure, surroundings};
use plimsoll_model::{Alert, Complaint, Evaluation, Outcome, Run, nearest};
use plimsoll_store::{AlertChange, RunFilter, RunRow, SqliteStore};
use plimsoll_track::{
    Side, SideError, baseline_up_to, baseline_up_to_commit, find_side, is_of_two_looks, judge_against_file,
    judge_stored, live_alerts, orphan_ending, orphaned_alerts,
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
    let project = known_project(house, &store)?;
    let book = house.rule_book(Some(&store), &project)?;
    let rows = newest_runs(args, house, &store, &project)?;
    let against = against(args, house, &store, &project)?;
    let mut misfits: Vec<Complaint> = Vec::new();
    let mut exit_code = 0;
    let mut failure = None;
    let mut showing = Showing::new(house, &args.gate);
    for row in judgeable(rows, house, &store)? {
        if row.outcome != Outcome::Success {
            failure.get_or_insert_with(|| failed_run(&row));
            continue;
        }
        let failed = |error| store_failure(&error);
        let (run, mut evaluation) = judge(&row, against.as_ref(), &store, &project, &book)?;
        // What is for every suite is said once.
        let mut of_run = book.misfits(house, Some(&store), &run)?;
        of_run.retain(|misfit| !misfits.contains(misfit));
        misfits.extend(of_run.iter().cloned());
        evaluation.complaints.extend(of_run);
        let mut alerts = live_alerts(&store, &run).map_err(failed)?;
        if against.is_none() {
            let orphans = orphaned_alerts(&store, &run, &row, &evaluation, &alerts).map_err(failed)?;
            resolve_orphans(house, &orphans)?;
            alerts.retain(|alert| !orphans.contains(alert));
        }
        let complaints = &run.complaints;
        let judged =
            Judged { run: &run, evaluation: &evaluation, alerts: &alerts, complaints, second_look: None };
        let gate = judged.gate(&book, &args.gate);
        showing.show(&judged, &gate)?;
        if is_of_two_looks(&store, &run).map_err(failed)? {
            let suite = &run.suite;
            house
                .terminal
                .say(&format!("suite {suite} was looked at twice: each value is the milder of both"));
        }
        exit_code = worse(exit_code, gate.exit_code);
    }
    showing.finish()?;
    failure.map_or(Ok(exit_code), Err)
}

/// Alerts of targets that are gone are over, and it is said. A store that cannot be written keeps them, and nobody is held up by
/// them.
fn resolve_orphans(house: &House, orphans: &[Alert]) -> Result<(), Failure> {
    if orphans.is_empty() {
        return Ok(());
    }
    let path = house.store_path()?;
    let now = House::now();
    let changes: Vec<AlertChange> = orphans
        .iter()
        .filter_map(|alert| Some(AlertChange::Move(alert.id, orphan_ending(alert, now)?)))
        .collect();
    let written = SqliteStore::open_existing(&path).and_then(|mut store| store.change_alerts(&changes));
    for alert in orphans {
        let target = alert.target.as_deref().unwrap_or_default();
        let name = alert.series.short();
        house.terminal.say(&format!("alert {} on {name} is resolved: its target {target} is gone", alert.id));
    }
    if let Err(error) = written {
        house.terminal.say(&format!("that could not be written down: {error}"));
    }
    Ok(())
}

/// Without the runs of commands that were tried and never worked: no configured suite, and not one good run on record. Where
/// nothing else is left, they stay.
fn judgeable(rows: Vec<RunRow>, house: &House, store: &SqliteStore) -> Result<Vec<RunRow>, Failure> {
    let mut kept = Vec::new();
    let mut stray = Vec::new();
    for row in rows {
        let is_known = row.outcome == Outcome::Success || house.config.suites.contains_key(&row.suite);
        if is_known || has_good_run(&row, store)? {
            kept.push(row);
        } else {
            stray.push(row);
        }
    }
    if kept.is_empty() {
        return Ok(stray);
    }
    for row in stray {
        house.terminal.say(&format!("suite {} never had a good run: not judged", row.suite));
    }
    Ok(kept)
}

fn has_good_run(row: &RunRow, store: &SqliteStore) -> Result<bool, Failure> {
    let good = store.good_run(row.lane).map_err(|error| store_failure(&error))?;
    Ok(good.is_some())
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
    let places = surroundings(house, store, project, git.as_ref());
    match find_side(places, name) {
        Ok(side) => Ok(Some(Against::Side(name.clone(), side))),
        Err(SideError::NoRun { name, hash }) if matches!(store.commit_order(project, &hash), Ok(Some(_))) => {
            Ok(Some(Against::Commit(name, hash)))
        }
        Err(error) => Err(named_side_failure(places, error)),
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

/// What is to be judged: a commit, and how the work tree stands to it.
#[derive(Default)]
struct Wanted {
    commit: Option<String>,
    branch: Option<String>,
    is_dirty: bool,
}

/// What was asked for; else what a run here would be of: in CI that is the head of the branch, not the trial merge that is checked
/// out.
fn wanted(args: &Args, house: &House) -> Result<Wanted, Failure> {
    if let Some(revision) = &args.commit {
        let commit = house.git().and_then(|git| git.resolve(revision).ok());
        return Ok(Wanted { commit, ..Wanted::default() });
    }
    let context = house.gather(&ContextArgs::default(), House::now())?.context;
    Ok(Wanted {
        is_dirty: context.commit.as_ref().is_some_and(|commit| commit.dirty),
        commit: context.commit.map(|commit| commit.hash),
        branch: context.branch,
    })
}

/// The newest run of each suite and testbed on the commit. A gate that finds nothing to judge does not pass.
fn newest_runs(
    args: &Args,
    house: &House,
    store: &SqliteStore,
    project: &str,
) -> Result<Vec<RunRow>, Failure> {
    let failed = |error| store_failure(&error);
    let wanted = wanted(args, house)?;
    let filter =
        RunFilter { project, suite: args.suite.as_deref(), newest_first: true, ..RunFilter::default() };
    let mut rows = match (&wanted.commit, &args.commit) {
        (Some(hash), _) => store.select_runs(&RunFilter { commit: Some(hash), ..filter }).map_err(failed)?,
        (None, Some(text)) => {
            let mut rows = store.resolve_run(project, text).map_err(failed)?;
            rows.retain(|row| args.suite.as_deref().is_none_or(|suite| suite == row.suite));
            rows
        }
        (None, None) => store.select_runs(&RunFilter { limit: Some(1), ..filter }).map_err(failed)?,
    };
    let found = rows.len();
    if let (Some(suite), true) = (&args.suite, rows.is_empty()) {
        refuse_unknown_suite(suite, house, store, project)?;
    }
    // Changes that are gone from the work tree are nobody's to answer for.
    rows.retain(|row| row.voided.is_none() && (wanted.is_dirty || !row.dirty));
    let is_elsewhere = |row: &RunRow| wanted.branch.is_some() && row.branch != wanted.branch;
    // A dirty run stands behind its commit, however long ago it was.
    rows.sort_by_key(|row| (is_elsewhere(row), Reverse((row.started_at, row.number))));
    let mut newest: Vec<RunRow> = Vec::new();
    for row in rows {
        if !newest.iter().any(|known| known.lane == row.lane) {
            newest.push(row);
        }
    }
    if newest.is_empty() {
        return Err(nothing_to_judge(&wanted, found));
    }
    Ok(newest)
}

/// A suite that is neither configured nor was ever run.
fn refuse_unknown_suite(
    suite: &str,
    house: &House,
    store: &SqliteStore,
    project: &str,
) -> Result<(), Failure> {
    let lanes = store.lanes(project).map_err(|error| store_failure(&error))?;
    let measured = lanes.iter().map(|lane| lane.suite.as_str());
    let known: BTreeSet<&str> = measured.chain(house.configured_suites()).collect();
    if known.contains(suite) {
        return Ok(());
    }
    let listed: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let failure =
        Failure::new(codes::SUITE, format!("no suite is called `{suite}`; there are {}", listed.join(", ")));
    Err(match nearest(suite, known) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("plimsoll status"),
    })
}

fn nothing_to_judge(wanted: &Wanted, found: usize) -> Failure {
    let commit = wanted.commit.as_deref();
    let of = commit.map_or_else(|| "this project".to_owned(), |hash| format!("commit {}", short(hash)));
    let failure =
        Failure::new(codes::EMPTY, format!("there is no run of {of} to judge")).hint("plimsoll run");
    match found {
        0 => failure,
        _ => failure.because("its runs were voided, or made with changes that are not in the work tree now"),
    }
}

fn short(hash: &str) -> &str {
    hash.get(..10).unwrap_or(hash)
}
