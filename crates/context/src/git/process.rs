//! A running git process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use super::{Git, GitError};

/// More of git's complaints than this is not kept.
const STDERR_BYTES: u64 = 16 * 1024;
/// More of an answer than this is not kept. Histories are read line by line and have no such bound.
const TEXT_BYTES: u64 = 4 * 1024 * 1024;

/// Variables that would make git look at another repository than the one that was found.
const MISLEADING: [&str; 6] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"];

/// A git process, ended when it is dropped.
pub(super) struct Running {
    command: String,
    directory: std::path::PathBuf,
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Read beside stdout, so that neither blocks the other.
    stderr: Option<JoinHandle<String>>,
}

impl Running {
    pub(super) fn start(git: &Git, arguments: &[&str]) -> Result<Self, GitError> {
        let name = arguments.first().copied().unwrap_or_default();
        let failed = |source: std::io::Error| GitError::Process { command: name.to_owned(), source };
        let mut command = Command::new(&git.program);
        command
            .args(["--no-optional-locks", "-c", "core.fsmonitor=false"])
            .args(["-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false"])
            .args(arguments)
            .current_dir(&git.directory)
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .envs(git.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in MISLEADING {
            command.env_remove(name);
        }
        let mut child = command.spawn().map_err(|source| {
            // A directory that is gone gives the same error as a command that is not there.
            if source.kind() == std::io::ErrorKind::NotFound && git.directory.is_dir() {
                GitError::NotInstalled
            } else {
                failed(source)
            }
        })?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(failed(std::io::ErrorKind::BrokenPipe.into()));
        };
        let stderr = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let mut stderr = stderr;
            let _ = stderr.by_ref().take(STDERR_BYTES).read_to_end(&mut bytes);
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Ok(Self {
            command: name.to_owned(),
            directory: git.directory.clone(),
            child,
            stdout: BufReader::new(stdout),
            stderr: Some(stderr),
        })
    }

    /// Everything it says, once it has ended well.
    pub(super) fn text(mut self) -> Result<String, GitError> {
        let mut bytes = Vec::new();
        let read = self.stdout.by_ref().take(TEXT_BYTES).read_to_end(&mut bytes);
        read.map_err(|source| self.failed(source))?;
        self.finish()?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether it says anything at all; it is not heard out.
    pub(super) fn says_anything(mut self) -> Result<bool, GitError> {
        let silent = match self.stdout.fill_buf() {
            Ok(bytes) => bytes.is_empty(),
            Err(source) => return Err(self.failed(source)),
        };
        if silent {
            self.finish()?;
        }
        Ok(!silent)
    }

    /// The next line without its end, cut after `limit` bytes; `None` at the end.
    pub(super) fn line(&mut self, limit: usize) -> Result<Option<String>, GitError> {
        let mut line = Vec::new();
        let mut read_any = false;
        loop {
            let available = match self.stdout.fill_buf() {
                Ok(available) => available,
                Err(source) => return Err(self.failed(source)),
            };
            if available.is_empty() {
                break;
            }
            read_any = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
            line.extend(part.iter().take(limit.saturating_sub(line.len())));
            let consumed = part.len() + usize::from(end.is_some());
            self.stdout.consume(consumed);
            if end.is_some() {
                break;
            }
        }
        Ok(read_any.then(|| String::from_utf8_lossy(&line).into_owned()))
    }

    /// Waits for its end.
    pub(super) fn finish(mut self) -> Result<(), GitError> {
        let status = self.child.wait().map_err(|source| self.failed(source))?;
        let stderr = self.stderr.take().and_then(|reader| reader.join().ok());
        if status.success() {
            return Ok(());
        }
        Err(self.classified(&stderr.unwrap_or_default()))
    }

    fn failed(&self, source: std::io::Error) -> GitError {
        GitError::Process { command: self.command.clone(), source }
    }

    /// What git's complaint means.
    fn classified(&self, stderr: &str) -> GitError {
        let says = |words: &str| stderr.contains(words);
        let last = stderr.lines().rfind(|line| !line.trim().is_empty());
        let message = last.unwrap_or_default();
        let message = message.strip_prefix("fatal: ").unwrap_or(message).to_owned();
        if says("dubious ownership") || says("unsafe repository") {
            GitError::DubiousOwnership { directory: self.directory.clone() }
        } else if says("bad revision") || says("unknown revision") || says("bad object") {
            GitError::UnknownRevision { revision: message }
        } else {
            GitError::Failed { command: self.command.clone(), message }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nobody waits for the answer any more; a process that has ended already is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
