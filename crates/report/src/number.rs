//! Numbers, times and counts as people read them.

use jiff::Timestamp;
use plimsoll_model::{Baseline, Unit};

/// A relative change: `+22.6 %`, `−3.1 %`, `±0.0 %`; a doubling and more as a ratio, `x2.52`.
pub(crate) fn change(fraction: f64) -> String {
    if fraction >= 1.0 {
        return format!("x{}", three_digits(fraction + 1.0));
    }
    signed_percent(fraction)
}

/// A change relative to where it began; where there is none, as about zero, in the unit of the values.
pub(crate) fn change_or(relatively: Option<f64>, difference: f64, unit: &Unit) -> String {
    match relatively {
        Some(change) => self::change(change),
        None if difference > 0.0 => format!("+{}", unit.human(difference)),
        None => unit.human(difference),
    }
}

/// An interval of a relative change.
pub(crate) fn change_interval((low, high): (f64, f64)) -> String {
    if low >= 1.0 {
        let (low, high) = (low + 1.0, high + 1.0);
        return match (three_digits(low), three_digits(high)) {
            (left, right) if left == right => format!("x{low:.1} … x{high:.1}"),
            (left, right) => format!("x{left} … x{right}"),
        };
    }
    // What is measured against a centre falls by all of it at most.
    let low = signed_percent(if high > -1.0 { low.max(-1.0) } else { low });
    format!("{} … {}", low.trim_end_matches(" %"), signed_percent(high))
}

/// A fraction without a sign: `12 %`, `0.5 %`.
pub(crate) fn percent(fraction: f64) -> String {
    let percent = fraction.abs() * 100.0;
    match percent {
        whole if whole >= 9.95 || (whole.fract() == 0.0) => format!("{whole:.0} %"),
        small => format!("{small:.1} %"),
    }
}

fn signed_percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let text = match percent.abs() {
        tiny if tiny < 0.05 => return "±0.0 %".to_owned(),
        large if large >= 9_999.5 => format!("{:.1e}", percent.abs()),
        usual => format!("{usual:.1}"),
    };
    format!("{}{text} %", if percent < 0.0 { '−' } else { '+' })
}

fn three_digits(value: f64) -> String {
    match value.abs() {
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        large if large < 100_000.0 => format!("{value:.0}"),
        _ => format!("{value:.1e}"),
    }
}

/// A factor: `3.2`, `12`, `1,100`.
pub(crate) fn factor(value: f64) -> String {
    match value {
        small if small < 9.95 => format!("{small:.1}"),
        usual if usual < 999.5 => format!("{usual:.0}"),
        // Of what is so far off, two digits are enough.
        large if large < 1e9 => {
            let step = 10_f64.powf(large.log10().floor() - 1.0);
            grouped(((large / step).round() * step) as usize)
        }
        huge => format!("{huge:.1e}"),
    }
}

/// A baseline's centre with its spread: `12.40 ms ±0.9 %`.
pub(crate) fn baseline(baseline: &Baseline, unit: &Unit) -> String {
    let center = unit.human(baseline.center);
    if baseline.center == 0.0 {
        return match baseline.spread {
            0.0 => center,
            spread => format!("{center} ±{}", unit.human(spread)),
        };
    }
    let relative = (baseline.spread / baseline.center).abs();
    match relative {
        0.0 => format!("{center} ±0 %"),
        tiny if tiny < 0.000_5 => format!("{center} ±<0.1 %"),
        usual => format!("{center} ±{}", percent(usual)),
    }
}

/// A number with its noun: `1 run`, `2 runs`, `9,988 series`.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A count with commas between thousands.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time in UTC to the minute: `2026-11-20 08:01Z`.
pub(crate) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// How long ago `time` was: `now`, `5 min ago`, `3 h ago`, `12 days ago`.
pub(crate) fn age(time: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(time.as_second());
    match seconds {
        // A clock that went backwards must not read as an age.
        ..0 => "in the future".to_owned(),
        0..60 => "just now".to_owned(),
        60..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// The first characters of a commit's hash.
pub(crate) fn short_hash(hash: &str) -> &str {
    hash.char_indices().nth(7).map_or(hash, |(end, _)| &hash[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_at_a_glance() {
        for (fraction, expected) in [
            (0.226, "+22.6 %"),
            (-0.031, "−3.1 %"),
            (0.000_4, "±0.0 %"),
            (-0.0, "±0.0 %"),
            (0.999, "+99.9 %"),
            (1.52, "x2.52"),
            (11.0, "x12.0"),
            (1e7, "x1.0e7"),
            (-0.75, "−75.0 %"),
        ] {
            assert_eq!(change(fraction), expected);
        }
        assert_eq!(change_interval((0.21, 0.24)), "+21.0 … +24.0 %");
        assert_eq!(change_interval((1.1, 1.9)), "x2.10 … x2.90");
        assert_eq!(change_interval((591.9, 592.4)), "x592.9 … x593.4");
        assert_eq!(change_interval((-1.017, 0.959)), "−100.0 … +95.9 %");
    }

    #[test]
    fn factors_have_as_many_digits_as_anybody_needs() {
        for (value, expected) in [
            (3.21, "3.2"),
            (12.4, "12"),
            (999.0, "999"),
            (1_095.0, "1,100"),
            (11_805.0, "12,000"),
            (997_009.0, "1,000,000"),
        ] {
            assert_eq!(factor(value), expected);
        }
    }

    #[test]
    fn baselines_carry_their_spread() {
        let shown = |center, spread| {
            baseline(&Baseline { center, spread, runs: 20, confidence: 1.0 }, &Unit::NANOSECONDS)
        };
        assert_eq!(shown(12.4e6, 0.11e6), "12.40 ms ±0.9 %");
        assert_eq!(shown(12.4e6, 0.0), "12.40 ms ±0 %");
        assert_eq!(shown(12.4e6, 10.0), "12.40 ms ±<0.1 %");
        assert_eq!(shown(0.0, 3.0), "0 ns ±3 ns");
    }

    #[test]
    fn counts_and_times_are_short() {
        assert_eq!(counted(1, "run", "runs"), "1 run");
        assert_eq!(counted(1_234_567, "run", "runs"), "1,234,567 runs");
        let time: Timestamp = "2026-11-20T08:01:59Z".parse().unwrap();
        assert_eq!(minute(time), "2026-11-20 08:01Z");
        let later: Timestamp = "2026-11-20T11:02:00Z".parse().unwrap();
        assert_eq!(age(time, later), "3 h ago");
        assert_eq!(age(later, time), "in the future");
        assert_eq!(short_hash("4f2a91c0ffee"), "4f2a91c");
        assert_eq!(short_hash("äöü"), "äöü");
    }
}
