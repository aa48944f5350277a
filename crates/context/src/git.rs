//! Questions to git, each answered by one process that cannot write, prompt, fetch or run hooks.

mod person;
mod process;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use process::Running;

/// How many first-parent ancestors a run brings with it.
pub const MAX_ANCESTORS: usize = 256;

/// More of a subject than this many bytes is not kept.
const SUBJECT_BYTES: usize = 1024;

/// The `git` command in one directory.
#[derive(Debug, Clone)]
pub struct Git {
    program: OsString,
    directory: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

/// Why git did not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no `git` command.
    #[error("the `git` command was not found")]
    NotInstalled,
    /// The command could not be started, or its output not be read.
    #[error("`git {command}` could not be run")]
    Process {
        /// The subcommand.
        command: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The repository belongs to another user, and git refuses to look into it.
    #[error("git refuses the repository in `{}`: it belongs to another user", .directory.display())]
    DubiousOwnership {
        /// Where the question was asked.
        directory: PathBuf,
    },
    /// A commit was to be looked up by name, and there is no repository.
    #[error("`{}` lies in no git repository, so `{revision}` cannot be looked up", .directory.display())]
    NotARepository {
        /// Where the question was asked.
        directory: PathBuf,
        /// What was to be looked up.
        revision: String,
    },
    /// The repository has no commits yet.
    #[error("the repository has no commits yet")]
    NoCommits,
    /// No commit is called that.
    #[error("`{revision}` names no commit of this repository")]
    UnknownRevision {
        /// What was looked up.
        revision: String,
    },
    /// Anything else git says.
    #[error("`git {command}` failed: {message}")]
    Failed {
        /// The subcommand.
        command: String,
        /// The last line git wrote to stderr.
        message: String,
    },
}

impl GitError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotInstalled => Some("install git, or name the commit with `--commit`".to_owned()),
            Self::DubiousOwnership { directory } => Some(format!(
                "if you trust it: `git config --global --add safe.directory {}`",
                directory.display()
            )),
            Self::NotARepository { .. } => Some("give the commit's full hash".to_owned()),
            Self::NoCommits => Some("commit something first: history is kept by commit".to_owned()),
            Self::UnknownRevision { .. } => {
                Some("`git fetch` brings what the remote has, `git log --oneline` lists commits".to_owned())
            }
            Self::Process { .. } | Self::Failed { .. } => None,
        }
    }
}

/// A commit and the first parents before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The commit's full hash.
    pub hash: String,
    /// When it was committed, in seconds since 1970.
    pub committed_at_s: i64,
    /// The first line of its message; bytes that are not UTF-8 are replaced.
    pub subject: String,
    /// First-parent ancestors with their commit times, nearest first, at most [`MAX_ANCESTORS`].
    pub ancestors: Vec<(String, i64)>,
}

/// A question that git is answering.
pub(crate) struct Pending<T> {
    running: Running,
    read: fn(Running) -> Result<T, GitError>,
}

impl<T> Pending<T> {
    pub(crate) fn answer(self) -> Result<T, GitError> {
        (self.read)(self.running)
    }
}

