//! Our own line of the summary, read in passing: of its text no more than one series is in memory at a time.

use std::io::BufRead;

use crate::json_reader::JsonError;
use crate::last_run::{self, LastRun, MOST_SERIES};
use crate::packed_series::PackedSeries;
use crate::summary_file::SummaryError;

/// A longer line is not read.
pub(crate) const MOST_LINE_BYTES: usize = 1024 * 1024;
/// A usual series is shorter, and so is what stands besides.
const USUAL_BYTES: usize = 1024;
/// How deep the series stand: within an array within the line's object.
const SERIES_DEPTH: usize = 2;

/// Reads a line to its end.
pub(crate) fn read(mut bytes: impl BufRead) -> Result<(LastRun, PackedSeries), SummaryError> {
    let mut line = Line {
        frame: Vec::with_capacity(USUAL_BYTES),
        element: Vec::with_capacity(USUAL_BYTES),
        series: PackedSeries::with_room_for(MOST_SERIES),
        ..Line::default()
    };
    loop {
        let chunk = bytes.fill_buf().map_err(SummaryError::Io)?;
        let taken = line.take(chunk)?;
        let is_over = taken == 0 || line.is_over;
        bytes.consume(taken);
        if is_over {
            return line.finish();
        }
    }
}

/// A line, as far as it was read.
#[derive(Debug, Default)]
struct Line {
    /// What there is besides the series.
    frame: Vec<u8>,
    /// The series that is being read.
    element: Vec<u8>,
    /// Those that were read.
    series: PackedSeries,
    /// Bytes that were read.
    length: usize,
    /// Where in the frame the series were cut out, and how many bytes that is.
    cut: Option<(usize, usize)>,
    /// Objects and arrays that are open.
    depth: usize,
    is_in_series: bool,
    is_in_text: bool,
    is_escaped: bool,
    is_over: bool,
}

