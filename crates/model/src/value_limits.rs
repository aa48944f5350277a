//! From where on a value is worse than it may be.

/// From which value on, on the worse side, one new value of a series is worse than it may be by itself: whatever else the run shows,
/// and whatever its target says. In the metric's unit. Where the baseline is doubtful it is the value from which on chance is out of
/// the question, among as many series as the run has. `None` where no value would be: nothing to hold it against, no direction, too
/// little known, or switched off.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ValueLimits {
    /// A value beyond this is a warning at least.
    pub warn_beyond: Option<f64>,
    /// A value beyond this is an error at least.
    pub error_beyond: Option<f64>,
}