impl Git {
    /// Git in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { program: OsString::from("git"), directory: directory.into(), variables: Vec::new() }
    }

    /// The directory it is asked in.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The full hash of what `revision` (a hash, tag, branch, `HEAD~3`) names.
    pub fn resolve(&self, revision: &str) -> Result<String, GitError> {
        let commit = format!("{}^{{commit}}", plain_revision(revision)?);
        let answer = self.start(&["rev-parse", "--verify", "--quiet", &commit])?.text();
        match answer {
            Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
            Ok(_) => Err(unknown(revision)),
            Err(GitError::Failed { message, .. }) if message.is_empty() => Err(unknown(revision)),
            Err(error) => Err(error),
        }
    }

    /// The commit that `revision` names, and the first parents before it.
    pub fn history(&self, revision: &str) -> Result<History, GitError> {
        self.start_history(revision)?.answer().map_err(|error| match error {
            // Said of any revision that does not exist, in this or that wording.
            GitError::UnknownRevision { .. } if revision == "HEAD" => GitError::NoCommits,
            GitError::UnknownRevision { .. } => unknown(revision),
            other => other,
        })
    }

    /// Whether a tracked file differs from the commit that is checked out. Untracked files do not count:
    /// builds and benchmarks leave them everywhere. What lies in `except`, a path from the top of the work
    /// tree, does not count either.
    pub fn is_dirty(&self, except: Option<&Path>) -> Result<bool, GitError> {
        self.start_is_dirty(except)?.answer()
    }

    /// Where `commit` and any of `others` last had the same history; `None` where they never had.
    pub fn merge_base(&self, commit: &str, others: &[String]) -> Result<Option<String>, GitError> {
        let mut arguments = vec!["merge-base", plain_revision(commit)?];
        for other in others {
            arguments.push(plain_revision(other)?);
        }
        match self.start(&arguments)?.text() {
            Ok(text) => Ok(text.lines().next().map(str::to_owned)),
            Err(GitError::Failed { message, .. }) if message.is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Which of these full reference names exist.
    pub fn existing_references(&self, names: &[String]) -> Result<Vec<String>, GitError> {
        let mut arguments = vec!["for-each-ref", "--format=%(refname)", "--"];
        arguments.extend(names.iter().map(String::as_str));
        let text = self.start(&arguments)?.text()?;
        // A pattern fits everything below it too: `refs/heads/main` would bring `refs/heads/main/old`.
        let exact = |line: &&str| names.iter().any(|name| name == line);
        Ok(text.lines().filter(exact).map(str::to_owned).collect())
    }

    /// The short names of all branches and tags, those of remotes with the remote before them.
    pub fn references(&self) -> Result<Vec<String>, GitError> {
        let kinds = ["refs/heads", "refs/tags", "refs/remotes"];
        let text =
            self.start(&[&["for-each-ref", "--format=%(refname:short)"], &kinds[..]].concat())?.text()?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The branch that is checked out; `None` on a detached head.
    pub fn current_branch(&self) -> Result<Option<String>, GitError> {
        match self.start(&["symbolic-ref", "--quiet", "--short", "HEAD"])?.text() {
            Ok(text) => Ok(Some(text.trim_end().to_owned())),
            Err(GitError::Failed { message, .. }) if message.is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The name of the repository at the remote `origin`, or else at the first remote.
    pub fn remote_name(&self) -> Result<Option<String>, GitError> {
        match self.start(&["config", "--get-regexp", r"^remote\..*\.url$"])?.text() {
            Ok(text) => Ok(name_of_remote(&text)),
            Err(GitError::Failed { message, .. }) if message.is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn start_history(&self, revision: &str) -> Result<Pending<History>, GitError> {
        let count = (MAX_ANCESTORS + 1).to_string();
        let running = self.start(&[
            "rev-list",
            "--first-parent",
            "-n",
            &count,
            "--encoding=UTF-8",
            "--format=%ct %s",
            plain_revision(revision)?,
            "--",
        ])?;
        Ok(Pending { running, read: read_history })
    }

    pub(crate) fn start_is_dirty(&self, except: Option<&Path>) -> Result<Pending<bool>, GitError> {
        let mut arguments = vec![
            "status",
            "--porcelain",
            "--untracked-files=no",
            "--ignore-submodules=untracked",
            "--no-renames",
        ];
        let excluded = except.map(|path| format!(":(top,exclude,literal){}", path.display()));
        if let Some(excluded) = &excluded {
            arguments.extend(["--", ":(top)", excluded]);
        }
        Ok(Pending { running: self.start(&arguments)?, read: Running::says_anything })
    }

    fn start(&self, arguments: &[&str]) -> Result<Running, GitError> {
        Running::start(self, arguments)
    }
}

fn unknown(revision: &str) -> GitError {
    GitError::UnknownRevision { revision: revision.to_owned() }
}

/// Refuses what git would take for an option, and what no revision holds.
fn plain_revision(revision: &str) -> Result<&str, GitError> {
    if revision.is_empty() || revision.starts_with('-') || revision.contains(char::is_control) {
        return Err(unknown(revision));
    }
    Ok(revision)
}

/// Reads pairs of lines: `commit HASH`, then commit time and subject.
fn read_history(mut running: Running) -> Result<History, GitError> {
    let mut newest: Option<History> = None;
    while let (Some(header), Some(body)) = (running.line(SUBJECT_BYTES)?, running.line(SUBJECT_BYTES)?) {
        let hash = header.strip_prefix("commit ").unwrap_or(&header).to_owned();
        let (time, subject) = body.split_once(' ').unwrap_or((&body, ""));
        let committed_at_s = time.parse().unwrap_or(0);
        match &mut newest {
            Some(history) => history.ancestors.push((hash, committed_at_s)),
            None => {
                newest = Some(History {
                    hash,
                    committed_at_s,
                    subject: subject.to_owned(),
                    ancestors: Vec::with_capacity(MAX_ANCESTORS),
                });
            }
        }
    }
    running.finish()?;
    newest.ok_or(GitError::NoCommits)
}

/// The repository's name from lines `remote.NAME.url ADDRESS`.
pub(crate) fn name_of_remote(lines: &str) -> Option<String> {
    let mut remotes = lines.lines().filter_map(|line| line.split_once(' '));
    let first = remotes.clone().next()?;
    let (_, address) = remotes.find(|(key, _)| *key == "remote.origin.url").unwrap_or(first);
    let path = address.trim_end_matches(['/', '\\']);
    let path = path.strip_suffix("/.git").unwrap_or(path);
    let name = path.rsplit(['/', ':', '\\']).next().unwrap_or(path);
    let name = name.strip_suffix(".git").unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
pub(crate) mod scratch;
#[cfg(test)]
mod tests;
