//! History run by run.

use jiff::Timestamp;
use plimsoll_model::Run;
use plimsoll_store::{Place, RunFilter, RunNumber, SqliteStore, StoreError};

/// Rows of runs that are looked at together.
const ROWS_A_STEP: usize = 1_024;
/// Runs are loaded together up to so many measurements.
const MEASUREMENTS_A_STEP: usize = 65_536;
/// And up to so many runs.
const RUNS_A_STEP: usize = 256;

/// Which runs of a project are exported.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExportFilter<'a> {
    /// The project.
    pub project: &'a str,
    /// Only of this suite.
    pub suite: Option<&'a str>,
    /// Only of this branch.
    pub branch: Option<&'a str>,
    /// Only those that started then or later.
    pub since: Option<Timestamp>,
}

/// Hands every run that passes the filter to `each`, in commit order, with how many were handed over before and how many there
/// are in all. Some dozens of runs are in memory at a time.
///
/// # Errors
/// What the store says, or what `each` says.
pub fn export<E: From<StoreError>>(
    store: &SqliteStore,
    filter: &ExportFilter<'_>,
    mut each: impl FnMut(Run, usize, usize) -> Result<(), E>,
) -> Result<usize, E> {
    let wanted = wanted_runs(store, filter)?;
    let total = wanted.len();
    let mut done = 0;
    let mut rest = &wanted[..];
    while !rest.is_empty() {
        let mut measurements = 0;
        let step = rest.iter().take(RUNS_A_STEP).take_while(|(_, count)| {
            let is_first = measurements == 0;
            measurements += count.max(&1);
            is_first || measurements <= MEASUREMENTS_A_STEP
        });
        let step = step.count();
        let numbers: Vec<RunNumber> = rest[..step].iter().map(|(number, _)| *number).collect();
        for run in store.load_runs(&numbers)? {
            each(run, done, total)?;
            done += 1;
        }
        rest = &rest[step..];
    }
    Ok(done)
}

/// Numbers of the runs in commit order, each with how many measurements it has. Rows are read page by page, because a row is
/// much larger than a number.
fn wanted_runs(
    store: &SqliteStore,
    filter: &ExportFilter<'_>,
) -> Result<Vec<(RunNumber, usize)>, StoreError> {
    store.snapshot(|| {
        let mut wanted = Vec::new();
        let mut before: Option<Place> = None;
        loop {
            let rows = store.select_runs(&RunFilter {
                project: filter.project,
                suite: filter.suite,
                branch: filter.branch,
                since: filter.since,
                before,
                newest_first: true,
                limit: Some(ROWS_A_STEP),
                ..RunFilter::default()
            })?;
            let Some(oldest) = rows.last() else {
                break;
            };
            before = Some(oldest.place);
            wanted.extend(rows.iter().map(|row| (row.number, row.measurements)));
        }
        wanted.reverse();
        Ok(wanted)
    })
}
