//! Finds what Criterion left on disk.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use plimsoll_model::Complaint;

/// How deep benchmarks may stand below Criterion's directory; Criterion itself goes four levels down.
const DEEPEST: usize = 10;
/// The most directories that are looked into.
const MOST_DIRECTORIES: usize = 1_000_000;
/// Time stamps of files come from a clock that ticks only every few milliseconds, so a file can seem older than the
/// moment just before it was written.
const COARSEST_TICK: Duration = Duration::from_millis(20);

/// The files of one benchmark. All are in a directory named `new`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CriterionFiles {
    /// Names and parameters.
    pub benchmark: PathBuf,
    /// The estimates with their intervals.
    pub estimates: PathBuf,
    /// The raw samples, where they were written.
    pub sample: Option<PathBuf>,
    /// When the estimates were written.
    pub modified: SystemTime,
}

/// What Criterion left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CriterionFound {
    /// The benchmarks written since the time asked for, by path.
    pub benchmarks: Vec<CriterionFiles>,
    /// How many were left out because they are older.
    pub stale: usize,
    /// What could not be read.
    pub complaints: Vec<Complaint>,
}

/// Where Criterion writes when it runs in `working_dir`: `CRITERION_HOME`, or `criterion` below `CARGO_TARGET_DIR`,
/// or else every `target/criterion` of `working_dir` and the directories above it, up to the repository's root.
/// Paths in the two variables are taken relative to `working_dir`.
pub fn criterion_homes(
    working_dir: &Path,
    cargo_target_dir: Option<&Path>,
    criterion_home: Option<&Path>,
) -> Vec<PathBuf> {
    if let Some(home) = criterion_home {
        return vec![working_dir.join(home)];
    }
    if let Some(target_dir) = cargo_target_dir {
        return vec![working_dir.join(target_dir).join("criterion")];
    }
    let mut homes = Vec::new();
    for dir in working_dir.ancestors() {
        let home = dir.join("target").join("criterion");
        if home.is_dir() {
            homes.push(home);
        }
        if dir.join(".git").exists() {
            break;
        }
    }
    homes
}

/// The benchmarks below `home` (one of [`criterion_homes`]) whose estimates were written at `not_before` or later.
///
/// `base` and `change` directories hold older results and are not looked at. Links below `home` are not followed. A
/// `home` that is not there holds nothing.
pub fn discover_criterion(home: &Path, not_before: SystemTime) -> CriterionFound {
    let mut found = CriterionFound::default();
    let not_before = not_before.checked_sub(COARSEST_TICK).unwrap_or(not_before);
    let mut pending = vec![(home.to_owned(), 0)];
    let mut visited = 0;
    while let Some((dir, depth)) = pending.pop() {
        visited += 1;
        if visited > MOST_DIRECTORIES {
            let message = format!("more than {MOST_DIRECTORIES} directories; the rest was left out");
            found.complain(home, &message);
            break;
        }
        let subdirectories = match subdirectories(&dir) {
            Ok(subdirectories) => subdirectories,
            Err(error) if depth == 0 && error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => {
                found.complain(&dir, &format!("cannot be read: {error}"));
                continue;
            }
        };
        for (name, path) in subdirectories {
            if name == "new" && path.join("benchmark.json").is_file() {
                found.add(&path, not_before);
            } else if depth + 1 >= DEEPEST {
                found.complain(&path, "lies too deep; it was left out");
            } else if !is_of_the_past(&name, &path) {
                pending.push((path, depth + 1));
            }
        }
    }
    found.benchmarks.sort();
    found
}

/// Whether Criterion keeps earlier results or charts there, rather than a benchmark of that name.
fn is_of_the_past(name: &str, path: &Path) -> bool {
    matches!(name, "base" | "change" | "report")
        && (path.join("estimates.json").exists() || path.join("index.html").exists())
}

