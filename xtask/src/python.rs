//! `cargo xtask python`: builds the wheel of `libs/python`, installs it in a virtual environment and tests it there, as users
//! have it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::XtaskError;
use crate::step::{self, Tally};
use crate::workspace::{Workspace, describe, output_of};

/// Where everything is that is made here.
struct Places {
    library: PathBuf,
    environment: PathBuf,
    wheels: PathBuf,
    report: PathBuf,
    cargo_target: PathBuf,
}

impl Places {
    fn of(workspace: &Workspace) -> Self {
        let made = workspace.root().join("target/python");
        Self {
            library: workspace.root().join("libs/python"),
            environment: made.join("environment"),
            wheels: made.join("wheels"),
            report: made.join("report.xml"),
            cargo_target: made.join("cargo"),
        }
    }

    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(self.environment.join("bin").join(name));
        // The sources must not be found before what is installed.
        command.current_dir(self.library.join("tests")).env_remove("PYTHONPATH").stdin(Stdio::null());
        command
    }
}

/// Builds the wheel, with a command that is optimised if asked, and says where it is.
pub fn wheel(workspace: &Workspace, release: bool) -> Result<PathBuf, XtaskError> {
    let places = Places::of(workspace);
    let plimsoll = workspace.build_plimsoll(release)?;
    let scripts = places.library.join("plimsoll.data/scripts");
    fs::create_dir_all(&scripts).map_err(XtaskError::file("make", &scripts))?;
    let script = scripts.join("plimsoll");
    fs::copy(&plimsoll, &script).map_err(XtaskError::file("write", &script))?;
    make_environment(&places)?;
    empty(&places.wheels)?;
    let mut maturin = places.tool("maturin");
    maturin.current_dir(&places.library).env("CARGO_TARGET_DIR", &places.cargo_target);
    maturin.args(["build", "--release", "--locked", "--quiet", "--out"]).arg(&places.wheels);
    succeed(&mut maturin)?;
    let entries = fs::read_dir(&places.wheels).map_err(XtaskError::file("read", &places.wheels))?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| XtaskError::Expectation("maturin made no wheel".to_owned()))
}

/// Builds, installs and tests.
pub fn check(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let places = Places::of(workspace);
    let mut tally = style(&places)?;
    let wheel = wheel(workspace, false)?;
    let mut install = places.tool("python");
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    install.args(["--force-reinstall", "--no-deps"]).arg(&wheel);
    succeed(&mut install)?;
    tally.add(step::run_command(places.tool("mypy").args(["--strict", "--package", "plimsoll"]))?);
    tally.add(step::run_command(places.tool("mypy").args(["--strict", "."]))?);
    tally.add(pytest(&places)?);
    Ok(tally)
}

/// The native half is a workspace of its own, which the steps for all crates do not see.
fn style(places: &Places) -> Result<Tally, XtaskError> {
    let cargo = |arguments: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.args(arguments).current_dir(&places.library).env("CARGO_TARGET_DIR", &places.cargo_target);
        step::run_command(cargo.stdin(Stdio::null()))
    };
    let mut tally = cargo(&["fmt", "--check"])?;
    tally.add(cargo(&["clippy", "--locked", "--quiet", "--", "-D", "warnings"])?);
    Ok(tally)
}

fn make_environment(places: &Places) -> Result<(), XtaskError> {
    if !places.environment.join("bin/python").exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&places.environment))?;
    }
    let mut install = places.tool("python");
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    succeed(install.arg("requirements.txt"))
}

fn pytest(places: &Places) -> Result<Tally, XtaskError> {
    let mut pytest = places.tool("pytest");
    pytest.arg("--junit-xml").arg(&places.report);
    let ran = step::run_command(&mut pytest)?;
    let report = fs::read_to_string(&places.report).map_err(XtaskError::file("read", &places.report))?;
    let tally = tally_of(&report).unwrap_or(Tally::one(false));
    Ok(if ran.failed > 0 && tally.failed == 0 { Tally::one(false) } else { tally })
}

/// Reads `<testsuite … errors="0" failures="0" skipped="0" tests="45" …>`.
fn tally_of(report: &str) -> Option<Tally> {
    let (_, suite) = report.split_once("<testsuite ")?;
    let count = |name: &str| -> Option<usize> {
        let (_, rest) = suite.split_once(&format!(" {name}=\""))?;
        rest.split('"').next()?.parse().ok()
    };
    let failed = count("errors")? + count("failures")?;
    Some(Tally { passed: count("tests")?.checked_sub(failed + count("skipped")?)?, failed })
}

fn empty(folder: &Path) -> Result<(), XtaskError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(XtaskError::file("empty", folder))?;
    }
    Ok(())
}

fn succeed(command: &mut Command) -> Result<(), XtaskError> {
    println!("$ {}", describe(command));
    output_of(command).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_runners_report_is_read() {
        let report = r#"<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="45" time="1.2">"#;
        assert_eq!(tally_of(report), Some(Tally { passed: 39, failed: 3 }));
        assert_eq!(tally_of("<testsuites/>"), None);
    }
}
