//! The life of alerts: opened by a regression, dated by its change point, over when the level is back.

use std::collections::HashMap;

use jiff::Timestamp;
use plimsoll_analyse::{alert_closes_gate, change_severity, has_grown, trend_severity};
use plimsoll_model::{
    Alert, AlertState, Evidence, LevelChange, LevelTrend, Policy, Run, SeriesEvaluation, SeriesKey, Severity,
    TargetOutcome,
};
use plimsoll_model::{Detector, Evaluation};
use plimsoll_store::{AlertChange, AlertRefinement, NewAlert, RunNumber};

use crate::commit_line::CommitLine;
use crate::known_on_base::is_known_on_base;
use crate::recovery::{change_behind, ending, over};

/// Who moves alerts that move by themselves.
pub(crate) const MOVED_BY: &str = "plimsoll";

/// A change that so few values before gave away opens its alert still: values that arrived late may have moved the moment.
const NEWS_VALUES: usize = 5;

/// The run that changes alerts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause<'a> {
    pub(crate) run: &'a Run,
    pub(crate) number: RunNumber,
    pub(crate) lateness: Lateness,
    pub(crate) now: Timestamp,
    /// Where the commits stand at which alerts and changes began.
    pub(crate) line: &'a CommitLine,
}

/// Where a run stands among the runs of its branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lateness {
    /// None stands after it.
    Newest,
    /// Its commit has been measured again since: what it shows may be part of the commit, but its recovery is not the last word.
    EarlierOfItsCommit,
}

/// An alert that a series deserves.
struct Opening<'a> {
    new: NewAlert,
    /// The change point behind it.
    change: Option<&'a LevelChange>,
}

/// What `evaluation` does to the alerts of its branch: those that are `live`, and those that are `over` but may be about a change
/// that is seen again. An alert is held against what was expected when it was opened, not against today's baseline: a regression
/// does not go green by growing old.
pub(crate) fn alert_changes(
    evaluation: &Evaluation,
    live: &[Alert],
    over_before: &[Alert],
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
        let mut ended = Vec::new();
        for alert in of_series {
            if cause.lateness == Lateness::Newest
                && let Some(step) = ending(series, alert, policy, cause)
            {
                changes.push(AlertChange::Move(alert.id, step));
                ended.push(alert.id);
            }
        }
        for opening in openings(series, policy, cause) {
            let same = of_series.iter().find(|alert| alert.target == opening.new.target);
            match same {
                Some(alert) if ended.contains(&alert.id) => {}
                Some(alert) => changes.extend(meet(opening, alert, series, policy, cause)),
                None if is_settled(&opening, over_before, cause.line) => {}
                None => changes.push(AlertChange::Open(opening.new)),
            }
        }
    }
    changes
}

/// Whether a change point for the worse is news, so that it has an alert or deserves one.
pub(crate) fn news(series: &SeriesEvaluation) -> Option<&LevelChange> {
    let worse_sign = series.direction.worse_sign()?;
    series.value?;
    let last = series.level_changes.last().filter(|change| change.found_back <= NEWS_VALUES)?;
    ((last.after - last.before) * worse_sign > 0.0).then_some(last)
}

/// The change was alerted before, and it is over: somebody settled that alert, or it began at the very same commit.
fn is_settled(opening: &Opening<'_>, over_before: &[Alert], line: &CommitLine) -> bool {
    let Some(change) = opening.change else { return false };
    let new = &opening.new;
    if new.began.is_none() {
        // Without commits only the moment tells.
        return change.found_back > 0;
    }
    let is_same = |alert: &Alert| line.is_same(alert.began.as_deref(), new.began.as_deref()) == Some(true);
    over_before.iter().any(|alert| {
        let is_by_person = alert.by.as_deref() != Some(MOVED_BY);
        alert.series == new.series
            && alert.target.is_none()
            && (alert.began == new.began || is_by_person && is_same(alert))
    })
}

