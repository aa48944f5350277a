//! `plimsoll ingest` without files: everything that programs left in the spool.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_context::Gathered;
use plimsoll_model::{Alert, Gate, GateStatus, Run, Severity};
use plimsoll_store::{SqliteStore, StoreError};
use plimsoll_track::{
    LeftFile, Rejected, SpoolError, SpoolReading, holds_lines, live_alerts, look_into_spool, take_spool,
};

use super::{Args, Kept, commits, filled, keep, open};
use crate::codes;
use crate::failure::{Ended, Failure};
use crate::house::{House, RuleBook, store_failure};
use crate::outcome_args::RunFormat;
use crate::progress::{Counted, Progress};
use crate::project_hint::tell_former_project;
use crate::shown::{Judged, Showing};

/// More of what happened in between, or of what was not understood, is counted.
const MOST_TOLD: usize = 10;

/// Stores and judges every run in the order of time, and shows the newest of each suite.
pub(super) fn ingest(args: &Args, house: &House, now: Timestamp) -> Ended {
    let folder = house.spool_folder();
    if !holds_lines(&folder).map_err(|error| spool_failure(&error))? {
        let place = folder.display();
        house.terminal.say(&format!("nothing to read: no program has left lines in {place}"));
        return Ok(0);
    }
    // Nothing is taken before it is known that it can be stored.
    let gathered = house.gather(&args.context, now)?;
    let store = open(args, house)?;
    let reading = if args.dry_run { look_into_spool(&folder) } else { take_spool(&folder) };
    let mut reading = match reading {
        Err(error @ SpoolError::Busy { .. }) => {
            house.terminal.say(&error.to_string());
            return Ok(0);
        }
        reading => reading.map_err(|error| spool_failure(&error))?,
    };
    let runs = std::mem::take(&mut reading.runs);
    let has_runs = !runs.is_empty();
    let mut pass = Pass::new(args, house, store, now);
    let ended = pass.keep_all(runs, &gathered, &mut reading);
    pass.show(house)?;
    ended.map_err(|failure| failure.because("what was not stored stays in the spool"))?;
    conclude(args, house, reading, has_runs)
}

/// Everything is stored: says what was not understood and what was left.
fn conclude(args: &Args, house: &House, mut reading: SpoolReading, has_runs: bool) -> Ended {
    let broken: Vec<String> = reading
        .broken
        .iter()
        .map(|broken| {
            let complaint = &broken.complaint;
            let source = complaint.source.as_deref().unwrap_or_default();
            match complaint.line {
                Some(line) => format!("{source} line {line}: {}", complaint.message),
                None => format!("{source}: {}", complaint.message),
            }
        })
        .collect();
    tell(house, &broken, "broken lines");
    let left = std::mem::take(&mut reading.left);
    let rejected = match args.dry_run {
        true => None,
        false => Some(reading.finish().map_err(|error| spool_failure(&error))?),
    };
    let place = rejected.as_ref().map(|rejected| tell_rejected(house, rejected));
    let (refused, unfinished): (Vec<&LeftFile>, Vec<&LeftFile>) =
        left.iter().partition(|left| matches!(left, LeftFile::Refused { .. }));
    tell(house, &unfinished.iter().map(ToString::to_string).collect::<Vec<_>>(), "files");
    if let Some(first) = refused.first() {
        let mut failure = Failure::new(codes::SPOOL, first.to_string());
        for more in refused.iter().skip(1).take(MOST_TOLD) {
            failure = failure.because(more.to_string());
        }
        return Err(failure);
    }
    match has_runs || broken.is_empty() {
        true => Ok(0),
        false => {
            let failure = Failure::new(codes::NOT_UNDERSTOOD, "no line of the spool is a run");
            Err(match place {
                Some(place) => failure.hint(format!("look at {place}")),
                None => failure,
            })
        }
    }
}

/// Says where rejected lines are, and tells the place.
fn tell_rejected(house: &House, rejected: &Rejected) -> String {
    let place = rejected.path.display().to_string();
    if rejected.kept > 0 {
        house.terminal.say(&format!("{} kept in {place}", counted(rejected.kept, "broken line")));
    }
    if rejected.dropped > 0 {
        let dropped = counted(rejected.dropped, "broken line");
        house.terminal.say(&format!("{dropped} gone: {place} is full; look at it and remove it"));
    }
    for name in &rejected.not_removed {
        house.terminal.say(&format!("{name} cannot be removed; it is read again, and adds nothing"));
    }
    place
}

