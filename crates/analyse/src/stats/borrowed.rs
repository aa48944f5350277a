//! What a few values lack, their neighbours lend.

use super::distance::Spread;
use super::student::{digamma, inverse_trigamma, trigamma, variance_ratio_upper_tail};

/// Spreads that differ by nothing but chance would be worth this many degrees at most.
const MOST_DEGREES: f64 = 200.0;
/// What is believed of how spreads of one suite differ before they are seen: the variance of the logarithm of their squares …
const BELIEVED_VARIANCE: f64 = 1.0;
/// … worth this many spreads.
const BELIEF: f64 = 4.0;
/// A spread that its neighbours explain with less than this chance borrows less from them.
const UNLIKELY: f64 = 0.01;

/// What spreads are usually like, worth `degrees` degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UsualSpread {
    /// The usual standard deviation.
    pub deviation: f64,
    /// How much it is worth when a single one is estimated.
    pub degrees: f64,
}

/// What `spreads` have in common: each squared one is taken for a variance around its own true one, and those for draws from a
/// scaled inverse chi-squared distribution, fitted by the moments of their logarithms (Smyth 2004, "Linear models and empirical
/// Bayes methods"). A weak belief keeps a handful from seeming equal by chance. Spreads of zero play no part; `None` under two.
pub fn usual_spread(spreads: &[Spread]) -> Option<UsualSpread> {
    let mut logarithms = Vec::with_capacity(spreads.len());
    let mut chance = 0.0;
    for spread in spreads.iter().filter(|spread| spread.deviation > 0.0 && spread.degrees > 0.0) {
        let half = spread.degrees / 2.0;
        logarithms.push(2.0 * spread.deviation.ln() - digamma(half) + half.ln());
        chance += trigamma(half);
    }
    let count = logarithms.len() as f64;
    if logarithms.len() < 2 {
        return None;
    }
    let mean = logarithms.iter().sum::<f64>() / count;
    let scatter: f64 = logarithms.iter().map(|logarithm| (logarithm - mean).powi(2)).sum();
    let beyond_chance = (scatter - (count - 1.0) * chance / count).max(0.0);
    let variance = (beyond_chance + BELIEF * BELIEVED_VARIANCE) / (count - 1.0 + BELIEF);
    // Each is among its own neighbours: with few of them, much of what it borrows would be its own.
    let of_others = (count - 1.0) / (count + 1.0);
    let half = inverse_trigamma(variance).min(MOST_DEGREES / 2.0);
    let deviation = ((mean + digamma(half) - half.ln()) / 2.0).exp();
    Some(UsualSpread { deviation, degrees: 2.0 * half * of_others })
}

/// The spread of one series with what is usual mixed in, each by its degrees of freedom. One that is far wider than usual borrows
/// little: it is of another kind (after Phipson et al. 2016, "Robust hyperparameter estimation").
pub fn borrow_from(usual: UsualSpread, own: Spread) -> Spread {
    let ratio = (own.deviation / usual.deviation).powi(2);
    let likely = if own.degrees > 0.0 && usual.degrees > 0.0 && usual.deviation > 0.0 {
        variance_ratio_upper_tail(ratio, own.degrees, usual.degrees)
    } else {
        1.0
    };
    let borrowed = usual.degrees * (likely / UNLIKELY).min(1.0);
    let degrees = own.degrees + borrowed;
    if degrees <= 0.0 {
        return own;
    }
    let square = (own.degrees * own.deviation.powi(2) + borrowed * usual.deviation.powi(2)) / degrees;
    Spread { deviation: square.sqrt(), degrees }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spreads(deviations: &[f64]) -> Vec<Spread> {
        deviations.iter().map(|deviation| Spread { deviation: *deviation, degrees: 3.2 }).collect()
    }

    #[test]
    fn equal_spreads_lend_much_and_different_ones_little() {
        let alike = usual_spread(&spreads(&[0.05; 40])).expect("a usual spread");
        let unlike: Vec<f64> = (0..40).map(|index| 0.001 * 1.15_f64.powi(index)).collect();
        let different = usual_spread(&spreads(&unlike)).expect("a usual spread");
        assert!(alike.degrees > 15.0 && different.degrees < 2.0, "{alike:?} {different:?}");
        assert_eq!(usual_spread(&spreads(&[0.05])), None);
        assert_eq!(usual_spread(&spreads(&[0.0; 9])), None);
    }

    #[test]
    fn a_wild_one_among_calm_ones_stays_wild() {
        let usual = UsualSpread { deviation: 0.001, degrees: 50.0 };
        let own = Spread { deviation: 0.1, degrees: 3.2 };
        let mixed = borrow_from(usual, own);
        assert!(mixed.deviation > 0.09 && mixed.degrees < 4.0, "{mixed:?}");
        let calm = borrow_from(usual, Spread { deviation: 0.0004, degrees: 3.2 });
        assert!(calm.deviation > 0.0009 && calm.degrees > 50.0, "{calm:?}");
    }
}
