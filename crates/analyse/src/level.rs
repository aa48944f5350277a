//! The level a series is on: what stands before its last change point enters no baseline.

use plimsoll_model::{
    Baseline, Detector, Evidence, Finding, LevelChange, LevelTrend, Outcome, Settings, Severity,
};

use crate::change_point::{ChangePoint, Detection, change_points};
use crate::ladder::{distance_in_spreads, found_severity, severity};
use crate::level_values::LevelValues;
use crate::series_input::SeriesInput;
use crate::stats::{NORMAL_CONSISTENCY, median, scaled_mad};
use crate::steady::detections_unless_steady;
use crate::trend::{self, Trend};

/// How many earlier values of a series are looked at for its change points.
pub const HISTORY: usize = 128;

/// Change points so many values apart may be one change.
const SAME_CHANGE_VALUES: usize = 5;
/// A level that held for so many values was no outlier.
const LASTING_VALUES: usize = 8;
/// By how much the spread of values on one level may exceed what the steps between neighbours lead to expect.
const RESTLESS: f64 = 2.0;

impl SeriesInput<'_> {
    /// Makes values on one level the history.
    pub fn hold_against(&mut self, values: LevelValues, settings: &Settings) {
        self.level.carried = values.carried;
        self.level.spread_runs = match values.carried {
            0 => 0,
            _ => values.values.len().min(settings.baseline.window),
        };
        self.history = values.values;
    }

    /// Cuts the history to the level that the judged value is held against: from the last change point on, with what earlier levels
    /// say of its spread. A change that the judged value itself gives away ends the history instead, so that the value is held
    /// against the level before.
    ///
    /// `continues` says that the judged value is the next one of the history; where it is not (a branch held against its
    /// base), it takes no part in finding change points. Nothing happens where the settings use no change points.
    pub fn keep_level(&mut self, settings: &Settings, continues: bool) {
        let newest = self.history.len();
        let next = self.measurement.filter(|next| continues && next.outcome == Outcome::Success);
        let mut values = std::mem::take(&mut self.history);
        values.extend(next.map(|next| next.value));
        if settings.uses(Detector::Trend) && next.is_some() {
            self.level.trend = trend::newest(&values).map(|trend| level_trend(&trend, newest));
        }
        if !settings.uses(Detector::ChangePoint) {
            values.truncate(newest);
            self.history = values;
            return;
        }
        let found = detections_unless_steady(&values);
        if !found.is_empty() {
            let lasting = with_hindsight(&found, &values);
            let change = |(found, holds): (&Detection, &Option<ChangePoint>)| LevelChange {
                found_back: newest - found.at,
                holds: holds.is_some(),
                ..level_change(&found.point, newest)
            };
            self.level.changes = found.iter().zip(&lasting).map(change).collect();
        }
        values.truncate(newest);
        let starts: Vec<usize> = found.iter().filter(|detection| detection.at < newest).map(began).collect();
        let end = found.iter().find(|detection| detection.at == newest).map_or(newest, began);
        self.level.behind = newest - end;
        if starts.is_empty() && end == newest {
            self.history = values;
        } else {
            self.hold_against(LevelValues::of(&values[..end], &starts, settings), settings);
            self.level.whole = values;
        }
    }
}

/// The change points that hindsight keeps, dated by it: those that it finds too, those whose level held, and the newest while
/// nothing came after it.
pub fn lasting_changes(values: &[f64]) -> Vec<ChangePoint> {
    let found = detections_unless_steady(values);
    if found.is_empty() {
        return Vec::new();
    }
    let mut seen = with_hindsight(&found, values);
    if let (Some(point), Some(newest)) = (seen.last_mut(), found.last()) {
        point.get_or_insert(newest.point);
    }
    let mut lasting: Vec<ChangePoint> = seen.into_iter().flatten().collect();
    lasting.dedup_by_key(|point| point.index);
    lasting
}

/// What hindsight makes of each detection; `None` of an outlier.
fn with_hindsight(found: &[Detection], values: &[f64]) -> Vec<Option<ChangePoint>> {
    let seen = change_points(values);
    let ends = found.iter().skip(1).map(began).chain([values.len()]);
    let kept = found.iter().zip(ends).map(|(found, end)| {
        let point = found.point;
        let again = seen.iter().copied().find(|other| is_same_change(&point, other));
        again.or((end - point.index >= LASTING_VALUES).then_some(point))
    });
    kept.collect()
}

/// The values from the last change point on, with what earlier levels say of their spread.
pub fn newest_level_values(values: &[f64], settings: &Settings) -> LevelValues {
    let starts: Vec<usize> = detections_unless_steady(values).iter().map(began).collect();
    LevelValues::of(values, &starts, settings)
}

/// The values from the last change point on.
pub fn newest_level(values: &[f64]) -> &[f64] {
    detections_unless_steady(values).last().map_or(values, |last| &values[last.point.index..])
}

/// The values as if they had all been on their newest level: how they wobble, without where they changed.
pub fn on_newest_level(values: &[f64]) -> Vec<f64> {
    let starts = lasting_changes(values).into_iter().map(|point| point.index);
    let edges: Vec<usize> = [0].into_iter().chain(starts).chain([values.len()]).collect();
    let newest = median(&values[edges[edges.len() - 2]..]).unwrap_or(0.0);
    let mut leveled = Vec::with_capacity(values.len());
    for edge in edges.windows(2) {
        let segment = &values[edge[0]..edge[1]];
        let level = median(segment).unwrap_or(newest);
        let scale = if level == 0.0 || newest == 0.0 { 1.0 } else { newest / level };
        leveled.extend(segment.iter().map(|value| newest + (value - level) * scale));
    }
    leveled
}

