//! An error as a user meets it: code, cause, next step.

use std::error::Error;
use std::fmt;

use plimsoll_report::is_hidden;

use crate::codes::Code;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Box<Code>,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

/// What a command returns: an exit code, or why it ended early.
pub(crate) type Ended = Result<u8, Failure>;

impl Failure {
    /// An error of this code; `message` names the thing that it is about.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code: Box::new(code), message: message.into(), causes: Vec::new(), hint: None }
    }

    /// An error of this code with the whole chain of its sources.
    pub(crate) fn from_error(code: Code, error: &dyn Error) -> Self {
        let mut failure = Self::new(code, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            failure.causes.push(cause.to_string());
            source = cause.source();
        }
        failure
    }

    /// A cause, the nearest first.
    #[must_use]
    pub(crate) fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// A next step that fits better than the code's own.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether it is an error of this code.
    pub(crate) fn is(&self, code: Code) -> bool {
        *self.code == code
    }

    /// What happened, without causes and next step.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The exit code it ends in.
    pub(crate) fn exit_code(&self) -> u8 {
        self.code.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.code.code, visible(&self.message))?;
        for cause in &self.causes {
            writeln!(f, "  cause: {}", visible(cause).replace('\n', "\n         "))?;
        }
        write!(f, "  hint: {}", visible(self.hint.as_deref().unwrap_or(self.code.next)))
    }
}

/// The text with what acts on a terminal unseen (controls but line feeds, bidirectional marks) made visible: names come from files
/// that anyone may have written.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.trim_end().chars() {
        if is_hidden(character) && character != '\n' {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;

    #[test]
    fn an_error_has_code_cause_and_next_step() {
        let failure =
            Failure::new(codes::EMPTY, "x.json holds nothing").because("0 of 3\u{202e} entries\u{1b}[2J");
        assert_eq!(
            failure.to_string(),
            "error[PLM024]: x.json holds nothing\n  cause: 0 of 3\\u{202e} entries\\u{1b}[2J\n  hint: check the harness's filter"
        );
    }
}
