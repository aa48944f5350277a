//! What the CI system says about the job.

mod github;
mod others;

use plimsoll_model::{Ci, Complaint};

use crate::env::Env;

/// What the CI system says about the job that this process runs in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CiFacts {
    /// `github`, `gitlab`, `circleci`, `buildkite`, `jenkins`, `azure`, `travis`, `forgejo`, `gitea` or
    /// `unknown` (where only `CI=true` is set).
    pub provider: &'static str,
    /// The provider's number for the whole run.
    pub run_id: Option<String>,
    /// The job's name.
    pub job: Option<String>,
    /// Which try this is, from 1.
    pub attempt: Option<u32>,
    /// Where a person can look at it.
    pub url: Option<String>,
    /// The branch that is built; of a pull request its own branch, not the one it is merged into.
    pub branch: Option<String>,
    /// The branch a pull request is to be merged into.
    pub base_branch: Option<String>,
    /// The newest commit of `base_branch` when the job started, where the provider says so.
    pub base_commit: Option<String>,
    /// The repository's default branch, where the provider says so.
    pub default_branch: Option<String>,
    /// The pull request's number.
    pub pull_request: Option<u64>,
    /// The commit that is built; of a pull request the newest commit of its branch.
    pub commit: Option<String>,
    /// A commit the provider made to be checked out in its place: the pull request merged into its base.
    pub merge_commit: Option<String>,
    /// The class of machine the job runs on.
    pub runner: Option<Runner>,
}

/// The class of machine a CI job runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// `github-hosted`, `self-hosted`, a queue or a size; never the machine's own name.
    pub class: String,
    /// The provider's machines, which vary from run to run.
    pub hosted: bool,
}

impl CiFacts {
    /// Reads the variables of every CI system known here. `None` outside CI. The complaints name what should
    /// have been readable and was not.
    pub fn detect(env: &Env) -> (Option<Self>, Vec<Complaint>) {
        let mut complaints = Vec::new();
        // The systems that imitate GitHub's variables say who they are as well.
        let facts = if env.is_true("FORGEJO_ACTIONS") {
            Some(github::facts(env, "forgejo", &mut complaints))
        } else if env.is_true("GITEA_ACTIONS") {
            Some(github::facts(env, "gitea", &mut complaints))
        } else if env.is_true("GITHUB_ACTIONS") {
            Some(github::facts(env, "github", &mut complaints))
        } else {
            others::facts(env)
        };
        (facts.map(Self::with_distinct_branch), complaints)
    }

    /// Whether the facts about branch and pull request are about the commit `head`: a job may well check out
    /// another one.
    pub fn is_about(&self, head: &str) -> bool {
        let mut named = [&self.commit, &self.merge_commit].into_iter().flatten().peekable();
        named.peek().is_none() || named.any(|commit| commit == head)
    }

    /// The job as a run records it.
    pub fn job(&self) -> Ci {
        Ci {
            provider: self.provider.to_owned(),
            run_id: self.run_id.clone(),
            job: self.job.clone(),
            attempt: self.attempt,
            url: self.url.clone(),
        }
    }

    /// A pull request from the `main` of a fork must not be taken for the `main` it is to be merged into.
    fn with_distinct_branch(mut self) -> Self {
        if let Some(number) = self.pull_request
            && (self.branch.is_none() || self.branch == self.base_branch)
        {
            self.branch = Some(format!("pull/{number}"));
        }
        self
    }
}

impl Runner {
    fn hosted(class: impl Into<String>) -> Self {
        Self { class: class.into(), hosted: true }
    }

    fn own(class: impl Into<String>) -> Self {
        Self { class: class.into(), hosted: false }
    }
}

/// The branch named by a full reference: `refs/heads/feature` is `feature`; tags and merges are none.
fn branch_of_reference(reference: &str) -> Option<String> {
    reference.strip_prefix("refs/heads/").map(str::to_owned)
}

/// The number in a reference such as `refs/pull/12/merge`, or at the end of an address such as
/// `https://…/pull/12`.
fn pull_request_number(text: &str) -> Option<u64> {
    let (_, rest) = text.rsplit_once("pull/").or_else(|| text.rsplit_once("pull-requests/"))?;
    rest.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests;
