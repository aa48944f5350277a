//! `cargo xtask acceptance`: what the product promises, played for real in four projects.
//!
//! Each project is adopted in at most three commands. Five quiet runs, one commit each; then one benchmark is
//! made half as slow again, or a phase sleeps: the gate must close and name it and no other, and so must `check`. The
//! change is undone: the next run must pass. Real clocks decide here, so this stands beside continuous integration, not in it.

mod outcome;
mod project;
mod scenario;

use std::process::ExitCode;

use crate::error::XtaskError;
use crate::step::{self, Tally};
use crate::workspace::Workspace;
use outcome::Outcome;
use project::Project;
use scenario::Scenario;

/// Runs that make the baseline.
const QUIET_RUNS: usize = 5;
/// Commands that adopting Plimsoll may take.
const MOST_ADOPTION_COMMANDS: usize = 3;
/// Where the project stands, without measuring.
const CHECK: &str = "plimsoll check --json";

/// Plays the named scenarios, or all of them.
pub fn run(workspace: &Workspace, names: &[&str]) -> Result<ExitCode, XtaskError> {
    let chosen: Vec<&Scenario> = match names {
        [] => scenario::ALL.iter().collect(),
        names => {
            let find = |name: &&str| scenario::ALL.iter().find(|scenario| scenario.name == *name);
            let unknown = |name: &&str| XtaskError::Expectation(format!("there is no scenario `{name}`"));
            let found = names.iter().map(|name| find(name).ok_or_else(|| unknown(name)));
            found.collect::<Result<_, _>>()?
        }
    };
    let plimsoll = workspace.build_plimsoll(true)?;
    let mut total = Tally::default();
    for scenario in chosen {
        total.add(step::run(scenario.name, || {
            let project = Project::create(workspace, scenario, &plimsoll)?;
            play(scenario, &project).map(|()| Tally::one(true))
        }));
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    Ok(ExitCode::from(u8::from(total.failed > 0)))
}

fn play(scenario: &Scenario, project: &Project) -> Result<(), XtaskError> {
    expect(
        scenario.adoption.len() <= MOST_ADOPTION_COMMANDS,
        &format!("adopting it takes {} commands", scenario.adoption.len()),
    )?;
    for command in scenario.adoption {
        project.shell(command)?;
    }
    for number in 1..=QUIET_RUNS {
        let outcome = project.commit_and_run(&format!("Quiet commit {number}"))?;
        println!("quiet run {number}: {outcome}");
        expect(outcome.exit_code == 0, "a quiet run has to pass")?;
    }
    project.replace(&scenario.slow)?;
    let slow = project.commit_and_run("Slow one benchmark down")?;
    println!("slowed run: {slow}");
    expect_named(scenario, &slow)?;
    let checked = project.judge(CHECK)?;
    println!("{CHECK}: {checked}");
    expect_named(scenario, &checked)?;
    project.replace(&scenario.slow.undone())?;
    let undone = project.commit_and_run("Undo it")?;
    println!("run after undoing: {undone}");
    expect(undone.exit_code == 0, "the run after undoing has to pass")?;
    expect(undone.gate_status == "open", "the gate has to be open again")?;
    expect(undone.regressed_benchmarks.is_empty(), "nothing has to be named any more")
}

/// Holds that the gate is closed by what was slowed down and by nothing else.
fn expect_named(scenario: &Scenario, outcome: &Outcome) -> Result<(), XtaskError> {
    expect(outcome.exit_code == 1, "it has to end with 1")?;
    expect(outcome.gate_status == "closed", "the gate has to be closed")?;
    let slow = scenario.slow.benchmark;
    expect(outcome.names_only(slow), &format!("`{slow}` alone has to be named"))
}

fn expect(held: bool, what: &str) -> Result<(), XtaskError> {
    if held { Ok(()) } else { Err(XtaskError::Expectation(what.to_owned())) }
}
