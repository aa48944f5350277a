//! Everything that surrounds a run, put together.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_model::{Complaint, Context};

use crate::checkout::{self, Checkout};
use crate::ci::CiFacts;
use crate::config::{Config, Flags};
use crate::env::Env;
use crate::git::GitError;
use crate::machine::Machine;
use crate::repository::Repository;

/// What the context of a run is gathered from.
#[derive(Debug, Clone)]
pub struct ContextRequest<'a> {
    /// The working directory.
    pub directory: &'a Path,
    /// The repository it lies in, as [`Repository::find`] found it.
    pub repository: Option<&'a Repository>,
    /// The configuration that holds there.
    pub config: &'a Config,
    /// The environment.
    pub env: &'a Env,
    /// The flags that decide over both.
    pub flags: Flags<'a>,
    /// `--commit`: the commit that was measured, where it is not the one that is checked out.
    pub commit: Option<&'a str>,
    /// `--branch`: its branch.
    pub branch: Option<&'a str>,
    /// When the measured command started.
    pub started_at: Timestamp,
}

/// What surrounds a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Gathered {
    /// The context; `duration_ms` and the tools of its environment are the caller's to add.
    pub context: Context,
    /// The project: flag, `PLIMSOLL_PROJECT`, configuration, the remote's name, the folder's name.
    pub project: String,
    /// What should be known and is not, and why.
    pub complaints: Vec<Complaint>,
}

/// Gathers what surrounds a run. What git cannot say is a complaint and left open, so that a run outside of
/// any repository can be kept too.
///
/// # Errors
/// Only a commit that was asked for by name and cannot be found.
pub fn gather(request: &ContextRequest<'_>) -> Result<Gathered, GitError> {
    let (ci, mut complaints) = CiFacts::detect(request.env);
    let chosen_project = request.flags.project(request.env).map(|chosen| chosen.value);
    let named = chosen_project.or_else(|| request.config.project.name.clone());
    let Checkout { commit, branch, base, pull_request, remote } =
        checkout::look(request, ci.as_ref(), named.is_none(), &mut complaints)?;
    let machine = Machine::detect(request.env);
    let testbed = match request.flags.testbed(request.env) {
        Some(chosen) => chosen.value,
        None => machine.testbed(ci.as_ref().and_then(|ci| ci.runner.as_ref())),
    };
    let context = Context {
        commit,
        branch,
        base,
        pull_request,
        environment: machine.environment(),
        ci: ci.as_ref().map(CiFacts::job),
        ..Context::new(testbed, request.started_at)
    };
    let project = named.or(remote).unwrap_or_else(|| folder_name(request.repository, request.directory));
    Ok(Gathered { context, project, complaints })
}

/// Where history is kept if nobody says otherwise: `.plimsoll/history.db` in the repository's main work tree,
/// or in `directory` outside of a repository.
pub fn default_store(repository: Option<&Repository>, directory: &Path) -> PathBuf {
    let home = repository.map_or(directory, Repository::main_worktree);
    home.join(".plimsoll").join("history.db")
}

/// The project's name where no run is gathered: flag, `PLIMSOLL_PROJECT`, configuration, the remote's name, the folder's
/// name. git is asked only when nobody named it.
pub fn project_name(
    flags: &Flags<'_>,
    env: &Env,
    config: &Config,
    repository: Option<&Repository>,
    directory: &Path,
) -> String {
    let named = flags.project(env).map(|chosen| chosen.value).or_else(|| config.project.name.clone());
    let remote = || {
        let git = crate::Git::new(repository?.root.clone());
        git.remote_name().ok().flatten()
    };
    named.or_else(remote).unwrap_or_else(|| folder_name(repository, directory))
}

fn folder_name(repository: Option<&Repository>, directory: &Path) -> String {
    let folder = repository.map_or(directory, Repository::main_worktree);
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;
