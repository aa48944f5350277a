//! Distributions in constant memory: buckets that are as wide as 1/64 of the power of two they lie in, so that a value
//! read back is off by at most 0.8 %.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Buckets for each power of two, as a power of two.
const STEP_BITS: u32 = 6;
const STEPS: u64 = 1 << STEP_BITS;
/// Values from here on (4.9 hours in nanoseconds) share the last bucket; their sum and maximum stay exact.
const TOP_BITS: u32 = 44;
/// How many buckets there are.
pub(crate) const BUCKETS: usize = ((TOP_BITS - STEP_BITS + 1) as usize) << STEP_BITS;

/// The bucket of a value.
#[inline(always)]
pub(crate) fn bucket_of(value: u64) -> usize {
    let value = value.min((1 << TOP_BITS) - 1);
    let shift = 63 - STEP_BITS - (value | STEPS).leading_zeros();
    ((u64::from(shift) << STEP_BITS) + (value >> shift)) as usize
}

/// The lowest value of a bucket, and how many values it holds.
fn span_of(bucket: usize) -> (u64, u64) {
    let bucket = bucket as u64;
    if bucket < 2 * STEPS {
        return (bucket, 1);
    }
    let shift = (bucket >> STEP_BITS) - 1;
    ((STEPS + (bucket & (STEPS - 1))) << shift, 1 << shift)
}

/// What one thread recorded of one operation. Only that thread writes; anyone may read.
pub(crate) struct Shard {
    /// The operation it counts for; see [`crate::recorder`].
    pub(crate) owner: AtomicU32,
    sum: AtomicU64,
    least: AtomicU64,
    most: AtomicU64,
    buckets: Box<[AtomicU32; BUCKETS]>,
    /// Full buckets that were emptied, each worth `u32::MAX`.
    spilled: OnceLock<Mutex<Vec<usize>>>,
}

impl Shard {
    pub(crate) fn new() -> Self {
        let buckets: Vec<AtomicU32> = (0..BUCKETS).map(|_| AtomicU32::new(0)).collect();
        let buckets = buckets
            .into_boxed_slice()
            .try_into()
            .unwrap_or_else(|_| Box::new([const { AtomicU32::new(0) }; BUCKETS]));
        Self {
            owner: AtomicU32::new(0),
            sum: AtomicU64::new(0),
            least: AtomicU64::new(u64::MAX),
            most: AtomicU64::new(0),
            buckets,
            spilled: OnceLock::new(),
        }
    }

    /// Counts a value. Nothing is locked, and nothing is allocated: each thread has a shard of its own, so that loading
    /// and storing is enough.
    #[inline(always)]
    pub(crate) fn add(&self, value: u64) {
        let bucket = &self.buckets[bucket_of(value)];
        let count = bucket.load(Relaxed);
        if count == u32::MAX {
            self.spill(value);
            return;
        }
        bucket.store(count + 1, Relaxed);
        self.sum.store(self.sum.load(Relaxed).wrapping_add(value), Relaxed);
        if value < self.least.load(Relaxed) {
            self.least.store(value, Relaxed);
        }
        if value > self.most.load(Relaxed) {
            self.most.store(value, Relaxed);
        }
    }

    /// Once in four thousand million values of one bucket.
    #[cold]
    fn spill(&self, value: u64) {
        let bucket = bucket_of(value);
        let spilled = self.spilled.get_or_init(Mutex::default);
        spilled.lock().unwrap_or_else(PoisonError::into_inner).push(bucket);
        self.buckets[bucket].store(0, Relaxed);
        self.add(value);
    }

