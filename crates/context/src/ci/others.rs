//! GitLab, CircleCI, Buildkite, Azure Pipelines, Travis CI, Jenkins, and systems that only say `CI=true`.

use super::{CiFacts, Runner, branch_of_reference, pull_request_number};
use crate::env::Env;

pub(super) fn facts(env: &Env) -> Option<CiFacts> {
    if env.is_true("GITLAB_CI") {
        Some(gitlab(env))
    } else if env.is_true("CIRCLECI") {
        Some(circleci(env))
    } else if env.is_true("BUILDKITE") {
        Some(buildkite(env))
    } else if env.is_true("TF_BUILD") {
        Some(azure(env))
    } else if env.is_true("TRAVIS") {
        Some(travis(env))
    } else if env.get("JENKINS_URL").is_some() {
        Some(jenkins(env))
    } else {
        env.is_true("CI").then(|| CiFacts { provider: "unknown", ..CiFacts::default() })
    }
}

/// <https://docs.gitlab.com/ci/variables/predefined_variables/>. In a pipeline of merged results
/// `CI_COMMIT_SHA` is the merge, and the source branch's commit has a variable of its own.
fn gitlab(env: &Env) -> CiFacts {
    let built = env.get("CI_COMMIT_SHA");
    let head = env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
    let tags: Vec<String> =
        env.get("CI_RUNNER_TAGS").and_then(|tags| serde_json::from_str(&tags).ok()).unwrap_or_default();
    let saas = tags.into_iter().find(|tag| tag.starts_with("saas-"));
    CiFacts {
        provider: "gitlab",
        run_id: env.get("CI_PIPELINE_ID"),
        job: env.get("CI_JOB_NAME"),
        url: env.get("CI_JOB_URL"),
        branch: env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| env.get("CI_COMMIT_BRANCH")),
        base_branch: env.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        base_commit: env.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"),
        default_branch: env.get("CI_DEFAULT_BRANCH"),
        pull_request: env.number("CI_MERGE_REQUEST_IID"),
        merge_commit: head.is_some().then(|| built.clone()).flatten(),
        commit: head.or(built),
        runner: Some(saas.map_or_else(|| Runner::own("self-hosted"), Runner::hosted)),
        ..CiFacts::default()
    }
}

/// <https://circleci.com/docs/reference/variables/>.
fn circleci(env: &Env) -> CiFacts {
    CiFacts {
        provider: "circleci",
        run_id: env.get("CIRCLE_WORKFLOW_ID").or_else(|| env.get("CIRCLE_BUILD_NUM")),
        job: env.get("CIRCLE_JOB"),
        url: env.get("CIRCLE_BUILD_URL"),
        branch: env.get("CIRCLE_BRANCH"),
        pull_request: env
            .number("CIRCLE_PR_NUMBER")
            .or_else(|| pull_request_number(&env.get("CIRCLE_PULL_REQUEST")?)),
        commit: env.get("CIRCLE_SHA1"),
        runner: Some(Runner::hosted("circleci-hosted")),
        ..CiFacts::default()
    }
}

