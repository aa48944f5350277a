//! A scratch project with a history of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::outcome::Outcome;
use super::scenario::{Origin, Replacement, Scenario};
use crate::error::XtaskError;
use crate::workspace::{Workspace, output_of};

/// Variables by which a CI provider would be recognised; these runs are at home.
const CI_VARIABLES: [&str; 4] = ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "CARGO_MANIFEST_DIR"];

/// A scratch project.
pub struct Project {
    folder: TempDir,
    run: &'static str,
    search_path: String,
    cargo_target: PathBuf,
}

impl Project {
    /// Lays the scenario's files out in a fresh repository and prepares what it would have anyway.
    pub fn create(workspace: &Workspace, scenario: &Scenario, plimsoll: &Path) -> Result<Self, XtaskError> {
        let folder =
            tempfile::tempdir().map_err(XtaskError::file("create a folder in", &std::env::temp_dir()))?;
        let binaries = plimsoll.parent().unwrap_or(Path::new("."));
        let inherited = std::env::var("PATH").unwrap_or_default();
        let project = Self {
            folder,
            run: scenario.run,
            search_path: format!("{}:{inherited}", binaries.display()),
            // Kept between plays, so that a clone of this repository is not compiled from nothing each time.
            cargo_target: workspace.root().join("target/acceptance"),
        };
        match scenario.origin {
            Origin::ThisRepository => {
                let root = workspace.root().to_string_lossy().into_owned();
                project.command("git", &["clone", "--quiet", &root, "."])?;
            }
            Origin::Files(files) => {
                project.command("git", &["init", "--quiet", "--initial-branch", "main"])?;
                for (path, text) in files {
                    project.write(path, text)?;
                }
            }
        }
        for command in scenario.preparation {
            project.shell(command)?;
        }
        Ok(project)
    }

    /// Runs shell lines in the project; they have to succeed.
    pub fn shell(&self, lines: &str) -> Result<String, XtaskError> {
        println!("$ {lines}");
        self.command("sh", &["-c", lines])
    }

    /// Commits everything, runs the suite and reads its report.
    pub fn commit_and_run(&self, subject: &str) -> Result<Outcome, XtaskError> {
        self.command("git", &["add", "--all"])?;
        self.command("git", &["commit", "--quiet", "--allow-empty", "--message", subject])?;
        self.judge(self.run)
    }

    /// Runs a shell line that prints a report, and reads it.
    pub fn judge(&self, line: &str) -> Result<Outcome, XtaskError> {
        let mut command = self.prepared("sh", &["-c", line]);
        let output = command.stdin(Stdio::null()).output();
        let output = output.map_err(|source| XtaskError::Spawn { program: line.to_owned(), source })?;
        let report = String::from_utf8_lossy(&output.stdout);
        let exit_code = output.status.code().unwrap_or(-1);
        Outcome::read(exit_code, &report)
            .inspect_err(|_| println!("{report}\n{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Replaces a text that stands in a file exactly once.
    pub fn replace(&self, replacement: &Replacement) -> Result<(), XtaskError> {
        let path = self.folder.path().join(replacement.file);
        let text = std::fs::read_to_string(&path).map_err(XtaskError::file("read", &path))?;
        if text.matches(replacement.from).count() != 1 {
            let what = format!("`{}` has to stand in {} once", replacement.from, replacement.file);
            return Err(XtaskError::Expectation(what));
        }
        println!("{}: `{}` becomes `{}`", replacement.file, replacement.from, replacement.to);
        self.write(replacement.file, &text.replace(replacement.from, replacement.to))
    }

    fn write(&self, relative: &str, text: &str) -> Result<(), XtaskError> {
        let path = self.folder.path().join(relative);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(XtaskError::file("create", folder))?;
        }
        std::fs::write(&path, text).map_err(XtaskError::file("write", &path))
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Result<String, XtaskError> {
        output_of(&mut self.prepared(program, arguments))
    }

    fn prepared(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path());
        command.env("PATH", &self.search_path).env("CARGO_TARGET_DIR", &self.cargo_target);
        for (name, value) in [
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
        ] {
            command.env(name, value);
        }
        for name in CI_VARIABLES {
            command.env_remove(name);
        }
        let ours = std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("PLIMSOLL_"));
        for name in ours {
            command.env_remove(name);
        }
        command
    }
}