    /// Forgets everything; for the thread that writes.
    pub(crate) fn clear(&self) {
        self.buckets.iter().for_each(|bucket| bucket.store(0, Relaxed));
        self.sum.store(0, Relaxed);
        self.least.store(u64::MAX, Relaxed);
        self.most.store(0, Relaxed);
        if let Some(spilled) = self.spilled.get() {
            spilled.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

/// A distribution put together from shards, or counted where speed does not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Histogram {
    /// How many values.
    pub(crate) count: u64,
    sum: u64,
    least: u64,
    most: u64,
    /// Those that hold something: few, as a rule, where a shard keeps room for all of them.
    buckets: BTreeMap<usize, u64>,
}

impl Histogram {
    /// Counts a value.
    pub(crate) fn add(&mut self, value: u64) {
        self.widen(value, value);
        *self.buckets.entry(bucket_of(value)).or_default() += 1;
        self.count += 1;
        self.sum = self.sum.wrapping_add(value);
    }

    /// Adds what a thread recorded.
    pub(crate) fn merge(&mut self, shard: &Shard) {
        let (least, most) = (shard.least.load(Relaxed), shard.most.load(Relaxed));
        if least > most {
            return;
        }
        self.widen(least, most);
        for (bucket, count) in shard.buckets.iter().enumerate() {
            let count = u64::from(count.load(Relaxed));
            if count > 0 {
                *self.buckets.entry(bucket).or_default() += count;
                self.count += count;
            }
        }
        if let Some(spilled) = shard.spilled.get() {
            for bucket in spilled.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                *self.buckets.entry(*bucket).or_default() += u64::from(u32::MAX);
                self.count += u64::from(u32::MAX);
            }
        }
        self.sum = self.sum.wrapping_add(shard.sum.load(Relaxed));
    }

    fn widen(&mut self, least: u64, most: u64) {
        if self.buckets.is_empty() {
            (self.least, self.most) = (least, most);
        }
        self.least = self.least.min(least);
        self.most = self.most.max(most);
    }

    /// What came since `earlier`, a state of the same distribution. Its ends are as exact as the buckets are.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        if earlier.count == 0 {
            return self.clone();
        }
        let mut since = Self::default();
        if self.count <= earlier.count {
            return since;
        }
        let then = |bucket| earlier.buckets.get(bucket).copied().unwrap_or_default();
        since.buckets = self
            .buckets
            .iter()
            .map(|(bucket, now)| (*bucket, now.saturating_sub(then(bucket))))
            .filter(|(_, count)| *count > 0)
            .collect();
        since.count = since.buckets.values().sum();
        since.sum = self.sum.wrapping_sub(earlier.sum);
        let first = since.buckets.keys().next().copied().unwrap_or_default();
        let last = since.buckets.keys().next_back().copied().unwrap_or_default();
        let (low, high) = (span_of(first).0, span_of(last));
        since.least = low.clamp(self.least, self.most);
        since.most =
            if last == BUCKETS - 1 { self.most } else { (high.0 + high.1 - 1).clamp(self.least, self.most) };
        since
    }

    /// The arithmetic mean; exact, unless so many are so large that their sum may have gone round: then it is as exact as the
    /// buckets are.
    pub(crate) fn mean(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let sum = match self.count.checked_mul(self.most) {
            Some(_) => self.sum as f64,
            None => self.buckets.iter().map(|(bucket, count)| *count as f64 * self.middle_of(*bucket)).sum(),
        };
        sum / self.count as f64
    }

    fn middle_of(&self, bucket: usize) -> f64 {
        let (low, width) = span_of(bucket);
        let high = if bucket == BUCKETS - 1 { self.most } else { low + width - 1 };
        low.max(self.least).midpoint(high.min(self.most)) as f64
    }

    /// The least value.
    pub(crate) fn least(&self) -> u64 {
        self.least
    }

    /// The greatest value.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    /// The value below which a share of all values lies, between 0 and 1; placed within its bucket by rank.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let rank = share.clamp(0.0, 1.0) * (self.count.max(1) - 1) as f64;
        let mut below = 0_u64;
        for (bucket, count) in &self.buckets {
            if rank < (below + count) as f64 {
                let (low, width) = span_of(*bucket);
                let inside = (rank - below as f64 + 0.5) / *count as f64;
                let offset = if width == 1 { 0.0 } else { inside.min(1.0) * (width - 1) as f64 };
                return (low as f64 + offset).clamp(self.least as f64, self.most as f64);
            }
            below += count;
        }
        self.most as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_one_another_without_a_gap() {
        let mut next = 0;
        for bucket in 0..BUCKETS {
            let (low, width) = span_of(bucket);
            assert_eq!(low, next, "bucket {bucket}");
            assert_eq!((bucket_of(low), bucket_of(low + width - 1)), (bucket, bucket));
            next = low + width;
        }
        assert_eq!(next, 1 << TOP_BITS);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_value_comes_back_within_one_per_cent() {
        for value in [1_u64, 63, 64, 127, 128, 1_000, 65_537, 1_234_567, 9_876_543_210, 3_600_000_000_000] {
            let mut histogram = Histogram::default();
            histogram.add(value / 2);
            histogram.add(value);
            histogram.add(value * 2);
            let error = histogram.quantile(0.5) / value as f64 - 1.0;
            assert!(error.abs() < 0.01, "{value}: {error}");
        }
    }

    #[test]
    fn quantiles_of_an_even_spread() {
        let mut histogram = Histogram::default();
        (0..=100_000).for_each(|value| histogram.add(value));
        for share in [0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0] {
            let (found, expected) = (histogram.quantile(share), share * 100_000.0);
            assert!((found - expected).abs() <= expected * 0.01 + 1.0, "{share}: {found}");
        }
        assert_eq!((histogram.least(), histogram.most(), histogram.mean()), (0, 100_000, 50_000.0));
    }

    #[test]
    fn shards_add_up_and_a_full_bucket_spills() {
        let shard = Shard::new();
        shard.buckets[bucket_of(5)].store(u32::MAX - 1, Relaxed);
        (0..3).for_each(|_| shard.add(5));
        shard.add(1 << 50);
        let mut histogram = Histogram::default();
        histogram.merge(&shard);
        assert_eq!(histogram.count, u64::from(u32::MAX) - 1 + 4);
        assert_eq!((histogram.least(), histogram.most()), (5, 1 << 50));
        shard.clear();
        let mut empty = Histogram::default();
        empty.merge(&shard);
        assert_eq!((empty.count, empty.quantile(0.5)), (0, 0.0));
    }

    #[test]
    fn a_mean_of_numbers_without_measure_lies_among_them() {
        let mut histogram = Histogram::default();
        (0..3).for_each(|_| histogram.add(u64::MAX));
        assert!((histogram.mean() / u64::MAX as f64 - 1.0).abs() < 1e-9, "{}", histogram.mean());
        histogram.add(1_000);
        assert!(histogram.mean() > 1e18 && histogram.mean() < u64::MAX as f64, "{}", histogram.mean());
    }

    #[test]
    fn what_came_since_is_the_difference() {
        let mut histogram = Histogram::default();
        histogram.add(10);
        let earlier = histogram.clone();
        assert_eq!(histogram.since(&earlier).count, 0);
        histogram.add(1_000);
        histogram.add(1_010);
        let since = histogram.since(&earlier);
        assert_eq!((since.count, since.mean()), (2, 1_005.0));
        assert!(since.least() >= 992 && since.least() <= 1_000 && since.most() <= 1_010);
    }
}
