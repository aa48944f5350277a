//! The life of alerts: opened by a regression, resolved by recovery.

use jiff::Timestamp;
use plimsoll_model::{
    Alert, AlertState, Direction, Evaluation, Evidence, Policy, Run, SeriesEvaluation, Severity,
    TargetOutcome, TargetStatus,
};
use plimsoll_store::{AlertChange, AlertMove, NewAlert, RunNumber};

/// Who moves alerts that move by themselves.
pub(crate) const MOVED_BY: &str = "plimsoll";

/// The run that changes alerts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause<'a> {
    pub(crate) run: &'a Run,
    pub(crate) number: RunNumber,
    pub(crate) now: Timestamp,
}

/// What `evaluation` does to the live alerts of its branch. An alert is held against what was expected when it was opened, not
/// against today's baseline: a regression does not go green by growing old.
pub(crate) fn alert_changes(
    evaluation: &Evaluation,
    live: &[Alert],
    policy: &Policy,
    cause: Cause<'_>,
) -> Vec<AlertChange> {
    let mut changes = Vec::new();
    for series in &evaluation.series {
        let of_series: Vec<&Alert> = live.iter().filter(|alert| alert.series == series.key).collect();
        for alert in &of_series {
            if let Some(note) = recovery(series, alert, policy) {
                changes.push(AlertChange::Move(alert.id, resolved(note, cause.now)));
            }
        }
        let Some(new) = opening(series, cause) else {
            continue;
        };
        if !of_series.iter().any(|alert| alert.target == new.target) {
            changes.push(AlertChange::Open(new));
        }
    }
    changes
}

fn resolved(note: String, now: Timestamp) -> AlertMove {
    AlertMove {
        state: AlertState::Resolved,
        at: now,
        by: Some(MOVED_BY.to_owned()),
        note: Some(note),
        until: None,
    }
}

/// The alert a series deserves: it regressed by a warning or more.
fn opening(series: &SeriesEvaluation, cause: Cause<'_>) -> Option<NewAlert> {
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
    let expected_value = match missed {
        Some(missed) => missed.target.bound.limit(),
        None => series.baseline?.center,
    };
    let current_value = missed.map_or(value, |missed| missed.value);
    let deviation_percent = match expected_value {
        0.0 => 0.0,
        expected => (current_value - expected) / expected.abs() * 100.0,
    };
    let context = &cause.run.context;
    Some(NewAlert {
        project: cause.run.project.clone(),
        series: series.key.clone(),
        branch: context.branch.clone(),
        target: missed.map(target_name),
        run: Some(cause.number),
        triggered_at: cause.now,
        severity,
        current_value,
        expected_value,
        expected_spread: series.baseline.map_or(0.0, |baseline| baseline.spread),
        deviation_percent,
        began: context.commit.as_ref().map(|commit| commit.hash.clone()),
    })
}

fn target_name(outcome: &TargetOutcome) -> String {
    let target = &outcome.target;
    target
        .id
        .clone()
        .unwrap_or_else(|| format!("{}#{}", target.benchmark, target.metric))
}

/// Why the alert is over, if it is: within `warn` of what was expected, or within one spread of it.
fn recovery(series: &SeriesEvaluation, alert: &Alert, policy: &Policy) -> Option<String> {
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
    let has_recovered = is_as_expected(value, alert, series.direction, policy)?;
    has_recovered.then(|| format!("recovered to {}", series.unit.human(value)))
}

/// Whether `value` is within `warn` of what the alert expected, or within one spread of it; `None` without a direction.
pub(crate) fn is_as_expected(
    value: f64,
    alert: &Alert,
    direction: Direction,
    policy: &Policy,
) -> Option<bool> {
    let distance = (value - alert.expected_value) * direction.worse_sign()?;
    let warn = policy.settings_for(&alert.series).warn.fraction().unwrap_or(0.0);
    Some(distance <= warn * alert.expected_value.abs() || distance <= alert.expected_spread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_analyse::{SeriesInput, evaluate};
    use plimsoll_model::{Context, Measurement, Metric, Outcome, Parameters, SeriesKey};

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
        let run = Run {
            id: "r".to_owned(),
            project: "p".to_owned(),
            suite: "fast".to_owned(),
            session: None,
            outcome: Outcome::Success,
            context: Context::new("t", Timestamp::UNIX_EPOCH),
            measurements: Vec::new(),
            allocators: Vec::new(),
            notes: Vec::new(),
            complaints: Vec::new(),
            unknown: std::collections::BTreeMap::new(),
        };
        let cause = Cause {
            run: &run,
            number: 3,
            now: Timestamp::UNIX_EPOCH,
        };
        let policy = Policy::default();
        alert_changes(&evaluate(&[input], &policy), live, &policy, cause)
    }

    fn live_alert() -> Alert {
        Alert {
            id: 7,
            triggered_at: Timestamp::UNIX_EPOCH,
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
        let recovered = resolved("recovered to 101 ns".to_owned(), Timestamp::UNIX_EPOCH);
        assert_eq!(
            changes(101.0, 100.0, &[live_alert()]),
            [AlertChange::Move(7, recovered)]
        );
        assert_eq!(changes(150.0, 150.0, &[live_alert()]), []);
    }
}
