//! Units as history keeps them, and numbers as people read them. What is here agrees with what the command does; a test
//! holds it to that.

use std::borrow::Cow;

use crate::measured::Direction;

/// The unit that history keeps values of `unit` in, and the factor that turns a value into it: `ms` is `ns` times 1e6. A
/// word that nobody knows is a unit of its own.
pub(crate) fn normal(unit: &str) -> (Cow<'_, str>, f64) {
    let unit = unit.trim();
    let whole = ["/op", "/iter", "/iteration", "/run"].iter().find_map(|tail| unit.strip_suffix(tail));
    if let Some(whole) = whole {
        return normal(whole);
    }
    unit.rsplit_once('/')
        .and_then(|(head, per)| rate(head.trim(), per.trim()))
        .unwrap_or_else(|| prefixed(unit))
}

/// Unit and direction of a metric that everybody knows, for a value that came without.
pub(crate) fn of_metric(metric: &str) -> Option<(&'static str, Direction)> {
    Some(match metric {
        "time" | "cpu_time" => ("ns", Direction::Lower),
        "throughput" => ("items/s", Direction::Higher),
        "peak_rss" | "heap" | "heap_peak" | "size" | "allocated_bytes" => ("bytes", Direction::Lower),
        "rss_growth" => ("bytes/hour", Direction::Lower),
        "allocations" | "instructions" => ("count", Direction::Lower),
        "error_rate" => ("ratio", Direction::Lower),
        "hit_rate" => ("ratio", Direction::Higher),
        "cost" => ("USD", Direction::Lower),
        "count" => ("count", Direction::None),
        name if name.starts_with("latency_p") => ("ns", Direction::Lower),
        _ => return None,
    })
}

/// A value as people read it: `12.40 ms`, `35.20 MB`, `93 %`.
pub(crate) fn human(value: f64, unit: &str) -> String {
    let magnitude = value.abs();
    match unit {
        "ns" => human_time(value, magnitude),
        "ratio" => format!("{} %", significant(value * 100.0)),
        "bytes" => scaled(value, magnitude, "B", ""),
        "bytes/s" => scaled(value, magnitude, "B/s", ""),
        "bytes/hour" => scaled(value, magnitude, "B/hour", ""),
        "USD" => format!("${}", significant(value)),
        "count" if magnitude < 1e6 => significant(value),
        "count" => scaled(value, magnitude, "", "").trim_end().to_owned(),
        "1/s" => scaled(value, magnitude, "/s", ""),
        noun if magnitude < 1e4 => format!("{} {noun}", significant(value)).trim_end().to_owned(),
        noun => scaled(value, magnitude, noun, " "),
    }
}

/// A relative change: `+22.6 %`, `−3.1 %`; a doubling and more as a ratio, `x2.52`.
pub(crate) fn change(fraction: f64) -> String {
    if fraction >= 1.0 {
        return match fraction + 1.0 {
            small if small < 10.0 => format!("x{small:.2}"),
            middle if middle < 100.0 => format!("x{middle:.1}"),
            large if large < 100_000.0 => format!("x{large:.0}"),
            huge => format!("x{huge:.1e}"),
        };
    }
    let percent = fraction * 100.0;
    let sign = if percent < 0.0 { '−' } else { '+' };
    match percent.abs() {
        tiny if tiny < 0.05 => "±0.0 %".to_owned(),
        large if large >= 9_999.5 => format!("{sign}{large:.1e} %"),
        usual => format!("{sign}{usual:.1} %"),
    }
}

