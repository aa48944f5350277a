//! The life of alerts: opened by a regression, resolved by recovery.

use std::collections::HashMap;

use jiff::Timestamp;
use plimsoll_analyse::{alert_closes_gate, has_grown};
use plimsoll_model::{
    Alert, AlertState, Detector, Direction, Evaluation, Evidence, Finding, Policy, Run, SeriesEvaluation,
    SeriesKey, Severity, TargetOutcome, TargetStatus,
};
use plimsoll_store::{AlertChange, AlertMove, NewAlert, RunNumber};

use crate::known_on_base::is_known_on_base;

/// Who moves alerts that move by themselves.
pub(crate) const MOVED_BY: &str = "plimsoll";

/// The run that changes alerts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause<'a> {
    pub(crate) run: &'a Run,
    pub(crate) number: RunNumber,
    pub(crate) lateness: Lateness,
    pub(crate) now: Timestamp,
}

/// Where a run stands among the runs of its branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lateness {
    /// None stands after it.
    Newest,
    /// Its commit has been measured again since: what it shows may be part of the commit, but its recovery is not the last word.
    EarlierOfItsCommit,
}

/// What `evaluation` does to the live alerts of its branch. An alert is held against what was expected when it was opened, not
/// against today's baseline: a regression does not go green by growing old.
pub(crate) fn alert_changes(
    evaluation: &Evaluation,
    live: &[Alert],
    policy: &Policy,
    cause: Cause<'_>,
) -> Vec<AlertChange> {
    let mut by_series: HashMap<&SeriesKey, Vec<&Alert>> = HashMap::new();
    for alert in live {
        by_series.entry(&alert.series).or_default().push(alert);
    }
    let mut changes = Vec::new();
    for series in &evaluation.series {
        let of_series = by_series.get(&series.key).map_or(&[][..], Vec::as_slice);
        for alert in of_series {
            if cause.lateness == Lateness::Newest
                && let Some(note) = recovery(series, alert, policy)
            {
                changes.push(AlertChange::Move(alert.id, resolved(note, cause.now)));
            }
        }
        let Some(mut new) = opening(series, cause) else {
            continue;
        };
        let same = of_series.iter().find(|alert| alert.target == new.target);
        match same {
            Some(alert) if is_outgrown(series, alert, policy) => {
                inherit(&mut new, alert);
                let note = format!("grew to {}", series.unit.human(new.current_value));
                changes.push(AlertChange::Move(alert.id, resolved(note, cause.now)));
                changes.push(AlertChange::Open(new));
            }
            Some(_) => {}
            None => changes.push(AlertChange::Open(new)),
        }
    }
    changes
}

/// Whether a live alert no longer says how bad it is: the series closes the gate now and the alert does not, or it has grown since
/// someone took note of it. Then another takes its place, which nobody has taken note of.
fn is_outgrown(series: &SeriesEvaluation, alert: &Alert, policy: &Policy) -> bool {
    match alert.state {
        AlertState::Open => series.closes_gate && !alert_closes_gate(alert, policy),
        _ => has_grown(series, alert, policy),
    }
}

/// What was expected before the first of the two is expected still: a baseline that has followed the level forgives nothing.
fn inherit(new: &mut NewAlert, alert: &Alert) {
    new.expected_value = alert.expected_value;
    new.expected_spread = alert.expected_spread;
    new.deviation_percent = deviation_percent(new.current_value, new.expected_value);
    new.began.clone_from(&alert.began);
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
    let severity =
        series.severity.filter(|severity| *severity >= Severity::Warning && !is_known_on_base(series))?;
    let value = series.value?;
    let worst = series.findings.iter().rfind(|finding| finding.severity == Some(severity))?;
    let missed = match worst.evidence {
        Evidence::Target { .. } => series.target.as_ref(),
        _ => None,
    };
    let expected_value = match missed {
        Some(missed) => missed.target.bound.limit(),
        None => series.baseline?.center,
    };
    let current_value = missed.map_or(value, |missed| missed.value);
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
        deviation_percent: deviation_percent(current_value, expected_value),
        began: context.commit.as_ref().map(|commit| commit.hash.clone()),
    })
}

