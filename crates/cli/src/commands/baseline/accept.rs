//! `plimsoll baseline accept`: which run starts the new normal, and saying so.

use plimsoll_model::SeriesKey;
use plimsoll_report::{AcceptedView, RunFacts};
use plimsoll_store::{RunFilter, RunRow, SqliteStore};
use plimsoll_track::{Acceptance, Accepted, accept};

use super::called;
use crate::codes;
use crate::commands::alert::note;
use crate::context_args::ContextArgs;
use crate::failure::{Ended, Failure};
use crate::house::{House, store_failure};
use crate::person::person;

/// What to do where it is not clear whose normal is meant.
const NAME_IT: &str =
    "plimsoll baseline accept --branch NAME --note TEXT (or --run RUN; plimsoll runs ls lists them)";

#[derive(Debug, clap::Args)]
pub(super) struct AcceptArgs {
    /// Only this series [default: all that changed in the run or have an alert]
    series: Option<String>,
    /// Why it is accepted
    #[arg(long, visible_alias = "notes", value_name = "TEXT", value_parser = note)]
    note: String,
    /// The first run of the new normal: an id, a commit or a branch [default: the newest]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// The branch whose newest run is meant [default: the one checked out, or what CI says]
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

/// Accepts, and says how to take it back.
pub(super) fn accept_now(args: &AcceptArgs, house: &House) -> Ended {
    let mut store = house.existing_store()?;
    let project = house.project();
    let book = house.rule_book(Some(&store), &project)?;
    let key = match &args.series {
        Some(text) => Some(called(&store, &project, &book, text, house)?.key),
        None => None,
    };
    let choice = Choice { house, store: &store, project: &project, key: key.as_ref() };
    let run = choice.run_meant_by(args)?;
    let by = person(house);
    let acceptance = Acceptance {
        run: run.number,
        series: key.as_ref(),
        note: &args.note,
        by: by.as_deref(),
        now: House::now(),
    };
    let accepted = accept(&mut store, acceptance, book.rules()).map_err(|error| store_failure(&error))?;
    show(&accepted, house)?;
    if accepted.is_whole || !accepted.series.is_empty() {
        let id = run.id.get(..SHORT_ID).unwrap_or(&run.id);
        house.terminal.say(&format!("to take it back: plimsoll baseline withdraw {id}"));
    }
    Ok(0)
}

/// Characters of a run's id that no other run of a project shares.
const SHORT_ID: usize = 12;

/// Shows what was accepted and what that does not settle.
fn show(accepted: &Accepted, house: &House) -> Result<(), Failure> {
    let view = AcceptedView {
        run: RunFacts::of(&accepted.run),
        branch: &accepted.branch,
        series: &accepted.series,
        is_whole: accepted.is_whole,
        resolved: &accepted.resolved,
        missed_targets: &accepted.missed_targets,
    };
    house.show(|| view.json(), |screen| view.terminal(screen))
}

/// Among which runs the first of the new normal is looked for.
struct Choice<'a> {
    house: &'a House,
    store: &'a SqliteStore,
    project: &'a str,
    key: Option<&'a SeriesKey>,
}

