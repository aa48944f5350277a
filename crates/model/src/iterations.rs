//! How many times an operation ran.

use std::fmt;

/// How many times an operation ran for a value, if the harness says so: an `Option<u64>` of half its size. (A count of
/// 2^64 - 1, which would take half a thousand years at one a nanosecond, is kept as one less.)
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Iterations(u64);

impl Iterations {
    /// Nobody says.
    pub const UNKNOWN: Self = Self(u64::MAX);

    /// The count, if it is known.
    pub fn count(self) -> Option<u64> {
        (self != Self::UNKNOWN).then_some(self.0)
    }
}

impl From<u64> for Iterations {
    fn from(count: u64) -> Self {
        Self(count.min(u64::MAX - 1))
    }
}

impl From<Option<u64>> for Iterations {
    fn from(count: Option<u64>) -> Self {
        count.map_or(Self::UNKNOWN, Self::from)
    }
}

impl fmt::Debug for Iterations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.count().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        for count in [None, Some(0), Some(1), Some(u64::MAX - 1)] {
            assert_eq!(Iterations::from(count).count(), count);
        }
        assert_eq!(Iterations::from(u64::MAX).count(), Some(u64::MAX - 1));
    }
}