/// A count with commas between thousands; what is no whole number as it is.
pub(crate) fn counted(count: f64) -> String {
    if count.fract() != 0.0 || count.abs() >= 1e15 {
        return significant(count);
    }
    let digits = format!("{:.0}", count.abs());
    let mut text = String::from(if count < 0.0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// One of what a noun counts: `page` of `pages`.
pub(crate) fn singular(noun: &str) -> String {
    match noun.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => noun.strip_suffix('s').unwrap_or(noun).to_owned(),
    }
}

fn rate(head: &str, per: &str) -> Option<(Cow<'static, str>, f64)> {
    let (unit, factor) = if head.is_empty() { (Cow::Borrowed("count"), 1.0) } else { prefixed(head) };
    let (suffix, per_factor) = match per {
        "s" | "sec" | "second" => ("s", 1.0),
        "ms" => ("s", 1e3),
        "us" | "µs" | "μs" => ("s", 1e6),
        "ns" => ("s", 1e9),
        "min" | "minute" => ("s", 1.0 / 60.0),
        "h" | "hour" => ("hour", 1.0),
        _ => return None,
    };
    let noun = if unit == "count" { "1" } else { &*unit };
    Some((Cow::Owned(format!("{noun}/{suffix}")), factor * per_factor))
}

fn prefixed(unit: &str) -> (Cow<'_, str>, f64) {
    let Some((prefix, noun)) = unit.split_once(' ') else {
        return simple(unit);
    };
    let more = match prefix {
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        _ => return simple(unit),
    };
    let (unit, factor) = simple(noun.trim_start());
    (unit, factor * more)
}

fn simple(unit: &str) -> (Cow<'_, str>, f64) {
    let (normal, factor) = match unit {
        "ns" | "nsec" | "nanosecond" | "nanoseconds" => ("ns", 1.0),
        "us" | "µs" | "μs" | "usec" | "microsecond" | "microseconds" => ("ns", 1e3),
        "ms" | "msec" | "millisecond" | "milliseconds" => ("ns", 1e6),
        "s" | "sec" | "secs" | "second" | "seconds" => ("ns", 1e9),
        "m" | "min" | "minute" | "minutes" => ("ns", 60e9),
        "h" | "hour" | "hours" => ("ns", 3_600e9),
        "ps" => ("ns", 1e-3),
        "B" | "b" | "byte" | "bytes" | "Bytes" => ("bytes", 1.0),
        "kB" | "KB" | "kilobytes" => ("bytes", 1e3),
        "MB" | "megabytes" => ("bytes", 1e6),
        "GB" | "gigabytes" => ("bytes", 1e9),
        "TB" => ("bytes", 1e12),
        "KiB" | "kbytes" => ("bytes", 1024.0),
        "MiB" => ("bytes", 1_048_576.0),
        "GiB" => ("bytes", 1_073_741_824.0),
        "TiB" => ("bytes", 1_099_511_627_776.0),
        "%" | "percent" | "percentage" => ("ratio", 0.01),
        "$" | "USD" | "usd" | "dollars" => ("USD", 1.0),
        "" | "1" | "count" | "counts" | "allocs" => ("count", 1.0),
        "Hz" | "hz" => ("1/s", 1.0),
        "item" | "elem" | "elements" => ("items", 1.0),
        "op" => ("ops", 1.0),
        other => (other, 1.0),
    };
    (Cow::Borrowed(normal), factor)
}

fn human_time(value: f64, magnitude: f64) -> String {
    let (divisor, symbol) = match magnitude {
        m if m < 1e3 => (1.0, "ns"),
        m if m < 1e6 => (1e3, "µs"),
        m if m < 1e9 => (1e6, "ms"),
        m if m < 120e9 => (1e9, "s"),
        m if m < 7_200e9 => (60e9, "min"),
        _ => (3_600e9, "h"),
    };
    format!("{} {symbol}", significant(value / divisor))
}

fn scaled(value: f64, magnitude: f64, symbol: &str, gap: &str) -> String {
    let (divisor, prefix) = match magnitude {
        m if m < 1e3 => (1.0, ""),
        m if m < 1e6 => (1e3, "k"),
        m if m < 1e9 => (1e6, "M"),
        m if m < 1e12 => (1e9, "G"),
        _ => (1e12, "T"),
    };
    format!("{} {prefix}{}{symbol}", significant(value / divisor), if prefix.is_empty() { "" } else { gap })
}

/// Four significant digits, whole numbers below 10,000 without a fraction.
fn significant(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (magnitude < 1e4 && value.fract() == 0.0) {
        return format!("{value:.0}").replace("-0", "0");
    }
    match magnitude {
        m if !(1e-6..1e15).contains(&m) => format!("{value:.3e}"),
        m if m >= 1000.0 => format!("{value:.0}"),
        m if m >= 100.0 => format!("{value:.1}"),
        m if m >= 10.0 => format!("{value:.2}"),
        m if m >= 1.0 => format!("{value:.3}"),
        m => {
            let digits = (3.0 - m.log10().floor()) as usize;
            format!("{value:.digits$}").trim_end_matches('0').to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::{Unit, known_metric};

    use super::*;

    /// Units as programs write them.
    const UNITS: [&str; 36] = [
        "",
        " ",
        "1",
        "count",
        "ns",
        "us",
        "µs",
        "ms",
        "s",
        "min",
        "h",
        "B",
        "KB",
        "MB",
        "GiB",
        "bytes",
        "%",
        "ratio",
        "$",
        "USD",
        "tokens",
        "pages",
        "items",
        "op",
        "ns/op",
        "MB/s",
        "pages/s",
        "1/s",
        "/s",
        "requests/min",
        "bytes/hour",
        "M items",
        "M items/s",
        "K  rows",
        "x/y",
        "items/ms",
    ];

    #[test]
    fn units_are_those_of_history() {
        for unit in UNITS {
            let (expected, factor) = Unit::normalise(unit);
            assert_eq!(normal(unit), (Cow::Borrowed(expected.symbol()), factor), "{unit}");
        }
    }

    #[test]
    fn values_are_shown_as_the_command_shows_them() {
        let sizes =
            [0.0, 1e-9, 0.0123, 0.5, 1.0, 9.999, 12.4, 305.6, 1_204.0, 9_999.0, 1e4, 1.25e6, 3.05e9, 4e15];
        for unit in UNITS.map(|unit| normal(unit).0) {
            for value in sizes.into_iter().chain(sizes.map(|size| -size)) {
                assert_eq!(human(value, &unit), Unit::normalise(&unit).0.human(value), "{value} {unit}");
            }
        }
    }

    #[test]
    fn metrics_are_known_as_history_knows_them() {
        for metric in [
            "time",
            "throughput",
            "peak_rss",
            "rss_growth",
            "allocations",
            "error_rate",
            "hit_rate",
            "cost",
            "count",
        ] {
            let expected = known_metric(metric).expect("a known metric");
            let (unit, direction) = of_metric(metric).expect("a known metric");
            assert_eq!(unit, expected.0.symbol());
            assert_eq!(format!("{direction:?}"), format!("{:?}", expected.1));
        }
        assert!(of_metric("cache_hit_rate").is_none() && known_metric("cache_hit_rate").is_none());
    }

    #[test]
    fn changes_and_counts_are_short() {
        let changes =
            [(0.226, "+22.6 %"), (-0.031, "−3.1 %"), (-0.0, "±0.0 %"), (1.52, "x2.52"), (184.6, "x186")];
        changes.iter().for_each(|(fraction, expected)| assert_eq!(change(*fraction), *expected));
        let counts =
            [(100.0, "100"), (1_234_567.0, "1,234,567"), (-1_000.0, "-1,000"), (2.5, "2.500"), (0.0, "0")];
        counts.iter().for_each(|(count, expected)| assert_eq!(counted(*count), *expected));
    }
}
