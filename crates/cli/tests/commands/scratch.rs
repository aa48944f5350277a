//! A scratch project: a git repository with fixed dates and a history made by `plimsoll ingest`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The configuration of every project; more may follow.
pub const CONFIG: &str = r#"version = 1
[project]
name = "rangebar"
"#;

/// A target that is met.
pub const TARGET: &str =
    "[[target]]\nid = \"APP-001\"\nbenchmark = \"startup\"\nmetric = \"time\"\nmax = \"50 ms\"\n";

/// A project in a folder that goes away. The same commits have the same hashes everywhere.
pub struct Scratch {
    folder: TempDir,
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

impl Scratch {
    /// A repository on `main` without a commit, and `plimsoll.toml` with `extra_config` behind the project's name.
    pub fn new(extra_config: &str) -> Self {
        let scratch = Self { folder: tempfile::tempdir().expect("a folder") };
        scratch.git(0, &["init", "--quiet", "--initial-branch=main"]);
        scratch.write("plimsoll.toml", &format!("{CONFIG}{extra_config}"));
        scratch
    }

    /// A project with `days` days of history on `main`, a commit and a run a day; `parse` takes about 100 ms.
    pub fn with_days(days: u32) -> Self {
        let scratch = Self::new("");
        for day in 1..=days {
            scratch.day(day, &[("parse", usual(day)), ("render", 10.0)]);
        }
        scratch
    }

    /// A commit of this day, and a run with these times in milliseconds.
    pub fn day(&self, day: u32, times_ms: &[(&str, f64)]) {
        self.commit(day);
        self.measure(day, times_ms);
    }

    /// A commit of this day.
    pub fn commit(&self, day: u32) {
        let message = format!("Change number {day}");
        self.git(day, &["commit", "--quiet", "--allow-empty", "--message", &message]);
    }

    /// A run of the commit that is checked out.
    pub fn measure(&self, day: u32, times_ms: &[(&str, f64)]) {
        self.write("results.json", &results(times_ms));
        let ingest = ["ingest", "results.json", "--harness", "custom-smaller-is-better"];
        let place = ["--suite", "fast", "--at", &date(day)];
        self.run(&[&ingest[..], &place[..]].concat()).ok();
    }

    /// Git at noon of this day.
    pub fn git(&self, day: u32, arguments: &[&str]) {
        let mut git = self.surrounded("git");
        git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
            .args(arguments)
            .env("GIT_AUTHOR_DATE", date(day))
            .env("GIT_COMMITTER_DATE", date(day));
        ended(git.output()).ok();
    }

    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.path().join(name), content).expect("a file is written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect("a file is read")
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Everything that a user sees of a command: standard output, then standard error and exit code where they say something.
    pub fn plimsoll(&self, line: &str) -> String {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let ended = self.run(&arguments);
        let mut seen = ended.stdout;
        let _ = write!(seen, "{}", prefixed(&ended.stderr));
        match ended.code {
            Some(0) => {}
            code => {
                let _ = writeln!(seen, "[exit {}]", code.unwrap_or(-1));
            }
        }
        seen
    }

    /// Calls the program in the project.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.program(arguments).output())
    }

    /// Calls the program with a file on standard input.
    pub fn run_with_input(&self, arguments: &[&str], name: &str) -> Ended {
        let file = fs::File::open(self.path().join(name)).expect("the input is there");
        ended(self.program(arguments).stdin(file).output())
    }

    /// The program, to be started in another way.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut program = self.surrounded(env!("CARGO_BIN_EXE_plimsoll"));
        program.args(arguments);
        program
    }

    /// The same surroundings everywhere: no configuration of the machine's, no CI, a hundred columns.
    fn surrounded(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("USER", "ada")
            .env("PLIMSOLL_TESTBED", "ci")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("COLUMNS", "100")
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null());
        command
    }
}

/// A project with a target and seven quiet runs of `parse` and `startup`.
pub fn quiet() -> Scratch {
    let scratch = Scratch::new(TARGET);
    for (day, wobble) in (1..).zip([0.0, 1.0, -1.0, 2.0, -2.0, 1.0, 0.0]) {
        let wobble = wobble / 1_000.0;
        scratch.day(day, &[("parse", 1.0 + wobble), ("startup", 48.0 + wobble)]);
    }
    scratch
}

/// Holds that the text has all these parts.
#[track_caller]
pub fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

/// About 100 ms, with a wobble of about two per cent.
pub fn usual(day: u32) -> f64 {
    f64::from(98 + day * 7 % 5)
}

/// Results as `custom-smaller-is-better` writes them.
pub fn results(times_ms: &[(&str, f64)]) -> String {
    let entries: Vec<String> = times_ms
        .iter()
        .map(|(name, value)| format!(r#"{{"name": "{name}", "unit": "ms", "value": {value}}}"#))
        .collect();
    format!("[{}]", entries.join(", "))
}

fn date(day: u32) -> String {
    format!("2026-03-{day:02}T12:00:00Z")
}

fn prefixed(talk: &str) -> String {
    talk.lines().map(|line| format!("[stderr] {line}\n")).collect()
}

fn ended(output: std::io::Result<Output>) -> Ended {
    let output = output.expect("the command starts");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("data is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("talk is UTF-8"),
    }
}
