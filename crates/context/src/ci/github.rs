//! GitHub Actions, and Forgejo and Gitea, which imitate it.
//! Variables: <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>.

use std::fs::File;
use std::io::Read;

use plimsoll_model::Complaint;
use serde::Deserialize;

use super::{CiFacts, Runner, branch_of_reference, pull_request_number};
use crate::env::Env;

/// GitHub caps an event's payload at 25 MB.
const EVENT_BYTES: u64 = 32 * 1024 * 1024;

/// What is of use in the event that started the workflow.
#[derive(Debug, Default, Deserialize)]
struct Event {
    pull_request: Option<PullRequest>,
    repository: Option<Repository>,
}

#[derive(Debug, Deserialize)]
struct PullRequest {
    number: Option<u64>,
    head: Option<Side>,
    base: Option<Side>,
}

/// One side of a pull request.
#[derive(Debug, Deserialize)]
struct Side {
    sha: Option<String>,
    label: Option<String>,
    repo: Option<Repository>,
}

#[derive(Debug, Deserialize)]
struct Repository {
    full_name: Option<String>,
    default_branch: Option<String>,
}

pub(super) fn facts(env: &Env, provider: &'static str, complaints: &mut Vec<Complaint>) -> CiFacts {
    let event = read_event(env, complaints);
    let reference = env.get("GITHUB_REF").unwrap_or_default();
    let run_id = env.get("GITHUB_RUN_ID");
    let mut facts = CiFacts {
        provider,
        url: run_url(env, run_id.as_deref()),
        run_id,
        job: env.get("GITHUB_JOB"),
        attempt: env.number("GITHUB_RUN_ATTEMPT").and_then(|number| u32::try_from(number).ok()),
        branch: branch_of_reference(&reference),
        commit: env.get("GITHUB_SHA"),
        default_branch: event.repository.and_then(|repository| repository.default_branch),
        runner: runner(env, provider),
        ..CiFacts::default()
    };
    if let Some(source) = env.get("GITHUB_HEAD_REF") {
        let merge_commit = facts.commit.take();
        facts.branch = Some(source);
        facts.base_branch = env.get("GITHUB_BASE_REF");
        facts.pull_request = pull_request_number(&reference);
        // Other events about pull requests check out the base, and their commit is the base's.
        if reference.starts_with("refs/pull/") {
            facts.merge_commit = merge_commit;
        }
        match event.pull_request {
            Some(pull_request) => facts.learn_pull_request(pull_request),
            None => facts.commit.clone_from(&facts.merge_commit),
        }
    }
    facts
}

impl CiFacts {
    fn learn_pull_request(&mut self, pull_request: PullRequest) {
        self.pull_request = pull_request.number.or(self.pull_request);
        let full_name = |side: &Option<Side>| {
            let repository = side.as_ref()?.repo.as_ref()?;
            repository.full_name.clone()
        };
        let is_fork = full_name(&pull_request.head) != full_name(&pull_request.base);
        if let Some(head) = pull_request.head {
            if is_fork && head.label.is_some() {
                self.branch = head.label;
            }
            self.commit = head.sha;
        }
        self.base_commit = pull_request.base.and_then(|base| base.sha);
    }
}

fn read_event(env: &Env, complaints: &mut Vec<Complaint>) -> Event {
    let Some(path) = env.get("GITHUB_EVENT_PATH") else {
        return Event::default();
    };
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(EVENT_BYTES).read_to_end(&mut bytes));
    let event = match read {
        Ok(_) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    event.unwrap_or_else(|error| {
        let message = format!(
            "the event file of the CI job cannot be read ({error}): of a pull request, the merge commit stands for its head"
        );
        complaints.push(Complaint::new(message).in_source(&path));
        Event::default()
    })
}

fn run_url(env: &Env, run_id: Option<&str>) -> Option<String> {
    let server = env.get("GITHUB_SERVER_URL")?;
    let repository = env.get("GITHUB_REPOSITORY")?;
    Some(format!("{server}/{repository}/actions/runs/{}", run_id?))
}

fn runner(env: &Env, provider: &str) -> Option<Runner> {
    match env.get("RUNNER_ENVIRONMENT").as_deref() {
        Some("github-hosted") if provider == "github" => Some(Runner::hosted("github-hosted")),
        // GitHub told nothing before 2024, and its imitators run on their owners' machines.
        Some(_) => Some(Runner::own("self-hosted")),
        None if provider == "github" && env.get("ImageOS").is_some() => Some(Runner::hosted("github-hosted")),
        None => Some(Runner::own("self-hosted")),
    }
}
