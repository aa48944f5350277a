//! A fresh folder with a plain environment in which a document's commands run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::error::XtaskError;

/// A command of a document has to end within this time.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What a command did.
pub struct Outcome {
    /// It ended with 0.
    pub success: bool,
    /// Both its streams, as a terminal would show them.
    pub output: String,
}

/// The folder and the environment.
pub struct Session {
    folder: TempDir,
    search_path: String,
}

impl Session {
    /// An empty folder; `plimsoll` is found first.
    pub fn start(plimsoll: &Path) -> Result<Self, XtaskError> {
        let folder =
            tempfile::tempdir().map_err(XtaskError::file("create a folder in", &std::env::temp_dir()))?;
        for inner in ["home", "work"] {
            let path = folder.path().join(inner);
            std::fs::create_dir(&path).map_err(XtaskError::file("create", &path))?;
        }
        let binaries = plimsoll.parent().unwrap_or(Path::new("."));
        let inherited = std::env::var("PATH").unwrap_or_default();
        Ok(Self { search_path: format!("{}:{inherited}", binaries.display()), folder })
    }

    /// Whether a program is installed.
    pub fn has(&self, program: &str) -> bool {
        self.search_path.split(':').any(|folder| Path::new(folder).join(program).is_file())
    }

    /// Runs shell lines in the folder, with a clean environment and no input.
    pub fn run(&self, lines: &str) -> Result<Outcome, XtaskError> {
        let printed = self.folder.path().join("printed");
        let file = File::create(&printed).map_err(XtaskError::file("create", &printed))?;
        let same_file = file.try_clone().map_err(XtaskError::file("share", &printed))?;
        let mut command = self.shell();
        command.arg(lines).stdin(Stdio::null()).stdout(file).stderr(same_file);
        let success = within_time_limit(&mut command, lines)?;
        let bytes = std::fs::read(&printed).map_err(XtaskError::file("read", &printed))?;
        Ok(Outcome { success, output: String::from_utf8_lossy(&bytes).into_owned() })
    }

    fn shell(&self) -> Command {
        let home: PathBuf = self.folder.path().join("home");
        let mut command = Command::new("sh");
        command.arg("-c").current_dir(self.folder.path().join("work")).env_clear();
        command.env("PATH", &self.search_path).env("HOME", home);
        let settings = [
            ("LANG", "C.UTF-8"),
            ("TZ", "UTC"),
            ("TERM", "dumb"),
            ("NO_COLOR", "1"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "init.defaultBranch"),
            ("GIT_CONFIG_VALUE_0", "main"),
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
        ];
        command.envs(settings);
        command
    }
}

/// Whether a command ended with 0; past its time it is killed.
fn within_time_limit(command: &mut Command, lines: &str) -> Result<bool, XtaskError> {
    let spawn_error = |source| XtaskError::Spawn { program: lines.to_owned(), source };
    let mut child = command.spawn().map_err(spawn_error)?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(spawn_error)? {
            return Ok(status.success());
        }
        if started.elapsed() > TIME_LIMIT {
            child.kill().map_err(spawn_error)?;
            child.wait().map_err(spawn_error)?;
            println!("`{lines}` did not end within {} s", TIME_LIMIT.as_secs());
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_share_a_folder_and_a_plain_environment() {
        let session = Session::start(Path::new("/nowhere/plimsoll")).expect("a folder");
        let run = |lines: &str| session.run(lines).expect("a shell");
        assert!(run("echo one > file").success);
        assert_eq!(run("cat file; echo two >&2; echo $HOME | tail -c 6").output, "one\ntwo\n/home\n");
        assert!(!run("exit 3").success);
        assert_eq!(run("echo $CARGO_MANIFEST_DIR").output, "\n");
        assert!(session.has("sh"));
        assert!(!session.has("no-such-program"));
    }
}
