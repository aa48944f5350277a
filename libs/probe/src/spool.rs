//! The spool: a folder with a file of lines that wait to be read into history.
//!
//! All programs append to one file, `v1-runs.jsonl`, each line by one write under the file's lock. One file keeps the size
//! bounded by a look at its length, where a file for each process would leave thousands of them behind a program that is
//! started often. The lock is tried some milliseconds long, [`TRIES`] times: after that the line goes to a file of this
//! process alone, `v1-<process>-<time>.jsonl`, which is read like the other.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The file that everybody appends to.
const SHARED_FILE: &str = "v1-runs.jsonl";
/// One byte for each line that found the spool full; nobody reads the bytes.
const LEFT_OUT_FILE: &str = "v1-left-out";
/// The spool takes no more from here on, until it is read.
pub(crate) const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// How often another process's lock is tried, some 5 ms in all.
const TRIES: u32 = 32;
/// How long is waited in between.
const PAUSE: Duration = Duration::from_micros(100);

/// Why a line was not written.
#[derive(Debug)]
pub(crate) enum SpoolError {
    /// The folder, the file or the disk refuses.
    Io(&'static str, io::Error),
    /// There is something else where the file should be.
    NotAFile,
    /// It holds as much as it may.
    Full,
    /// The line alone, with this many bytes, is longer than the spool may be.
    Long(usize),
}

impl fmt::Display for SpoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(what, error) => write!(f, "{what}: {error}"),
            Self::NotAFile => write!(f, "the spool's file is no regular file"),
            Self::Long(bytes) => write!(f, "a line of {bytes} bytes is longer than the spool may be"),
            Self::Full => write!(f, "the spool is full: `plimsoll ingest` reads and empties it"),
        }
    }
}

/// Lines that this process could not write, by folder, until one tells it.
static UNTOLD: Mutex<BTreeMap<PathBuf, u64>> = Mutex::new(BTreeMap::new());
/// The most folders that are counted for.
const MOST_FOLDERS: usize = 64;

/// Appends one line, which `line` makes; it is told how many lines could not be written before.
pub(crate) fn append(folder: &Path, line: impl FnOnce(u64) -> String) -> Result<(), SpoolError> {
    // A lock that another thread held when this process was forked is never let go: then it is not told.
    let untold = UNTOLD.try_lock().ok().and_then(|untold| untold.get(folder).copied()).unwrap_or(0);
    let written = write(folder, |left_out| line(left_out.max(untold)));
    if (untold > 0 || written.is_err())
        && let Ok(mut all) = UNTOLD.try_lock()
    {
        if written.is_ok() {
            all.remove(folder);
        } else if all.len() < MOST_FOLDERS || untold > 0 {
            *all.entry(folder.to_owned()).or_default() += 1;
        }
    }
    written
}

fn write(folder: &Path, line: impl FnOnce(u64) -> String) -> Result<(), SpoolError> {
    let (mut file, is_shared) = open(folder)?;
    let metadata = file.metadata().map_err(|error| SpoolError::Io("cannot look at the spool", error))?;
    if !metadata.is_file() {
        return Err(SpoolError::NotAFile);
    }
    let left_out_path = folder.join(LEFT_OUT_FILE);
    let left_out =
        if is_shared { fs::metadata(&left_out_path).map_or(0, |metadata| metadata.len()) } else { 0 };
    let mut bytes = String::new();
    if !ends_a_line(&mut file, metadata.len()) {
        // Somebody was ended in the middle of a line: it stays alone.
        bytes.push('\n');
    }
    bytes.push_str(&line(left_out));
    bytes.push('\n');
    let length_after = metadata.len() + bytes.len() as u64;
    if length_after > MOST_BYTES || length_after > most_file_bytes() {
        // Where even this fails, the process counts alone.
        let is_pipe = fs::metadata(&left_out_path).is_ok_and(|metadata| !metadata.is_file());
        if !is_pipe {
            let tally = OpenOptions::new().create(true).append(true).open(&left_out_path);
            let _ = tally.and_then(|mut tally| tally.write_all(b"."));
        }
        return Err(if bytes.len() as u64 > MOST_BYTES {
            SpoolError::Long(bytes.len())
        } else {
            SpoolError::Full
        });
    }
    write_whole(&mut file, bytes.as_bytes(), metadata.len())?;
    if left_out > 0 {
        // It was told in the line. If it cannot be removed, it is told again.
        let _ = fs::remove_file(&left_out_path);
    }
    Ok(())
}

/// The shared file with its lock, or a file of our own.
fn open(folder: &Path) -> Result<(File, bool), SpoolError> {
    let path = folder.join(SHARED_FILE);
    let mut file = open_file(folder, &path)?;
    // Tries are counted rather than time, which stands still where somebody replaced the clock for a test.
    for _ in 0..TRIES {
        match file.try_lock() {
            // The reader may have taken the file away while we waited: a new one takes its place.
            Ok(()) if is_at(&file, &path) => return Ok((file, true)),
            Ok(()) => file = open_file(folder, &path)?,
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(_)) => break,
        }
    }
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let name = format!("v1-{}-{}.jsonl", std::process::id(), since_epoch.as_nanos());
    open_file(folder, &folder.join(name)).map(|file| (file, false))
}

fn open_file(folder: &Path, path: &Path) -> Result<File, SpoolError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_folder(folder)
            .and_then(|()| options.open(path))
            .map_err(|error| SpoolError::Io("cannot make the spool", error)),
        opened => opened.map_err(|error| SpoolError::Io("cannot open the spool", error)),
    }
}

