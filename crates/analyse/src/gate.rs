//! From verdict to exit code.

use std::collections::HashMap;

use plimsoll_model::{
    Alert, AlertState, Evaluation, FailOn, Gate, GateStatus, Policy, RunVerdict, SeriesEvaluation, SeriesKey,
    SeriesVerdict, Severity,
};

use crate::chance::{LEVEL, chance};
use crate::significance::is_suspected_of_closing;

/// Exit code of an open gate.
const PASS: u8 = 0;
/// Exit code of a gate that something closed.
const CLOSED: u8 = 1;
/// Exit code of a gate that only doubt closed.
const INCONCLUSIVE: u8 = 5;

/// Whether an alert holds the gate of its branch closed: it is open and its severity reaches the policy's gate level.
pub fn alert_closes_gate(alert: &Alert, policy: &Policy) -> bool {
    alert.state == AlertState::Open
        && policy.settings_for(&alert.series).gate.is_closed_by(Some(alert.severity))
}

/// Whether the series is worse than when the alert was opened, by more than the policy's error limit. Where nobody can tell
/// which way is worse, it is.
pub fn has_grown(series: &SeriesEvaluation, alert: &Alert, policy: &Policy) -> bool {
    let value = match &alert.target {
        Some(_) => series.target.as_ref().map(|outcome| outcome.value),
        None => series.value,
    };
    let (Some(value), Some(worse_sign)) = (value, series.direction.worse_sign()) else {
        return true;
    };
    let further = (value - alert.current_value) / alert.current_value.abs() * worse_sign;
    policy.settings_for(&series.key).error.is_exceeded_by(further)
}

/// The series that close the gate and that nobody took note of: no alert on them is acknowledged or muted, or they have grown
/// worse since.
pub fn closing_series<'a>(
    evaluation: &'a Evaluation,
    alerts: &[Alert],
    policy: &Policy,
) -> Vec<&'a SeriesEvaluation> {
    unnoted(evaluation, alerts, policy, |series| series.closes_gate)
}

/// The series that a second look is for: those that close the gate, and those that would if it showed the same again, or if the
/// whole run had not moved alike.
pub fn suspected_series<'a>(
    evaluation: &'a Evaluation,
    alerts: &[Alert],
    policy: &Policy,
) -> Vec<&'a SeriesEvaluation> {
    let suspects = evaluation.series.iter().filter(|series| is_suspected_of_closing(series)).count();
    let could_close = |series: &SeriesEvaluation| {
        is_suspected_of_closing(series)
            && series.suspicion.is_some_and(|suspicion| {
                let limit = LEVEL * suspects as f64 / evaluation.tested.max(1) as f64;
                suspicion.is_shared || chance(&suspicion.noise, suspicion.distance, 2) <= limit
            })
    };
    unnoted(evaluation, alerts, policy, |series| series.closes_gate || could_close(series))
}

/// Those of the series that nobody took note of.
fn unnoted<'a>(
    evaluation: &'a Evaluation,
    alerts: &[Alert],
    policy: &Policy,
    is_wanted: impl Fn(&SeriesEvaluation) -> bool,
) -> Vec<&'a SeriesEvaluation> {
    let mut noted: HashMap<&SeriesKey, Vec<&Alert>> = HashMap::new();
    for alert in alerts {
        if matches!(alert.state, AlertState::Acknowledged | AlertState::Muted) {
            noted.entry(&alert.series).or_default().push(alert);
        }
    }
    let is_noted = |series: &SeriesEvaluation| {
        noted
            .get(&series.key)
            .is_some_and(|alerts| alerts.iter().any(|alert| !has_grown(series, alert, policy)))
    };
    evaluation.series.iter().filter(|series| is_wanted(series) && !is_noted(series)).collect()
}

/// The policy's answer. `alerts` are the alerts of this branch that are not over; those that this run itself opened may be among
/// them. What somebody acknowledged does not close it.
pub fn gate(evaluation: &Evaluation, alerts: &[Alert], policy: &Policy, fail_on: FailOn) -> Gate {
    let closed = |because: String, exit_code| Gate {
        status: GateStatus::Closed,
        exit_code,
        because,
        alerts: Vec::new(),
    };
    let closing = if fail_on.regressed { closing_series(evaluation, alerts, policy) } else { Vec::new() };
    let closes = |alert: &&Alert| {
        fail_on.regressed
            && alert_closes_gate(alert, policy)
            && closing.iter().all(|series| series.key != alert.series)
    };
    let holding: Vec<&Alert> = alerts.iter().filter(closes).collect();
    let held_by = || holding.iter().map(|alert| alert.id).collect();
    if !closing.is_empty() {
        let worst = closing.iter().filter_map(|series| series.severity).max().unwrap_or(Severity::Error);
        let because = format!("{} regressed, severity {}", counted(closing.len()), worst.name());
        return Gate { alerts: held_by(), ..closed(because, CLOSED) };
    }
    if let Some(first) = holding.first() {
        return Gate { alerts: held_by(), ..closed(still_open(first, holding.len() - 1), CLOSED) };
    }
    if fail_on.missing && evaluation.counts.missing > 0 {
        return closed(format!("{} missing", counted(evaluation.counts.missing)), CLOSED);
    }
    let open_questions = evaluation.counts.inconclusive;
    if fail_on.inconclusive && (open_questions > 0 || evaluation.verdict == RunVerdict::Inconclusive) {
        return closed(
            if open_questions > 0 {
                format!("{} inconclusive", counted(open_questions))
            } else {
                "nothing could be compared".to_owned()
            },
            INCONCLUSIVE,
        );
    }
    let because = open_reason(evaluation);
    Gate { status: GateStatus::Open, exit_code: PASS, because, alerts: Vec::new() }
}