fn subdirectories(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let is_directory = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if is_directory(&entry) {
            found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    Ok(found)
}

impl CriterionFound {
    fn add(&mut self, new: &Path, not_before: SystemTime) {
        let estimates = new.join("estimates.json");
        let modified = match fs::symlink_metadata(&estimates).and_then(|metadata| metadata.modified()) {
            Ok(modified) => modified,
            Err(error) => return self.complain(&estimates, &format!("cannot be read: {error}")),
        };
        if modified < not_before {
            self.stale += 1;
            return;
        }
        let sample = new.join("sample.json");
        self.benchmarks.push(CriterionFiles {
            benchmark: new.join("benchmark.json"),
            estimates,
            sample: sample.is_file().then_some(sample),
            modified,
        });
    }

    fn complain(&mut self, path: &Path, message: &str) {
        self.complaints.push(Complaint::new(message).in_source(&path.to_string_lossy()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    const START: Duration = Duration::from_secs(1_000_000);

    fn write(home: &Path, path: &str, age_seconds: i64) {
        let path = home.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = File::create(path).unwrap();
        let start = SystemTime::UNIX_EPOCH + START;
        let age = Duration::from_secs(age_seconds.unsigned_abs());
        let time = if age_seconds > 0 { start - age } else { start + age };
        file.set_modified(time).unwrap();
    }

    fn benchmark(home: &Path, name: &str, age_seconds: i64) {
        for file in ["benchmark", "estimates", "sample"] {
            write(home, &format!("{name}/new/{file}.json"), age_seconds);
        }
    }

    #[track_caller]
    fn check(home: &Path, names: &[&str], stale: usize, complaints: usize) {
        let found = discover_criterion(home, SystemTime::UNIX_EPOCH + START);
        let actual: Vec<_> = found
            .benchmarks
            .iter()
            .map(|files| files.benchmark.strip_prefix(home).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            (actual.as_slice(), found.stale, found.complaints.len()),
            (names, stale, complaints),
            "{:?}",
            found.complaints
        );
    }

    #[test]
    fn only_fresh_results_are_found() {
        let home = tempfile::tempdir().unwrap();
        benchmark(home.path(), "group/fib/8", 0);
        benchmark(home.path(), "alone", -5);
        benchmark(home.path(), "renamed", 60);
        write(home.path(), "alone/base/benchmark.json", 0);
        write(home.path(), "alone/base/estimates.json", 0);
        write(home.path(), "alone/change/estimates.json", 0);
        write(home.path(), "report/index.html", 0);
        check(home.path(), &["alone/new/benchmark.json", "group/fib/8/new/benchmark.json"], 1, 0);
    }

    #[test]
    fn benchmarks_may_be_named_like_directories() {
        let home = tempfile::tempdir().unwrap();
        benchmark(home.path(), "base", 0);
        benchmark(home.path(), "new/report", 0);
        check(home.path(), &["base/new/benchmark.json", "new/report/new/benchmark.json"], 0, 0);
    }

    #[test]
    fn incomplete_and_deep_directories_are_named() {
        let home = tempfile::tempdir().unwrap();
        write(home.path(), "a/new/benchmark.json", 0);
        benchmark(home.path(), "1/2/3/4/5/6/7/8/9/10/11", 0);
        check(home.path(), &[], 0, 2);
        check(&home.path().join("nowhere"), &[], 0, 0);
    }

    #[test]
    fn links_are_not_followed() {
        let elsewhere = tempfile::tempdir().unwrap();
        benchmark(elsewhere.path(), "a", 0);
        let home = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), home.path().join("link")).unwrap();
        std::os::unix::fs::symlink(home.path(), home.path().join("self")).unwrap();
        check(home.path(), &[], 0, 0);
    }

    #[test]
    fn criterion_is_looked_for_where_it_writes() {
        let root = tempfile::tempdir().unwrap();
        let package = root.path().join("repository/package");
        fs::create_dir_all(package.join("target/criterion")).unwrap();
        fs::create_dir_all(root.path().join("repository/target/criterion")).unwrap();
        fs::create_dir_all(root.path().join("repository/.git")).unwrap();
        fs::create_dir_all(root.path().join("target/criterion")).unwrap();
        let homes = |target, home| criterion_homes(&package, target, home);
        assert_eq!(
            homes(None, None),
            [package.join("target/criterion"), root.path().join("repository/target/criterion")]
        );
        assert_eq!(homes(Some(Path::new("/t")), None), [Path::new("/t/criterion")]);
        assert_eq!(homes(Some(Path::new("/t")), Some(Path::new("h"))), [package.join("h")]);
    }
}
