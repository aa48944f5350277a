//! A history judged again: which alerts would have been raised, and when.

use crate::{Detector, Severity};

/// What judging a series again, value by value, comes to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replayed {
    /// Every alert, of all severities, in the order in which they would have been raised; withdrawn ones too.
    pub alerts: Vec<ReplayedAlert>,
    /// The change points that are seen from the end of the series, in order, whichever way they go.
    pub change_points: Vec<ReplayedChangePoint>,
}

/// An alert that would have been raised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplayedAlert {
    /// The index of the newest value when it was raised.
    pub at: usize,
    /// The index of the first value of the change it is about.
    pub began: usize,
    /// How far the value moved relative to where it was, or past its target; positive when it rose. `None` from zero.
    pub change: Option<f64>,
    /// The same in the unit of the values.
    pub difference: f64,
    /// How bad it was when it was raised.
    pub severity: Severity,
    /// The test that raised it.
    pub detector: Detector,
    /// The index of the value with which hindsight no longer found the change.
    pub withdrawn_at: Option<usize>,
}

/// A place where the level of a series moved, seen from its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplayedChangePoint {
    /// The index of the first value of the new level.
    pub index: usize,
    /// How far the level moved relative to where it was; positive when it rose. `None` from a level of zero.
    pub change: Option<f64>,
    /// The same in the unit of the values.
    pub difference: f64,
    /// Between 0 and 1.
    pub confidence: f64,
}

/// How much was found in all series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplayCounts {
    /// Series that were judged.
    pub series: usize,
    /// Their values.
    pub values: usize,
    /// Alerts that are critical.
    pub critical: usize,
    /// Alerts that are errors.
    pub error: usize,
    /// Alerts that are warnings.
    pub warning: usize,
    /// Alerts that are worth knowing.
    pub info: usize,
    /// Alerts that were withdrawn; counted by their severity too.
    pub withdrawn: usize,
    /// Change points seen from the end of the series.
    pub change_points: usize,
}

impl ReplayCounts {
    /// Alerts of all severities.
    pub fn alerts(&self) -> usize {
        self.critical + self.error + self.warning + self.info
    }
}
