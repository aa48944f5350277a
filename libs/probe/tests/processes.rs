//! What whole processes leave behind: when they end, fork, are killed, are many, or may not write.
//!
//! This program is its own test: called with the name of a role it plays that, else it runs the tests.

#![expect(clippy::print_stdout, reason = "a test runner of its own tells what it ran")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use plimsoll_model::Run;
use plimsoll_probe::{Severity, Tracker, measure, tracker, try_measure};

type Test = fn();

const TESTS: [(&str, Test); 17] = [
    ("what is left is written when the process ends", written_at_exit),
    ("a child writes what is its own", forked),
    ("many processes write whole lines", many_at_once),
    ("what is killed leaves whole lines, or a torn one alone", killed),
    ("a limit to the size of files ends nothing", limited),
    ("a link to a device is not written through", device_behind_a_link),
    ("a spool may be in any folder", odd_folders),
    ("what is no folder takes nothing and ends nothing", no_folders),
    ("a program may go elsewhere, and its folder may go", moved),
    ("what looks like a repository is not waited for", pipes_for_a_repository),
    ("what is ended leaves its own exit code and whole lines", ended),
    ("too few files to open end nothing", out_of_files),
    ("nothing is measured where that is switched off", switched_off),
    ("the environment says what a run is", named_by_environment),
    ("blocks are measured by their outcome", blocks),
    ("a tracker with the process's name tells of its memory alone", namesakes),
    ("a commit is read without git", committed),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref().filter(|first| !first.starts_with('-')) {
        Some("end") => play_end(),
        Some("fork") => play_fork(),
        Some("lines") => play_lines(arguments.next().and_then(|count| count.parse().ok()).unwrap_or(0)),
        Some("blocks") => play_blocks(),
        Some("namesakes") => play_namesakes(),
        Some("move") => play_move(&arguments.next().unwrap_or_default()),
        Some("hoard") => play_hoard(),
        Some("abort") => play_abort(),
        Some(_) => {}
        // Of what measures nothing there is nothing to see.
        None if cfg!(feature = "disabled") => {}
        None => run_all(),
    }
}

fn run_all() {
    println!("\nrunning {} tests", TESTS.len());
    let failed = TESTS.iter().filter(|(name, test)| {
        let ended = std::panic::catch_unwind(test);
        println!("test {name} ... {}", if ended.is_ok() { "ok" } else { "FAILED" });
        ended.is_err()
    });
    let failed = failed.count();
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {verdict}. {} passed; {failed} failed; 0 ignored", TESTS.len() - failed);
    std::process::exit(i32::from(failed > 0));
}

/// A folder in which this program plays roles.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn spool(&self) -> PathBuf {
        self.path().join(".plimsoll/spool")
    }

    fn shared_file(&self) -> PathBuf {
        self.spool().join("v1-runs.jsonl")
    }

    fn command(&self, role: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.args(role).current_dir(self.path());
        let inherited = std::env::vars().filter(|(name, _)| name.starts_with("PLIMSOLL_"));
        inherited.for_each(|(name, _)| {
            command.env_remove(name);
        });
        command
    }

    #[track_caller]
    fn play(&self, role: &[&str]) -> Output {
        let output = self.command(role).output().expect("it starts");
        assert!(output.status.success(), "{output:?}");
        output
    }

    /// Every line of the spool that is a run, and the number of those that are not.
    fn read(&self) -> (Vec<Run>, usize) {
        let mut runs = Vec::new();
        let mut torn = 0;
        for entry in fs::read_dir(self.spool()).into_iter().flatten().flatten() {
            if entry.path().extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            let text = fs::read_to_string(entry.path()).expect("text");
            for line in text.lines().filter(|line| !line.is_empty()) {
                match plimsoll_model::format::run::read(line.as_bytes(), "p", "s") {
                    Ok(run) => runs.push(run),
                    Err(_) => torn += 1,
                }
            }
        }
        (runs, torn)
    }

    #[track_caller]
    fn only_run(&self) -> Run {
        let (runs, torn) = self.read();
        assert_eq!(torn, 0);
        let [run] = <[Run; 1]>::try_from(runs).expect("one run");
        run
    }
}

fn calls(run: &Run, benchmark: &str) -> Option<u64> {
    let of_benchmark =
        run.measurements.iter().filter(|m| *m.benchmark == *benchmark && m.metric.name.as_str() == "time");
    of_benchmark.map(|m| m.iterations.count()).sum()
}

