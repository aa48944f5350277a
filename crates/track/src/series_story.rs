//! What stands behind the newest value of a series.

use plimsoll_model::{Alert, Detector, LevelTrend, SeriesEvaluation, SmallestStep};
use plimsoll_store::{AlertFilter, SeriesFilter, SeriesRow, SqliteStore, StoreError};

use crate::judge::Rules;
use crate::outlook::Watched;
use crate::series_log::{SeriesLog, SeriesLogRequest, series_log};
use crate::track::{LIVE, judge_stored};

/// The newest points that a chart shows.
const CHART_POINTS: usize = 60;

/// The newest value of a series on a branch, with what was decided about it.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesStory {
    /// What was decided about the series in its newest run, judged among all series of that run.
    pub evaluation: SeriesEvaluation,
    /// How many of them were tested for a change that noise does not explain.
    pub tested: usize,
    /// The newest points; the last of them is the value.
    pub log: SeriesLog,
    /// Where the series is slowly heading.
    pub trend: Option<LevelTrend>,
    /// The smallest changes of level that it can show.
    pub smallest_steps: Vec<SmallestStep>,
    /// The alerts about it on that branch that still speak.
    pub alerts: Vec<Alert>,
}

/// The story of a series on `branch`, of all branches together where none is named; `None` where nothing was measured there.
pub fn series_story(
    store: &SqliteStore,
    project: &str,
    series: &SeriesRow,
    branch: Option<&str>,
    rules: Rules<'_>,
) -> Result<Option<SeriesStory>, StoreError> {
    let newest = SeriesFilter { branch, last: Some(1), ..SeriesFilter::default() };
    let Some(point) = store.read_series(series.id, &newest)?.pop() else { return Ok(None) };
    let (run, judged) = judge_stored(store, point.place.number, None, rules)?;
    let is_it = |found: &SeriesEvaluation| found.key == series.key && found.unit == series.unit;
    let Some(evaluation) = judged.series.into_iter().find(is_it) else { return Ok(None) };
    let own = run.context.branch.as_deref();
    let watched = Watched::read(store, series.id, own)?;
    let uses_trend = rules.policy.settings_for(&series.key).uses(Detector::Trend);
    let request = SeriesLogRequest {
        project,
        branches: own.as_slice(),
        last: Some(CHART_POINTS),
        ..SeriesLogRequest::default()
    };
    let mut alerts = store.alerts(&AlertFilter {
        project,
        suite: Some(&series.key.suite),
        testbed: Some(&series.key.testbed),
        branch: own,
        series: Some(&series.key),
        states: &LIVE,
        ..AlertFilter::default()
    })?;
    alerts.retain(|alert| alert.branch.as_deref() == own);
    Ok(Some(SeriesStory {
        evaluation,
        tested: judged.tested,
        log: series_log(store, series, &request, rules)?,
        trend: if uses_trend { watched.trend(store)? } else { None },
        smallest_steps: watched.smallest_steps(series.direction),
        alerts,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::ScratchHistory;
    use crate::series_name::{SeriesPlace, find_named_series};
    use plimsoll_model::SeriesVerdict;

    #[test]
    fn the_newest_value_is_told_with_its_verdict_and_its_alerts() {
        let mut history = ScratchHistory::quiet();
        history.track("main", &[("parse", 150.0), ("render", 50.0)]);
        let place = SeriesPlace { project: "p", ..SeriesPlace::default() };
        let found = find_named_series(&history.store, place, "parse", &[]).expect("there is such a series");
        let story = |branch| {
            series_story(&history.store, "p", &found.row, branch, history.rules()).expect("it is read")
        };
        let told = story(Some("main")).expect("it was measured there");
        assert_eq!((told.evaluation.verdict, told.tested), (SeriesVerdict::Regressed, 2));
        assert_eq!((told.evaluation.value, told.log.points.len(), told.alerts.len()), (Some(150.0), 8, 1));
        assert_eq!(story(None), Some(told));
        assert_eq!(story(Some("elsewhere")), None);
    }
}
