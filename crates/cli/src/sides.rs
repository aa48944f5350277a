//! What is compared or judged against, as somebody names it.

use plimsoll_context::Git;
use plimsoll_model::nearest;
use plimsoll_store::SqliteStore;
use plimsoll_track::{Side, SideError, Surroundings, find_side};

use crate::codes;
use crate::commands::ingest::reading_failure;
use crate::failure::Failure;
use crate::house::{House, store_failure};

/// Where sides are looked for.
pub(crate) fn surroundings<'a>(
    house: &'a House,
    store: &'a SqliteStore,
    project: &'a str,
    git: Option<&'a Git>,
) -> Surroundings<'a> {
    Surroundings { store, project, git, directory: &house.directory, config: &house.config }
}

/// The side called `name`, or why there is none.
pub(crate) fn side(surroundings: Surroundings<'_>, name: &str) -> Result<Side, Failure> {
    find_side(surroundings, name).map_err(|error| named_side_failure(surroundings, error))
}

/// As [`side_failure`], with the branch or tag that was probably meant.
pub(crate) fn named_side_failure(surroundings: Surroundings<'_>, error: SideError) -> Failure {
    let near = match &error {
        SideError::Unknown(name) => near_reference(surroundings.git, name),
        _ => None,
    };
    let failure = side_failure(error);
    match near {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure,
    }
}

/// Where git does not answer, nothing is near.
fn near_reference(git: Option<&Git>, name: &str) -> Option<String> {
    let references = git?.references().unwrap_or_default();
    nearest(name, references.iter().map(String::as_str)).map(str::to_owned)
}

/// A name that is no side, as a user meets it.
pub(crate) fn side_failure(error: SideError) -> Failure {
    match error {
        SideError::File(error) => reading_failure(error),
        SideError::Store(error) => store_failure(&error),
        SideError::Ambiguous { ref runs, .. } => {
            let failure = Failure::from_error(codes::AMBIGUOUS, &error);
            failure.because(runs.iter().take(8).cloned().collect::<Vec<_>>().join("\n"))
        }
        SideError::Unknown(_) | SideError::NoRun { .. } | SideError::ManyRuns { .. } => {
            Failure::from_error(codes::REVISION, &error)
        }
    }
}
