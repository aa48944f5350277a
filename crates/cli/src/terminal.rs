//! Where output goes: data to standard output, talk to standard error.

use std::io::{self, IsTerminal, Write};

use crate::args::{Color, Globals};
use crate::codes;
use crate::failure::{Failure, visible};

/// Columns where nobody says how many there are.
const DEFAULT_COLUMNS: usize = 100;

/// What is known of the place where output is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    /// Columns of standard output.
    pub columns: usize,
    /// Colour on standard output.
    pub color: bool,
    /// Characters beyond ASCII.
    pub unicode: bool,
    /// Someone watches standard error.
    pub is_watched: bool,
    quiet: bool,
    verbose: bool,
}

impl Terminal {
    /// What the flags, the environment and the streams say.
    pub(crate) fn new(globals: &Globals) -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let stdout_is_terminal = io::stdout().is_terminal();
        let color = match globals.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                stdout_is_terminal
                    && variable("NO_COLOR").is_none()
                    && variable("TERM").as_deref() != Some("dumb")
            }
        };
        let columns = variable("COLUMNS")
            .and_then(|text| text.parse().ok())
            .or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
            .unwrap_or(DEFAULT_COLUMNS);
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name));
        let unicode = locale.is_none_or(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf") || !stdout_is_terminal
        });
        Self {
            columns,
            color,
            unicode,
            is_watched: io::stderr().is_terminal() && !globals.quiet,
            quiet: globals.quiet,
            verbose: globals.verbose,
        }
    }

    /// Writes data. A reader that went away (`| head`) is no error.
    pub(crate) fn data(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.write_all(newline.as_bytes()))
            .and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::from_error(codes::OUTPUT, &error))
            }
            _ => Ok(()),
        }
    }

    /// Says something to the person, unless they asked for quiet. Words stay whole on a terminal; a file gets one line.
    pub(crate) fn say(&self, text: &str) {
        match (self.quiet, self.is_watched) {
            (true, _) => {}
            (false, true) => Self::talk(&wrapped(text, self.columns)),
            (false, false) => Self::talk(text),
        }
    }

    /// Says something only to a person who asked for more.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            Self::talk(text);
        }
    }

    /// Says why the command ended early; quiet or not.
    pub(crate) fn fail(failure: &Failure) {
        Self::talk(&failure.to_string());
    }

    /// Standard error may be closed; then there is nobody to tell.
    pub(crate) fn talk(text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", visible(text));
    }
}

/// Lines of whole words, none wider than `columns` unless a word is; those that go on are indented.
fn wrapped(text: &str, columns: usize) -> String {
    const INDENT: &str = "  ";
    let mut lines = String::new();
    let mut used = 0;
    for (index, word) in text.split(' ').enumerate() {
        let width = word.chars().count();
        if index > 0 && used + 1 + width > columns {
            lines.push('\n');
            lines.push_str(INDENT);
            used = INDENT.len();
        } else if index > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += width;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        let check = |columns, expected: &str| assert_eq!(wrapped("the worst comes first", columns), expected);
        check(21, "the worst comes first");
        check(20, "the worst comes\n  first");
        check(9, "the worst\n  comes\n  first");
        check(1, "the\n  worst\n  comes\n  first");
        assert_eq!(wrapped("", 80), "");
    }
}
