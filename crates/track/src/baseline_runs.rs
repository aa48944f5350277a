//! Which runs a run is held against.

use plimsoll_analyse::HISTORY;
use plimsoll_model::{BaselineKind, BaselineSource, Complaint, Run};
use plimsoll_store::{BaselineMark, LaneId, Place, RunFilter, SqliteStore, StoreError};

/// How many runs are looked at: enough to find the level in, and for any window; few enough to read for every run.
pub(crate) const MOST_RUNS: usize = HISTORY;

/// The runs a run is held against.
#[derive(Debug, Clone)]
pub struct BaselineRuns {
    /// What they are, for reports.
    pub source: BaselineSource,
    /// In commit order, oldest first; successful, clean, unvoided.
    pub runs: Vec<Place>,
    /// How many of them are of the base. Behind them stand the branch's own runs, which count only for what was accepted on the
    /// branch itself.
    pub base_runs: usize,
    /// Where somebody accepted a new normal.
    pub marks: Vec<BaselineMark>,
    /// What a reader should know about the choice.
    pub complaints: Vec<Complaint>,
}

impl BaselineRuns {
    /// What the runs of all branches together are called.
    pub(crate) const ALL_BRANCHES: &str = "all branches";

    /// No runs at all, under a name.
    pub(crate) fn none(kind: BaselineKind, name: &str) -> Self {
        let source = BaselineSource { kind, name: name.to_owned(), runs: 0 };
        Self { source, runs: Vec::new(), base_runs: 0, marks: Vec::new(), complaints: Vec::new() }
    }

    /// What a run is held against when nobody says otherwise. On a branch that will be merged: the base branch's runs up to
    /// the merge base. On any other: its own earlier runs. A branch whose base has no runs yet is held against its own, and the
    /// reader is told. `place` is where the run stands; `None` for one that is not stored.
    pub fn of_branch(
        store: &SqliteStore,
        run: &Run,
        place: Option<Place>,
        default_branch: &str,
    ) -> Result<Self, StoreError> {
        let own = run.context.branch.as_deref();
        let Some(lane) = store.lane(&run.project, &run.suite, &run.context.testbed)? else {
            return Ok(Self::none(BaselineKind::Branch, own.unwrap_or(default_branch)));
        };
        let before = match place {
            Some(place) => Some(place),
            None => place_of_unstored(store, run)?,
        };
        let base = run.context.base.as_ref().filter(|base| Some(base.branch.as_str()) != own);
        let mut complaints = Vec::new();
        if let Some(base) = base {
            let merge_base = match &base.hash {
                Some(hash) => store.commit_order(&run.project, hash)?,
                None => None,
            };
            let limit = match merge_base {
                Some(order) => Some(Place::after_commit(order)),
                None => before,
            };
            let mut found = Self::on(store, lane, &run.project, &base.branch, limit)?;
            if !found.runs.is_empty() {
                if let Some(own) = own {
                    found.add_accepted_on(store, lane, &run.project, own, before)?;
                }
                return Ok(found);
            }
            complaints.push(Complaint::new(format!(
                "branch {} has no run on this testbed yet: held against the branch's own runs",
                base.branch
            )));
        }
        let branch = own.unwrap_or(default_branch);
        let mut found = Self::on(store, lane, &run.project, branch, before)?;
        if found.runs.is_empty() && own.is_none() {
            found.runs = any_branch(store, run, before)?;
            found.base_runs = found.runs.len();
            found.source.runs = found.runs.len();
            Self::ALL_BRANCHES.clone_into(&mut found.source.name);
        }
        found.complaints = complaints;
        Ok(found)
    }

    /// The runs of one branch that stand before a place.
    pub(crate) fn on(
        store: &SqliteStore,
        lane: LaneId,
        project: &str,
        branch: &str,
        before: Option<Place>,
    ) -> Result<Self, StoreError> {
        let mut runs = store.baseline_runs(lane, branch, before, MOST_RUNS)?;
        runs.reverse();
        let mut found = Self::none(BaselineKind::Branch, branch);
        found.source.runs = runs.len();
        found.base_runs = runs.len();
        found.runs = runs;
        found.marks = marks_before(store, project, branch, before)?;
        Ok(found)
    }

