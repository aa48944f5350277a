//! The files that `{out}` in a command stands for.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use plimsoll_model::OUT;
use tempfile::TempDir;

/// How deep files are looked for below a directory that the command made at `{out}`.
const DEEPEST: usize = 4;

/// A private directory for what a command leaves at `{out}`, or nothing where the command has no `{out}`.
///
/// The directory is for this user alone (mode 0700), fresh for each run of a command, and goes away with this value
/// unless it is kept. Its path holds only letters, digits and `/._+-`, so no shell needs it quoted.
#[derive(Debug, Default)]
pub struct OutFiles {
    dir: Option<TempDir>,
}

impl OutFiles {
    /// Makes room for one `{out}` below `temp_dir`, or below `/tmp` or `/var/tmp` where its name would need quoting.
    pub(crate) fn make(temp_dir: &Path) -> io::Result<Self> {
        let parent = [temp_dir, Path::new("/tmp"), Path::new("/var/tmp")]
            .into_iter()
            .find(|parent| is_shell_safe(parent) && parent.is_dir())
            .unwrap_or(temp_dir);
        if !is_shell_safe(parent) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidFilename,
                "a shell would not take this path without quotes",
            ));
        }
        let dir = tempfile::Builder::new()
            .prefix("plimsoll-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        Ok(Self { dir: Some(dir) })
    }

    /// The path that stands for `{out}`. The file is not there before the command makes it.
    pub fn path(&self) -> Option<PathBuf> {
        self.dir.as_ref().map(|dir| dir.path().join("out"))
    }

    /// The files the command left, by name: `{out}` itself, names made from it such as `{out}.json`, and what is
    /// in a directory it made there. Links are not followed.
    pub fn existing(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        if let Some(dir) = &self.dir {
            collect(dir.path(), DEEPEST, &mut found)?;
        }
        found.sort();
        Ok(found)
    }

    /// Whether the command has an `{out}` and left nothing there.
    pub fn is_missing(&self) -> io::Result<bool> {
        Ok(self.dir.is_some() && self.existing()?.is_empty())
    }

    /// Leaves the files where they are and tells their directory.
    pub fn keep(self) -> Option<PathBuf> {
        self.dir.map(TempDir::keep)
    }

    /// `text` with the path in place of every `{out}`.
    pub(crate) fn fill(&self, text: &str) -> String {
        match self.path() {
            Some(path) => text.replace(OUT, &path.to_string_lossy()),
            None => text.to_owned(),
        }
    }
}

fn collect(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_file() {
            found.push(entry.path());
        } else if kind.is_dir() && depth > 1 {
            collect(&entry.path(), depth - 1, found)?;
        }
    }
    Ok(())
}

/// Whether every shell takes the path as one word.
fn is_shell_safe(path: &Path) -> bool {
    path.is_absolute()
        && path.to_str().is_some_and(|text| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._+-".contains(&byte))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(out: &OutFiles) -> Vec<String> {
        let base = out.path().unwrap();
        let strip = |path: &PathBuf| path.strip_prefix(base.parent().unwrap()).unwrap().display().to_string();
        out.existing().unwrap().iter().map(strip).collect()
    }

    #[test]
    fn the_directory_is_private_and_goes_away() {
        let out = OutFiles::make(&std::env::temp_dir()).unwrap();
        let dir = out.path().unwrap().parent().unwrap().to_owned();
        assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(out.is_missing().unwrap());
        drop(out);
        assert!(!dir.exists());
    }

    #[test]
    fn what_the_command_made_of_the_name_is_found() {
        let out = OutFiles::make(&std::env::temp_dir()).unwrap();
        let path = out.path().unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("a"), "1").unwrap();
        fs::write(path.with_extension("json"), "2").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", path.join("link")).unwrap();
        assert_eq!(names(&out), ["out/a", "out.json"]);
        assert!(!out.is_missing().unwrap());
    }

    #[test]
    fn every_mention_is_the_same_file_and_needs_no_quotes() {
        let strange = tempfile::Builder::new().prefix("with space $").tempdir().unwrap();
        let out = OutFiles::make(strange.path()).unwrap();
        let path = out.path().unwrap().display().to_string();
        assert_eq!(out.fill("a --o={out} > {out}.log"), format!("a --o={path} > {path}.log"));
        assert!(is_shell_safe(Path::new(&path)));
    }

    #[test]
    fn without_a_mention_there_is_no_file() {
        let out = OutFiles::default();
        assert_eq!((out.path(), out.is_missing().unwrap()), (None, false));
        assert_eq!(out.existing().unwrap(), Vec::<PathBuf>::new());
    }
}
