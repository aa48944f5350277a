//! The one series that a user means.

use plimsoll_model::Policy;
use plimsoll_store::{SeriesRow, SqliteStore};
use plimsoll_track::{SeriesNameError, SeriesPlace, find_named_series};

use crate::codes;
use crate::failure::Failure;
use crate::house::store_failure;
use crate::terminal::Terminal;

/// More names than this are not listed.
const MOST_LISTED: usize = 12;

/// The series that `text` names; says what was chosen where the text left a choice.
pub(crate) fn the_series(
    store: &SqliteStore,
    place: SeriesPlace<'_>,
    policy: &Policy,
    text: &str,
    terminal: &Terminal,
) -> Result<SeriesRow, Failure> {
    let found =
        find_named_series(store, place, text, &policy.targets).map_err(|error| series_failure(&error))?;
    let key = &found.row.key;
    if found.is_by_ending {
        terminal.say(&format!("`{text}` is taken for {key}"));
    }
    if !found.other_testbeds.is_empty() {
        let (testbed, others) = (&key.testbed, found.other_testbeds.join(", "));
        terminal
            .say(&format!("{key} on testbed {testbed}, which measured it last; others that did: {others}"));
    }
    Ok(found.row)
}

/// A name that leads to no series, as a user meets it.
fn series_failure(error: &SeriesNameError) -> Failure {
    match error {
        SeriesNameError::Unknown { near, .. } => {
            let failure = Failure::from_error(codes::SERIES, error);
            match near.as_slice() {
                [] => failure,
                near => failure.hint(format!("did you mean {}?", near.join(", "))),
            }
        }
        SeriesNameError::Ambiguous { candidates, .. } => {
            let (listed, rest) = candidates.split_at(candidates.len().min(MOST_LISTED));
            let mut names = listed.join("\n");
            if !rest.is_empty() {
                names += &format!("\n… {} more", rest.len());
            }
            Failure::from_error(codes::AMBIGUOUS, error).because(names)
        }
        SeriesNameError::Store(error) => store_failure(error),
    }
}
