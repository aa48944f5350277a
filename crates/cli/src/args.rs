//! The command line as it is typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands;

/// Continuous performance tracking that people trust.
///
/// Measures, remembers by commit, learns what is normal, and tells a real change from noise.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, propagate_version = false, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 pass, 1 gate closed, 2 usage or configuration, 3 the measured command failed, \
4 nothing measured, 5 inconclusive (when asked), 6 store or network, 130 interrupted."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Globals {
    /// Where history lives: `sqlite:PATH` or a path [default: .plimsoll/history.db of the main worktree]
    #[arg(long, global = true, value_name = "URL")]
    pub store: Option<String>,
    /// The project's name [default: the remote's or the folder's name]
    #[arg(long, global = true, value_name = "NAME")]
    pub project: Option<String>,
    /// The configuration file [default: plimsoll.toml, found by walking up]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Say less on standard error
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on standard error
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands, in the order in which help lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a suite or a command, measure it, store, judge and show it
    Run(commands::run::Args),
    /// Read results that exist, store, judge and show them
    Ingest(commands::ingest::Args),
    /// The gate: judge the newest run of this commit
    Check(commands::check::Args),
    /// Two refs, runs, tags, branches or files side by side
    Compare(commands::compare::Args),
    /// History: a line a run, or a line a point of one series
    Log(commands::log::Args),
    /// Stored runs: list, show, take out of the baselines
    Runs(commands::runs::Args),
    /// Where we stand: the last run, targets, open alerts, warnings, one number for all
    Status(commands::status::Args),
    /// A document: what got slower first, over the last days or since a revision
    Report(commands::report::Args),
    /// Findings with a life: list, show, acknowledge, mute, resolve, reopen
    Alert(commands::alert::Args),
    /// Absolute limits: list, set, remove
    Target(commands::target::Args),
    /// What new values are held against: show it, accept a new normal, take that back
    Baseline(commands::baseline::Args),
    /// History judged again, commit by commit: which alerts a policy would have raised, and when
    Replay(commands::replay::Args),
    /// Read runs from elsewhere into history, without judging them
    Import(commands::import::Args),
    /// Write history out, run by run
    Export(commands::export::Args),
    /// The store: how big it is, whether it is sound
    Db(commands::db::Args),
    /// The configuration: what holds, its schema, whether it is right
    Config(commands::config::Args),
    /// What an error code or an alert means
    Explain(commands::explain::Args),
    /// Shell completions
    Completions(commands::completions::Args),
}
