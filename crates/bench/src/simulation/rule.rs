//! The rules in the table.

use std::path::PathBuf;

use super::configuration::Configuration;
use super::otava::{Otava, OtavaError};
use super::scoring::Alert;
use super::{oracle, peers, plimsoll};

/// What decides that something changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Ours, under the default policy.
    Plimsoll,
    /// Last value > 150 %.
    LastValue,
    /// Rolling median and three spreads.
    RollingMedian,
    /// Bencher's.
    TTest,
    /// Plain PELT.
    Pelt,
    /// Perfherder's.
    Perfherder,
    /// The real Apache Otava, in a process of its own.
    Otava {
        /// A Python that has it.
        python: PathBuf,
        /// Smaller changes are ignored, as a fraction.
        min_magnitude: f64,
    },
    /// Knows the noise and the step, not when.
    Oracle,
}

/// A rule could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// Otava did not answer.
    #[error("could not ask Otava")]
    Otava(#[from] OtavaError),
}

/// What judges one series after the other.
pub(super) type Judge<'a> = Box<dyn FnMut(&[f64]) -> Result<Vec<Alert>, SimulationError> + 'a>;

impl Rule {
    /// Its name in tables.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Plimsoll => "plimsoll",
            Self::LastValue => "last value > 150 %",
            Self::RollingMedian => "rolling median 20 + 3 spreads",
            Self::TTest => "t-test 0.99 on the last 64 (Bencher's)",
            Self::Pelt => "plain PELT on robustly scaled values",
            Self::Perfherder => "t > 7 over 12-run windows (Perfherder's)",
            Self::Otava { min_magnitude, .. } if *min_magnitude > 0.0 => "Otava 0.8.0, at least 5 %",
            Self::Otava { .. } => "Otava 0.8.0, default",
            Self::Oracle => "an oracle that knows the noise and the step",
        }
    }

    /// Whether it must be told how large a step to look for, and so is asked anew for each size.
    pub(super) fn knows_the_step(&self) -> bool {
        matches!(self, Self::Oracle)
    }

    /// A judge of series of this configuration.
    pub(super) fn judge<'a>(
        &self,
        configuration: &'a Configuration,
        step_size: f64,
    ) -> Result<Judge<'a>, SimulationError> {
        Ok(match self {
            Self::Plimsoll => simple(plimsoll::plimsoll),
            Self::LastValue => simple(peers::last_value),
            Self::RollingMedian => simple(peers::rolling_median),
            Self::TTest => simple(peers::t_test),
            Self::Pelt => simple(peers::plain_pelt),
            Self::Perfherder => simple(peers::perfherder),
            Self::Otava { python, min_magnitude } => {
                let mut otava = Otava::start(python, *min_magnitude)?;
                Box::new(move |values| Ok(otava.alerts(values)?))
            }
            Self::Oracle => Box::new(move |values| Ok(oracle::oracle(values, configuration, step_size))),
        })
    }
}

fn simple<'a>(rule: fn(&[f64]) -> Vec<Alert>) -> Judge<'a> {
    Box::new(move |values| Ok(rule(values)))
}
