//! What somebody means by a revision, a run or a file: the sides of a comparison.

use std::path::{Path, PathBuf};

use plimsoll_context::Git;
use plimsoll_model::{Complaint, Context, Outcome, Run};
use plimsoll_store::{LaneId, RunFilter, RunRow, SqliteStore, StoreError};

use crate::assemble::{RunParts, assemble};
use crate::reading::{ReadingError, Source, read};

/// Where sides are looked for.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Stored runs.
    pub store: &'a SqliteStore,
    /// The project.
    pub project: &'a str,
    /// The repository, where there is one.
    pub git: Option<&'a Git>,
    /// Where file names begin.
    pub directory: &'a Path,
    /// What completes the runs of files.
    pub config: &'a plimsoll_context::Config,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// Stored runs.
    Stored(StoredSide),
    /// The run of a file.
    File(Box<Run>),
}

/// Stored runs that somebody named together.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSide {
    /// What named them.
    pub named: Named,
    /// The runs in commit order: those of one commit in each lane. Clean ones alone, where there are any.
    pub runs: Vec<RunRow>,
    /// What a reader should know about the choice.
    pub complaints: Vec<Complaint>,
}

impl StoredSide {
    /// How many runs there are of one suite and testbed, at most.
    pub fn runs_of_a_suite(&self) -> usize {
        let of_lane = |lane| self.runs.iter().filter(|row| row.lane == lane).count();
        self.runs.iter().map(|row| of_lane(row.lane)).max().unwrap_or(0)
    }
}

/// What kind of name it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A branch that runs were made on.
    Branch,
    /// A commit: by hash, tag or anything else that git resolves.
    Commit,
    /// One run.
    Run,
}

