//! What a parser returns.

use std::collections::BTreeMap;

use jiff::Timestamp;
use plimsoll_model::{Complaint, Measurement, Run};

use crate::Harness;

/// What was understood and what was not.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The measurements, in the order in which they stood.
    pub measurements: Vec<Measurement>,
    /// Entries that were left out or mended.
    pub complaints: Vec<Complaint>,
    /// What the file says about where and when it was made.
    pub facts: Facts,
    /// Whole runs, when the format holds them (`plimsoll.run/1`, one a line); `measurements` is empty then.
    pub runs: Vec<Run>,
}

/// What a result file says of its own origin. A hint: what git and the user say goes before it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The commit's hash.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// When it was measured.
    pub measured_at: Option<Timestamp>,
    /// The processor's model.
    pub cpu: Option<String>,
    /// Versions of tools by name: the harness itself, the language.
    pub tools: BTreeMap<String, String>,
}

/// Why nothing could be read. Each is exit code 4.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The reader failed.
    #[error("{name} cannot be read")]
    Read {
        /// The input.
        name: String,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes are not what the harness writes.
    #[error("{name} is not what {harness} writes: {reason}")]
    NotUnderstood {
        /// The input.
        name: String,
        /// What it was read as.
        harness: Harness,
        /// What was wrong, with line and column where the format has them.
        reason: String,
    },
    /// It ends in the middle.
    #[error("{name} ends in the middle: {reason}")]
    Truncated {
        /// The input.
        name: String,
        /// Where.
        reason: String,
    },
    /// It holds no measurement.
    #[error("no measurement was found in what {harness} left behind{}", first(.complaints))]
    Empty {
        /// What it was read as.
        harness: Harness,
        /// Entries that were there but could not be used.
        complaints: Vec<Complaint>,
    },
}

/// The first complaint, as the end of a sentence.
fn first(complaints: &[Complaint]) -> String {
    complaints.first().map(|complaint| format!(": {}", complaint.message)).unwrap_or_default()
}
