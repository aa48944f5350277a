//! The project whose history a run would have gone on with, if its project were still called the same.

use plimsoll_model::Run;
use plimsoll_store::{RunFilter, SqliteStore, StoreError};

/// Measurements of a run that are looked for elsewhere, at most.
const MOST_COMPARED: usize = 64;

/// A project that measured the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerProject {
    /// Its name.
    pub name: String,
    /// How many runs it has of the suite.
    pub runs: usize,
}

/// Of a run that would be the first of its project: another project of the store with at least half of the run's series in a suite of
/// the same name; of several the one with most of them, then with most runs. `None` where the project has runs.
pub fn former_project(store: &SqliteStore, run: &Run) -> Result<Option<FormerProject>, StoreError> {
    if run.measurements.is_empty() || !store.lanes(&run.project)?.is_empty() {
        return Ok(None);
    }
    let mut best = None;
    for name in store.projects()? {
        let shared = shared_series(store, &name, run)?;
        if 2 * shared < run.measurements.len().min(MOST_COMPARED) {
            continue;
        }
        let filter = RunFilter { project: &name, suite: Some(&run.suite), ..RunFilter::default() };
        let runs = store.count_runs(&filter)?;
        if best.as_ref().is_none_or(|(most, _)| *most < (shared, runs)) {
            best = Some(((shared, runs), FormerProject { name, runs }));
        }
    }
    Ok(best.map(|(_, project)| project))
}

/// How many of the run's first measurements are known in the project's suite of the same name, on whatever testbed.
fn shared_series(store: &SqliteStore, project: &str, run: &Run) -> Result<usize, StoreError> {
    let mut lanes = store.lanes(project)?;
    lanes.retain(|lane| lane.suite == run.suite);
    let mut shared = 0;
    for measurement in run.measurements.iter().take(MOST_COMPARED) {
        let key = run.series_of(measurement);
        for lane in &lanes {
            if !store.find_series(lane.id, &key)?.is_empty() {
                shared += 1;
                break;
            }
        }
    }
    Ok(shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{run, scratch_store};

    fn of_project(project: &str, place: u64, benchmarks: &[&str]) -> Run {
        let times: Vec<(&str, f64)> = benchmarks.iter().map(|name| (*name, 1e6)).collect();
        Run { project: project.to_owned(), id: format!("{project}-{place}"), ..run(place, &times) }
    }

    #[test]
    fn a_project_under_another_name_is_found_by_its_suite_and_series() {
        let (_folder, mut store) = scratch_store();
        for place in 1..4 {
            store.append(&of_project("shop", place, &["parse", "render", "search"])).unwrap();
        }
        store.append(&of_project("other", 1, &["parse", "stranger"])).unwrap();
        let former = |run: &Run| former_project(&store, run).unwrap().map(|it| (it.name, it.runs));
        let moved = of_project("shop-2", 4, &["parse", "render", "sell"]);
        assert_eq!(former(&moved), Some(("shop".to_owned(), 3)));
        assert_eq!(former(&of_project("new", 4, &["parse", "a", "b"])), None, "too little is the same");
        assert_eq!(former(&Run { suite: "slow".to_owned(), ..moved.clone() }), None, "another suite");
        assert_eq!(former(&of_project("other", 4, &["parse", "render", "search"])), None, "it has a run");
        assert_eq!(former(&Run { measurements: Vec::new(), ..moved }), None);
    }
}