/// Why a name is no side.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// It names nothing that is known.
    #[error("`{0}` is no run, no revision and no file")]
    Unknown(String),
    /// The commit is known, but nothing was measured on it.
    #[error("nothing was measured on {name}, which is commit {}", short(hash))]
    NoRun {
        /// What was asked for.
        name: String,
        /// The commit.
        hash: String,
    },
    /// It is the beginning of several.
    #[error("`{name}` fits {} runs of {commits} commits", runs.len())]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// The runs' identities.
        runs: Vec<String>,
        /// How many commits they are of.
        commits: usize,
    },
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] ReadingError),
    /// The file holds several runs.
    #[error("{name} holds {runs} runs: one is needed")]
    ManyRuns {
        /// The file.
        name: String,
        /// How many it holds.
        runs: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn short(hash: &str) -> &str {
    hash.get(..10).unwrap_or(hash)
}

/// The side called `name`: a file that looks like one, else a branch with runs, a run by its whole identity, a commit, a run by the
/// beginning of its identity, else any file. git is asked only about what the store cannot tell by itself.
pub fn find_side(surroundings: Surroundings<'_>, name: &str) -> Result<Side, SideError> {
    let path = surroundings.directory.join(name);
    let is_path = name.contains(['/', '\\', '.']) && path.is_file();
    if is_path {
        return read_file(surroundings, path);
    }
    if let Some(side) = branch_side(surroundings, name)? {
        return Ok(Side::Stored(side));
    }
    if surroundings.store.find_run(name)?.is_some()
        && let Some(side) = run_side(surroundings, name)?
    {
        return Ok(Side::Stored(side));
    }
    if is_whole_hash(name)
        && let Some(side) = commit_side(surroundings, name)?
    {
        return Ok(Side::Stored(side));
    }
    let hash = surroundings.git.and_then(|git| git.resolve(name).ok());
    if let Some(hash) = &hash
        && let Some(side) = commit_side(surroundings, hash)?
    {
        return Ok(Side::Stored(side));
    }
    if let Some(side) = run_side(surroundings, name)? {
        return Ok(Side::Stored(side));
    }
    if path.is_file() {
        return read_file(surroundings, path);
    }
    Err(match hash {
        Some(hash) => SideError::NoRun { name: name.to_owned(), hash },
        None => SideError::Unknown(name.to_owned()),
    })
}

/// What was measured last on the commit that is checked out: the newest run of each lane, dirty or not. Where nothing was
/// measured on it, the newest run of all.
pub fn newest_side(surroundings: Surroundings<'_>) -> Result<Option<StoredSide>, SideError> {
    let store = surroundings.store;
    let head = surroundings.git.and_then(|git| git.resolve("HEAD").ok());
    let filter = RunFilter { project: surroundings.project, newest_first: true, ..RunFilter::default() };
    let mut rows = match &head {
        Some(hash) => store.select_runs(&RunFilter { commit: Some(hash), ..filter })?,
        None => Vec::new(),
    };
    rows.retain(is_usable);
    let mut complaints = Vec::new();
    if rows.is_empty() {
        rows = store.select_runs(&RunFilter { limit: Some(1), ..filter })?;
        complaints.extend(head.filter(|_| !rows.is_empty()).map(|hash| {
            Complaint::new(format!(
                "nothing was measured on {} (HEAD): the newest run stands for it",
                short(&hash)
            ))
        }));
    }
    let mut lanes: Vec<LaneId> = Vec::new();
    rows.retain(|row| {
        let is_first = !lanes.contains(&row.lane);
        lanes.push(row.lane);
        is_first
    });
    rows.reverse();
    Ok((!rows.is_empty()).then_some(StoredSide { named: Named::Commit, runs: rows, complaints }))
}

/// Whether it is a commit's hash, not an abbreviated one.
fn is_whole_hash(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_usable(row: &RunRow) -> bool {
    row.voided.is_none() && row.outcome == Outcome::Success
}

/// In each lane, the runs of the branch's newest commit that has any.
fn branch_side(surroundings: Surroundings<'_>, branch: &str) -> Result<Option<StoredSide>, SideError> {
    let store = surroundings.store;
    let mut runs = Vec::new();
    for lane in store.lanes(surroundings.project)? {
        let of_lane = RunFilter {
            project: surroundings.project,
            suite: Some(&lane.suite),
            testbed: Some(&lane.testbed),
            branch: Some(branch),
            newest_first: true,
            ..RunFilter::default()
        };
        // A dirty or voided run in front does not hide the clean ones of its commit.
        let newest = store.select_runs(&RunFilter { eligible_only: true, limit: Some(1), ..of_lane })?;
        let newest = match newest.is_empty() {
            false => newest,
            true => store.select_runs(&RunFilter { limit: Some(1), ..of_lane })?,
        };
        let Some(newest) = newest.into_iter().next() else {
            continue;
        };
        match &newest.commit {
            Some(hash) => runs.extend(store.select_runs(&RunFilter { commit: Some(hash), ..of_lane })?),
            None => runs.push(newest),
        }
    }
    runs.retain(is_usable);
    runs.sort_by_key(|row| row.place);
    if runs.is_empty() {
        return Ok(None);
    }
    let mut side = clean_side(Named::Branch, runs);
    side.complaints.extend(behind_tip(surroundings, branch, &side.runs));
    Ok(Some(side))
}

/// A branch whose tip has no run is older than it looks.
fn behind_tip(surroundings: Surroundings<'_>, branch: &str, runs: &[RunRow]) -> Option<Complaint> {
    let tip = surroundings.git?.resolve(branch).ok()?;
    let newest = runs.last()?.commit.as_deref()?;
    let is_measured = runs.iter().any(|row| row.commit.as_deref() == Some(tip.as_str()));
    (!is_measured).then(|| {
        Complaint::new(format!(
            "nothing was measured on {}, the tip of {branch}: {} stands for it",
            short(&tip),
            short(newest)
        ))
    })
}

fn commit_side(surroundings: Surroundings<'_>, hash: &str) -> Result<Option<StoredSide>, SideError> {
    let mut runs = surroundings.store.select_runs(&RunFilter {
        project: surroundings.project,
        commit: Some(hash),
        ..RunFilter::default()
    })?;
    runs.retain(is_usable);
    Ok((!runs.is_empty()).then(|| clean_side(Named::Commit, runs)))
}

/// A run by the beginning of its identity, or without git a commit by the beginning of its hash.
fn run_side(surroundings: Surroundings<'_>, name: &str) -> Result<Option<StoredSide>, SideError> {
    let runs = surroundings.store.resolve_run(surroundings.project, name)?;
    let mut commits: Vec<_> = runs.iter().map(|row| row.commit.as_deref()).collect();
    commits.sort_unstable();
    commits.dedup();
    let are_of_commit =
        runs.iter().all(|row| row.commit.as_deref().is_some_and(|hash| hash.starts_with(name)));
    match runs.as_slice() {
        [] => Ok(None),
        [_] => Ok(Some(StoredSide {
            named: if are_of_commit { Named::Commit } else { Named::Run },
            runs,
            complaints: Vec::new(),
        })),
        _ if are_of_commit && commits.len() == 1 => Ok(Some(clean_side(Named::Commit, runs))),
        _ => Err(SideError::Ambiguous {
            name: name.to_owned(),
            commits: commits.len(),
            runs: runs.into_iter().map(|row| row.id).collect(),
        }),
    }
}

/// In each lane the clean runs; the dirty ones where there are no others, and the reader is told.
fn clean_side(named: Named, mut runs: Vec<RunRow>) -> StoredSide {
    let clean: Vec<LaneId> = runs.iter().filter(|row| !row.dirty).map(|row| row.lane).collect();
    runs.retain(|row| !row.dirty || !clean.contains(&row.lane));
    let dirty = runs.iter().filter(|row| row.dirty).count();
    let complaints = match (dirty, runs.first().and_then(|row| row.commit.as_deref())) {
        (1.., Some(hash)) => vec![Complaint::new(format!(
            "{} was measured only with changes that are not in the commit",
            short(hash)
        ))],
        _ => Vec::new(),
    };
    StoredSide { named, runs, complaints }
}

/// The one run of a file: a bundle, or what any harness left behind.
fn read_file(surroundings: Surroundings<'_>, path: PathBuf) -> Result<Side, SideError> {
    let name = path.display().to_string();
    let reading = read(Source::File(path), None)?;
    let mut runs = reading.parsed.runs;
    if runs.len() > 1 {
        return Err(SideError::ManyRuns { name, runs: runs.len() });
    }
    if let Some(run) = runs.pop() {
        return Ok(Side::File(Box::new(run)));
    }
    let started_at = reading.parsed.facts.measured_at.or(reading.modified);
    let parts = RunParts {
        project: surroundings.project.to_owned(),
        suite: plimsoll_parse::UNNAMED.to_owned(),
        session: None,
        outcome: Outcome::Success,
        context: Context::new(plimsoll_parse::UNNAMED, started_at.unwrap_or_default()),
        measurements: reading.parsed.measurements,
        complaints: reading.parsed.complaints,
    };
    Ok(Side::File(Box::new(assemble(parts, surroundings.config, ""))))
}