impl Line {
    /// Reads on, up to the end of the line at most; tells how much it took.
    fn take(&mut self, chunk: &[u8]) -> Result<usize, SummaryError> {
        let mut kept = 0;
        for (byte, at) in chunk.iter().zip(0..) {
            if self.is_in_text && *byte != b'\n' {
                self.is_in_text = *byte != b'"' || self.is_escaped;
                self.is_escaped = *byte == b'\\' && !self.is_escaped;
                continue;
            }
            let is_end_of_one =
                self.is_in_series && self.depth == SERIES_DEPTH && matches!(byte, b',' | b']');
            if is_end_of_one {
                self.keep(chunk.get(kept..at).unwrap_or_default())?;
                // The comma belongs to what is cut out, the bracket to the frame.
                kept = at + usize::from(*byte == b',');
                self.end_of_one(*byte == b']')?;
            }
            match byte {
                b'"' => self.is_in_text = true,
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                b'\n' => {
                    self.is_over = true;
                    self.keep(chunk.get(kept..at).unwrap_or_default())?;
                    return Ok(at + 1);
                }
                _ => {}
            }
            if *byte == b'[' && self.depth == SERIES_DEPTH && self.cut.is_none() {
                self.keep(chunk.get(kept..=at).unwrap_or_default())?;
                kept = at + 1;
                self.is_in_series = self.frame.trim_ascii_end().ends_with(br#""series":["#);
                self.cut = self.is_in_series.then_some((self.frame.len(), 0));
            }
        }
        self.keep(chunk.get(kept..).unwrap_or_default())?;
        Ok(chunk.len())
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), SummaryError> {
        self.length += bytes.len();
        if self.length > MOST_LINE_BYTES {
            return Err(SummaryError::LineTooLong);
        }
        if self.is_in_series { &mut self.element } else { &mut self.frame }.extend_from_slice(bytes);
        Ok(())
    }

    /// What was read of the series up to a comma or to the last bracket is one, but for nothing at all in the brackets.
    fn end_of_one(&mut self, is_last: bool) -> Result<(), SummaryError> {
        let began = self.length - self.element.len();
        let is_none =
            is_last && self.cut.is_some_and(|(_, bytes)| bytes == 0) && self.element.trim_ascii().is_empty();
        if !is_none {
            let element = std::str::from_utf8(&self.element).map_err(|_| SummaryError::NotText)?;
            last_run::add_series(element, &mut self.series).map_err(|error| behind(began, &error))?;
        }
        self.length += usize::from(!is_last);
        if let Some((_, bytes)) = &mut self.cut {
            *bytes += self.element.len() + usize::from(!is_last);
        }
        self.element.clear();
        self.is_in_series = !is_last;
        Ok(())
    }

    fn finish(mut self) -> Result<(LastRun, PackedSeries), SummaryError> {
        let frame = std::str::from_utf8(&self.frame).map_err(|_| SummaryError::NotText)?;
        let run = last_run::read(frame).map_err(|error| match self.cut {
            Some((start, bytes)) if error.at >= start => behind(bytes, &error),
            _ => SummaryError::Json(error),
        })?;
        self.series.shrink();
        Ok((run, self.series))
    }
}

/// The error, so many bytes further on in the line.
fn behind(bytes: usize, error: &JsonError) -> SummaryError {
    SummaryError::Json(JsonError { at: error.at + bytes, expected: error.expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a line that is read in pieces of any size.
    #[track_caller]
    fn check(line: &str, expected: Result<usize, &str>) {
        for size in [1, 2, 3, 7, 1000] {
            let found = read(std::io::BufReader::with_capacity(size, line.as_bytes()));
            let found = found.map(|(_, series)| series.len()).map_err(|error| error.to_string());
            let expected = expected.map_err(|expected| format!("cannot read the summary: {expected}"));
            assert_eq!(found, expected, "{line:.200} in pieces of {size}");
        }
    }

    #[test]
    fn series_are_told_from_what_stands_besides() {
        let one = r#"{"benchmark":"a]},{[\"","parameters":{"k":"[\\"},"metric":"time","unit":"ns","value":1,"trend":[1,2]}"#;
        let line = |series: &str| format!(r#"{{"run":"series\":[","series":[{series}],"alerts":1}}"#);
        check(&line(""), Ok(0));
        check(&line("  "), Ok(0));
        check(&line(one), Ok(1));
        check(&format!("{}\n{}", line(&format!(" {one} ,{one}")), line("x")), Ok(2));
        check(&line(&vec![one; 300].join(",")), Ok(MOST_SERIES));
        check(r#"{"targets":[{"series":[1]}],"series":[]}"#, Ok(0));
        check(r#"{"alerts":1}"#, Err("`series` is expected after 12 bytes"));
    }

    #[test]
    fn an_error_says_where_it_is_in_the_line() {
        let at = |line: &str, expected: &str| check(line, Err(expected));
        at(r#"{"series":[{"benchmark":1}]}"#, "a text is expected after 24 bytes");
        at(r#"{"series":[{},{"value":x}]}"#, "`benchmark` is expected after 13 bytes");
        at(r#"{"alerts":x,"series":[]}"#, "a number is expected after 10 bytes");
        at(r#"{"series":[],"alerts":x}"#, "a number is expected after 22 bytes");
        at(r#"{"series":[]]"#, "a comma is expected after 12 bytes");
        let one = r#"{"benchmark":"a","metric":"m","unit":"u","value":1}"#;
        at(&format!(r#"{{"series":[{one},]}}"#), "an object is expected after 63 bytes");
        at(&format!(r#"{{"series":[,{one}]}}"#), "an object is expected after 11 bytes");
        at(&format!(r#"{{"series":[{one} 1]}}"#), "the end is expected after 63 bytes");
        at(r#"{"series":[1]}"#, "an object is expected after 11 bytes");
        at(r#"{"s\u0065ries":[{}]}"#, "the end of `series` is expected after 16 bytes");
    }
}
