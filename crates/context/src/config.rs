//! plimsoll.toml: finding it, reading it, and what it says.

mod error;
mod file;
mod origin;
mod resolve;
mod setting;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plimsoll_model::{Derived, Direction, Policy, Severity, Unit, nearest};

pub use error::{ConfigError, Excerpt};
pub use origin::{Chosen, Flags, Origin, SettingRow, settings_with_origin};
pub use setting::Age;
use source::Source;

/// What plimsoll.toml says, checked, with defaults filled in. Without a file everything is default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// The project itself.
    pub project: Project,
    /// Named commands that yield a run.
    pub suites: BTreeMap<String, Suite>,
    /// Metrics that a harness does not describe.
    pub metrics: BTreeMap<String, DeclaredMetric>,
    /// What to look for, how big a change must be, what closes the gate, and the targets.
    pub policy: Policy,
    /// Metrics computed from others.
    pub derived: Vec<Derived>,
    /// Old names that join new ones, in the order of the old names.
    pub renames: Vec<Rename>,
    /// Plain files beside the store.
    pub files: Option<Files>,
    /// How long what is kept.
    pub retention: Retention,
    /// Where findings are announced, by name.
    pub notify: BTreeMap<String, Notify>,
    /// The file all this came from.
    source: Option<Source>,
}

/// The project itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    /// Its name, where the file gives one.
    pub name: Option<String>,
    /// The branch that others are merged into, where the file names it.
    pub default_branch: Option<String>,
    /// The address of a commit, with `{hash}` in it.
    pub commit_url: Option<String>,
}

/// A named command that yields a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// A shell command that runs first, outside of time and limit.
    pub prepare: Option<String>,
    /// The shell commands that are measured, at least one; `{out}` stands for a file to be read afterwards.
    pub command: Vec<String>,
    /// The time after which they are ended.
    pub timeout: Option<Duration>,
    /// How many times they run, at least once.
    pub repeat: u32,
    /// Look twice before the gate closes.
    pub confirm: bool,
    /// The suite that is meant when none is named.
    pub default: bool,
}

impl Suite {
    /// How many times a suite may be asked to run.
    pub const MAX_REPEAT: u32 = 10_000;
}

/// What the file says of a metric that a harness does not describe.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredMetric {
    /// The normalised unit, and the factor from values as the harness writes them.
    pub unit: Option<(Unit, f64)>,
    /// Which way is better.
    pub direction: Direction,
}

/// An old name of benchmarks that joins a new one; each may hold one `*`, standing for the same text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The old name.
    pub from: String,
    /// The new name.
    pub to: String,
}

impl Rename {
    /// The new name of `benchmark`, or `None` where the rename is not about it.
    pub fn apply(&self, benchmark: &str) -> Option<String> {
        let Some((head, tail)) = self.from.split_once('*') else {
            return (benchmark == self.from).then(|| self.to.clone());
        };
        let stands_for = benchmark.strip_prefix(head)?.strip_suffix(tail)?;
        Some(self.to.replacen('*', stands_for, 1))
    }
}

/// Plain files beside the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The folder they lie in; a relative one starts at the folder of the configuration file.
    pub directory: PathBuf,
}

/// How long what is kept; for ever where the file says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retention {
    /// Raw samples and attachments.
    pub samples: Age,
    /// Runs beyond one for each commit, suite and testbed; after that one aggregate a day.
    pub extra: Age,
    /// The aggregates of a day; after that one a week.
    pub daily: Age,
    /// One run for each commit.
    pub commits: Age,
    /// Runs of merged or deleted branches.
    pub branches: Age,
}

/// Where findings are announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notify {
    /// The environment variable that holds the address.
    pub url_variable: String,
    /// Which severities are announced.
    pub on: Vec<Severity>,
}

/// Why a suite cannot be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuiteError {
    /// There is none at all.
    #[error("no suite is configured")]
    NoSuites,
    /// Several could be meant.
    #[error("which suite? There are {}", quoted(.known))]
    SeveralSuites {
        /// Their names.
        known: Vec<String>,
    },
    /// None is called that.
    #[error("no suite is called `{name}`; there are {}", quoted(.known))]
    UnknownSuite {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
}

impl SuiteError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoSuites => {
                "name a command under `[suite.NAME]` in plimsoll.toml; `plimsoll run -- COMMAND` needs none"
                    .to_owned()
            }
            Self::SeveralSuites { known } => {
                let first = known.first().map_or("NAME", String::as_str);
                format!("name one (`plimsoll run {first}`), or mark one with `default = true`")
            }
            Self::UnknownSuite { name, known } => match nearest(name, known.iter().map(String::as_str)) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "suites are the `[suite.NAME]` tables of plimsoll.toml".to_owned(),
            },
        }
    }
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

impl Config {
    /// Reads the configuration that holds in `directory`: `explicit` where it is given; else the nearest
    /// plimsoll.toml, `[tool.plimsoll]` of pyproject.toml or `[workspace.metadata.plimsoll]` of Cargo.toml,
    /// walking up to `top` (the repository's root) or, without one, to the root of the file system.
    pub fn load(directory: &Path, top: Option<&Path>, explicit: Option<&Path>) -> Result<Self, ConfigError> {
        let source = match explicit {
            Some(path) => Some(Source::read(&directory.join(path))?),
            None => Source::find(directory, top)?,
        };
        source.map_or_else(|| Ok(Self::default()), Self::from_source)
    }

    /// Reads `text` as a file of that name would be read.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        Self::from_source(Source::new(path, text))
    }

    /// The file all this came from; `None` where there is none.
    pub fn path(&self) -> Option<&Path> {
        self.source.as_ref().map(Source::path)
    }

    /// The suite called `name`; without a name the one marked `default = true`, or the only one.
    pub fn suite(&self, name: Option<&str>) -> Result<(&str, &Suite), SuiteError> {
        let known = || self.suites.keys().cloned().collect();
        let found = match name {
            Some(name) => self.suites.get_key_value(name),
            None if self.suites.len() == 1 => self.suites.first_key_value(),
            None => self.suites.iter().find(|(_, suite)| suite.default),
        };
        match (found, name) {
            (Some((name, suite)), _) => Ok((name, suite)),
            (None, _) if self.suites.is_empty() => Err(SuiteError::NoSuites),
            (None, None) => Err(SuiteError::SeveralSuites { known: known() }),
            (None, Some(name)) => Err(SuiteError::UnknownSuite { name: name.to_owned(), known: known() }),
        }
    }

    /// The name that `benchmark` goes by now; the first rename that is about it holds.
    pub fn renamed(&self, benchmark: &str) -> Option<String> {
        self.renames.iter().find_map(|rename| rename.apply(benchmark))
    }

    /// The folder of plain files, where the file asks for one.
    pub fn files_directory(&self) -> Option<PathBuf> {
        let files = self.files.as_ref()?;
        let home = self.path().and_then(Path::parent).unwrap_or(Path::new(""));
        Some(home.join(&files.directory))
    }

    fn from_source(source: Source) -> Result<Self, ConfigError> {
        match source.file()? {
            Some(file) => resolve::config(file, source),
            None => Ok(Self::default()),
        }
    }
}

/// The JSON Schema of plimsoll.toml, generated from the types that read it.
pub fn config_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(file::File);
    schema.insert("title".to_owned(), "plimsoll.toml".into());
    schema.to_value()
}

#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod tests;
