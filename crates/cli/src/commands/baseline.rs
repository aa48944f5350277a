//! `plimsoll baseline`: what new values are held against.

mod accept;
mod withdraw;

use clap::Subcommand;
use plimsoll_report::{BaselineRun, BaselineView};
use plimsoll_store::{SeriesRow, SqliteStore};
use plimsoll_track::{SeriesPlace, series_baseline};

use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, store_failure};
use crate::row_facts::row_facts;
use crate::series_choice::the_series;

/// What new values are held against: show it, accept a new normal, or take that back.
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
    Accept(accept::AcceptArgs),
    /// Take back what was accepted: baselines are what they were, alerts speak again
    Withdraw(withdraw::WithdrawArgs),
}

/// Shows, accepts or takes back.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    match &args.action {
        Action::Show { series, branch } => show(series, branch.as_deref(), house),
        Action::Accept(args) => accept::accept_now(args, house),
        Action::Withdraw(args) => withdraw::withdraw_now(args, house),
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
        branch: Some(&found.branch),
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
