//! A small history to test with.

use jiff::Timestamp;
use plimsoll_model::{Base, Commit, Context, Measurement, Metric, Outcome, Policy, Run};
use plimsoll_store::{RunNumber, SqliteStore};
use tempfile::TempDir;

use crate::judge::Rules;
use crate::renames::Renames;
use crate::track::{Tracked, append_and_judge, settle_alerts};

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
        ancestor_times: (1..=place.min(4)).map(|back| at(place - back).as_second()).collect(),
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

/// A store with the rules that hold; runs come commit by commit.
pub(crate) struct ScratchHistory {
    pub(crate) store: SqliteStore,
    pub(crate) policy: Policy,
    renames: Renames,
    commits: u64,
    _folder: TempDir,
}

impl ScratchHistory {
    pub(crate) fn new() -> Self {
        let (folder, store) = scratch_store();
        Self { store, policy: Policy::default(), renames: Renames::default(), commits: 0, _folder: folder }
    }

    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules { policy: &self.policy, renames: &self.renames, default_branch: "main" }
    }

    /// The place of the commit that comes next.
    pub(crate) fn next_place(&self) -> u64 {
        self.commits + 1
    }

    /// A run of the next commit of `branch` with these values.
    pub(crate) fn run(&mut self, branch: &str, values: &[(&str, f64)]) -> Run {
        self.commits += 1;
        let mut run = run(self.commits, values);
        if branch != "main" {
            run.context.branch = Some(branch.to_owned());
            run.context.base = Some(Base { branch: "main".to_owned(), hash: None });
        }
        run
    }

    /// Stores and judges a run, and settles the alerts.
    pub(crate) fn track(&mut self, branch: &str, values: &[(&str, f64)]) -> Tracked {
        let run = self.run(branch, values);
        self.keep(&run)
    }

    /// Stores and judges this run, and settles the alerts.
    pub(crate) fn keep(&mut self, run: &Run) -> Tracked {
        let (policy, renames) = (self.policy.clone(), self.renames.clone());
        let rules = Rules { policy: &policy, renames: &renames, default_branch: "main" };
        let tracked = append_and_judge(&mut self.store, run, rules).expect("the run is stored");
        settle_alerts(&mut self.store, run, &tracked, rules, at(self.commits)).expect("alerts settle");
        tracked
    }

    /// Seven quiet runs of `parse` at about 100 and `render` at about 50, on main.
    pub(crate) fn quiet() -> Self {
        let mut history = Self::new();
        for wobble in [0.0, 1.0, -1.0, 0.5, -0.5, 1.0, 0.0] {
            history.track("main", &[("parse", 100.0 + wobble), ("render", 50.0 + wobble / 2.0)]);
        }
        history
    }
}

/// Independent numbers of mean 0 and deviation 1, the same for the same seed (twelve even numbers add up to nearly normal ones).
pub(crate) fn deviates(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    move || (0..12).map(|_| uniform()).sum::<f64>() - 6.0
}

/// Series of a [`suite`].
pub(crate) const SUITE_SERIES: usize = 200;

/// Runs of a suite whose series wobble by a twentieth and never change, but for the first, which doubles with the run `doubled_from`.
pub(crate) fn suite(seed: u64, runs: u64, doubled_from: u64) -> Vec<Run> {
    let names: Vec<String> = (0..SUITE_SERIES).map(|series| format!("bench_{series}")).collect();
    let mut deviate = deviates(seed);
    let mut made = |place: u64| {
        let mut value = |index: usize| {
            let level = if index == 0 && place >= doubled_from { 200.0 } else { 100.0 };
            level * (1.0 + 0.05 * deviate())
        };
        let values: Vec<(&str, f64)> =
            names.iter().enumerate().map(|(index, name)| (name.as_str(), value(index))).collect();
        run(place, &values)
    };
    (1..=runs).map(&mut made).collect()
}
