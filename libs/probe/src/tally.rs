//! How many lines found no room in a spool: a file of one byte for each, which everybody may add to without a lock.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file; nobody reads the bytes.
const FILE: &str = "v1-left-out";

/// Counts one more. Where even this fails, the process counts alone.
pub(crate) fn add(folder: &Path) {
    let _ = append(&folder.join(FILE), 1);
}

/// What was counted until now, taken by whoever tells it, so that no other process tells it too. It is put back unless it
/// is told.
#[derive(Debug)]
pub(crate) struct Claim {
    path: PathBuf,
    taken: PathBuf,
    count: u64,
}

impl Claim {
    /// Takes the count, under a name that no other process gives.
    pub(crate) fn take(folder: &Path, own_name: &str) -> Self {
        let (path, taken) = (folder.join(FILE), folder.join(format!("{FILE}-{own_name}")));
        let is_taken = is_file(&path) && fs::rename(&path, &taken).is_ok();
        let count = if is_taken { fs::symlink_metadata(&taken).map_or(0, |found| found.len()) } else { 0 };
        Self { path, taken, count }
    }

    /// Lines that found no room.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// They were told.
    pub(crate) fn told(mut self) {
        if self.count > 0 {
            self.count = 0;
            let _ = fs::remove_file(&self.taken);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.count == 0 {
            return;
        }
        // Another process may have begun a new count meanwhile. On a full disk there is no room for another file.
        if fs::hard_link(&self.taken, &self.path).is_ok() || append(&self.path, self.count).is_ok() {
            let _ = fs::remove_file(&self.taken);
        }
    }
}

/// A link would lead elsewhere, a pipe would wait for its reader.
fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

fn append(path: &Path, count: u64) -> io::Result<()> {
    if !is_file(path) && fs::symlink_metadata(path).is_ok() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    io::copy(&mut io::Read::take(io::repeat(b'.'), count), &mut file)?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told_by_one_and_put_back_by_who_cannot() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let files = || fs::read_dir(folder).expect("a folder").count();
        assert_eq!(Claim::take(folder, "1-1").count(), 0);
        (0..3).for_each(|_| add(folder));
        let claim = Claim::take(folder, "1-2");
        assert_eq!((claim.count(), Claim::take(folder, "2-1").count()), (3, 0));
        add(folder);
        drop(claim);
        assert_eq!(files(), 1);
        drop(Claim::take(folder, "1-3"));
        let claim = Claim::take(folder, "1-4");
        assert_eq!(claim.count(), 4);
        claim.told();
        assert_eq!(files(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_counted_through_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "mine").expect("a file");
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(FILE)).expect("a link");
        add(folder.path());
        assert_eq!(Claim::take(folder.path(), "1-1").count(), 0);
        assert_eq!(fs::read_to_string(&elsewhere).expect("a file"), "mine");
    }
}
