//! How well our rule and those of others tell changes from noise: prints one table.
//!
//! `cargo xtask operating-characteristics` builds and runs this; see there for its flags.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a table for people is what this program is for"
)]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use plimsoll_bench::simulation::{self, Form, Row, Rule};

/// The flags, as typed.
#[derive(Debug, Default)]
struct Flags {
    is_long: bool,
    is_check: bool,
    as_json: bool,
    as_markdown: bool,
    by_configuration: bool,
    /// Where the JSON is also written to.
    save: Option<PathBuf>,
    /// What the long form measured before: the rows of all rules but ours are taken from there.
    peers_from: Option<PathBuf>,
    /// A Python that has Otava; the long form needs it.
    otava_python: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("cause: {cause}");
                source = cause.source();
            }
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let flags = Flags::read(std::env::args().skip(1))?;
    let form = match (flags.is_check, flags.is_long) {
        (true, _) => Form::Check,
        (false, true) => Form::Long,
        (false, false) => Form::Short,
    };
    let rows = measured(&flags, form)?;
    let json = simulation::json(&rows, form);
    if let Some(path) = &flags.save {
        std::fs::write(path, format!("{json}\n"))?;
    }
    if flags.is_check {
        return Ok(check(&rows));
    }
    match (flags.as_json, flags.as_markdown) {
        (true, _) => println!("{json:#}"),
        (false, true) => print!("{}", simulation::markdown(&rows)),
        (false, false) => print_for_people(&rows, flags.by_configuration),
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures what the form asks for, or our row alone and takes the others' from a file.
fn measured(flags: &Flags, form: Form) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rules = simulation::rules_of(form, flags.otava_python.as_deref());
    let mut kept = Vec::new();
    if let Some(path) = &flags.peers_from {
        rules.retain(|(rule, _)| *rule == Rule::Plimsoll);
        kept = simulation::rows_of_json(serde_json::from_slice(&std::fs::read(path)?)?)?;
        kept.retain(|row| row.rule != Rule::Plimsoll.name());
    } else if form == Form::Long && flags.otava_python.is_none() {
        eprintln!("warning: without `--otava-python PATH` the rows of Otava are missing");
    }
    let threads = std::thread::available_parallelism()?.get();
    let bar = ProgressBar::new(simulation::series_in_all(&rules) as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {percent:>3} % of {len} series, {eta} left")?);
    let mut rows = simulation::measure(&rules, threads, &|series| bar.inc(series as u64))?;
    bar.finish_and_clear();
    rows.extend(kept);
    Ok(rows)
}

fn print_for_people(rows: &[Row], by_configuration: bool) {
    print!("{}", simulation::terminal(rows));
    let detailed = [Rule::Plimsoll.name(), Rule::Oracle.name()];
    let is_detailed = |row: &&Row| by_configuration && detailed.contains(&row.rule.as_str());
    for row in rows.iter().filter(is_detailed) {
        print!("\n{}", simulation::by_configuration(row));
    }
}

/// Every number of our row with its band; fails when one lies outside.
fn check(rows: &[Row]) -> ExitCode {
    let mut is_kept = true;
    for check in rows.iter().flat_map(simulation::check_band) {
        let word = if check.is_kept() { "ok" } else { "OUTSIDE" };
        println!(
            "{:<36} {:>7.3}  in {:.3} to {:.3}: {word}",
            check.what, check.measured, check.least, check.most
        );
        is_kept &= check.is_kept();
    }
    ExitCode::from(u8::from(!is_kept))
}

impl Flags {
    fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut flags = Self::default();
        let mut words = words;
        while let Some(word) = words.next() {
            let mut path = || words.next().map(PathBuf::from).ok_or(format!("`{word}` needs a path"));
            match word.as_str() {
                "--long" => flags.is_long = true,
                "--check" => flags.is_check = true,
                "--json" => flags.as_json = true,
                "--markdown" => flags.as_markdown = true,
                "--by-configuration" => flags.by_configuration = true,
                "--save" => flags.save = Some(path()?),
                "--peers-from" => flags.peers_from = Some(path()?),
                "--otava-python" => flags.otava_python = Some(path()?),
                _ => return Err(format!("unknown argument `{word}`")),
            }
        }
        Ok(flags)
    }
}
