//! Contexts of runs in real repositories under invented CI systems.

use std::path::Path;

use super::*;
use crate::git::scratch::Scratch;

/// What the tests vary; everything else stays at rest.
#[derive(Default)]
struct Given<'a> {
    env: &'a [(&'a str, &'a str)],
    config: &'a str,
    commit: Option<&'a str>,
    branch: Option<&'a str>,
    flags: Flags<'a>,
}

fn try_gather(directory: &Path, given: &Given<'_>) -> Result<Gathered, GitError> {
    let repository = Repository::find(directory);
    let text = format!("version = 1\n{}", given.config);
    let config = Config::parse(Path::new("plimsoll.toml"), &text).expect("the configuration is right");
    gather(&ContextRequest {
        directory,
        repository: repository.as_ref(),
        config: &config,
        env: &Env::fixed(given.env.iter().copied()),
        flags: given.flags,
        commit: given.commit,
        branch: given.branch,
        started_at: Timestamp::UNIX_EPOCH,
    })
}

#[track_caller]
fn gathered(directory: &Path, given: &Given<'_>) -> Gathered {
    try_gather(directory, given).expect("the context can be gathered")
}

/// Commit, branch and base as one line: `HASH ANCESTORS [dirty] branch <- base@HASH`.
fn place(gathered: &Gathered) -> String {
    let context = &gathered.context;
    let commit = context.commit.as_ref().map_or_else(
        || "-".to_owned(),
        |commit| {
            let dirty = if commit.dirty { " dirty" } else { "" };
            format!("{} {}{dirty}", commit.hash, commit.ancestors.len())
        },
    );
    let branch = context.branch.as_deref().unwrap_or("-");
    let base = context.base.as_ref().map_or_else(
        || "-".to_owned(),
        |base| format!("{}@{}", base.branch, base.hash.as_deref().unwrap_or("-")),
    );
    format!("{commit} {branch} <- {base}")
}

#[track_caller]
fn check(scratch: &Scratch, given: &Given<'_>, expected: &str) -> Gathered {
    let gathered = gathered(&scratch.path(), given);
    assert_eq!(place(&gathered), expected);
    gathered
}

#[test]
fn on_the_default_branch_there_is_no_base() {
    let scratch = Scratch::new();
    scratch.commit("first");
    let head = scratch.commit_file("file", "1");
    scratch.git(&["remote", "add", "origin", "git@example.org:owner/rangebar.git"]);
    let gathered = check(&scratch, &Given::default(), &format!("{head} 1 main <- -"));
    assert_eq!(gathered.project, "rangebar");
    assert_eq!(gathered.complaints, []);
    let commit = gathered.context.commit.expect("there is a commit");
    assert_eq!(commit.subject.as_deref(), Some("file"));
    assert_eq!(commit.committed_at.map(Timestamp::as_second), Some(1_700_000_120));
    assert_eq!(commit.ancestor_times, [1_700_000_060]);
    scratch.write("file", "2");
    check(&scratch, &Given::default(), &format!("{head} 1 dirty main <- -"));
}

#[test]
fn the_remote_names_the_project_wherever_it_is_configured() {
    let scratch = Scratch::new();
    scratch.commit("first");
    let project = || gathered(&scratch.path(), &Given::default()).project;
    scratch.git(&["remote", "add", "fork", "https://example.org/b/fork.git"]);
    assert_eq!(project(), "fork");
    scratch.git(&["remote", "add", "origin", "https://example.org/b/with#hash.git"]);
    assert_eq!(project(), "with#hash");
    scratch.git(&["remote", "remove", "origin"]);
    scratch.write("more", "[remote \"origin\"]\n\turl = /srv/included.git\n");
    scratch.git(&["config", "include.path", "../more"]);
    assert_eq!(project(), "included");
}

#[test]
fn packed_and_reftable_references_are_found() {
    // Older versions of git do not know the setting and make files each time.
    for format in ["files", "reftable"] {
        let scratch = Scratch::without_repository();
        let format = format!("init.defaultRefFormat={format}");
        scratch.git(&["-c", &format, "init", "--quiet", "--initial-branch=main", "repo"]);
        let fork = scratch.commit("first");
        scratch.git(&["switch", "--quiet", "-c", "feature"]);
        let head = scratch.commit("feature");
        scratch.git(&["pack-refs", "--all"]);
        let expected = format!("{head} 1 feature <- main@{fork}");
        check(&scratch, &Given::default(), &expected);
    }
}

