//! `cargo xtask operating-characteristics`: how well our rule and those of others tell changes from noise.

mod otava;
pub mod plot;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::error::XtaskError;
use crate::step::{self, Tally};
use crate::workspace::Workspace;

/// What the long form measured, for the documentation.
pub const MEASURED: &str = "docs/concepts/operating-characteristics.json";
/// The picture of it.
pub const PICTURE: &str = "docs/concepts/operating-characteristics.svg";
/// What is built in the crate of benchmarks.
const PROGRAM: &str = "operating_characteristics";
/// Measures our rule alone and leaves the others' rows as they were measured last: on the same series they do not change.
const KEEP_PEERS: &str = "--keep-peers";

/// Builds the program that measures and runs it with these flags. After the long form, its numbers and their picture are those
/// of the documentation.
pub fn run(workspace: &Workspace, flags: &[&str]) -> Result<ExitCode, XtaskError> {
    let program = workspace.build("plimsoll-bench", PROGRAM, true)?;
    let mut command = measuring(workspace, program);
    command.args(flags.iter().filter(|flag| **flag != KEEP_PEERS));
    let is_long = flags.contains(&"--long");
    if is_long {
        command.arg("--save").arg(workspace.root().join(MEASURED));
    }
    if flags.contains(&KEEP_PEERS) {
        command.arg("--peers-from").arg(workspace.root().join(MEASURED));
    } else if is_long {
        add_otava(workspace, &mut command);
    }
    let spawned = |source| XtaskError::Spawn { program: PROGRAM.to_owned(), source };
    let status = command.status().map_err(spawned)?;
    if status.success() && is_long {
        let path = workspace.root().join(PICTURE);
        std::fs::write(&path, plot::draw(&workspace.read(MEASURED)?)?)
            .map_err(XtaskError::file("write", &path))?;
        eprintln!("wrote {MEASURED} and {PICTURE}");
    }
    Ok(ExitCode::from(u8::from(!status.success())))
}

/// Where Otava cannot be had, the table is printed without it, and says so.
fn add_otava(workspace: &Workspace, command: &mut Command) {
    match otava::python(workspace) {
        Ok(python) => {
            command.arg("--otava-python").arg(python);
        }
        Err(error) => {
            crate::report_error(&error);
            eprintln!(
                "hint: Otava comes from PyPI; python3 with venv and pip, and the network, are needed once"
            );
        }
    }
}

/// Whether our rule still lies in its band. Uses the build of the tests, whose engine is optimised.
pub fn check(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let program = workspace.build("plimsoll-bench", PROGRAM, false)?;
    step::run_command(measuring(workspace, program).arg("--check"))
}

fn measuring(workspace: &Workspace, program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace.root());
    command
}
