//! The spool: a folder with a file of lines that wait to be read into history.
//!
//! All programs append to one file, `v1-runs.jsonl`, each line by one write under the file's lock. One file keeps the size
//! bounded by a look at its length, where a file for each process would leave thousands of them behind a program that is
//! started often. The lock is tried some milliseconds long, [`TRIES`] times: after that the line goes to a file of its own,
//! `v1-<process>-<time>.jsonl`, which is read like the other. All of those together may take as much as the other.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::tally::{self, Claim};

/// The file that everybody appends to.
const SHARED_FILE: &str = "v1-runs.jsonl";
/// The spool takes no more from here on, until it is read.
pub(crate) const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// Files of a single line, at most: each takes a block of the disk, and looking at them all takes time.
const MOST_OWN_FILES: usize = 1024;
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
    let own_name = own_name();
    let mut place = Place::find(folder, &own_name)?;
    let left_out = Claim::take(folder, &own_name);
    let mut bytes = line(left_out.count());
    bytes.push('\n');
    if !place.ends_a_line() {
        // Somebody was ended in the middle of a line: it stays alone.
        bytes.insert(0, '\n');
    }
    let length = bytes.len() as u64;
    if place.taken_bytes().saturating_add(length) > MOST_BYTES
        || place.file_bytes() + length > most_file_bytes()
    {
        drop(left_out);
        tally::add(folder);
        return Err(if length > MOST_BYTES { SpoolError::Long(bytes.len()) } else { SpoolError::Full });
    }
    place.write(bytes.as_bytes())?;
    left_out.told();
    Ok(())
}

/// Where a line goes.
enum Place {
    /// The file that everybody appends to, with its lock, and its length.
    Shared(File, u64),
    /// A file that is yet to be made, and what all such files take.
    Own(PathBuf, u64),
}

impl Place {
    fn find(folder: &Path, own_name: &str) -> Result<Self, SpoolError> {
        let path = folder.join(SHARED_FILE);
        let mut file = open_file(folder, &path)?;
        // Tries are counted rather than time, which stands still where somebody replaced the clock for a test.
        for _ in 0..TRIES {
            match file.try_lock() {
                // The reader may have taken the file away while we waited: a new one takes its place.
                Ok(()) if is_at(&file, &path) => {
                    let metadata = file.metadata().map_err(|error| SpoolError::Io(LOOK, error))?;
                    return match metadata.is_file() {
                        true => Ok(Self::Shared(file, metadata.len())),
                        false => Err(SpoolError::NotAFile),
                    };
                }
                Ok(()) => file = open_file(folder, &path)?,
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(_)) => break,
            }
        }
        let taken = own_files_bytes(folder).map_err(|error| SpoolError::Io(LOOK, error))?;
        Ok(Self::Own(folder.join(format!("v1-{own_name}.jsonl")), taken))
    }

    /// What files of the same kind take, of which there is a most.
    fn taken_bytes(&self) -> u64 {
        match self {
            Self::Shared(_, length) | Self::Own(_, length) => *length,
        }
    }

    fn file_bytes(&self) -> u64 {
        match self {
            Self::Shared(_, length) => *length,
            Self::Own(..) => 0,
        }
    }

    fn ends_a_line(&mut self) -> bool {
        match self {
            Self::Shared(file, length) => ends_a_line(file, *length),
            Self::Own(..) => true,
        }
    }

    fn write(self, bytes: &[u8]) -> Result<(), SpoolError> {
        match self {
            Self::Shared(mut file, length) => write_whole(&mut file, bytes, length),
            Self::Own(path, _) => {
                // Made here alone, so that no link is followed.
                let made = OpenOptions::new().append(true).create_new(true).open(&path);
                let mut file =
                    made.map_err(|error| SpoolError::Io("cannot make a file in the spool", error))?;
                write_whole(&mut file, bytes, 0).inspect_err(|_| drop(fs::remove_file(&path)))
            }
        }
    }
}

/// What says that this process looked in vain.
const LOOK: &str = "cannot look at the spool";

/// A name that no other line has.
fn own_name() -> String {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", std::process::id(), since_epoch.as_nanos())
}

/// What files of a single line take together; as much as they may where there are as many as may be.
fn own_files_bytes(folder: &Path) -> io::Result<u64> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_own_name(&entry.file_name().to_string_lossy()) {
            files += 1;
            // It may have been read by now.
            bytes += entry.metadata().map_or(0, |metadata| metadata.len());
        }
        if files >= MOST_OWN_FILES {
            return Ok(MOST_BYTES);
        }
    }
    Ok(bytes)
}

/// Whether a file is of a single line: `v1-<process>-<time>.jsonl`.
fn is_own_name(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let stem = name.strip_prefix("v1-").and_then(|name| name.strip_suffix(".jsonl"));
    stem.and_then(|stem| stem.split_once('-'))
        .is_some_and(|(process, time)| is_number(process) && is_number(time))
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

    /// A spool whose shared file somebody holds.
    fn held_spool() -> (tempfile::TempDir, File) {
        let folder = tempfile::tempdir().expect("a folder");
        let held = File::create(folder.path().join(SHARED_FILE)).expect("a file");
        held.lock().expect("a lock");
        (folder, held)
    }

    #[test]
    fn files_of_a_single_line_are_no_more_than_may_be_and_the_next_line_says_what_is_missing() {
        let (folder, held) = held_spool();
        for number in 1..MOST_OWN_FILES {
            fs::write(folder.path().join(format!("v1-1-{number}.jsonl")), "line\n").expect("a file");
        }
        check_append(folder.path(), "the last", 0);
        for _ in 0..3 {
            assert!(matches!(append(folder.path(), |_| "x".to_owned()), Err(SpoolError::Full)));
        }
        let is_own = |entry: &fs::DirEntry| is_own_name(&entry.file_name().to_string_lossy());
        let own = fs::read_dir(folder.path()).expect("a folder").flatten().filter(is_own).count();
        assert_eq!(own, MOST_OWN_FILES);
        // The reader takes one away.
        fs::remove_file(folder.path().join("v1-1-1.jsonl")).expect("it goes");
        check_append(folder.path(), "own", 3);
        drop(held);
        check_append(folder.path(), "shared", 0);
    }

    #[test]
    fn files_of_a_single_line_take_no_more_bytes_than_may_be() {
        let (folder, held) = held_spool();
        let large = File::create(folder.path().join("v1-1-1.jsonl")).expect("a file");
        large.set_len(MOST_BYTES - 8).expect("a large file");
        check_append(folder.path(), "8 bytes", 0);
        assert!(matches!(append(folder.path(), |_| String::new()), Err(SpoolError::Full)));
        drop(held);
        check_append(folder.path(), "shared", 1);
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
