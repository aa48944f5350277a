//! Text formats, line by line, as a terminal would have shown them.

use std::borrow::Cow;
use std::io::{ErrorKind, Read};

use memchr::{memchr, memchr2, memrchr};
use plimsoll_model::Complaint;

use crate::encoding::{NOT_UTF8, latin1_where_needed, without_mark};
use crate::{Harness, Input, ParseError};

/// Longer lines are skipped.
const MAX_LINE_BYTES: usize = 1024 * 1024;
/// How much is read at once; at least as much as a byte order mark needs.
const CHUNK_BYTES: usize = 128 * 1024;

/// Reads lines without their ends. Terminal escapes are stripped, of a line that was overwritten by carriage
/// returns the last state is kept, text that is not UTF-8 is mended, lines over 1 MiB are skipped; the last two
/// are complaints. Nothing is allocated for a clean line.
pub(crate) struct Lines<'a> {
    harness: Harness,
    name: &'a str,
    reader: &'a mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    whole: bool,
    number: u64,
    has_controls: bool,
    plain: Vec<u8>,
    mended: String,
    not_utf8: u64,
    complaints: Vec<Complaint>,
}

/// A line and its number, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Its number in the input, counted from 1.
    pub(crate) number: u64,
    /// Its text without the end.
    pub(crate) text: &'a str,
    /// It ended with a line feed; without one the input may have been cut.
    pub(crate) whole: bool,
}

impl<'a> Lines<'a> {
    /// Reads `input` as text that `harness` wrote.
    pub(crate) fn new(harness: Harness, input: &'a mut Input<'_>) -> Self {
        Self {
            harness,
            name: input.name,
            reader: &mut *input.reader,
            buffer: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
            ended: false,
            whole: true,
            number: 0,
            has_controls: false,
            plain: Vec::new(),
            mended: String::new(),
            not_utf8: 0,
            complaints: Vec::new(),
        }
    }

    /// The next line; `None` at the end. (Not an `Iterator`: the line borrows the buffer.)
    #[inline]
    pub(crate) fn next_line(&mut self) -> Result<Option<Line<'_>>, ParseError> {
        let Some((start, end)) = self.next_range()? else {
            return Ok(None);
        };
        let number = self.number;
        let mut bytes = &self.buffer[start..end];
        if let Some(without) = bytes.strip_suffix(b"\r") {
            bytes = without;
        }
        if self.has_controls && memchr2(0x1b, b'\r', bytes).is_some() {
            self.plain.clear();
            strip_controls(bytes, &mut self.plain);
            bytes = &self.plain;
        }
        let text = match str::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => {
                if self.not_utf8 == 0 {
                    self.complaints.push(Complaint::at_line(number, NOT_UTF8).in_source(self.name));
                }
                self.not_utf8 += 1;
                self.mended = latin1_where_needed(bytes);
                &self.mended
            }
        };
        let whole = self.whole;
        Ok(Some(Line { number, text, whole }))
    }

    /// A complaint about the line that was read last.
    pub(crate) fn complain(&mut self, message: impl Into<String>) {
        self.complaints.push(Complaint::at_line(self.number, message).in_source(self.name));
    }

    /// All complaints, those about skipped and mended lines included.
    pub(crate) fn into_complaints(mut self) -> Vec<Complaint> {
        if self.not_utf8 > 1 {
            self.complaints.push(
                Complaint::new(format!("{} lines in all are not UTF-8", self.not_utf8)).in_source(self.name),
            );
        }
        self.complaints
    }

    /// Where the next line lies in the buffer, without its line feed.
    fn next_range(&mut self) -> Result<Option<(usize, usize)>, ParseError> {
        let mut searched = self.start;
        let mut too_long = false;
        loop {
            if let Some(length) = memchr(b'\n', &self.buffer[searched..self.end]) {
                let range = (self.start, searched + length);
                self.start = searched + length + 1;
                self.number += 1;
                if too_long {
                    self.complain_too_long();
                    too_long = false;
                    searched = self.start;
                    continue;
                }
                return Ok(Some(range));
            }
            if self.ended {
                let range = (self.start, self.end);
                self.start = self.end;
                if range.0 == range.1 && !too_long {
                    return Ok(None);
                }
                self.number += 1;
                self.whole = false;
                if too_long {
                    self.complain_too_long();
                    return Ok(None);
                }
                return Ok(Some(range));
            }
            if self.end - self.start > MAX_LINE_BYTES {
                too_long = true;
            }
            if too_long {
                self.start = self.end;
            }
            searched = self.refill()?;
        }
    }

    fn complain_too_long(&mut self) {
        self.complain(format!("skipped: the line is longer than {MAX_LINE_BYTES} bytes"));
    }

    /// Reads more behind what is pending; returns where the new bytes start.
    fn refill(&mut self) -> Result<usize, ParseError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < self.end + CHUNK_BYTES / 2 {
            self.buffer.resize(self.end + CHUNK_BYTES, 0);
        }
        let first = self.number == 0 && self.end == 0;
        let new = self.end;
        // A byte order mark may come in pieces.
        let enough = if first { 3 } else { 1 };
        while self.end - new < enough && !self.ended {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ParseError::read(self.name, error)),
            }
        }
        let read = &self.buffer[new..self.end];
        if first {
            let mark = read.len() - without_mark(self.harness, self.name, read)?.len();
            self.start = mark;
        }
        self.has_controls = self.has_controls || memchr2(0x1b, b'\r', read).is_some();
        Ok(new.max(self.start))
    }
}

