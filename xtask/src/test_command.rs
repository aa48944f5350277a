//! `cargo xtask test`: the whole of continuous integration, the same at home.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use crate::error::XtaskError;
use crate::step::{self, Tally};
use crate::workspace::{Workspace, describe};
use crate::{console, licences, operating_characteristics, python, reference, tidy};

type Step = fn(&Workspace) -> Result<Tally, XtaskError>;

/// Runs every step, also after one failed, and prints the count of all checks last.
pub fn run(workspace: &Workspace) -> Result<ExitCode, XtaskError> {
    let steps: [(&str, Step); 10] = [
        ("toolchain", toolchain),
        ("fmt", fmt),
        ("tidy", tidy::check),
        ("clippy", clippy),
        ("licences", licences::check),
        ("rustdoc", rustdoc),
        ("documents", documents),
        ("tests", tests),
        ("operating characteristics", operating_characteristics::check),
        ("python", python::check),
    ];
    let mut total = Tally::default();
    let mut failed = Vec::new();
    for (name, step) in steps {
        let tally = step::run(name, || step(workspace));
        total.add(tally);
        if tally.failed > 0 {
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        println!("\nfailed steps: {}", failed.join(", "));
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    Ok(ExitCode::from(u8::from(total.failed > 0)))
}

/// Sees that rustfmt and clippy are there, and asks rustup for them where they are not.
fn toolchain(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let mut tally = Tally::default();
    for (subcommand, component, debian) in
        [("fmt", "rustfmt", "rustfmt"), ("clippy", "clippy", "rust-clippy")]
    {
        if answers(workspace.cargo().arg(subcommand).arg("--version")) {
            tally.passed += 1;
            continue;
        }
        println!("cargo {subcommand} is not installed; asking rustup for it");
        let installed = answers(Command::new("rustup").args(["component", "add", component]));
        if !installed {
            println!(
                "hint: install it with `rustup component add {component}`, or the package `{debian}` of your system"
            );
        }
        tally.add(Tally::one(installed));
    }
    Ok(tally)
}

fn answers(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn fmt(workspace: &Workspace) -> Result<Tally, XtaskError> {
    step::run_command(workspace.cargo().args(["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    step::run_command(workspace.cargo().args(arguments))
}

fn rustdoc(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let mut command = workspace.cargo();
    command.args(["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"]);
    step::run_command(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn documents(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let plimsoll = workspace.build_plimsoll(false)?;
    let mut tally = reference::check(workspace, &plimsoll)?;
    tally.add(console::check(workspace, &plimsoll)?);
    Ok(tally)
}

/// Runs all tests. The test runner's lines go to the terminal as they come, and its summaries are added up.
fn tests(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).stdout(Stdio::piped());
    println!("$ {}", describe(&command));
    let spawn_error = |source| XtaskError::Spawn { program: "cargo test".to_owned(), source };
    let mut child = command.spawn().map_err(spawn_error)?;
    let mut tally = Tally::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(spawn_error)?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            tally.add(summary_line(&line).unwrap_or_default());
        }
    }
    let status = child.wait().map_err(spawn_error)?;
    if !status.success() && tally.failed == 0 {
        // It did not compile, or a test process died before it could count.
        tally.failed = 1;
    }
    Ok(tally)
}

/// Reads `test result: ok. 12 passed; 0 failed; …`.
fn summary_line(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word: &str| {
        let mut parts = counts.split(';');
        parts.find_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok())
    };
    Some(Tally { passed: count("passed")?, failed: count("failed")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<(usize, usize)>) {
        let expected = expected.map(|(passed, failed)| Tally { passed, failed });
        assert_eq!(summary_line(line), expected);
    }

    #[test]
    fn the_test_runners_summary_is_read() {
        check(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
            Some((12, 0)),
        );
        check(
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            Some((2, 1)),
        );
        check("test tests::result ... ok", None);
        check("test result: ok. many passed", None);
    }
}