fn deviation_percent(current: f64, expected: f64) -> f64 {
    match expected {
        0.0 => 0.0,
        expected => (current - expected) / expected.abs() * 100.0,
    }
}

fn target_name(outcome: &TargetOutcome) -> String {
    let target = &outcome.target;
    target.id.clone().unwrap_or_else(|| format!("{}#{}", target.benchmark, target.metric))
}

/// Why the alert is over, if it is: within `warn` of what was expected, or within one spread of it. What failed, or is measured in
/// another unit now, has not recovered.
fn recovery(series: &SeriesEvaluation, alert: &Alert, policy: &Policy) -> Option<String> {
    let value = series.value?;
    let says_nothing =
        |finding: &Finding| matches!(finding.evidence, Evidence::Failed | Evidence::UnitChanged { .. });
    if series.findings.iter().any(says_nothing) {
        return None;
    }
    if alert.target.is_some() {
        let outcome = series.target.as_ref()?;
        let how = match outcome.status {
            TargetStatus::Met => "the target is met again",
            TargetStatus::Over if !misses_target(series) => "within what the target allows again",
            _ => return None,
        };
        return Some(format!("{how} with {}", series.unit.human(outcome.value)));
    }
    let has_recovered = is_as_expected(value, alert, series.direction, policy)?;
    has_recovered.then(|| format!("recovered to {}", series.unit.human(value)))
}

fn misses_target(series: &SeriesEvaluation) -> bool {
    series.findings.iter().any(|finding| finding.detector == Detector::Target && finding.severity.is_some())
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
    use plimsoll_model::{Context, Measurement, Metric, Outcome, Parameters};

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
        changes_of(value, level, live, Lateness::Newest)
    }

    fn changes_of(value: f64, level: f64, live: &[Alert], lateness: Lateness) -> Vec<AlertChange> {
        let measurement = Measurement::new("h", "parse", Metric::time(), value);
        let history = [-1.0, 0.0, 1.0, 0.0, -1.0, 1.0].map(|wobble| level + wobble).to_vec();
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
        let cause = Cause { run: &run, number: 3, lateness, now: Timestamp::UNIX_EPOCH };
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
        assert_eq!(changes(101.0, 100.0, &[live_alert()]), [AlertChange::Move(7, recovered)]);
        assert_eq!(changes(150.0, 150.0, &[live_alert()]), []);
    }

    #[test]
    fn a_run_that_was_measured_again_resolves_nothing() {
        let of_earlier = |value, live: &[Alert]| changes_of(value, 100.0, live, Lateness::EarlierOfItsCommit);
        assert_eq!(of_earlier(101.0, &[live_alert()]), []);
        assert!(matches!(of_earlier(150.0, &[])[..], [AlertChange::Open(_)]));
    }

    #[test]
    fn a_warning_that_becomes_an_error_is_another_alert_held_against_the_same() {
        let warning = Alert { severity: Severity::Warning, current_value: 115.0, ..live_alert() };
        // The baseline has followed to 115 in the meantime.
        let grown = changes(150.0, 115.0, std::slice::from_ref(&warning));
        assert!(
            matches!(&grown[..], [AlertChange::Move(7, step), AlertChange::Open(new)]
                if step.state == AlertState::Resolved && new.severity == Severity::Critical
                    && new.expected_value == 100.0 && new.deviation_percent == 50.0),
            "{grown:?}"
        );
    }

    #[test]
    fn what_was_acknowledged_is_opened_again_when_it_grows() {
        let acknowledged = Alert { state: AlertState::Acknowledged, ..live_alert() };
        assert_eq!(changes(160.0, 100.0, std::slice::from_ref(&acknowledged)), []);
        let grown = changes(200.0, 100.0, &[acknowledged]);
        assert!(matches!(grown[..], [AlertChange::Move(7, _), AlertChange::Open(_)]), "{grown:?}");
    }
}