    /// The same without the newest runs.
    pub(crate) fn without_newest(&self, newest: usize) -> Self {
        let mut before = self.clone();
        before.runs.truncate(self.runs.len().saturating_sub(newest));
        before.base_runs = before.base_runs.min(before.runs.len());
        before.source.runs = before.base_runs;
        before
    }

    /// What was accepted on the branch itself holds there before it is merged: the branch's runs since then follow the base's.
    fn add_accepted_on(
        &mut self,
        store: &SqliteStore,
        lane: LaneId,
        project: &str,
        own: &str,
        before: Option<Place>,
    ) -> Result<(), StoreError> {
        let marks = marks_before(store, project, own, before)?;
        let Some(first) = marks.iter().map(|mark| mark.place).min() else {
            return Ok(());
        };
        let since = store.baseline_runs(lane, own, before, MOST_RUNS)?;
        self.runs.extend(since.into_iter().rev().filter(|place| *place >= first));
        self.marks.extend(marks);
        Ok(())
    }
}

/// What was accepted on a branch. To a run that stands before it, a new normal is the future.
fn marks_before(
    store: &SqliteStore,
    project: &str,
    branch: &str,
    before: Option<Place>,
) -> Result<Vec<BaselineMark>, StoreError> {
    let mut marks = store.baseline_marks(project, branch)?;
    marks.retain(|mark| before.is_none_or(|before| mark.place <= before));
    Ok(marks)
}

/// A run that is not stored stands behind the runs of its commit that are.
fn place_of_unstored(store: &SqliteStore, run: &Run) -> Result<Option<Place>, StoreError> {
    match &run.context.commit {
        Some(commit) => Ok(store.commit_order(&run.project, &commit.hash)?.map(Place::after_commit)),
        None => Ok(None),
    }
}

fn any_branch(store: &SqliteStore, run: &Run, before: Option<Place>) -> Result<Vec<Place>, StoreError> {
    let rows = store.select_runs(&RunFilter {
        project: &run.project,
        suite: Some(&run.suite),
        testbed: Some(&run.context.testbed),
        before,
        eligible_only: true,
        newest_first: true,
        limit: Some(MOST_RUNS),
        ..RunFilter::default()
    })?;
    Ok(rows.into_iter().rev().map(|row| row.place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use plimsoll_model::{Commit, Context, Measurement, Metric, Outcome};

    fn run(hour: i64) -> Run {
        let at = Timestamp::from_second(hour * 3_600).expect("a time");
        let mut context = Context::new("t", at);
        context.branch = Some("main".to_owned());
        context.commit = Some(Commit {
            hash: format!("{hour:040x}"),
            ancestors: Vec::new(),
            ancestor_times: Vec::new(),
            committed_at: Some(at),
            subject: None,
            dirty: false,
        });
        Run {
            id: format!("run {hour}"),
            project: "p".to_owned(),
            suite: "fast".to_owned(),
            session: None,
            outcome: Outcome::Success,
            context,
            measurements: vec![Measurement::new("h", "parse", Metric::time(), 100.0)],
            allocators: Vec::new(),
            notes: Vec::new(),
            complaints: Vec::new(),
            unknown: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn a_new_normal_is_the_future_to_a_run_that_stands_before_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = SqliteStore::open(&folder.path().join("history.db")).expect("a store");
        store.append(&run(1)).expect("it is stored");
        let accepted = store.append(&run(5)).expect("it is stored").number;
        store
            .accept_baseline("p", "main", None, accepted, "new normal", None, Timestamp::UNIX_EPOCH)
            .expect("it is accepted");
        let late = store.append(&run(3)).expect("it is stored").place;
        let new = store.append(&run(7)).expect("it is stored").place;
        let marks = |run, place| {
            let found = BaselineRuns::of_branch(&store, &run, Some(place), "main").expect("runs");
            (found.runs.len(), found.marks.len())
        };
        assert_eq!(marks(run(3), late), (1, 0));
        assert_eq!(marks(run(7), new), (3, 1));
    }
}
