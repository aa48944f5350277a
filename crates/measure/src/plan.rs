//! What is to be run.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use plimsoll_model::{OUT, misspelt_out};

/// How a command was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// A text for `sh -c`.
    Shell(String),
    /// A program and its arguments, handed over as they are. A shell costs about half a millisecond and is not
    /// part of this.
    Words(Vec<OsString>),
}

impl CommandLine {
    /// What to call the command in messages: the program's name, or the shell text.
    pub fn name(&self) -> String {
        match self {
            Self::Shell(text) => text.clone(),
            Self::Words(words) => {
                words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default()
            }
        }
    }

    /// Whether a file was asked for with `{out}`.
    pub fn wants_out(&self) -> bool {
        match self {
            Self::Shell(text) => text.contains(OUT),
            Self::Words(words) => words.iter().any(|word| word.to_string_lossy().contains(OUT)),
        }
    }

    /// A placeholder in it that was probably meant to be `{out}`, as it is written.
    pub fn misspelt_out(&self) -> Option<String> {
        match self {
            Self::Shell(text) => misspelt_out(text).map(str::to_owned),
            Self::Words(words) => {
                words.iter().find_map(|word| misspelt_out(&word.to_string_lossy()).map(str::to_owned))
            }
        }
    }
}

/// What is to be run, where and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandPlan {
    /// The command. Every `{out}` in it becomes the path of one file in a fresh private directory.
    pub command: CommandLine,
    /// Where it runs.
    pub working_dir: PathBuf,
    /// Variables beside those it inherits.
    pub environment: Vec<(OsString, OsString)>,
    /// The wall time after which the whole process tree is ended; `None` lets it run for ever.
    pub timeout: Option<Duration>,
    /// How long a process may take to end after SIGTERM, before SIGKILL.
    pub grace: Duration,
    /// Where private directories for `{out}` are made; [`std::env::temp_dir`] as a rule.
    pub temp_dir: PathBuf,
}

impl CommandPlan {
    /// A command in `working_dir` without a time limit, with two seconds to end after SIGTERM.
    pub fn new(command: CommandLine, working_dir: PathBuf, temp_dir: PathBuf) -> Self {
        Self {
            command,
            working_dir,
            environment: Vec::new(),
            timeout: None,
            grace: Duration::from_secs(2),
            temp_dir,
        }
    }
}
