//! Which commit was measured, on which branch, and what that branch started from: git and CI put together.

use plimsoll_model::{Base, Commit, Complaint};

use crate::ci::CiFacts;
use crate::gather::ContextRequest;
use crate::git::{self, Git, GitError, History, MAX_ANCESTORS};
use crate::repository::{BranchUnclear, Repository};

/// What is known of the commit that was measured.
#[derive(Debug, Default)]
pub(crate) struct Checkout {
    pub commit: Option<Commit>,
    pub branch: Option<String>,
    pub base: Option<Base>,
    pub pull_request: Option<u64>,
    /// The name of the remote's repository, where it was asked for.
    pub remote: Option<String>,
}

/// Names branches go by that others are merged into, where nobody says which it is.
const USUAL_DEFAULTS: [&str; 2] = ["main", "master"];

pub(crate) fn look(
    request: &ContextRequest<'_>,
    ci: Option<&CiFacts>,
    wants_remote: bool,
    complaints: &mut Vec<Complaint>,
) -> Result<Checkout, GitError> {
    let Some(repository) = request.repository else {
        return outside(request, ci, complaints);
    };
    let look = Look { request, repository, git: Git::new(&repository.root) };
    let mut checkout = match request.commit {
        Some(revision) => look.named(revision, ci, complaints)?,
        None => look.head(ci, complaints),
    };
    if wants_remote {
        // A project without a name from its remote takes the folder's.
        checkout.remote = match repository.remotes_in_file() {
            Some(lines) => git::name_of_remote(&lines),
            None => look.git.remote_name().ok().flatten(),
        };
    }
    if let (Some(commit), true) = (&checkout.commit, repository.is_shallow())
        && commit.ancestors.len() < MAX_ANCESTORS
    {
        complaints.push(Complaint::new(format!(
            "this is a shallow clone: {} of the {MAX_ANCESTORS} commits before this one are known, and late runs may not find their place; `git fetch --deepen={MAX_ANCESTORS}` brings them",
            commit.ancestors.len()
        )));
    }
    Ok(checkout)
}

/// Outside of a repository: what was given, or what the CI system says.
fn outside(
    request: &ContextRequest<'_>,
    ci: Option<&CiFacts>,
    complaints: &mut Vec<Complaint>,
) -> Result<Checkout, GitError> {
    let given_branch = request.branch.map(str::to_owned);
    if let Some(revision) = request.commit {
        if !is_hash(revision, 7) {
            return Err(GitError::NotARepository {
                directory: request.directory.to_owned(),
                revision: revision.to_owned(),
            });
        }
        return Ok(Checkout { commit: Some(bare(revision)), branch: given_branch, ..Checkout::default() });
    }
    let commit = ci.and_then(|ci| ci.commit.as_deref()).map(bare);
    if commit.is_none() {
        complaints.push(Complaint::new(
            "there is no git repository here: the run has no commit and stands at its start time",
        ));
    }
    Ok(Checkout {
        commit,
        branch: given_branch.or_else(|| ci?.branch.clone()),
        base: ci.and_then(base_by_ci),
        pull_request: ci.and_then(|ci| ci.pull_request),
        remote: None,
    })
}

struct Look<'a> {
    request: &'a ContextRequest<'a>,
    repository: &'a Repository,
    git: Git,
}