fn play_end() {
    tracker().start("startup");
    tracker().stop("startup");
    tracker().record("cache_hit_rate", 0.93);
    std::thread::spawn(|| tracker().operation("work").record(5)).join().expect("it ends");
    if std::env::var_os("RETURN").is_none() {
        std::process::exit(0);
    }
}

fn written_at_exit() {
    for returns in [false, true] {
        let stage = Stage::new();
        let mut command = stage.command(&["end"]);
        if returns {
            command.env("RETURN", "1");
        }
        assert!(command.status().expect("it starts").success());
        let run = stage.only_run();
        assert!(run.suite.starts_with("processes"), "{}", run.suite);
        assert_eq!((calls(&run, "startup"), calls(&run, "work")), (Some(1), Some(1)));
        assert!(run.session.is_some() && run.complaints.is_empty());
    }
}

fn play_fork() {
    let work = tracker().operation("work");
    (0..10).for_each(|_| work.record(5));
    let build = Tracker::start("build");
    let phase = build.phase("part");
    let others: Vec<_> =
        (0..4).map(|_| std::thread::spawn(move || (0..1_000).for_each(|_| work.record(5)))).collect();
    match fork::fork().expect("it forks") {
        fork::Fork::Child => {
            (0..3).for_each(|_| work.record(7));
            tracker().operation("own").record(7);
            phase.end();
            build.record("value", 1.0);
            build.finish();
            std::process::exit(0);
        }
        fork::Fork::Parent(child) => {
            fork::waitpid(child).expect("it ends");
        }
    }
    others.into_iter().for_each(|other| other.join().expect("it ends"));
    phase.end();
    build.finish();
}

fn forked() {
    for _ in 0..5 {
        let stage = Stage::new();
        stage.play(&["fork"]);
        let (runs, torn) = stage.read();
        assert_eq!((runs.len(), torn), (3, 0), "{runs:#?}");
        let of = |benchmark: &str| {
            runs.iter().filter_map(|run| calls(run, benchmark)).filter(|calls| *calls > 0).collect()
        };
        let mut work: Vec<_> = of("work");
        work.sort_unstable();
        assert_eq!(work, [3, 4_010]);
        assert_eq!((of("own"), of("build/part")), (vec![1], vec![1]));
    }
}

fn play_lines(count: u32) {
    let tracker = Tracker::start("lines");
    for _ in 0..count {
        tracker.record("value", 1.0);
        tracker.note(Severity::Info, &"so that the line is long ".repeat(40));
        tracker.snapshot();
    }
    tracker.record("value", 1.0);
    let status = tracker.finish();
    println!("{} {}", status.lines_written, status.lines_left_out);
}

fn many_at_once() {
    let stage = Stage::new();
    let writers: Vec<_> =
        (0..8).map(|_| stage.command(&["lines", "50"]).spawn().expect("it starts")).collect();
    for mut writer in writers {
        assert!(writer.wait().expect("it ends").success());
    }
    let (runs, torn) = stage.read();
    let ids: std::collections::BTreeSet<_> = runs.iter().map(|run| &run.id).collect();
    assert_eq!((runs.len(), ids.len(), torn), (8 * 51, 8 * 51, 0));
}

fn killed() {
    let stage = Stage::new();
    let length = || fs::metadata(stage.shared_file()).map_or(0, |metadata| metadata.len());
    for _ in 0..10 {
        let enough = length() + 20_000;
        let mut writer =
            stage.command(&["lines", "1000000"]).stdout(Stdio::null()).spawn().expect("it starts");
        // It is killed in the middle of its work, wherever that is.
        while length() < enough {
            std::thread::yield_now();
        }
        writer.kill().expect("it is ended");
        writer.wait().expect("it ends");
        let mut text = fs::read(stage.shared_file()).expect("the spool");
        text.truncate(text.len() - 10);
        fs::write(stage.shared_file(), text).expect("a torn line");
    }
    let (before, _) = stage.read();
    stage.play(&["lines", "1"]);
    let (runs, torn) = stage.read();
    assert_eq!((runs.len() - before.len(), torn), (2, 10));
}