#[test]
fn files_that_the_tool_itself_writes_are_no_dirt() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path().join(".metrics")).expect("a folder can be made");
    let head = scratch.commit_file(".metrics/history.jsonl", "1");
    scratch.write(".metrics/history.jsonl", "2");
    let config = "[files]\ndir = '.metrics'";
    check(&scratch, &Given { config, ..Given::default() }, &format!("{head} 0 main <- -"));
}

#[test]
fn a_branch_and_a_detached_head_start_from_the_default_branch() {
    let scratch = Scratch::new();
    let fork = scratch.commit("first");
    scratch.git(&["switch", "--quiet", "-c", "feature"]);
    let head = scratch.commit("feature");
    check(&scratch, &Given::default(), &format!("{head} 1 feature <- main@{fork}"));
    scratch.git(&["switch", "--quiet", "--detach", "main"]);
    check(&scratch, &Given::default(), &format!("{fork} 0 - <- main@{fork}"));
    let config = "[project]\ndefault_branch = 'feature'";
    check(&scratch, &Given { config, ..Given::default() }, &format!("{fork} 0 - <- feature@{fork}"));
    let branch = Some("main");
    check(&scratch, &Given { branch, ..Given::default() }, &format!("{fork} 0 main <- -"));
}

#[test]
fn the_base_is_where_the_branch_parted_whoever_moved_on() {
    let scratch = Scratch::new();
    let stale = scratch.commit("first");
    let fork = scratch.commit("second");
    scratch.git(&["switch", "--quiet", "-c", "feature"]);
    let head = scratch.commit("feature");
    let expected = format!("{head} 2 feature <- main@{fork}");
    // What the remote was last seen at lies behind the local branch.
    scratch.git(&["update-ref", "refs/remotes/origin/main", &stale]);
    check(&scratch, &Given::default(), &expected);
    scratch.git(&["switch", "--quiet", "main"]);
    let ahead = scratch.commit("third");
    scratch.git(&["switch", "--quiet", "feature"]);
    check(&scratch, &Given::default(), &expected);
    scratch.git(&["update-ref", "refs/heads/main", &stale]);
    scratch.git(&["update-ref", "refs/remotes/origin/main", &ahead]);
    check(&scratch, &Given::default(), &expected);
    scratch.git(&["update-ref", "-d", "refs/heads/main"]);
    let complaints = check(&scratch, &Given::default(), &expected).complaints;
    assert_eq!(complaints, []);
}

#[test]
fn a_branch_without_common_history_says_so() {
    let scratch = Scratch::new();
    scratch.commit("first");
    scratch.git(&["switch", "--quiet", "--orphan", "island"]);
    let head = scratch.commit("island");
    let complaints = check(&scratch, &Given::default(), &format!("{head} 0 island <- main@-")).complaints;
    assert!(complaints[0].message.contains("where this commit left `main` is not known"));
}

#[test]
fn master_is_a_default_branch_where_there_is_no_main() {
    let scratch = Scratch::new();
    let head = scratch.commit("first");
    scratch.git(&["branch", "--move", "master"]);
    check(&scratch, &Given::default(), &format!("{head} 0 master <- -"));
    scratch.git(&["branch", "--move", "trunk"]);
    check(&scratch, &Given::default(), &format!("{head} 0 trunk <- -"));
}

/// The variables of a pull request whose trial merge is checked out.
fn pull_request<'a>(event: &'a Path, merge: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("GITHUB_ACTIONS", "true"),
        ("RUNNER_ENVIRONMENT", "github-hosted"),
        ("GITHUB_REF", "refs/pull/12/merge"),
        ("GITHUB_SHA", merge),
        ("GITHUB_HEAD_REF", "feature"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_EVENT_PATH", event.to_str().expect("the path is UTF-8")),
    ]
}

