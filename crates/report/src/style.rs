//! Terminal colours. They only repeat what a mark or a word already says.

use plimsoll_model::{SeriesVerdict, Severity};

use crate::text;

/// What a piece of text means to the reader; each is one of the sixteen colours that every theme adjusts to its
/// background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Quiet,
    Good,
    Bad,
    Doubt,
}

/// A piece of one line in one tone. Its text is safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) tone: Tone,
    pub(crate) strong: bool,
}

impl Span {
    /// Makes `text`, whoever wrote it, safe to show.
    pub(crate) fn new(text: &str, tone: Tone) -> Self {
        Self { text: text::visible(text).into_owned(), tone, strong: false }
    }

    pub(crate) fn plain(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }

    pub(crate) fn quiet(text: &str) -> Self {
        Self::new(text, Tone::Quiet)
    }

    /// The same in bold.
    pub(crate) fn strong(mut self) -> Self {
        self.strong = true;
        self
    }

    /// The code that switches its colour on; empty for plain text.
    pub(crate) fn code(&self) -> &'static str {
        match (self.tone, self.strong) {
            (Tone::Plain, false) => "",
            (Tone::Plain, true) => "\x1b[1m",
            (Tone::Quiet, _) => "\x1b[2m",
            (Tone::Good, false) => "\x1b[32m",
            (Tone::Good, true) => "\x1b[1;32m",
            (Tone::Bad, false) => "\x1b[31m",
            (Tone::Bad, true) => "\x1b[1;31m",
            (Tone::Doubt, false) => "\x1b[33m",
            (Tone::Doubt, true) => "\x1b[1;33m",
        }
    }
}

/// The code that switches any colour off.
pub(crate) const RESET: &str = "\x1b[0m";

impl Tone {
    /// The tone of a series' verdict.
    pub(crate) fn of(verdict: SeriesVerdict, severity: Option<Severity>) -> Self {
        match verdict {
            SeriesVerdict::Regressed => Self::of_severity(severity.unwrap_or(Severity::Warning)),
            SeriesVerdict::Improved => Self::Good,
            SeriesVerdict::Inconclusive | SeriesVerdict::Missing => Self::Doubt,
            SeriesVerdict::New => Self::Plain,
            SeriesVerdict::Unchanged => Self::Quiet,
        }
    }

    /// The tone of a severity.
    pub(crate) fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::Error => Self::Bad,
            Severity::Warning => Self::Doubt,
            Severity::Info => Self::Quiet,
        }
    }
}
