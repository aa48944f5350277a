//! What stands behind an alert, what further runs would make of it, and what its series can show at all.

use plimsoll_analyse::change_point::Watch;
use plimsoll_analyse::{
    HISTORY, baseline_of, lasting_changes, level_change, level_trend, newest_level, trend,
};
use plimsoll_model::{
    Alert, AlertState, Baseline, Detector, Direction, LevelChange, LevelTrend, Outlook, Policy, Severity,
    SmallestStep, relative_change,
};
use plimsoll_store::{Point, SeriesFilter, SeriesId, SeriesRow, SqliteStore, StoreError};

use crate::judge::Rules;
use crate::recovery::{OFF_LEVEL_SPREADS, is_as_expected};

/// So many values of a series are watched: enough for its level and noise.
const WATCHED: usize = 256;
/// More further runs than this are not looked at.
const MOST_FURTHER: usize = 12;
/// Within how many runs steps are asked for.
const WITHIN_RUNS: [usize; 3] = [4, 10, 30];
/// The present level is that of so many runs.
const LEVEL_RUNS: usize = 20;
/// Change points this near to where an alert began are its change.
const SAME_CHANGE_VALUES: usize = 5;

/// What stands behind an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertEvidence {
    /// What a new value is held against now.
    pub baseline: Option<Baseline>,
    /// The change of level behind the alert, as hindsight shows it.
    pub change: Option<LevelChange>,
    /// How many runs in a row showed what it is about, from where it began.
    pub runs_in_a_row: usize,
    /// The trend that the series is on.
    pub trend: Option<LevelTrend>,
    /// What further runs would make of it; nothing of an alert that is over.
    pub outlook: Option<Outlook>,
    /// The smallest changes of level that the series can show.
    pub smallest_steps: Vec<SmallestStep>,
}

/// Gathers what stands behind `alert`, which is about `series`, whose next value is held against `baseline`.
pub(crate) fn alert_evidence(
    store: &SqliteStore,
    project: &str,
    alert: &Alert,
    series: &SeriesRow,
    baseline: Option<Baseline>,
    rules: Rules<'_>,
) -> Result<AlertEvidence, StoreError> {
    let settings = rules.policy.settings_for(&alert.series);
    let watched = Watched::read(store, series.id, alert.branch.as_deref())?;
    let sign = series.direction.worse_sign();
    let change = match sign.filter(|_| settings.uses(Detector::ChangePoint)) {
        Some(sign) => watched.change_behind(store, project, alert, sign)?,
        None => None,
    };
    let trend = if settings.uses(Detector::Trend) { watched.trend(store)? } else { None };
    let is_live = matches!(alert.state, AlertState::Open | AlertState::Acknowledged | AlertState::Muted);
    let newest = watched.values.last().copied();
    let outlook = match (sign, newest) {
        (Some(sign), Some(present)) if is_live => {
            let is_confirmed = change.is_some();
            let is_worse = is_as_expected(present, alert, series.direction, rules.policy) == Some(false);
            let may_confirm =
                is_worse && !is_confirmed && alert.target.is_none() && settings.uses(Detector::ChangePoint);
            Some(Outlook {
                is_confirmed,
                confirming_runs: may_confirm.then(|| watched.runs_until_change(present, sign)).flatten(),
                present,
                ending_runs: watched.ending_runs(
                    alert,
                    series.direction,
                    rules.policy,
                    is_confirmed,
                    trend.as_ref(),
                ),
                expected: alert.expected_value,
            })
        }
        _ => None,
    };
    let runs_in_a_row = watched.runs_in_a_row(store, project, alert, series.direction, rules.policy)?;
    Ok(AlertEvidence {
        runs_in_a_row,
        baseline,
        change,
        trend,
        outlook,
        smallest_steps: watched.smallest_steps(series.direction),
    })
}

/// The newest values of one branch of a series, watched.
pub(crate) struct Watched {
    points: Vec<Point>,
    values: Vec<f64>,
    watch: Watch,
}

impl Watched {
    /// Reads and watches the newest values that may enter baselines.
    pub(crate) fn read(
        store: &SqliteStore,
        series: SeriesId,
        branch: Option<&str>,
    ) -> Result<Self, StoreError> {
        let filter =
            SeriesFilter { branch, eligible_only: true, last: Some(WATCHED), ..SeriesFilter::default() };
        let points = store.read_series(series, &filter)?;
        let values: Vec<f64> = points.iter().map(|point| point.value).collect();
        let watch = watched(&values);
        Ok(Self { points, values, watch })
    }

    /// The smallest steps that would be found, from the soonest on. Of a level that is too young to tell, the one before it
    /// tells. Empty where too little is known.
    pub(crate) fn smallest_steps(&self, direction: Direction) -> Vec<SmallestStep> {
        let steps = smallest_steps(&self.watch, &self.values, direction);
        if !steps.is_empty() {
            return steps;
        }
        let before = &self.values[..self.values.len() - newest_level(&self.values).len()];
        smallest_steps(&watched(before), before, direction)
    }

