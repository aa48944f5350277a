//! The one series that a user means.

use plimsoll_model::Policy;
use plimsoll_store::{Place, SeriesRow, SqliteStore};
use plimsoll_track::series_called;

use crate::codes;
use crate::failure::Failure;
use crate::house::store_failure;

/// More names than this are not listed.
const MOST_LISTED: usize = 12;

/// The series that `text` names. Where the same series is measured on several testbeds, that of the newest run.
pub(crate) fn the_series(
    store: &SqliteStore,
    project: &str,
    policy: &Policy,
    text: &str,
) -> Result<SeriesRow, Failure> {
    let failed = |error| store_failure(&error);
    let found = series_called(store, project, policy, text).map_err(failed)?;
    let mut names: Vec<String> = found.iter().map(|row| row.key.to_string()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > 1 {
        let mut failure = Failure::new(codes::AMBIGUOUS, format!("`{text}` fits {} series", names.len()));
        for name in names.iter().take(MOST_LISTED) {
            failure = failure.because(name.clone());
        }
        return Err(failure);
    }
    let mut newest: Option<(Option<Place>, SeriesRow)> = None;
    for row in found {
        let run = store.newest_run(row.lane).map_err(failed)?;
        let rows = match run {
            Some(run) => store.runs(&[run]).map_err(failed)?,
            None => Vec::new(),
        };
        let place = rows.first().map(|row| row.place);
        if newest.as_ref().is_none_or(|(best, _)| place > *best) {
            newest = Some((place, row));
        }
    }
    newest.map(|(_, row)| row).ok_or_else(|| {
        Failure::new(
            codes::SERIES,
            format!("project {project} has no series called `{text}`"),
        )
    })
}
