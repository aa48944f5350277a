//! Absolute limits that someone set.

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::{Limit, SeriesKey, Unit};

/// Which side of a limit is bad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The value must not be above.
    Max(f64),
    /// The value must not be below.
    Min(f64),
}

impl Bound {
    /// The limit itself.
    pub fn limit(self) -> f64 {
        match self {
            Self::Max(limit) | Self::Min(limit) => limit,
        }
    }

    /// The limit as a maximum, else as a minimum: one of the two.
    pub fn sides(self) -> (Option<f64>, Option<f64>) {
        match self {
            Self::Max(limit) => (Some(limit), None),
            Self::Min(limit) => (None, Some(limit)),
        }
    }
}

/// An absolute limit, also called a budget or a non-functional requirement.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// A short name people refer to: `APP-001`.
    pub id: Option<String>,
    /// The suite it is for; every suite when absent. May hold `*`.
    pub suite: Option<String>,
    /// The benchmark it is for; may hold `*`.
    pub benchmark: String,
    /// The metric it is for.
    pub metric: String,
    /// The limit, in `unit`.
    pub bound: Bound,
    /// The unit of the limit; `None` means the measured metric's own unit.
    pub unit: Option<Unit>,
    /// The noun of the items that the value is divided by: `pages`.
    pub per: Option<String>,
    /// How far over the target a warning starts.
    pub warn: Limit,
    /// How far over the target an error starts.
    pub error: Limit,
}

impl Target {
    /// Over the target by 10 % is a warning, by 20 % an error.
    pub const DEFAULT_WARN: Limit = Limit::Relative(0.10);
    /// See [`Self::DEFAULT_WARN`].
    pub const DEFAULT_ERROR: Limit = Limit::Relative(0.20);

    /// Whether the target is for this series.
    pub fn is_for(&self, key: &SeriesKey) -> bool {
        let matches = |pattern: &str, text: &str| pattern == text || WildMatch::new(pattern).matches(text);
        self.metric == key.metric
            && matches(&self.benchmark, &key.benchmark)
            && self.suite.as_deref().is_none_or(|suite| matches(suite, &key.suite))
    }
}

/// How a measurement stands against its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetStatus {
    /// Within the limit.
    Met,
    /// Past the limit; the severity says by how much.
    Over,
    /// The measurement says nothing about it: another dimension, or no item count.
    NotComparable,
}

/// A target with what the measurement did to it.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetOutcome {
    /// The target.
    pub target: Target,
    /// The value that was held against it (divided by items where it is a budget for each item).
    pub value: f64,
    /// How it stands.
    pub status: TargetStatus,
    /// How many times better than the limit the value is; below 1 when past it.
    pub headroom: Option<f64>,
}
