//! A span of history as `plimsoll.document/1`.

use jiff::Timestamp;
use plimsoll_model::{Complaint, Direction, LevelChange, SeriesVerdict, Severity, Unit};
use serde::Serialize;
use serde_json::Value;

use super::{DocumentSeries, DocumentView};
use crate::json;
use crate::wire::{AlertEntry, Name, RunEntry, change_point};

/// The name and version of the format.
const FORMAT: &str = "plimsoll.document/1";

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    project: &'a str,
    span: &'a str,
    from: Timestamp,
    to: Timestamp,
    /// Series that were tested for a change that noise does not explain.
    tested: usize,
    worse: Vec<Entry<'a>>,
    better: Vec<Entry<'a>>,
    stable: Vec<Entry<'a>>,
    unknown: Vec<Entry<'a>>,
    /// Where levels changed, the largest change first.
    changes: Vec<Changed<'a>>,
    runs: Vec<RunEntry<'a>>,
    alerts: Vec<AlertEntry<'a>>,
    complaints: &'a [Complaint],
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    unit: &'a Unit,
    direction: Direction,
    before: Option<f64>,
    after: Option<f64>,
    change: Option<f64>,
    verdict: SeriesVerdict,
    severity: Option<Severity>,
    began: Option<&'a str>,
    values: &'a [f64],
}

#[derive(Serialize)]
struct Changed<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    unit: &'a Unit,
    direction: Direction,
    change_point: Value,
}

impl<'a> From<(&DocumentSeries<'a>, &'a LevelChange)> for Changed<'a> {
    fn from((series, change): (&DocumentSeries<'a>, &'a LevelChange)) -> Self {
        Self {
            name: Name::from(series.key),
            unit: series.unit,
            direction: series.direction,
            change_point: change_point(change),
        }
    }
}

impl DocumentView<'_> {
    /// `plimsoll.document/1` in one line: the series by what became of them, each list ranked.
    pub fn json(&self) -> String {
        let groups = self.groups();
        let entries = |series: Vec<_>| series.into_iter().map(Entry::from).collect();
        json::document(&Document {
            format: FORMAT,
            project: self.project,
            span: self.span,
            from: self.from,
            to: self.to,
            tested: self.tested,
            worse: entries(groups.worse),
            better: entries(groups.better),
            stable: entries(groups.stable),
            unknown: entries(groups.unknown),
            changes: self.changes().into_iter().map(Changed::from).collect(),
            runs: self.runs.iter().map(RunEntry::from).collect(),
            alerts: self.alerts.iter().map(|listed| AlertEntry::from(listed.alert)).collect(),
            complaints: self.complaints,
        })
    }
}

impl<'a> From<&'a DocumentSeries<'a>> for Entry<'a> {
    fn from(series: &'a DocumentSeries<'a>) -> Self {
        Self {
            name: Name::from(series.key),
            unit: series.unit,
            direction: series.direction,
            before: series.before,
            after: series.after,
            change: series.change,
            verdict: series.verdict,
            severity: series.severity,
            began: series.began,
            values: series.values,
        }
    }
}
