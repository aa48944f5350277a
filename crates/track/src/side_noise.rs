//! How much the series of two sides wobble: from the runs before them, and from the samples within.

use std::collections::BTreeMap;

use plimsoll_analyse::{HISTORY, Scatter, on_newest_level};
use plimsoll_model::{Detector, SeriesKey};
use plimsoll_store::{LaneId, Place, RunFilter, RunNumber, RunRow, SeriesId, SqliteStore, StoreError};

use crate::judge::Rules;
use crate::pairs::{Pair, is_of_lane, owned_ids};
use crate::side::Side;

/// How many earlier runs tell how much a series wobbles.
const SPREAD_RUNS: usize = 20;

/// The earlier values of every pair: one scan a lane.
pub(crate) fn add_history(
    store: &SqliteStore,
    project: &str,
    pairs: &mut [Pair],
    sides: (&Side, &Side),
    rules: Rules<'_>,
) -> Result<(), StoreError> {
    for pairs in pairs.chunk_by_mut(is_of_lane) {
        let Some(SeriesKey { suite, testbed, .. }) = &pairs.first().map(|pair| pair.key().clone()) else {
            continue;
        };
        let Some(lane) = store.lane(project, suite, testbed)? else {
            continue;
        };
        let newest = |most| spread_runs(store, project, lane, (suite, testbed), sides, rules, most);
        let runs = newest(SPREAD_RUNS)?;
        for pair in pairs.iter_mut().filter(|pair| pair.is_in_both()) {
            pair.ids = ids_of(store, lane, pair, rules)?;
        }
        let (ids, owners) = owned_ids(pairs.iter().enumerate());
        let columns = store.columns(&ids, &runs)?;
        for (column, owner) in owners.into_iter().enumerate() {
            let history = &mut pairs[owner].history;
            history.reserve_exact(columns.runs());
            history.extend(columns.series(column).iter().filter(|value| !value.is_nan()));
        }
        for pair in pairs.iter_mut().filter(|pair| !pair.history.is_empty()) {
            pair.scatter = Scatter::of(&pair.history);
        }
        let may_have_changed = |pair: &Pair| {
            pair.scatter.is_restless && rules.policy.settings_for(pair.key()).uses(Detector::ChangePoint)
        };
        let restless: Vec<usize> =
            (0..pairs.len()).filter(|owner| may_have_changed(&pairs[*owner])).collect();
        if !restless.is_empty() {
            level_history(store, pairs, &restless, &newest(HISTORY)?)?;
        }
    }
    Ok(())
}

/// Puts what levels the history of some series has on one. More runs than tell the noise are needed to find them.
fn level_history(
    store: &SqliteStore,
    pairs: &mut [Pair],
    restless: &[usize],
    runs: &[RunNumber],
) -> Result<(), StoreError> {
    let (ids, owners) = owned_ids(restless.iter().map(|owner| (*owner, &pairs[*owner])));
    let columns = store.columns(&ids, runs)?;
    let mut values: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (column, owner) in owners.into_iter().enumerate() {
        let present = columns.series(column).iter().filter(|value| !value.is_nan());
        values.entry(owner).or_default().extend(present);
    }
    for (owner, values) in values {
        let leveled = on_newest_level(&values);
        let newest = &leveled[leveled.len().saturating_sub(SPREAD_RUNS)..];
        pairs[owner].scatter = Scatter::of(newest);
        pairs[owner].history = newest.to_vec();
    }
    Ok(())
}

/// The series of a pair in the store: as either side has it, else, of two files, by name.
fn ids_of(
    store: &SqliteStore,
    lane: LaneId,
    pair: &Pair,
    rules: Rules<'_>,
) -> Result<Vec<SeriesId>, StoreError> {
    let mut ids: Vec<SeriesId> =
        [&pair.a, &pair.b].into_iter().flatten().flat_map(|side| side.ids.iter().copied()).collect();
    if ids.is_empty() {
        let mut names = rules.renames.old_names(&pair.key().benchmark);
        names.push(pair.key().benchmark.clone());
        for benchmark in names {
            let key = SeriesKey { benchmark, ..pair.key().clone() };
            for id in store.find_series(lane, &key)? {
                if store.series(id)?.unit == pair.name.1 {
                    ids.push(id);
                }
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The `most` newest runs that tell how much a lane wobbles: on A's branch up to A; on the default branch where there are more. Of
/// a file against stored runs: on their branch before them.
fn spread_runs(
    store: &SqliteStore,
    project: &str,
    lane: LaneId,
    (suite, testbed): (&str, &str),
    (a, b): (&Side, &Side),
    rules: Rules<'_>,
    most: usize,
) -> Result<Vec<RunNumber>, StoreError> {
    let last = |side: &Side| -> Option<RunRow> {
        match side {
            Side::Stored(stored) => stored.runs.iter().rfind(|row| row.lane == lane).cloned(),
            Side::File(_) => None,
        }
    };
    let (branch, before) = match (last(a), last(b)) {
        (Some(row), _) => (row.branch, Some(Place::after_commit(row.place.order))),
        (None, Some(row)) => (row.branch, Some(row.place)),
        (None, None) => (Some(rules.default_branch.to_owned()), None),
    };
    let mut runs = Vec::new();
    let own = branch.as_deref().filter(|own| *own != rules.default_branch);
    for name in own.into_iter().chain([rules.default_branch]) {
        let found = store.baseline_runs(lane, name, before, most)?;
        if found.len() > runs.len() {
            runs = found;
        }
    }
    if runs.is_empty() {
        let any = store.select_runs(&RunFilter {
            project,
            suite: Some(suite),
            testbed: Some(testbed),
            before,
            eligible_only: true,
            newest_first: true,
            limit: Some(most),
            ..RunFilter::default()
        })?;
        runs = any.into_iter().map(|row| row.place).collect();
    }
    Ok(runs.into_iter().rev().map(|place| place.number).collect())
}

/// Series with too little history are judged by the samples within their runs; only theirs are read.
pub(crate) fn add_samples(
    store: &SqliteStore,
    pairs: &mut [Pair],
    (a, b): (&Side, &Side),
) -> Result<(), StoreError> {
    let is_young = |pair: &Pair| pair.is_in_both() && pair.history.len() < pair.min;
    for (index, side) in [a, b].into_iter().enumerate() {
        let mut ids = Vec::new();
        let mut owners = Vec::new();
        for (owner, pair) in pairs.iter_mut().enumerate().filter(|(_, pair)| is_young(pair)) {
            let values = if index == 0 { &mut pair.a } else { &mut pair.b };
            let Some(values) = values else { continue };
            ids.extend(&values.ids);
            owners.extend(values.ids.iter().map(|_| owner));
            pair.samples[index] = std::mem::take(&mut values.samples);
        }
        let Side::Stored(stored) = side else { continue };
        let numbers: Vec<RunNumber> = stored.runs.iter().map(|row| row.number).collect();
        for (owner, samples) in owners.into_iter().zip(store.samples(&ids, &numbers)?) {
            pairs[owner].samples[index].extend(samples);
        }
    }
    Ok(())
}
