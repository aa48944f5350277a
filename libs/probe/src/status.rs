//! How the tracker itself fares: what it wrote, and what it had to leave out.

use std::path::PathBuf;

/// How a tracker fares. Measuring never fails the program, so that this is where to look when numbers are missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Whether anything is measured at all.
    pub is_enabled: bool,
    /// The folder that is written to; empty where nothing is written.
    pub spool: PathBuf,
    /// Lines that were written.
    pub lines_written: u64,
    /// Lines that could not be written.
    pub lines_left_out: u64,
    /// Values that could not be kept: not a number, beyond a limit, or recorded after the end.
    pub values_left_out: u64,
    /// Phases and operations that were ended twice or never started.
    pub misuses: u64,
    /// Summaries that were there and could not be read: too large, torn, or of another version.
    pub summaries_left_out: u64,
    /// Why the last line could not be written, or the summary could not be read.
    pub last_error: Option<String>,
}
