//! Arguments that the commands that judge share.

use clap::{Args, ValueEnum};
use plimsoll_model::FailOn;

/// What closes the gate.
#[derive(Debug, Clone, Args)]
pub(crate) struct GateArgs {
    /// What closes the gate, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', default_value = "regressed", value_name = "WHAT")]
    pub fail_on: Vec<FailWord>,
    /// Show every series
    #[arg(long)]
    pub all: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: RunFormat,
}

impl GateArgs {
    /// The words as a set.
    pub(crate) fn fail_on(&self) -> FailOn {
        let says = |word| self.fail_on.contains(&word);
        FailOn {
            regressed: says(FailWord::Regressed),
            inconclusive: says(FailWord::Inconclusive),
            missing: says(FailWord::Missing),
        }
    }
}

/// A word of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailWord {
    /// A regression of gate severity.
    Regressed,
    /// Something could not be judged.
    Inconclusive,
    /// A benchmark vanished.
    Missing,
}

/// How a judged run is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunFormat {
    /// A table for a terminal.
    #[default]
    Table,
    /// A comment for a pull request.
    Md,
    /// `plimsoll.report/1`.
    Json,
    /// A row a series.
    Csv,
}
