//! The commits of a branch in a row, to tell how far apart two of them stand.

use std::collections::HashMap;

use plimsoll_model::{Alert, CommitOrder, Evaluation, Run};
use plimsoll_store::{Place, SqliteStore, StoreError};

use crate::baseline_runs::BaselineRuns;
use crate::levels::is_next_of;

/// Changes that began so few commits apart are one change.
const SAME_CHANGE_COMMITS: usize = 5;

/// Where commits stand among those measured on a branch. Empty for a run that is held against another branch.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CommitLine {
    /// The run continues the runs that it was held against.
    is_own: bool,
    /// How many measured commits stand before the one of this hash.
    positions: HashMap<String, usize>,
}

impl CommitLine {
    /// The line of the runs that `run` was held against, with the commits at which alerts and changes began.
    pub(crate) fn of(
        store: &SqliteStore,
        run: &Run,
        place: Place,
        default_branch: &str,
        alerts: &[Alert],
        evaluation: &Evaluation,
    ) -> Result<Self, StoreError> {
        let baseline = BaselineRuns::of_branch(store, run, Some(place), default_branch)?;
        let mut line = Self::default();
        if !is_next_of(run, &baseline) {
            return Ok(line);
        }
        line.is_own = true;
        let mut orders: Vec<CommitOrder> = baseline.runs.iter().map(|place| place.order).collect();
        orders.dedup();
        let of_changes = evaluation.series.iter().flat_map(|series| &series.level_changes);
        let hashes = alerts.iter().map(|alert| &alert.began).chain(of_changes.map(|change| &change.began));
        let own = run.context.commit.as_ref().map(|commit| &commit.hash);
        for hash in hashes.flatten().chain(own) {
            if line.positions.contains_key(hash) {
                continue;
            }
            // A commit before the first of the row stands nowhere in it.
            if let Some(order) = store.commit_order(&run.project, hash)?
                && orders.first().is_some_and(|first| *first <= order)
            {
                line.positions.insert(hash.clone(), orders.partition_point(|other| *other < order));
            }
        }
        Ok(line)
    }

    /// Whether there is a row: the run is held against its own branch.
    pub(crate) fn is_own(&self) -> bool {
        self.is_own
    }

    /// How many commits stand before it, where it is in the row.
    pub(crate) fn position(&self, hash: Option<&str>) -> Option<usize> {
        self.positions.get(hash?).copied()
    }

    /// Whether what began at these two commits may be one change; `None` where one of them is not in the row.
    pub(crate) fn is_same(&self, left: Option<&str>, right: Option<&str>) -> Option<bool> {
        Some(self.position(left)?.abs_diff(self.position(right)?) <= SAME_CHANGE_COMMITS)
    }
}
