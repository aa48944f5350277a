//! The repository this tool works on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::XtaskError;

/// The repository.
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The repository around the working directory.
    pub fn find() -> Result<Self, XtaskError> {
        let start = std::env::current_dir().map_err(XtaskError::file("read", Path::new(".")))?;
        start
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file())
            .map(|root| Self { root: root.to_owned() })
            .ok_or(XtaskError::NoWorkspace)
    }

    /// Its root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `cargo` in the root, without input.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new("cargo");
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// Every file that git tracks or would track, relative to the root, sorted.
    pub fn files(&self) -> Result<Vec<String>, XtaskError> {
        let mut command = Command::new("git");
        command
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            .current_dir(&self.root);
        let listing = output_of(&mut command)?;
        let mut files: Vec<String> = listing
            .split('\0')
            .filter(|path| !path.is_empty() && self.root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The text of a file, given relative to the root. Bytes that are not UTF-8 are replaced.
    pub fn read(&self, relative: &str) -> Result<String, XtaskError> {
        let path = self.root.join(relative);
        let bytes = std::fs::read(&path).map_err(XtaskError::file("read", &path))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Builds `plimsoll` and returns where it is.
    pub fn build_plimsoll(&self, release: bool) -> Result<PathBuf, XtaskError> {
        self.build("plimsoll-cli", "plimsoll", release)
    }

    /// Builds a program of a package and returns where it is.
    pub fn build(&self, package: &str, program: &str, release: bool) -> Result<PathBuf, XtaskError> {
        let mut command = self.cargo();
        command.args(["build", "--locked", "--package", package, "--bin", program]);
        command.args(["--message-format", "json-render-diagnostics"]);
        if release {
            command.arg("--release");
        }
        command.stderr(Stdio::inherit());
        let messages = output_of(&mut command)?;
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|message| message["target"]["name"] == program)
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .ok_or_else(|| XtaskError::Command {
                command: describe(&command),
                detail: "it named no executable".to_owned(),
            })
    }
}

/// The standard output of a command that has to succeed.
pub fn output_of(command: &mut Command) -> Result<String, XtaskError> {
    let output = command.stdin(Stdio::null()).stdout(Stdio::piped()).output();
    let output = output.map_err(|source| XtaskError::Spawn {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(XtaskError::Command {
        command: describe(command),
        detail: format!("{}\n{}", output.status, String::from_utf8_lossy(&output.stderr)),
    })
}

/// A command as someone would type it.
pub fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