fn limited() {
    let stage = Stage::new();
    let mut command = Command::new("sh");
    let own = std::env::current_exe().expect("a path");
    command.args(["-c", "ulimit -f 40; exec \"$0\" lines 100"]).arg(own).current_dir(stage.path());
    let output = command.env_remove("PLIMSOLL_SPOOL").output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let (runs, torn) = stage.read();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said, format!("{} {}\n", runs.len(), 101 - runs.len()));
    assert!(!runs.is_empty() && runs.len() < 101 && torn == 0, "{said}");
    // Once there is room again, it is told.
    fs::remove_file(stage.shared_file()).expect("the reader takes it");
    stage.play(&["lines", "0"]);
    let told = &stage.only_run().complaints[0].message;
    assert_eq!(
        *told,
        format!("{} lines before this one could not be written to the spool", 101 - runs.len())
    );
}

fn device_behind_a_link() {
    let stage = Stage::new();
    fs::create_dir_all(stage.spool()).expect("a folder");
    std::os::unix::fs::symlink("/dev/full", stage.shared_file()).expect("a link");
    let output = stage.play(&["lines", "3"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "4 0\n");
}

fn odd_folders() {
    let stage = Stage::new();
    let path = |name: &str| stage.path().join(name);
    fs::create_dir(path("there")).expect("a folder");
    std::os::unix::fs::symlink(path("there"), path("link")).expect("a link");
    let names = [
        "there",
        "link",
        "two\nlines",
        "spaces and 'quotes' \"here\"",
        "deep/er/and/deeper",
        "ünïcode",
        "rela/../tive",
    ];
    for name in names {
        let before = fs::read_to_string(path(name).join("v1-runs.jsonl")).unwrap_or_default();
        // As an absolute path, and as a relative one.
        for spool in [path(name), PathBuf::from(name)] {
            let output = stage.command(&["lines"]).env("PLIMSOLL_SPOOL", &spool).output().expect("it starts");
            assert_eq!(String::from_utf8_lossy(&output.stdout), "1 0\n", "{name:?}");
        }
        let text = fs::read_to_string(path(name).join("v1-runs.jsonl")).expect("the spool");
        assert_eq!(text.lines().count() - before.lines().count(), 2, "{name:?}");
    }
    let bytes: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(b"no \xff text".to_vec());
    let output = stage.command(&["lines"]).env("PLIMSOLL_SPOOL", &bytes).output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1 0\n");
    // Without a home, and without any other variable.
    let output = stage.command(&["lines"]).env_clear().output().expect("it starts");
    assert_eq!((output.stdout.as_slice(), stage.read().0.len()), (&b"1 0\n"[..], 1));
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("it starts").success());
}

