//! How strongly the newest values speak for a change, and how much a single one can say.

use super::newest::{FARTHEST_BACK, FEWEST};
use super::watch::{Watch, sparse_tails};

/// What speaks for a change at present, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strength {
    /// The evidence of the place that most of it speaks for, less what chance finds among so many places; zero where nothing does.
    pub evidence: f64,
    /// What would make a change point.
    pub enough: f64,
}

impl Watch {
    /// What speaks for a change that is not found yet. `None` after too few values, and where nothing ever varied.
    pub fn strength(&self) -> Option<Strength> {
        let (segment, noise) = self.present()?;
        let length = segment.values.len();
        let longest = length.checked_sub(FEWEST.0).filter(|longest| *longest >= FEWEST.1)?;
        let best = segment.best(noise, sparse_tails(longest.min(FARTHEST_BACK)), 0.0);
        Some(Strength { evidence: best.map_or(0.0, |best| best.evidence), enough: self.enough(length) })
    }

    /// The standard deviation of the main mode of the noise, in the unit of the values. `None` where nothing ever varied.
    pub fn noise_spread(&self) -> Option<f64> {
        self.present().map(|(_, noise)| noise.spread)
    }

    /// What one value so many spreads above the level says against the level, in nats, by what the series taught so far. `None`
    /// where nothing ever varied.
    pub fn loss(&self, spreads: f64) -> Option<f64> {
        self.present().map(|(_, noise)| noise.loss(spreads * noise.spread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wave that does not repeat soon stands in for noise of about 1.
    fn watched(count: usize) -> Watch {
        let mut watch = Watch::new();
        for index in 0..count {
            watch.push(100.0 + 1.4 * (index as f64 * index as f64 * 0.7).sin());
        }
        watch
    }

    #[test]
    fn evidence_is_enough_with_the_value_that_gives_a_change_away() {
        let mut watch = watched(60);
        let mut grown = Vec::new();
        while watch.push(104.0).is_none() {
            grown.push(watch.strength().expect("a spread"));
        }
        assert!(grown.iter().all(|strength| strength.evidence < strength.enough), "{grown:?}");
        assert_eq!(grown.len(), 3, "four values must speak");
        assert_eq!(watched(11).strength(), None);
        assert_eq!(Watch::new().loss(1.0), None);
    }

    #[test]
    fn one_value_says_at_most_so_much() {
        let watch = watched(60);
        assert_eq!(watch.loss(0.0), Some(0.0));
        assert_eq!(watch.loss(20.0), watch.loss(30.0));
        assert!(watch.noise_spread().is_some_and(|spread| (0.5..2.0).contains(&spread)));
    }
}
