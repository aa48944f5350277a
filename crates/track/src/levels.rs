//! The levels that the series of a run are on, with the commits at which they changed.

use std::collections::HashMap;
use std::num::NonZero;
use std::thread;

use plimsoll_analyse::SeriesInput;
use plimsoll_model::{BaselineKind, LevelChange, Policy, Run};
use plimsoll_store::{Place, RunNumber, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;

/// Fewer series than this are done before a thread has started.
const FEWEST_FOR_A_THREAD: usize = 100;

/// Cuts each history to its level and names the commits of the change points. `values` are those of `inputs` in the runs of
/// `baseline`, NaN where a run has none.
pub(crate) fn keep_levels(
    store: &SqliteStore,
    run: &Run,
    baseline: &BaselineRuns,
    policy: &Policy,
    inputs: &mut [SeriesInput<'_>],
    values: &[Vec<f64>],
) -> Result<(), StoreError> {
    cut_all(inputs, policy, is_next_of(run, baseline));
    let mut commits = Commits::new(store, &baseline.runs);
    for (input, values) in inputs.iter_mut().zip(values) {
        if input.level.changes.is_empty() && input.level.trend.is_none() {
            continue;
        }
        let places: Vec<usize> = (0..values.len()).filter(|place| !values[*place].is_nan()).collect();
        for change in &mut input.level.changes {
            commits.name(change, &places)?;
        }
        if let Some(trend) = &mut input.level.trend {
            trend.began = commits.before(trend.began_back, &places)?;
        }
    }
    Ok(())
}

/// Cuts each history to its level, on all cores where there are many: this is most of the work of judging.
fn cut_all(inputs: &mut [SeriesInput<'_>], policy: &Policy, continues: bool) {
    let cut = |inputs: &mut [SeriesInput<'_>]| {
        for input in inputs {
            input.keep_level(&policy.settings_for(&input.key), continues);
        }
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = inputs.len().div_ceil(cores).max(FEWEST_FOR_A_THREAD);
    thread::scope(|scope| {
        let mut shares = inputs.chunks_mut(share);
        let own = shares.next();
        for others in shares {
            scope.spawn(|| cut(others));
        }
        own.into_iter().for_each(cut);
    });
}

/// Whether a run stands in a row with the runs it is held against: they are its own branch's.
pub(crate) fn is_next_of(run: &Run, baseline: &BaselineRuns) -> bool {
    let source = &baseline.source;
    let is_own = match run.context.branch.as_deref() {
        Some(branch) => branch == source.name,
        None => source.name == BaselineRuns::ALL_BRANCHES,
    };
    source.kind == BaselineKind::Branch && is_own
}

/// The commits of some runs, each read once.
pub(crate) struct Commits<'a> {
    store: &'a SqliteStore,
    runs: &'a [Place],
    known: HashMap<RunNumber, Option<String>>,
}

impl<'a> Commits<'a> {
    pub(crate) fn new(store: &'a SqliteStore, runs: &'a [Place]) -> Self {
        Self { store, runs, known: HashMap::new() }
    }

    /// Names the commits of a change; `places` are the runs that have a value, in their order.
    pub(crate) fn name(&mut self, change: &mut LevelChange, places: &[usize]) -> Result<(), StoreError> {
        // Values count back from the judged one, which stands behind all of them.
        let Some(first) = places.len().checked_sub(change.began_back) else { return Ok(()) };
        change.began = self.of_place(places.get(first))?;
        change.last_before = self.of_place(first.checked_sub(1).and_then(|last| places.get(last)))?;
        Ok(())
    }

    /// The commit of the value that stands `back` values before the judged one.
    fn before(&mut self, back: usize, places: &[usize]) -> Result<Option<String>, StoreError> {
        self.of_place(places.len().checked_sub(back).and_then(|place| places.get(place)))
    }

    fn of_place(&mut self, place: Option<&usize>) -> Result<Option<String>, StoreError> {
        let Some(run) = place.and_then(|place| self.runs.get(*place)) else { return Ok(None) };
        if let Some(known) = self.known.get(&run.number) {
            return Ok(known.clone());
        }
        let commit = self.store.runs(&[run.number])?.pop().and_then(|row| row.commit);
        self.known.insert(run.number, commit.clone());
        Ok(commit)
    }
}
