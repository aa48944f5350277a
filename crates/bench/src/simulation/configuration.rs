//! The made-up histories.

use crate::Noise;

/// Commits of one series.
pub const COMMITS: usize = 200;
/// The level that wobbles, in no unit.
const LEVEL: f64 = 100.0;
/// The level of counts, which are whole numbers.
const COUNT_LEVEL: f64 = 1e6;
/// How far the slow random walk goes in one commit, in CVs: after 100 commits it is half a CV away.
pub(super) const WALK: f64 = 0.05;
/// How much of its deviation a drifting machine keeps until the next commit.
pub(super) const PERSISTENCE: f64 = 0.9;

/// What happens besides lognormal noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing.
    None,
    /// 5 % of the points × 1.5–3.
    Heavy,
    /// 30 % of the runs +8–15 %, drawn anew for each run.
    Bimodal,
    /// AR(1) with ρ = 0.9, whose stationary deviation is the CV, and a slow random walk.
    Drift,
    /// One to three runs × 1.2–1.6; one starts in 50.
    Spikes,
    /// Counts: whole numbers.
    Counts,
}

impl Disturbance {
    /// How often a point is lifted, and between which factors.
    pub(super) fn lift(self) -> Option<(f64, f64, f64)> {
        match self {
            Self::Heavy => Some((0.05, 1.5, 3.0)),
            Self::Bimodal => Some((0.3, 1.08, 1.15)),
            Self::Spikes => Some((0.02, 1.2, 1.6)),
            Self::None | Self::Drift | Self::Counts => None,
        }
    }
}

/// One kind of history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Configuration {
    /// As tables show it.
    pub name: &'static str,
    /// What happens besides noise.
    pub disturbance: Disturbance,
    /// Standard deviation of the lognormal noise over its mean.
    pub cv: f64,
}

/// A change: from this commit on, everything is larger by this fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Index of the first commit of the new level.
    pub at: usize,
    /// 0.05: larger by 5 %.
    pub size: f64,
}

const fn configuration(name: &'static str, disturbance: Disturbance, cv: f64) -> Configuration {
    Configuration { name, disturbance, cv }
}

/// All that a rule has to live with, under one setting.
pub const CONFIGURATIONS: [Configuration; 14] = [
    configuration("0.5 %", Disturbance::None, 0.005),
    configuration("1 %", Disturbance::None, 0.01),
    configuration("2 %", Disturbance::None, 0.02),
    configuration("5 %", Disturbance::None, 0.05),
    configuration("10 %", Disturbance::None, 0.10),
    configuration("heavy, 1 %", Disturbance::Heavy, 0.01),
    configuration("heavy, 3 %", Disturbance::Heavy, 0.03),
    configuration("bimodal, 1 %", Disturbance::Bimodal, 0.01),
    configuration("bimodal, 3 %", Disturbance::Bimodal, 0.03),
    configuration("drift, 1 %", Disturbance::Drift, 0.01),
    configuration("drift, 3 %", Disturbance::Drift, 0.03),
    configuration("spikes, 1 %", Disturbance::Spikes, 0.01),
    configuration("spikes, 3 %", Disturbance::Spikes, 0.03),
    configuration("counts, 0.05 %", Disturbance::Counts, 0.0005),
];

impl Configuration {
    /// Standard deviation of the logarithm of the lognormal noise.
    pub(super) fn log_deviation(&self) -> f64 {
        libm::log1p(self.cv * self.cv).sqrt()
    }

    /// The level before any step.
    pub(super) fn level(&self) -> f64 {
        if self.disturbance == Disturbance::Counts { COUNT_LEVEL } else { LEVEL }
    }

    /// A series of this kind, with or without a change.
    pub fn series(&self, commits: usize, step: Option<Step>, noise: &mut Noise) -> Vec<f64> {
        let mut disturbed = Disturbed::new(self, noise);
        (0..commits)
            .map(|index| {
                let lognormal = libm::exp(self.log_deviation() * noise.normal());
                let stepped = match step {
                    Some(step) if index >= step.at => 1.0 + step.size,
                    _ => 1.0,
                };
                let value = self.level() * lognormal * disturbed.next_factor(noise) * stepped;
                if self.disturbance == Disturbance::Counts { value.round() } else { value }
            })
            .collect()
    }
}

/// The state of a disturbance from commit to commit.
struct Disturbed<'a> {
    configuration: &'a Configuration,
    /// Of the machine's logarithm from its usual one: the part that returns, and the part that does not.
    returning: f64,
    walked: f64,
    /// Runs that a spike still lasts.
    spike_runs_left: u32,
}

impl<'a> Disturbed<'a> {
    fn new(configuration: &'a Configuration, noise: &mut Noise) -> Self {
        let returning = if configuration.disturbance == Disturbance::Drift {
            configuration.cv * noise.normal()
        } else {
            0.0
        };
        Self { configuration, returning, walked: 0.0, spike_runs_left: 0 }
    }