/// A repository with the trial merge of `feature` into `main` checked out: fork, head, merge, event file.
fn trial_merge(scratch: &Scratch) -> (String, String, String, PathBuf) {
    let fork = scratch.commit("first");
    scratch.git(&["switch", "--quiet", "-c", "feature"]);
    let head = scratch.commit("feature");
    scratch.git(&["switch", "--quiet", "main"]);
    let base = scratch.commit("second");
    scratch.git(&["switch", "--quiet", "--detach"]);
    scratch.git(&["merge", "--quiet", "--no-ff", "-m", "trial", "feature"]);
    let merge = scratch.git(&["rev-parse", "HEAD"]);
    let event = scratch.folder().join("event.json");
    let json = format!(
        r#"{{"pull_request": {{"number": 12, "head": {{"sha": "{head}"}}, "base": {{"sha": "{base}"}}}}}}"#
    );
    std::fs::write(&event, json).expect("a file can be written");
    (fork, head, merge, event)
}

#[test]
fn a_trial_merge_stands_for_the_head_of_its_pull_request() {
    let scratch = Scratch::new();
    let (fork, head, merge, event) = trial_merge(&scratch);
    let env = &pull_request(&event, &merge);
    let gathered =
        check(&scratch, &Given { env, ..Given::default() }, &format!("{head} 1 feature <- main@{fork}"));
    assert_eq!(gathered.context.pull_request, Some(12));
    assert!(gathered.context.testbed.ends_with("/github-hosted"), "{}", gathered.context.testbed);
    assert_eq!(gathered.context.ci.map(|ci| ci.provider).as_deref(), Some("github"));
}

#[test]
fn a_job_that_checks_out_another_commit_is_not_about_the_pull_request() {
    let scratch = Scratch::new();
    let (fork, _, merge, event) = trial_merge(&scratch);
    scratch.git(&["switch", "--quiet", "--detach", &fork]);
    let env = &pull_request(&event, &merge);
    let gathered = check(&scratch, &Given { env, ..Given::default() }, &format!("{fork} 0 - <- main@{fork}"));
    assert_eq!(gathered.context.pull_request, None);
}

#[test]
fn a_shallow_trial_merge_knows_its_hashes_and_says_what_is_missing() {
    let scratch = Scratch::new();
    let (_, head, merge, event) = trial_merge(&scratch);
    scratch.git(&["branch", "trial", "HEAD"]);
    let clone = scratch.folder().join("clone");
    let address = format!("file://{}", scratch.path().display());
    scratch.git_in(scratch.folder(), &["clone", "--quiet", "--depth=1", "--branch=trial", &address, "clone"]);
    scratch.git_in(&clone, &["switch", "--quiet", "--detach"]);
    let env = &pull_request(&event, &merge);
    let gathered = gathered(&clone, &Given { env, ..Given::default() });
    let base = scratch.git(&["rev-parse", "main"]);
    assert_eq!(place(&gathered), format!("{head} 0 feature <- main@{base}"));
    let complaints: Vec<_> = gathered.complaints.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(complaints.len(), 2, "{complaints:?}");
    assert!(complaints[0].contains("nothing but its hash is known"), "{complaints:?}");
    assert!(complaints[1].contains("git fetch --deepen=256"), "{complaints:?}");
}

#[test]
fn a_named_commit_is_looked_up_and_counts_as_clean() {
    let scratch = Scratch::new();
    let first = scratch.commit("first");
    let head = scratch.commit_file("file", "1");
    scratch.write("file", "2");
    let given = |commit| Given { commit: Some(commit), ..Given::default() };
    check(&scratch, &given("HEAD~1"), &format!("{first} 0 - <- main@{first}"));
    check(&scratch, &given(&head), &format!("{head} 1 main <- -"));
    let unknown = "ABCD".repeat(10);
    let gathered = gathered(&scratch.path(), &given(&unknown));
    assert_eq!(gathered.context.commit.as_ref().map(|commit| commit.hash.clone()), Some("abcd".repeat(10)));
    assert!(!gathered.complaints.is_empty());
    let error = try_gather(&scratch.path(), &given("absent")).expect_err("no such commit");
    assert!(matches!(error, GitError::UnknownRevision { .. }), "{error:?}");
}

