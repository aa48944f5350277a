//! Questions to real repositories.

use super::scratch::Scratch;
use super::*;

#[test]
fn history_is_told_along_first_parents() {
    let scratch = Scratch::new();
    let first = scratch.commit("first");
    scratch.git(&["switch", "--quiet", "-c", "side"]);
    scratch.commit("aside");
    scratch.git(&["switch", "--quiet", "main"]);
    let second = scratch.commit("second");
    scratch.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "side"]);
    let merge = scratch.git(&["rev-parse", "HEAD"]);
    let history = scratch.reader().history("HEAD").expect("there is history");
    assert_eq!(
        history,
        History {
            hash: merge,
            committed_at_s: 1_700_000_180,
            subject: "merge".to_owned(),
            ancestors: vec![(second, 1_700_000_180), (first, 1_700_000_060)],
        }
    );
}

#[test]
fn history_is_bounded() {
    let scratch = Scratch::new();
    let mut stream = String::new();
    for number in 0..300 {
        let time = 1_700_000_000 + number;
        stream += &format!("commit refs/heads/main\ncommitter A <a@example.org> {time} +0000\ndata 1\nx\n");
    }
    scratch.import(stream.as_bytes());
    let history = scratch.reader().history("main").expect("there is history");
    assert_eq!(history.ancestors.len(), MAX_ANCESTORS);
    assert_eq!(history.ancestors[0].1, 1_700_000_298);
}

#[test]
fn odd_subjects_are_kept_within_bounds() {
    let scratch = Scratch::new();
    scratch.commit("zero");
    scratch.commit(&"long ".repeat(20_000));
    let parent = scratch.git(&["rev-parse", "HEAD"]);
    let mut stream = format!(
        "commit refs/heads/main\ncommitter A <a@example.org> 1700009999 +0000\ndata 4\ncaf\nfrom {parent}\n"
    )
    .into_bytes();
    // The message is in an encoding that the commit does not name.
    let place = stream.windows(4).position(|bytes| bytes == b"caf\n").expect("the message is there");
    stream[place + 3] = 0xe9;
    stream.insert(place + 4, b'\n');
    scratch.import(&stream);
    let history = scratch.reader().history("HEAD").expect("there is history");
    assert_eq!(history.subject, "caf\u{fffd}");
    assert_eq!(history.ancestors.len(), 2);
    let long = scratch.reader().history("HEAD~1").expect("there is history");
    assert!(long.subject.len() <= SUBJECT_BYTES && long.subject.starts_with("long long"));
    assert_eq!(long.ancestors.len(), 1);
}

#[test]
fn only_tracked_changes_are_dirt() {
    let scratch = Scratch::new();
    scratch.commit_file("tracked", "1");
    let git = scratch.reader();
    let dirty = || git.is_dirty(None).expect("git answers");
    scratch.write("untracked", "x");
    assert!(!dirty());
    scratch.write("tracked", "1");
    assert!(!dirty(), "a file written anew with the same content is no change");
    scratch.write("tracked", "2");
    assert!(dirty());
    assert!(!git.is_dirty(Some(Path::new("tracked"))).expect("git answers"));
    scratch.git(&["checkout", "--quiet", "tracked"]);
    scratch.git(&["rm", "--quiet", "--cached", "tracked"]);
    assert!(dirty(), "a staged removal is a change");
}

#[test]
fn revisions_are_resolved() {
    let scratch = Scratch::new();
    let first = scratch.commit("first");
    scratch.git(&["tag", "-a", "-m", "release", "v1"]);
    let second = scratch.commit("second");
    let git = scratch.reader();
    assert_eq!(git.resolve("v1").ok(), Some(first.clone()));
    assert_eq!(git.resolve("HEAD~1").ok(), Some(first.clone()));
    assert_eq!(git.resolve("main").ok(), Some(second.clone()));
    assert_eq!(git.resolve(&first[..8]).ok(), Some(first));
    for bad in ["absent", "", "--help", "HEAD:", "a\nb", &"0".repeat(40)] {
        let error = git.resolve(bad).expect_err("there is no such commit");
        assert!(matches!(error, GitError::UnknownRevision { .. }), "{bad}: {error:?}");
    }
    assert!(
        matches!(git.history("absent"), Err(GitError::UnknownRevision { revision }) if revision == "absent")
    );
}

