//! `cargo xtask bless`: what the code says now becomes what is expected.

use std::process::ExitCode;

use crate::error::XtaskError;
use crate::reference;
use crate::step;
use crate::workspace::Workspace;

/// Accepts changed snapshots, formats, and regenerates the reference. Look at the difference before committing it.
pub fn run(workspace: &Workspace) -> Result<ExitCode, XtaskError> {
    let mut tests = workspace.cargo();
    tests
        .args(["test", "--workspace", "--no-fail-fast"])
        .env("INSTA_UPDATE", "always")
        .env("INSTA_FORCE_PASS", "1");
    let mut tally = step::run_command(&mut tests)?;
    tally.add(step::run_command(workspace.cargo().args(["fmt", "--all"]))?);
    reference::write(workspace)?;
    Ok(ExitCode::from(u8::from(tally.failed > 0)))
}
