//! Criterion's text on standard output; its files say more (samples, further estimates, full precision).
//!
//! The benchmark's name stands before `time:` or, when it is long, on a line of its own. Comparisons with an
//! earlier run (`change:`) are passed over.
//!
//! | field | metric | role |
//! |---|---|---|
//! | middle of `time: [low estimate high]` | `time`, ns, lower is better | headline, statistic `estimate` |
//! | ends of `time:` | `time` | interval at Criterion's default level, 95 % |
//! | `thrpt: [low estimate high]` | `throughput`, items/s, bytes/s or bits/s, higher is better | headline with interval |
//! | a second `thrpt:` | `throughput_bytes`, bytes/s | headline with interval |

use plimsoll_model::{Direction, Interval, Measurement, Metric, Unit, name};

use crate::Harness;

/// Criterion's default; the text does not say which one was set.
const LEVEL: f64 = 0.95;

/// Where in the text the last line stood.
#[derive(Default)]
pub(crate) struct CriterionLines {
    /// The last line that could be a name by itself.
    name: String,
    /// Whether `thrpt:` lines belong to the measurement that came last.
    in_benchmark: bool,
    /// How many `thrpt:` lines that measurement has had.
    rates: usize,
}

impl CriterionLines {
    /// Takes one line; returns a complaint if it should have been a measurement.
    pub(crate) fn read(&mut self, line: &str, measurements: &mut Vec<Measurement>) -> Option<String> {
        if let Some((before, figures)) = line.split_once("time:   [") {
            return self.read_time(before, figures, measurements);
        }
        let trimmed = line.trim();
        if let Some(figures) = trimmed.strip_prefix("thrpt:  [") {
            return self.read_rate(figures, measurements);
        }
        if trimmed.starts_with("change:") {
            self.in_benchmark = false;
        } else if !line.starts_with(' ') && !trimmed.is_empty() && !trimmed.starts_with("Benchmarking ") {
            trimmed.clone_into(&mut self.name);
        }
        None
    }

    fn read_time(
        &mut self,
        before: &str,
        figures: &str,
        measurements: &mut Vec<Measurement>,
    ) -> Option<String> {
        if is_comparison(figures) {
            return None;
        }
        let name = match before.trim() {
            "" => self.name.as_str(),
            name => name,
        };
        self.in_benchmark = false;
        let Some((low, estimate, high)) = three(figures, |unit| match Unit::normalise(unit) {
            (unit, factor) if unit == Unit::NANOSECONDS => Some(factor),
            _ => None,
        }) else {
            return Some(format!("{name}: left out, `[{figures}` is not understood"));
        };
        measurements.push(measurement(name, Metric::time(), (low, estimate, high)));
        self.in_benchmark = true;
        self.rates = 0;
        None
    }

    fn read_rate(&mut self, figures: &str, measurements: &mut Vec<Measurement>) -> Option<String> {
        if is_comparison(figures) || !self.in_benchmark {
            return None;
        }
        let name = measurements.last()?.benchmark.clone();
        let mut rate_unit = None;
        let Some(figures) = three(figures, |text| {
            let (unit, factor) = rate_of(text)?;
            rate_unit = Some(unit);
            Some(factor)
        }) else {
            return Some(format!("{name}: throughput left out, `[{figures}` is not understood"));
        };
        let metric = if self.rates == 0 { "throughput" } else { "throughput_bytes" };
        self.rates += 1;
        let metric = Metric::new(metric, rate_unit?, Direction::Higher);
        measurements.push(measurement(&name, metric, figures));
        None
    }
}

fn measurement(name: &str, metric: Metric, (low, estimate, high): (f64, f64, f64)) -> Measurement {
    let mut measurement = Measurement::new(Harness::CriterionText, name, metric, estimate);
    measurement.statistic = name!("estimate");
    measurement.interval = Some(Interval { low, high, level: LEVEL });
    measurement
}

/// Whether the figures say how much something changed.
fn is_comparison(figures: &str) -> bool {
    figures.contains('%')
}

/// Reads `1.5 ns 1.6 ns 1.7 ns]`, each figure times the factor of its unit.
fn three(figures: &str, mut factor: impl FnMut(&str) -> Option<f64>) -> Option<(f64, f64, f64)> {
    let mut words = figures.trim_end().strip_suffix(']')?.split_whitespace();
    let mut figure = || {
        let number: f64 = words.next()?.parse().ok()?;
        Some(number * factor(words.next()?)?)
    };
    Some((figure()?, figure()?, figure()?))
}

/// Reads `Gelem/s`, `MiB/s`, `GB/s`, `Mb/s`.
fn rate_of(text: &str) -> Option<(Unit, f64)> {
    if let Some(prefix) = text.strip_suffix("elem/s") {
        return Some((Unit::ITEMS_PER_SECOND, decimal(prefix)?));
    }
    if let Some(prefix) = text.strip_suffix("b/s") {
        return Some((Unit::normalise("bits/s").0, decimal(prefix)?));
    }
    let (unit, factor) = Unit::normalise(text);
    (unit == Unit::BYTES_PER_SECOND).then_some((unit, factor))
}

fn decimal(prefix: &str) -> Option<f64> {
    Some(match prefix {
        "" => 1.0,
        "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str], complaints: &[&str]) {
        let mut state = CriterionLines::default();
        let mut measurements = Vec::new();
        let said: Vec<_> = text.lines().filter_map(|line| state.read(line, &mut measurements)).collect();
        let seen: Vec<_> = measurements
            .iter()
            .map(|m| {
                let interval = m.interval.expect("always there");
                let unit = m.metric.unit.symbol();
                format!(
                    "{} {} {} {unit} {}..{}",
                    m.benchmark, m.metric.name, m.value, interval.low, interval.high
                )
            })
            .collect();
        assert_eq!(seen, expected);
        assert_eq!(said, complaints);
    }

    #[test]
    fn names_stand_before_the_figures_or_above_them() {
        check(
            "fib 10                  time:   [1.5 ns 2.5 ns 3.5 µs]\n\
             Benchmarking fib/long: Warming up for 3.0000 s\n\
             fib/a name: with/odd \"characters\"\n                        time:   [4 ns 5 ns 6 ns]\n",
            &["fib 10 time 2.5 ns 1.5..3500", "fib/a name: with/odd \"characters\" time 5 ns 4..6"],
            &[],
        );
    }

    #[test]
    fn throughput_belongs_to_the_line_before_and_changes_do_not_count() {
        check(
            "sum/bytes               time:   [1 ns 2 ns 3 ns]\n\
             \x20                       thrpt:  [1 KiB/s 2 KiB/s 3 MiB/s]\n\
             \x20                change:\n\
             \x20                       time:   [-2.5% -0.5% +1.4%] (p = 0.61 > 0.05)\n\
             \x20                       thrpt:  [-2.5% -0.5% +1.4%]\n\
             sum/items               time:   [1 ns 2 ns 3 ns]\n\
             \x20                       thrpt:  [1 elem/s 2 Kelem/s 3 Gelem/s]\n",
            &[
                "sum/bytes time 2 ns 1..3",
                "sum/bytes throughput 2048 bytes/s 1024..3145728",
                "sum/items time 2 ns 1..3",
                "sum/items throughput 2000 items/s 1..3000000000",
            ],
            &[],
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        check(
            "odd                     time:   [1 parsec 2 ns 3 ns]\n",
            &[],
            &["odd: left out, `[1 parsec 2 ns 3 ns]` is not understood"],
        );
    }
}
