//! Severity of one new value by the size of its worsening and by how many spreads it lies off.

use plimsoll_model::{Limit, Severity};

/// The rungs. `worsening` is relative (positive when worse), `spreads` the distance in spreads (infinite on a baseline without
/// any). `None` is all right.
///
/// ```text
/// worse by up to warn                            -
/// between warn and error   within 1 spread       info
///                          beyond 1 spread       warning
/// beyond error             within 2 spreads      warning
///                          beyond 2 spreads      error
///                          beyond 3 spreads      critical
/// ```
pub(crate) fn severity(worsening: f64, spreads: f64, warn: Limit, error: Limit) -> Option<Severity> {
    if error.is_exceeded_by(worsening) {
        return Some(match spreads {
            s if s > 3.0 => Severity::Critical,
            s if s > 2.0 => Severity::Error,
            _ => Severity::Warning,
        });
    }
    if warn.is_exceeded_by(worsening) {
        return Some(if spreads > 1.0 { Severity::Warning } else { Severity::Info });
    }
    None
}

/// How far from the centre, on the worse side, [`severity`] begins to say warning; `None` where it never does. `size` is what
/// changes are relative to: the centre's, or zero where any worsening is infinite.
pub(crate) fn warning_distance(size: f64, spread: f64, warn: Limit, error: Limit) -> Option<f64> {
    let beyond_warn = warn.fraction().map(|warn| (warn * size).max(spread));
    let beyond_error = error.fraction().map(|error| error * size);
    nearer(beyond_warn, beyond_error)
}

/// How far from the centre, on the worse side, [`severity`] begins to say error; see [`warning_distance`].
pub(crate) fn error_distance(size: f64, spread: f64, error: Limit) -> Option<f64> {
    error.fraction().map(|error| (error * size).max(2.0 * spread))
}

/// The smaller of two distances, of which either may be missing.
pub(crate) fn nearer(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}

/// How bad a change is that a detector has found: info up to `warn`, warning up to `error`, beyond it an error, and critical where
/// it is larger than 3 spreads too.
pub(crate) fn found_severity(worsening: f64, spreads: f64, warn: Limit, error: Limit) -> Severity {
    match (error.is_exceeded_by(worsening), warn.is_exceeded_by(worsening)) {
        (true, _) if spreads > 3.0 => Severity::Critical,
        (true, _) => Severity::Error,
        (false, true) => Severity::Warning,
        (false, false) => Severity::Info,
    }
}

/// How many spreads `value` lies from `center`. Without any spread: zero for the same value, else infinite.
pub(crate) fn distance_in_spreads(value: f64, center: f64, spread: f64) -> f64 {
    let distance = (value - center).abs();
    if distance == 0.0 {
        0.0
    } else if spread > 0.0 {
        distance / spread
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Severity::{Critical, Error, Info, Warning};

    #[track_caller]
    fn check(worsening: f64, spreads: f64, expected: Option<Severity>) {
        assert_eq!(severity(worsening, spreads, Limit::Relative(0.1), Limit::Relative(0.2)), expected);
    }

    #[test]
    fn rungs() {
        check(0.05, 50.0, None);
        check(0.10, 50.0, None);
        check(0.11, 1.0, Some(Info));
        check(0.11, 1.1, Some(Warning));
        check(0.20, 9.0, Some(Warning));
        check(0.21, 2.0, Some(Warning));
        check(0.21, 2.1, Some(Error));
        check(0.21, 3.0, Some(Error));
        check(0.21, 3.1, Some(Critical));
        check(0.21, f64::INFINITY, Some(Critical));
        check(-0.5, 50.0, None);
    }

    #[test]
    fn what_was_found_goes_by_its_size() {
        let found = |worsening, spreads| {
            found_severity(worsening, spreads, Limit::Relative(0.1), Limit::Relative(0.2))
        };
        assert_eq!(found(0.10, 9.0), Info);
        assert_eq!(found(0.11, 0.5), Warning);
        assert_eq!(found(0.21, 3.0), Error);
        assert_eq!(found(0.21, 3.1), Critical);
        assert_eq!(found_severity(9.0, 9.0, Limit::Never, Limit::Never), Info);
    }

    #[test]
    fn a_rung_can_be_switched_off() {
        assert_eq!(severity(9.0, 9.0, Limit::Relative(0.5), Limit::Never), Some(Warning));
        assert_eq!(severity(0.3, 9.0, Limit::Never, Limit::Relative(0.5)), None);
        assert_eq!(severity(9.0, 9.0, Limit::Never, Limit::Never), None);
    }
}
