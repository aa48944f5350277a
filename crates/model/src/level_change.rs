//! A change point as people meet it: between two commits, with its size and how sure it is.

use crate::relative_change;

/// A place where the level of a series moved, seen from the value that is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelChange {
    /// How many values before the judged one the new level began.
    pub began_back: usize,
    /// How many values before the judged one stands the value that gave it away; 0 is the judged one.
    pub found_back: usize,
    /// The hash of the commit of the last value of the old level, where it is known.
    pub last_before: Option<String>,
    /// The hash of the commit of the first value of the new level, where it is known.
    pub began: Option<String>,
    /// With hindsight it is a change still.
    pub holds: bool,
    /// The level before, in the metric's unit.
    pub before: f64,
    /// The level since, in the metric's unit.
    pub after: f64,
    /// How far values lie from their level by themselves, in the metric's unit.
    pub spread: f64,
    /// Between 0 and 1: how likely it is a change and no chance.
    pub confidence: f64,
    /// How much likelier the values are with the change than without it, in nats.
    pub evidence: f64,
}

impl LevelChange {
    /// How far the level moved relative to where it was, positive when it rose; `None` about zero ([`relative_change`]).
    pub fn change(&self) -> Option<f64> {
        relative_change(self.before, self.after, self.spread)
    }
}
