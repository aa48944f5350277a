//! One series over a span of history, held against what it was before.

use plimsoll_analyse::stats::median;
use plimsoll_analyse::{Level, LevelValues, Origin, SeriesInput, judge_together};
use plimsoll_model::{
    Alert, Direction, LevelChange, Measurement, Metric, Policy, SeriesEvaluation, SeriesKey, SeriesVerdict,
    Severity, Unit,
};
use plimsoll_store::SeriesRow;

use crate::alert_book::BookedAlert;
use crate::track::LIVE;

/// So many of the newest values, where there are as many, make the level at the end: their median.
pub const LEVEL_VALUES: usize = 3;

/// A series with its level at both ends of the span.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanSeries {
    /// The series.
    pub key: SeriesKey,
    /// Its unit.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The median of the baseline when the span began.
    pub before: Option<f64>,
    /// The median of the newest values.
    pub after: Option<f64>,
    /// Relative change between the two.
    pub change: Option<f64>,
    /// What the ladder says of it.
    pub verdict: SeriesVerdict,
    /// How bad a regression is.
    pub severity: Option<Severity>,
    /// The commit at which the newest alert on it began.
    pub began: Option<String>,
    /// Where its level changed within the span, oldest first.
    pub changes: Vec<LevelChange>,
    /// The values in the span, oldest first.
    pub values: Vec<f64>,
}

/// What is known of a series at both ends of a span.
pub(crate) struct SeriesEnds {
    /// The series under its present name.
    pub(crate) row: SeriesRow,
    /// The values before the span that make its level there, oldest first.
    pub(crate) before: LevelValues,
    /// The values in the span, oldest first.
    pub(crate) inside: Vec<f64>,
    /// How many of the newest of them make the level at the end.
    pub(crate) at_end: usize,
    /// Where its level changed within the span, oldest first.
    pub(crate) changes: Vec<LevelChange>,
    /// Days from the newest run before the span to its first.
    pub(crate) age_days: f64,
}

/// Judges all series of a span together. Tells how many were tested for a change that noise does not explain, and whether any is
/// suspected of one.
pub(crate) fn judge_ends(
    ends: Vec<SeriesEnds>,
    policy: &Policy,
    alerts: &[BookedAlert],
) -> (Vec<SpanSeries>, usize, bool) {
    let levels: Vec<Option<Measurement>> = ends.iter().map(SeriesEnds::level).collect();
    let inputs: Vec<SeriesInput<'_>> =
        ends.iter().zip(&levels).map(|(ends, level)| ends.input(level.as_ref(), policy)).collect();
    let judged = judge_together(&inputs, policy, Origin::Levels);
    let has_suspects = judged.has_suspects();
    let series = ends.into_iter().zip(judged.series);
    (series.map(|(ends, judged)| ends.judged(&judged, alerts)).collect(), judged.tested, has_suspects)
}

impl SeriesEnds {
    /// The level at the end, as if it were measured.
    fn level(&self) -> Option<Measurement> {
        let newest = &self.inside[self.inside.len().saturating_sub(self.at_end)..];
        let metric = Metric {
            name: self.row.key.metric.as_str().into(),
            unit: self.row.unit.clone(),
            direction: self.row.direction,
            exact: self.row.exact,
        };
        Some(Measurement::new("", self.row.key.benchmark.clone(), metric, median(newest)?))
    }

    fn input<'a>(&self, level: Option<&'a Measurement>, policy: &Policy) -> SeriesInput<'a> {
        let mut input = SeriesInput {
            key: self.row.key.clone(),
            unit: self.row.unit.clone(),
            direction: self.row.direction,
            measurement: level,
            history: Vec::new(),
            level: Level::default(),
            pooled_samples: Vec::new(),
            newest_age_days: self.age_days,
            unit_before: None,
            testbed_is_new: false,
        };
        input.hold_against(self.before.clone(), &policy.settings_for(&self.row.key));
        input
    }

    fn judged(self, judged: &SeriesEvaluation, alerts: &[BookedAlert]) -> SpanSeries {
        let alert = alerts.iter().map(|booked| &booked.alert).find(|alert| alert.series == self.row.key);
        let live = alert.filter(|alert| alert.target.is_none() && LIVE.contains(&alert.state));
        let mut series = SpanSeries {
            before: judged.baseline.map(|baseline| baseline.center),
            after: judged.value,
            change: judged.change,
            verdict: judged.verdict,
            severity: judged.severity,
            began: None,
            changes: self.changes,
            key: self.row.key,
            unit: self.row.unit,
            direction: self.row.direction,
            values: self.inside,
        };
        if let Some(alert) = live.filter(|_| series.verdict != SeriesVerdict::Regressed) {
            series.follow(alert);
        }
        if series.verdict == SeriesVerdict::Regressed {
            let of_level = || series.changes.last().and_then(|change| change.began.clone());
            series.began = alert.and_then(|alert| alert.began.clone()).or_else(of_level);
        }
        series
    }
}

impl SpanSeries {
    /// What an alert that still speaks has found is told, also where the median of the newest values does not show it yet, or the
    /// span has no level before.
    fn follow(&mut self, alert: &Alert) {
        self.verdict = SeriesVerdict::Regressed;
        self.severity = self.severity.max(Some(alert.severity));
        self.before = Some(alert.expected_value);
        self.after = self.values.last().copied().or(Some(alert.current_value));
        self.change = self
            .after
            .map(|after| (after - alert.expected_value) / alert.expected_value.abs())
            .filter(|change| change.is_finite());
    }
}
