//! Student's distribution, and the functions it is made of.

/// The chance that a Student variable of `degrees` degrees of freedom exceeds `t`: half the regularised incomplete beta function
/// at `degrees / (degrees + t²)` (Abramowitz and Stegun 1964, 26.7.1). Degrees need not be whole; without any, nothing is known
/// and the chance is one half.
pub fn student_upper_tail(t: f64, degrees: f64) -> f64 {
    if t.is_nan() || degrees.is_nan() || degrees <= 0.0 {
        return 0.5;
    }
    let square = t * t;
    if square == f64::INFINITY {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let half = 0.5 * incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + square));
    if t >= 0.0 { half } else { 1.0 - half }
}

/// The chance that a ratio of two variances of `above` and `below` degrees of freedom exceeds `ratio` (Snedecor's F).
pub fn variance_ratio_upper_tail(ratio: f64, above: f64, below: f64) -> f64 {
    if ratio.is_nan() || ratio <= 0.0 {
        return 1.0;
    }
    incomplete_beta(below / 2.0, above / 2.0, below / (below + above * ratio))
}

/// The regularised incomplete beta function, by Lentz's continued fraction (Abramowitz and Stegun 1964, 26.5.8).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const STEPS: u32 = 300;
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut upper = 1.0;
    let mut lower = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = lower;
    for step in 1..STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut last = 1.0;
        for term in [even, odd] {
            lower = 1.0 / away_from_zero(1.0 + term * lower);
            upper = away_from_zero(1.0 + term / upper);
            last = lower * upper;
            fraction *= last;
        }
        if (last - 1.0).abs() < 1e-13 {
            break;
        }
    }
    fraction
}

/// The logarithm of the gamma function of a positive number: Stirling's series after shifting the argument past 8.
pub fn ln_gamma(x: f64) -> f64 {
    let (x, shift) = shifted(x, 0.0, |sum, x| sum - x.ln());
    let inverse = 1.0 / (x * x);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse / 1260.0)) / x;
    shift + (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

/// The derivative of [`ln_gamma`].
pub fn digamma(x: f64) -> f64 {
    let (x, shift) = shifted(x, 0.0, |sum, x| sum - 1.0 / x);
    let inverse = 1.0 / (x * x);
    let series = inverse * (1.0 / 12.0 - inverse * (1.0 / 120.0 - inverse / 252.0));
    shift + x.ln() - 0.5 / x - series
}

/// The derivative of [`digamma`].
pub fn trigamma(x: f64) -> f64 {
    let (x, shift) = shifted(x, 0.0, |sum, x| sum + 1.0 / (x * x));
    let inverse = 1.0 / (x * x);
    let series = inverse * (1.0 / 6.0 - inverse * (1.0 / 30.0 - inverse / 42.0));
    shift + (1.0 + 0.5 / x + series) / x
}

/// Where [`trigamma`] has this positive value, by halving on a logarithmic scale.
pub fn inverse_trigamma(value: f64) -> f64 {
    let (mut low, mut high) = (1e-6_f64.ln(), 1e6_f64.ln());
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if trigamma(middle.exp()) > value {
            low = middle;
        } else {
            high = middle;
        }
    }
    low.exp()
}

/// Uses the recurrence of the gamma function until its asymptotic series is exact enough.
fn shifted(mut x: f64, mut sum: f64, step: impl Fn(f64, f64) -> f64) -> (f64, f64) {
    const FAR_ENOUGH: f64 = 8.0;
    while x < FAR_ENOUGH {
        sum = step(sum, x);
        x += 1.0;
    }
    (x, sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1e-12), "{found} is not {expected}");
    }

    #[test]
    fn tails_are_those_of_the_tables() {
        check(student_upper_tail(0.0, 3.0), 0.5);
        check(student_upper_tail(1.0, 1.0), 0.25);
        check(student_upper_tail(-1.0, 1.0), 0.75);
        // With two degrees: (1 - t / √(2 + t²)) / 2.
        check(student_upper_tail(4.0, 2.0), (1.0 - 4.0 / 18.0_f64.sqrt()) / 2.0);
        check(student_upper_tail(2.0, 1e7), 0.022_750_13);
        check(student_upper_tail(f64::INFINITY, 4.0), 0.0);
        check(student_upper_tail(9.0, 0.0), 0.5);
        // The square of a Student variable is a ratio of variances.
        check(variance_ratio_upper_tail(9.0, 1.0, 5.0), 2.0 * student_upper_tail(3.0, 5.0));
    }

    #[test]
    fn gamma_and_its_derivatives() {
        check(ln_gamma(5.0), 24.0_f64.ln());
        check(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln());
        check(digamma(1.0), -0.577_215_664_901_532_9);
        check(trigamma(1.0), std::f64::consts::PI.powi(2) / 6.0);
        check(trigamma(inverse_trigamma(0.37)), 0.37);
    }
}
