//! When an alert is over: its level came back.

use jiff::Timestamp;
use plimsoll_model::{
    Alert, AlertState, Detector, Direction, Evidence, Finding, LevelChange, Policy, SeriesEvaluation,
    Severity, TargetStatus,
};
use plimsoll_store::AlertMove;

use crate::alerts::{Cause, MOVED_BY, deviation_percent, target_name, worse_trend};
use crate::commit_line::CommitLine;

/// Values that a level must have held before a change can be told from an outlier.
const FEWEST_BEFORE: usize = 8;
/// What so many runs in a row have shown was no outlier: a second look is one of them.
const CONFIRMING_RUNS: usize = 2;
/// So many values may be good again before an alert is over.
const MOST_GOOD_AGAIN: usize = 4;
/// A value so many spreads off a level does not belong to it.
pub(crate) const OFF_LEVEL_SPREADS: f64 = 3.0;

/// The step that ends a live alert, if the newest run of its branch shows that it is over. A change that lasted, or that more than one run
/// showed, is resolved; where a single run showed it and hindsight finds no change where the alert began, it is withdrawn. What failed, or is measured in another unit now, ends
/// nothing.
pub(crate) fn ending(
    series: &SeriesEvaluation,
    alert: &Alert,
    policy: &Policy,
    cause: Cause<'_>,
) -> Option<AlertMove> {
    let value = series.value?;
    let says_nothing =
        |finding: &Finding| matches!(finding.evidence, Evidence::Failed | Evidence::UnitChanged { .. });
    if series.findings.iter().any(says_nothing) {
        return None;
    }
    if alert.target.is_some() {
        let met = || target_met(series).map(|note| over(AlertState::Resolved, note, cause.now));
        return if is_orphan(series, alert) { orphan_ending(alert, cause.now) } else { met() };
    }
    if worse_trend(series).is_some() {
        // One good value is no end of a slow rise.
        return None;
    }
    let confirmed = change_behind(series, alert, cause.line);
    let needs_level = alert.severity == Severity::Info || confirmed.is_some();
    let is_back = if needs_level {
        level_is_back(series, alert, value, policy, cause.line)?
            || confirmed.is_none() && was_never_left(series, alert, value, policy)
    } else {
        is_as_expected(value, alert, series.direction, policy)?
    };
    if !is_back {
        return None;
    }
    let value = series.unit.human(value);
    let uses_changes = policy.settings_for(&series.key).uses(Detector::ChangePoint);
    let lasted = confirmed.is_some_and(|change| change.holds);
    let was_seen_again = runs_in_a_row(&series.history, alert, series.direction, policy) >= CONFIRMING_RUNS;
    if !lasted && !was_seen_again && uses_changes && would_have_been_found(series, alert, cause.line) {
        let note = format!("back at {value}, and no other run showed it: an outlier, or undone at once");
        return Some(over(AlertState::Withdrawn, note, cause.now));
    }
    Some(over(AlertState::Resolved, format!("recovered to {value}"), cause.now))
}

/// Whether the alert is of a target that is gone: its series was measured, and another target or none was held against it.
pub(crate) fn is_orphan(series: &SeriesEvaluation, alert: &Alert) -> bool {
    let held = series.target.as_ref().map(target_name);
    let has_failed = series.findings.iter().any(|finding| matches!(finding.evidence, Evidence::Failed));
    alert.target.is_some() && series.value.is_some() && !has_failed && held != alert.target
}

/// The step that ends an alert of a target that is gone; `None` for an alert of no target.
pub fn orphan_ending(alert: &Alert, now: Timestamp) -> Option<AlertMove> {
    alert.target.as_ref().map(|_| over(AlertState::Resolved, "the target is gone".to_owned(), now))
}

pub(crate) fn over(state: AlertState, note: String, now: Timestamp) -> AlertMove {
    AlertMove { state, at: now, by: Some(MOVED_BY.to_owned()), note: Some(note), until: None }
}

