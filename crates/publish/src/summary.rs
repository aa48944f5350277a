//! What programs are told at their next start: one file beside the spool, a line for each suite.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use crate::files::{FilesError, beside, failed};

/// The file. Its name carries the version of what is in the folder.
const FILE: &str = "v1-summary.jsonl";
/// Lines of other suites are dropped beyond this number, the least recently judged first.
const MOST_LINES: usize = 64;
/// A longer line is not ours, and is dropped.
const MOST_LINE_BYTES: usize = 1024 * 1024;
/// The file is cut after the last line that ends before this.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// How long another writer is waited for; it needs some milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// What there is to tell of one suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryLine {
    /// What the suite's line begins with, and no other suite's does.
    pub beginning: String,
    /// The line, which begins so.
    pub line: String,
}

/// Puts `lines` first into the file of summaries in `folder`, in the place of earlier ones of the same suites; those of other
/// suites stay as they are, 64 in all. `folder` is made where it is missing, and ignores itself for git.
///
/// The file is replaced by renaming: whoever reads it sees it whole, before or after. Writers take turns by a lock on it, so that
/// none loses another's line; on a file system without locks the last one wins.
pub fn write_summary(folder: &Path, lines: &[SummaryLine]) -> Result<(), FilesError> {
    if lines.iter().any(|line| line.line.trim_end_matches('\n').contains(['\n', '\r'])) {
        return Err(FilesError::NotOneLine);
    }
    make_folder(folder)?;
    let path = folder.join(FILE);
    let mut held = hold(&path)?;
    let mut before = Vec::new();
    Read::by_ref(&mut held)
        .take(MOST_BYTES as u64)
        .read_to_end(&mut before)
        .map_err(failed("read", &path))?;
    let bytes = merged(lines, &before);
    // What is lost with the power is made again with the next run: no run waits for the disk.
    let file = beside(folder, &bytes).map_err(failed("write", &path))?;
    file.persist(&path).map_err(|error| failed("replace", &path)(error.error))?;
    Ok(())
}

/// The new lines, then those of other suites.
fn merged(lines: &[SummaryLine], before: &[u8]) -> Vec<u8> {
    let is_ours = |line: &[u8]| lines.iter().any(|new| line.starts_with(new.beginning.as_bytes()));
    let new = lines.iter().map(|line| line.line.trim_end_matches('\n').as_bytes());
    // What stands behind the last line feed was cut off.
    let end = before.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let kept = before[..end]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty() && line.len() <= MOST_LINE_BYTES && !is_ours(line));
    let mut bytes = Vec::new();
    for line in new.chain(kept).take(MOST_LINES) {
        if bytes.len() + line.len() < MOST_BYTES {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        }
    }
    bytes
}

/// The file, open and locked; empty if there was none. In a folder that others may write to, a link would make a file elsewhere, or
/// show what is in one.
fn hold(path: &Path) -> Result<File, FilesError> {
    loop {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
            .open(path)
            .map_err(failed("open", path))?;
        let held = file.metadata().map_err(failed("look at", path))?;
        if !held.is_file() {
            return Err(failed("replace", path)(io::ErrorKind::InvalidInput.into()));
        }
        let is_locked = lock(&file).map_err(failed("lock", path))?;
        // Whoever had the lock before has put another file in its place.
        if !is_locked || is_at(&held, path) {
            return Ok(file);
        }
    }
}

/// Waits for the lock; tells whether there are locks at all. Who keeps it for long has come to a stop, and holds nobody up.
fn lock(file: &File) -> io::Result<bool> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(_)) => return Ok(false),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

fn is_at(held: &Metadata, path: &Path) -> bool {
    let identity = |metadata: &Metadata| (metadata.dev(), metadata.ino());
    fs::symlink_metadata(path).is_ok_and(|there| identity(&there) == identity(held))
}