/// Where some values in a row lie, and how.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scatter {
    /// Their median.
    pub center: f64,
    /// Their scaled median absolute deviation.
    pub spread: f64,
    /// They lie farther apart than neighbours do. Where they do not, the level cannot have moved by much more than the noise.
    pub is_restless: bool,
}

impl Scatter {
    /// That of finite values; all zero of none.
    pub fn of(values: &[f64]) -> Self {
        let Some(center) = median(values) else { return Self::default() };
        let spread = scaled_mad(values, center);
        let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let usual = median(&steps).unwrap_or(0.0);
        // Of values on one level, half of the steps lie farther than twice this from the usual one.
        let far = spread * std::f64::consts::SQRT_2 / NORMAL_CONSISTENCY / RESTLESS;
        let moving = steps.iter().filter(|step| (*step - usual).abs() >= far).count();
        Self { center, spread, is_restless: 2 * moving < steps.len() }
    }
}

fn began(detection: &Detection) -> usize {
    detection.point.index
}

/// Whether two change points are one, dated a little differently.
fn is_same_change(left: &ChangePoint, right: &ChangePoint) -> bool {
    left.index.abs_diff(right.index) <= SAME_CHANGE_VALUES
        && (left.after > left.before) == (right.after > right.before)
}

/// A change point that hindsight shows, as seen from the value at index `newest`, which it does not lie behind; without commits.
pub fn level_change(point: &ChangePoint, newest: usize) -> LevelChange {
    LevelChange {
        began_back: newest - point.index,
        found_back: 0,
        holds: true,
        last_before: None,
        began: None,
        before: point.before,
        after: point.after,
        spread: point.spread,
        confidence: point.confidence(),
        evidence: point.evidence,
    }
}

/// A trend as seen from the value at index `newest`, which it does not lie behind; without commit.
pub fn level_trend(trend: &Trend, newest: usize) -> LevelTrend {
    LevelTrend {
        began_back: newest - trend.began,
        found_back: newest - trend.at,
        began: None,
        before: trend.before,
        after: trend.after,
        slope: trend.slope,
        confidence: trend.confidence(),
    }
}

/// What a trend says of the judged value, where that gave it away.
pub(crate) fn trend_finding(input: &SeriesInput<'_>, settings: &Settings) -> Option<Finding> {
    let trend = input.level.trend.as_ref().filter(|trend| trend.found_back == 0)?;
    let worse_sign = input.direction.worse_sign()?;
    let is_worse = trend.slope * worse_sign > 0.0;
    let severity = is_worse.then(|| trend_severity(trend, settings));
    Some(Finding { detector: Detector::Trend, severity, evidence: Evidence::Trend(trend.clone()) })
}

/// How bad a trend for the worse is: its size decides. Never critical: it came slowly.
pub fn trend_severity(trend: &LevelTrend, settings: &Settings) -> Severity {
    if !settings.is_noticeable(trend.after - trend.before) {
        return Severity::Info;
    }
    let size = trend.change().map_or(f64::INFINITY, f64::abs);
    found_severity(size, 0.0, settings.warn, settings.error)
}

/// What the change points say of the judged value: the change that it gives away, else the one that a young baseline starts at.
pub(crate) fn finding(
    input: &SeriesInput<'_>,
    settings: &Settings,
    baseline: Option<&Baseline>,
    is_young: bool,
) -> Option<Finding> {
    let last = input.level.changes.last()?;
    let worse_sign = input.direction.worse_sign()?;
    let is_news = last.found_back == 0;
    if !is_news && !is_young {
        return None;
    }
    let is_worse = (last.after - last.before) * worse_sign > 0.0;
    let severity = (is_news && is_worse).then(|| {
        let spread = baseline.map_or(0.0, |baseline| baseline.spread);
        change_severity(last, spread, settings)
    });
    let evidence = Evidence::ChangePoint(last.clone());
    Some(Finding { detector: Detector::ChangePoint, severity, evidence })
}

/// How bad a change for the worse is. A change point is beyond noise: its size decides. `spread` is that of the level before.
pub fn change_severity(change: &LevelChange, spread: f64, settings: &Settings) -> Severity {
    if !settings.is_noticeable(change.after - change.before) {
        return Severity::Info;
    }
    let spreads = distance_in_spreads(change.after, change.before, spread);
    moved_severity(change.change().map(f64::abs), spreads, settings)
}

/// How bad it is that a level moved so far for the worse, relatively and in spreads. About zero nothing is relative, and the distance
/// in spreads decides, as on the ladder.
pub(crate) fn moved_severity(size: Option<f64>, spreads: f64, settings: &Settings) -> Severity {
    let (warn, error) = (settings.warn, settings.error);
    match size {
        Some(size) => found_severity(size, spreads, warn, error),
        None => severity(f64::INFINITY, spreads, warn, error).unwrap_or(Severity::Info),
    }
}

#[cfg(test)]
#[path = "level_tests.rs"]
mod tests;
