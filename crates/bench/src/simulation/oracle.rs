//! An oracle: what could be known at best.
//!
//! It knows the configuration (the exact distribution of the noise, how often points are lifted and between which
//! factors, how the machine drifts, the level before the step) and the size of the step. It does not know whether and
//! when the step comes. For each of the latest places it holds the likelihood ratio of a step just there against none
//! (Page 1954; Lorden 1971), with hidden states (is a spike going on, where has the machine drifted to) filtered out
//! exactly, and alerts when the largest passes a threshold that is set for few false alarms.

use std::collections::VecDeque;

use super::configuration::{Configuration, Disturbance, PERSISTENCE, WALK};
use super::scoring::Alert;

/// How far the logarithm of the likelihood ratio must rise. Measured: gives about 0.05 false alarms in 100 commits.
const THRESHOLD: f64 = 5.5;
/// Places that a step may have had, back from the newest commit.
const PLACES: usize = 40;

/// The alerts of someone who knows all but whether and when.
pub(super) fn oracle(values: &[f64], configuration: &Configuration, step_size: f64) -> Vec<Alert> {
    let lift = libm::log1p(step_size);
    let mut unchanged = Filter::new(configuration);
    let mut changed: VecDeque<Hypothesis> = VecDeque::new();
    let mut alerts = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let logarithm = libm::log(value / configuration.level());
        changed.push_back(Hypothesis { began: index, filter: unchanged.clone(), evidence: 0.0 });
        let without = unchanged.observe(logarithm);
        for hypothesis in &mut changed {
            hypothesis.evidence += hypothesis.filter.observe(logarithm - lift) - without;
        }
        if changed.len() > PLACES {
            changed.pop_front();
        }
        let best = changed.iter().max_by(|a, b| a.evidence.total_cmp(&b.evidence));
        if let Some(began) = best.filter(|best| best.evidence > THRESHOLD).map(|best| best.began) {
            alerts.push(Alert { raised_at: index, began });
            changed.clear();
        }
    }
    alerts
}

/// That the step came at `began`.
struct Hypothesis {
    began: usize,
    filter: Filter,
    /// Logarithm of the likelihood ratio against no step, so far.
    evidence: f64,
}

/// What can be known of the hidden state from the values so far.
#[derive(Clone)]
enum Filter {
    Lifted(LiftFilter),
    Drifting(DriftFilter),
}

impl Filter {
    fn new(configuration: &Configuration) -> Self {
        if configuration.disturbance == Disturbance::Drift {
            Self::Drifting(DriftFilter::new(configuration))
        } else {
            Self::Lifted(LiftFilter::new(configuration))
        }
    }

    /// The logarithm of the density of the next value given those before.
    fn observe(&mut self, logarithm: f64) -> f64 {
        match self {
            Self::Lifted(filter) => filter.observe(logarithm),
            Self::Drifting(filter) => filter.observe(logarithm),
        }
    }
}

/// Lognormal noise, and points lifted now and then, for one run or for one to three.
#[derive(Clone)]
struct LiftFilter {
    deviation: f64,
    /// Share of the points, or of the runs outside spikes that begin one; and between which factors.
    lift: (f64, f64, f64),
    is_spiky: bool,
    /// How likely a spike goes on for none, one or two more runs.
    runs_left: [f64; 3],
}

impl LiftFilter {
    fn new(configuration: &Configuration) -> Self {
        Self {
            deviation: configuration.log_deviation(),
            lift: configuration.disturbance.lift().unwrap_or((0.0, 1.0, 2.0)),
            is_spiky: configuration.disturbance == Disturbance::Spikes,
            runs_left: [1.0, 0.0, 0.0],
        }
    }

    fn observe(&mut self, logarithm: f64) -> f64 {
        let (share, least, most) = self.lift;
        let plain = normal_density(logarithm, self.deviation);
        let lifted = lifted_density(logarithm, self.deviation, least, most);
        let [none, one, two] = self.runs_left;
        let begins = none * share * lifted;
        let next = if self.is_spiky {
            [
                none * (1.0 - share) * plain + begins / 3.0 + one * lifted,
                begins / 3.0 + two * lifted,
                begins / 3.0,
            ]
        } else {
            [(1.0 - share) * plain + begins, 0.0, 0.0]
        };
        let density = next.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        self.runs_left = next.map(|weight| weight / density);
        libm::log(density)
    }
}