impl Look<'_> {
    /// The commit that is checked out; of a pull request that CI has merged for trial, the newest commit of
    /// its branch.
    fn head(&self, ci: Option<&CiFacts>, complaints: &mut Vec<Complaint>) -> Checkout {
        // Both questions are asked at once and answered while the other one waits.
        let history = self.git.start_history("HEAD");
        let except = self.request.config.files.as_ref().map(|files| files.directory.as_path());
        let dirty = self.git.start_is_dirty(except.filter(|path| path.is_relative()));
        let history = match history.and_then(|pending| pending.answer()) {
            Ok(history) => history,
            Err(GitError::UnknownRevision { .. }) => {
                return self.without_history(&GitError::NoCommits, ci, complaints);
            }
            Err(error) => return self.without_history(&error, ci, complaints),
        };
        let dirty = dirty.and_then(|pending| pending.answer()).unwrap_or_else(|error| {
            complaints.push(Complaint::new(format!(
                "whether files were changed is not known, so the run enters no baseline: {error}"
            )));
            true
        });
        let ci = ci.filter(|ci| ci.is_about(&history.hash));
        let is_trial_merge = ci.is_some_and(|ci| ci.merge_commit.as_ref() == Some(&history.hash));
        let built = ci.and_then(|ci| ci.commit.as_deref()).filter(|_| is_trial_merge);
        let mut commit = match built {
            Some(hash) if hash != history.hash => self.history_of_hash(hash, complaints),
            _ => commit_of(history),
        };
        commit.dirty = dirty;
        let branch = self.request.branch.map(str::to_owned);
        let branch = branch.or_else(|| ci?.branch.clone()).or_else(|| self.branch(complaints));
        Checkout {
            base: self.base(&commit, branch.as_deref(), ci, complaints),
            commit: Some(commit),
            branch,
            pull_request: ci.and_then(|ci| ci.pull_request),
            remote: None,
        }
    }

    /// A commit that the user named. Nothing is known of the work tree it was measured in: it counts as clean.
    fn named(
        &self,
        revision: &str,
        ci: Option<&CiFacts>,
        complaints: &mut Vec<Complaint>,
    ) -> Result<Checkout, GitError> {
        let commit = match self.git.history(revision) {
            Ok(history) => commit_of(history),
            Err(_) if is_hash(revision, 40) => self.history_of_hash(revision, complaints),
            Err(error) => return Err(error),
        };
        let is_head = || self.git.resolve("HEAD").is_ok_and(|head| head == commit.hash);
        let ci = ci.filter(|ci| ci.commit.as_ref() == Some(&commit.hash));
        let branch = match (self.request.branch, ci) {
            (Some(branch), _) => Some(branch.to_owned()),
            (None, Some(ci)) => ci.branch.clone(),
            (None, None) if is_head() => self.branch(complaints),
            (None, None) => None,
        };
        Ok(Checkout {
            base: self.base(&commit, branch.as_deref(), ci, complaints),
            branch,
            pull_request: ci.and_then(|ci| ci.pull_request),
            commit: Some(commit),
            remote: None,
        })
    }

    fn without_history(
        &self,
        error: &GitError,
        ci: Option<&CiFacts>,
        complaints: &mut Vec<Complaint>,
    ) -> Checkout {
        let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        complaints.push(Complaint::new(format!("the commit is not known: {error}{hint}")));
        let branch = self.request.branch.map(str::to_owned);
        Checkout {
            commit: ci.and_then(|ci| ci.commit.as_deref()).map(bare),
            branch: branch.or_else(|| ci?.branch.clone()).or_else(|| self.repository.branch().ok().flatten()),
            base: ci.and_then(base_by_ci),
            pull_request: ci.and_then(|ci| ci.pull_request),
            remote: None,
        }
    }

    /// The commit with its ancestors where this clone has it, else its hash alone.
    fn history_of_hash(&self, hash: &str, complaints: &mut Vec<Complaint>) -> Commit {
        self.git.history(hash).map_or_else(
            |error| {
                complaints
                    .push(Complaint::new(format!("of commit {hash} nothing but its hash is known: {error}")));
                bare(hash)
            },
            commit_of,
        )
    }

    fn branch(&self, complaints: &mut Vec<Complaint>) -> Option<String> {
        self.repository.branch().unwrap_or_else(|BranchUnclear| {
            self.git.current_branch().unwrap_or_else(|error| {
                complaints.push(Complaint::new(format!("the branch is not known: {error}")));
                None
            })
        })
    }

    /// What `branch` started from; `None` on the default branch itself, and where nobody can say which
    /// branch that is. A detached head starts from the default branch too.
    fn base(
        &self,
        commit: &Commit,
        branch: Option<&str>,
        ci: Option<&CiFacts>,
        complaints: &mut Vec<Complaint>,
    ) -> Option<Base> {
        let told = ci.and_then(|ci| ci.base_branch.clone());
        let base = match told.or_else(|| self.told_default_branch(ci)) {
            Some(base) => base,
            None => self.guessed_default_branch(branch)?,
        };
        if branch == Some(base.as_str()) {
            return None;
        }
        let names = [format!("refs/remotes/origin/{base}"), format!("refs/heads/{base}")];
        let ci_base = ci.and_then(|ci| ci.base_commit.clone());
        let merge_base = self.merge_base(commit, &names, ci_base.as_ref());
        let hash = merge_base.or(ci_base);
        if hash.is_none() {
            complaints.push(Complaint::new(format!(
                "where this commit left `{base}` is not known; `git fetch --deepen={MAX_ANCESTORS} origin {base}` may bring it"
            )));
        }
        Some(Base { branch: base, hash })
    }

    /// Where `commit` left the branch that goes by all of `names`, or else `fallback`.
    fn merge_base(&self, commit: &Commit, names: &[String], fallback: Option<&String>) -> Option<String> {
        let in_files = self.repository.references_in_files(names);
        if let Some(tip) = nearest_tip(commit, &in_files) {
            return Some(tip.to_owned());
        }
        let mut others: Vec<String> = in_files.into_iter().map(|(name, _)| name).collect();
        if others.is_empty() {
            others = self.git.existing_references(names).unwrap_or_default();
        }
        if others.is_empty() {
            others.extend(fallback.cloned());
        }
        if others.is_empty() {
            return None;
        }
        // What git cannot answer is told as not known by the caller.
        self.git.merge_base(&commit.hash, &others).ok().flatten()
    }

    /// The default branch as configuration, CI or the clone names it.
    fn told_default_branch(&self, ci: Option<&CiFacts>) -> Option<String> {
        let configured = self.request.config.project.default_branch.clone();
        configured.or_else(|| ci?.default_branch.clone()).or_else(|| self.repository.origin_head())
    }

    /// The first usual name that is this branch or exists beside it.
    fn guessed_default_branch(&self, branch: Option<&str>) -> Option<String> {
        let [first, ..] = USUAL_DEFAULTS;
        if branch == Some(first) {
            return Some(first.to_owned());
        }
        let places = USUAL_DEFAULTS
            .iter()
            .flat_map(|name| [format!("refs/heads/{name}"), format!("refs/remotes/origin/{name}")]);
        let places: Vec<String> = places.collect();
        let in_files = self.repository.references_in_files(&places);
        let mut existing: Vec<String> = in_files.into_iter().map(|(name, _)| name).collect();
        if existing.is_empty() {
            existing = self.git.existing_references(&places).unwrap_or_default();
        }
        let exists = |name: &str| existing.iter().any(|full| full.ends_with(&format!("/{name}")));
        let found = USUAL_DEFAULTS.iter().find(|name| exists(name))?;
        Some((*found).to_owned())
    }
}

