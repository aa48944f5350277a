//! What a user is told whose project seems to have another name than before, so that its history is not found.

use plimsoll_model::Run;
use plimsoll_store::SqliteStore;
use plimsoll_track::former_project;

use crate::failure::Failure;
use crate::house::{House, store_failure};

/// Projects that are named, at most.
const MOST_NAMED: usize = 3;

/// Says of a run that is the first of its project which other project has the same series. Whoever gave the name for this very run knows
/// what they do.
pub(crate) fn tell_former_project(house: &House, store: &SqliteStore, run: &Run) -> Result<(), Failure> {
    if is_given(house) {
        return Ok(());
    }
    let former = former_project(store, run).map_err(|error| store_failure(&error))?;
    // git is asked only where there is something to say; a run that brings its own project's name means it.
    let Some(former) = former.filter(|_| run.project == house.project()) else {
        return Ok(());
    };
    let runs = if former.runs == 1 { "1 run".to_owned() } else { format!("{} runs", former.runs) };
    house.terminal.say(&format!(
        "project {} ({}) has no history yet, and {} has {runs} of the same: to go on with those, write name = {:?} under [project] in \
         plimsoll.toml",
        run.project,
        origin(house),
        former.name,
        former.name
    ));
    Ok(())
}

/// The project's name, for a command that shows its history; where it has none and others have, that is said.
pub(crate) fn known_project(house: &House, store: &SqliteStore) -> Result<String, Failure> {
    let project = house.project();
    let failed = |error| store_failure(&error);
    if is_given(house) || !store.lanes(&project).map_err(failed)?.is_empty() {
        return Ok(project);
    }
    let others = store.projects().map_err(failed)?;
    if !others.is_empty() {
        let more = if others.len() > MOST_NAMED { ", …" } else { "" };
        let named: Vec<&str> = others.iter().map(String::as_str).take(MOST_NAMED).collect();
        house.terminal.say(&format!(
            "project {project} ({}) has no run here, but {}{more}: --project NAME shows another, and name = \"NAME\" under [project] in \
             plimsoll.toml makes it this one",
            origin(house),
            named.join(", ")
        ));
    }
    Ok(project)
}

fn is_given(house: &House) -> bool {
    house.flags().project(&house.env).is_some()
}

/// Where a name comes from that was not given for this very command.
fn origin(house: &House) -> &'static str {
    let has_remote = || house.git().is_some_and(|git| matches!(git.remote_name(), Ok(Some(_))));
    match &house.config.project.name {
        Some(_) => "as plimsoll.toml says",
        None if has_remote() => "named after its git remote",
        None => "named after its folder",
    }
}
