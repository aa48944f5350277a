//! Where a git repository lies: found by its files, so that no process need be started for it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A work tree of a git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The top of the work tree.
    pub root: PathBuf,
    /// Where this work tree's `HEAD` lies.
    pub git_directory: PathBuf,
    /// Where all work trees' refs and objects lie.
    pub common_directory: PathBuf,
}

/// More of a file such as `HEAD` is not read.
const SMALL_FILE_BYTES: u64 = 64 * 1024;

impl Repository {
    /// The repository that `directory` lies in, walking up as git does. `None` outside of one.
    pub fn find(directory: &Path) -> Option<Self> {
        let directory = std::path::absolute(directory).ok()?;
        directory.ancestors().find_map(Self::at)
    }

    /// The place that is the same for all work trees of the repository: the main work tree, or where there
    /// is none (work trees of a bare repository) the bare repository itself.
    pub fn main_worktree(&self) -> &Path {
        if self.common_directory == self.git_directory {
            // No linked work tree. Submodules and `--separate-git-dir` keep their files elsewhere.
            return &self.root;
        }
        match self.common_directory.parent() {
            Some(parent) if self.common_directory.ends_with(".git") => parent,
            _ => &self.common_directory,
        }
    }

    /// The branch that is checked out; `None` on a detached head. `Err` where only git itself can tell.
    pub(crate) fn branch(&self) -> Result<Option<String>, BranchUnclear> {
        let head = read_small(&self.git_directory.join("HEAD")).ok_or(BranchUnclear)?;
        let Some(target) = head.trim_end().strip_prefix("ref:") else {
            return Ok(None);
        };
        match target.trim().strip_prefix("refs/heads/") {
            // The reftable format keeps references elsewhere and leaves this in the file.
            Some(".invalid") | None => Err(BranchUnclear),
            Some(branch) => Ok(Some(branch.to_owned())),
        }
    }

    /// The branch that the remote `origin` calls its default, as far as a clone wrote it down.
    pub(crate) fn origin_head(&self) -> Option<String> {
        let head = read_small(&self.common_directory.join("refs/remotes/origin/HEAD"))?;
        let branch = head.trim_end().strip_prefix("ref:")?.trim().strip_prefix("refs/remotes/origin/")?;
        Some(branch.to_owned())
    }

    /// Those of the full reference names that stand in files, loose or packed, with what they point at. Where
    /// none does, git may keep them in another format.
    pub(crate) fn references_in_files(&self, names: &[String]) -> Vec<(String, String)> {
        let packed = read_small(&self.common_directory.join("packed-refs")).unwrap_or_default();
        let packed_target = |name: &str| {
            let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
            lines.find(|(_, packed_name)| *packed_name == name).map(|(hash, _)| hash.to_owned())
        };
        let target = |name: &String| {
            let loose = read_small(&self.common_directory.join(name));
            let target = loose.map(|hash| hash.trim_end().to_owned());
            Some((name.clone(), target.or_else(|| packed_target(name))?))
        };
        names.iter().filter_map(target).collect()
    }

    /// The addresses of remotes as lines `remote.NAME.url ADDRESS`, as `git config --get-regexp` gives them.
    /// `None` where the repository's configuration holds what only git itself understands.
    pub(crate) fn remotes_in_file(&self) -> Option<String> {
        let text = read_small(&self.common_directory.join("config"))?;
        let mut lines = String::new();
        let mut remote = None;
        for line in text.lines().map(str::trim) {
            if line.starts_with("[include") {
                return None;
            }
            if line.starts_with('[') {
                let name = line.strip_prefix("[remote \"");
                remote = name.and_then(|rest| rest.strip_suffix("\"]"));
            } else if let (Some(name), Some((key, address))) = (remote, line.split_once('='))
                && key.trim() == "url"
            {
                if address.contains(['"', '\\', '#', ';']) {
                    return None;
                }
                lines += &format!("remote.{name}.url {}\n", address.trim());
            }
        }
        Some(lines)
    }

    /// Whether history was cut off when it was cloned.
    pub fn is_shallow(&self) -> bool {
        self.common_directory.join("shallow").exists()
    }

    fn at(directory: &Path) -> Option<Self> {
        let dot_git = directory.join(".git");
        let git_directory = if dot_git.is_dir() {
            dot_git
        } else {
            let link = read_small(&dot_git)?;
            directory.join(link.trim_end_matches(['\n', '\r']).strip_prefix("gitdir:")?.trim_start())
        };
        if !git_directory.join("HEAD").exists() {
            return None;
        }
        let common_directory = match read_small(&git_directory.join("commondir")) {
            Some(link) => {
                let joined = git_directory.join(link.trim_end_matches(['\n', '\r']));
                joined.canonicalize().unwrap_or(joined)
            }
            None => git_directory.clone(),
        };
        Some(Self { root: directory.to_owned(), git_directory, common_directory })
    }
}

/// The files do not say which branch is checked out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BranchUnclear;

fn read_small(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(SMALL_FILE_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}