    /// Where the series is slowly heading, with the commit at which that began.
    pub(crate) fn trend(&self, store: &SqliteStore) -> Result<Option<LevelTrend>, StoreError> {
        let start = self.values.len().saturating_sub(HISTORY + 1);
        let Some(trend) = trend::newest(&self.values[start..]) else { return Ok(None) };
        let newest = self.values.len() - start - 1;
        let began = self.commit(store, start + trend.began)?;
        Ok(Some(LevelTrend { began, ..level_trend(&trend, newest) }))
    }

    /// The change for the worse behind an alert: the one that began where the alert did.
    fn change_behind(
        &self,
        store: &SqliteStore,
        project: &str,
        alert: &Alert,
        sign: f64,
    ) -> Result<Option<LevelChange>, StoreError> {
        let Some(newest) = self.values.len().checked_sub(1) else { return Ok(None) };
        let place = self.place_of_beginning(store, project, alert)?;
        let found = lasting_changes(&self.values).into_iter().rev().find(|point| {
            let is_there = place.is_none_or(|place| place.abs_diff(point.index) <= SAME_CHANGE_VALUES);
            is_there && (point.after - point.before) * sign > 0.0
        });
        let Some(point) = found else { return Ok(None) };
        let last_before = match point.index.checked_sub(1) {
            Some(place) => self.commit(store, place)?,
            None => None,
        };
        let began = self.commit(store, point.index)?;
        Ok(Some(LevelChange { last_before, began, ..level_change(&point, newest) }))
    }

    /// How many values in a row were worse than expected, from where an alert began.
    fn runs_in_a_row(
        &self,
        store: &SqliteStore,
        project: &str,
        alert: &Alert,
        direction: Direction,
        policy: &Policy,
    ) -> Result<usize, StoreError> {
        let Some(place) = self.place_of_beginning(store, project, alert)? else { return Ok(0) };
        let is_off = |value: &&f64| is_as_expected(**value, alert, direction, policy) == Some(false);
        Ok(self.values[place..].iter().take_while(is_off).count())
    }

    /// The first value of the commit at which an alert began, or behind it.
    fn place_of_beginning(
        &self,
        store: &SqliteStore,
        project: &str,
        alert: &Alert,
    ) -> Result<Option<usize>, StoreError> {
        let began = match &alert.began {
            Some(hash) => store.commit_order(project, hash)?,
            None => None,
        };
        Ok(began.map(|order| self.points.partition_point(|point| point.place.order < order)))
    }

    fn commit(&self, store: &SqliteStore, place: usize) -> Result<Option<String>, StoreError> {
        let Some(point) = self.points.get(place) else { return Ok(None) };
        Ok(store.runs(&[point.place.number])?.pop().and_then(|row| row.commit))
    }

    /// How many further runs at `value` give a change away that moves the level by `sign`.
    fn runs_until_change(&self, value: f64, sign: f64) -> Option<usize> {
        let mut watch = self.watch.clone();
        (1..=MOST_FURTHER)
            .find(|_| watch.push(value).is_some_and(|point| (point.after - point.before) * sign > 0.0))
    }

    /// How many further runs at what was expected end the alert: one where nothing but a value spoke for it, two where both stand
    /// clear of a large change, else as many as a change point back needs.
    fn ending_runs(
        &self,
        alert: &Alert,
        direction: Direction,
        policy: &Policy,
        is_confirmed: bool,
        trend: Option<&LevelTrend>,
    ) -> Option<usize> {
        let sign = direction.worse_sign()?;
        if alert.target.is_some() {
            return Some(1);
        }
        if trend.is_some_and(|trend| trend.slope * sign > 0.0) {
            return None;
        }
        if alert.severity != Severity::Info && !is_confirmed {
            return Some(1);
        }
        let clear_of = alert.current_value - sign * OFF_LEVEL_SPREADS * alert.expected_spread;
        let is_clear = |value: f64| (clear_of - value) * sign > 0.0;
        let size = (alert.current_value - alert.expected_value) * sign / alert.expected_value.abs();
        let is_large = policy.settings_for(&alert.series).warn.is_exceeded_by(size);
        if is_large && is_clear(alert.expected_value) {
            let is_back =
                |value: f64| is_clear(value) && is_as_expected(value, alert, direction, policy) == Some(true);
            return Some(if self.values.last().is_some_and(|newest| is_back(*newest)) { 1 } else { 2 });
        }
        self.runs_until_change(alert.expected_value, -sign)
    }
}

fn watched(values: &[f64]) -> Watch {
    let mut watch = Watch::new();
    for value in values {
        watch.push(*value);
    }
    watch
}

fn smallest_steps(watch: &Watch, values: &[f64], direction: Direction) -> Vec<SmallestStep> {
    let sign = direction.worse_sign().unwrap_or(1.0);
    let level = baseline_of(newest_level(values), LEVEL_RUNS, 0.0);
    let step = |within_runs| {
        let step = watch.smallest_step(within_runs, sign)? * sign;
        let change = level.and_then(|level| {
            // Nothing is relative to a level about zero, in whichever direction.
            relative_change(level.center, level.center * 2.0, level.spread).map(|_| step / level.center.abs())
        });
        Some(SmallestStep { within_runs, step, change })
    };
    WITHIN_RUNS.into_iter().filter_map(step).collect()
}
