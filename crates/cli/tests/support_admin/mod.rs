//! A project in a directory that goes away, and the program as users call it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Where the first commit of a project stands in time: 2026-01-01T00:00:00Z.
const FIRST_COMMIT_SECOND: usize = 1_767_225_600;

/// A repository with plimsoll.toml in it.
pub struct Project {
    directory: TempDir,
    commits: usize,
}

/// What a command ended with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// The output of a command that ended well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The error of a command that ended with this code.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.stderr
    }
}

impl Project {
    /// A repository with one commit and this configuration.
    pub fn new(config: &str) -> Self {
        let mut project = Self {
            directory: tempfile::tempdir().expect("there is room for a directory"),
            commits: 0,
        };
        project.git(&["init", "--quiet", "--initial-branch=main", "."]);
        project.write("plimsoll.toml", config);
        project.write(".gitignore", "*.json\n*.jsonl\n*.db*\n.plimsoll\n");
        project.commit();
        project
    }

    /// Seven quiet runs of `parse` and `startup`, each on a commit of its own.
    pub fn quiet(config: &str) -> Self {
        let mut project = Self::new(config);
        for wobble in [0, 1, -1, 2, -2, 1, 0] {
            project.measure(1_000 + wobble, 48_000 + wobble);
        }
        project
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the file is written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file is read")
    }

    /// Commits and stores a run on it; times in microseconds.
    pub fn measure(&mut self, parse_us: i32, startup_us: i32) {
        self.commit();
        let text = format!(
            "{{\"parse\":{{\"latency\":{{\"value\":{}}}}},\"startup\":{{\"latency\":{{\"value\":{}}}}}}}",
            i64::from(parse_us) * 1_000,
            i64::from(startup_us) * 1_000
        );
        self.write("results.json", &text);
        self.run(&["ingest", "results.json", "--suite", "fast", "--quiet"])
            .ok();
    }

    /// Calls the program in the project.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.program(arguments).output())
    }

    /// Calls the program with something on standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &Path) -> Ended {
        let file = fs::File::open(input).expect("the input is there");
        ended(self.program(arguments).stdin(file).output())
    }

    pub fn git(&self, arguments: &[&str]) {
        let time = format!("{} +0000", FIRST_COMMIT_SECOND + 3_600 * self.commits);
        let done = Command::new("git")
            .args(arguments)
            .current_dir(self.directory.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env("GIT_AUTHOR_DATE", &time)
            .env("GIT_COMMITTER_DATE", &time)
            .output()
            .expect("git is installed");
        assert!(done.status.success(), "git {arguments:?}: {done:?}");
    }

    fn commit(&mut self) {
        self.commits += 1;
        self.write("step", &self.commits.to_string());
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", &format!("Step {}", self.commits)]);
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env(
                "GIT_CEILING_DIRECTORIES",
                self.directory.path().parent().unwrap_or(Path::new("/")),
            )
            .env("PLIMSOLL_TESTBED", "testbed")
            .env("USER", "ada")
            .env("COLUMNS", "100")
            .stdin(Stdio::null());
        command
    }
}

fn ended(output: std::io::Result<Output>) -> Ended {
    let output = output.expect("the program is built");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("data is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("talk is UTF-8"),
    }
}
