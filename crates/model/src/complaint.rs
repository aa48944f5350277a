//! What a reader did not understand, and where.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One entry that was left out or mended, named so that nothing is skipped in silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Complaint {
    /// The file or stream it stands in, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The line it stands on, counted from 1, if the format has lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What was wrong and what was done about it.
    pub message: String,
}

impl Complaint {
    /// A complaint about the input as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Self { source: None, line: None, message: message.into() }
    }

    /// A complaint about one line, counted from 1.
    pub fn at_line(line: u64, message: impl Into<String>) -> Self {
        Self { source: None, line: Some(line), message: message.into() }
    }

    /// The same complaint with the file it came from.
    #[must_use]
    pub fn in_source(mut self, source: &str) -> Self {
        self.source = Some(source.to_owned());
        self
    }
}
