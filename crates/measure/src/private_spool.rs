//! The folder in which a measured command's programs leave what they measured themselves.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

/// A larger file is read by no program, and not copied.
const MOST_KNOWN_BYTES: u64 = 32 << 20;

/// A folder for this user alone (mode 0700), fresh for each run of a command. It goes away with this value.
#[derive(Debug)]
pub struct PrivateSpool {
    dir: TempDir,
}

impl PrivateSpool {
    /// Makes one below `temp_dir`. `known` are files that the programs read there, such as what is known of their last runs:
    /// they are copied as far as they are there and can be read.
    pub fn make<'a>(temp_dir: &Path, known: impl IntoIterator<Item = &'a Path>) -> io::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("plimsoll-spool-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(temp_dir)?;
        let is_usual = |file: &&Path| {
            fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() <= MOST_KNOWN_BYTES)
        };
        for file in known.into_iter().filter(is_usual) {
            if let Some(name) = file.file_name() {
                // Without it a program says less of itself, and measures the same.
                let _ = fs::copy(file, dir.path().join(name));
            }
        }
        Ok(Self { dir })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_private_holds_what_is_known_and_goes_away() {
        let home = tempfile::tempdir().unwrap();
        let summary = home.path().join("summary.jsonl");
        fs::write(&summary, "{}\n").unwrap();
        let nowhere = home.path().join("nowhere");
        let huge = home.path().join("huge.jsonl");
        fs::File::create(&huge).and_then(|file| file.set_len(MOST_KNOWN_BYTES + 1)).unwrap();
        let spool = PrivateSpool::make(home.path(), [summary.as_path(), &nowhere, &huge]).unwrap();
        let path = spool.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["summary.jsonl"]);
        drop(spool);
        assert!(!path.exists());
        assert!(PrivateSpool::make(&nowhere, []).is_err());
    }
}
