//! Stored runs on their way to the reader.

use plimsoll_report::{LogPoint, RunFacts};
use plimsoll_store::RunRow;
use plimsoll_track::{LoggedPoint, SeriesLog};

/// What is shown of a stored run besides its measurements.
pub(crate) fn row_facts<'a>(project: &'a str, row: &'a RunRow) -> RunFacts<'a> {
    RunFacts {
        id: &row.id,
        project,
        suite: &row.suite,
        commit: row.commit.as_deref(),
        subject: row.subject.as_deref(),
        branch: row.branch.as_deref(),
        base_branch: None,
        testbed: &row.testbed,
        dirty: row.dirty,
        outcome: row.outcome,
        voided: row.voided.as_deref(),
        started_at: row.started_at,
        duration_ms: row.duration_ms,
    }
}

/// The points of a series as reports take them.
pub(crate) fn log_points<'a>(project: &'a str, log: &'a SeriesLog) -> Vec<LogPoint<'a>> {
    let point = |point: &'a LoggedPoint| LogPoint {
        run: row_facts(project, &point.row),
        value: point.value,
        interval: None,
        change: point.change,
        verdict: point.verdict,
        severity: point.severity,
        change_point: point.change_point.as_ref(),
    };
    log.points.iter().map(point).collect()
}
