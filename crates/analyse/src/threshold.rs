//! Plain per cent against the baseline's centre, whatever the noise.

use plimsoll_model::{Limit, Severity};

/// Warning beyond `warn`, error beyond `error`; returns the limit that was passed too.
pub(crate) fn severity(worsening: f64, warn: Limit, error: Limit) -> Option<(Severity, Limit)> {
    if error.is_exceeded_by(worsening) {
        Some((Severity::Error, error))
    } else if warn.is_exceeded_by(worsening) {
        Some((Severity::Warning, warn))
    } else {
        None
    }
}

/// The share of values of `history` that lie more than `fraction` of `center` on the worse side of it: how often the series' own
/// noise would have tripped the same limit.
pub(crate) fn noise_rate(history: &[f64], center: f64, worse_sign: f64, fraction: f64) -> f64 {
    if history.is_empty() || center == 0.0 {
        return 0.0;
    }
    let trips =
        history.iter().filter(|value| (*value - center) / center.abs() * worse_sign > fraction).count();
    trips as f64 / history.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_often_noise_does_the_same() {
        let history = [100.0, 100.0, 130.0, 100.0];
        assert_eq!(noise_rate(&history, 100.0, 1.0, 0.2), 0.25);
        assert_eq!(noise_rate(&history, 100.0, -1.0, 0.2), 0.0);
        // The limit itself trips nothing, as in judging.
        assert_eq!(noise_rate(&[100.0, 150.0], 100.0, 1.0, 0.5), 0.0);
        let (warn, error) = (Limit::Relative(0.1), Limit::Relative(0.2));
        assert_eq!(severity(0.25, warn, error), Some((Severity::Error, error)));
        assert_eq!(severity(0.15, warn, error), Some((Severity::Warning, warn)));
        assert_eq!(severity(0.1, warn, error), None);
    }
}
