//! What programs that measure themselves are told at their next start: how their suites' last runs stood.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use jiff::Timestamp;
use plimsoll_analyse::performance_index;
use plimsoll_model::{Commit, CommitOrder, Outcome, Policy, Run};
use plimsoll_publish::{SummaryLine, write_summary};
use plimsoll_report::{RunFacts, SummaryView};
use plimsoll_track::PROBE_HARNESS;

use crate::house::House;
use crate::shown::Judged;

/// The summaries of the suites that were judged. Runs of a suite may come in any order: the newest stays.
pub(crate) struct Summaries<'a> {
    house: &'a House,
    folder: PathBuf,
    /// There is a spool, so that programs may ask.
    has_spool: bool,
    /// By project and suite.
    newest: BTreeMap<(String, String), Newest>,
}

/// The summary of a suite's newest run so far.
struct Newest {
    moment: Moment,
    line: SummaryLine,
}

/// Where a run stands among others: by its commit, then by its time.
type Moment = (CommitOrder, Timestamp);

impl<'a> Summaries<'a> {
    /// Nothing was judged yet.
    pub(crate) fn new(house: &'a House) -> Self {
        let folder = house.spool_folder();
        let has_spool = folder.is_dir();
        Self { house, folder, has_spool, newest: BTreeMap::new() }
    }

    /// Takes a stored run, unless it failed or is older than one of its suite that was taken before. Where there is no spool,
    /// only a run that a program measured itself is worth making one.
    pub(crate) fn take(&mut self, judged: &Judged<'_>, policy: &Policy) {
        let run = judged.run;
        let is_own = || run.measurements.iter().any(|measurement| &*measurement.harness == PROBE_HARNESS);
        if run.outcome != Outcome::Success || !(self.has_spool || is_own()) {
            return;
        }
        let moment = moment(run);
        let suite = (run.project.clone(), run.suite.clone());
        if self.newest.get(&suite).is_some_and(|newest| newest.moment > moment) {
            return;
        }
        let view = SummaryView {
            run: RunFacts::of(run),
            evaluation: judged.evaluation,
            alerts: judged.alerts,
            index: performance_index(judged.evaluation, policy),
        };
        match view.line() {
            Some(line) => {
                let line = SummaryLine { beginning: view.beginning(), line };
                self.newest.insert(suite, Newest { moment, line });
            }
            None => self.tell("the name of project or suite is too long"),
        }
    }

    /// Writes them, the latest first. Nothing depends on it: where that fails, it is told.
    pub(crate) fn leave(&mut self) {
        let mut newest: Vec<Newest> = std::mem::take(&mut self.newest).into_values().collect();
        newest.sort_by_key(|newest| std::cmp::Reverse(newest.moment));
        let lines: Vec<SummaryLine> = newest.into_iter().map(|newest| newest.line).collect();
        if lines.is_empty() {
            return;
        }
        if let Err(error) = write_summary(&self.folder, &lines) {
            let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
            self.tell(&format!("{error}{cause}"));
        }
    }

    fn tell(&self, why: &str) {
        self.house.terminal.say(&format!("no summary for programs: {}", why.replace('\n', "\\n")));
    }
}

/// As far as the run itself tells it.
fn moment(run: &Run) -> Moment {
    let started_at = run.context.started_at;
    let started_us = started_at.as_microsecond();
    let order = |commit: &Commit| commit.orders(|_| None, started_us).first().copied();
    (run.context.commit.as_ref().and_then(order).unwrap_or(started_us), started_at)
}
