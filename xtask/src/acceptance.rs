//! placeholder
use crate::error::XtaskError;
use crate::workspace::Workspace;
use std::process::ExitCode;
pub fn run(_: &Workspace, _: &[&str]) -> Result<ExitCode, XtaskError> {
    Err(XtaskError::Expectation("no scenario".to_owned()))
}
