//! Series that were judged again on their way to the reader.

use std::io::{self, Write};
use std::ops::ControlFlow;

use plimsoll_model::{ReplayedAlert, ReplayedChangePoint};
use plimsoll_report::{ReplayChangeRow, ReplayLine, ReplayRow, ReplayRun, ReplayView};
use plimsoll_track::{
    ReplayTally, ReplayedLine, ReplayedRun, ReplayedRuns, ReplayedSeries, Tallied, TallySeries,
};

use crate::codes;
use crate::failure::{Failure, visible};
use crate::house::House;
use crate::terminal::Terminal;

/// Complaints about lines that are told; the others are counted.
const MOST_COMPLAINTS: u64 = 100;

/// Takes the answers in their order: writes a line of JSON for each, or tallies them for a table.
pub(crate) struct Answers {
    out: Option<io::Stdout>,
    unwritable: Option<io::Error>,
    terminal: Terminal,
    tally: ReplayTally,
    /// Series that were judged.
    pub judged: u64,
    /// Lines that are no series.
    pub broken: u64,
}

impl Answers {
    pub(crate) fn new(house: &House) -> Self {
        Self {
            out: house.globals.json.then(io::stdout),
            unwritable: None,
            terminal: house.terminal,
            tally: ReplayTally::default(),
            judged: 0,
            broken: 0,
        }
    }

    /// Takes the answer to a line of a file: a series, or what is wrong with the line.
    pub(crate) fn take_line(&mut self, line: u64, answer: Result<ReplayedLine, String>) -> ControlFlow<()> {
        let series = match answer {
            Ok(series) => series,
            Err(why) => {
                self.broken += 1;
                if self.broken <= MOST_COMPLAINTS {
                    self.terminal.say(&format!("line {line}: {}", visible(&why)));
                }
                return ControlFlow::Continue(());
            }
        };
        self.judged += 1;
        if self.out.is_some() {
            let line = ReplayLine { id: &series.id, testbed: None, replayed: &series.replayed, runs: &[] };
            return self.write(&line.json());
        }
        let tallied = TallySeries { name: &series.id, values: &series.values, unit: None, runs: None };
        self.tally.add(&tallied, &series.replayed);
        ControlFlow::Continue(())
    }

    /// Takes a series of the store.
    pub(crate) fn take_series(&mut self, series: &ReplayedSeries) -> ControlFlow<()> {
        self.judged += 1;
        let name = series.row.key.to_string();
        if self.out.is_some() {
            let testbed = Some(series.row.key.testbed.as_str());
            let runs = runs_of(&series.runs);
            return self
                .write(&ReplayLine { id: &name, testbed, replayed: &series.replayed, runs: &runs }.json());
        }
        let unit = Some(&series.row.unit);
        let tallied = TallySeries { name: &name, values: &series.values, unit, runs: Some(&series.runs) };
        self.tally.add(&tallied, &series.replayed);
        ControlFlow::Continue(())
    }

    /// Every line goes out at once: a program may be waiting for it.
    fn write(&mut self, line: &str) -> ControlFlow<()> {
        let written = self.out.as_mut().map(|out| out.write_all(line.as_bytes()).and_then(|()| out.flush()));
        match written {
            Some(Err(error)) => {
                self.unwritable = Some(error);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// Says how much was not told. A reader that went away (`| head`) has what it wanted.
    pub(crate) fn end(&mut self) -> Result<(), Failure> {
        if self.broken > MOST_COMPLAINTS {
            self.terminal.say(&format!("{} more lines are no series", self.broken - MOST_COMPLAINTS));
        }
        match self.unwritable.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::from_error(codes::OUTPUT, &error))
            }
            _ => Ok(()),
        }
    }

    /// Prints the table, where no lines of JSON were asked for.
    pub(crate) fn show(
        &mut self,
        house: &House,
        span: &str,
        only_retrospective: bool,
    ) -> Result<(), Failure> {
        if self.out.is_some() {
            return Ok(());
        }
        let counts = self.tally.counts();
        let screen = house.screen();
        let text = if only_retrospective {
            let rows: Vec<_> = self.tally.change_points().iter().map(change_row).collect();
            ReplayView { span, counts, alerts: &[], change_points: Some(&rows) }.terminal(&screen)
        } else {
            let rows: Vec<_> = self.tally.alerts().iter().map(alert_row).collect();
            ReplayView { span, counts, alerts: &rows, change_points: None }.terminal(&screen)
        };
        self.terminal.data(&text)
    }
}

fn alert_row(tallied: &Tallied<ReplayedAlert>) -> ReplayRow<'_> {
    ReplayRow {
        series: &tallied.series,
        alert: &tallied.found,
        unit: tallied.unit.as_ref(),
        runs: tallied.at.as_ref().zip(tallied.began.as_ref()).map(|(at, began)| (run(at), run(began))),
        values: &tallied.values,
    }
}

fn change_row(tallied: &Tallied<ReplayedChangePoint>) -> ReplayChangeRow<'_> {
    ReplayChangeRow {
        series: &tallied.series,
        point: &tallied.found,
        unit: tallied.unit.as_ref(),
        run: tallied.began.as_ref().map(run),
        values: &tallied.values,
    }
}

fn run(run: &ReplayedRun) -> ReplayRun<'_> {
    ReplayRun { commit: run.commit.as_deref(), started_at: run.started_at }
}

fn runs_of(runs: &ReplayedRuns) -> Vec<ReplayRun<'_>> {
    runs.iter().map(run).collect()
}
