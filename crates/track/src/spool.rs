//! Taking what programs left in the spool, so that nothing is lost and nothing is read twice.
//!
//! Programs append to one file under its lock, and begin a new one when theirs is no longer at its path. So a file is taken by
//! renaming it, and read once its lock was had: whoever was writing is done then, and nobody writes to it any more. It is removed when
//! all of it is stored; what a crash leaves is read by the next reader, and runs that were stored by then are known by their identity.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use plimsoll_model::{Complaint, Run, format};
use rustix::fs::OFlags;

use crate::spool_lines::{BrokenLine, read_lines};

/// The file that all programs append to.
const SHARED_FILE: &str = "v1-runs.jsonl";
/// One byte for each line that found the spool full.
pub(crate) const LEFT_OUT_FILE: &str = "v1-left-out";
/// What programs read of their last runs.
pub(crate) const SUMMARY_FILE: &str = "v1-summary.jsonl";
/// Lines that are no runs.
const REJECTED_FILE: &str = "v1-rejected.jsonl";
/// So much of them is kept.
const MOST_REJECTED_BYTES: u64 = 1 << 20;
/// A file of the spool takes 16 MiB; a larger one is something else.
const MOST_FILE_BYTES: u64 = 256 << 20;
/// What is said of a link, a pipe, a folder.
const NO_FILE: &str = "it is no regular file";
/// What is said of a larger file.
const TOO_LARGE: &str = "it is too large; `plimsoll ingest FILE` reads it";
/// How long a lock is waited for: who holds it writes one line.
const PATIENCE: Duration = Duration::from_secs(1);
/// A file of a single line that has no end after this time will get none.
const UNFINISHED_TIME: Duration = Duration::from_hours(1);

