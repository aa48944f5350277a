//! Units: normalised on the way in, shown humanly on the way out.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Name, name};

/// A normalised unit. Two values compare only when their units are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unit(Name);

/// Nouns that do not say what is counted.
const UNTOLD_NOUNS: [&str; 10] =
    ["1", "items", "ops", "operations", "iter", "iters", "iterations", "elem", "elements", "rounds"];

/// A unit text that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitError {
    /// No number stands before the unit.
    NotANumber(String),
    /// The number is not finite.
    NotFinite(String),
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber(text) => {
                write!(f, "`{text}` is not a quantity such as \"500 ms\" or \"0.5 MB\"")
            }
            Self::NotFinite(text) => write!(f, "`{text}` is not a finite quantity"),
        }
    }
}

impl std::error::Error for UnitError {}

/// A number with its normalised unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// The number, in `unit`.
    pub value: f64,
    /// The normalised unit.
    pub unit: Unit,
}

impl Unit {
    /// Nanoseconds, the normal unit of time.
    pub const NANOSECONDS: Self = Self(name!("ns"));
    /// Bytes.
    pub const BYTES: Self = Self(name!("bytes"));
    /// Bytes a second.
    pub const BYTES_PER_SECOND: Self = Self(name!("bytes/s"));
    /// Bytes an hour (growth).
    pub const BYTES_PER_HOUR: Self = Self(name!("bytes/hour"));
    /// Items a second.
    pub const ITEMS_PER_SECOND: Self = Self(name!("items/s"));
    /// Something a second, when nobody says what.
    pub const PER_SECOND: Self = Self(name!("1/s"));
    /// A plain count.
    pub const COUNT: Self = Self(name!("count"));
    /// A share between 0 and 1, shown as per cent.
    pub const RATIO: Self = Self(name!("ratio"));
    /// United States dollars.
    pub const DOLLARS: Self = Self(name!("USD"));

    /// Reads a unit as harnesses write it. Returns the normalised unit and the factor that turns a value
    /// written in `text` into it: `"ms"` is `(ns, 1e6)`, `"MB/s"` is `(bytes/s, 1e6)`, `"KiB"` is
    /// `(bytes, 1024)`. A word nobody knows is kept as its own unit with factor 1. `%` becomes a ratio.
    /// A trailing `/op`, `/iter` or `/run` is dropped: a benchmark's value is for one operation anyway.
    pub fn normalise(text: &str) -> (Self, f64) {
        let text = text.trim();
        if let Some(head) =
            ["/op", "/iter", "/iteration", "/run"].iter().find_map(|tail| text.strip_suffix(tail))
        {
            return Self::normalise(head);
        }
        if let Some((head, tail)) = text.rsplit_once('/') {
            let per = tail.trim();
            if let Some(unit) = Self::rate(head.trim(), per) {
                return unit;
            }
        }
        prefixed(text)
    }

    /// Whether it is a plain count: what a number has that came without a unit.
    pub fn is_count(&self) -> bool {
        *self == Self::COUNT
    }

    /// Whether values in the two units compare: they are equal, or both count something a second and at least one does
    /// not say what (`ops/s`, `iter/s`, `1/s`: each harness has its own word for items).
    pub fn compares_with(&self, other: &Self) -> bool {
        let noun = |unit: &Self| unit.symbol().strip_suffix("/s").map(str::to_owned);
        let (Some(left), Some(right)) = (noun(self), noun(other)) else {
            return self == other;
        };
        let is_bytes = |noun: &str| noun == Self::BYTES.symbol();
        left == right
            || !is_bytes(&left)
                && !is_bytes(&right)
                && (UNTOLD_NOUNS.contains(&&*left) || UNTOLD_NOUNS.contains(&&*right))
    }

    /// The normalised symbol: `ns`, `bytes`, `items/s`, …
    pub fn symbol(&self) -> &str {
        &self.0
    }

