//! What can be known of a run's surroundings without starting a process: the repository, its commit, the time.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::settings;

/// What surrounds a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// Where the spool lies.
    pub(crate) spool_folder: PathBuf,
    pub(crate) project: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) commit: Option<String>,
    pub(crate) branch: Option<String>,
    pub(crate) testbed: Option<String>,
    /// Versions by name.
    pub(crate) tools: Vec<(String, String)>,
}

impl Surroundings {
    /// Looks around: a dozen small files at most.
    pub(crate) fn look() -> Self {
        let directory = std::env::current_dir().unwrap_or_default();
        let repository = Repository::find(&directory);
        let home = repository.as_ref().map_or_else(|| directory.clone(), Repository::main_worktree);
        let commit = || repository.as_ref()?.commit();
        let branch = || repository.as_ref()?.branch();
        Self {
            spool_folder: settings::spool_folder().unwrap_or_else(|| home.join(".plimsoll").join("spool")),
            project: settings::text("PLIMSOLL_PROJECT"),
            session: settings::text("PLIMSOLL_SESSION"),
            commit: settings::text("PLIMSOLL_COMMIT").or_else(commit),
            branch: settings::text("PLIMSOLL_BRANCH").or_else(branch),
            testbed: settings::text("PLIMSOLL_TESTBED"),
            tools: Vec::new(),
        }
    }
}

/// A work tree of a git repository.
struct Repository {
    root: PathBuf,
    /// Where this work tree's `HEAD` lies.
    git_directory: PathBuf,
    /// Where all work trees' references lie.
    common_directory: PathBuf,
}

/// More of a file is not read; `packed-refs` of a large repository is.
const SMALL_FILE_BYTES: u64 = 4 * 1024 * 1024;

impl Repository {
    fn find(directory: &Path) -> Option<Self> {
        directory.ancestors().find_map(Self::at)
    }

    fn at(directory: &Path) -> Option<Self> {
        let dot_git = directory.join(".git");
        let git_directory = if dot_git.is_dir() {
            dot_git
        } else {
            directory
                .join(read(&dot_git)?.trim_end_matches(['\n', '\r']).strip_prefix("gitdir:")?.trim_start())
        };
        if !git_directory.join("HEAD").exists() {
            return None;
        }
        let common_directory = match read(&git_directory.join("commondir")) {
            Some(link) => {
                let joined = git_directory.join(link.trim_end_matches(['\n', '\r']));
                joined.canonicalize().unwrap_or(joined)
            }
            None => git_directory.clone(),
        };
        Some(Self { root: directory.to_owned(), git_directory, common_directory })
    }

    /// All work trees share the history, so that they share the spool too.
    fn main_worktree(&self) -> PathBuf {
        if self.common_directory == self.git_directory {
            return self.root.clone();
        }
        match self.common_directory.parent() {
            Some(parent) if self.common_directory.ends_with(".git") => parent.to_owned(),
            _ => self.common_directory.clone(),
        }
    }

    fn head(&self) -> Option<String> {
        read(&self.git_directory.join("HEAD")).map(|head| head.trim().to_owned())
    }

    fn branch(&self) -> Option<String> {
        let head = self.head()?;
        let branch = head.strip_prefix("ref:")?.trim().strip_prefix("refs/heads/")?;
        // References that are kept in another way leave this in the file.
        (branch != ".invalid").then(|| branch.to_owned())
    }

    fn commit(&self) -> Option<String> {
        let head = self.head()?;
        let hash = match head.strip_prefix("ref:").map(str::trim) {
            None => head,
            Some(reference) if reference.split('/').any(|part| part == "..") => return None,
            Some(reference) => read(&self.git_directory.join(reference))
                .or_else(|| read(&self.common_directory.join(reference)))
                .map(|hash| hash.trim().to_owned())
                .or_else(|| self.packed(reference))?,
        };
        is_hash(&hash).then_some(hash)
    }