#[test]
fn the_merge_base_is_the_nearest_of_several() {
    let scratch = Scratch::new();
    scratch.commit("first");
    scratch.git(&["branch", "stale"]);
    let fork = scratch.commit("second");
    scratch.git(&["switch", "--quiet", "-c", "feature"]);
    let head = scratch.commit("feature");
    let git = scratch.reader();
    let others = ["stale".to_owned(), "main".to_owned()];
    assert_eq!(git.merge_base(&head, &others).ok(), Some(Some(fork)));
    scratch.git(&["switch", "--quiet", "--orphan", "island"]);
    let island = scratch.commit("island");
    assert_eq!(git.merge_base(&island, &others).ok(), Some(None));
}

#[test]
fn references_are_told_by_their_exact_names() {
    let scratch = Scratch::new();
    scratch.commit("first");
    scratch.git(&["branch", "release/1"]);
    let names = ["refs/heads/main", "refs/heads/release", "refs/heads/absent"].map(str::to_owned);
    assert_eq!(scratch.reader().existing_references(&names).ok(), Some(vec!["refs/heads/main".to_owned()]));
}

#[test]
fn an_empty_repository_has_no_commits() {
    let scratch = Scratch::new();
    let error = scratch.reader().history("HEAD").expect_err("there are no commits");
    assert!(matches!(error, GitError::NoCommits), "{error:?}");
}

#[test]
fn a_repository_of_somebody_else_is_refused_with_its_cause() {
    let scratch = Scratch::new();
    scratch.commit("first");
    let mut git = scratch.reader();
    let set = |name: &str, value: &str| (name.into(), value.into());
    git.variables = vec![
        set("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1"),
        set("GIT_CONFIG_GLOBAL", "/dev/null"),
        set("GIT_CONFIG_SYSTEM", "/dev/null"),
    ];
    let error = git.history("HEAD").expect_err("git refuses");
    assert!(matches!(error, GitError::DubiousOwnership { .. }), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("safe.directory")));
}

#[test]
fn git_may_be_missing() {
    let scratch = Scratch::new();
    let mut git = scratch.reader();
    git.program = "plimsoll-test-no-such-program".into();
    assert!(matches!(git.history("HEAD"), Err(GitError::NotInstalled)));
    let gone = Git::new(scratch.path().join("gone"));
    assert!(matches!(gone.history("HEAD"), Err(GitError::Process { .. })));
}

#[track_caller]
fn check_remote(lines: &str, expected: Option<&str>) {
    assert_eq!(name_of_remote(lines).as_deref(), expected);
}

#[test]
fn remotes_have_names() {
    check_remote("remote.origin.url https://github.com/owner/rangebar.git", Some("rangebar"));
    check_remote("remote.origin.url git@github.com:rangebar.git", Some("rangebar"));
    check_remote("remote.origin.url /srv/git/rangebar/.git", Some("rangebar"));
    check_remote("remote.origin.url ssh://host/a/rangebar/", Some("rangebar"));
    check_remote("remote.a.url x/fork\nremote.origin.url x/own", Some("own"));
    check_remote("remote.up.url x/fork", Some("fork"));
    check_remote("", None);
}

#[test]
fn a_repository_without_remotes_has_no_remote_name() {
    let scratch = Scratch::new();
    assert_eq!(scratch.reader().remote_name().ok(), Some(None));
    scratch.git(&["remote", "add", "origin", "https://example.org/rangebar.git"]);
    assert_eq!(scratch.reader().remote_name().ok(), Some(Some("rangebar".to_owned())));
}
