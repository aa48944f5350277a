//! A history judged again, value by value: which alerts would have been raised when, for which change.
//!
//! Change points, trends, targets and the plain threshold raise alerts. The ladder alone raises none: a single value cannot tell an
//! outlier from a change, where `run` looks twice a replay cannot, and what stands beyond the ladder for good is a change
//! point a few values later.

use std::borrow::Cow;

use plimsoll_model::{
    Detector, Direction, Replayed, ReplayedAlert, ReplayedChangePoint, Settings, Severity, Target,
};

use crate::change_point::{ChangePoint, Watch, change_points};
use crate::ladder::{distance_in_spreads, found_severity};
use crate::stats::{median, scaled_mad};
use crate::target::target_severity;
use crate::threshold;
use crate::trend;

/// Findings about changes that began within so many values of each other are about one change.
const SAME_CHANGE: usize = 5;
/// How many values after an alert hindsight looks whether the change is still there.
const LOOKS_BACK: [usize; 3] = [10, 20, 30];
/// Hindsight needs no more values before a change than this.
const BEFORE_A_CHANGE: usize = 300;

/// A series to judge again.
#[derive(Debug, Clone, Copy)]
pub struct ReplayInput<'a> {
    /// The values in commit order, oldest first. What is not finite keeps its place and is left out.
    pub values: &'a [f64],
    /// Which way is better.
    pub direction: Direction,
    /// What to look for and how big it must be.
    pub settings: &'a Settings,
    /// The absolute limit that holds for the series, in the unit of the values; one for each item is left out.
    pub target: Option<&'a Target>,
}

/// Judges a series as it would have been judged with every value that came. What is said at a value depends on it and those
/// before it alone, but for `withdrawn_at`. A series without direction has change points and no alerts.
pub fn replay(input: &ReplayInput<'_>) -> Replayed {
    let worsening = Worsening::of(input);
    let mut alerts = match input.direction {
        Direction::None => Vec::new(),
        _ => Replay::new(*input, &worsening).run(),
    };
    for alert in alerts.iter_mut().filter(|alert| alert.detector == Detector::ChangePoint) {
        alert.withdrawn_at = withdrawn_at(&worsening.values, alert);
    }
    for alert in &mut alerts {
        alert.difference *= worsening.sign;
        alert.change = alert.change.map(|change| change * worsening.sign);
    }
    Replayed { alerts, change_points: worsening.change_points() }
}

/// The change points of a series seen from its end: the half of [`replay()`] that has hindsight.
pub fn retrospect(input: &ReplayInput<'_>) -> Replayed {
    Replayed { alerts: Vec::new(), change_points: Worsening::of(input).change_points() }
}

/// The values turned so that up is worse: a series of which higher is better is judged as the mirror image of one of which
/// lower is, exactly.
struct Worsening<'a> {
    sign: f64,
    values: Cow<'a, [f64]>,
}

impl<'a> Worsening<'a> {
    fn of(input: &ReplayInput<'a>) -> Self {
        match input.direction {
            Direction::Higher => {
                Self { sign: -1.0, values: input.values.iter().map(|value| -value).collect() }
            }
            Direction::Lower | Direction::None => Self { sign: 1.0, values: input.values.into() },
        }
    }

    fn change_points(&self) -> Vec<ReplayedChangePoint> {
        let shown = |point: &ChangePoint| ReplayedChangePoint {
            index: point.index,
            change: point.change().map(|change| change * self.sign),
            difference: (point.after - point.before) * self.sign,
            confidence: point.confidence(),
        };
        change_points(&self.values).iter().map(shown).collect()
    }
}

/// A series on its way through.
struct Replay<'a> {
    settings: &'a Settings,
    target: Option<&'a Target>,
    worsening: &'a Worsening<'a>,
    watch: Watch,
    trends: trend::Watch,
    /// Where the present level began: what stands before it is no baseline.
    level_start: usize,
    /// The newest value was past the threshold: as long as that lasts, it is one alert.
    is_past_threshold: bool,
    /// The same of the target.
    is_past_target: bool,
    alerts: Vec<ReplayedAlert>,
}

impl<'a> Replay<'a> {
    fn new(input: ReplayInput<'a>, worsening: &'a Worsening<'a>) -> Self {
        Self {
            settings: input.settings,
            target: input.target.filter(|target| target.per.is_none()),
            worsening,
            watch: Watch::new(),
            trends: trend::Watch::new(),
            level_start: 0,
            is_past_threshold: false,
            is_past_target: false,
            alerts: Vec::new(),
        }
    }

    /// Every alert that is raised on the way.
    fn run(mut self) -> Vec<ReplayedAlert> {
        for (at, value) in self.worsening.values.iter().enumerate() {
            if value.is_finite() {
                self.try_target(at, *value);
                self.try_threshold(at, *value);
            }
            self.watch_for_changes(at, *value);
            self.watch_for_trends(*value);
        }
        self.alerts
    }