/// What a terminal would still show of a line that came another way, as within JSON.
pub(crate) fn plain(line: &str) -> Cow<'_, str> {
    if memchr2(0x1b, b'\r', line.as_bytes()).is_none() {
        return Cow::Borrowed(line);
    }
    let mut plain = Vec::with_capacity(line.len());
    strip_controls(line.as_bytes(), &mut plain);
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

/// Copies what a terminal would still show of `line`.
fn strip_controls(line: &[u8], plain: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(place) = memchr(0x1b, rest) {
        plain.extend_from_slice(&rest[..place]);
        rest = after_escape(&rest[place + 1..]);
    }
    plain.extend_from_slice(rest);
    while plain.last() == Some(&b'\r') {
        plain.pop();
    }
    if let Some(place) = memrchr(b'\r', plain) {
        plain.drain(..=place);
    }
}

/// What stands after an escape sequence whose first byte was taken.
fn after_escape(rest: &[u8]) -> &[u8] {
    match rest.first() {
        // Colours and cursor movements: parameters, then one final byte.
        Some(b'[') => {
            rest[1..].iter().position(|byte| (0x40..=0x7e).contains(byte)).map_or(&[], |end| &rest[end + 2..])
        }
        // Titles and links: up to a bell or the string terminator.
        Some(b']') => match memchr2(0x07, 0x1b, rest) {
            Some(end) if rest[end] == 0x07 => &rest[end + 1..],
            Some(end) => rest.get(end + 2..).unwrap_or(&[]),
            None => &[],
        },
        Some(_) => &rest[1..],
        None => rest,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &[u8]) -> Result<(Vec<String>, Vec<String>), ParseError> {
        let mut reader = text;
        let mut input = Input { name: "out.txt", modified: None, reader: &mut reader };
        let mut lines = Lines::new(Harness::Divan, &mut input);
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line()? {
            seen.push(format!("{}:{}", line.number, line.text));
        }
        let complaints = lines.into_complaints();
        Ok((
            seen,
            complaints
                .into_iter()
                .map(|complaint| format!("{}: {}", complaint.line.unwrap_or(0), complaint.message))
                .collect(),
        ))
    }

    #[track_caller]
    fn check(text: &[u8], expected: &[&str]) {
        assert_eq!(lines(text).expect("text").0, expected);
    }

    #[test]
    fn lines_end_as_they_may() {
        check(b"", &[]);
        check(b"\n", &["1:"]);
        check(b"a\r\nb\n\nc", &["1:a", "2:b", "3:", "4:c"]);
        check(b"\xef\xbb\xbfa\n", &["1:a"]);
    }

    #[test]
    fn a_line_is_what_the_terminal_showed() {
        check(b"\x1b[1;32mgreen\x1b[0m light\n", &["1:green light"]);
        check(b"waiting\rworking\r\x1b[2Kdone\r\n", &["1:done"]);
        check(b"\x1b]0;title\x07text\x1b]8;;http://x\x1b\\link\n", &["1:textlink"]);
        check(b"cut \x1b[3", &["1:cut "]);
        check(b"cut \x1b", &["1:cut "]);
    }

    #[test]
    fn what_is_not_utf8_is_named_once() {
        let (seen, complaints) = lines(b"ok\ncaf\xe9\n\xff\n").expect("text");
        assert_eq!(seen, ["1:ok", "2:café", "3:ÿ"]);
        assert_eq!(
            complaints,
            ["2: not UTF-8, stray bytes were read as Latin-1", "0: 2 lines in all are not UTF-8"]
        );
    }

    #[test]
    fn utf16_is_refused_by_name() {
        let error = lines(b"\xff\xfeB\0").expect_err("UTF-16");
        assert_eq!(
            error.to_string(),
            "out.txt is not what divan writes: it is UTF-16 text; save it as UTF-8"
        );
    }

    #[test]
    fn over_long_lines_are_skipped() {
        let long = "x".repeat(3 * MAX_LINE_BYTES);
        let complaint = format!("2: skipped: the line is longer than {MAX_LINE_BYTES} bytes");
        let (seen, complaints) = lines(format!("a\n{long}\nb\n").as_bytes()).expect("text");
        assert_eq!((seen, complaints), (vec!["1:a".into(), "3:b".into()], vec![complaint.clone()]));
        let (seen, complaints) = lines(format!("a\n{long}").as_bytes()).expect("text");
        assert_eq!((seen, complaints), (vec!["1:a".into()], vec![complaint]));
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_text(text in "[a-z\n]{0,200}") {
            let expected: Vec<_> = text.lines().enumerate().map(|(place, line)| format!("{}:{line}", place + 1)).collect();
            prop_assert_eq!(lines(text.as_bytes()).expect("text").0, expected);
        }
    }
}
