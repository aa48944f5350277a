//! A small history to test with.

use jiff::Timestamp;
use plimsoll_model::{Commit, Context, Measurement, Metric, Outcome, Run};
use plimsoll_store::{RunNumber, SqliteStore};
use tempfile::TempDir;

pub(crate) const TESTBED: &str = "linux/x86_64/4";

/// Seconds between two commits: half a day.
const COMMIT_INTERVAL_SECONDS: i64 = 43_200;

pub(crate) fn scratch_store() -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("history.db")).unwrap();
    (folder, store)
}

/// A forty-digit hash for the commit of this place in history.
pub(crate) fn hash(place: u64) -> String {
    format!("{:016x}{place:024x}", place.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// When the commit of this place was made.
pub(crate) fn at(place: u64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + place as i64 * COMMIT_INTERVAL_SECONDS).unwrap()
}

/// A run on `main` of the commit at `place`; `time` of each benchmark in nanoseconds.
pub(crate) fn run(place: u64, times_ns: &[(&str, f64)]) -> Run {
    let mut context = Context::new(TESTBED, at(place));
    context.branch = Some("main".to_owned());
    context.commit = Some(Commit {
        hash: hash(place),
        ancestors: (1..=place.min(4)).map(|back| hash(place - back)).collect(),
        ancestor_times: (1..=place.min(4))
            .map(|back| at(place - back).as_second())
            .collect(),
        committed_at: Some(at(place)),
        subject: Some(format!("Change number {place}")),
        dirty: false,
    });
    let measurement =
        |(name, value): &(&str, f64)| Measurement::new("criterion", *name, Metric::time(), *value);
    Run {
        id: format!("{place:032x}"),
        project: "p".to_owned(),
        suite: "fast".to_owned(),
        session: None,
        outcome: Outcome::Success,
        context,
        measurements: times_ns.iter().map(measurement).collect(),
        allocators: Vec::new(),
        notes: Vec::new(),
        complaints: Vec::new(),
        unknown: Default::default(),
    }
}

pub(crate) fn append(store: &mut SqliteStore, run: &Run) -> RunNumber {
    store.append(run).unwrap().number
}

/// A value about `center` that wobbles by one per cent, the same for the same place.
pub(crate) fn about(center: f64, place: u64) -> f64 {
    center * (1.0 + [-0.01, 0.004, 0.01, -0.003, 0.0][(place % 5) as usize])
}
