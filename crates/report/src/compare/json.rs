//! A comparison as `plimsoll.report/1`: side B is the run, side A its baseline.

use plimsoll_model::{BaselineKind, Complaint, Counts, ENGINE, RunVerdict};
use serde::Serialize;

use super::{CompareView, Side};
use crate::json;
use crate::wire::{CommonShiftEntry, REPORT_FORMAT, RunEntry, Series, Source};

#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    engine: &'static str,
    verdict: RunVerdict,
    gate: OpenGate,
    run: Option<&'a str>,
    project: &'a str,
    commit: Option<&'a str>,
    branch: Option<&'a str>,
    testbed: Option<&'a str>,
    baseline: Source<'a>,
    a: SideEntry<'a>,
    b: SideEntry<'a>,
    counts: Counts,
    tested: usize,
    common_shift: Option<CommonShiftEntry>,
    series: Vec<Series<'a>>,
    alerts: [(); 0],
    complaints: &'a [Complaint],
}

#[derive(Serialize)]
struct OpenGate {
    status: &'static str,
    exit_code: u8,
    because: &'static str,
}

#[derive(Serialize)]
struct SideEntry<'a> {
    name: &'a str,
    runs: usize,
    run: Option<RunEntry<'a>>,
}

impl CompareView<'_> {
    /// `plimsoll.report/1` in one line, with both sides in `a` and `b` besides. Numbers that are not finite are
    /// null; the gate is open, because comparing does not gate.
    pub fn json(&self) -> String {
        let run = self.b.run.as_ref();
        let counts = self.counts();
        json::document(&Report {
            format: REPORT_FORMAT,
            engine: ENGINE,
            verdict: self.verdict,
            gate: OpenGate { status: "open", exit_code: 0, because: "comparing does not gate" },
            run: run.map(|run| run.id),
            project: self.project,
            commit: run.and_then(|run| run.commit),
            branch: run.and_then(|run| run.branch),
            testbed: run.map(|run| run.testbed),
            baseline: Source { kind: BaselineKind::Revision, name: self.a.name, runs: self.a.runs },
            a: SideEntry::from(&self.a),
            b: SideEntry::from(&self.b),
            counts,
            tested: self.tested,
            common_shift: self.common_shift.map(CommonShiftEntry::from),
            series: self
                .ranked()
                .into_iter()
                .map(|series| Series::compared(series, series.verdict(), self.a.runs))
                .collect(),
            alerts: [],
            complaints: self.complaints,
        })
    }
}

impl<'a> From<&Side<'a>> for SideEntry<'a> {
    fn from(side: &Side<'a>) -> Self {
        Self { name: side.name, runs: side.runs, run: side.run.as_ref().map(RunEntry::from) }
    }
}
