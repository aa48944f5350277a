//! `plimsoll runs`: list, show, void.

use plimsoll_model::format;
use plimsoll_report::{ListedRun, RunDetailView, RunsView};
use plimsoll_store::{RunFilter, RunRow, SqliteStore};

use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::person::person;
use crate::project_hint::known_project;
use crate::row_facts::row_facts;

/// Runs listed when nobody says how many.
const DEFAULT_LAST: usize = 20;
/// Runs named where a name fits several.
const MOST_NAMED: usize = 8;

/// Stored runs: list, show, take out of the baselines.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the newest runs
    Ls(LsArgs),
    /// Show one run with everything it measured
    Show(ShowArgs),
    /// Take a bad run out of the baselines; it stays in the books
    Void(VoidArgs),
}

#[derive(Debug, clap::Args)]
struct LsArgs {
    /// List the newest N
    #[arg(short = 'n', long, value_name = "N", default_value_t = DEFAULT_LAST)]
    last: usize,
    /// Only of this suite
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// Only of this branch
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The run: the beginning of its identity, or a commit that was measured once
    #[arg(value_name = "RUN")]
    run: String,
}

#[derive(Debug, clap::Args)]
struct VoidArgs {
    /// The run: the beginning of its identity, or a commit that was measured once
    #[arg(value_name = "RUN")]
    run: String,
    /// Why it does not count
    #[arg(long, visible_alias = "notes", value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    note: String,
}

/// Does what the subcommand says.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    match &args.action {
        Action::Ls(args) => list(args, house),
        Action::Show(args) => show(args, house),
        Action::Void(args) => void(args, house),
    }
}

fn list(args: &LsArgs, house: &House) -> Ended {
    let store = house.read_store()?;
    let project = known_project(house, &store)?;
    let filter = RunFilter {
        project: &project,
        suite: args.suite.as_deref(),
        branch: args.branch.as_deref(),
        newest_first: true,
        limit: Some(args.last),
        ..RunFilter::default()
    };
    let failed = |error| store_failure(&error);
    let rows = store.select_runs(&filter).map_err(failed)?;
    let total = store.count_runs(&filter).map_err(failed)?;
    let runs: Vec<ListedRun<'_>> = rows
        .iter()
        .map(|row| ListedRun { run: row_facts(&project, row), measurements: row.measurements, verdict: None })
        .collect();
    let view = RunsView { project: &project, runs: &runs, total };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}

fn show(args: &ShowArgs, house: &House) -> Ended {
    let store = house.read_store()?;
    let row = find(&store, house, &args.run)?;
    let run = store.load_run(row.number).map_err(|error| store_failure(&error))?;
    if house.globals.json {
        let json =
            format::run::write(&run).map_err(|error| Failure::from_error(codes::STORE_CORRUPT, &error))?;
        house.terminal.data(&json)?;
        return Ok(0);
    }
    let view = RunDetailView { run: &run, voided: row.voided.as_deref() };
    house.terminal.data(&view.terminal(&house.screen()))?;
    Ok(0)
}

fn void(args: &VoidArgs, house: &House) -> Ended {
    if args.note.trim().is_empty() {
        return Err(Failure::new(codes::USAGE, "--note says nothing").hint("say why the run does not count"));
    }
    let mut store = house.existing_store()?;
    let row = find(&store, house, &args.run)?;
    let by = person(house);
    store
        .void_run(row.number, &args.note, by.as_deref(), House::now())
        .map_err(|error| store_failure(&error))?;
    let commit = row
        .commit
        .as_deref()
        .map_or_else(String::new, |hash| format!(" of commit {}", hash.get(..7).unwrap_or(hash)));
    let said = match (&row.voided, row.eligible) {
        (Some(_), _) => "was void already; the note is another now",
        (None, true) => "is void: it leaves the baselines and stays in the books",
        (None, false) => "is void: it stays in the books (it was in no baseline)",
    };
    house.terminal.say(&format!("run {}{commit} {said}", row.id.get(..12).unwrap_or(&row.id)));
    Ok(0)
}

/// The one run that `name` means.
fn find(store: &SqliteStore, house: &House, name: &str) -> Result<RunRow, Failure> {
    let project = house.project();
    let failed = |error| store_failure(&error);
    let mut rows = store.resolve_run(&project, name).map_err(failed)?;
    if rows.is_empty()
        && let Some(hash) = house.git().and_then(|git| git.resolve(name).ok())
    {
        let of_commit = RunFilter { project: &project, commit: Some(&hash), ..RunFilter::default() };
        rows = store.select_runs(&of_commit).map_err(failed)?;
    }
    match rows.len() {
        0 => Err(Failure::new(codes::REVISION, format!("no run is called `{name}`"))),
        1 => Ok(rows.remove(0)),
        several => {
            let mut failure = Failure::new(codes::AMBIGUOUS, format!("`{name}` fits {several} runs"));
            for row in rows.iter().rev().take(MOST_NAMED) {
                failure = failure.because(format!("{} {} {}", row.id, row.suite, row.started_at));
            }
            Err(failure)
        }
    }
}
