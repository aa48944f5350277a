//! Results as plain files beside the store: a history, a file for each run, and the newest summary.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::NamedTempFile;

/// Why the files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// What is not one line would break a file of lines.
    #[error("what is kept as a line must be one line, and this is not")]
    NotOneLine,
    /// The file system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// What was written where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFiles {
    /// `history.jsonl`: every run, one line each.
    pub history: PathBuf,
    /// `run_<time>.json`: this run.
    pub run: PathBuf,
    /// `summary.json`: what was said of the newest run.
    pub summary: PathBuf,
    /// False when this very run stood in the files already, and only the summary was replaced.
    pub is_new: bool,
}

/// Appends `run_line` (`plimsoll.run/1` as one line) to `history.jsonl` in `dir`, writes it to
/// `run_<started_at>.json`, and replaces `summary.json` with `summary_json`.
///
/// * `dir` is made where it is missing. Writers take turns by a lock on the history, so lines of several processes
///   never mix; a line that an earlier writer left unfinished stays as it is and the new one starts on its own line.
/// * All is on disk when this returns. When the disk is full, nothing changes.
/// * The name of the run's file sorts by time (UTC). A file of that name with other content is never overwritten: the
///   name gets `-2`, `-3`, ….
/// * Doing it again changes nothing but the summary: the run counts as written when its file holds the very same
///   line, or (after a crash between the two) when the line is the last of the history.
pub fn write_files(
    dir: &Path,
    started_at: Timestamp,
    run_line: &str,
    summary_json: &str,
) -> Result<WrittenFiles, FilesError> {
    let run_line = run_line.strip_suffix('\n').unwrap_or(run_line);
    if run_line.is_empty() || run_line.contains(['\n', '\r']) {
        return Err(FilesError::NotOneLine);
    }
    fs::create_dir_all(dir).map_err(failed("create", dir))?;
    let history_path = dir.join("history.jsonl");
    let mut history = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(&history_path)
        .map_err(failed("open", &history_path))?;
    history.lock().map_err(failed("lock", &history_path))?;
    let (run, has_file) = run_path(dir, started_at, run_line)?;
    let summary = dir.join("summary.json");
    // Both files are whole on disk, under other names, before the history changes: where there is no room for them,
    // nothing changes.
    let run_file = beside(dir, run_line.as_bytes()).map_err(failed("write", &run))?;
    let summary_file = beside(dir, summary_json.as_bytes()).map_err(failed("write", &summary))?;
    let mut is_new = false;
    if !has_file {
        is_new = append(&mut history, run_line).map_err(failed("append to", &history_path))?;
        let placed = run_file.persist_noclobber(&run);
        placed.map_err(|error| failed("write", &run)(error.error))?;
    }
    let placed = summary_file.persist(&summary);
    placed.map_err(|error| failed("replace", &summary)(error.error))?;
    sync_directory(dir).map_err(failed("sync", dir))?;
    Ok(WrittenFiles { history: history_path, run, summary, is_new })
}

/// Appends a line unless it is the last already; whether it was appended.
fn append(history: &mut File, line: &str) -> io::Result<bool> {
    let length = history.metadata()?.len();
    let wanted = line.len() as u64 + 1;
    let mut last = Vec::new();
    history.seek(SeekFrom::Start(length.saturating_sub(wanted + 1)))?;
    history.take(wanted + 1).read_to_end(&mut last)?;
    let is_finished = last.last().is_none_or(|byte| *byte == b'\n');
    let is_last = last
        .strip_suffix(b"\n")
        .and_then(|last| last.strip_suffix(line.as_bytes()))
        .is_some_and(|before| matches!(before, [] | [.., b'\n']));
    if is_last {
        return Ok(false);
    }
    let mut bytes = Vec::with_capacity(line.len() + 2);
    if !is_finished {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(line.as_bytes());
    bytes.push(b'\n');
    if let Err(error) = history.write_all(&bytes).and_then(|()| history.sync_data()) {
        // Under the lock nobody else wrote meanwhile, so cutting off what was written loses no other line. Where even
        // that fails, the next writer starts on a new line.
        let _ = history.set_len(length);
        return Err(error);
    }
    Ok(true)
}

/// The file for this run, and whether it is there already.
fn run_path(dir: &Path, started_at: Timestamp, line: &str) -> Result<(PathBuf, bool), FilesError> {
    let time = started_at.strftime("%Y%m%dT%H%M%SZ");
    let mut number = 1_u32;
    loop {
        let path = match number {
            1 => dir.join(format!("run_{time}.json")),
            _ => dir.join(format!("run_{time}-{number}.json")),
        };
        match holds(&path, line) {
            Ok(true) => return Ok((path, true)),
            Ok(false) => number += 1,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((path, false)),
            Err(source) => return Err(failed("read", &path)(source)),
        }
    }
}

/// Whether the file at `path` holds exactly `line`.
fn holds(path: &Path, line: &str) -> io::Result<bool> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() != line.len() as u64 + 1 {
        return Ok(false);
    }
    let bytes = fs::read(path)?;
    Ok(bytes.strip_suffix(b"\n") == Some(line.as_bytes()))
}