/// Why nothing of the spool could be read.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The folder cannot be listed.
    #[error("{} cannot be listed", folder.display())]
    Folder {
        /// The spool.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another reader holds the spool.
    #[error("another process is reading {}", folder.display())]
    Busy {
        /// The spool.
        folder: PathBuf,
    },
    /// Lines that are no runs could not be kept, so that nothing was removed.
    #[error("{} cannot be written", path.display())]
    Rejected {
        /// Where they should go.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A file that stays where it is.
#[derive(Debug, thiserror::Error)]
pub enum LeftFile {
    /// A program holds its lock, or has not ended its line.
    #[error("{name} is being written; it is read the next time")]
    Unfinished {
        /// The file.
        name: String,
    },
    /// It cannot be taken, read or removed.
    #[error("{name} cannot be {what}: {source}")]
    Refused {
        /// The file.
        name: String,
        /// What was tried.
        what: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Everything that was read, and the files it came from.
#[derive(Debug)]
pub struct SpoolReading {
    /// The runs, the earliest first.
    pub runs: Vec<Run>,
    /// The lines that are no runs.
    pub broken: Vec<BrokenLine>,
    /// The files that were left.
    pub left: Vec<LeftFile>,
    folder: PathBuf,
    taken: Vec<PathBuf>,
    /// Held as long as this is: one reader at a time.
    _lock: Option<File>,
}

/// What became of the lines that are no runs.
#[derive(Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Where they are kept.
    pub path: PathBuf,
    /// So many were.
    pub kept: usize,
    /// So many found no room there and are gone.
    pub dropped: usize,
    /// Files that were read and could not be removed: they are read again.
    pub not_removed: Vec<String>,
}

/// Whether there is anything to read.
pub fn holds_lines(folder: &Path) -> Result<bool, SpoolError> {
    let has_bytes = |(path, _): &(PathBuf, Kind)| fs::metadata(path).is_ok_and(|found| found.len() > 0);
    Ok(files(folder)?.iter().any(has_bytes))
}

/// Takes everything in the folder and reads it. Nothing is removed before [`SpoolReading::finish`].
pub fn take_spool(folder: &Path) -> Result<SpoolReading, SpoolError> {
    read_all(folder, take)
}

/// Reads everything in the folder and leaves it there.
pub fn look_into_spool(folder: &Path) -> Result<SpoolReading, SpoolError> {
    read_all(folder, |_, path, kind| {
        let file =
            open_file(path, OpenOptions::new().read(true)).map_err(|source| refused(path, "read", source))?;
        // A lock that all readers share holds up a program for the time of this reading.
        if kind == Kind::Shared {
            wait_for(path, || file.try_lock_shared())?;
        }
        read_file(path, &file)
    })
}

impl SpoolReading {
    /// Keeps a run that the store refuses with the lines that are no runs.
    pub fn reject(&mut self, run: &Run, why: &str) {
        let text = format::run::write(run).unwrap_or_default().into_bytes();
        let complaint = Complaint::new(format!("run {} left out: {why}", run.id)).in_source(SHARED_FILE);
        self.broken.push(BrokenLine { complaint, text });
    }

    /// Everything is stored: keeps what is no run, and removes the files.
    pub fn finish(self) -> Result<Rejected, SpoolError> {
        let path = self.folder.join(REJECTED_FILE);
        let kept = match self.broken.is_empty() {
            true => 0,
            false => keep(&path, &self.broken)
                .map_err(|source| SpoolError::Rejected { path: path.clone(), source })?,
        };
        let mut not_removed = Vec::new();
        for file in &self.taken {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => not_removed.push(name_of(file)),
                _ => {}
            }
        }
        Ok(Rejected { path, kept, dropped: self.broken.len() - kept, not_removed })
    }
}

/// The kinds of file that hold lines, in the order in which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// An earlier reader took it and did not come to its end.
    Taken,
    /// Everybody appends to it.
    Shared,
    /// The one line of a program that did not get the lock.
    Own,
}

impl Kind {
    fn of(name: &OsStr) -> Option<Self> {
        let name = name.to_str()?;
        if name == SHARED_FILE {
            return Some(Self::Shared);
        }
        let stem = name.strip_prefix("v1-")?.strip_suffix(".jsonl")?;
        if stem.starts_with("taken-") {
            return Some(Self::Taken);
        }
        let (process, time) = stem.split_once('-')?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (is_number(process) && is_number(time)).then_some(Self::Own)
    }
}

/// The files that hold lines, whatever else lies there.
fn files(folder: &Path) -> Result<Vec<(PathBuf, Kind)>, SpoolError> {
    let failed = |source| SpoolError::Folder { folder: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if let Some(kind) = Kind::of(&entry.file_name()) {
            files.push((entry.path(), kind));
        }
    }
    files.sort_by(|(path, kind), (other_path, other)| kind.cmp(other).then_with(|| path.cmp(other_path)));
    Ok(files)
}

fn read_all(
    folder: &Path,
    read: impl Fn(&mut Vec<PathBuf>, &Path, Kind) -> Result<Vec<u8>, LeftFile>,
) -> Result<SpoolReading, SpoolError> {
    let lock = lock_folder(folder)?;
    let mut reading = SpoolReading {
        runs: Vec::new(),
        broken: Vec::new(),
        left: Vec::new(),
        folder: folder.to_owned(),
        taken: Vec::new(),
        _lock: lock,
    };
    for (path, kind) in files(folder)? {
        let bytes = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => Err(refused(&path, "read", source)),
            Ok(found) if !found.is_file() => Err(refused(&path, "read", io::Error::other(NO_FILE))),
            Ok(found) if found.len() > MOST_FILE_BYTES => {
                Err(refused(&path, "read", io::Error::other(TOO_LARGE)))
            }
            Ok(found) if kind == Kind::Shared && found.len() == 0 => continue,
            Ok(_) => read(&mut reading.taken, &path, kind),
        };
        match bytes {
            Ok(bytes) => {
                let lines = read_lines(&name_of(&path), &bytes);
                reading.runs.extend(lines.runs);
                reading.broken.extend(lines.broken);
            }
            Err(left) => reading.left.push(left),
        }
    }
    reading.runs.sort_by_key(|run| run.context.started_at);
    Ok(reading)
}

