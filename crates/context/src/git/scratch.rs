//! Repositories made for tests by the real git, with fixed dates and nobody's configuration.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Git;

/// A temporary folder with a repository `repo` in it.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
    clock_s: std::cell::Cell<i64>,
}

impl Scratch {
    /// An empty repository on the branch `main`.
    pub(crate) fn new() -> Self {
        let scratch = Self::without_repository();
        std::fs::create_dir(scratch.path()).expect("a folder can be made");
        scratch.git(&["init", "--quiet", "--initial-branch=main"]);
        scratch
    }

    pub(crate) fn without_repository() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            clock_s: std::cell::Cell::new(1_700_000_000),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    pub(crate) fn reader(&self) -> Git {
        Git::new(self.path())
    }

    /// Runs git in the repository and returns what it says.
    #[track_caller]
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let directory = if self.path().is_dir() { self.path() } else { self.folder().to_owned() };
        self.git_in(&directory, arguments)
    }

    #[track_caller]
    pub(crate) fn git_in(&self, directory: &Path, arguments: &[&str]) -> String {
        let date = format!("{} +0000", self.clock_s.get());
        let output = Command::new("git")
            .args(["-c", "protocol.file.allow=always"])
            .args(arguments)
            .current_dir(directory)
            .envs([
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ("GIT_CONFIG_SYSTEM", "/dev/null"),
                ("GIT_AUTHOR_NAME", "A"),
                ("GIT_AUTHOR_EMAIL", "a@example.org"),
                ("GIT_COMMITTER_NAME", "A"),
                ("GIT_COMMITTER_EMAIL", "a@example.org"),
                ("GIT_AUTHOR_DATE", &date),
                ("GIT_COMMITTER_DATE", &date),
            ])
            .env_remove("GIT_DIR")
            .output()
            .expect("git can be run");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {stderr}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Feeds `stream` to `git fast-import`.
    #[track_caller]
    pub(crate) fn import(&self, stream: &[u8]) {
        let file = self.folder().join("stream");
        std::fs::write(&file, stream).expect("a file can be written");
        let status = Command::new("git")
            .args(["fast-import", "--quiet", "--force"])
            .current_dir(self.path())
            .stdin(std::fs::File::open(&file).expect("it was written"))
            .status()
            .expect("git can be run");
        assert!(status.success());
    }

    /// Makes a commit a minute after the last one, and returns its hash.
    #[track_caller]
    pub(crate) fn commit(&self, subject: &str) -> String {
        self.clock_s.set(self.clock_s.get() + 60);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", subject]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Makes a commit with a file in it.
    #[track_caller]
    pub(crate) fn commit_file(&self, name: &str, content: &str) -> String {
        self.write(name, content);
        self.git(&["add", "."]);
        self.commit(name)
    }

    #[track_caller]
    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).expect("a file can be written");
    }
}
