//! A judged run on its way to the reader.

use plimsoll_analyse::gate;
use plimsoll_model::{Alert, Complaint, Evaluation, Gate, Policy, Run, format};
use plimsoll_report::{RunFacts, RunReports, RunView, SecondLook};

use crate::codes;
use crate::failure::Failure;
use crate::house::{House, RuleBook};
use crate::outcome_args::{GateArgs, RunFormat};
use crate::summaries::Summaries;

/// Prints judged runs one after the other; JSON is one document, whatever their number.
pub(crate) struct Showing<'a> {
    house: &'a House,
    args: &'a GateArgs,
    reports: RunReports,
    /// What programs are told of the runs; whoever shows the last run leaves them.
    pub summaries: Summaries<'a>,
}

impl<'a> Showing<'a> {
    /// Nothing was shown yet.
    pub(crate) fn new(house: &'a House, args: &'a GateArgs) -> Self {
        Self { house, args, reports: RunReports::default(), summaries: Summaries::new(house) }
    }

    /// Prints a run, or keeps it for the end.
    pub(crate) fn show(&mut self, judged: &Judged<'_>, gate: &Gate) -> Result<(), Failure> {
        match self.house.format(self.args.format, RunFormat::Json) {
            RunFormat::Json => self.reports.add(&judged.view(gate)),
            _ => judged.show(self.house, gate, self.args)?,
        }
        Ok(())
    }

    /// Prints what was kept.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.reports.json().map_or(Ok(()), |text| self.house.terminal.data(&text))
    }
}

/// A judged run and all that is shown with it.
pub(crate) struct Judged<'a> {
    pub run: &'a Run,
    pub evaluation: &'a Evaluation,
    pub alerts: &'a [Alert],
    pub complaints: &'a [Complaint],
    pub second_look: Option<SecondLook>,
}

impl Judged<'_> {
    /// The policy's answer.
    pub(crate) fn gate(&self, book: &RuleBook, args: &GateArgs) -> Gate {
        gate(self.evaluation, self.alerts, &book.policy, args.fail_on())
    }

    /// Prints it in the format asked for.
    pub(crate) fn show(&self, house: &House, gate: &Gate, args: &GateArgs) -> Result<(), Failure> {
        let view = self.view(gate);
        let format = house.format(args.format, RunFormat::Json);
        house.terminal.data(&match format {
            RunFormat::Table => view.terminal(&house.screen(), args.all),
            RunFormat::Md => view.markdown(),
            RunFormat::Json => view.json(),
            RunFormat::Csv => view.csv(),
        })
    }

    /// The run as every format shows it.
    pub(crate) fn view<'b>(&'b self, gate: &'b Gate) -> RunView<'b> {
        RunView {
            run: RunFacts::of(self.run),
            evaluation: self.evaluation,
            gate,
            usage: self.run.context.usage,
            alerts: self.alerts,
            complaints: self.complaints,
            second_look: self.second_look,
        }
    }

    /// Leaves what programs are told of the run.
    pub(crate) fn leave_summary(&self, house: &House, policy: &Policy) {
        let mut summaries = Summaries::new(house);
        summaries.take(self, policy);
        summaries.leave();
    }

    /// Writes the plain files beside the store, where the configuration asks for them.
    pub(crate) fn write_files(&self, house: &House, gate: &Gate) -> Result<(), Failure> {
        let Some(directory) = house.config.files_directory() else {
            return Ok(());
        };
        let line =
            format::run::write(self.run).map_err(|error| Failure::from_error(codes::OUTPUT, &error))?;
        let started_at = self.run.context.started_at;
        plimsoll_publish::write_files(&directory, started_at, &line, &self.view(gate).json())
            .map_err(|error| Failure::from_error(codes::OUTPUT, &error))?;
        Ok(())
    }
}
