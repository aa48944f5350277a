//! `plimsoll completions`: completion scripts for shells.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::Ended;
use crate::terminal::Terminal;

/// Shell completions.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn execute(args: &Args, terminal: &Terminal) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "plimsoll", &mut script);
    terminal.data(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