/// Says the first few of many lines.
fn tell(house: &House, lines: &[String], noun: &str) {
    for line in lines.iter().take(MOST_TOLD) {
        house.terminal.say(line);
    }
    if lines.len() > MOST_TOLD {
        house.terminal.say(&format!("and {} more {noun}", lines.len() - MOST_TOLD));
    }
}

/// The runs of the spool on their way into history.
struct Pass<'a> {
    args: &'a Args,
    house: &'a House,
    store: Option<SqliteStore>,
    now: Timestamp,
    /// By project.
    books: BTreeMap<String, RuleBook>,
    /// By project and suite.
    suites: BTreeMap<(String, String), SuitePass>,
    /// The live alerts after the newest run, by project, suite, testbed and branch.
    alerts: BTreeMap<[String; 4], Vec<Alert>>,
    showing: Showing<'a>,
    /// What happened in runs that are not shown.
    told: Vec<String>,
}

/// What there was of one suite.
#[derive(Default)]
struct SuitePass {
    runs: usize,
    /// Runs that were stored before.
    known: usize,
    newest: Option<Newest>,
}

/// A run that may turn out to be the newest of its suite.
struct Newest {
    run: Run,
    kept: Kept,
    gate: Gate,
    /// The alerts that it opened or ended, and whether it closes the gate.
    moves: Vec<String>,
}

impl<'a> Pass<'a> {
    fn new(args: &'a Args, house: &'a House, store: Option<SqliteStore>, now: Timestamp) -> Self {
        Self {
            args,
            house,
            store,
            now,
            books: BTreeMap::new(),
            suites: BTreeMap::new(),
            alerts: BTreeMap::new(),
            showing: Showing::new(house, &args.gate),
            told: Vec::new(),
        }
    }

    /// Stores the runs one after the other; what the store refuses for good is rejected.
    fn keep_all(
        &mut self,
        runs: Vec<Run>,
        gathered: &Gathered,
        reading: &mut SpoolReading,
    ) -> Result<(), Failure> {
        let total = runs.len() as u64;
        let mut progress = Progress::begin(&self.house.terminal, "reading the spool", Counted::Runs);
        let mut commits = commits(self.house, gathered);
        let mut dirtied = 0;
        for (run, done) in runs.into_iter().zip(0..) {
            progress.at(done, Some(total));
            let was_clean = run.is_clean();
            let run = filled(run, self.args, self.house, gathered, &mut commits);
            dirtied += usize::from(was_clean && !run.is_clean());
            match self.keep_one(&run)? {
                Ok((kept, moves)) => self.add(run, kept, moves)?,
                Err(why) => reading.reject(&run, &why),
            }
        }
        progress.end();
        if dirtied > 0 {
            let (runs, verb) = (counted(dirtied, "run"), if dirtied == 1 { "enters" } else { "enter" });
            self.house.terminal.say(&format!(
                "there are changes that are not committed: {runs} of this commit {verb} no baseline (ingest before you edit, or \
                 measure by plimsoll run)"
            ));
        }
        Ok(())
    }

    /// Stores one run; tells the alerts it moved, or why it can never be stored.
    fn keep_one(&mut self, run: &Run) -> Result<Result<(Kept, Vec<String>), String>, Failure> {
        let book = match self.books.remove(&run.project) {
            Some(book) => book,
            None => {
                if let Some(store) = &self.store {
                    tell_former_project(self.house, store, run)?;
                }
                self.house.rule_book(self.store.as_ref(), &run.project)?
            }
        };
        let lane = lane_of(run);
        let before = match (self.alerts.remove(&lane), &self.store) {
            (Some(alerts), _) => alerts,
            (None, Some(store)) => live_alerts(store, run).map_err(|error| store_failure(&error))?,
            (None, None) => Vec::new(),
        };
        let kept = keep(self.args, self.house, run, self.store.as_mut(), &book, self.now);
        self.books.insert(run.project.clone(), book);
        match kept {
            Ok(kept) => {
                let moves = if self.args.dry_run { Vec::new() } else { moves(&before, &kept.alerts) };
                self.alerts.insert(lane, kept.alerts.clone());
                Ok(Ok((kept, moves)))
            }
            Err(error @ (StoreError::Conflict { .. } | StoreError::NotFinite { .. })) => {
                self.alerts.insert(lane, before);
                Ok(Err(error.to_string()))
            }
            Err(error) => Err(store_failure(&error)),
        }
    }