/// Holds the folder for one reader. Where folders cannot be locked, two readers may store the same run: the second time is nothing.
fn lock_folder(folder: &Path) -> Result<Option<File>, SpoolError> {
    let Ok(file) = File::open(folder) else { return Ok(None) };
    match wait_for(folder, || file.try_lock()) {
        Ok(()) => Ok(Some(file)),
        Err(LeftFile::Unfinished { .. }) => Err(SpoolError::Busy { folder: folder.to_owned() }),
        Err(LeftFile::Refused { .. }) => Ok(None),
    }
}

/// Takes one file and gives what it holds. What was taken is told also where it could not be read.
fn take(taken: &mut Vec<PathBuf>, path: &Path, kind: Kind) -> Result<Vec<u8>, LeftFile> {
    let own = match kind {
        Kind::Taken => path.to_owned(),
        Kind::Own if !is_finished(path) => return Err(LeftFile::Unfinished { name: name_of(path) }),
        Kind::Own | Kind::Shared => {
            let own = path.with_file_name(taken_name(taken.len()));
            fs::rename(path, &own).map_err(|source| refused(path, "taken", source))?;
            own
        }
    };
    // Network file systems lock only what may be written to.
    let file = open_file(&own, OpenOptions::new().read(true).append(true))
        .map_err(|source| refused(&own, "read", source))?;
    wait_for(&own, || file.try_lock())?;
    let bytes = read_file(&own, &file)?;
    taken.push(own);
    Ok(bytes)
}

/// A name that no other reader gives.
fn taken_name(number: usize) -> String {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("v1-taken-{}-{}-{number}.jsonl", since_epoch.as_nanos(), std::process::id())
}

/// Whether the one line of this file is whole: it is written at once, and without a lock.
fn is_finished(path: &Path) -> bool {
    let ends = |bytes: Vec<u8>| bytes.last() == Some(&b'\n');
    let read = || read_file(path, &open_file(path, OpenOptions::new().read(true)).ok()?).ok();
    let age = || fs::symlink_metadata(path).and_then(|found| found.modified()).ok()?.elapsed().ok();
    read().is_some_and(ends) || age().is_some_and(|age| age > UNFINISHED_TIME)
}

/// Opens a regular file. In a folder that others may write to, a link would lead to a file that is none of theirs, and a pipe would
/// keep whoever opens it.
fn open_file(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = options.custom_flags(flags.bits().cast_signed()).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other(NO_FILE)),
    }
}

fn read_file(path: &Path, file: &File) -> Result<Vec<u8>, LeftFile> {
    let mut bytes = Vec::new();
    // It may have grown since it was looked at.
    let read = file.take(MOST_FILE_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|source| refused(path, "read", source))?;
    match bytes.len() as u64 > MOST_FILE_BYTES {
        true => Err(refused(path, "read", io::Error::other(TOO_LARGE))),
        false => Ok(bytes),
    }
}

/// Tries for a lock until it is had. A file system without locks is no obstacle: programs do without them there, too.
fn wait_for(path: &Path, mut lock: impl FnMut() -> Result<(), TryLockError>) -> Result<(), LeftFile> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(()),
            Err(TryLockError::Error(source)) => return Err(refused(path, "locked", source)),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(TryLockError::WouldBlock) => return Err(LeftFile::Unfinished { name: name_of(path) }),
        }
    }
}

/// Appends lines to the file of rejected ones, as far as there is room; tells how many were kept.
fn keep(path: &Path, broken: &[BrokenLine]) -> io::Result<usize> {
    let mut file = open_file(path, OpenOptions::new().create(true).append(true))?;
    let mut room = MOST_REJECTED_BYTES.saturating_sub(file.metadata()?.len());
    let mut bytes = Vec::new();
    let mut kept = 0;
    for line in broken {
        let length = line.text.len() as u64 + 1;
        if length <= room {
            room -= length;
            kept += 1;
            bytes.extend_from_slice(&line.text);
            bytes.push(b'\n');
        }
    }
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(kept)
}

fn refused(path: &Path, what: &'static str, source: io::Error) -> LeftFile {
    LeftFile::Refused { name: name_of(path), what, source }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
#[path = "spool_tests.rs"]
mod tests;
