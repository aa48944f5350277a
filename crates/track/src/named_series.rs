//! The series that a user means by a name.

use plimsoll_model::Policy;
use plimsoll_store::{SeriesRow, SqliteStore, StoreError};

/// The series of a project that `text` may mean: `suite:benchmark{parameter=value}#metric` with any part left out, or the id of
/// a target. Of a series that changed its unit only the newest is meant.
pub fn series_called(
    store: &SqliteStore,
    project: &str,
    policy: &Policy,
    text: &str,
) -> Result<Vec<SeriesRow>, StoreError> {
    let all = current_series(store, project)?;
    let called: Vec<SeriesRow> = all
        .iter()
        .filter(|row| row.key.is_called(text))
        .cloned()
        .collect();
    if !called.is_empty() {
        return Ok(called);
    }
    let targets = policy
        .targets
        .iter()
        .filter(|target| target.id.as_deref() == Some(text));
    let targets: Vec<_> = targets.collect();
    let is_meant = |row: &SeriesRow| targets.iter().any(|target| target.is_for(&row.key));
    Ok(all.into_iter().filter(is_meant).collect())
}

/// Every series of a project, each in its newest unit.
pub(crate) fn current_series(store: &SqliteStore, project: &str) -> Result<Vec<SeriesRow>, StoreError> {
    let mut current: Vec<SeriesRow> = Vec::new();
    for lane in store.lanes(project)? {
        let mut places = std::collections::HashMap::new();
        for row in store.series_of(lane.id)? {
            match places.get(&row.key) {
                Some(place) => current[*place] = row,
                None => {
                    places.insert(row.key.clone(), current.len());
                    current.push(row);
                }
            }
        }
    }
    Ok(current)
}
