//! Our own run format, `plimsoll.run/1`: one document, or one on each line as in `history.jsonl`.
//!
//! The runs arrive whole in [`Parsed::runs`]. A run that names no project or suite has [`UNNAMED`] there, which
//! the caller replaces. A broken line of several is a complaint.

use std::io::Read;

use memchr::memchr;
use plimsoll_model::format::run::{self, RunFormatError};
use plimsoll_model::{Complaint, Run};

use crate::encoding::without_mark;
use crate::{Harness, Input, ParseError, Parsed, lenient_json};

/// Stands for a project or suite that the document does not name.
pub const UNNAMED: &str = "default";
/// The longest document that is read; a run of a million measurements fits.
const MAX_DOCUMENT_BYTES: usize = 512 * 1024 * 1024;
/// How much is read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    for input in inputs {
        let mut documents = Documents::new(input);
        let mut broken: Option<(u64, RunFormatError)> = None;
        while documents.next()? {
            match read_run(documents.document()) {
                Ok(run) => parsed.runs.push(run),
                // A document over several lines shows itself by a first line that is no document.
                Err(error) if documents.line == 1 && ends_early(&error) => {
                    let end_of_line = documents.end;
                    documents.take_all()?;
                    match read_run(documents.document()) {
                        Ok(run) => parsed.runs.push(run),
                        Err(of_all) => {
                            // It may also be a line that was torn, with whole ones after it.
                            parsed.complaints.push(left_out(&documents, &error));
                            broken = broken.or(Some((1, of_all)));
                            documents.end = end_of_line;
                        }
                    }
                }
                Err(error) => {
                    parsed.complaints.push(left_out(&documents, &error));
                    broken = broken.or(Some((documents.line, error)));
                }
            }
        }
        let name = documents.name;
        if parsed.runs.is_empty()
            && let Some((line, error)) = broken
        {
            return Err(match error {
                RunFormatError::Json(error) => ParseError::json(Harness::PlimsollRun, name, error),
                other => ParseError::NotUnderstood {
                    name: name.to_owned(),
                    harness: Harness::PlimsollRun,
                    reason: format!("line {line}: {other}"),
                },
            });
        }
    }
    Ok(parsed)
}

fn ends_early(error: &RunFormatError) -> bool {
    matches!(error, RunFormatError::Json(error) if error.is_eof())
}

fn left_out(documents: &Documents<'_>, error: &RunFormatError) -> Complaint {
    Complaint::at_line(documents.line, format!("left out: {error}")).in_source(documents.name)
}

fn read_run(document: &[u8]) -> Result<Run, RunFormatError> {
    let mended = lenient_json::mend(document);
    let text = mended.as_ref().map_or(document, |(mended, _)| mended.as_slice());
    let mut run = run::read(text, UNNAMED, UNNAMED)?;
    if let Some((_, replaced)) = mended {
        run.complaints.push(Complaint::new(format!("{replaced} bare NaN or Infinity were read as null")));
    }
    Ok(run)
}

/// The lines of an input that are not blank, however long.
struct Documents<'a> {
    name: &'a str,
    reader: &'a mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    line: u64,
}

impl<'a> Documents<'a> {
    fn new(input: &'a mut Input<'_>) -> Self {
        Self {
            name: input.name,
            reader: &mut *input.reader,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            ended: false,
            line: 0,
        }
    }