    /// Counts a run that was kept. Formats for programs get all of them, people the newest.
    fn add(&mut self, run: Run, kept: Kept, mut moves: Vec<String>) -> Result<(), Failure> {
        let Some(book) = self.books.get(&run.project) else { return Ok(()) };
        let judged = judged(&run, &kept);
        let gate = judged.gate(book, &self.args.gate);
        if !self.args.dry_run {
            judged.write_files(self.house, &gate)?;
            self.showing.summaries.take(&judged, &book.policy);
        }
        if is_for_programs(self.args, self.house) {
            self.showing.show(&judged, &gate)?;
        }
        let suite = self.suites.entry((run.project.clone(), run.suite.clone())).or_default();
        suite.runs += 1;
        suite.known += usize::from(!kept.is_new);
        let is_closed = |gate: &Gate| gate.status == GateStatus::Closed;
        let was_closed = suite.newest.as_ref().is_some_and(|before| is_closed(&before.gate));
        if is_closed(&gate) && !was_closed {
            moves.push(format!("it would close the gate: {}", gate.because));
        }
        let before = suite.newest.replace(Newest { run, kept, gate, moves });
        self.told.extend(before.into_iter().flat_map(Newest::tell));
        Ok(())
    }

    /// Shows the newest run of each suite, the latest last.
    fn show(mut self, house: &House) -> Result<(), Failure> {
        self.showing.summaries.leave();
        if is_for_programs(self.args, house) {
            return self.showing.finish();
        }
        tell(house, &self.told, "like these: plimsoll alert ls --all");
        let mut suites: Vec<((String, String), SuitePass)> = self.suites.into_iter().collect();
        let started_at =
            |suite: &SuitePass| suite.newest.as_ref().map(|newest| newest.run.context.started_at);
        suites.sort_by_key(|(_, suite)| started_at(suite));
        for ((_, name), SuitePass { runs, known, newest }) in suites {
            let Some(Newest { run, kept, gate, .. }) = newest else { continue };
            match (runs, known) {
                (1, 0) => {}
                (1, _) => {
                    house.terminal.say(&format!("run {} is stored already; nothing was added", run.id));
                }
                _ => house.terminal.say(&heading(self.args, &name, runs, known)),
            }
            judged(&run, &kept).show(house, &gate, &self.args.gate)?;
        }
        Ok(())
    }
}

/// `12 runs of build stored, 2 of them before; the newest:`
fn heading(args: &Args, suite: &str, runs: usize, known: usize) -> String {
    let stored = if args.dry_run { "" } else { " stored" };
    let before = match known {
        0 => String::new(),
        all if all == runs => ", all of them before".to_owned(),
        some => format!(", {some} of them before"),
    };
    format!("{} of {suite}{stored}{before}; the newest:", counted(runs, "run"))
}

impl Newest {
    /// What is told of a run that is not shown: alerts that it moved, and that it would close the gate.
    fn tell(self) -> Vec<String> {
        let context = &self.run.context;
        let commit = context
            .commit
            .as_ref()
            .map_or("no commit", |commit| commit.hash.get(..7).unwrap_or(&commit.hash));
        let when = context.started_at.strftime("%Y-%m-%d %H:%MZ");
        let place = format!("{when} {} {commit}", self.run.suite);
        self.moves.into_iter().map(|what| format!("{place}: {what}")).collect()
    }
}

/// What became of alerts; those of severity info ask for nothing.
fn moves(before: &[Alert], after: &[Alert]) -> Vec<String> {
    let lacks = |alerts: &[Alert], one: &Alert| {
        one.severity > Severity::Info && alerts.iter().all(|alert| alert.id != one.id)
    };
    let opened = after.iter().filter(|alert| lacks(before, alert)).map(|alert| {
        let series = &alert.series;
        format!("alert {} opened: {} {}#{}", alert.id, alert.severity.name(), series.benchmark, series.metric)
    });
    let over =
        before.iter().filter(|alert| lacks(after, alert)).map(|alert| format!("alert {} is over", alert.id));
    opened.chain(over).collect()
}

fn judged<'b>(run: &'b Run, kept: &'b Kept) -> Judged<'b> {
    Judged {
        run,
        evaluation: &kept.evaluation,
        alerts: &kept.alerts,
        complaints: &run.complaints,
        second_look: None,
    }
}

fn lane_of(run: &Run) -> [String; 4] {
    let context = &run.context;
    let branch = context.branch.clone().unwrap_or_default();
    [run.project.clone(), run.suite.clone(), context.testbed.clone(), branch]
}

fn is_for_programs(args: &Args, house: &House) -> bool {
    matches!(house.format(args.gate.format, RunFormat::Json), RunFormat::Json | RunFormat::Csv)
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn spool_failure(error: &SpoolError) -> Failure {
    Failure::from_error(codes::SPOOL, error)
}
