//! A kind of quantity: its name, unit and direction.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Name, Unit, name};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Smaller is better: times, bytes, costs.
    Lower,
    /// Larger is better: rates, hit rates.
    Higher,
    /// Neither is known to be better: shown, never gated.
    None,
}

impl Direction {
    /// `+1` when a rise is worse, `-1` when a fall is worse, `None` when nothing is known.
    pub fn worse_sign(self) -> Option<f64> {
        match self {
            Self::Lower => Some(1.0),
            Self::Higher => Some(-1.0),
            Self::None => None,
        }
    }
}

/// A kind of quantity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Metric {
    /// One of the canonical names (`time`, `throughput`, …) or a harness's own counter name.
    pub name: Name,
    /// The normalised unit.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The value does not wobble when nothing changed: counts of instructions, allocations, sizes.
    pub exact: bool,
}

impl Metric {
    /// A metric that wobbles, with unit and direction.
    pub fn new(name: impl Into<Name>, unit: Unit, direction: Direction) -> Self {
        Self { name: name.into(), unit, direction, exact: false }
    }

    /// Wall time in nanoseconds, lower is better.
    pub fn time() -> Self {
        Self::new(name!("time"), Unit::NANOSECONDS, Direction::Lower)
    }
}

/// The canonical names of metrics, but for the latencies (`latency_p99`).
pub const METRIC_NAMES: [&str; 15] = [
    "time",
    "cpu_time",
    "throughput",
    "peak_rss",
    "heap",
    "heap_peak",
    "size",
    "allocated_bytes",
    "rss_growth",
    "allocations",
    "instructions",
    "error_rate",
    "hit_rate",
    "cost",
    "count",
];

/// Unit and direction of a canonical metric name; `None` for a name that only a harness knows.
pub fn known_metric(name: &str) -> Option<(Unit, Direction)> {
    let known = match name {
        "time" | "cpu_time" => (Unit::NANOSECONDS, Direction::Lower),
        "throughput" => (Unit::ITEMS_PER_SECOND, Direction::Higher),
        "peak_rss" | "heap" | "heap_peak" | "size" | "allocated_bytes" => (Unit::BYTES, Direction::Lower),
        "rss_growth" => (Unit::BYTES_PER_HOUR, Direction::Lower),
        "allocations" | "instructions" => (Unit::COUNT, Direction::Lower),
        "error_rate" => (Unit::RATIO, Direction::Lower),
        "hit_rate" => (Unit::RATIO, Direction::Higher),
        "cost" => (Unit::DOLLARS, Direction::Lower),
        "count" => (Unit::COUNT, Direction::None),
        name if name.starts_with("latency_p") => (Unit::NANOSECONDS, Direction::Lower),
        _ => return None,
    };
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_canonical_name_is_known() {
        for name in METRIC_NAMES {
            assert!(known_metric(name).is_some(), "{name}");
        }
    }
}