    /// The line that [`Self::next`] found.
    fn document(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Moves to the next line that is not blank; false at the end.
    fn next(&mut self) -> Result<bool, ParseError> {
        loop {
            let begin = if self.line == 0 { 0 } else { (self.end + 1).min(self.buffer.len()) };
            self.buffer.drain(..begin);
            self.start = 0;
            let mut searched = 0;
            self.end = loop {
                if let Some(length) = memchr(b'\n', &self.buffer[searched..]) {
                    break searched + length;
                }
                searched = self.buffer.len();
                if self.ended {
                    break searched;
                }
                self.read_more()?;
            };
            self.line += 1;
            if self.line == 1 {
                let text = without_mark(Harness::PlimsollRun, self.name, &self.buffer[..self.end])?;
                self.start = self.end - text.len();
            }
            if !self.document().trim_ascii().is_empty() {
                return Ok(true);
            }
            if self.ended && self.end == self.buffer.len() {
                return Ok(false);
            }
        }
    }

    /// Makes everything that is left one document.
    fn take_all(&mut self) -> Result<(), ParseError> {
        while !self.ended {
            self.read_more()?;
        }
        self.end = self.buffer.len();
        Ok(())
    }

    fn read_more(&mut self) -> Result<(), ParseError> {
        if self.buffer.len() > MAX_DOCUMENT_BYTES {
            return Err(ParseError::NotUnderstood {
                name: self.name.to_owned(),
                harness: Harness::PlimsollRun,
                reason: format!("a document is longer than {MAX_DOCUMENT_BYTES} bytes"),
            });
        }
        let before = self.buffer.len();
        (&mut *self.reader)
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut self.buffer)
            .map_err(|source| ParseError::read(self.name, source))?;
        self.ended = self.buffer.len() - before < CHUNK_BYTES;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(suite: &str) -> String {
        format!(
            r#"{{"format": "plimsoll.run/1", "suite": "{suite}", "context": {{"testbed": "t", "started_at": "2026-11-20T08:01:00Z"}}, "measurements": [{{"benchmark": "b", "metric": "time", "unit": "ms", "value": 1}}]}}"#
        )
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str], complaints: &[&str]) {
        let mut reader = text.as_bytes();
        let mut inputs = [Input { name: "runs.jsonl", modified: None, reader: &mut reader }];
        let (runs, said) = match crate::parse(Harness::PlimsollRun, &mut inputs) {
            Ok(parsed) => (
                parsed.runs.iter().map(|run| format!("{}/{}", run.project, run.suite)).collect(),
                parsed
                    .complaints
                    .iter()
                    .map(|complaint| format!("{}: {}", complaint.line.unwrap_or(0), complaint.message))
                    .collect(),
            ),
            Err(error) => (Vec::new(), vec![error.to_string()]),
        };
        assert_eq!(runs, expected);
        assert_eq!(said, complaints);
    }

    #[test]
    fn documents_stand_alone_or_one_on_a_line() {
        check(&document("fast"), &["default/fast"], &[]);
        check(&document("fast").replace(", ", ",\n "), &["default/fast"], &[]);
        let two = format!("{}\r\n\n{}\n", document("fast"), document("slow"));
        check(&two, &["default/fast", "default/slow"], &[]);
    }

    #[test]
    fn a_broken_line_is_named_and_the_rest_is_read() {
        let text = format!("{}\n{{\"format\": 1}}\n{}\n", document("a"), document("b"));
        check(
            &text,
            &["default/a", "default/b"],
            &[
                "2: left out: not a plimsoll.run/1 document: invalid type: integer `1`, expected a string at line 1 column 12",
            ],
        );
    }

    #[test]
    fn a_torn_line_is_named_wherever_it_stands() {
        let torn = &document("torn")[..90];
        let reason =
            "left out: not a plimsoll.run/1 document: EOF while parsing a string at line 1 column 90";
        let [first, last] = [1, 3].map(|line| format!("{line}: {reason}"));
        let (a, b) = (document("a"), document("b"));
        check(&format!("{torn}\n{a}\n{b}\n"), &["default/a", "default/b"], &[&first]);
        check(&format!("{a}\n{b}\n{torn}"), &["default/a", "default/b"], &[&last]);
        check(&format!("{torn}\n{a}\n{torn}\n"), &["default/a"], &[&first, &last]);
    }

    #[test]
    fn what_is_no_run_is_an_error() {
        let cut = &document("a")[..90];
        check(cut, &[], &["runs.jsonl ends in the middle: EOF while parsing a string at line 1 column 90"]);
        let newer = document("a").replace("run/1", "run/7");
        let complaint = "runs.jsonl is not what plimsoll-run writes: line 1: the format is `plimsoll.run/7`, this version reads `plimsoll.run/1`";
        check(&newer, &[], &[complaint]);
        check("", &[], &["no measurement was found in what plimsoll-run left behind"]);
    }
}