    fn packed(&self, reference: &str) -> Option<String> {
        let packed = read(&self.common_directory.join("packed-refs"))?;
        let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
        lines.find(|(_, name)| *name == reference).map(|(hash, _)| hash.to_owned())
    }
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn read(path: &Path) -> Option<String> {
    // To open a pipe is to wait for somebody.
    fs::metadata(path).ok().filter(Metadata::is_file)?;
    let mut text = String::new();
    File::open(path).ok()?.take(SMALL_FILE_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

/// A time as RFC 3339 writes it, in UTC with milliseconds.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since_epoch.as_secs() / 86_400, since_epoch.as_secs() % 86_400);
    let (year, month, day) = date_of(days.min(MOST_DAYS));
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let millisecond = since_epoch.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

/// The last day of the year 9999.
const MOST_DAYS: u64 = 2_932_896;

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. A year is taken to begin in March, so
/// that the leap day is its last.
fn date_of(days_since_1970: u64) -> (u64, u64, u64) {
    const DAYS_BEFORE_1970: u64 = 719_468;
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days_since_1970 + DAYS_BEFORE_1970;
    let (cycle, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (cycle * 400 + year + u64::from(month <= 2), month, day_of_month)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn check_time(seconds: u64, expected: &str) {
        assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
    }

    #[test]
    fn times_are_dates() {
        check_time(0, "1970-01-01T00:00:00.000Z");
        check_time(951_782_399, "2000-02-28T23:59:59.000Z");
        check_time(951_782_400, "2000-02-29T00:00:00.000Z");
        check_time(1_795_229_162, "2026-11-21T02:46:02.000Z");
        check_time(4_107_542_400, "2100-03-01T00:00:00.000Z");
        check_time(253_402_300_799, "9999-12-31T23:59:59.000Z");
    }

    const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

    #[track_caller]
    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], below: &str, expected: (Option<&str>, Option<&str>, &str)) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path");
        files
            .iter()
            .for_each(|(path, text)| write(&root, path, &text.replace("ROOT", &root.to_string_lossy())));
        fs::create_dir_all(root.join(below)).expect("folders");
        let found = Repository::find(&root.join(below)).expect("a repository");
        let (commit, branch, home) = expected;
        assert_eq!(found.commit().as_deref(), commit);
        assert_eq!(found.branch().as_deref(), branch);
        assert_eq!(found.main_worktree(), root.join(home));
    }

    #[test]
    fn the_commit_stands_in_files() {
        let head = (".git/HEAD", "ref: refs/heads/main\n");
        let loose = (".git/refs/heads/main", &*format!("{HASH}\n"));
        let packed = (".git/packed-refs", &*format!("# pack-refs\n{HASH} refs/heads/main\n^{HASH}\n"));
        check(&[head, loose], "src/deep", (Some(HASH), Some("main"), ""));
        check(&[head, packed], "", (Some(HASH), Some("main"), ""));
        check(&[head], "", (None, Some("main"), ""));
        check(&[(".git/HEAD", HASH)], "", (Some(HASH), None, ""));
        check(&[(".git/HEAD", "ref: refs/heads/.invalid")], "", (None, None, ""));
        check(&[(".git/HEAD", "ref: ../../../etc/passwd")], "", (None, None, ""));
    }

    #[test]
    fn a_linked_work_tree_shares_the_spool() {
        let files = [
            ("main/.git/HEAD", "ref: refs/heads/main"),
            ("main/.git/refs/heads/topic", HASH),
            ("main/.git/worktrees/topic/HEAD", "ref: refs/heads/topic\n"),
            ("main/.git/worktrees/topic/commondir", "../..\n"),
            ("topic/.git", "gitdir: ROOT/main/.git/worktrees/topic\n"),
        ];
        check(&files, "topic/src", (Some(HASH), Some("topic"), "main"));
    }
}
