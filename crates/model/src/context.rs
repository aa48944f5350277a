//! What surrounded a run: commit, branch, machine, CI job.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What surrounded a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Context {
    /// The commit, where there is a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// The branch; absent on a detached head that no CI variable names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// What the branch started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// The pull request's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<u64>,
    /// The class of machine.
    pub testbed: String,
    /// The machine and its tools.
    #[serde(default)]
    pub environment: Environment,
    /// When the measured command started.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub duration_ms: u64,
    /// What the measured command itself used, when a harness said what was measured inside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The CI job, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<Ci>,
    /// Fields this version does not know, kept as they came.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, serde_json::Value>,
}

impl Context {
    /// A context that knows only when and where.
    pub fn new(testbed: impl Into<String>, started_at: Timestamp) -> Self {
        Self {
            commit: None,
            branch: None,
            base: None,
            pull_request: None,
            testbed: testbed.into(),
            environment: Environment::default(),
            started_at,
            duration_ms: 0,
            usage: None,
            ci: None,
            unknown: BTreeMap::new(),
        }
    }
}

/// A commit and its place in history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commit {
    /// The full hash, in hexadecimal.
    pub hash: String,
    /// First-parent ancestors, nearest first, at most 256.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ancestors: Vec<String>,
    /// The ancestors' commit times in seconds since 1970, in the same order, where they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ancestor_times: Vec<i64>,
    /// When it was committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<Timestamp>,
    /// The first line of its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The work tree had changes that are not in the commit.
    #[serde(default)]
    pub dirty: bool,
}

/// What a branch started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Base {
    /// The branch it will be merged into.
    pub branch: String,
    /// The merge base, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// The machine and its tools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Environment {
    /// Operating system and version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The processor's model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Processors that can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cores: Option<u32>,
    /// Main memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Versions of tools by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tools: BTreeMap<String, String>,
}

/// What a command used, children included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Usage {
    /// Wall time.
    pub wall_ns: u64,
    /// Processor time in user mode.
    pub user_cpu_ns: u64,
    /// Processor time in the kernel.
    pub system_cpu_ns: u64,
    /// Peak resident memory of the largest single process.
    pub peak_rss_bytes: u64,
}

/// A CI job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ci {
    /// `github`, `gitlab`, …
    pub provider: String,
    /// The provider's number for the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The job's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// Which try this is, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Where a person can look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