#[test]
fn without_a_repository_a_hash_will_do() {
    let scratch = Scratch::without_repository();
    let directory = scratch.folder();
    let plain = gathered(directory, &Given::default());
    assert_eq!(place(&plain), "- - <- -");
    assert_eq!(plain.complaints.len(), 1);
    assert_eq!(Some(plain.project.as_str()), directory.file_name().and_then(|name| name.to_str()));
    let given = |commit| Given { commit: Some(commit), branch: Some("main"), ..Given::default() };
    assert_eq!(place(&gathered(directory, &given("abc1234"))), "abc1234 0 main <- -");
    let error = try_gather(directory, &given("main")).expect_err("there is nothing to look in");
    assert!(matches!(error, GitError::NotARepository { .. }), "{error:?}");
    let env = &[("GITLAB_CI", "true"), ("CI_COMMIT_SHA", "abc"), ("CI_COMMIT_BRANCH", "main")];
    assert_eq!(place(&gathered(directory, &Given { env, ..Given::default() })), "abc 0 main <- -");
}

#[test]
fn a_repository_without_commits_is_a_complaint() {
    let scratch = Scratch::new();
    let gathered = check(&scratch, &Given::default(), "- main <- -");
    assert_eq!(gathered.complaints.len(), 1);
    assert!(gathered.complaints[0].message.contains("no commits yet"));
    assert_eq!(gathered.project, "repo");
}

#[test]
fn flags_decide_over_environment_and_file() {
    let scratch = Scratch::new();
    scratch.commit("first");
    let env = &[("PLIMSOLL_PROJECT", "from env"), ("PLIMSOLL_TESTBED", "bench-1")];
    let config = "[project]\nname = 'from file'";
    let named = |given: &Given<'_>| {
        let gathered = gathered(&scratch.path(), given);
        (gathered.project, gathered.context.testbed)
    };
    let flags = Flags { project: Some("from flag"), ..Flags::default() };
    assert_eq!(
        named(&Given { env, config, flags, ..Given::default() }),
        ("from flag".into(), "bench-1".into())
    );
    assert_eq!(named(&Given { env, config, ..Given::default() }).0, "from env");
    assert_eq!(named(&Given { config, ..Given::default() }).0, "from file");
    assert_eq!(named(&Given::default()).0, "repo");
}

#[track_caller]
fn check_store(directory: &Path, expected: &Path) {
    let repository = Repository::find(directory).expect("there is a repository");
    let canonical = |path: &Path| path.canonicalize().expect("it exists");
    let store = default_store(Some(&repository), directory);
    let home = store.parent().and_then(Path::parent).expect("it lies in a folder");
    assert_eq!(canonical(home), canonical(expected));
}

#[test]
fn all_work_trees_share_the_store_of_the_main_one() {
    let scratch = Scratch::new();
    scratch.commit("first");
    std::fs::create_dir(scratch.path().join("inner")).expect("a folder can be made");
    check_store(&scratch.path().join("inner"), &scratch.path());
    scratch.git(&["worktree", "add", "--quiet", "-b", "linked", "../linked"]);
    let linked = scratch.folder().join("linked");
    check_store(&linked, &scratch.path());
    assert_eq!(gathered(&linked, &Given::default()).context.branch.as_deref(), Some("linked"));
    assert_eq!(gathered(&linked, &Given::default()).project, "repo");

    scratch.git_in(scratch.folder(), &["clone", "--quiet", "--bare", "repo", "bare"]);
    let bare = scratch.folder().join("bare");
    scratch.git_in(&bare, &["worktree", "add", "--quiet", "../from-bare", "main"]);
    check_store(&scratch.folder().join("from-bare"), &bare);

    scratch.git(&["submodule", "--quiet", "add", "../bare", "module"]);
    check_store(&scratch.path().join("module"), &scratch.path().join("module"));

    let outside = Scratch::without_repository();
    assert_eq!(Repository::find(outside.folder()), None);
    assert!(default_store(None, outside.folder()).starts_with(outside.folder()));
}
