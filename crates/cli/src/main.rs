//! The `plimsoll` command: arguments as typed become a plan, the plan is carried out, the exit code follows.

mod args;
mod carrying;
mod codes;
mod commands;
mod context_args;
mod failure;
mod house;
mod moment;
mod outcome_args;
mod person;
mod progress;
mod project_hint;
mod replay_shown;
mod row_facts;
mod series_choice;
mod shown;
mod sides;
mod span_choice;
mod summaries;
mod terminal;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Cli, Command};
use failure::Ended;
use house::House;
use terminal::Terminal;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let terminal = Terminal::new(&cli.globals);
    match carry_out(&cli, terminal) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            Terminal::fail(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Help and the version are data; a usage error has a code like any other.
fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nobody to tell when standard output is closed.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let said = error.render().to_string();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        Terminal::talk(&said);
        return ExitCode::from(codes::USAGE.exit);
    }
    let said = said.strip_prefix("error: ").unwrap_or(&said);
    Terminal::talk(&format!("error[{}]: {said}", codes::USAGE.code));
    if error.kind() == ErrorKind::UnknownArgument && is_run_without_dashes() {
        Terminal::talk("  hint: a command stands behind `--`: plimsoll run -- CMD");
    }
    ExitCode::from(codes::USAGE.exit)
}

/// Whether the arguments are `run` and more, and none parts a command from the rest.
fn is_run_without_dashes() -> bool {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    arguments.iter().any(|one| one == "run") && arguments.iter().all(|one| one != "--")
}

fn carry_out(cli: &Cli, terminal: Terminal) -> Ended {
    // Completions need no project.
    if let Command::Completions(args) = &cli.command {
        return commands::completions::execute(args, &terminal);
    }
    let house = House::enter(&cli.globals, terminal)?;
    match &cli.command {
        Command::Run(args) => commands::run::execute(args, &house),
        Command::Ingest(args) => commands::ingest::execute(args, &house),
        Command::Check(args) => commands::check::execute(args, &house),
        Command::Compare(args) => commands::compare::execute(args, &house),
        Command::Log(args) => commands::log::execute(args, &house),
        Command::Runs(args) => commands::runs::execute(args, &house),
        Command::Status(args) => commands::status::execute(args, &house),
        Command::Report(args) => commands::report::execute(args, &house),
        Command::Alert(args) => commands::alert::execute(args, &house),
        Command::Target(args) => commands::target::execute(args, &house),
        Command::Baseline(args) => commands::baseline::execute(args, &house),
        Command::Replay(args) => commands::replay::execute(args, &house),
        Command::Import(args) => commands::import::execute(args, &house),
        Command::Export(args) => commands::export::execute(args, &house),
        Command::Db(args) => commands::db::execute(args, &house),
        Command::Config(args) => commands::config::execute(args, &house),
        Command::Explain(args) => commands::explain::execute(args, &house),
        Command::Completions(args) => commands::completions::execute(args, &terminal),
    }
}
