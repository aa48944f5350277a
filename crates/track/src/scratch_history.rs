//! Histories for tests, made of a few numbers.

use jiff::Timestamp;
use plimsoll_model::{Base, Commit, Context, Measurement, Metric, Outcome, Policy, Run};
use plimsoll_store::SqliteStore;
use tempfile::TempDir;

use crate::judge::Rules;
use crate::renames::Renames;
use crate::track::{Tracked, append_and_judge, settle_alerts};

/// A store in a directory that goes away, and the rules that hold.
pub(crate) struct ScratchHistory {
    pub(crate) store: SqliteStore,
    pub(crate) policy: Policy,
    renames: Renames,
    commits: usize,
    _directory: TempDir,
}

impl ScratchHistory {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        let store = SqliteStore::open(&directory.path().join("history.db")).expect("the store opens");
        Self {
            store,
            policy: Policy::default(),
            renames: Renames::default(),
            commits: 0,
            _directory: directory,
        }
    }

    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules {
            policy: &self.policy,
            renames: &self.renames,
            default_branch: "main",
        }
    }

    /// A run of the next commit of `branch` with these values.
    pub(crate) fn run(&mut self, branch: &str, values: &[(&str, f64)]) -> Run {
        self.commits += 1;
        let at = at_hour(self.commits);
        let mut context = Context::new("t", at);
        context.branch = Some(branch.to_owned());
        if branch != "main" {
            context.base = Some(Base {
                branch: "main".to_owned(),
                hash: None,
            });
        }
        context.commit = Some(Commit {
            hash: format!("{:040x}", self.commits),
            ancestors: Vec::new(),
            ancestor_times: Vec::new(),
            committed_at: Some(at),
            subject: None,
            dirty: false,
        });
        let measurements = values
            .iter()
            .map(|(name, value)| Measurement::new("h", *name, Metric::time(), *value));
        Run {
            id: format!("{:032x}", self.commits),
            project: "p".to_owned(),
            suite: "fast".to_owned(),
            session: None,
            outcome: Outcome::Success,
            context,
            measurements: measurements.collect(),
            allocators: Vec::new(),
            notes: Vec::new(),
            complaints: Vec::new(),
            unknown: std::collections::BTreeMap::new(),
        }
    }

    /// Stores and judges a run, and settles the alerts.
    pub(crate) fn track(&mut self, branch: &str, values: &[(&str, f64)]) -> Tracked {
        let run = self.run(branch, values);
        let (policy, renames) = (self.policy.clone(), self.renames.clone());
        let rules = Rules {
            policy: &policy,
            renames: &renames,
            default_branch: "main",
        };
        let tracked = append_and_judge(&mut self.store, &run, rules).expect("the run is stored");
        settle_alerts(&mut self.store, &run, &tracked, rules, at_hour(self.commits)).expect("alerts settle");
        tracked
    }

    /// Seven quiet runs of `parse` at about 100 and `render` at about 50, on main.
    pub(crate) fn quiet() -> Self {
        let mut history = Self::new();
        for wobble in [0.0, 1.0, -1.0, 0.5, -0.5, 1.0, 0.0] {
            history.track(
                "main",
                &[("parse", 100.0 + wobble), ("render", 50.0 + wobble / 2.0)],
            );
        }
        history
    }
}

/// So many hours into the year.
pub(crate) fn at_hour(hour: usize) -> Timestamp {
    let second = 1_767_225_600 + 3_600 * i64::try_from(hour).unwrap_or(0);
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}
