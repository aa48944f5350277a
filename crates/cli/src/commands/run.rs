//! `plimsoll run`: run a suite or a command, measure, store, judge, show.

use std::path::PathBuf;

use crate::outcome_args::GateArgs;

/// Run a suite or a command, measure it, store, judge and show it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The suite [default: the one marked default, or the only one]
    #[arg(value_name = "SUITE")]
    suite: Option<String>,
    /// A command to run instead of the suite's
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
    /// Run the command N times; the values become samples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: Option<u32>,
    /// End the command and its children after this time, such as `30s`
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    /// Also write the run to a file
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Judge and show, but store nothing
    #[arg(long)]
    no_store: bool,
    /// Do not run the command again before the gate closes
    #[arg(long)]
    no_confirm: bool,
    /// What the results are, when they are not recognised
    #[arg(long, value_name = "NAME")]
    harness: Option<String>,
    #[command(flatten)]
    context: crate::context_args::ContextArgs,
    #[command(flatten)]
    gate: GateArgs,
}
