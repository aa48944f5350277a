//! A scratch project whose measurements are written down beforehand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Prints Go benchmark lines. Each run takes the next line of a file that git does not see; the last stays.
const BENCH: &str = r#"
value=$(head -n 1 .git/values)
if [ "$(wc -l < .git/values)" -gt 1 ]; then
    tail -n +2 .git/values > .git/rest && mv .git/rest .git/values
fi
echo run >> .git/runs
case $value in
    fail) exit 7 ;;
    hang) echo hanging; exec sleep 600 ;;
esac
printf 'goos: linux\ngoarch: amd64\npkg: p\n'
printf 'BenchmarkParse-2 1000 %s ns/op\nBenchmarkRender-2 1000 200 ns/op\nPASS\n' "$value"
"#;

const CONFIG: &str = r#"version = 1
[project]
name = "scratch"
[suite.fast]
command = "sh bench.sh"
"#;

/// A repository on `main`, in a folder that goes away.
pub struct Scratch {
    folder: TempDir,
    commits: u32,
}

/// How a command ended, and what it said.
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Scratch {
    /// A project without any run.
    pub fn new() -> Self {
        let mut scratch = Self { folder: tempfile::tempdir().expect("a folder"), commits: 0 };
        scratch.git(&["init", "--quiet", "--initial-branch=main"]);
        scratch.write("bench.sh", BENCH);
        scratch.write("plimsoll.toml", CONFIG);
        scratch.git(&["add", "."]);
        scratch.commit();
        scratch
    }

    /// A project with five quiet runs on `main`: some 1,000 ns for `parse`, 200 for `render`.
    pub fn quiet() -> Self {
        let mut scratch = Self::new();
        for value in ["1001", "999", "1000", "1002", "998"] {
            scratch.commit();
            assert_eq!(scratch.run(&[value], &[]).code, Some(0));
        }
        scratch
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file is written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file is read")
    }

    /// An empty commit, an hour after the one before.
    pub fn commit(&mut self) {
        self.commits += 1;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "a change"]);
    }

    /// `plimsoll run` where the benchmark takes these times in turn.
    pub fn run(&self, values: &[&str], arguments: &[&str]) -> Said {
        self.takes(values);
        self.plimsoll(&[&["run"], arguments].concat())
    }

    /// The times in nanoseconds that the benchmark takes in turn, or `fail`, or `hang`.
    pub fn takes(&self, values: &[&str]) {
        self.write(".git/values", &(values.join("\n") + "\n"));
    }

    /// How often the benchmark has been run.
    pub fn times_run(&self) -> usize {
        fs::read_to_string(self.path(".git/runs")).map_or(0, |runs| runs.lines().count())
    }

    pub fn plimsoll(&self, arguments: &[&str]) -> Said {
        said(self.command().args(arguments))
    }

    /// The command in this project, with nothing of the surroundings but the path.
    pub fn command(&self) -> Command {
        surrounded(Command::new(env!("CARGO_BIN_EXE_plimsoll")), self.folder.path())
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let date = format!("{} +0000", 1_767_225_600 + u64::from(self.commits) * 3_600);
        let said = said(
            surrounded(Command::new("git"), self.folder.path())
                .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
                .args(arguments)
                .env("GIT_AUTHOR_DATE", &date)
                .env("GIT_COMMITTER_DATE", &date),
        );
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        said.stdout.trim().to_owned()
    }
}

impl Said {
    /// Holds the exit code and a piece of standard output.
    #[track_caller]
    pub fn check(&self, code: i32, piece: &str) {
        let Self { stdout, stderr, .. } = self;
        assert_eq!(self.code, Some(code), "{stdout}\n{stderr}");
        assert!(stdout.contains(piece), "`{piece}` is not in:\n{stdout}\n{stderr}");
    }
}

fn surrounded(mut command: Command, folder: &Path) -> Command {
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", folder.join(".git"))
        .stdin(Stdio::null());
    command
}

fn said(command: &mut Command) -> Said {
    let output = command.output().expect("the command starts");
    Said {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