    /// The value as people read it: `12.4 ms`, `35.2 MB`, `1.25 M items/s`, `93.0 %`. Four significant
    /// digits; the sign is kept.
    pub fn human(&self, value: f64) -> String {
        let magnitude = value.abs();
        match self.symbol() {
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

    fn rate(head: &str, per: &str) -> Option<(Self, f64)> {
        let (unit, factor) = if head.is_empty() || head == "1" { (Self::COUNT, 1.0) } else { prefixed(head) };
        let (suffix, per_factor) = match per {
            "s" | "sec" | "second" => ("s", 1.0),
            "ms" => ("s", 1e3),
            "us" | "µs" | "μs" => ("s", 1e6),
            "ns" => ("s", 1e9),
            "min" | "minute" => ("s", 1.0 / 60.0),
            "h" | "hour" => ("hour", 1.0),
            _ => return None,
        };
        let symbol = match unit.symbol() {
            "count" => format!("1/{suffix}"),
            noun => format!("{noun}/{suffix}"),
        };
        Some((Self::from_symbol(symbol), factor * per_factor))
    }

    fn from_symbol(symbol: String) -> Self {
        Self(Name::from(symbol))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Quantity {
    /// Reads `"500 ms"`, `"0.5 MB"`, `"1 M items/s"`, `"0.01 USD"`, `"$0.01"`, `"93 %"` or a bare number
    /// (a count).
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        if let Some(amount) = trimmed.strip_prefix('$') {
            return Self::parse(&format!("{amount} USD"));
        }
        let end = number_length(trimmed);
        let number: f64 =
            trimmed[..end].replace('_', "").parse().map_err(|_| UnitError::NotANumber(text.to_owned()))?;
        let (unit, factor) = Unit::normalise(trimmed[end..].trim());
        let value = number * factor;
        if value.is_finite() { Ok(Self { value, unit }) } else { Err(UnitError::NotFinite(text.to_owned())) }
    }
}

/// How many bytes at the start of `text` are a number such as `-1_000.5e3`.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() {
        let in_number = match bytes[end] {
            b'0'..=b'9' | b'.' | b'_' => true,
            b'+' | b'-' => end == 0 || matches!(bytes[end - 1], b'e' | b'E'),
            b'e' | b'E' => end > 0 && matches!(bytes.get(end + 1), Some(b'0'..=b'9' | b'+' | b'-')),
            _ => false,
        };
        if !in_number {
            break;
        }
        end += 1;
    }
    end
}

fn decimal_prefix(prefix: &str) -> f64 {
    match prefix {
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        _ => 1.0,
    }
}

/// A unit that may have a decimal prefix standing by itself: `M items`.
fn prefixed(text: &str) -> (Unit, f64) {
    match text.split_once(' ') {
        Some((prefix @ ("k" | "K" | "M" | "G" | "T"), noun)) => {
            let (unit, factor) = simple(noun.trim_start());
            (unit, factor * decimal_prefix(prefix))
        }
        _ => simple(text),
    }
}

fn simple(text: &str) -> (Unit, f64) {
    let (unit, factor) = match text {
        "ns" | "nsec" | "nanosecond" | "nanoseconds" => (Unit::NANOSECONDS, 1.0),
        "us" | "µs" | "μs" | "usec" | "microsecond" | "microseconds" => (Unit::NANOSECONDS, 1e3),
        "ms" | "msec" | "millisecond" | "milliseconds" => (Unit::NANOSECONDS, 1e6),
        "s" | "sec" | "secs" | "second" | "seconds" => (Unit::NANOSECONDS, 1e9),
        "m" | "min" | "minute" | "minutes" => (Unit::NANOSECONDS, 60e9),
        "h" | "hour" | "hours" => (Unit::NANOSECONDS, 3_600e9),
        "ps" => (Unit::NANOSECONDS, 1e-3),
        "B" | "b" | "byte" | "bytes" | "Bytes" => (Unit::BYTES, 1.0),
        "kB" | "KB" | "kilobytes" => (Unit::BYTES, 1e3),
        "MB" | "megabytes" => (Unit::BYTES, 1e6),
        "GB" | "gigabytes" => (Unit::BYTES, 1e9),
        "TB" => (Unit::BYTES, 1e12),
        "KiB" | "kbytes" => (Unit::BYTES, 1024.0),
        "MiB" => (Unit::BYTES, 1_048_576.0),
        "GiB" => (Unit::BYTES, 1_073_741_824.0),
        "TiB" => (Unit::BYTES, 1_099_511_627_776.0),
        "%" | "percent" | "percentage" => (Unit::RATIO, 0.01),
        "ratio" => (Unit::RATIO, 1.0),
        "$" | "USD" | "usd" | "dollars" => (Unit::DOLLARS, 1.0),
        "" | "1" | "count" | "counts" | "allocs" => (Unit::COUNT, 1.0),
        "Hz" | "hz" => (Unit::PER_SECOND, 1.0),
        "item" | "elem" | "elements" => (Unit::from_symbol("items".to_owned()), 1.0),
        "op" | "ops" => (Unit::from_symbol("ops".to_owned()), 1.0),
        other => (Unit::from_symbol(other.to_owned()), 1.0),
    };
    (unit, factor)
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
            let text = format!("{value:.digits$}");
            text.trim_end_matches('0').to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn normal(text: &str, symbol: &str, factor: f64) {
        let (unit, actual) = Unit::normalise(text);
        assert_eq!((unit.symbol(), actual), (symbol, factor), "{text}");
    }

    #[test]
    fn rates_compare_where_one_does_not_say_of_what() {
        let compare = |left: &str, right: &str| {
            let unit = |text| Unit::normalise(text).0;
            unit(left).compares_with(&unit(right)) && unit(right).compares_with(&unit(left))
        };
        assert!(compare("ops/s", "items/s") && compare("1/s", "requests/s") && compare("ms", "s"));
        assert!(!compare("pages/s", "requests/s"));
        assert!(!compare("MB/s", "items/s") && !compare("MB/s", "1/s"));
        assert!(!compare("ns", "bytes") && !compare("items/s", "ns"));
    }

    #[test]
    fn units_of_harnesses_are_normalised() {
        normal("ns/op", "ns", 1.0);
        normal("ms", "ns", 1e6);
        normal("MB/s", "bytes/s", 1e6);
        normal("MiB/s", "bytes/s", 1_048_576.0);
        normal("B/op", "bytes", 1.0);
        normal("allocs/op", "count", 1.0);
        normal("widgets/op", "widgets", 1.0);
        normal("ops/ms", "ops/s", 1e3);
        normal("M items/s", "items/s", 1e6);
        normal("iter/sec", "iter/s", 1.0);
        normal("%", "ratio", 0.01);
        normal("tokens", "tokens", 1.0);
        normal("", "count", 1.0);
        normal("bytes/hour", "bytes/hour", 1.0);
    }

    #[test]
    fn a_normalised_unit_stays_itself() {
        for text in ["ms", "MB/s", "widgets/op", "ops/ms", "%", "B/hour", "$", "Hz"] {
            let (once, _) = Unit::normalise(text);
            assert_eq!(Unit::normalise(once.symbol()), (once, 1.0), "{text}");
        }
    }

    #[track_caller]
    fn human(unit: &str, value: f64, expected: &str) {
        assert_eq!(Unit::normalise(unit).0.human(value), expected);
    }

    #[test]
    fn values_are_shown_humanly() {
        human("ns", 12.4e6, "12.40 ms");
        human("ns", 3.0, "3 ns");
        human("ns", 0.1234, "0.1234 ns");
        human("ns", 21_034e6, "21.03 s");
        human("bytes", 35.2e6, "35.20 MB");
        human("items/s", 1.249e6, "1.249 M items/s");
        human("ratio", 0.93, "93 %");
        human("tokens", 4123.0, "4123 tokens");
        human("USD", 0.0123, "$0.0123");
        human("count", 12.0, "12");
        human("1/s", 2500.0, "2.500 k/s");
        human("ns", -1500.0, "-1.500 µs");
    }

    #[test]
    fn quantities_are_read() {
        let quantity = |text| Quantity::parse(text).map(|q| (q.value, q.unit.symbol().to_owned()));
        assert_eq!(quantity("500 ms"), Ok((500e6, "ns".to_owned())));
        assert_eq!(quantity("500ms"), Ok((500e6, "ns".to_owned())));
        assert_eq!(quantity("0.5 MB"), Ok((0.5e6, "bytes".to_owned())));
        assert_eq!(quantity("1 M items/s"), Ok((1e6, "items/s".to_owned())));
        assert_eq!(quantity("$0.01"), Ok((0.01, "USD".to_owned())));
        assert_eq!(quantity("1_000"), Ok((1000.0, "count".to_owned())));
        assert_eq!(quantity("1e3 s"), Ok((1e12, "ns".to_owned())));
        assert!(quantity("fast").is_err());
        assert!(quantity("1e999 s").is_err());
    }
}