/// What a finding does to the live alert of its series: it says more of it, takes its place, or nothing new.
fn meet(
    opening: Opening<'_>,
    alert: &Alert,
    series: &SeriesEvaluation,
    policy: &Policy,
    cause: Cause<'_>,
) -> Vec<AlertChange> {
    let Opening { mut new, change } = opening;
    let is_same = cause.line.is_same(new.began.as_deref(), alert.began.as_deref()).unwrap_or(true);
    if change.is_some() && is_same {
        let refinement = AlertRefinement {
            severity: new.severity.max(alert.severity),
            began: new.began,
            at: cause.now,
            by: MOVED_BY.to_owned(),
            note: "dated by its change point".to_owned(),
        };
        return vec![AlertChange::Refine(alert.id, refinement)];
    }
    if change.is_none() && !is_outgrown(series, &new, alert, policy) {
        return Vec::new();
    }
    // The level has followed an alert whose change is confirmed: what is found now began later.
    let is_further = !is_same && (change.is_some() || change_behind(series, alert, cause.line).is_some());
    inherit(&mut new, alert, is_further, policy, change);
    let note = format!("grew to {}", series.unit.human(new.current_value));
    vec![AlertChange::Move(alert.id, over(AlertState::Resolved, note, cause.now)), AlertChange::Open(new)]
}

/// Whether a live alert no longer says how bad it is: the series closes the gate now and the alert does not, a mere remark has
/// become a regression, or it has grown since someone took note of it. Then another takes its place, which nobody has taken note
/// of.
fn is_outgrown(series: &SeriesEvaluation, new: &NewAlert, alert: &Alert, policy: &Policy) -> bool {
    match alert.state {
        AlertState::Open => {
            series.closes_gate && !alert_closes_gate(alert, policy)
                || alert.severity == Severity::Info && new.severity > Severity::Info
        }
        _ => has_grown(series, alert, policy),
    }
}

/// What was expected before the first of two alerts is expected still, unless somebody took note of it and this is another change:
/// a baseline that has followed the level forgives nothing.
fn inherit(
    new: &mut NewAlert,
    alert: &Alert,
    is_further: bool,
    policy: &Policy,
    change: Option<&LevelChange>,
) {
    if !is_further {
        new.began.clone_from(&alert.began);
    } else if alert.state != AlertState::Open {
        return;
    }
    new.expected_value = alert.expected_value;
    new.expected_spread = alert.expected_spread;
    new.deviation_percent = deviation_percent(new.current_value, new.expected_value);
    if let Some(change) = change {
        let all = LevelChange { before: new.expected_value, ..change.clone() };
        let settings = policy.settings_for(&new.series);
        new.severity = new.severity.max(change_severity(&all, new.expected_spread, &settings));
    }
}

/// The alerts a series deserves: one where it regressed by a warning or more against its target or baseline, one where its level
/// moved for the worse by however little. The same regression seen both ways is one.
fn openings<'a>(series: &'a SeriesEvaluation, policy: &Policy, cause: Cause<'_>) -> Vec<Opening<'a>> {
    if is_known_on_base(series) {
        return Vec::new();
    }
    let by_value = value_opening(series, cause);
    let by_level = level_opening(series, policy, cause);
    match (by_value, by_level) {
        (Some(of_value), Some(mut of_level)) if of_value.new.target.is_none() => {
            of_level.new.severity = of_level.new.severity.max(of_value.new.severity);
            vec![of_level]
        }
        (of_value, of_level) => {
            let is_said =
                of_level.is_some() || of_value.as_ref().is_some_and(|of_value| of_value.new.target.is_none());
            let by_trend = if is_said { None } else { trend_opening(series, policy, cause) };
            of_value.into_iter().chain(of_level).chain(by_trend).collect()
        }
    }
}

fn value_opening<'a>(series: &SeriesEvaluation, cause: Cause<'_>) -> Option<Opening<'a>> {
    let of_value = || {
        let is_of_level = |detector| matches!(detector, Detector::ChangePoint | Detector::Trend);
        series.findings.iter().filter(move |finding| !is_of_level(finding.detector))
    };
    let severity = of_value().filter_map(|finding| finding.severity).max()?;
    if severity < Severity::Warning {
        return None;
    }
    let worst = of_value().rfind(|finding| finding.severity == Some(severity))?;
    let missed = match worst.evidence {
        Evidence::Target { .. } => series.target.as_ref(),
        _ => None,
    };
    let expected_value = match missed {
        Some(missed) => missed.target.bound.limit(),
        None => series.baseline?.center,
    };
    let current_value = missed.map_or(series.value, |missed| Some(missed.value))?;
    let new = NewAlert {
        target: missed.map(target_name),
        severity,
        current_value,
        expected_value,
        deviation_percent: deviation_percent(current_value, expected_value),
        ..bare(series, cause)
    };
    Some(Opening { new, change: None })
}