/// Makes the folder, which ignores itself for git.
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let parent = folder.parent().filter(|parent| parent.ends_with(".plimsoll"));
    let ignore: PathBuf = parent.unwrap_or(folder).join(".gitignore");
    match OpenOptions::new().write(true).create_new(true).open(ignore) {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
    // The reader takes no file through a link: what is written there would stay.
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => identity(open) == identity(there),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    fs::metadata(path).as_ref().is_ok_and(Metadata::is_file)
}

fn ends_a_line(file: &mut File, length: u64) -> bool {
    let mut last = [b'\n'];
    // A file that cannot be read is taken to end in the middle of a line: an empty line is no harm.
    length == 0
        || file.seek(SeekFrom::Start(length - 1)).and_then(|_| file.read_exact(&mut last)).is_ok()
            && last == *b"\n"
}

/// One write. If the disk takes only a part, that part is taken back.
fn write_whole(file: &mut File, bytes: &[u8], length_before: u64) -> Result<(), SpoolError> {
    let written = loop {
        match file.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    let error = match written {
        Ok(written) if written == bytes.len() => return Ok(()),
        Ok(_) => io::ErrorKind::StorageFull.into(),
        Err(error) => error,
    };
    // What stays is a line without an end, which the reader names.
    let _ = file.set_len(length_before);
    Err(SpoolError::Io("cannot write to the spool", error))
}

/// How long a file of this process may get: going beyond it would end the program by a signal.
fn most_file_bytes() -> u64 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max file size"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    soft.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(folder: &Path) -> String {
        fs::read_to_string(folder.join(SHARED_FILE)).expect("the spool")
    }

    #[track_caller]
    fn check_append(folder: &Path, line: &str, expected_left_out: u64) {
        append(folder, |left_out| {
            assert_eq!(left_out, expected_left_out);
            line.to_owned()
        })
        .expect("it is written");
    }

    #[test]
    fn lines_follow_one_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = folder.path().join(".plimsoll/spool");
        check_append(&spool, "one", 0);
        check_append(&spool, "two", 0);
        assert_eq!(text(&spool), "one\ntwo\n");
        let ignore = fs::read_to_string(folder.path().join(".plimsoll/.gitignore"));
        assert_eq!(ignore.ok().as_deref(), Some("*\n"));
    }

    #[test]
    fn a_torn_line_stays_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(SHARED_FILE), "one\n{\"torn").expect("a file");
        check_append(folder.path(), "two", 0);
        assert_eq!(text(folder.path()), "one\n{\"torn\ntwo\n");
    }

    #[test]
    fn a_full_spool_takes_no_more_and_says_how_much_later() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(SHARED_FILE);
        File::create(&path).and_then(|file| file.set_len(MOST_BYTES)).expect("a file");
        for _ in 0..3 {
            assert!(matches!(append(folder.path(), |_| "x".to_owned()), Err(SpoolError::Full)));
        }
        fs::remove_file(&path).expect("the reader takes it");
        check_append(folder.path(), "next", 3);
        check_append(folder.path(), "and next", 0);
    }

    #[test]
    fn what_could_not_be_written_is_told_when_it_can() {
        let folder = tempfile::tempdir().expect("a folder");
        let spool = folder.path().join("spool");
        fs::write(&spool, "no folder").expect("a file");
        for _ in 0..3 {
            assert!(matches!(append(&spool, |_| "x".to_owned()), Err(SpoolError::Io(..))));
        }
        fs::remove_file(&spool).expect("it goes");
        check_append(&spool, "next", 3);
        check_append(&spool, "and next", 0);
    }

    #[test]
    fn a_lock_that_is_held_is_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(SHARED_FILE);
        let held = File::create(&path).expect("a file");
        held.lock().expect("a lock");
        check_append(folder.path(), "own", 0);
        assert_eq!(text(folder.path()), "");
        let names = fs::read_dir(folder.path()).expect("a folder").flatten();
        let own = names.map(|entry| entry.path()).find(|other| *other != path && other.extension().is_some());
        assert_eq!(fs::read_to_string(own.expect("a file of our own")).ok().as_deref(), Some("own\n"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_refuses_a_line() {
        let mut full = OpenOptions::new().append(true).open("/dev/full").expect("a device");
        assert!(matches!(write_whole(&mut full, b"line\n", 0), Err(SpoolError::Io(..))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_file_is_not_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = folder.path().join("elsewhere");
        let path = folder.path().join(SHARED_FILE);
        std::os::unix::fs::symlink(&elsewhere, &path).expect("a link");
        for has_file in [false, true] {
            if has_file {
                fs::write(&elsewhere, "mine").expect("a file");
            }
            check_append(folder.path(), "line", 0);
            assert_eq!(
                fs::read_to_string(&elsewhere).unwrap_or_default(),
                if has_file { "mine" } else { "" }
            );
        }
        let is_own = |name: &str| name.starts_with("v1-") && name != SHARED_FILE;
        let names = fs::read_dir(folder.path()).expect("a folder").flatten();
        assert_eq!(names.filter(|entry| is_own(&entry.file_name().to_string_lossy())).count(), 2);
    }

    #[test]
    fn what_is_no_file_is_not_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(SHARED_FILE)).expect("a folder");
        assert!(matches!(append(folder.path(), |_| "x".to_owned()), Err(SpoolError::Io(..))));
        assert!(append(Path::new("/proc/nowhere"), |_| "x".to_owned()).is_err());
    }
}
