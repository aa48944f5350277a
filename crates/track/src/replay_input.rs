//! Series that come line by line, judged again on all cores: the order is kept and memory bounded.

use std::io::{self, BufRead};
use std::ops::ControlFlow;

use plimsoll_analyse::{ReplayInput, replay, retrospect};
use plimsoll_model::{Direction, Policy, Replayed, SeriesKey, Target};

use crate::in_order::{Job, in_order};
use crate::replay_line::LineSeries;

/// A line of more bytes is not read.
const MOST_LINE_BYTES: usize = 256 << 20;

/// How series are judged again.
#[derive(Debug, Clone, Copy)]
pub struct ReplayOptions<'a> {
    /// What to look for and how big it must be.
    pub policy: &'a Policy,
    /// Only with hindsight: change points and no alerts.
    pub only_retrospective: bool,
    /// How many threads judge.
    pub workers: usize,
}

impl ReplayOptions<'_> {
    /// Judges one series.
    pub(crate) fn judge(
        &self,
        values: &[f64],
        direction: Direction,
        key: &SeriesKey,
        target: Option<&Target>,
    ) -> Replayed {
        let settings = self.policy.settings_for(key);
        let input = ReplayInput { values, direction, settings: &settings, target };
        if self.only_retrospective { retrospect(&input) } else { replay(&input) }
    }
}

/// A series that was judged again.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayedLine {
    /// What the line calls it.
    pub id: String,
    /// Its values.
    pub values: Vec<f64>,
    /// What was found.
    pub replayed: Replayed,
}

/// Judges every line of `input` and hands the answers to `each` in the order of the lines, with the number of the line, counted
/// from 1: the series, or in words what is wrong with the line. Blank lines are passed over. `progress` is told how many bytes
/// were judged. Lines go out as they come in: whoever waits for an answer before writing on is not kept waiting.
///
/// # Errors
/// What reading says. What came before was handed over.
pub fn replay_lines(
    input: impl BufRead,
    options: &ReplayOptions<'_>,
    mut progress: impl FnMut(u64) + Send,
    mut each: impl FnMut(u64, Result<ReplayedLine, String>) -> ControlFlow<()> + Send,
) -> io::Result<()> {
    let mut chunks = Chunks { input, most_line_bytes: MOST_LINE_BYTES, begun: Vec::new(), bytes_read: 0 };
    let source = || {
        let chunk = chunks.next()?;
        Ok(chunk.map(|chunk| Job { weight: chunk.weight(), job: (chunk, chunks.bytes_read) }))
    };
    let mut lines_before = 0;
    let sink = |(judged, bytes): (JudgedChunk, u64)| {
        for (line, answer) in judged.answers {
            each(lines_before + line, answer)?;
        }
        lines_before += judged.lines;
        // What was read only may wait for long.
        progress(bytes);
        ControlFlow::Continue(())
    };
    in_order(options.workers, source, |(chunk, bytes)| (chunk.judge(options), bytes), sink)
}

/// Some whole lines.
enum Chunk {
    Lines(Vec<u8>),
    /// A single one that is too long to be read.
    TooLong,
}

/// The answers to the lines of a chunk that are not blank, by their number in it, and how many lines it has in all.
struct JudgedChunk {
    lines: u64,
    answers: Vec<(u64, Result<ReplayedLine, String>)>,
}

impl Chunk {
    fn weight(&self) -> usize {
        match self {
            Self::Lines(bytes) => bytes.len(),
            Self::TooLong => 0,
        }
    }

    fn judge(self, options: &ReplayOptions<'_>) -> JudgedChunk {
        let Self::Lines(bytes) = self else {
            let why = format!("longer than {} MiB", MOST_LINE_BYTES >> 20);
            return JudgedChunk { lines: 1, answers: vec![(1, Err(why))] };
        };
        let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let mut judged = JudgedChunk { lines: 0, answers: Vec::new() };
        for line in text.split(|byte| *byte == b'\n') {
            judged.lines += 1;
            // Some editors put a mark before the first line.
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            if !line.trim_ascii().is_empty() {
                judged.answers.push((judged.lines, judge(line, options)));
            }
        }
        judged
    }
}

fn judge(line: &[u8], options: &ReplayOptions<'_>) -> Result<ReplayedLine, String> {
    let series = LineSeries::parse(line)?;
    let key = series.key();
    let target = series.target(options.policy, &key);
    let replayed = options.judge(&series.values, series.direction, &key, target);
    Ok(ReplayedLine { id: series.id, values: series.values, replayed })
}