fn no_folders() {
    let stage = Stage::new();
    let path = |name: &str| stage.path().join(name);
    fs::write(path("file"), "text").expect("a file");
    make_pipe(&path("pipe"));
    std::os::unix::fs::symlink(path("nowhere"), path("dangling")).expect("a link");
    std::os::unix::fs::symlink(path("round"), path("round")).expect("a link");
    fs::create_dir(path("with a pipe")).expect("a folder");
    make_pipe(&path("with a pipe/v1-runs.jsonl"));
    let spools = [
        "file",
        "pipe",
        "dangling",
        "round",
        "with a pipe",
        "/proc",
        "/dev/null",
        "/dev/full",
        "file/deeper",
    ];
    for spool in spools {
        let output = stage.command(&["lines", "2"]).env("PLIMSOLL_SPOOL", spool).output().expect("it starts");
        assert!(output.status.success(), "{spool}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "0 3\n", "{spool}");
    }
    assert_eq!(fs::read_to_string(path("file")).ok().as_deref(), Some("text"));
    // Full, and the count of what was left out cannot be kept either.
    fs::create_dir(path("full")).expect("a folder");
    make_pipe(&path("full/v1-left-out"));
    let full = fs::File::create(path("full/v1-runs.jsonl")).expect("a file");
    full.set_len(16 * 1024 * 1024).expect("its length");
    let output = stage.command(&["lines"]).env("PLIMSOLL_SPOOL", "full").output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0 1\n");
}

fn play_move(to: &str) {
    let before = Tracker::start("before");
    let here = std::env::current_dir().expect("a folder");
    if to == "gone" {
        fs::create_dir("gone").expect("a folder");
        std::env::set_current_dir("gone").expect("a folder");
        fs::remove_dir(here.join("gone")).expect("a folder");
    } else {
        std::env::set_current_dir(to).expect("a folder");
    }
    let after = Tracker::start("after");
    let written = [before, after].map(|tracker| tracker.finish().lines_written);
    println!("{written:?}");
}

fn moved() {
    for spool in [None, Some("spool")] {
        for (to, written) in [("elsewhere", "[1, 1]\n"), ("gone", "[1, 0]\n")] {
            let stage = Stage::new();
            fs::create_dir(stage.path().join("elsewhere")).expect("a folder");
            let mut command = stage.command(&["move", to]);
            spool.map(|spool| command.env("PLIMSOLL_SPOOL", spool));
            let output = command.output().expect("it starts");
            assert_eq!(String::from_utf8_lossy(&output.stdout), written, "{to}: {output:?}");
            let place = stage.path().join(spool.unwrap_or(".plimsoll/spool")).join("v1-runs.jsonl");
            assert!(fs::read_to_string(place).expect("the spool").contains("\"suite\":\"before\""));
        }
    }
}

fn pipes_for_a_repository() {
    for pipe in [".git", ".git/HEAD", ".git/packed-refs", ".git/commondir"] {
        let stage = Stage::new();
        let path = stage.path().join(pipe);
        if pipe != ".git" {
            fs::create_dir(stage.path().join(".git")).expect("a folder");
            fs::write(stage.path().join(".git/HEAD"), "ref: refs/heads/main\n").expect("a file");
        }
        let _ = fs::remove_file(&path);
        make_pipe(&path);
        stage.play(&["lines"]);
        assert_eq!(stage.only_run().context.commit, None, "{pipe}");
    }
}

fn play_abort() {
    let tracker = Tracker::start("first");
    tracker.finish();
    let _open = Tracker::start("second").phase("open");
    plimsoll_probe::tracker().record("x", 1.0);
    std::process::abort();
}

fn ended() {
    use std::os::unix::process::ExitStatusExt;
    const ABORTED: i32 = 6;
    let stage = Stage::new();
    let status = stage.command(&["abort"]).stderr(Stdio::null()).status().expect("it starts");
    assert_eq!(status.signal(), Some(ABORTED));
    assert_eq!(stage.read().0.iter().map(|run| run.suite.as_str()).collect::<Vec<_>>(), ["first", "second"]);
}

fn play_hoard() {
    let hoarded: Vec<_> = std::iter::from_fn(|| fs::File::open("/dev/null").ok()).take(10_000).collect();
    let poor = Tracker::start("poor");
    poor.phase("part").end();
    let left_out = poor.finish().lines_left_out;
    let some = hoarded.len();
    drop(hoarded);
    tracker().record("x", 1.0);
    println!("{left_out} {}", some < 64);
}

fn out_of_files() {
    let stage = Stage::new();
    let mut command = Command::new("sh");
    let own = std::env::current_exe().expect("a path");
    command.args(["-c", "ulimit -n 64; exec \"$0\" hoard"]).arg(own).current_dir(stage.path());
    let output = command.env_remove("PLIMSOLL_SPOOL").output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1 true\n");
    assert!(stage.only_run().suite.starts_with("processes"));
}

fn switched_off() {
    for variable in ["PLIMSOLL_DISABLE", "DISABLE_PERFORMANCE_TRACKING"] {
        let stage = Stage::new();
        for role in ["end", "blocks", "lines"] {
            let ended = stage.command(&[role]).env(variable, "1").stdout(Stdio::null()).status();
            assert!(ended.expect("it starts").success());
        }
        assert!(!stage.path().join(".plimsoll").exists());
        let ended = stage.command(&["end"]).env(variable, "0").status();
        assert!(ended.expect("it starts").success() && stage.shared_file().exists());
    }
}

fn named_by_environment() {
    let stage = Stage::new();
    let elsewhere = stage.path().join("elsewhere");
    let mut command = stage.command(&["lines", "0"]);
    command
        .env("PLIMSOLL_SPOOL", &elsewhere)
        .env("PLIMSOLL_PROJECT", "shop")
        .env("PLIMSOLL_SUITE", "nightly");
    command.env("PLIMSOLL_COMMIT", "abc").env("PLIMSOLL_BRANCH", "topic").env("PLIMSOLL_TESTBED", "laptop");
    assert!(
        command
            .env("PLIMSOLL_SESSION", "monday")
            .stdout(Stdio::null())
            .status()
            .expect("it starts")
            .success()
    );
    let text = fs::read_to_string(elsewhere.join("v1-runs.jsonl")).expect("the spool");
    assert_eq!(fs::read_to_string(elsewhere.join(".gitignore")).ok().as_deref(), Some("*\n"));
    let run = plimsoll_model::format::run::read(text.as_bytes(), "p", "s").expect("a run");
    let hash = run.context.commit.as_ref().map(|commit| commit.hash.as_str());
    assert_eq!((run.project.as_str(), run.suite.as_str(), hash), ("shop", "nightly", Some("abc")));
    assert_eq!((run.context.branch.as_deref(), run.context.testbed.as_str()), (Some("topic"), "laptop"));
    assert_eq!(run.session.as_deref(), Some("monday"));
}

fn play_blocks() {
    fn parse(text: &str) -> Result<i32, std::num::ParseIntError> {
        measure!("early", {
            let number: i32 = text.parse()?;
            number
        });
        try_measure!("result", text.parse())
    }
    let parsed = ["1", "2", "x", "3"].map(parse);
    assert_eq!(parsed.iter().filter(|result| result.is_ok()).count(), 3);
    assert!(try_measure!("result", "x".parse::<i32>()).is_err());
    let caught = std::panic::catch_unwind(|| measure!("panic", assert_eq!(std::hint::black_box(1), 2)));
    assert!(caught.is_err());
    // What the macro keeps has names that nobody else's code refers to.
    const NAME: &str = "value";
    const OPERATION: i32 = 5;
    assert_eq!(measure!(NAME, OPERATION), 5);
}

fn blocks() {
    let stage = Stage::new();
    stage.command(&["blocks"]).stderr(Stdio::null()).status().expect("it starts");
    let run = stage.only_run();
    let count = |benchmark: &str, failed: bool| {
        let of = run
            .measurements
            .iter()
            .filter(|m| *m.benchmark == *benchmark && m.metric.name.as_str() == "time");
        let of = of.filter(|m| (m.outcome == plimsoll_model::Outcome::Failed) == failed);
        of.filter_map(|m| m.iterations.count()).sum::<u64>()
    };
    let counts = ["early", "result", "panic", "value"].map(|name| (count(name, false), count(name, true)));
    assert_eq!(counts, [(3, 1), (3, 1), (0, 1), (1, 0)]);
}

/// The process has a block and a tracker of its own name.
fn play_namesakes() {
    let own = std::env::current_exe().expect("a path");
    let name = own.file_stem().and_then(|name| name.to_str()).expect("a name");
    let tracker = Tracker::start(name);
    measure!("block", ());
    tracker.finish();
}

fn namesakes() {
    let stage = Stage::new();
    assert!(stage.command(&["namesakes"]).status().expect("it starts").success());
    let (runs, torn) = stage.read();
    assert_eq!(torn, 0);
    let [of_tracker, of_process] = &runs[..] else { panic!("{} runs", runs.len()) };
    assert_eq!(of_tracker.suite, of_process.suite);
    let metrics = |run: &Run| -> Vec<String> {
        run.measurements.iter().map(|measurement| measurement.metric.name.to_string()).collect()
    };
    assert!(metrics(of_tracker).iter().any(|name| name == "peak_rss"), "{:?}", metrics(of_tracker));
    assert_eq!(metrics(of_process), ["time"]);
}

fn committed() {
    let stage = Stage::new();
    let hash = "0123456789abcdef0123456789abcdef01234567";
    fs::create_dir_all(stage.path().join(".git/refs/heads")).expect("a folder");
    fs::write(stage.path().join(".git/HEAD"), "ref: refs/heads/main\n").expect("a file");
    fs::write(stage.path().join(".git/refs/heads/main"), hash).expect("a file");
    fs::create_dir_all(stage.path().join("src")).expect("a folder");
    stage
        .command(&["lines"])
        .current_dir(stage.path().join("src"))
        .stdout(Stdio::null())
        .status()
        .expect("it starts");
    let context = stage.only_run().context;
    assert_eq!(context.branch.as_deref(), Some("main"));
    assert_eq!(context.commit.map(|commit| commit.hash).as_deref(), Some(hash));
}
