//! Series of known truth for tests, the same for the same seed.

/// SplitMix64 (Steele, Lea and Flood 2014), and normal numbers by Box and Muller.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// What a simulated series does by itself.
#[derive(Clone, Copy)]
pub(crate) enum Noise {
    Plain,
    /// One value in twenty is 1.5 to 3 times as large.
    Heavy,
    /// Three values in ten are 8 to 15 % larger.
    Bimodal,
    /// A first-order autoregression of 0.9 and a slow random walk.
    Drift,
}

/// 200 values about 100, with a lognormal deviation; `shape` is the change at each place, as a fraction.
pub(crate) fn series(
    noise: Noise,
    deviation: f64,
    shape: impl Fn(usize) -> f64,
    chance: &mut Chance,
) -> Vec<f64> {
    let (mut resembling, mut walk) = (chance.normal() * deviation, 0.0);
    let value = |place| {
        let mut value = 100.0 * (deviation * chance.normal()).exp() * (1.0 + shape(place));
        match noise {
            Noise::Plain => {}
            Noise::Heavy if chance.uniform() < 0.05 => value *= 1.5 + 1.5 * chance.uniform(),
            Noise::Bimodal if chance.uniform() < 0.3 => value *= 1.08 + 0.07 * chance.uniform(),
            Noise::Heavy | Noise::Bimodal => {}
            Noise::Drift => {
                resembling = 0.9 * resembling + chance.normal() * deviation * 0.19_f64.sqrt();
                walk += chance.normal() * deviation * 0.05;
                value *= (resembling + walk).exp();
            }
        }
        value
    };
    (0..200).map(value).collect()
}
