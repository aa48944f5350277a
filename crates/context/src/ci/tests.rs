//! What each provider's variables come to.

use super::*;

/// The facts as one line: branch, base, pull request, commit, merge commit, runner.
#[track_caller]
fn check(variables: &[(&str, &str)], expected: &str) -> CiFacts {
    let (facts, complaints) = CiFacts::detect(&Env::fixed(variables.iter().copied()));
    let facts = facts.expect("a CI system is recognised");
    assert_eq!(complaints, []);
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let actual = format!(
        "{} {} -> {} #{} {} (merge {}) on {}",
        facts.provider,
        text(&facts.branch),
        text(&facts.base_branch),
        facts.pull_request.unwrap_or(0),
        text(&facts.commit),
        text(&facts.merge_commit),
        facts
            .runner
            .as_ref()
            .map_or_else(|| "-".to_owned(), |runner| format!("{}/{}", runner.class, runner.hosted)),
    );
    assert_eq!(actual, expected);
    facts
}

fn event_file(content: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    std::fs::write(file.path(), content).expect("it can be written");
    file
}

const GITHUB: [(&str, &str); 7] = [
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_SERVER_URL", "https://github.com"),
    ("GITHUB_REPOSITORY", "owner/repo"),
    ("GITHUB_RUN_ID", "77"),
    ("GITHUB_RUN_ATTEMPT", "2"),
    ("GITHUB_JOB", "bench"),
    ("RUNNER_ENVIRONMENT", "github-hosted"),
];

#[test]
fn github_push_and_tag() {
    let push = [("GITHUB_REF", "refs/heads/main"), ("GITHUB_SHA", "aaa")];
    let facts =
        check(&[&GITHUB[..], &push].concat(), "github main -> - #0 aaa (merge -) on github-hosted/true");
    assert_eq!(
        facts.job(),
        Ci {
            provider: "github".to_owned(),
            run_id: Some("77".to_owned()),
            job: Some("bench".to_owned()),
            attempt: Some(2),
            url: Some("https://github.com/owner/repo/actions/runs/77".to_owned()),
        }
    );
    let tag = [("GITHUB_REF", "refs/tags/v1"), ("GITHUB_SHA", "aaa")];
    check(&[&GITHUB[..], &tag].concat(), "github - -> - #0 aaa (merge -) on github-hosted/true");
}

#[test]
fn github_pull_request_takes_the_head_from_the_event() {
    let event = event_file(
        r#"{"pull_request": {"number": 12,
            "head": {"sha": "head1", "label": "owner:feature", "repo": {"full_name": "owner/repo"}},
            "base": {"sha": "base1", "label": "owner:main", "repo": {"full_name": "owner/repo"}}},
            "repository": {"full_name": "owner/repo", "default_branch": "main"}}"#,
    );
    let pull_request = [
        ("GITHUB_REF", "refs/pull/12/merge"),
        ("GITHUB_SHA", "merge1"),
        ("GITHUB_HEAD_REF", "feature"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_EVENT_PATH", event.path().to_str().expect("the path is UTF-8")),
    ];
    let facts = check(
        &[&GITHUB[..], &pull_request].concat(),
        "github feature -> main #12 head1 (merge merge1) on github-hosted/true",
    );
    assert_eq!(facts.base_commit.as_deref(), Some("base1"));
    assert_eq!(facts.default_branch.as_deref(), Some("main"));
    assert!(facts.is_about("head1") && facts.is_about("merge1") && !facts.is_about("other"));
}

#[test]
fn github_pull_request_from_the_main_of_a_fork() {
    let event = event_file(
        r#"{"pull_request": {"number": 12,
            "head": {"sha": "head1", "label": "someone:main", "repo": {"full_name": "someone/repo"}},
            "base": {"sha": "base1", "label": "owner:main", "repo": {"full_name": "owner/repo"}}}}"#,
    );
    let target_event = [
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_SHA", "base1"),
        ("GITHUB_HEAD_REF", "main"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_EVENT_PATH", event.path().to_str().expect("the path is UTF-8")),
    ];
    let facts = check(
        &[&GITHUB[..], &target_event].concat(),
        "github someone:main -> main #12 head1 (merge -) on github-hosted/true",
    );
    // `pull_request_target` checks out the base: what is measured there is not the pull request.
    assert!(!facts.is_about("base1"));
}