/// Cuts a stream into chunks at the ends of lines, as much at a time as it has ready.
struct Chunks<R> {
    input: R,
    most_line_bytes: usize,
    /// The beginning of a line whose end was not seen yet.
    begun: Vec<u8>,
    bytes_read: u64,
}

impl<R: BufRead> Chunks<R> {
    fn next(&mut self) -> io::Result<Option<Chunk>> {
        loop {
            let ready = match self.input.fill_buf() {
                Ok(ready) => ready,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let length = ready.len();
            if length == 0 {
                let last = std::mem::take(&mut self.begun);
                return Ok((!last.is_empty()).then_some(Chunk::Lines(last)));
            }
            let end = ready.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
            let whole = (end > 0).then(|| {
                let mut whole = std::mem::take(&mut self.begun);
                whole.extend_from_slice(&ready[..end]);
                whole
            });
            self.begun.extend_from_slice(&ready[end..]);
            self.input.consume(length);
            self.bytes_read += length as u64;
            if whole.is_some() {
                return Ok(whole.map(Chunk::Lines));
            }
            if self.begun.len() > self.most_line_bytes {
                self.begun = Vec::new();
                self.skip_line()?;
                return Ok(Some(Chunk::TooLong));
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        self.bytes_read += self.input.skip_until(b'\n')? as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use super::*;

    /// The answers to the lines, read `step` bytes at a time: the number of the line and the id or what is wrong.
    fn answers(text: &str, step: usize) -> Vec<(u64, String)> {
        let policy = Policy::default();
        let options = ReplayOptions { policy: &policy, only_retrospective: false, workers: 2 };
        let mut answers = Vec::new();
        let input = BufReader::with_capacity(step, text.as_bytes());
        let each = |line, answer: Result<ReplayedLine, String>| {
            answers.push((line, answer.map_or_else(|why| why, |series| series.id)));
            ControlFlow::Continue(())
        };
        replay_lines(input, &options, |_| {}, each).expect("it is read");
        answers
    }

    #[test]
    fn lines_are_numbered_however_they_come() {
        let line = |id: &str| format!("{{\"id\":\"{id}\",\"direction\":\"lower\",\"values\":[1,2,3]}}");
        let text = format!("\u{feff}{}\n\n{}\r\n[]\n  \n{}", line("a"), line("b"), line("c"));
        let expected =
            [(1, "a"), (3, "b"), (4, "a list, not an object with id, direction and values"), (6, "c")];
        for step in [1, 7, 60, 4096] {
            let answers = answers(&text, step);
            let told: Vec<(u64, &str)> = answers.iter().map(|(line, told)| (*line, told.as_str())).collect();
            assert_eq!(told, expected, "{step} bytes at a time");
        }
        assert_eq!(answers("", 64), []);
        assert_eq!(answers("\n\n", 64), []);
    }

    #[test]
    fn progress_is_what_was_judged_and_not_what_was_read() {
        let line = "{\"id\":\"a\",\"direction\":\"lower\",\"values\":[1,2,3]}\n";
        let text = line.repeat(20);
        let policy = Policy::default();
        let options = ReplayOptions { policy: &policy, only_retrospective: false, workers: 2 };
        let (lines_told, bytes_told) = (AtomicU64::new(0), AtomicU64::new(0));
        let progress = |bytes| {
            assert!(bytes <= lines_told.load(Relaxed) * line.len() as u64);
            bytes_told.store(bytes, Relaxed);
        };
        let each = |_, _| {
            lines_told.fetch_add(1, Relaxed);
            ControlFlow::Continue(())
        };
        replay_lines(BufReader::with_capacity(line.len(), text.as_bytes()), &options, progress, each)
            .expect("it is read");
        assert_eq!(bytes_told.into_inner(), text.len() as u64);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let endless = io::repeat(b'x').take(50_000);
        let mut chunks = Chunks {
            input: BufReader::with_capacity(1_000, endless.chain(&b"\n{}\n"[..])),
            most_line_bytes: 20_000,
            begun: Vec::new(),
            bytes_read: 0,
        };
        assert!(matches!(chunks.next(), Ok(Some(Chunk::TooLong))));
        assert!(chunks.begun.is_empty());
        assert!(matches!(chunks.next(), Ok(Some(Chunk::Lines(bytes))) if bytes == b"{}\n"));
        assert!(matches!(chunks.next(), Ok(None)));
    }
}