/// Writes a file that can be moved to its place.
pub(crate) fn beside(dir: &Path, text: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".plimsoll-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(dir)?;
    file.write_all(text)?;
    if !text.ends_with(b"\n") {
        file.write_all(b"\n")?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

fn sync_directory(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

pub(crate) fn failed(action: &'static str, path: &Path) -> impl Fn(io::Error) -> FilesError {
    move |source| FilesError::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const TIME: &str = "2026-11-20T08:01:00Z";

    #[track_caller]
    fn write(dir: &TempDir, line: &str) -> (String, bool) {
        let written = write_files(dir.path(), TIME.parse().unwrap(), line, "{\"verdict\": 1}").unwrap();
        let name = written.run.file_name().unwrap().to_str().unwrap().to_owned();
        (name, written.is_new)
    }

    #[track_caller]
    fn check(dir: &TempDir, name: &str, expected: &str) {
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), expected);
    }

    #[test]
    fn runs_are_appended_and_stand_alone() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(write(&dir, "{\"id\":1}"), ("run_20261120T080100Z.json".to_owned(), true));
        assert_eq!(write(&dir, "{\"id\":2}\n"), ("run_20261120T080100Z-2.json".to_owned(), true));
        check(&dir, "history.jsonl", "{\"id\":1}\n{\"id\":2}\n");
        check(&dir, "run_20261120T080100Z.json", "{\"id\":1}\n");
        check(&dir, "run_20261120T080100Z-2.json", "{\"id\":2}\n");
        check(&dir, "summary.json", "{\"verdict\": 1}\n");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4);
    }

    #[test]
    fn the_same_run_again_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir, "{\"id\":1}");
        write(&dir, "{\"id\":2}");
        assert_eq!(write(&dir, "{\"id\":1}"), ("run_20261120T080100Z.json".to_owned(), false));
        check(&dir, "history.jsonl", "{\"id\":1}\n{\"id\":2}\n");
    }

    #[test]
    fn a_crash_between_history_and_file_is_made_good() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir, "{\"id\":1}");
        fs::remove_file(dir.path().join("run_20261120T080100Z.json")).unwrap();
        assert_eq!(write(&dir, "{\"id\":1}"), ("run_20261120T080100Z.json".to_owned(), false));
        check(&dir, "history.jsonl", "{\"id\":1}\n");
    }

    #[test]
    fn an_unfinished_line_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("history.jsonl"), "{\"id\":0}\n{\"id\"").unwrap();
        write(&dir, "{\"id\":1}");
        check(&dir, "history.jsonl", "{\"id\":0}\n{\"id\"\n{\"id\":1}\n");
    }

    #[test]
    fn a_line_that_only_ends_alike_is_another() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("history.jsonl"), "x{\"id\":1}\n").unwrap();
        assert!(write(&dir, "{\"id\":1}").1);
        check(&dir, "history.jsonl", "x{\"id\":1}\n{\"id\":1}\n");
    }

    #[test]
    fn writers_take_turns() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let dir = &dir;
                scope.spawn(move || {
                    for run in 0..5 {
                        write(dir, &format!("{{\"id\":{writer}{run},{}}}", "x".repeat(9_000)));
                    }
                });
            }
        });
        let history = fs::read_to_string(dir.path().join("history.jsonl")).unwrap();
        let mut ids: Vec<_> = history.lines().map(|line| (&line[..8], line.len())).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 40);
        assert!(ids.iter().all(|(_, length)| *length == 9_010), "{ids:?}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 42);
    }

    #[test]
    fn errors_name_the_place_and_the_cause() {
        let dir = tempfile::tempdir().unwrap();
        let blocked = dir.path().join("file");
        fs::write(&blocked, "").unwrap();
        let error = write_files(&blocked.join("sub"), Timestamp::UNIX_EPOCH, "{}", "{}").unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(error.to_string(), format!("cannot create {}", blocked.join("sub").display()));
        assert!(source.contains("directory"), "{source}");
        for bad in ["", "{\n}", "{}\r\n{}"] {
            let error = write_files(dir.path(), Timestamp::UNIX_EPOCH, bad, "{}").unwrap_err();
            assert!(matches!(error, FilesError::NotOneLine), "{bad:?}");
        }
    }
}
