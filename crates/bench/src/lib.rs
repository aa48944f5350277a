//! Input for the project's own benchmarks: results as harnesses write them, made of numbers that anyone can make again.

mod histories;
mod results;

pub use histories::{run_json, run_of};
pub use results::{Criterion, criterion, divan_text, go_json, go_text, pytest_benchmark};

/// Numbers that look measured and are the same on every machine (SplitMix64; Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub struct Noise(u64);

impl Noise {
    /// Starts a sequence.
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, evenly spread over 0..1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A value around `center` that wobbles by about `relative_spread` (the sum of twelve even numbers is nearly normal).
    pub fn around(&mut self, center: f64, relative_spread: f64) -> f64 {
        let normal = (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0;
        center * (1.0 + relative_spread * normal)
    }
}