fn still_open(first: &Alert, others: usize) -> String {
    let id = first.id;
    let name = subject(first);
    match others {
        0 => format!("alert {id} on {name} is still open: acknowledge, resolve or accept it"),
        _ => format!(
            "alert {id} on {name} and {others} more are still open: acknowledge, resolve or accept them"
        ),
    }
}

/// What an alert is about, as people call it: its series, with its target where it is of one.
fn subject(alert: &Alert) -> String {
    let name = alert.series.short();
    match &alert.target {
        Some(target) => format!("{name} (target {target})"),
        None => name,
    }
}

fn open_reason(evaluation: &Evaluation) -> String {
    let counts = &evaluation.counts;
    let warnings =
        evaluation.series.iter().filter(|series| series.verdict == SeriesVerdict::Regressed).count();
    if warnings > 0 {
        format!("{} regressed, none of gate severity", counted(warnings))
    } else if let Some(shift) =
        evaluation.common_shift.filter(|_| evaluation.verdict == RunVerdict::Inconclusive)
    {
        format!("{} of {} series moved alike: nobody can tell machine from code yet", shift.moved, shift.of)
    } else if evaluation.verdict == RunVerdict::Inconclusive && counts.unchanged > 0 {
        format!("{} unchanged, {} in doubt", counted(counts.unchanged), counts.inconclusive)
    } else if evaluation.verdict == RunVerdict::Inconclusive {
        "nothing could be compared yet".to_owned()
    } else {
        format!("{} judged, none regressed", counted(counts.judged()))
    }
}

fn counted(count: usize) -> String {
    format!("{count} series")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SeriesInput, evaluate};
    use plimsoll_model::{Measurement, Metric, Parameters};

    fn key() -> SeriesKey {
        SeriesKey {
            suite: "fast".to_owned(),
            testbed: "t".to_owned(),
            benchmark: "parse".to_owned(),
            parameters: Parameters::new(),
            metric: "time".to_owned(),
        }
    }

    fn exit_code(value: f64, state: AlertState) -> u8 {
        gate_of(value, state).exit_code
    }

    fn gate_of(value: f64, state: AlertState) -> Gate {
        let measurement = Measurement::new("h", "parse", Metric::time(), value);
        let input = SeriesInput {
            history: vec![100.0, 101.0, 99.0, 100.0, 100.0, 102.0],
            ..SeriesInput::new(key(), &measurement)
        };
        let alert = Alert {
            id: 42,
            triggered_at: jiff::Timestamp::UNIX_EPOCH,
            severity: Severity::Error,
            series: key(),
            branch: Some("main".to_owned()),
            target: None,
            current_value: 150.0,
            expected_value: 100.0,
            expected_spread: 1.0,
            deviation_percent: 50.0,
            state,
            by: None,
            notes: None,
            began: None,
        };
        let policy = Policy::default();
        gate(&evaluate(&[input], &policy), &[alert], &policy, FailOn::default())
    }

    #[test]
    fn the_alert_that_holds_the_gate_closed_is_named() {
        let alerts = |value, state| gate_of(value, state).alerts;
        assert_eq!(alerts(100.0, AlertState::Open), [42]);
        assert!(alerts(150.0, AlertState::Open).is_empty(), "the run closes it itself");
        assert!(alerts(100.0, AlertState::Acknowledged).is_empty());
    }

    #[test]
    fn an_open_alert_keeps_the_gate_closed_though_the_baseline_has_moved() {
        assert_eq!(exit_code(100.0, AlertState::Open), 1);
        assert_eq!(exit_code(100.0, AlertState::Acknowledged), 0);
        assert_eq!(exit_code(100.0, AlertState::Resolved), 0);
    }

    #[test]
    fn an_acknowledged_regression_passes_until_it_grows() {
        assert_eq!(exit_code(150.0, AlertState::Acknowledged), 0);
        assert_eq!(exit_code(200.0, AlertState::Acknowledged), 1);
        assert_eq!(exit_code(150.0, AlertState::Resolved), 1);
    }
}
