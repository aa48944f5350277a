//! A scratch project: a git repository with fixed dates and a history made by `plimsoll ingest`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const CONFIG: &str = r#"version = 1
[project]
name = "rangebar"
"#;

/// A project in a folder that goes away. The same commits have the same hashes everywhere.
pub struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// A repository on `main` without a commit, and `plimsoll.toml` with `extra_config` behind the project's name.
    pub fn new(extra_config: &str) -> Self {
        let scratch = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
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
        self.git(
            day,
            &["commit", "--quiet", "--allow-empty", "--message", &message],
        );
    }

    /// A run of the commit that is checked out.
    pub fn measure(&self, day: u32, times_ms: &[(&str, f64)]) {
        self.write("results.json", &results(times_ms));
        let ingest = ["ingest", "results.json", "--harness", "custom-smaller-is-better"];
        let place = ["--testbed", "ci", "--suite", "fast", "--at", &date(day)];
        let output = self.command(&[&ingest[..], &place[..]].concat());
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Git at noon of this day.
    pub fn git(&self, day: u32, arguments: &[&str]) {
        let output = self
            .surrounded(Command::new("git"))
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
            .args(arguments)
            .env("GIT_AUTHOR_DATE", date(day))
            .env("GIT_COMMITTER_DATE", date(day))
            .output()
            .expect("the command starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
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
        let output = self.command(&arguments);
        let mut seen = String::from_utf8(output.stdout).expect("output is text");
        let talk = String::from_utf8(output.stderr).expect("talk is text");
        let _ = write!(seen, "{}", prefixed(&talk));
        match output.status.code() {
            Some(0) => {}
            code => {
                let _ = writeln!(seen, "[exit {}]", code.unwrap_or(-1));
            }
        }
        seen
    }

    fn command(&self, arguments: &[&str]) -> Output {
        self.surrounded(Command::new(env!("CARGO_BIN_EXE_plimsoll")))
            .args(arguments)
            .output()
            .expect("the command starts")
    }

    /// The same surroundings everywhere: no configuration of the machine's, no CI, a hundred columns.
    fn surrounded(&self, mut command: Command) -> Command {
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("COLUMNS", "100")
            .env("LANG", "C.UTF-8");
        command
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