fn level_opening<'a>(series: &'a SeriesEvaluation, policy: &Policy, cause: Cause<'_>) -> Option<Opening<'a>> {
    let change = news(series)?;
    // What its base brought is not the branch's doing.
    if !cause.line.is_own() {
        return None;
    }
    let blank = bare(series, cause);
    let severity = change_severity(change, blank.expected_spread, &policy.settings_for(&series.key));
    let new = NewAlert {
        severity,
        current_value: change.after,
        expected_value: change.before,
        deviation_percent: deviation_percent(change.after, change.before),
        began: change.began.clone(),
        ..blank
    };
    Some(Opening { new, change: Some(change) })
}

/// A trend for the worse that the judged value gave away. It reaches from where the trend began to where it is now.
fn trend_opening<'a>(series: &SeriesEvaluation, policy: &Policy, cause: Cause<'_>) -> Option<Opening<'a>> {
    let trend = trend_news(series)?;
    // What its base brought is not the branch's doing.
    if !cause.line.is_own() {
        return None;
    }
    let new = NewAlert {
        severity: trend_severity(trend, &policy.settings_for(&series.key)),
        current_value: trend.after,
        expected_value: trend.before,
        deviation_percent: deviation_percent(trend.after, trend.before),
        began: trend.began.clone(),
        ..bare(series, cause)
    };
    Some(Opening { new, change: None })
}

/// Whether a trend for the worse is news: the judged value gave it away.
pub(crate) fn trend_news(series: &SeriesEvaluation) -> Option<&LevelTrend> {
    series.value?;
    worse_trend(series).filter(|trend| trend.found_back == 0)
}

/// The trend for the worse that the series is on.
pub(crate) fn worse_trend(series: &SeriesEvaluation) -> Option<&LevelTrend> {
    let worse_sign = series.direction.worse_sign()?;
    series.level_trend.as_ref().filter(|trend| trend.slope * worse_sign > 0.0)
}

/// An alert without its numbers.
fn bare(series: &SeriesEvaluation, cause: Cause<'_>) -> NewAlert {
    let context = &cause.run.context;
    NewAlert {
        project: cause.run.project.clone(),
        series: series.key.clone(),
        branch: context.branch.clone(),
        target: None,
        run: Some(cause.number),
        triggered_at: cause.now,
        severity: Severity::Info,
        current_value: 0.0,
        expected_value: 0.0,
        expected_spread: series.baseline.map_or(0.0, |baseline| baseline.spread),
        deviation_percent: 0.0,
        began: first_of_row(series).or_else(|| context.commit.as_ref().map(|commit| commit.hash.clone())),
    }
}

/// The commit of the first of the runs in a row that show what is judged, if it takes several to tell.
fn first_of_row(series: &SeriesEvaluation) -> Option<String> {
    series.findings.iter().find_map(|finding| match &finding.evidence {
        Evidence::SeenInARow { began, .. } => began.clone(),
        _ => None,
    })
}

pub(crate) fn deviation_percent(current: f64, expected: f64) -> f64 {
    match expected {
        0.0 => 0.0,
        expected => (current - expected) / expected.abs() * 100.0,
    }
}

/// What an alert calls its target: its id, else what it is for.
pub(crate) fn target_name(outcome: &TargetOutcome) -> String {
    let target = &outcome.target;
    target.id.clone().unwrap_or_else(|| format!("{}#{}", target.benchmark, target.metric))
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
        let input = SeriesInput { history, ..SeriesInput::new(key(), &measurement) };
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
        let line = CommitLine::default();
        let cause = Cause { run: &run, number: 3, lateness, now: Timestamp::UNIX_EPOCH, line: &line };
        let policy = Policy::default();
        alert_changes(&evaluate(&[input], &policy), live, &[], &policy, cause)
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
        let note = "recovered to 101 ns".to_owned();
        let recovered = over(AlertState::Resolved, note, Timestamp::UNIX_EPOCH);
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
