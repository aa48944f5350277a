//! One step of a longer command: announced, timed, counted.

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::error::XtaskError;
use crate::workspace::describe;

/// How many checks passed and failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Checks that held.
    pub passed: usize,
    /// Checks that did not.
    pub failed: usize,
}

impl Tally {
    /// One check that held, or one that did not.
    pub fn one(held: bool) -> Self {
        Self { passed: usize::from(held), failed: usize::from(!held) }
    }

    /// Adds another count to this one.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Announces a step, carries it out, and says how it ended and how long it took. A step that could not be
/// carried out counts as one failure.
pub fn run(name: &str, step: impl FnOnce() -> Result<Tally, XtaskError>) -> Tally {
    println!("\n== {name} ==");
    let started = Instant::now();
    let tally = step().unwrap_or_else(|error| {
        crate::report_error(&error);
        Tally::one(false)
    });
    let word = if tally.failed == 0 { "ok" } else { "FAILED" };
    println!("-- {name}: {word} in {:.1} s", started.elapsed().as_secs_f64());
    tally
}

/// Carries out a single step as a command of its own.
pub fn run_alone(name: &str, step: impl FnOnce() -> Result<Tally, XtaskError>) -> ExitCode {
    let tally = run(name, step);
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    ExitCode::from(u8::from(tally.failed > 0))
}

/// Runs a command with its output on the terminal: one check, held when it exits with 0.
pub fn run_command(command: &mut Command) -> Result<Tally, XtaskError> {
    println!("$ {}", describe(command));
    let status = command.status().map_err(|source| XtaskError::Spawn {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    Ok(Tally::one(status.success()))
}