impl Choice<'_> {
    /// The newest run that could be meant. A run that may enter no baseline cannot start one.
    fn run_meant_by(&self, args: &AcceptArgs) -> Result<RunRow, Failure> {
        let run = match (&args.run, &args.branch) {
            (Some(text), _) => self.called(text)?,
            (None, Some(branch)) => self.newest_of(branch)?,
            (None, None) => self.checked_out()?,
        };
        if !run.eligible {
            let message = format!("run {} enters no baseline: it is voided, failed or dirty", run.id);
            return Err(Failure::new(codes::USAGE, message).hint("commit, run again, and accept that run"));
        }
        self.check_branch(&run)?;
        Ok(run)
    }

    /// The newest run that measured the series and goes by an id or a commit.
    fn called(&self, text: &str) -> Result<RunRow, Failure> {
        let resolve =
            |text: &str| self.store.resolve_run(self.project, text).map_err(|error| store_failure(&error));
        let mut rows = resolve(text)?;
        if rows.is_empty()
            && let Some(hash) = self.house.git().and_then(|git| git.resolve(text).ok())
        {
            rows = resolve(&hash)?;
        }
        if rows.is_empty() {
            let message = format!("project {} has no run called `{text}`", self.project);
            return Err(Failure::new(codes::REVISION, message));
        }
        rows.retain(|row| self.key.is_none_or(|key| row.suite == key.suite && row.testbed == key.testbed));
        rows.pop().ok_or_else(|| Failure::new(codes::REVISION, "that run did not measure this series"))
    }

    fn newest_of(&self, branch: &str) -> Result<RunRow, Failure> {
        let newest = self.select(RunFilter { branch: Some(branch), limit: Some(1), ..self.clean() })?;
        newest.into_iter().next().ok_or_else(|| {
            let message = format!("there is no clean run of branch {branch} to accept");
            Failure::new(codes::EMPTY, message).hint("plimsoll runs ls")
        })
    }

    /// The newest run of what is checked out: of the branch, if its newest run is part of that; on a detached head of the very
    /// commit.
    fn checked_out(&self) -> Result<RunRow, Failure> {
        let context = self.house.gather(&ContextArgs::default(), House::now())?.context;
        let head = context.commit.map(|commit| commit.hash);
        match (&context.branch, &head) {
            (Some(branch), head) => {
                let newest = self.newest_of(branch)?;
                self.check_reached(&newest, branch, head.as_deref())?;
                Ok(newest)
            }
            (None, Some(head)) => self.newest_at(head),
            (None, None) => {
                let newest = self.select(RunFilter { limit: Some(1), ..self.clean() })?;
                let message = "there is no clean run to accept";
                newest
                    .into_iter()
                    .next()
                    .ok_or_else(|| Failure::new(codes::EMPTY, message).hint("plimsoll runs ls"))
            }
        }
    }

    /// On a detached head nothing but the commit says whose run is meant.
    fn newest_at(&self, head: &str) -> Result<RunRow, Failure> {
        let rows = self.select(RunFilter { commit: Some(head), ..self.clean() })?;
        let short = head.get(..7).unwrap_or(head);
        let Some(newest) = rows.first() else {
            let message =
                format!("no branch is checked out, and its commit {short} has no clean run to accept");
            return Err(Failure::new(codes::EMPTY, message).hint(NAME_IT));
        };
        if let Some(other) = rows.iter().find(|row| row.branch != newest.branch) {
            let named = |row: &RunRow| row.branch.clone().unwrap_or_else(|| "no branch".to_owned());
            let message = format!(
                "no branch is checked out, and its commit {short} was measured on {} and {}",
                named(newest),
                named(other)
            );
            return Err(Failure::new(codes::AMBIGUOUS, message).hint(NAME_IT));
        }
        Ok(newest.clone())
    }

    /// A run of a commit that is not part of what is checked out was not meant.
    fn check_reached(&self, run: &RunRow, branch: &str, head: Option<&str>) -> Result<(), Failure> {
        let (Some(commit), Some(head)) = (&run.commit, head) else { return Ok(()) };
        if commit == head || self.house.is_built_upon(commit, head) {
            return Ok(());
        }
        let short = |hash: &str| hash.get(..7).unwrap_or(hash).to_owned();
        let message = format!(
            "the newest run of {branch} is of commit {}, which is not part of what is checked out ({})",
            short(commit),
            short(head)
        );
        Err(Failure::new(codes::REVISION, message).hint(NAME_IT))
    }

    /// A run without a branch stands for the default branch where there is nothing else. Where that has runs of its own, they
    /// would start anew at a commit that may never be theirs.
    fn check_branch(&self, run: &RunRow) -> Result<(), Failure> {
        let default_branch = self.house.default_branch();
        let of_default = RunFilter { branch: Some(default_branch), limit: Some(1), ..self.clean() };
        if run.branch.is_some() || self.select(of_default)?.is_empty() {
            return Ok(());
        }
        let id = run.id.get(..SHORT_ID).unwrap_or(&run.id);
        let message = format!("run {id} belongs to no branch, and a new normal is one of a branch");
        Err(Failure::new(codes::USAGE, message).hint(
            "check the branch out and measure there, or measure with --branch NAME, and accept that run",
        ))
    }

    /// Clean runs, the newest first, that measured what is to be accepted.
    fn clean(&self) -> RunFilter<'_> {
        RunFilter {
            project: self.project,
            suite: self.key.map(|key| key.suite.as_str()),
            testbed: self.key.map(|key| key.testbed.as_str()),
            eligible_only: true,
            newest_first: true,
            ..RunFilter::default()
        }
    }

    fn select(&self, filter: RunFilter<'_>) -> Result<Vec<RunRow>, Failure> {
        self.store.select_runs(&filter).map_err(|error| store_failure(&error))
    }
}
