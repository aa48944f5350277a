//! What continuous integration holds our rule to.

use super::experiment::Row;
use super::scoring::Score;
use super::table::Named;

/// One number and where it must lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Which number.
    pub what: &'static str,
    /// As measured.
    pub measured: f64,
    /// At least this.
    pub least: f64,
    /// At most this.
    pub most: f64,
}

impl Check {
    /// Whether it lies where it must. NaN (never found) does not.
    pub fn is_kept(&self) -> bool {
        (self.least..=self.most).contains(&self.measured)
    }
}

/// The numbers of our row in the form [`Check`](super::Form::Check), each with its band: as measured, give or take one or two
/// standard errors, so that a threshold that is 5 % off leaves it. The simulation is the same each time: what leaves the band was
/// changed, not unlucky. Better than the band is a failure too: then the band lags behind, and so does the table in the documentation.
pub fn check_band(row: &Row) -> Vec<Check> {
    let mean: &Score = &row.mean;
    let named = Named::of(row);
    let never = |delay: Option<f64>| delay.unwrap_or(f64::NAN);
    let check = |what, measured, least, most| Check { what, measured, least, most };
    vec![
        check("false alarms / 100 commits", mean.false_alarms.value, 0.092, 0.1),
        check("+3 % found", mean.detected[0].value, 0.675, 0.69),
        check("+5 % found", mean.detected[1].value, 0.808, 0.82),
        check("+10 % found", mean.detected[2].value, 0.945, 0.953),
        check("F1 at +5 %", mean.f1[1].value, 0.816, 0.826),
        check("F1 at +10 %", mean.f1[2].value, 0.923, 0.931),
        check("mean delay of +5 %, commits", never(mean.delay[1]), 5.2, 5.8),
        check("delay of +5 % at CV 2 %, commits", never(named.delay_at_2_percent), 2.0, 3.0),
        check("delay of +10 % at CV 5 %, commits", never(named.delay_at_5_percent), 3.0, 5.0),
        check("+5 % found in heavy noise of 1 %", named.detected_in_heavy, 0.95, 1.0),
        check("+5 % found among spikes over 1 %", named.detected_in_spikes, 0.95, 1.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(measured: f64, expected: bool) {
        assert_eq!(Check { what: "", measured, least: 0.5, most: 1.0 }.is_kept(), expected);
    }

    #[test]
    fn a_band_has_two_ends() {
        check(0.5, true);
        check(1.0, true);
        check(0.49, false);
        check(1.01, false);
        check(f64::NAN, false);
    }
}