/// The tip that is nearest to `commit`, where every one of `tips` is the commit or one of its known
/// ancestors: then no branch has moved on since, and git need not be asked where they parted.
fn nearest_tip<'a>(commit: &Commit, tips: &'a [(String, String)]) -> Option<&'a str> {
    let place = |tip: &'a (String, String)| {
        let mut line = std::iter::once(&commit.hash).chain(&commit.ancestors);
        Some((line.position(|hash| *hash == tip.1)?, tip.1.as_str()))
    };
    let places: Option<Vec<(usize, &str)>> = tips.iter().map(place).collect();
    places?.into_iter().min().map(|(_, hash)| hash)
}

fn base_by_ci(ci: &CiFacts) -> Option<Base> {
    Some(Base { branch: ci.base_branch.clone()?, hash: ci.base_commit.clone() })
}

pub(crate) fn commit_of(history: History) -> Commit {
    let (ancestors, ancestor_times) = history.ancestors.into_iter().unzip();
    Commit {
        hash: history.hash,
        ancestors,
        ancestor_times,
        committed_at: jiff::Timestamp::from_second(history.committed_at_s).ok(),
        subject: Some(history.subject).filter(|subject| !subject.is_empty()),
        dirty: false,
    }
}

/// A commit of which only the hash is known.
fn bare(hash: &str) -> Commit {
    Commit {
        hash: hash.to_ascii_lowercase(),
        ancestors: Vec::new(),
        ancestor_times: Vec::new(),
        committed_at: None,
        subject: None,
        dirty: false,
    }
}

fn is_hash(text: &str, shortest: usize) -> bool {
    (shortest..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
