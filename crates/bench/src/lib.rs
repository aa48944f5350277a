//! Input for the project's own benchmarks: results as harnesses write them, made of numbers that anyone can make again.

mod histories;
pub mod pictures;
mod results;
pub mod simulation;

pub use histories::{run_json, run_of};
pub use results::{Criterion, criterion, divan_text, go_json, go_text, pytest_benchmark};

/// What one step adds to the state.
const INCREMENT: u64 = 0x9e37_79b9_7f4a_7c15;

/// Numbers that look measured and are the same on every machine (SplitMix64; Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub struct Noise(u64);

impl Noise {
    /// Starts a sequence.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Starts a sequence that has nothing in common with those of other numbers.
    pub fn of(numbers: &[u64]) -> Self {
        Self(numbers.iter().fold(0, |seed, number| mix(seed ^ mix(number.wrapping_add(INCREMENT)))))
    }

    /// The next number, evenly spread over 0..1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(INCREMENT);
        (mix(self.0) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A normal number of mean 0 and deviation 1 (polar method; Marsaglia and Bray 1964).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let squared = x * x + y * y;
            if squared > 0.0 && squared < 1.0 {
                return x * (-2.0 * libm::log(squared) / squared).sqrt();
            }
        }
    }

    /// A value around `center` that wobbles by about `relative_spread` (the sum of twelve even numbers is nearly normal).
    pub fn around(&mut self, center: f64, relative_spread: f64) -> f64 {
        let normal = (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0;
        center * (1.0 + relative_spread * normal)
    }
}

fn mix(state: u64) -> u64 {
    let once = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let twice = (once ^ (once >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    twice ^ (twice >> 31)
}
