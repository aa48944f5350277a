//! The file that the command leaves beside the spool, a line for each suite, and our own line in it.
//!
//! It is replaced whole by renaming, so that whoever has opened it reads one version to its end. Lines of other suites are
//! passed over by their beginnings.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::json_reader::JsonError;
use crate::last_run::{self, LastRun, Series, Subject};

/// The file.
const FILE: &str = "v1-summary.jsonl";
/// A larger file is not read.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// A longer line is not read.
const MOST_LINE_BYTES: u64 = 1024 * 1024;
/// So much of a line holds its project and its suite: names are of a thousand bytes at most, each of which may be escaped.
const BEGINNING_BYTES: u64 = 16 * 1024;
/// How much is read at a time.
const BUFFER_BYTES: usize = 16 * 1024;

/// Why a summary that is there was not read.
#[derive(Debug)]
pub(crate) enum SummaryError {
    /// The file system refuses.
    Io(io::Error),
    /// There is something else where the file should be.
    NotAFile,
    /// It is larger than anything the command writes.
    TooLarge,
    /// The line is longer than any that the command writes.
    LineTooLong,
    /// No line could be understood at its beginning.
    OtherVersion,
    /// The line is not what it should be.
    Json(JsonError),
    /// The line is not in UTF-8.
    NotText,
}

impl fmt::Display for SummaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot read the summary: ")?;
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::NotAFile => write!(f, "it is no regular file"),
            Self::TooLarge => write!(f, "the file is larger than {MOST_BYTES} bytes"),
            Self::LineTooLong => write!(f, "the suite's line is longer than {MOST_LINE_BYTES} bytes"),
            Self::OtherVersion => write!(f, "it is of another version"),
            Self::Json(error) => write!(f, "{error}"),
            Self::NotText => write!(f, "it is not in UTF-8"),
        }
    }
}

/// What the command left of a suite in this folder; `None` if it left nothing. A program that does not know its project
/// takes the one that was judged last.
pub(crate) fn read(
    folder: &Path,
    project: Option<&str>,
    suite: &str,
) -> Result<Option<(LastRun, Vec<Series>)>, SummaryError> {
    let path = folder.join(FILE);
    // Looked at before it is opened: opening a pipe would wait for whoever writes to it.
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(SummaryError::Io(error)),
    };
    if !metadata.is_file() {
        return Err(SummaryError::NotAFile);
    }
    if metadata.len() > MOST_BYTES {
        return Err(SummaryError::TooLarge);
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(SummaryError::Io(error)),
    };
    find(BufReader::with_capacity(BUFFER_BYTES, file.take(MOST_BYTES)), project, suite)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Our own line among all.
fn find(
    mut lines: impl BufRead,
    project: Option<&str>,
    suite: &str,
) -> Result<Option<(LastRun, Vec<Series>)>, SummaryError> {
    let mut line = Vec::new();
    let (mut has_known, mut has_unknown) = (false, false);
    loop {
        line.clear();
        read_until_end(&mut lines, BEGINNING_BYTES, &mut line)?;
        if line.is_empty() {
            break;
        }
        match last_run::subject(text_of(&line), project, suite) {
            Subject::Own => {
                if line.last() != Some(&b'\n') {
                    read_until_end(&mut lines, MOST_LINE_BYTES - BEGINNING_BYTES + 1, &mut line)?;
                }
                return understand(&line).map(Some);
            }
            Subject::Other => has_known = true,
            Subject::Unknown => has_unknown |= !line.trim_ascii().is_empty(),
        }
        if line.last() != Some(&b'\n') {
            lines.skip_until(b'\n').map_err(SummaryError::Io)?;
        }
    }
    // One that was left by a newer command is no error as long as it also left what we can read.
    if has_unknown && !has_known { Err(SummaryError::OtherVersion) } else { Ok(None) }
}

fn read_until_end(lines: &mut impl BufRead, most_bytes: u64, line: &mut Vec<u8>) -> Result<(), SummaryError> {
    lines.take(most_bytes).read_until(b'\n', line).map(drop).map_err(SummaryError::Io)
}

/// The text at the start of a line that may be cut within a character.
fn text_of(line: &[u8]) -> &str {
    let text = line.utf8_chunks().next();
    text.map_or("", |chunk| chunk.valid())
}

fn understand(line: &[u8]) -> Result<(LastRun, Vec<Series>), SummaryError> {
    if line.len() as u64 > MOST_LINE_BYTES {
        return Err(SummaryError::LineTooLong);
    }
    let text = std::str::from_utf8(line).map_err(|_| SummaryError::NotText)?;
    last_run::read(text).map_err(SummaryError::Json)
}
