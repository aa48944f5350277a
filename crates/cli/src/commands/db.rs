//! `plimsoll db`: the store itself.

use clap::Subcommand;
use plimsoll_report::{StoreCheckView, StoreProblem, StoreStatsView};

use crate::codes;
use crate::failure::Ended;
use crate::house::{House, store_failure};
use crate::progress::{Counted, Progress};

/// The store: how big it is, whether it is sound.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// How big the history is
    Stats,
    /// Read everything, and say whether it is as it was written
    Check,
}

/// Counts or checks.
pub(crate) fn execute(args: &Args, house: &House) -> Ended {
    match args.action {
        Action::Stats => stats(house),
        Action::Check => check(house),
    }
}

fn stats(house: &House) -> Ended {
    let store = house.read_store()?;
    let failed = |error| store_failure(&error);
    let stats = store.stats().map_err(failed)?;
    let projects = store.projects().map_err(failed)?;
    let path = store.path().display().to_string();
    let view = StoreStatsView {
        path: &path,
        projects: &projects,
        runs: stats.runs,
        fresh_runs: stats.fresh_runs,
        segments: stats.segments,
        series: stats.series,
        points: stats.points,
        commits: stats.commits,
        alerts: stats.alerts,
        bytes: stats.bytes,
    };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}

fn check(house: &House) -> Ended {
    let store = house.read_store()?;
    let mut progress = Progress::begin(&house.terminal, "checking", Counted::Runs);
    let report =
        store.check(|done, total| progress.at(done, Some(total))).map_err(|error| store_failure(&error));
    progress.end();
    let report = report?;
    let problems: Vec<StoreProblem<'_>> = report
        .problems
        .iter()
        .map(|problem| StoreProblem { place: &problem.place, what: &problem.what })
        .collect();
    let path = store.path().display().to_string();
    let view = StoreCheckView {
        path: &path,
        runs: report.runs,
        measurements: report.measurements,
        blocks: report.blocks,
        problems: &problems,
    };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    match report.is_sound() {
        true => Ok(0),
        false => Ok(codes::STORE_CORRUPT.exit),
    }
}
