//! What is compared or judged against, as somebody names it.

use plimsoll_context::Git;
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
    find_side(surroundings, name).map_err(side_failure)
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
