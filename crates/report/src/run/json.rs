//! A run as `plimsoll.report/1`.

use jiff::Timestamp;
use plimsoll_model::{Complaint, Counts, ENGINE, Gate, RunVerdict, Usage};
use serde::Serialize;

use super::RunView;
use crate::json;
use crate::wire::{AlertEntry, CommonShiftEntry, REPORT_FORMAT, Series, Source};

#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    engine: &'static str,
    verdict: RunVerdict,
    gate: &'a Gate,
    run: &'a str,
    project: &'a str,
    suite: &'a str,
    commit: Option<&'a str>,
    subject: Option<&'a str>,
    dirty: bool,
    branch: Option<&'a str>,
    base_branch: Option<&'a str>,
    testbed: &'a str,
    started_at: Timestamp,
    duration_ms: u64,
    usage: Option<Usage>,
    second_look: Option<SecondLookEntry>,
    baseline: Option<Source<'a>>,
    counts: Counts,
    tested: usize,
    common_shift: Option<CommonShiftEntry>,
    series: Vec<Series<'a>>,
    alerts: Vec<AlertEntry<'a>>,
    complaints: Vec<&'a Complaint>,
}

#[derive(Serialize)]
struct SecondLookEntry {
    suspected: usize,
    confirmed: usize,
}

impl RunView<'_> {
    /// `plimsoll.report/1` in one line. Numbers that are not finite are null.
    pub fn json(&self) -> String {
        let run = &self.run;
        json::document(&Report {
            format: REPORT_FORMAT,
            engine: ENGINE,
            verdict: self.evaluation.verdict,
            gate: self.gate,
            run: run.id,
            project: run.project,
            suite: run.suite,
            commit: run.commit,
            subject: run.subject,
            dirty: run.dirty,
            branch: run.branch,
            base_branch: run.base_branch,
            testbed: run.testbed,
            started_at: run.started_at,
            duration_ms: run.duration_ms,
            usage: self.usage,
            second_look: self
                .second_look
                .map(|look| SecondLookEntry { suspected: look.suspected, confirmed: look.confirmed }),
            baseline: self.evaluation.baseline.as_ref().map(Source::from),
            counts: self.evaluation.counts,
            tested: self.evaluation.tested,
            common_shift: self.evaluation.common_shift.map(CommonShiftEntry::from),
            series: self.ranked().into_iter().map(Series::from).collect(),
            alerts: self.alerts.iter().map(AlertEntry::from).collect(),
            complaints: self.all_complaints().collect(),
        })
    }
}
