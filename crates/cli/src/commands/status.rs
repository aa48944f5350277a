//! `plimsoll status`: where we stand.

use plimsoll_model::Unit;
use plimsoll_report::{ListedTarget, StatusView};
use plimsoll_track::{TargetStanding, standing};

use crate::commands::alert::listed;
use crate::failure::Ended;
use crate::house::{House, store_failure};
use crate::project_hint::known_project;
use crate::row_facts::row_facts;

/// Where we stand: the last run of each suite, targets, open alerts, warnings, one number for all.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Judges the newest runs again and prints what someone should know.
pub(crate) fn execute(_args: &Args, house: &House) -> Ended {
    let store = house.read_store()?;
    let project = known_project(house, &store)?;
    let book = house.rule_book(Some(&store), &project)?;
    let branch = house.git().and_then(|git| git.current_branch().ok().flatten());
    let suites = suites(house);
    let standing = standing(&store, &project, (branch.as_deref(), &suites), book.rules(), House::now())
        .map_err(|error| store_failure(&error))?;
    let last_runs: Vec<_> =
        standing.last_runs.iter().map(|run| (row_facts(&project, &run.row), run.verdict)).collect();
    let targets: Vec<ListedTarget<'_>> = standing.targets.iter().map(listed_target).collect();
    let alerts: Vec<_> = standing.open_alerts.iter().map(listed).collect();
    let view = StatusView {
        project: &project,
        last_runs: &last_runs,
        targets: &targets,
        warnings: &standing.warnings,
        performance_index: standing.performance_index,
        index_a_week_ago: standing.index_a_week_ago,
        judged: standing.judged,
        open_alerts: &alerts,
    };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}

/// The configured suites, the default one first.
fn suites(house: &House) -> Vec<&str> {
    let default = house.config.suite(None).ok().map(|(name, _)| name);
    let others = house.config.suites.keys().map(String::as_str).filter(|name| Some(*name) != default);
    default.into_iter().chain(others).collect()
}

fn listed_target(standing: &TargetStanding) -> ListedTarget<'_> {
    let series = standing.series.as_ref();
    let unit = series.map(|row| &row.unit).or(standing.target.unit.as_ref());
    ListedTarget {
        target: &standing.target,
        series: series.map(|row| &row.key),
        unit: unit.unwrap_or(const { &Unit::COUNT }),
        outcome: standing.outcome.as_ref(),
        severity: standing.severity,
    }
}