/// Whether `value` is as good as what the alert expected: within `warn` of it or within one spread; where the alert is about less
/// than `warn`, nearer to it than to what opened the alert. `None` without a direction.
pub(crate) fn is_as_expected(
    value: f64,
    alert: &Alert,
    direction: Direction,
    policy: &Policy,
) -> Option<bool> {
    let worse_sign = direction.worse_sign()?;
    let distance = (value - alert.expected_value) * worse_sign;
    let warn = policy.settings_for(&alert.series).warn.fraction().unwrap_or(0.0) * alert.expected_value.abs();
    if alert.severity == Severity::Info {
        let halfway = (alert.current_value - alert.expected_value) * worse_sign / 2.0;
        return Some(distance <= warn.min(halfway));
    }
    Some(distance <= warn || distance <= alert.expected_spread)
}

/// The change for the worse that history shows where the alert began.
pub(crate) fn change_behind<'a>(
    series: &'a SeriesEvaluation,
    alert: &Alert,
    line: &CommitLine,
) -> Option<&'a LevelChange> {
    let worse_sign = series.direction.worse_sign()?;
    series.level_changes.iter().find(|change| {
        (change.after - change.before) * worse_sign > 0.0
            && line.is_same(change.began.as_deref(), alert.began.as_deref()) == Some(true)
    })
}

fn target_met(series: &SeriesEvaluation) -> Option<String> {
    let outcome = series.target.as_ref()?;
    let misses = series
        .findings
        .iter()
        .any(|finding| finding.detector == Detector::Target && finding.severity.is_some());
    let how = match outcome.status {
        TargetStatus::Met => "the target is met again",
        TargetStatus::Over if !misses => "within what the target allows again",
        _ => return None,
    };
    Some(format!("{how} with {}", series.unit.human(outcome.value)))
}

/// Whether a confirmed change is undone: by a change point back, or by the newest two values where the change was so large that
/// both stand clear of it.
fn level_is_back(
    series: &SeriesEvaluation,
    alert: &Alert,
    value: f64,
    policy: &Policy,
    line: &CommitLine,
) -> Option<bool> {
    let worse_sign = series.direction.worse_sign()?;
    let is_back = |value| is_as_expected(value, alert, series.direction, policy) == Some(true);
    let began = line.position(alert.began.as_deref());
    let has_changed_back = series.level_changes.last().is_some_and(|change| {
        (change.after - change.before) * worse_sign < 0.0
            && (began.is_none() || line.position(change.began.as_deref()) > began)
            && is_back(change.after)
    });
    if has_changed_back {
        return Some(true);
    }
    let is_clear = |value: f64| {
        is_back(value)
            && (alert.current_value - value) * worse_sign > OFF_LEVEL_SPREADS * alert.expected_spread
    };
    let size = deviation_percent(alert.current_value, alert.expected_value) / 100.0 * worse_sign;
    let is_large = policy.settings_for(&alert.series).warn.is_exceeded_by(size);
    let previous = series.history.last();
    Some(is_large && is_clear(value) && previous.is_some_and(|previous| is_clear(*previous)))
}

/// Whether a change that hindsight does not find left nothing behind: the baseline and the newest two values are as expected.
fn was_never_left(series: &SeriesEvaluation, alert: &Alert, value: f64, policy: &Policy) -> bool {
    let center = series.baseline.map(|baseline| baseline.center);
    let seen = [center, series.history.last().copied(), Some(value)];
    seen.into_iter().all(|value| {
        value.is_some_and(|value| is_as_expected(value, alert, series.direction, policy) == Some(true))
    })
}

/// How many runs in a row showed what the alert is about, lately: `values` up to now, oldest first, the newest few of which may be
/// good again.
pub(crate) fn runs_in_a_row(values: &[f64], alert: &Alert, direction: Direction, policy: &Policy) -> usize {
    let is_off = |value: &f64| is_as_expected(*value, alert, direction, policy) == Some(false);
    let good_again = values.iter().rev().take(MOST_GOOD_AGAIN + 1).position(is_off);
    let Some(good_again) = good_again else { return 0 };
    values.iter().rev().skip(good_again).take_while(|value| is_off(value)).count()
}

/// Whether there was enough of a level before the alert began to see a change from it.
fn would_have_been_found(series: &SeriesEvaluation, alert: &Alert, line: &CommitLine) -> bool {
    let Some(began) = line.position(alert.began.as_deref()) else {
        return false;
    };
    let changes = series.level_changes.iter().filter_map(|change| line.position(change.began.as_deref()));
    let level_start = changes.filter(|start| *start < began).max().unwrap_or(0);
    began - level_start >= FEWEST_BEFORE
}
