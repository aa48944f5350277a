//! What a program is told at its next start: how its suite's last run stood.

use jiff::Timestamp;
use plimsoll_model::format::run::MAX_NAME_BYTES;
use plimsoll_model::{
    Alert, AlertState, Baseline, Direction, Evaluation, Parameters, RunVerdict, SeriesEvaluation,
    SeriesVerdict, Severity, TargetOutcome, Unit,
};
use serde::Serialize;

use crate::run::{Holding, ranked};
use crate::{RunFacts, json};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.summary/1";
/// Series of a suite, at most: those that a report shows first.
const MOST_SERIES: usize = 256;
/// A line is no longer; a series that finds no room in it is left out.
const MOST_BYTES: usize = 150_000;
/// Values of a trend, at most.
const MOST_TREND: usize = 8;

/// How a suite's last run stood. Rendered by [`SummaryView::line`].
#[derive(Debug, Clone, Copy)]
pub struct SummaryView<'a> {
    /// The run.
    pub run: RunFacts<'a>,
    /// What was decided about it.
    pub evaluation: &'a Evaluation,
    /// The alerts on the run's branch, suite and testbed that still speak.
    pub alerts: &'a [Alert],
    /// The performance index, as `status` shows it; `None` where nothing was judged.
    pub index: Option<f64>,
}

#[derive(Serialize)]
struct Beginning<'a> {
    format: &'static str,
    project: &'a str,
    suite: &'a str,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    beginning: Beginning<'a>,
    testbed: &'a str,
    branch: Option<&'a str>,
    run: &'a str,
    commit: Option<&'a str>,
    measured_at: Timestamp,
    verdict: RunVerdict,
    index: Option<f64>,
    alerts: usize,
    series: [Entry<'a>; 0],
}

#[derive(Serialize)]
struct Entry<'a> {
    benchmark: &'a str,
    parameters: &'a Parameters,
    metric: &'a str,
    unit: &'a Unit,
    direction: Direction,
    value: f64,
    verdict: SeriesVerdict,
    severity: Option<Severity>,
    baseline: Option<BaselineEntry>,
    warn_beyond: Option<f64>,
    error_beyond: Option<f64>,
    target: Option<TargetEntry<'a>>,
    trend: Vec<f64>,
}

#[derive(Serialize)]
struct BaselineEntry {
    center: f64,
    spread: f64,
    runs: usize,
}

#[derive(Serialize)]
struct TargetEntry<'a> {
    id: Option<&'a str>,
    max: Option<f64>,
    min: Option<f64>,
    per: Option<&'a str>,
}

impl SummaryView<'_> {
    /// What a line of this project and suite begins with, and no other line does.
    pub fn beginning(&self) -> String {
        let mut text = json::document(&self.names());
        text.truncate(text.len() - "}\n".len());
        text.push(',');
        text
    }

    /// `plimsoll.summary/1` in one line; `None` where project or suite have names that are too long for any reader to find.
    ///
    /// Of the series that have a value, those that a report shows first: at most 256, and no more than fit into 150 kB.
    pub fn line(&self) -> Option<String> {
        let run = &self.run;
        if run.project.len() > MAX_NAME_BYTES || run.suite.len() > MAX_NAME_BYTES {
            return None;
        }
        let mut text = json::document(&Document {
            beginning: self.names(),
            testbed: run.testbed,
            branch: run.branch,
            run: run.id,
            commit: run.commit,
            measured_at: run.started_at,
            verdict: self.evaluation.verdict,
            index: self.index,
            alerts: self.open_alerts(),
            series: [],
        });
        const END: &str = "]}\n";
        text.truncate(text.len() - END.len());
        let mut separator = "";
        for entry in
            ranked(self.evaluation, &Holding::default()).into_iter().filter_map(Entry::of).take(MOST_SERIES)
        {
            let entry = json::document(&entry);
            let entry = entry.trim_end();
            if text.len() + separator.len() + entry.len() + END.len() <= MOST_BYTES {
                text.push_str(separator);
                text.push_str(entry);
                separator = ",";
            }
        }
        text.push_str(END);
        Some(text)
    }

    fn names(&self) -> Beginning<'_> {
        Beginning { format: FORMAT, project: self.run.project, suite: self.run.suite }
    }

    /// The alerts that ask for something and that nobody took note of.
    fn open_alerts(&self) -> usize {
        let asks = |alert: &&Alert| alert.state == AlertState::Open && alert.severity > Severity::Info;
        self.alerts.iter().filter(asks).count()
    }
}

impl<'a> Entry<'a> {
    /// What is told of a series that has a value.
    fn of(series: &'a SeriesEvaluation) -> Option<Self> {
        let value = series.value.filter(|value| value.is_finite())?;
        let earlier = series.history.iter().copied().filter(|value| value.is_finite());
        let mut trend: Vec<f64> = earlier.chain([value]).collect();
        trend.drain(..trend.len().saturating_sub(MOST_TREND));
        Some(Self {
            benchmark: &series.key.benchmark,
            parameters: &series.key.parameters,
            metric: &series.key.metric,
            unit: &series.unit,
            direction: series.direction,
            value,
            verdict: series.verdict,
            severity: series.severity,
            baseline: series.baseline.as_ref().and_then(BaselineEntry::of),
            warn_beyond: series.limits.warn_beyond,
            error_beyond: series.limits.error_beyond,
            target: series.target.as_ref().and_then(|outcome| TargetEntry::of(outcome, &series.unit)),
            trend,
        })
    }
}

impl BaselineEntry {
    fn of(baseline: &Baseline) -> Option<Self> {
        let Baseline { center, spread, runs, .. } = *baseline;
        (center.is_finite() && spread.is_finite()).then_some(Self { center, spread, runs })
    }
}

impl<'a> TargetEntry<'a> {
    /// The target, unless it is in a unit that the series' values do not compare with.
    fn of(outcome: &'a TargetOutcome, unit: &Unit) -> Option<Self> {
        let target = &outcome.target;
        if target.unit.as_ref().is_some_and(|of_target| !of_target.compares_with(unit)) {
            return None;
        }
        let (max, min) = target.bound.sides();
        Some(Self { id: target.id.as_deref(), max, min, per: target.per.as_deref() })
    }
}
