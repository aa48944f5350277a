//! The whole command, beside a hello-world process.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use plimsoll_bench as inputs;
use plimsoll_model::Unit;
use plimsoll_store::SqliteStore;

use crate::clock::in_turn;
use crate::table::Table;

/// Nanoseconds in a second.
const NANOSECONDS: f64 = 1e9;
/// Bytes of the large result file.
const LARGE_FILE_BYTES: usize = 500_000_000;

/// Measures every promise about the process. `plimsoll` must have been built: `cargo build --release`.
pub(crate) fn measure(table: &mut Table, folder: &Path) -> Result<(), Box<dyn Error>> {
    let plimsoll = binary()?;
    table.at_most("the binary", std::fs::metadata(&plimsoll)?.len() as f64, Unit::BYTES, 20e6);
    let hello = Path::new(env!("CARGO_BIN_EXE_hello"));
    let (own, floor) = in_turn(|| run(&plimsoll, &["--version"], folder), || run(hello, &[], folder));
    table.against_floor(
        "plimsoll --version",
        own * NANOSECONDS,
        Unit::NANOSECONDS,
        ("hello world", floor * NANOSECONDS),
        2.0,
    );
    measure_ingest(table, folder, &plimsoll)?;
    measure_large(table, folder, &plimsoll)
}

fn measure_ingest(table: &mut Table, folder: &Path, plimsoll: &Path) -> Result<(), Box<dyn Error>> {
    let home = folder.join("repository");
    repository(&home)?;
    let store = home.join("history.db");
    {
        let mut store = SqliteStore::open(&store)?;
        let mut importer = store.importer();
        for commit in 0..1_000 {
            importer.push(inputs::run_of(commit, 1_000))?;
        }
        importer.finish()?;
    }
    let store_text = store.display().to_string();
    let results = home.join("results.json");
    std::fs::write(&results, inputs::pytest_benchmark(50, 20))?;
    let commits = home.join("commits.db").display().to_string();
    let ingest = ["ingest", "results.json", "--again", "--store", &store_text, "--project", "made-up"];
    let hello_commit = Path::new(env!("CARGO_BIN_EXE_hello_commit"));
    let (own, floor) = in_turn(|| run(plimsoll, &ingest, &home), || run(hello_commit, &[&commits], &home));
    table.against_floor(
        "plimsoll ingest, 50 benchmarks into 10^6 points",
        own * NANOSECONDS,
        Unit::NANOSECONDS,
        ("hello world and a durable commit", floor * NANOSECONDS),
        4.0,
    );
    let everywhere = ["--store", &store_text, "--project", "made-up"];
    for (name, most, command) in [
        ("plimsoll log --last 100, 10^6 points", 10e6, &["log", "--last", "100"][..]),
        (
            "plimsoll log SERIES --last 100, 10^6 points",
            10e6,
            &["log", "group_0/bench_0", "--last", "100"][..],
        ),
        (
            "plimsoll compare, 10^6 points",
            10e6,
            &["compare", &inputs::run_of(900, 0).id, &inputs::run_of(990, 0).id][..],
        ),
    ] {
        let arguments: Vec<&str> = command.iter().copied().chain(everywhere).collect();
        let (own, floor) =
            in_turn(|| run(plimsoll, &arguments, &home), || run(plimsoll, &["--version"], &home));
        table.at_most(name, (own - floor) * NANOSECONDS, Unit::NANOSECONDS, most);
    }
    Ok(())
}

fn measure_large(table: &mut Table, folder: &Path, plimsoll: &Path) -> Result<(), Box<dyn Error>> {
    let one = inputs::pytest_benchmark(100, 10_000);
    let rounds = 10_000 * LARGE_FILE_BYTES / one.len();
    let large = folder.join("large.json");
    std::fs::write(&large, inputs::pytest_benchmark(100, rounds))?;
    let arguments =
        ["ingest", "large.json", "--store", "large.db", "--project", "made-up", "--commit", "0123456789"];
    let peak = peak_memory(plimsoll, &arguments, folder)?;
    std::fs::remove_file(&large)?;
    table.at_most("peak memory of ingesting 500 MB of pytest-benchmark", peak, Unit::BYTES, 100e6);
    Ok(())
}

/// Where cargo puts the command, beside this program's own folder.
fn binary() -> Result<PathBuf, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let release = own.parent().and_then(Path::parent).ok_or("no target folder")?;
    let path = release.join("plimsoll");
    if path.exists() { Ok(path) } else { Err("build the command first: cargo build --release".into()) }
}

/// Runs a program to its end. A program that fails is not worth timing.
fn run(program: &Path, arguments: &[&str], folder: &Path) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stdin(Stdio::null());
    let status = command.status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{} {} failed",
        program.display(),
        arguments.join(" ")
    );
}

/// A repository with one commit.
fn repository(home: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(home)?;
    std::fs::write(home.join("file"), "content")?;
    let git = |arguments: &[&str]| -> Result<(), Box<dyn Error>> {
        let identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"];
        let status = Command::new("git").args(identity).args(arguments).current_dir(home).status()?;
        if status.success() { Ok(()) } else { Err("git failed".into()) }
    };
    git(&["init", "--quiet", "--initial-branch", "main"])?;
    git(&["add", "file"])?;
    git(&["commit", "--quiet", "--message", "First"])
}

fn peak_memory(program: &Path, arguments: &[&str], folder: &Path) -> Result<f64, Box<dyn Error>> {
    use plimsoll_measure::{CommandLine, CommandPlan, Interrupts, Tee, run};
    let words = std::iter::once(program.as_os_str().to_owned())
        .chain(arguments.iter().map(|argument| (*argument).into()))
        .collect();
    let plan = CommandPlan::new(CommandLine::Words(words), folder.to_owned(), folder.to_owned());
    let (mut stdout, mut stderr) = (std::io::sink(), std::io::stderr());
    let mut tee = Tee { stdout: &mut stdout, stderr: &mut stderr };
    let captured = run(&plan, &mut tee, &Interrupts::none(), &jiff::Timestamp::now)?;
    if !captured.exit.to_string().contains('0') {
        return Err(format!("ingesting {}", captured.exit).into());
    }
    Ok(captured.peak_rss_bytes.ok_or("peak memory is not known")? as f64)
}
