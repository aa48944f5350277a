//! The life of alerts: opened by a regression, resolved by recovery.

use plimsoll_model::{
    Alert, AlertId, AlertState, Evaluation, Evidence, Policy, SeriesEvaluation, SeriesVerdict, Severity,
    TargetStatus,
};

/// What a new evaluation does to alerts.
#[derive(Debug, Clone, PartialEq)]
pub enum AlertChange {
    /// A series regressed that no live alert speaks of.
    Open(OpenAlert),
    /// The value is back where it was expected when the alert was opened.
    Resolve {
        /// The alert.
        id: AlertId,
        /// What happened, for its history.
        note: String,
    },
}

/// An alert about to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenAlert {
    /// The series.
    pub series: plimsoll_model::SeriesKey,
    /// How bad it is.
    pub severity: Severity,
    /// The target that was missed, when that is why.
    pub target: Option<String>,
    /// The value that opens it.
    pub current_value: f64,
    /// What was expected.
    pub expected_value: f64,
    /// The spread around what was expected.
    pub expected_spread: f64,
    /// The change in per cent, positive when the value rose.
    pub deviation_percent: f64,
}

/// What `evaluation` does to the live alerts of its branch. An alert is held against what was expected when it was opened, not
/// against today's baseline: a regression does not go green by growing old.
pub fn alert_changes(evaluation: &Evaluation, live: &[Alert], policy: &Policy) -> Vec<AlertChange> {
    let mut changes = Vec::new();
    for series in &evaluation.series {
        let of_series: Vec<&Alert> = live.iter().filter(|alert| alert.series == series.key).collect();
        for alert in &of_series {
            if let Some(note) = recovery(series, alert, policy) {
                changes.push(AlertChange::Resolve { id: alert.id, note });
            }
        }
        let Some(open) = opening(series) else { continue };
        if !of_series.iter().any(|alert| alert.target == open.target) {
            changes.push(AlertChange::Open(open));
        }
    }
    changes
}

/// The alert a series deserves: it regressed by a warning or more.
fn opening(series: &SeriesEvaluation) -> Option<OpenAlert> {
    let severity = series
        .severity
        .filter(|severity| *severity >= Severity::Warning)?;
    let value = series.value?;
    let worst = series
        .findings
        .iter()
        .rfind(|finding| finding.severity == Some(severity))?;
    let missed = match worst.evidence {
        Evidence::Target { .. } => series.target.as_ref(),
        _ => None,
    };
    let (target, expected_value) = match (missed, series.baseline) {
        (Some(missed), _) => (Some(target_name(missed)), missed.target.bound.limit()),
        (None, Some(baseline)) => (None, baseline.center),
        (None, None) => return None,
    };
    let held = missed.map_or(value, |missed| missed.value);
    let deviation = if expected_value == 0.0 {
        0.0
    } else {
        (held - expected_value) / expected_value.abs() * 100.0
    };
    Some(OpenAlert {
        series: series.key.clone(),
        severity,
        target,
        current_value: held,
        expected_value,
        expected_spread: series.baseline.map_or(0.0, |baseline| baseline.spread),
        deviation_percent: deviation,
    })
}

fn target_name(outcome: &plimsoll_model::TargetOutcome) -> String {
    outcome
        .target
        .id
        .clone()
        .unwrap_or_else(|| format!("{}#{}", outcome.target.benchmark, outcome.target.metric))
}

/// Why the alert is over, if it is: within `warn` of what was expected, or within one spread of it.
fn recovery(series: &SeriesEvaluation, alert: &Alert, policy: &Policy) -> Option<String> {
    if !matches!(
        alert.state,
        AlertState::Open | AlertState::Acknowledged | AlertState::Muted
    ) {
        return None;
    }
    if matches!(series.verdict, SeriesVerdict::Missing) {
        return None;
    }
    let value = series.value?;
    if alert.target.is_some() {
        let outcome = series
            .target
            .as_ref()
            .filter(|outcome| outcome.status == TargetStatus::Met)?;
        return Some(format!(
            "the target is met again with {}",
            series.unit.human(outcome.value)
        ));
    }
    let worse_sign = series.direction.worse_sign()?;
    let distance = (value - alert.expected_value) * worse_sign;
    let is_small = match policy.settings_for(&series.key).warn.fraction() {
        Some(warn) => distance <= warn * alert.expected_value.abs(),
        None => false,
    };
    let has_recovered = is_small || distance <= alert.expected_spread;
    has_recovered.then(|| format!("recovered to {}", series.unit.human(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_analyse::{SeriesInput, evaluate};
    use plimsoll_model::{Measurement, Metric, Parameters, SeriesKey};

    fn key() -> SeriesKey {
        SeriesKey {
            suite: "fast".to_owned(),
            testbed: "t".to_owned(),
            benchmark: "parse".to_owned(),
            parameters: Parameters::new(),
            metric: "time".to_owned(),
        }
    }

    fn changes(value: f64, level: f64, live: &[Alert]) -> Vec<AlertChange> {
        let measurement = Measurement::new("h", "parse", Metric::time(), value);
        let history = [-1.0, 0.0, 1.0, 0.0, -1.0, 1.0]
            .map(|wobble| level + wobble)
            .to_vec();
        let input = SeriesInput {
            key: key(),
            unit: measurement.metric.unit.clone(),
            direction: measurement.metric.direction,
            measurement: Some(&measurement),
            history,
            pooled_samples: Vec::new(),
            newest_age_days: 0.0,
            unit_before: None,
            testbed_is_new: false,
        };
        let policy = Policy::default();
        alert_changes(&evaluate(&[input], &policy), live, &policy)
    }

    fn live_alert() -> Alert {
        Alert {
            id: 7,
            triggered_at: jiff::Timestamp::UNIX_EPOCH,
            severity: Severity::Error,
            series: key(),
            branch: None,
            target: None,
            current_value: 150.0,
            expected_value: 100.0,
            expected_spread: 1.0,
            deviation_percent: 50.0,
            state: AlertState::Open,
            by: None,
            notes: None,
            began: None,
        }
    }

    #[test]
    fn a_regression_opens_one_alert() {
        let opened = changes(150.0, 100.0, &[]);
        assert!(
            matches!(&opened[..], [AlertChange::Open(alert)]
                if alert.expected_value == 100.0 && alert.deviation_percent == 50.0 && alert.target.is_none()),
            "{opened:?}"
        );
        assert_eq!(changes(150.0, 100.0, &[live_alert()]), []);
    }

    #[test]
    fn recovery_resolves_and_a_baseline_that_followed_does_not() {
        let resolved = changes(101.0, 100.0, &[live_alert()]);
        assert_eq!(
            resolved,
            [AlertChange::Resolve {
                id: 7,
                note: "recovered to 101 ns".to_owned()
            }]
        );
        assert_eq!(changes(150.0, 150.0, &[live_alert()]), []);
    }
}
