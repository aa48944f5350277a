//! `plimsoll baseline`: what new values are held against.

use clap::Subcommand;
use plimsoll_model::SeriesKey;
use plimsoll_report::{AcceptedView, BaselineRun, BaselineView, RunFacts};
use plimsoll_store::{RunFilter, RunRow, SeriesRow, SqliteStore};
use plimsoll_track::{Acceptance, Accepted, SeriesPlace, accept, series_baseline};

use crate::codes;
use crate::commands::alert::note;
use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, store_failure};
use crate::person::person;
use crate::row_facts::row_facts;
use crate::series_choice::the_series;

/// What new values are held against: show it, or accept a new normal.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// What the next run of a series is held against, and the runs behind it
    Show {
        /// The series: suite:benchmark{parameter=value}#metric, any part left out, or a target's id
        series: String,
        /// The branch of that next run [default: the one checked out]
        #[arg(long, value_name = "NAME")]
        branch: Option<String>,
    },
    /// Say that this is the new normal: baselines start anew, alerts are resolved
    Accept(AcceptArgs),
}

#[derive(Debug, clap::Args)]
struct AcceptArgs {
    /// Only this series [default: all that changed in the run or have an alert]
    series: Option<String>,
    /// Why it is accepted
    #[arg(long, visible_alias = "notes", value_name = "TEXT", value_parser = note)]
    note: String,
    /// The first run of the new normal: an id, a commit or a branch [default: the newest]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// The branch whose newest run is meant [default: the one checked out]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

/// Shows or accepts.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    match &args.action {
        Action::Show { series, branch } => show(series, branch.as_deref(), house),
        Action::Accept(args) => accept_now(args, house),
    }
}

fn show(series: &str, branch: Option<&str>, house: &House) -> Ended {
    let store = house.read_store()?;
    let project = house.project();
    let book = house.rule_book(Some(&store), &project)?;
    let row = called(&store, &project, &book, series, house)?;
    let now = House::now();
    let context_args = ContextArgs { branch: branch.map(str::to_owned), ..ContextArgs::default() };
    let mut context = house.gather(&context_args, now)?.context;
    // Behind everything that is stored, whichever commit is checked out.
    context.commit = None;
    let found = series_baseline(&store, &project, &row, &context, book.rules(), now)
        .map_err(|error| store_failure(&error))?;
    let runs: Vec<BaselineRun<'_>> = found
        .runs
        .iter()
        .map(|(run, value)| BaselineRun { run: row_facts(&project, run), value: *value })
        .collect();
    let view = BaselineView {
        project: &project,
        key: &row.key,
        unit: &row.unit,
        direction: row.direction,
        branch: Some(&found.source.name),
        baseline: found.baseline,
        settings: found.settings,
        runs: &runs,
        carried: found.carried,
        accepted: found.accepted.as_deref(),
        since: found.since.as_ref(),
    };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}

fn called(
    store: &SqliteStore,
    project: &str,
    book: &RuleBook,
    text: &str,
    house: &House,
) -> Result<SeriesRow, Failure> {
    let place = SeriesPlace { project, ..SeriesPlace::default() };
    the_series(store, place, &book.policy, text, &house.terminal)
}

fn accept_now(args: &AcceptArgs, house: &House) -> Ended {
    let mut store = house.existing_store()?;
    let project = house.project();
    let book = house.rule_book(Some(&store), &project)?;
    let key = match &args.series {
        Some(text) => Some(called(&store, &project, &book, text, house)?.key),
        None => None,
    };
    let run = meant_run(args, house, &store, &project, key.as_ref())?;
    let by = person(house);
    let acceptance = Acceptance {
        run: run.number,
        series: key.as_ref(),
        note: &args.note,
        by: by.as_deref(),
        now: House::now(),
    };
    let accepted = accept(&mut store, acceptance, book.rules()).map_err(|error| store_failure(&error))?;
    show_accepted(&accepted, house)?;
    Ok(0)
}

/// The newest run that could be meant. A run that may enter no baseline cannot start one.
fn meant_run(
    args: &AcceptArgs,
    house: &House,
    store: &SqliteStore,
    project: &str,
    key: Option<&SeriesKey>,
) -> Result<RunRow, Failure> {
    let failed = |error| store_failure(&error);
    let is_fitting =
        |row: &RunRow| key.is_none_or(|key| row.suite == key.suite && row.testbed == key.testbed);
    let mut rows = match &args.run {
        Some(text) => {
            let mut rows = store.resolve_run(project, text).map_err(failed)?;
            if rows.is_empty()
                && let Some(hash) = house.git().and_then(|git| git.resolve(text).ok())
            {
                rows = store.resolve_run(project, &hash).map_err(failed)?;
            }
            if rows.is_empty() {
                let message = format!("project {project} has no run called `{text}`");
                return Err(Failure::new(codes::REVISION, message));
            }
            rows
        }
        None => {
            let checked_out = house.git().and_then(|git| git.current_branch().ok().flatten());
            let branch = args.branch.clone().or(checked_out);
            let filter = RunFilter {
                project,
                suite: key.map(|key| key.suite.as_str()),
                testbed: key.map(|key| key.testbed.as_str()),
                branch: branch.as_deref(),
                eligible_only: true,
                newest_first: true,
                limit: Some(1),
                ..RunFilter::default()
            };
            let rows = store.select_runs(&filter).map_err(failed)?;
            if rows.is_empty() {
                let place = branch.map_or_else(String::new, |branch| format!(" of branch {branch}"));
                let message = format!("there is no clean run{place} to accept");
                return Err(Failure::new(codes::EMPTY, message).hint("plimsoll runs ls"));
            }
            rows
        }
    };
    rows.retain(is_fitting);
    let newest =
        rows.pop().ok_or_else(|| Failure::new(codes::REVISION, "that run did not measure this series"))?;
    if !newest.eligible {
        let message = format!("run {} enters no baseline: it is voided, failed or dirty", newest.id);
        return Err(Failure::new(codes::USAGE, message).hint("commit, run again, and accept that run"));
    }
    Ok(newest)
}

/// Shows what was accepted and what that does not settle.
fn show_accepted(accepted: &Accepted, house: &House) -> Result<(), Failure> {
    let view = AcceptedView {
        run: RunFacts::of(&accepted.run),
        branch: &accepted.branch,
        series: &accepted.series,
        is_whole: accepted.is_whole,
        resolved: &accepted.resolved,
        missed_targets: &accepted.missed_targets,
    };
    house.show(|| view.json(), |screen| view.terminal(screen))
}
