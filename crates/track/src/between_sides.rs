//! Where levels changed between the two sides of a comparison.

use plimsoll_analyse::stats::median;
use plimsoll_analyse::{HISTORY, lasting_changes, level_change};
use plimsoll_model::Detector;
use plimsoll_store::{LaneId, Place, RunNumber, RunRow, SqliteStore, StoreError};

use crate::judge::Rules;
use crate::levels::Commits;
use crate::pairs::{Pair, is_of_lane, owned_ids};
use crate::side::Side;

/// The newest values up to B whose median is the level there: of a change four values back, most are new.
const LEVEL_RUNS: usize = 7;
/// Only levels so many spreads apart are looked at: a closer look at every series would be most of the work. A median of 7 values
/// and one of 20 lie so far apart by themselves in about one of a thousand series.
const APART_SPREADS: f64 = 2.0;

/// Gives each pair the changes of level that began behind A, up to B, as they are seen from B. Nothing where the sides are not of one
/// branch's history, A before B; of series whose level at B is that at A, what went and came back; and what lies more than
/// [`HISTORY`] runs before B.
pub(crate) fn add_changes(
    store: &SqliteStore,
    project: &str,
    pairs: &mut [Pair],
    (a, b): (&Side, &Side),
    rules: Rules<'_>,
) -> Result<(), StoreError> {
    for pairs in pairs.chunk_by_mut(is_of_lane) {
        let Some(key) = pairs.first().map(|pair| pair.key().clone()) else { continue };
        let Some(lane) = store.lane(project, &key.suite, &key.testbed)? else { continue };
        if let (Some(a), Some(b)) = (newest_of(a, lane), newest_of(b, lane))
            && let Some(branch) = a.branch.as_deref().filter(|branch| b.branch.as_deref() == Some(*branch))
            && a.place.order < b.place.order
        {
            Between { store, lane, branch, from: a.place, to: b.place, rules }.add_to(pairs)?;
        }
    }
    Ok(())
}

fn newest_of(side: &Side, lane: LaneId) -> Option<&RunRow> {
    match side {
        Side::Stored(stored) => stored.runs.iter().rfind(|row| row.lane == lane),
        Side::File(_) => None,
    }
}

/// What lies between two runs of one branch.
struct Between<'a> {
    store: &'a SqliteStore,
    lane: LaneId,
    branch: &'a str,
    from: Place,
    to: Place,
    rules: Rules<'a>,
}

impl Between<'_> {
    fn add_to(&self, pairs: &mut [Pair]) -> Result<(), StoreError> {
        let apart = self.apart(pairs)?;
        if apart.is_empty() {
            return Ok(());
        }
        let runs = self.newest(HISTORY)?;
        let mut commits = Commits::new(self.store, &runs);
        let (ids, owners) = owned_ids(apart.iter().map(|owner| (*owner, &pairs[*owner])));
        let columns = self.store.columns(&ids, &numbers(&runs))?;
        for owner in apart {
            let of_owner = (0..owners.len()).filter(|column| owners[*column] == owner);
            let columns: Vec<&[f64]> = of_owner.map(|column| columns.series(column)).collect();
            let value_in = |run: usize| columns.iter().map(|row| row[run]).find(|value| !value.is_nan());
            let (places, values): (Vec<usize>, Vec<f64>) =
                (0..runs.len()).filter_map(|run| Some((run, value_in(run)?))).unzip();
            for found in lasting_changes(&values) {
                if runs[places[found.index]].order <= self.from.order {
                    continue;
                }
                let mut change = level_change(&found, values.len());
                commits.name(&mut change, &places)?;
                // The newest value is B's own, unless that was measured with changes that are not committed.
                let is_own = places.last().is_some_and(|newest| runs[*newest] == self.to);
                change.began_back -= usize::from(is_own);
                pairs[owner].changes.push(change);
            }
        }
        Ok(())
    }

    /// The pairs whose level at B stands apart from that at A, on the side where B itself stands.
    fn apart(&self, pairs: &[Pair]) -> Result<Vec<usize>, StoreError> {
        let runs = self.newest(LEVEL_RUNS)?;
        if runs.last().is_none_or(|last| last.order <= self.from.order) {
            return Ok(Vec::new());
        }
        let (ids, owners) = owned_ids(pairs.iter().enumerate());
        let columns = self.store.columns(&ids, &numbers(&runs))?;
        let mut apart = Vec::new();
        let mut values = Vec::with_capacity(LEVEL_RUNS);
        for (column, owner) in owners.iter().enumerate() {
            values.extend(columns.series(column).iter().filter(|value| !value.is_nan()));
            if owners.get(column + 1) == Some(owner) {
                continue;
            }
            let pair = &pairs[*owner];
            let level = median(&values).filter(|_| !pair.history.is_empty());
            let moved = level.map_or(0.0, |level| level - pair.scatter.center);
            let of_b = pair.b.as_ref().and_then(|side| median(&side.values));
            let is_apart = moved.abs() >= APART_SPREADS * pair.scatter.spread
                && of_b.is_some_and(|of_b| (of_b - pair.scatter.center) * moved > 0.0);
            if is_apart && self.rules.policy.settings_for(pair.key()).uses(Detector::ChangePoint) {
                apart.push(*owner);
            }
            values.clear();
        }
        Ok(apart)
    }

    /// The newest runs up to B that may enter a baseline, oldest first.
    fn newest(&self, most: usize) -> Result<Vec<Place>, StoreError> {
        let before = Some(Place::after_commit(self.to.order));
        let mut runs = self.store.baseline_runs(self.lane, self.branch, before, most)?;
        runs.reverse();
        Ok(runs)
    }
}

fn numbers(runs: &[Place]) -> Vec<RunNumber> {
    runs.iter().map(|place| place.number).collect()
}
