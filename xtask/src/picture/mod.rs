//! The terminal picture of the README: real output of the binary on a small fixed history.

mod ansi;
mod svg;

use std::path::Path;

use crate::console::Session;
use crate::error::XtaskError;

/// Seven quiet runs, then one with a regression and an improvement; each on a commit of its own with a fixed date.
const HISTORY: &str = include_str!("history.sh");
/// What is shown.
const COMMAND: &str = "plimsoll check";

/// Plays the history and draws what the command prints.
pub fn draw(plimsoll: &Path) -> Result<String, XtaskError> {
    let session = Session::start(plimsoll)?;
    let prepared = session.run(HISTORY)?;
    if !prepared.success {
        return Err(XtaskError::Command {
            command: "picture/history.sh".to_owned(),
            detail: prepared.output,
        });
    }
    let shown = session.run(&format!("COLUMNS=100 {COMMAND} --color always"))?;
    Ok(svg::draw(COMMAND, &ansi::lines(&shown.output)))
}
