//! What is wrong with a configuration file, and the place in it.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// Longer lines are shown around the caret only.
const SHOWN_CHARACTERS: usize = 100;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("`{}` cannot be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It is no TOML.
    #[error("{0}")]
    Syntax(Box<Excerpt>),
    /// It is of a version this program does not know, or of none.
    #[error("{0}")]
    Version(Box<Excerpt>),
    /// It holds a key that does not exist.
    #[error("{0}")]
    UnknownKey(Box<Excerpt>),
    /// A value has the wrong type, cannot be read, or contradicts another one.
    #[error("{0}")]
    Value(Box<Excerpt>),
}

/// The place of a mistake: shown as the line with a caret under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that can be guessed or listed.
    pub help: Option<String>,
    shown: String,
    carets: Range<usize>,
}

impl ConfigError {
    /// The place of the mistake; `None` where the file could not be read at all.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        match self {
            Self::Unreadable { .. } => None,
            Self::Syntax(excerpt)
            | Self::Version(excerpt)
            | Self::UnknownKey(excerpt)
            | Self::Value(excerpt) => Some(excerpt),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.excerpt()?.help.as_deref()
    }
}

impl fmt::Display for Excerpt {
    /// The message, then the line with carets. The help is not part of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.shown)?;
        let indent = " ".repeat(self.carets.start);
        let carets = "^".repeat(self.carets.len().max(1));
        write!(f, "{margin} | {indent}{carets}")
    }
}

impl Excerpt {
    /// The place `span` (bytes) in `text`, with what is wrong there.
    pub(super) fn new(file: &str, text: &str, span: Range<usize>, message: &str) -> Self {
        let start = floor_boundary(text, span.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
        let column = text.get(line_start..start).unwrap_or_default().chars().count();
        let marked = text.get(start..floor_boundary(text, span.end)).unwrap_or_default();
        let length = marked.lines().next().unwrap_or_default().chars().count().max(1);
        let (shown, caret) = shortened(line, column);
        let end = (caret + length).min(shown.chars().count().max(caret + 1));
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: column + 1,
            message: visible(message),
            help: None,
            shown,
            carets: caret..end,
        }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(visible(&help.into()));
        self
    }
}

/// The line with control characters made visible, cut around `column` where it is long; and the column in it.
fn shortened(line: &str, column: usize) -> (String, usize) {
    let skipped = column.saturating_sub(SHOWN_CHARACTERS * 3 / 4);
    let shown: String = line.chars().skip(skipped).take(SHOWN_CHARACTERS).collect();
    (visible(&shown), column - skipped)
}

/// The text with a sign in the place of every control character, so that none reaches a terminal.
fn visible(text: &str) -> String {
    let sign = |character: char| match character {
        '\t' => ' ',
        control if control.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    };
    text.chars().map(sign).collect()
}

fn floor_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}
