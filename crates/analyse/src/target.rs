//! Absolute limits.

use plimsoll_model::{
    Baseline, Bound, Detector, Evidence, Finding, Measurement, Severity, Target, TargetOutcome, TargetStatus,
};

use crate::ladder::{distance_in_spreads, severity};

/// Holds `measurement` against `target`. The finding is absent when the target is met, when the value is over it by no more
/// than `warn`, and when the two cannot be compared.
pub(crate) fn judge_target(
    measurement: &Measurement,
    target: &Target,
    baseline: Option<&Baseline>,
) -> (TargetOutcome, Option<Finding>) {
    let items = match &target.per {
        None => Some(1.0),
        Some(noun) => measurement.items.get(noun).filter(|count| *count > 0.0),
    };
    let same_unit = target.unit.as_ref().is_none_or(|unit| unit.compares_with(&measurement.metric.unit));
    let Some(items) = items.filter(|_| same_unit) else {
        let outcome = TargetOutcome {
            target: target.clone(),
            value: measurement.value,
            status: TargetStatus::NotComparable,
            headroom: None,
        };
        return (outcome, None);
    };
    let value = measurement.value / items;
    let limit = target.bound.limit();
    let over = over_by(value, target.bound);
    let outcome = TargetOutcome {
        target: target.clone(),
        value,
        status: if over > 0.0 { TargetStatus::Over } else { TargetStatus::Met },
        headroom: headroom(value, target.bound),
    };
    let spreads = baseline.map(|baseline| distance_in_spreads(value, limit, baseline.spread / items));
    let severity = severity_past(over, spreads, target);
    let finding = severity.map(|severity| Finding {
        detector: Detector::Target,
        severity: Some(severity),
        evidence: Evidence::Target { over, spreads },
    });
    (outcome, finding)
}

/// How bad `value` is, in the unit of the limit, where the series spreads by `spread`.
pub(crate) fn target_severity(value: f64, target: &Target, spread: Option<f64>) -> Option<Severity> {
    let spreads = spread.map(|spread| distance_in_spreads(value, target.bound.limit(), spread));
    severity_past(over_by(value, target.bound), spreads, target)
}

/// The ladder with expected = target. Without a baseline nothing is known of the spread, and the sizes alone decide. A limit of
/// 0 % is hard: whatever is over it is an error at least.
fn severity_past(over: f64, spreads: Option<f64>, target: &Target) -> Option<Severity> {
    if over <= 0.0 {
        return None;
    }
    let is_hard = target.error.fraction() == Some(0.0);
    let climbed = match spreads {
        Some(spreads) => severity(over, spreads, target.warn, target.error),
        None => {
            severity(over, f64::INFINITY, target.warn, target.error).map(|found| found.min(Severity::Error))
        }
    };
    if is_hard { climbed.max(Some(Severity::Error)) } else { climbed }
}

/// How far past the limit, as a fraction of it; negative when within. Past a limit of zero is infinitely far.
fn over_by(value: f64, bound: Bound) -> f64 {
    let limit = bound.limit();
    let distance = match bound {
        Bound::Max(_) => value - limit,
        Bound::Min(_) => limit - value,
    };
    if distance == 0.0 {
        0.0
    } else if limit == 0.0 {
        distance.signum() * f64::INFINITY
    } else {
        distance / limit.abs()
    }
}

fn headroom(value: f64, bound: Bound) -> Option<f64> {
    let ratio = match bound {
        Bound::Max(limit) => limit / value,
        Bound::Min(limit) => value / limit,
    };
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::{Limit, Metric, Unit};

    fn target(bound: Bound) -> Target {
        Target {
            id: Some("APP-001".to_owned()),
            suite: None,
            benchmark: "startup".to_owned(),
            metric: "time".to_owned(),
            bound,
            unit: Some(Unit::NANOSECONDS),
            per: None,
            warn: Target::DEFAULT_WARN,
            error: Target::DEFAULT_ERROR,
        }
    }

    fn found(value: f64, target: &Target, spread: Option<f64>) -> (TargetStatus, Option<Severity>) {
        let measurement = Measurement::new("h", "startup", Metric::time(), value);
        let baseline = spread.map(|spread| Baseline { center: value, spread, runs: 20, confidence: 0.9 });
        let (outcome, finding) = judge_target(&measurement, target, baseline.as_ref());
        (outcome.status, finding.and_then(|finding| finding.severity))
    }

    #[test]
    fn a_little_over_is_ok_and_shown_as_over() {
        let target = target(Bound::Max(500.0));
        assert_eq!(found(480.0, &target, None), (TargetStatus::Met, None));
        assert_eq!(found(540.0, &target, None), (TargetStatus::Over, None));
        assert_eq!(found(560.0, &target, None), (TargetStatus::Over, Some(Severity::Warning)));
        assert_eq!(found(610.0, &target, None), (TargetStatus::Over, Some(Severity::Error)));
        assert_eq!(found(610.0, &target, Some(60.0)), (TargetStatus::Over, Some(Severity::Warning)));
        assert_eq!(found(610.0, &target, Some(10.0)), (TargetStatus::Over, Some(Severity::Critical)));
    }

    #[test]
    fn a_minimum_mirrors_a_maximum() {
        let target = target(Bound::Min(500.0));
        assert_eq!(found(500.0, &target, None), (TargetStatus::Met, None));
        assert_eq!(found(390.0, &target, None), (TargetStatus::Over, Some(Severity::Error)));
    }

    #[test]
    fn zero_per_cent_is_a_hard_limit() {
        let mut target = target(Bound::Max(500.0));
        target.error = Limit::Relative(0.0);
        target.warn = Limit::Relative(0.0);
        assert_eq!(found(500.1, &target, Some(400.0)), (TargetStatus::Over, Some(Severity::Error)));
        assert_eq!(found(500.0, &target, Some(400.0)), (TargetStatus::Met, None));
    }

    #[test]
    fn a_budget_is_for_each_item() {
        let mut target = target(Bound::Max(5.0));
        target.per = Some("pages".to_owned());
        let mut measurement = Measurement::new("h", "startup", Metric::time(), 480.0);
        assert_eq!(judge_target(&measurement, &target, None).0.status, TargetStatus::NotComparable);
        measurement.items.insert("pages".to_owned(), 100.0);
        let (outcome, _) = judge_target(&measurement, &target, None);
        assert_eq!((outcome.status, outcome.value), (TargetStatus::Met, 4.8));
    }

    #[test]
    fn a_rate_is_compared_whatever_the_harness_calls_its_items() {
        let mut target = target(Bound::Min(500.0));
        target.unit = Some(Unit::ITEMS_PER_SECOND);
        let mut measurement = Measurement::new("h", "startup", Metric::time(), 100.0);
        let mut status = |unit: &str| {
            measurement.metric.unit = Unit::normalise(unit).0;
            judge_target(&measurement, &target, None).0.status
        };
        assert_eq!(status("ops/s"), TargetStatus::Over);
        assert_eq!(status("bytes/s"), TargetStatus::NotComparable);
    }

    #[test]
    fn another_dimension_is_not_compared() {
        let mut target = target(Bound::Max(500.0));
        target.unit = Some(Unit::BYTES);
        assert_eq!(found(480.0, &target, None), (TargetStatus::NotComparable, None));
    }
}
