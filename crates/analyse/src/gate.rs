//! From verdict to exit code.

use plimsoll_model::{
    Alert, AlertState, Evaluation, FailOn, Gate, GateStatus, Policy, RunVerdict, SeriesVerdict, Severity,
};

use crate::evaluate::closes_gate;

/// Exit code of an open gate.
const PASS: u8 = 0;
/// Exit code of a gate that something closed.
const CLOSED: u8 = 1;
/// Exit code of a gate that only doubt closed.
const INCONCLUSIVE: u8 = 5;

/// Whether an alert holds the gate of its branch closed: it is open and its severity reaches the policy's gate level.
pub fn alert_closes_gate(alert: &Alert, policy: &Policy) -> bool {
    alert.state == AlertState::Open
        && closes_gate(Some(alert.severity), policy.settings_for(&alert.series).gate)
}

/// The policy's answer. `alerts` are the alerts of this branch; those that this run itself opened may be among them.
pub fn gate(evaluation: &Evaluation, alerts: &[Alert], policy: &Policy, fail_on: FailOn) -> Gate {
    let closed = |because: String, exit_code| Gate {
        status: GateStatus::Closed,
        exit_code,
        because,
    };
    let closing: Vec<_> = evaluation
        .series
        .iter()
        .filter(|series| series.closes_gate)
        .collect();
    if fail_on.regressed && !closing.is_empty() {
        let worst = closing
            .iter()
            .filter_map(|series| series.severity)
            .max()
            .unwrap_or(Severity::Error);
        return closed(
            format!("{} regressed, severity {}", counted(closing.len()), worst.name()),
            CLOSED,
        );
    }
    if fail_on.regressed
        && let Some(alert) = alerts.iter().find(|alert| alert_closes_gate(alert, policy))
    {
        let because = format!(
            "alert {} on {} is still open: acknowledge, resolve or accept it",
            alert.id,
            alert.series.short()
        );
        return closed(because, CLOSED);
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
    Gate {
        status: GateStatus::Open,
        exit_code: PASS,
        because: open_reason(evaluation),
    }
}

fn open_reason(evaluation: &Evaluation) -> String {
    let counts = &evaluation.counts;
    let warnings = evaluation
        .series
        .iter()
        .filter(|series| series.verdict == SeriesVerdict::Regressed)
        .count();
    if warnings > 0 {
        format!("{} regressed, none of gate severity", counted(warnings))
    } else if evaluation.verdict == RunVerdict::Inconclusive {
        "nothing could be compared yet".to_owned()
    } else {
        format!("{} judged, none regressed", counted(counts.judged()))
    }
}

fn counted(count: usize) -> String {
    format!("{count} series")
}