#[test]
fn an_unreadable_event_file_is_a_complaint() {
    let event = event_file("{\"pull_request\": ");
    let pull_request = [
        ("GITHUB_REF", "refs/pull/12/merge"),
        ("GITHUB_SHA", "merge1"),
        ("GITHUB_HEAD_REF", "main"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_EVENT_PATH", event.path().to_str().expect("the path is UTF-8")),
    ];
    let env = Env::fixed([&GITHUB[..], &pull_request].concat());
    let (facts, complaints) = CiFacts::detect(&env);
    let facts = facts.expect("GitHub is recognised");
    assert_eq!((facts.branch.as_deref(), facts.commit.as_deref()), (Some("pull/12"), Some("merge1")));
    assert_eq!(complaints.len(), 1);
}

#[test]
fn forgejo_and_gitea_imitate_github() {
    let push = [("GITHUB_ACTIONS", "true"), ("GITHUB_REF", "refs/heads/main"), ("GITHUB_SHA", "aaa")];
    check(
        &[&push[..], &[("GITEA_ACTIONS", "true")]].concat(),
        "gitea main -> - #0 aaa (merge -) on self-hosted/false",
    );
    check(
        &[&push[..], &[("FORGEJO_ACTIONS", "true"), ("GITEA_ACTIONS", "true")]].concat(),
        "forgejo main -> - #0 aaa (merge -) on self-hosted/false",
    );
}

#[test]
fn gitlab() {
    check(
        &[
            ("CI", "true"),
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_SHA", "merged"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feature"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "head1"),
            ("CI_RUNNER_TAGS", r#"["docker", "saas-linux-small-amd64"]"#),
        ],
        "gitlab feature -> main #7 head1 (merge merged) on saas-linux-small-amd64/true",
    );
    check(
        &[
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_SHA", "aaa"),
            ("CI_COMMIT_BRANCH", "main"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", ""),
        ],
        "gitlab main -> - #0 aaa (merge -) on self-hosted/false",
    );
}

#[test]
fn circleci() {
    check(
        &[
            ("CIRCLECI", "true"),
            ("CIRCLE_BRANCH", "feature"),
            ("CIRCLE_SHA1", "aaa"),
            ("CIRCLE_PULL_REQUEST", "https://github.com/owner/repo/pull/34"),
        ],
        "circleci feature -> - #34 aaa (merge -) on circleci-hosted/true",
    );
}

#[test]
fn buildkite() {
    let facts = check(
        &[
            ("BUILDKITE", "true"),
            ("BUILDKITE_BRANCH", "feature"),
            ("BUILDKITE_COMMIT", "HEAD"),
            ("BUILDKITE_PULL_REQUEST", "false"),
            ("BUILDKITE_RETRY_COUNT", "1"),
            ("BUILDKITE_AGENT_META_DATA_QUEUE", "bench"),
        ],
        "buildkite feature -> - #0 - (merge -) on bench/false",
    );
    assert_eq!(facts.attempt, Some(2));
}

#[test]
fn azure() {
    let facts = check(
        &[
            ("TF_BUILD", "True"),
            ("BUILD_BUILDID", "9"),
            ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/owner/"),
            ("SYSTEM_TEAMPROJECT", "repo"),
            ("BUILD_SOURCEBRANCH", "refs/pull/5/merge"),
            ("BUILD_SOURCEVERSION", "merge1"),
            ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/feature"),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", "main"),
            ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "5"),
            ("SYSTEM_PULLREQUEST_SOURCECOMMITID", "head1"),
            ("AGENT_ISSELFHOSTED", "0"),
        ],
        "azure feature -> main #5 head1 (merge merge1) on azure-hosted/true",
    );
    assert_eq!(facts.url.as_deref(), Some("https://dev.azure.com/owner/repo/_build/results?buildId=9"));
}

#[test]
fn travis() {
    check(
        &[
            ("TRAVIS", "true"),
            ("TRAVIS_BRANCH", "main"),
            ("TRAVIS_COMMIT", "merge1"),
            ("TRAVIS_PULL_REQUEST", "3"),
            ("TRAVIS_PULL_REQUEST_BRANCH", "main"),
            ("TRAVIS_PULL_REQUEST_SHA", "head1"),
        ],
        "travis pull/3 -> main #3 head1 (merge merge1) on travis-hosted/true",
    );
    check(
        &[
            ("TRAVIS", "true"),
            ("TRAVIS_BRANCH", "main"),
            ("TRAVIS_COMMIT", "aaa"),
            ("TRAVIS_PULL_REQUEST", "false"),
        ],
        "travis main -> - #0 aaa (merge -) on travis-hosted/true",
    );
}

#[test]
fn jenkins() {
    check(
        &[
            ("JENKINS_URL", "http://ci"),
            ("BRANCH_NAME", "PR-8"),
            ("CHANGE_ID", "8"),
            ("CHANGE_BRANCH", "feature"),
            ("CHANGE_TARGET", "main"),
            ("GIT_COMMIT", "aaa"),
        ],
        "jenkins feature -> main #8 aaa (merge -) on self-hosted/false",
    );
    check(
        &[("JENKINS_URL", "http://ci"), ("GIT_BRANCH", "origin/main")],
        "jenkins main -> - #0 - (merge -) on self-hosted/false",
    );
}

#[test]
fn an_unknown_system_and_none() {
    check(&[("CI", "1")], "unknown - -> - #0 - (merge -) on -");
    assert_eq!(CiFacts::detect(&Env::fixed([("CI", "")])).0, None);
}