/// <https://buildkite.com/docs/pipelines/configure/environment-variables>.
fn buildkite(env: &Env) -> CiFacts {
    let queue = env.get("BUILDKITE_AGENT_META_DATA_QUEUE").unwrap_or_else(|| "default".to_owned());
    let runner = match env.get("BUILDKITE_COMPUTE_TYPE").as_deref() {
        Some("hosted") => Runner::hosted(format!("buildkite-hosted-{queue}")),
        _ => Runner::own(queue),
    };
    CiFacts {
        provider: "buildkite",
        run_id: env.get("BUILDKITE_BUILD_ID"),
        job: env.get("BUILDKITE_STEP_KEY").or_else(|| env.get("BUILDKITE_LABEL")),
        attempt: env.number("BUILDKITE_RETRY_COUNT").and_then(attempt_after),
        url: env.get("BUILDKITE_BUILD_URL"),
        branch: env.get("BUILDKITE_BRANCH").filter(|_| env.get("BUILDKITE_TAG").is_none()),
        base_branch: env.get("BUILDKITE_PULL_REQUEST_BASE_BRANCH"),
        default_branch: env.get("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
        pull_request: env.number("BUILDKITE_PULL_REQUEST"),
        commit: env.get("BUILDKITE_COMMIT").filter(|commit| commit != "HEAD"),
        runner: Some(runner),
        ..CiFacts::default()
    }
}

/// <https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables>.
fn azure(env: &Env) -> CiFacts {
    let run_id = env.get("BUILD_BUILDID");
    let url = || {
        let (collection, project) = (env.get("SYSTEM_COLLECTIONURI")?, env.get("SYSTEM_TEAMPROJECT")?);
        let run_id = run_id.as_deref()?;
        Some(format!("{collection}{project}/_build/results?buildId={run_id}"))
    };
    let built = env.get("BUILD_SOURCEVERSION");
    let head = env.get("SYSTEM_PULLREQUEST_SOURCECOMMITID");
    let branch_in = |name| {
        let reference = env.get(name)?;
        branch_of_reference(&reference).or(Some(reference))
    };
    CiFacts {
        provider: "azure",
        url: url(),
        run_id: run_id.clone(),
        job: env.get("SYSTEM_JOBNAME").or_else(|| env.get("AGENT_JOBNAME")),
        attempt: env.number("SYSTEM_JOBATTEMPT").and_then(|number| u32::try_from(number).ok()),
        branch: branch_in("SYSTEM_PULLREQUEST_SOURCEBRANCH")
            .or_else(|| branch_of_reference(&env.get("BUILD_SOURCEBRANCH")?)),
        base_branch: branch_in("SYSTEM_PULLREQUEST_TARGETBRANCH"),
        pull_request: env
            .number("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER")
            .or_else(|| env.number("SYSTEM_PULLREQUEST_PULLREQUESTID")),
        merge_commit: head.is_some().then(|| built.clone()).flatten(),
        commit: head.or(built),
        runner: Some(if env.is_true("AGENT_ISSELFHOSTED") {
            Runner::own("self-hosted")
        } else {
            Runner::hosted("azure-hosted")
        }),
        ..CiFacts::default()
    }
}

/// <https://docs.travis-ci.com/user/environment-variables/>. Of a pull request, `TRAVIS_BRANCH` is the base.
fn travis(env: &Env) -> CiFacts {
    let pull_request = env.number("TRAVIS_PULL_REQUEST");
    let branch = env.get("TRAVIS_BRANCH").filter(|_| env.get("TRAVIS_TAG").is_none());
    let built = env.get("TRAVIS_COMMIT");
    let facts = CiFacts {
        provider: "travis",
        run_id: env.get("TRAVIS_BUILD_ID"),
        job: env.get("TRAVIS_JOB_NAME").or_else(|| env.get("TRAVIS_JOB_NUMBER")),
        url: env.get("TRAVIS_JOB_WEB_URL"),
        pull_request,
        runner: Some(Runner::hosted("travis-hosted")),
        ..CiFacts::default()
    };
    if pull_request.is_some() {
        CiFacts {
            branch: env.get("TRAVIS_PULL_REQUEST_BRANCH"),
            base_branch: branch,
            commit: env.get("TRAVIS_PULL_REQUEST_SHA"),
            merge_commit: built,
            ..facts
        }
    } else {
        CiFacts { branch, commit: built, ..facts }
    }
}

/// Variables of the Git, Branch API and core plugins. Node labels hold the node's own name and are not read.
fn jenkins(env: &Env) -> CiFacts {
    let plain = |branch: String| branch.strip_prefix("origin/").map(str::to_owned).unwrap_or(branch);
    CiFacts {
        provider: "jenkins",
        run_id: env.get("BUILD_TAG").or_else(|| env.get("BUILD_NUMBER")),
        job: env.get("JOB_NAME"),
        url: env.get("BUILD_URL"),
        branch: env
            .get("CHANGE_BRANCH")
            .or_else(|| env.get("BRANCH_NAME").filter(|_| env.get("TAG_NAME").is_none()))
            .or_else(|| env.get("GIT_BRANCH").map(plain).filter(|branch| branch != "detached")),
        base_branch: env.get("CHANGE_TARGET"),
        pull_request: env.number("CHANGE_ID"),
        commit: env.get("GIT_COMMIT"),
        runner: Some(Runner::own("self-hosted")),
        ..CiFacts::default()
    }
}

/// Which try it is after `retries` of them, counted from 1.
fn attempt_after(retries: u64) -> Option<u32> {
    u32::try_from(retries).ok()?.checked_add(1)
}
