//! What is shown of a run besides its measurements.

use jiff::Timestamp;
use plimsoll_model::{Outcome, Run};

use crate::number;
use crate::text;

/// Columns that a commit's subject may take, and under which it is left out.
const LONGEST_SUBJECT: usize = 60;
const SHORTEST_SUBJECT: usize = 12;

/// What is shown of a run besides its measurements.
#[derive(Debug, Clone, Copy)]
pub struct RunFacts<'a> {
    /// The run's identity.
    pub id: &'a str,
    /// The project it belongs to.
    pub project: &'a str,
    /// The suite that was run.
    pub suite: &'a str,
    /// The commit's full hash, where there is a repository.
    pub commit: Option<&'a str>,
    /// The first line of the commit's message.
    pub subject: Option<&'a str>,
    /// The branch it ran on.
    pub branch: Option<&'a str>,
    /// The branch it will be merged into.
    pub base_branch: Option<&'a str>,
    /// The class of machine.
    pub testbed: &'a str,
    /// The work tree had changes that are not in the commit.
    pub dirty: bool,
    /// How the measured command ended.
    pub outcome: Outcome,
    /// Why the run was taken out of the baselines, if it was.
    pub voided: Option<&'a str>,
    /// When the measured command started.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

impl<'a> RunFacts<'a> {
    /// The facts of `run`, which is not voided.
    pub fn of(run: &'a Run) -> Self {
        let context = &run.context;
        let commit = context.commit.as_ref();
        Self {
            id: &run.id,
            project: &run.project,
            suite: &run.suite,
            commit: commit.map(|commit| commit.hash.as_str()),
            subject: commit.and_then(|commit| commit.subject.as_deref()),
            branch: context.branch.as_deref(),
            base_branch: context.base.as_ref().map(|base| base.branch.as_str()),
            testbed: &context.testbed,
            dirty: commit.is_some_and(|commit| commit.dirty),
            outcome: run.outcome,
            voided: None,
            started_at: context.started_at,
            duration_ms: context.duration_ms,
        }
    }

    /// `4f2a91c`, `4f2a91c+dirty` or `no commit`.
    pub(crate) fn commit_label(&self) -> String {
        match self.commit {
            Some(hash) if self.dirty => format!("{}+dirty", number::short_hash(hash)),
            Some(hash) => number::short_hash(hash).to_owned(),
            None => "no commit".to_owned(),
        }
    }

    /// The commit with as much of its subject as fits into `columns`; none of it where that would be little.
    pub(crate) fn commit_with_subject(&self, columns: usize, ellipsis: &'static str) -> String {
        let label = self.commit_label();
        let room = columns.saturating_sub(text::width(&label) + 1).min(LONGEST_SUBJECT);
        match self.subject {
            Some(subject) if room >= SHORTEST_SUBJECT => {
                let shown = text::visible(subject);
                format!("{label} {}", text::cut_end(&shown, room, ellipsis))
            }
            _ => label,
        }
    }

    /// What sets the run apart from an ordinary one: `voided`, `failed`, `timed out`, `dirty`.
    pub(crate) fn remarks(&self) -> Vec<&'static str> {
        let mut remarks = Vec::new();
        if self.voided.is_some() {
            remarks.push("voided");
        }
        match self.outcome {
            Outcome::Success => {}
            Outcome::Failed => remarks.push("failed"),
            Outcome::TimedOut => remarks.push("timed out"),
        }
        if self.dirty {
            remarks.push("dirty");
        }
        remarks
    }
}