fn normal_density(value: f64, deviation: f64) -> f64 {
    let root = (2.0 * std::f64::consts::PI).sqrt();
    libm::exp(-0.5 * (value / deviation).powi(2)) / (deviation * root)
}

/// Density of a normal value plus the logarithm of a factor that is even between `least` and `most`.
fn lifted_density(value: f64, deviation: f64, least: f64, most: f64) -> f64 {
    let variance = deviation * deviation;
    let below = |factor: f64| {
        let distance = (libm::log(factor) - value - variance) / deviation;
        0.5 * libm::erfc(-distance / std::f64::consts::SQRT_2)
    };
    libm::exp(value + 0.5 * variance) / (most - least) * (below(most) - below(least))
}

/// Lognormal noise on a level that returns slowly and walks: a Kalman filter (Kalman 1960) of two states.
#[derive(Clone)]
struct DriftFilter {
    noise_variance: f64,
    returning_innovation: f64,
    walk_innovation: f64,
    mean: [f64; 2],
    /// Variance of the returning part, covariance, variance of the walk.
    covariance: [f64; 3],
}

impl DriftFilter {
    fn new(configuration: &Configuration) -> Self {
        let squared = configuration.cv * configuration.cv;
        Self {
            noise_variance: configuration.log_deviation().powi(2),
            returning_innovation: squared * (1.0 - PERSISTENCE * PERSISTENCE),
            walk_innovation: squared * WALK * WALK,
            mean: [0.0; 2],
            covariance: [squared, 0.0, 0.0],
        }
    }

    fn observe(&mut self, logarithm: f64) -> f64 {
        let [returning, walked] = [PERSISTENCE * self.mean[0], self.mean[1]];
        let [a, b, c] = self.covariance;
        let a = PERSISTENCE * PERSISTENCE * a + self.returning_innovation;
        let b = PERSISTENCE * b;
        let c = c + self.walk_innovation;
        let variance = a + 2.0 * b + c + self.noise_variance;
        let surprise = logarithm - returning - walked;
        let gain = [(a + b) / variance, (b + c) / variance];
        self.mean = [returning + gain[0] * surprise, walked + gain[1] * surprise];
        self.covariance = [a - gain[0] * (a + b), b - gain[0] * (b + c), c - gain[1] * (b + c)];
        -0.5 * (surprise * surprise / variance + libm::log(2.0 * std::f64::consts::PI * variance))
    }
}

#[cfg(test)]
mod tests {
    use super::super::configuration::{COMMITS, CONFIGURATIONS, Step};
    use super::*;
    use crate::Noise;

    #[test]
    fn densities_add_up_to_one() {
        for (deviation, least, most) in [(0.01, 1.5, 3.0), (0.03, 1.08, 1.15), (0.01, 1.2, 1.6)] {
            let width = 1e-4;
            let whole: f64 = (-10_000..20_000)
                .map(|step| lifted_density(f64::from(step) * width, deviation, least, most) * width)
                .sum();
            assert!((whole - 1.0).abs() < 1e-3, "{whole}");
        }
    }

    #[test]
    fn filters_know_their_own_noise() {
        // Under the true model the squared surprise is the variance, on average: no better constant offset exists.
        for configuration in CONFIGURATIONS {
            let values = configuration.series(20_000, None, &mut Noise::seeded(5));
            let likelihood = |shift: f64| {
                let mut filter = Filter::new(&configuration);
                let logs = values.iter().map(|value| libm::log(value / configuration.level()));
                logs.map(|logarithm| filter.observe(logarithm + shift * configuration.cv)).sum::<f64>()
            };
            if configuration.disturbance != Disturbance::Drift {
                assert!(likelihood(0.0) > likelihood(0.2), "{}", configuration.name);
                assert!(likelihood(0.0) > likelihood(-0.2), "{}", configuration.name);
            }
        }
    }

    #[test]
    fn a_clear_step_is_found_at_once_and_where_it_is() {
        for configuration in CONFIGURATIONS.iter().filter(|one| one.cv <= 0.01) {
            let step = Step { at: 100, size: 0.20 };
            let values = configuration.series(COMMITS, Some(step), &mut Noise::seeded(6));
            let alerts = oracle(&values, configuration, step.size);
            let first = alerts.first().expect("it is found");
            assert!(
                first.began.abs_diff(100) <= 1 && first.raised_at <= 110,
                "{} {first:?}",
                configuration.name
            );
        }
    }
}
