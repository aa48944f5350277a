//! A slow rise or fall as people meet it: since which commit, how far, how sure it is.

use crate::relative_change;

/// A stretch of a series over which it slowly rose or fell and still does, seen from the value that is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelTrend {
    /// How many values before the judged one it began.
    pub began_back: usize,
    /// How many values before the judged one stands the value that gave it away; 0 is the judged one.
    pub found_back: usize,
    /// The hash of the commit of its first value, where it is known.
    pub began: Option<String>,
    /// The level at its beginning, in the metric's unit.
    pub before: f64,
    /// The level at the value that gave it away, in the metric's unit.
    pub after: f64,
    /// The rise from one run to the next, in the metric's unit; negative where it falls.
    pub slope: f64,
    /// Between 0 and 1: how likely it is a trend and no chance.
    pub confidence: f64,
}

impl LevelTrend {
    /// How far the level moved relative to where it began, positive when it rose; `None` from zero and past it.
    pub fn change(&self) -> Option<f64> {
        relative_change(self.before, self.after, 0.0)
    }

    /// The change from one run to the next, relative to the level at the beginning; `None` where [`LevelTrend::change`] is.
    pub fn change_each(&self) -> Option<f64> {
        self.change().map(|_| self.slope / self.before.abs())
    }
}
