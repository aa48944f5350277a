//! Runs to test with.

use jiff::Timestamp;
use plimsoll_model::{Commit, Context, Measurement, Metric, Outcome, Run};
use plimsoll_store::{SqliteStore, StoreError};
use tempfile::TempDir;

pub const SUITE: &str = "fast";
pub const TESTBED: &str = "linux/x86_64/4";

pub fn store() -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("history.db")).unwrap();
    (folder, store)
}

/// A forty-digit hash for the commit of this place in history.
pub fn hash(place: u64) -> String {
    format!("{:016x}{place:024x}", place.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

/// A run of the commit at `place`, which was committed a minute after its parent and run an hour later.
pub fn run(place: u64, values: &[f64]) -> Run {
    let seconds = place as i64 * 60;
    let mut context = Context::new(TESTBED, at(seconds + 3_600));
    context.branch = Some("main".to_owned());
    context.commit = Some(Commit {
        hash: hash(place),
        ancestors: (1..=place.min(8)).map(|back| hash(place - back)).collect(),
        ancestor_times: (1..=place.min(8)).map(|back| at(seconds - back as i64 * 60).as_second()).collect(),
        committed_at: Some(at(seconds)),
        subject: Some(format!("Change number {place}")),
        dirty: false,
    });
    let measurement = |(index, value): (usize, &f64)| {
        Measurement::new("criterion", format!("benchmark/{index}"), Metric::time(), *value)
    };
    Run {
        id: format!("{place:032x}"),
        project: "p".to_owned(),
        suite: SUITE.to_owned(),
        session: None,
        outcome: Outcome::Success,
        context,
        measurements: values.iter().enumerate().map(measurement).collect(),
        allocators: Vec::new(),
        notes: Vec::new(),
        complaints: Vec::new(),
        unknown: Default::default(),
    }
}

/// Appends runs of three measurements, 1000 times the place plus 0, 1 and 2.
pub fn append_places(store: &mut SqliteStore, places: impl IntoIterator<Item = u64>) {
    for place in places {
        let base = place as f64 * 1000.0;
        store.append(&run(place, &[base, base + 1.0, base + 2.0])).unwrap();
    }
}

pub fn lane(store: &SqliteStore) -> i64 {
    store.lane("p", SUITE, TESTBED).unwrap().unwrap()
}

/// The number of the series of `benchmark/<index>`.
pub fn series(store: &SqliteStore, index: usize) -> i64 {
    store.series_of(lane(store)).unwrap()[index].id
}

#[track_caller]
pub fn check_sound(store: &SqliteStore) {
    let report = store.check(|_, _| {}).unwrap();
    assert_eq!(report.problems, []);
}

#[track_caller]
pub fn check_error<T: std::fmt::Debug>(result: Result<T, StoreError>, expected: &str) {
    assert_eq!(result.unwrap_err().to_string(), expected);
}
