use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::spool_lines::tests::line;

fn spool(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn ids(reading: &SpoolReading) -> Vec<&str> {
    reading.runs.iter().map(|run| run.id.as_str()).collect()
}

fn finish(reading: SpoolReading) -> Rejected {
    reading.finish().expect("it comes to its end")
}

#[test]
fn everything_is_taken_once_and_removed_at_the_end() {
    let early = line("early", "build", 1.0).replace("04:14:39", "03:00:00");
    let folder = spool(&[
        ("v1-runs.jsonl", &format!("{}\n", line("shared", "build", 1.0))),
        ("v1-17-1763.jsonl", &format!("{early}\n")),
        ("v1-summary.jsonl", "{}\n"),
    ]);
    assert!(holds_lines(folder.path()).expect("a folder"));
    let reading = take_spool(folder.path()).expect("it is taken");
    assert_eq!(ids(&reading), ["early", "shared"]);
    assert!(!names(folder.path()).contains(&"v1-runs.jsonl".to_owned()));
    let expected =
        Rejected { path: folder.path().join(REJECTED_FILE), kept: 0, dropped: 0, not_removed: Vec::new() };
    assert_eq!(finish(reading), expected);
    assert_eq!(names(folder.path()), ["v1-summary.jsonl"]);
    assert!(!holds_lines(folder.path()).expect("a folder"));
    assert_eq!(ids(&take_spool(folder.path()).expect("it is taken")), Vec::<&str>::new());
}

#[test]
fn what_a_crash_leaves_is_read_by_the_next() {
    let folder = spool(&[("v1-runs.jsonl", &line("a", "build", 1.0))]);
    drop(take_spool(folder.path()).expect("it is taken"));
    fs::write(folder.path().join(SHARED_FILE), line("b", "build", 1.0)).expect("a file");
    let reading = take_spool(folder.path()).expect("it is taken");
    assert_eq!(ids(&reading), ["a", "b"]);
    finish(reading);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn one_reads_at_a_time() {
    let folder = spool(&[("v1-runs.jsonl", &line("a", "build", 1.0))]);
    let first = take_spool(folder.path()).expect("it is taken");
    assert!(matches!(take_spool(folder.path()), Err(SpoolError::Busy { .. })));
    finish(first);
    assert!(take_spool(folder.path()).is_ok());
}

#[test]
fn looking_changes_nothing() {
    let folder = spool(&[("v1-runs.jsonl", &line("a", "build", 1.0)), ("v1-1-1.jsonl", "{torn")]);
    let reading = look_into_spool(folder.path()).expect("it is read");
    assert_eq!((ids(&reading), reading.broken.len()), (vec!["a"], 1));
    assert_eq!(names(folder.path()), ["v1-1-1.jsonl", "v1-runs.jsonl"]);
}

#[test]
fn broken_lines_are_kept_as_far_as_there_is_room() {
    let text = format!("{}\n{{torn\n\u{fffd}\n", line("a", "build", 1.0));
    let folder = spool(&[("v1-runs.jsonl", &text)]);
    let reading = take_spool(folder.path()).expect("it is taken");
    let lines: Vec<Option<u64>> = reading.broken.iter().map(|broken| broken.complaint.line).collect();
    assert_eq!(lines, [Some(2), Some(3)]);
    assert_eq!(finish(reading).kept, 2);
    let rejected = folder.path().join(REJECTED_FILE);
    assert_eq!(fs::read_to_string(&rejected).ok().as_deref(), Some("{torn\n\u{fffd}\n"));
    File::create(&rejected).and_then(|file| file.set_len(MOST_REJECTED_BYTES - 3)).expect("a file");
    fs::write(folder.path().join(SHARED_FILE), "long line\nx\n").expect("a file");
    let rejected = finish(take_spool(folder.path()).expect("it is taken"));
    assert_eq!((rejected.kept, rejected.dropped), (1, 1));
}

#[test]
fn a_run_that_the_store_refuses_is_kept_too() {
    let folder = spool(&[("v1-runs.jsonl", &line("a", "build", 1.0))]);
    let mut reading = take_spool(folder.path()).expect("it is taken");
    let run = reading.runs[0].clone();
    reading.reject(&run, "it is another");
    assert_eq!(finish(reading).kept, 1);
    let text = fs::read(folder.path().join(REJECTED_FILE)).expect("a file");
    assert_eq!(read_lines("rejected", &text).runs, [run]);
}

#[test]
fn where_rejected_lines_cannot_be_kept_nothing_is_removed() {
    let folder = spool(&[("v1-runs.jsonl", "{torn\n")]);
    fs::create_dir(folder.path().join(REJECTED_FILE)).expect("a folder");
    let reading = take_spool(folder.path()).expect("it is taken");
    assert!(matches!(reading.finish(), Err(SpoolError::Rejected { .. })));
    assert_eq!(take_spool(folder.path()).expect("it is taken").broken.len(), 1);
}

#[test]
fn junk_is_left_alone() {
    let junk = ["notes.txt", "v1-.jsonl", "v1-a-1.jsonl", "v1-1.jsonl", "v2-runs.jsonl", "v1-runs.jsonl.bak"];
    let files: Vec<(&str, &str)> = junk.iter().map(|name| (*name, "x\n")).collect();
    let folder = spool(&files);
    fs::create_dir(folder.path().join(SHARED_FILE)).expect("a folder");
    let reading = take_spool(folder.path()).expect("it is read");
    let left: Vec<String> = reading.left.iter().map(ToString::to_string).collect();
    assert_eq!(left, ["v1-runs.jsonl cannot be read: it is no regular file"]);
    assert_eq!((reading.runs.len(), reading.broken.len()), (0, 0));
    finish(reading);
    assert_eq!(names(folder.path()).len(), junk.len() + 1);
    let nowhere = folder.path().join("nowhere");
    assert!(!holds_lines(&nowhere).expect("nothing is there"));
    assert!(holds_lines(&folder.path().join("notes.txt")).is_err());
}

#[test]
fn a_line_that_is_being_written_is_left_for_the_next_time() {
    let folder = spool(&[("v1-17-1763.jsonl", "{\"format\"")]);
    let reading = take_spool(folder.path()).expect("it is read");
    assert!(matches!(reading.left[..], [LeftFile::Unfinished { .. }]), "{:?}", reading.left);
    finish(reading);
    assert_eq!(names(folder.path()), ["v1-17-1763.jsonl"]);
}

/// Appends as the programs do: under the lock of the file that stands at the path.
fn append(folder: &Path, text: &str) {
    use std::os::unix::fs::MetadataExt;
    let path = folder.join(SHARED_FILE);
    loop {
        let mut options = OpenOptions::new();
        let mut file = options.create(true).append(true).open(&path).expect("a file");
        file.lock().expect("a lock");
        let own = file.metadata().expect("metadata").ino();
        if fs::metadata(&path).is_ok_and(|there| there.ino() == own) {
            file.write_all(format!("{text}\n").as_bytes()).expect("it is written");
            return;
        }
    }
}

#[test]
fn no_line_is_lost_and_none_is_read_twice_while_programs_write() {
    const WRITERS: usize = 4;
    const LINES: usize = 250;
    let folder = spool(&[]);
    let is_over = AtomicBool::new(false);
    let mut seen = BTreeSet::new();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let folder = folder.path();
                scope.spawn(move || {
                    for number in 0..LINES {
                        append(folder, &line(&format!("{writer}-{number}"), "build", 1.0));
                    }
                })
            })
            .collect();
        let is_over = &is_over;
        scope.spawn(move || {
            writers.into_iter().for_each(|writer| writer.join().expect("it writes"));
            is_over.store(true, Ordering::SeqCst);
        });
        loop {
            let was_over = is_over.load(Ordering::SeqCst);
            let reading = take_spool(folder.path()).expect("it is taken");
            assert_eq!(reading.broken, []);
            for run in &reading.runs {
                assert!(seen.insert(run.id.clone()), "{} is read twice", run.id);
            }
            finish(reading);
            if was_over {
                return;
            }
        }
    });
    assert_eq!(seen.len(), WRITERS * LINES);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn what_is_rejected_is_written_through_no_link() {
    let home = tempfile::tempdir().expect("a folder");
    let [own, new] = ["own", "new"].map(|name| home.path().join(name));
    fs::write(&own, "mine\n").expect("a file");
    for elsewhere in [&own, &new] {
        let folder = spool(&[("v1-runs.jsonl", "somebody's line\n")]);
        std::os::unix::fs::symlink(elsewhere, folder.path().join(REJECTED_FILE)).expect("a link");
        let reading = take_spool(folder.path()).expect("it is taken");
        assert!(matches!(reading.finish(), Err(SpoolError::Rejected { .. })));
        // Nothing is lost.
        assert!(holds_lines(folder.path()).expect("a folder"));
    }
    assert_eq!(fs::read_to_string(&own).expect("a file"), "mine\n");
    assert!(!new.exists());
}

#[test]
fn a_link_or_pipe_that_takes_the_place_of_a_file_is_not_opened() {
    let folder = spool(&[("secret", "mine\n")]);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("secret"), &link).expect("a link");
    let pipe = folder.path().join("pipe");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).expect("a pipe");
    for path in [link, pipe] {
        assert!(open_file(&path, OpenOptions::new().read(true)).is_err());
        assert!(open_file(&path, OpenOptions::new().read(true).append(true)).is_err());
    }
}