/// Makes the folder as programs make it.
fn make_folder(folder: &Path) -> Result<(), FilesError> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(failed("create", folder))?;
    let home = folder.parent().filter(|parent| parent.ends_with(".plimsoll"));
    let ignore: PathBuf = home.unwrap_or(folder).join(".gitignore");
    match OpenOptions::new().write(true).create_new(true).open(&ignore) {
        Ok(mut file) => file.write_all(b"*\n").map_err(failed("write", &ignore)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed("create", &ignore)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn line(suite: &str, rest: &str) -> SummaryLine {
        let beginning = format!("{{\"suite\":\"{suite}\",");
        SummaryLine { line: format!("{beginning}{rest}}}\n"), beginning }
    }

    #[track_caller]
    fn check(folder: &Path, expected: &str) {
        assert_eq!(fs::read_to_string(folder.join(FILE)).unwrap(), expected);
    }

    #[test]
    fn the_suite_that_was_judged_last_stands_first() {
        let folder = tempfile::tempdir().unwrap();
        write_summary(folder.path(), &[line("a", "1")]).unwrap();
        write_summary(folder.path(), &[line("b", "1")]).unwrap();
        check(folder.path(), "{\"suite\":\"b\",1}\n{\"suite\":\"a\",1}\n");
        write_summary(folder.path(), &[line("a", "2")]).unwrap();
        check(folder.path(), "{\"suite\":\"a\",2}\n{\"suite\":\"b\",1}\n");
        write_summary(folder.path(), &[line("c", "3"), line("b", "3")]).unwrap();
        check(folder.path(), "{\"suite\":\"c\",3}\n{\"suite\":\"b\",3}\n{\"suite\":\"a\",2}\n");
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [FILE]);
    }

    #[test]
    fn lines_of_others_stay_byte_by_byte_unless_they_are_no_lines() {
        let folder = tempfile::tempdir().unwrap();
        let mut before = b"{\"suite\":\"other\",\xff\r}\n\n  \n{\"suite\":\"own\",0}\n".to_vec();
        before.extend(vec![b'x'; MOST_LINE_BYTES + 1]);
        before.extend(b"\n{\"format\":\"plimsoll.summary/2\"}\n{\"suite\":\"torn\"");
        fs::write(folder.path().join(FILE), before).unwrap();
        write_summary(folder.path(), &[line("own", "1")]).unwrap();
        let expected =
            b"{\"suite\":\"own\",1}\n{\"suite\":\"other\",\xff\r}\n{\"format\":\"plimsoll.summary/2\"}\n";
        assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), expected);
    }

    #[test]
    fn the_least_recently_judged_suites_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut expected = String::new();
        for suite in 0..MOST_LINES + 6 {
            write_summary(folder.path(), &[line(&suite.to_string(), "1")]).unwrap();
        }
        for suite in (6..MOST_LINES + 6).rev() {
            writeln!(expected, "{{\"suite\":\"{suite}\",1}}").unwrap();
        }
        check(folder.path(), &expected);
    }

    #[test]
    fn writers_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for suite in 0..8 {
                let folder = folder.path();
                scope.spawn(move || {
                    for run in 0..8 {
                        let rest = format!("{run},{}", "x".repeat(9_000));
                        write_summary(folder, &[line(&suite.to_string(), &rest)]).unwrap();
                    }
                });
            }
        });
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        let mut lines: Vec<_> = text.lines().map(|line| (&line[..14], line.len())).collect();
        lines.sort_unstable();
        let beginnings: Vec<_> = (0..8).map(|suite| format!("{{\"suite\":\"{suite}\",7")).collect();
        assert_eq!(lines, beginnings.iter().map(|line| (line.as_str(), 9_016)).collect::<Vec<_>>());
    }

    #[test]
    fn a_folder_that_is_missing_is_made_and_ignores_itself() {
        let home = tempfile::tempdir().unwrap();
        write_summary(&home.path().join(".plimsoll/spool"), &[line("a", "1")]).unwrap();
        assert_eq!(fs::read_to_string(home.path().join(".plimsoll/.gitignore")).unwrap(), "*\n");
        write_summary(&home.path().join("own"), &[line("a", "1")]).unwrap();
        assert_eq!(fs::read_to_string(home.path().join("own/.gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [own, new] = ["own", "new"].map(|name| folder.path().join(name));
        fs::write(&own, "mine\n").unwrap();
        for elsewhere in [&own, &new] {
            let path = folder.path().join(FILE);
            std::os::unix::fs::symlink(elsewhere, &path).unwrap();
            assert!(write_summary(folder.path(), &[line("a", "1")]).is_err());
            assert!(path.is_symlink());
            fs::remove_file(path).unwrap();
        }
        assert!(own.exists() && !new.exists());
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let two = SummaryLine { beginning: "{".to_owned(), line: "{\n}".to_owned() };
        assert!(matches!(write_summary(folder.path(), &[two]), Err(FilesError::NotOneLine)));
        fs::create_dir(folder.path().join(FILE)).unwrap();
        let error = write_summary(folder.path(), &[line("a", "1")]).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot open {}", folder.path().join(FILE).display()));
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(write_summary(&file, &[line("a", "1")]).is_err());
    }
}
