//! Per cent, and where they say nothing.

/// Of normal values about a centre this many spreads from zero, a quarter lies beyond zero.
const ABOUT_ZERO_SPREADS: f64 = 0.674_489_750_196_081_7;

/// How far a value moved relative to where it was, positive when it rose. `None` where that says nothing: from zero, to the other
/// side of it, and from so near to it that a quarter of the values that spread by `spread` lie beyond it; and where it is too large
/// for a number. The difference says it there.
pub fn relative_change(before: f64, after: f64, spread: f64) -> Option<f64> {
    let crosses = before * after.signum() < 0.0 && after != 0.0;
    if crosses || before.abs() <= ABOUT_ZERO_SPREADS * spread {
        return None;
    }
    let change = (after - before) / before.abs();
    change.is_finite().then_some(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: f64, after: f64, spread: f64, expected: Option<f64>) {
        assert_eq!(relative_change(before, after, spread), expected);
    }

    #[test]
    fn about_zero_there_are_no_per_cent() {
        check(100.0, 150.0, 1.0, Some(0.5));
        check(-100.0, -150.0, 1.0, Some(-0.5));
        check(100.0, 0.0, 1.0, Some(-1.0));
        check(0.0, 3.0, 0.0, None);
        check(0.0, 0.0, 0.0, None);
        check(-0.02, 1.8, 1.0, None);
        check(-10.0, 10.0, 0.3, None);
        check(0.08, 4.8, 1.0, None);
        check(0.08, 4.8, 0.1, Some((4.8 - 0.08) / 0.08));
        check(5e-324, 1e300, 0.0, None);
    }
}
