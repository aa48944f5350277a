//! Apache Otava from PyPI, in an environment of its own under `target/`.

use std::path::PathBuf;
use std::process::Command;

use crate::error::XtaskError;
use crate::workspace::{Workspace, output_of};

/// What is installed; the table names it.
const PACKAGE: &str = "apache-otava==0.8.0";

/// A Python that can import Otava; installs it where it is missing.
pub fn python(workspace: &Workspace) -> Result<PathBuf, XtaskError> {
    let environment = workspace.root().join("target/operating-characteristics/otava");
    let python = environment.join("bin/python");
    let has_otava = || output_of(Command::new(&python).args(["-c", "import otava.analysis"])).is_ok();
    if has_otava() {
        return Ok(python);
    }
    eprintln!("installing {PACKAGE} in {}", environment.display());
    output_of(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    output_of(Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]))?;
    Ok(python)
}
