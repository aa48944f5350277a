//! `plimsoll baseline withdraw`: taking back what was accepted.

use plimsoll_report::{WithdrawnNormal, WithdrawnView};
use plimsoll_store::RunNumber;
use plimsoll_track::withdraw;

use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::person::person;

#[derive(Debug, clap::Args)]
pub(super) struct WithdrawArgs {
    /// The run that it was accepted at: an id or a commit
    run: String,
}

/// Takes back all that was accepted at a run.
pub(super) fn withdraw_now(args: &WithdrawArgs, house: &House) -> Ended {
    let mut store = house.existing_store()?;
    let project = house.project();
    let failed = |error| store_failure(&error);
    let mut rows = store.resolve_run(&project, &args.run).map_err(failed)?;
    if rows.is_empty()
        && let Some(hash) = house.git().and_then(|git| git.resolve(&args.run).ok())
    {
        rows = store.resolve_run(&project, &hash).map_err(failed)?;
    }
    if rows.is_empty() {
        let message = format!("project {project} has no run called `{}`", args.run);
        return Err(Failure::new(codes::REVISION, message));
    }
    let runs: Vec<RunNumber> = rows.iter().map(|row| row.number).collect();
    let by = person(house);
    let withdrawn = withdraw(&mut store, &project, &runs, by.as_deref(), House::now()).map_err(failed)?;
    if withdrawn.is_empty() {
        let message = format!("nothing was accepted at `{}`", args.run);
        return Err(Failure::new(codes::REVISION, message)
            .hint("plimsoll baseline show SERIES names the run that its new normal starts at"));
    }
    let normals: Vec<WithdrawnNormal<'_>> = withdrawn
        .iter()
        .map(|one| WithdrawnNormal {
            note: &one.note,
            by: one.by.as_deref(),
            branches: &one.branches,
            series: &one.series,
            reopened: &one.reopened,
        })
        .collect();
    let view = WithdrawnView { project: &project, normals: &normals };
    house.show(|| view.json(), |screen| view.terminal(screen))?;
    Ok(0)
}
