//! Stored runs on their way to the reader.

use plimsoll_report::RunFacts;
use plimsoll_store::RunRow;

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