    fn next_factor(&mut self, noise: &mut Noise) -> f64 {
        if self.configuration.disturbance == Disturbance::Drift {
            let cv = self.configuration.cv;
            let innovation = cv * (1.0 - PERSISTENCE * PERSISTENCE).sqrt();
            self.returning = PERSISTENCE * self.returning + innovation * noise.normal();
            self.walked += WALK * cv * noise.normal();
            return libm::exp(self.returning + self.walked);
        }
        let Some((share, least, most)) = self.configuration.disturbance.lift() else {
            return 1.0;
        };
        let is_lifted = if self.configuration.disturbance == Disturbance::Spikes {
            if self.spike_runs_left == 0 && noise.uniform() < share {
                self.spike_runs_left = 1 + (3.0 * noise.uniform()) as u32;
            }
            let is_in_spike = self.spike_runs_left > 0;
            self.spike_runs_left = self.spike_runs_left.saturating_sub(1);
            is_in_spike
        } else {
            noise.uniform() < share
        };
        if is_lifted { least + (most - least) * noise.uniform() } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: usize = 200_000;

    fn long_series(name: &str) -> Vec<f64> {
        let configuration = CONFIGURATIONS.iter().find(|one| one.name == name).expect("it is listed");
        configuration.series(MANY, None, &mut Noise::seeded(1))
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    fn deviation(values: &[f64]) -> f64 {
        let center = mean(values);
        (values.iter().map(|value| (value - center).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
    }

    #[track_caller]
    fn check_near(what: &str, measured: f64, expected: f64, tolerance: f64) {
        assert!((measured - expected).abs() <= tolerance * expected, "{what}: {measured}, not {expected}");
    }

    #[test]
    fn lognormal_noise_has_its_cv() {
        for configuration in CONFIGURATIONS.iter().filter(|one| one.disturbance.lift().is_none()) {
            if configuration.disturbance != Disturbance::Drift {
                let values = configuration.series(MANY, None, &mut Noise::seeded(2));
                check_near(configuration.name, deviation(&values) / mean(&values), configuration.cv, 0.02);
            }
        }
    }

    /// The share of points above `factor` times the level.
    #[track_caller]
    fn check_share(name: &str, factor: f64, expected: f64) {
        let values = long_series(name);
        let above = values.iter().filter(|value| **value > factor * LEVEL).count() as f64 / MANY as f64;
        check_near(name, above, expected, 0.04);
    }

    #[test]
    fn points_are_lifted_as_often_as_said() {
        check_share("heavy, 1 %", 1.3, 0.05);
        check_share("heavy, 1 %", 2.25, 0.025);
        check_share("bimodal, 1 %", 1.05, 0.3);
        // A spike lasts two runs on average, and starts in one of 50 runs outside of spikes.
        check_share("spikes, 1 %", 1.1, 0.04 / 1.04);
        check_share("spikes, 1 %", 1.4, 0.02 / 1.04);
    }

    #[test]
    fn spikes_last_one_to_three_runs_unless_two_meet() {
        let values = long_series("spikes, 1 %");
        let lengths: Vec<usize> = values
            .split(|value| *value < 1.1 * LEVEL)
            .map(<[f64]>::len)
            .filter(|length| *length > 0)
            .collect();
        let short = lengths.iter().filter(|length| **length <= 3).count();
        assert!(short as f64 > 0.95 * lengths.len() as f64);
        check_near("mean length", MANY as f64 * (0.04 / 1.04) / lengths.len() as f64, 2.0, 0.05);
    }

    #[test]
    fn drift_returns_slowly() {
        // Differences over k commits: the walk adds k·WALK², the noise 2, the machine 2·(1 − ρᵏ), in squared CVs.
        let logs: Vec<f64> = long_series("drift, 1 %").iter().map(|value| (value / LEVEL).ln()).collect();
        for lag in [1_i32, 5, 20] {
            let differences: Vec<f64> =
                logs.iter().skip(lag as usize).zip(&logs).map(|(later, earlier)| later - earlier).collect();
            let squared = (deviation(&differences) / 0.01).powi(2);
            let expected = 2.0 + 2.0 * (1.0 - PERSISTENCE.powi(lag)) + f64::from(lag) * WALK * WALK;
            check_near("variance of differences", squared, expected, 0.03);
        }
    }

    #[test]
    fn a_step_lifts_what_follows_and_nothing_else() {
        for configuration in CONFIGURATIONS {
            let step = Step { at: 100, size: 0.05 };
            let flat = configuration.series(COMMITS, None, &mut Noise::seeded(3));
            let stepped = configuration.series(COMMITS, Some(step), &mut Noise::seeded(3));
            assert_eq!(flat[..100], stepped[..100]);
            for (flat, stepped) in flat[100..].iter().zip(&stepped[100..]) {
                check_near(configuration.name, *stepped, 1.05 * flat, 1e-6);
            }
        }
    }

    #[test]
    fn counts_are_whole() {
        assert!(long_series("counts, 0.05 %").iter().all(|value| value.fract() == 0.0));
    }
}
