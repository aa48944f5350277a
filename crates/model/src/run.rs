//! Everything measured at one time, on one commit and testbed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Complaint, Context, Measurement, Outcome, SeriesKey};

/// Everything measured at one time, on one commit and testbed. Written as `plimsoll.run/1` it is also the
/// bundle file, a line of `history.jsonl` and the body of `POST /api/v1/runs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The identity: given by whoever made the run, or the digest of [`crate::run_identity`].
    pub id: String,
    /// The project it belongs to.
    pub project: String,
    /// The suite that was run.
    pub suite: String,
    /// A session of an application, when several runs belong together.
    pub session: Option<String>,
    /// How the measured command ended.
    pub outcome: Outcome,
    /// What surrounded it.
    pub context: Context,
    /// What was measured.
    pub measurements: Vec<Measurement>,
    /// Where most memory was allocated.
    pub allocators: Vec<AllocationSite>,
    /// Remarks the program made.
    pub notes: Vec<Note>,
    /// What the reader did not understand.
    pub complaints: Vec<Complaint>,
    /// Fields at the top level that this version does not know, kept as they came.
    pub unknown: BTreeMap<String, serde_json::Value>,
}

/// A place that allocates, with what it allocated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AllocationSite {
    /// The place, as the language names it.
    pub site: String,
    /// Bytes allocated there.
    pub bytes: u64,
    /// Allocations made there.
    pub count: u64,
}

/// A remark a measured program made about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// `info`, `warning`, `error` or `critical`.
    pub severity: crate::Severity,
    /// The remark.
    pub message: String,
}

impl Run {
    /// The series that `measurement` of this run belongs to.
    pub fn series_of(&self, measurement: &Measurement) -> SeriesKey {
        SeriesKey {
            suite: self.suite.clone(),
            testbed: self.context.testbed.clone(),
            benchmark: measurement.benchmark.to_string(),
            parameters: measurement.parameters.clone(),
            metric: measurement.metric.name.to_string(),
        }
    }

    /// Whether its values may enter a baseline: it succeeded on a tree without local changes.
    pub fn is_clean(&self) -> bool {
        self.outcome == Outcome::Success && !self.context.commit.as_ref().is_some_and(|commit| commit.dirty)
    }
}
