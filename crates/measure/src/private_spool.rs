//! The folder in which a measured command's programs leave what they measured themselves.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::process::geteuid;
use tempfile::TempDir;

/// What such folders are called, up to what chance adds.
const PREFIX: &str = "plimsoll-spool-";
/// Whoever made the folder holds the lock of this file: when nobody does, whoever made it was killed.
const OWNER_FILE: &str = "owner";
/// The same file until it is locked.
const NEW_OWNER_FILE: &str = "new-owner";
/// A folder without that file is being made, or a program that outlived its folder made it again: nobody comes back to it
/// after this time.
const UNOWNED_TIME: Duration = Duration::from_hours(1);
/// A larger file is read by no program, and not copied.
const MOST_KNOWN_BYTES: u64 = 32 << 20;

/// A folder for this user alone (mode 0700), fresh for each run of a command. It goes away with this value; what a run leaves
/// that is killed goes away with the next run.
///
/// Lines in the folder of a killed run are discarded with it, as those of an interrupted one are: its command has not come to its
/// end, and nobody knows any more what suite and surroundings they belong to.
#[derive(Debug)]
pub struct PrivateSpool {
    dir: TempDir,
    /// Held as long as this is; the folder goes first.
    _owner: File,
}

impl PrivateSpool {
    /// Makes one below `temp_dir`. `known` are files that the programs read there, such as what is known of their last runs:
    /// they are copied as far as they are there and can be read.
    pub fn make<'a>(temp_dir: &Path, known: impl IntoIterator<Item = &'a Path>) -> io::Result<Self> {
        // What stays takes room and no more: it is tried again by the next run.
        let _ = remove_abandoned(temp_dir);
        let dir = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(temp_dir)?;
        let owner = own(dir.path())?;
        let is_usual = |file: &&Path| {
            fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() <= MOST_KNOWN_BYTES)
        };
        for file in known.into_iter().filter(is_usual) {
            if let Some(name) = file.file_name() {
                // Without it a program says less of itself, and measures the same.
                let _ = fs::copy(file, dir.path().join(name));
            }
        }
        Ok(Self { dir, _owner: owner })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// Makes the file of the owner and locks it. It gets its name when it is locked, so that nobody finds it free before.
fn own(folder: &Path) -> io::Result<File> {
    let new = folder.join(NEW_OWNER_FILE);
    let file = OpenOptions::new().write(true).create_new(true).open(&new)?;
    // Where there are no locks, nobody else gets one either, and the folder is nobody's to remove.
    let _ = file.try_lock();
    fs::rename(new, folder.join(OWNER_FILE))?;
    Ok(file)
}

/// Removes the folders of this user whose owners are gone.
fn remove_abandoned(temp_dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(temp_dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX)
            && let Some(_held) = abandoned(&entry.path())
        {
            // It is tried again by the next run.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// Whether nobody uses this folder any more; then its lock, if it has one, is held by the answer, so that one removes it at a
/// time. In a place that others may write to, only what belongs to this user is looked into.
fn abandoned(folder: &Path) -> Option<Option<File>> {
    let found = fs::symlink_metadata(folder).ok()?;
    if !found.is_dir() || found.uid() != geteuid().as_raw() {
        return None;
    }
    let owner = folder.join(OWNER_FILE);
    match fs::symlink_metadata(&owner) {
        Ok(file) if file.is_file() => {
            // Network file systems lock only what may be written to.
            let file = OpenOptions::new().write(true).open(owner).ok()?;
            file.try_lock().ok().map(|()| Some(file))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let age = found.modified().ok()?.elapsed().ok()?;
            (age > UNOWNED_TIME).then_some(None)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    /// What is left of a folder whose owner was killed.
    fn killed(home: &Path) -> std::path::PathBuf {
        let PrivateSpool { dir, _owner } = PrivateSpool::make(home, []).expect("a folder");
        fs::write(dir.path().join("v1-runs.jsonl"), "{}\n").expect("a line");
        dir.keep()
    }

    #[test]
    fn what_a_killed_run_left_goes_away_with_the_next() {
        let home = tempfile::tempdir().expect("a folder");
        let living = PrivateSpool::make(home.path(), []).expect("a folder");
        let left = killed(home.path());
        assert!(left.join("v1-runs.jsonl").exists());
        let next = PrivateSpool::make(home.path(), []).expect("a folder");
        assert!(!left.exists() && living.path().exists() && next.path().exists());
    }

    #[test]
    fn a_folder_that_nobody_owns_yet_is_left_for_an_hour() {
        let home = tempfile::tempdir().expect("a folder");
        let fresh = home.path().join(format!("{PREFIX}fresh"));
        let old = home.path().join(format!("{PREFIX}old"));
        for folder in [&fresh, &old] {
            fs::create_dir(folder).expect("a folder");
        }
        let long_ago = SystemTime::now() - 2 * UNOWNED_TIME;
        File::open(&old).and_then(|folder| folder.set_modified(long_ago)).expect("an old folder");
        let _next = PrivateSpool::make(home.path(), []).expect("a folder");
        assert!(fresh.exists() && !old.exists());
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("a folder");
        fs::write(elsewhere.path().join(OWNER_FILE), "").expect("a file");
        let link = home.path().join(format!("{PREFIX}link"));
        std::os::unix::fs::symlink(elsewhere.path(), &link).expect("a link");
        let file = home.path().join(format!("{PREFIX}file"));
        fs::write(&file, "mine").expect("a file");
        let other = home.path().join("plimsoll-other");
        fs::create_dir(&other).expect("a folder");
        fs::write(other.join(OWNER_FILE), "").expect("a file");
        let _next = PrivateSpool::make(home.path(), []).expect("a folder");
        assert!(
            link.exists() && elsewhere.path().join(OWNER_FILE).exists() && file.exists() && other.exists()
        );
    }

    #[test]
    fn it_is_private_holds_what_is_known_and_goes_away() {
        let home = tempfile::tempdir().unwrap();
        let summary = home.path().join("summary.jsonl");
        fs::write(&summary, "{}\n").unwrap();
        let nowhere = home.path().join("nowhere");
        let huge = home.path().join("huge.jsonl");
        File::create(&huge).and_then(|file| file.set_len(MOST_KNOWN_BYTES + 1)).unwrap();
        let spool = PrivateSpool::make(home.path(), [summary.as_path(), &nowhere, &huge]).unwrap();
        let path = spool.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let mut names: Vec<_> =
            fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [OWNER_FILE, "summary.jsonl"]);
        drop(spool);
        assert!(!path.exists());
        assert!(PrivateSpool::make(&nowhere, []).is_err());
    }
}
