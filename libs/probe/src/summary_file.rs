//! The file that the command leaves beside the spool, a line for each suite, and our own line in it.
//!
//! It is replaced whole by renaming, so that whoever has opened it reads one version to its end. Lines of other suites are
//! passed over by their beginnings.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::json_reader::JsonError;
use crate::last_run::{self, LastRun, Subject};
use crate::packed_series::PackedSeries;
use crate::summary_line::{self, MOST_LINE_BYTES};

/// The file.
const FILE: &str = "v1-summary.jsonl";
/// A larger file is not read.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// So much of a line holds its project and its suite: names are of a thousand bytes at most, each of which may be escaped.
const BEGINNING_BYTES: u64 = 16 * 1024;
/// So much of a line usually does.
const USUAL_BEGINNING_BYTES: u64 = 512;
/// How much is read at a time.
const BUFFER_BYTES: usize = 2 * 1024;

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
) -> Result<Option<(LastRun, PackedSeries)>, SummaryError> {
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
) -> Result<Option<(LastRun, PackedSeries)>, SummaryError> {
    let mut line = Vec::new();
    let (mut has_known, mut has_unknown) = (false, false);
    loop {
        line.clear();
        read_until_end(&mut lines, USUAL_BEGINNING_BYTES, &mut line)?;
        if line.is_empty() {
            break;
        }
        let mut subject = last_run::subject(text_of(&line), project, suite);
        if subject == Subject::Unknown && line.last() != Some(&b'\n') {
            read_until_end(&mut lines, BEGINNING_BYTES - USUAL_BEGINNING_BYTES, &mut line)?;
            subject = last_run::subject(text_of(&line), project, suite);
        }
        match subject {
            Subject::Own => return summary_line::read(line.chain(lines)).map(Some),
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

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = concat!(
        r#"{"format":"plimsoll.summary/1","project":"site","suite":"build","testbed":"t","branch":"main","run":"r","commit":null,"#,
        r#""measured_at":"2026-11-21T04:38:00Z","verdict":"pass","index":98.2,"alerts":1,"#,
        r#""series":[{"benchmark":"build/rendering","parameters":{"kind":"small"},"metric":"time","unit":"ns","direction":"lower","#,
        r#""value":305.6,"verdict":"regressed","severity":"critical","baseline":{"center":14.12,"spread":0.22,"runs":12},"#,
        r#""warn_beyond":15.2,"error_beyond":18.1,"target":{"id":"SITE-001","max":50.0,"min":null,"per":"pages"},"#,
        r#""trend":[14.1,14.0,305.6]}]}"#,
        "\n"
    );

    fn look(bytes: &[u8]) -> Result<Option<(LastRun, PackedSeries)>, SummaryError> {
        find(bytes, None, "build")
    }

    #[test]
    fn everything_in_a_line_is_read() {
        let (run, series) = look(LINE.as_bytes()).expect("it is whole").expect("it is our own");
        assert_eq!((run.id.as_str(), run.commit, run.index, run.alerts), ("r", None, Some(98.2), 1));
        assert_eq!((run.branch.as_str(), run.testbed.as_str(), run.verdict.as_str()), ("main", "t", "pass"));
        let [series] = &series.iter().collect::<Vec<_>>()[..] else { panic!("one of {series:#?}") };
        assert_eq!((series.value, series.warn_beyond, series.error_beyond), (305.6, Some(15.2), Some(18.1)));
        assert_eq!(
            series.baseline.map(|baseline| (baseline.center, baseline.spread, baseline.runs)),
            Some((14.12, 0.22, 12))
        );
        let target = series.target.clone().expect("a target");
        assert_eq!((target.id.as_deref(), target.max, target.min), (Some("SITE-001"), Some(50.0), None));
        assert_eq!((target.per.as_deref(), &series.trend[..]), (Some("pages"), &[14.1, 14.0, 305.6][..]));
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        let mut state: u64 = 88_172_645_463_325_252;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize
        };
        let (mut read, mut refused) = (0, 0);
        for round in 0..30_000 {
            let mut bytes = LINE.as_bytes().repeat(round % 3);
            for _ in 0..=next() % 4 {
                let at = next() % (bytes.len() + 1);
                match next() % 4 {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at, next() as u8),
                    2 => bytes.drain(at.saturating_sub(next() % 40)..at).for_each(drop),
                    _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = next() as u8),
                }
            }
            match look(&bytes) {
                Ok(Some(_)) => read += 1,
                Ok(None) => {}
                Err(error) => refused += usize::from(!error.to_string().is_empty()),
            }
        }
        assert!(read > 1_000 && refused > 1_000, "{read} and {refused}");
    }

    #[test]
    fn a_line_that_ends_anywhere_is_refused() {
        for end in 1..LINE.len() - 1 {
            assert!(look(&LINE.as_bytes()[..end]).is_err(), "after {end} bytes");
        }
    }
}
