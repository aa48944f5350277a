//! What is found in many series, counted, with the alerts that matter most.

use std::cmp::Ordering;

use plimsoll_model::{ReplayCounts, Replayed, ReplayedAlert, ReplayedChangePoint, Severity, Unit};

use crate::replay_history::{ReplayedRun, ReplayedRuns};

/// So many alerts or change points are listed; the others are counted.
const MOST_LISTED: usize = 40;
/// Values shown before a change and from it on.
const VALUES_ABOUT: (usize, usize) = (6, 6);

/// A series that was judged again, as the tally takes it.
#[derive(Debug, Clone, Copy)]
pub struct TallySeries<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its values.
    pub values: &'a [f64],
    /// Their unit, where it is known.
    pub unit: Option<&'a Unit>,
    /// The runs of the values, of a stored series.
    pub runs: Option<&'a ReplayedRuns>,
}

/// An alert or a change point with what is shown of its series.
#[derive(Debug, Clone, PartialEq)]
pub struct Tallied<T> {
    /// What the series is called.
    pub series: String,
    /// What was found.
    pub found: T,
    /// The unit of the values, where it is known.
    pub unit: Option<Unit>,
    /// The run with which it was found, of a stored series.
    pub at: Option<ReplayedRun>,
    /// The run with which the change began, of a stored series.
    pub began: Option<ReplayedRun>,
    /// Some values about where it began.
    pub values: Vec<f64>,
}

/// What was found in all series so far. Its size is bounded, however many they are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReplayTally {
    counts: ReplayCounts,
    alerts: Vec<Tallied<ReplayedAlert>>,
    change_points: Vec<Tallied<ReplayedChangePoint>>,
}

impl ReplayTally {
    /// Counts what was found in one more series.
    pub fn add(&mut self, series: &TallySeries<'_>, replayed: &Replayed) {
        self.counts.series += 1;
        self.counts.values += series.values.len();
        self.counts.change_points += replayed.change_points.len();
        for alert in &replayed.alerts {
            *match alert.severity {
                Severity::Critical => &mut self.counts.critical,
                Severity::Error => &mut self.counts.error,
                Severity::Warning => &mut self.counts.warning,
                Severity::Info => &mut self.counts.info,
            } += 1;
            self.counts.withdrawn += usize::from(alert.withdrawn_at.is_some());
            self.alerts.push(series.tallied(*alert, alert.at, alert.began));
            keep_first(&mut self.alerts, 2 * MOST_LISTED, alerts_ranked);
        }
        for point in &replayed.change_points {
            self.change_points.push(series.tallied(*point, point.index, point.index));
            keep_first(&mut self.change_points, 2 * MOST_LISTED, change_points_ranked);
        }
    }

    /// How much was found.
    pub fn counts(&self) -> ReplayCounts {
        self.counts
    }

    /// The alerts that matter most: the worst first, of one severity those that stand, then the largest change.
    pub fn alerts(&mut self) -> &[Tallied<ReplayedAlert>] {
        self.alerts.sort_by(alerts_ranked);
        self.alerts.truncate(MOST_LISTED);
        &self.alerts
    }

    /// The largest change points.
    pub fn change_points(&mut self) -> &[Tallied<ReplayedChangePoint>] {
        self.change_points.sort_by(change_points_ranked);
        self.change_points.truncate(MOST_LISTED);
        &self.change_points
    }
}

impl TallySeries<'_> {
    fn tallied<T>(&self, found: T, at: usize, began: usize) -> Tallied<T> {
        let (before, after) = VALUES_ABOUT;
        let about = began.saturating_sub(before)..self.values.len().min(began + after);
        Tallied {
            series: self.name.to_owned(),
            found,
            unit: self.unit.cloned(),
            at: self.run(at),
            began: self.run(began),
            values: self.values[about].to_vec(),
        }
    }

    fn run(&self, index: usize) -> Option<ReplayedRun> {
        self.runs.and_then(|runs| runs.get(index)).cloned()
    }
}

/// Cuts a list that has grown to `most` down to what is listed.
fn keep_first<T>(list: &mut Vec<T>, most: usize, rank: impl FnMut(&T, &T) -> Ordering) {
    if list.len() >= most {
        list.sort_by(rank);
        list.truncate(MOST_LISTED);
    }
}

/// The size of a change; one from zero is larger than any.
fn size(change: Option<f64>) -> f64 {
    change.map_or(f64::INFINITY, f64::abs)
}

fn alerts_ranked(left: &Tallied<ReplayedAlert>, right: &Tallied<ReplayedAlert>) -> Ordering {
    let (left, right) = (&left.found, &right.found);
    right
        .severity
        .cmp(&left.severity)
        .then_with(|| left.withdrawn_at.is_some().cmp(&right.withdrawn_at.is_some()))
        .then_with(|| size(right.change).total_cmp(&size(left.change)))
}

fn change_points_ranked(
    left: &Tallied<ReplayedChangePoint>,
    right: &Tallied<ReplayedChangePoint>,
) -> Ordering {
    size(right.found.change).total_cmp(&size(left.found.change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_model::Detector;

    fn alert(severity: Severity, change: f64, withdrawn_at: Option<usize>) -> ReplayedAlert {
        let detector = Detector::ChangePoint;
        ReplayedAlert {
            at: 3,
            began: 2,
            change: Some(change),
            difference: 1.0,
            severity,
            detector,
            withdrawn_at,
        }
    }

    #[test]
    fn the_worst_stand_first_and_all_are_counted() {
        let mut tally = ReplayTally::default();
        let series = TallySeries { name: "a", values: &[1.0; 5], unit: None, runs: None };
        let alerts = vec![
            alert(Severity::Info, 0.05, None),
            alert(Severity::Error, 0.5, Some(13)),
            alert(Severity::Error, 0.3, None),
            alert(Severity::Error, 0.4, None),
        ];
        tally.add(&series, &Replayed { alerts, change_points: Vec::new() });
        for _ in 0..200 {
            let replayed =
                Replayed { alerts: vec![alert(Severity::Info, 0.01, None)], ..Replayed::default() };
            tally.add(&series, &replayed);
        }
        let counts = tally.counts();
        assert_eq!((counts.info, counts.error, counts.withdrawn, counts.series), (201, 3, 1, 201));
        let first: Vec<_> = tally.alerts().iter().take(4).map(|alert| alert.found.change).collect();
        assert_eq!(first, [Some(0.4), Some(0.3), Some(0.5), Some(0.05)]);
        assert_eq!(tally.alerts().len(), MOST_LISTED);
        assert_eq!(tally.alerts()[0].values.len(), 5);
    }
}
