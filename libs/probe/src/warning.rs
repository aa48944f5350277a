//! Warnings: values that are beyond their limits, and alerts that are live.

use crate::measured::Severity;
use crate::row::{Mark, Row};
use crate::text;
use crate::unit;

/// Something that whoever runs the program should know.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// [`Severity::Error`] for a value that is an error by its distance from its baseline, else [`Severity::Warning`].
    pub severity: Severity,
    /// What there is to say, in one line.
    pub message: String,
    /// The value it is about; `None` for alerts.
    pub row: Option<Row>,
}

impl Warning {
    /// What is wrong with a value, unless nothing is.
    pub(crate) fn about(row: Row) -> Option<Self> {
        let is_past_target =
            row.mark == Mark::Beyond && row.standing.past_target.is_some_and(|past| past > 0.0);
        let is_told = |severity: &Severity| *severity != Severity::Info && !row.standing.is_noise;
        let severity = row.standing.severity.filter(is_told);
        let of_target = is_past_target.then(|| target(&row)).flatten();
        let of_baseline = severity.and_then(|_| baseline(&row));
        let says: Vec<String> = [of_target, of_baseline].into_iter().flatten().collect();
        if says.is_empty() {
            return None;
        }
        let message = text::visible(&format!("{} is {}, {}", row.name(), row.value_text(), says.join("; ")));
        let severity = severity.map_or(Severity::Warning, |severity| match severity {
            Severity::Info | Severity::Warning => Severity::Warning,
            Severity::Error | Severity::Critical => Severity::Error,
        });
        Some(Self { severity, message, row: Some(row) })
    }

    /// That alerts of the suite are live, unless none is.
    pub(crate) fn about_alerts(suite: &str, alerts: u64) -> Option<Self> {
        let suite = text::visible(suite);
        let message = match alerts {
            0 => return None,
            1 => format!("1 alert of {suite} is live: `plimsoll alert ls` shows it"),
            several => format!("{several} alerts of {suite} are live: `plimsoll alert ls` shows them"),
        };
        Some(Self { severity: Severity::Warning, message, row: None })
    }
}

/// `above its target VAL-001 of 1 s`.
fn target(row: &Row) -> Option<String> {
    let target = row.target.as_ref()?;
    let value = row.value_for_target();
    let (word, limit) = match (target.max, target.min) {
        (Some(max), _) if value > max => ("above", max),
        (_, Some(min)) => ("below", min),
        _ => return None,
    };
    let id = target.id.as_deref().map_or_else(|| " of".to_owned(), |id| format!(" {id} of"));
    let limit = unit::human(limit, &row.unit);
    Some(match &row.per {
        Some(per) => {
            let (value, item) = (unit::human(value, &row.unit), unit::singular(per));
            format!("{value} per {item}, {word} its target{id} {limit} per {item}")
        }
        None => format!("{word} its target{id} {limit}"),
    })
}

/// `x22.5 against its baseline of 14.12 ms over 12 runs`.
fn baseline(row: &Row) -> Option<String> {
    let baseline = row.baseline?;
    let center = unit::human(baseline.center, &row.unit);
    let change = row.change().map_or_else(|| "far off".to_owned(), unit::change);
    Some(format!("{change} against its baseline of {center} over {} runs", baseline.runs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::last_run::{Baseline, Series, SeriesTarget};
    use crate::measured::{Direction, Measured};

    #[track_caller]
    fn check(value: f64, target: Option<SeriesTarget>, expected: Option<(Severity, &str)>) {
        check_with(1e4, value, target, expected);
    }

    #[track_caller]
    fn check_with(spread: f64, value: f64, target: Option<SeriesTarget>, expected: Option<(Severity, &str)>) {
        let series = Series {
            benchmark: "build".to_owned(),
            parameters: Vec::new(),
            metric: "time".to_owned(),
            unit: "ns".to_owned(),
            direction: Direction::Lower,
            value: 1e6,
            severity: None,
            baseline: Some(Baseline { center: 1e6, spread, runs: 12 }),
            warn_beyond: Some(1.1e6),
            error_beyond: Some(1.2e6),
            target,
            trend: Vec::new(),
        };
        let mut measured = Measured::new("build", "time", value, "value").with_unit("ns", Direction::Lower);
        measured.items = vec![("pages".to_owned(), 100.0)];
        let warning = Warning::about(Row::measured(&measured, Some(&series)));
        assert_eq!(warning.as_ref().map(|warning| (warning.severity, warning.message.as_str())), expected);
    }

    #[test]
    fn a_value_says_what_it_is_beyond() {
        let target = |max, per: Option<&str>| {
            Some(SeriesTarget {
                id: Some("B-1".to_owned()),
                max: Some(max),
                min: None,
                per: per.map(str::to_owned),
            })
        };
        check(1.05e6, None, None);
        // Near a target is no warning yet.
        check(1.05e6, target(1.1e6, None), None);
        check(
            1.12e6,
            None,
            Some((Severity::Warning, "build is 1.120 ms, +12.0 % against its baseline of 1 ms over 12 runs")),
        );
        check(
            1.05e6,
            target(1e6, None),
            Some((Severity::Warning, "build is 1.050 ms, above its target B-1 of 1 ms")),
        );
        check(
            3e6,
            target(2e6, None),
            Some((
                Severity::Error,
                "build is 3 ms, above its target B-1 of 2 ms; x3.00 against its baseline of 1 ms over 12 runs",
            )),
        );
        check(
            1.05e6,
            target(1e4, Some("pages")),
            Some((
                Severity::Warning,
                "build is 1.050 ms, 10.50 µs per page, above its target B-1 of 10 µs per page",
            )),
        );
    }

    #[test]
    fn noise_is_no_warning() {
        let far = "build is 1.210 ms, +21.0 % against its baseline of 1 ms over 12 runs";
        check_with(5e4, 1.21e6, None, Some((Severity::Error, far)));
        check_with(1e5, 1.21e6, None, None);
    }

    #[test]
    fn alerts_are_counted() {
        let message = |alerts| Warning::about_alerts("build", alerts).map(|warning| warning.message);
        assert_eq!(message(0), None);
        assert_eq!(message(1).as_deref(), Some("1 alert of build is live: `plimsoll alert ls` shows it"));
        assert_eq!(message(2).as_deref(), Some("2 alerts of build are live: `plimsoll alert ls` shows them"));
    }
}
