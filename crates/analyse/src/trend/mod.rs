//! Trends: a series that becomes slowly worse (or better), which no step test sees.
//!
//! [`Watch`] sees a series value by value and says once when its newest values are heading somewhere. It asks three things
//! of the newest 48, 64, 96 and 128 values:
//!
//! 1. Do the values rise with their places more than chance and resemblance of neighbours allow? The statistic is the
//!    slope of ranks over places, which is to Mann-Kendall's S as Spearman's coefficient is to Kendall's: outliers and
//!    second modes weigh no more than their rank. Its variance is that of correlated noise, in the spirit of Hamed
//!    and Rao 1998 ("A modified Mann-Kendall trend test for autocorrelated data"), with the correlation taken from the
//!    residuals as in Yue and Wang 2004 ("The Mann-Kendall test modified by effective sample size"), but with the form of
//!    the noise supposed: white, and a first-order autoregression of 0.9, in a share that is estimated. One number
//!    can be learned from 48 values; a whole correlogram cannot.
//! 2. Are the ranks nearer to a line than to any step? A step is no trend.
//! 3. Are the values, with a bounded loss, nearer to a line than to any step? Ranks do not know how high a step is.
//!
//! Its size is the slope of Theil and Sen, or where a flat stretch with a bend is nearer to the values than a straight line,
//! that from the bend on.
//!
//! It does not stop at change points: a step detector takes a slow rise for steps, and a trend that may not reach over
//! them is found a third as often.

use plimsoll_model::relative_change;

mod newest;
#[cfg(test)]
mod tests;
mod watch;

pub use watch::Watch;

/// A stretch of a series over which it rose or fell slowly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// The index of the first value of the stretch.
    pub began: usize,
    /// The index of the value that gave it away.
    pub at: usize,
    /// The level at `began` on the line through the stretch.
    pub before: f64,
    /// The level at `at`.
    pub after: f64,
    /// The rise in a value, in the unit of the values.
    pub slope: f64,
    /// The slope of ranks in its standard errors, correlation of neighbours allowed for; negative when it falls.
    pub score: f64,
}

/// False alarms in 1,000 values of noise at a score of zero, and by how many nats there are fewer at each score more.
/// Measured over the fourteen kinds of noise of the operating characteristics, between scores of 4 and 6.
const FALSE_ALARMS_AT_ZERO: f64 = 4.0;
const FEWER_EACH_SCORE: f64 = 1.1;

impl Trend {
    /// How far the level moved over the stretch relative to where it was; positive when it rose. `None` from zero and past it.
    pub fn change(&self) -> Option<f64> {
        relative_change(self.before, self.after, 0.0)
    }

    /// The change in a value, relative to the level at the beginning. `None` where [`Trend::change`] is.
    pub fn change_each(&self) -> Option<f64> {
        self.change().map(|_| self.slope / self.before.abs())
    }

    /// Between 0 and 1: how likely it is a trend and no chance, if one value in a thousand begins a trend.
    pub fn confidence(&self) -> f64 {
        1.0 / (1.0 + FALSE_ALARMS_AT_ZERO * (-FEWER_EACH_SCORE * self.score.abs()).exp())
    }
}

/// The trend that `values` end in, if they do; `at` is the newest of them where it gave the trend away. The same trend is
/// found in the same values however many stood before them, as far as 128 values tell.
pub fn newest(values: &[f64]) -> Option<Trend> {
    if !watch::may_end_in_trend(values) {
        return None;
    }
    let skipped = values.len() % watch::EVERY;
    let mut watch = Watch::new();
    for value in &values[skipped..] {
        watch.push(*value);
    }
    watch.lasting().map(|trend| Trend { began: trend.began + skipped, at: trend.at + skipped, ..*trend })
}

/// Every trend that a [`Watch`] reports over `values`, in order.
pub fn trends(values: &[f64]) -> Vec<Trend> {
    let mut watch = Watch::new();
    values.iter().filter_map(|value| watch.push(*value)).collect()
}