    /// A change for the worse is an alert; from any change on the baseline starts anew.
    fn watch_for_changes(&mut self, at: usize, value: f64) {
        let Some(point) = self.watch.push(value) else { return };
        let before = self.finite(self.level_start.min(point.index), point.index);
        self.level_start = point.index;
        if point.after <= point.before || !self.settings.uses(Detector::ChangePoint) {
            return;
        }
        let spreads = distance_in_spreads(point.after, point.before, spread_of(&before));
        let relative = point.change().unwrap_or(f64::INFINITY);
        let severity = match self.settings.is_noticeable(point.after - point.before) {
            true => found_severity(relative, spreads, self.settings.warn, self.settings.error),
            false => Severity::Info,
        };
        self.raise((at, point.index), (point.before, point.after), severity, Detector::ChangePoint);
    }

    /// A slow rise is an alert once, from where it began to where it is found. Never critical: it came slowly.
    fn watch_for_trends(&mut self, value: f64) {
        let is_wanted = self.settings.uses(Detector::Trend);
        let Some(trend) = is_wanted.then(|| self.trends.push(value)).flatten() else { return };
        if trend.slope > 0.0 {
            let worsening = trend.change().unwrap_or(f64::INFINITY);
            let severity = match self.settings.is_noticeable(trend.after - trend.before) {
                true => found_severity(worsening, 0.0, self.settings.warn, self.settings.error),
                false => Severity::Info,
            };
            self.raise((trend.at, trend.began), (trend.before, trend.after), severity, Detector::Trend);
        }
    }

    /// Past the absolute limit: one alert as long as it lasts.
    fn try_target(&mut self, at: usize, value: f64) {
        let Some(target) = self.target.filter(|_| self.settings.uses(Detector::Target)) else { return };
        let sign = self.worsening.sign;
        let before = self.finite(self.level_start, at);
        let spread = (!before.is_empty()).then(|| spread_of(&before));
        let severity = target_severity(value * sign, target, spread);
        let was_past = std::mem::replace(&mut self.is_past_target, severity.is_some());
        if let Some(severity) = severity.filter(|_| !was_past) {
            self.raise((at, at), (target.bound.limit() * sign, value), severity, Detector::Target);
        }
    }

    /// Plain per cent against the baseline's centre: one alert as long as it lasts.
    fn try_threshold(&mut self, at: usize, value: f64) {
        if !self.settings.uses(Detector::Threshold) {
            return;
        }
        let Some(center) = median(&self.finite(self.level_start, at)) else { return };
        let worsening = Some((value - center) / center.abs()).filter(|worsening| worsening.is_finite());
        let passed = worsening
            .and_then(|worsening| threshold::severity(worsening, self.settings.warn, self.settings.error));
        let was_past = std::mem::replace(&mut self.is_past_threshold, passed.is_some());
        if let Some((severity, _)) = passed.filter(|_| !was_past) {
            self.raise((at, at), (center, value), severity, Detector::Threshold);
        }
    }

    /// The newest values among `from..to` that make a baseline.
    fn finite(&self, from: usize, to: usize) -> Vec<f64> {
        let newest = self.worsening.values[from..to].iter().rev().copied().filter(|value| value.is_finite());
        newest.take(self.settings.baseline.window).collect()
    }

    /// An alert, unless one was raised for the same change. What a target says is another matter than what changed.
    fn raise(
        &mut self,
        (at, began): (usize, usize),
        (before, after): (f64, f64),
        severity: Severity,
        detector: Detector,
    ) {
        let recent = self.alerts.iter().rev().take_while(|alert| alert.at + SAME_CHANGE >= began);
        let is_about_target = detector == Detector::Target;
        let mut of_kind = recent.filter(|alert| (alert.detector == Detector::Target) == is_about_target);
        if of_kind.any(|alert| alert.began.abs_diff(began) <= SAME_CHANGE) {
            return;
        }
        let difference = after - before;
        let change = Some(difference / before.abs()).filter(|change| change.is_finite());
        self.alerts.push(ReplayedAlert {
            at,
            began,
            change,
            difference,
            severity,
            detector,
            withdrawn_at: None,
        });
    }
}

/// The spread of a baseline. Of values of which most are zero, half of the largest stands for it.
fn spread_of(values: &[f64]) -> f64 {
    let center = median(values).unwrap_or(0.0);
    let spread = scaled_mad(values, center);
    if center != 0.0 || spread > 0.0 {
        return spread;
    }
    values.iter().fold(0.0_f64, |widest, value| widest.max(value.abs())) / 2.0
}

/// The first value with which hindsight does not find the change any more; looked for 10, 20 and 30 values after the alert.
fn withdrawn_at(values: &[f64], alert: &ReplayedAlert) -> Option<usize> {
    let start = alert.began.saturating_sub(BEFORE_A_CHANGE);
    let is_found_at = |at: usize| {
        let found = change_points(&values[start..=at]);
        found.iter().any(|point| (start + point.index).abs_diff(alert.began) <= SAME_CHANGE)
    };
    let looks = LOOKS_BACK.into_iter().map(|later| alert.at + later);
    looks.take_while(|at| *at < values.len()).find(|at| !is_found_at(*at))
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
