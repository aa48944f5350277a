//! GNU `time -v`, which writes `Key: value` lines to standard error. One file may hold several blocks; blocks of
//! the same command are samples of it.
//!
//! The benchmark is the command, its arguments included.
//!
//! | line | metric | role |
//! |---|---|---|
//! | `Elapsed (wall clock) time`, `h:mm:ss` or `m:ss.cc` | `time`, lower is better | headline |
//! | `User time` + `System time` | `cpu_time`, s, lower is better | headline, estimates `user` and `system` |
//! | `Maximum resident set size`, kibibytes | `peak_rss`, bytes, lower is better | headline |
//! | `Major`, `Minor … page faults`, `Voluntary`, `Involuntary context switches`, `File system inputs`, `outputs` | counts of these names, no direction | headlines |
//! | `Exit status`, `Command terminated by signal` | | outcome |

use plimsoll_model::{Direction, Measurement, Metric, Outcome, Unit, name};

use crate::lines::Lines;
use crate::{Harness, Input, ParseError, Parsed};

/// Reads the inputs as one result.
pub(crate) fn parse(inputs: &mut [Input<'_>]) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    for input in inputs {
        let name = input.name;
        let mut lines = Lines::new(Harness::GnuTime, input);
        let mut block: Option<Block> = None;
        let mut killed = false;
        while let Some(line) = lines.next_line()? {
            let text = line.text.trim();
            if text.starts_with("Command terminated by signal") {
                killed = true;
            } else if let Some(command) = text.strip_prefix("Command being timed: ") {
                let started = Block::new(command, std::mem::take(&mut killed));
                if let Some(cut) = block.replace(started) {
                    lines.complain(format!("{}: left out, its block ends early", cut.command));
                }
            } else if let Some(open) = &mut block
                && let Some((key, value)) = text.rsplit_once(": ")
            {
                let is_last = key == "Exit status";
                let read = open.read(key, value);
                if read.is_none() {
                    let complaint =
                        format!("{}: `{key}` was left out, `{value}` is not understood", open.command);
                    lines.complain(complaint);
                }
                if is_last && let Some(whole) = block.take() {
                    whole.measure(&mut parsed);
                }
            }
        }
        parsed.complaints.append(&mut lines.into_complaints());
        if let Some(cut) = block {
            if parsed.measurements.is_empty() {
                return Err(ParseError::Truncated {
                    name: name.to_owned(),
                    reason: format!("the block of {} has no exit status", cut.command),
                });
            }
            let complaint = format!("{}: left out, its block ends early", cut.command);
            parsed.complaints.push(plimsoll_model::Complaint::new(complaint).in_source(name));
        }
    }
    Ok(parsed)
}

/// What was read of one command.
struct Block {
    command: String,
    outcome: Outcome,
    elapsed_s: Option<f64>,
    user_s: Option<f64>,
    system_s: Option<f64>,
    peak_rss_kib: Option<f64>,
    counts: Vec<(&'static str, f64)>,
}

impl Block {
    fn new(command: &str, killed: bool) -> Self {
        let unquoted = command.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Self {
            command: unquoted.unwrap_or(command).to_owned(),
            outcome: if killed { Outcome::Failed } else { Outcome::Success },
            elapsed_s: None,
            user_s: None,
            system_s: None,
            peak_rss_kib: None,
            counts: Vec::new(),
        }
    }

    /// Takes one line; `None` when its value cannot be read.
    fn read(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "User time (seconds)" => self.user_s = Some(value.parse().ok()?),
            "System time (seconds)" => self.system_s = Some(value.parse().ok()?),
            "Elapsed (wall clock) time (h:mm:ss or m:ss)" => self.elapsed_s = Some(seconds(value)?),
            "Maximum resident set size (kbytes)" => self.peak_rss_kib = Some(value.parse().ok()?),
            "Exit status" => {
                if value.parse::<i64>().ok()? != 0 {
                    self.outcome = Outcome::Failed;
                }
            }
            key => {
                let name = match key {
                    "Major (requiring I/O) page faults" => "major_page_faults",
                    "Minor (reclaiming a frame) page faults" => "minor_page_faults",
                    "Voluntary context switches" => "voluntary_context_switches",
                    "Involuntary context switches" => "involuntary_context_switches",
                    "File system inputs" => "file_system_inputs",
                    "File system outputs" => "file_system_outputs",
                    _ => return Some(()),
                };
                self.counts.push((name, value.parse().ok()?));
            }
        }
        Some(())
    }

    fn measure(self, parsed: &mut Parsed) {
        let mut push = |metric: Metric, value: f64, estimates: &[(&str, f64)]| {
            let mut measurement = Measurement::new(Harness::GnuTime, &self.command, metric, value);
            measurement.outcome = self.outcome;
            measurement.estimates =
                estimates.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
            parsed.measurements.push(measurement);
        };
        if let Some(elapsed_s) = self.elapsed_s {
            push(Metric::time(), elapsed_s * 1e9, &[]);
        }
        if let (Some(user_s), Some(system_s)) = (self.user_s, self.system_s) {
            let metric = Metric::new(name!("cpu_time"), Unit::NANOSECONDS, Direction::Lower);
            push(metric, (user_s + system_s) * 1e9, &[("user", user_s * 1e9), ("system", system_s * 1e9)]);
        }
        if let Some(peak_rss_kib) = self.peak_rss_kib {
            push(Metric::new(name!("peak_rss"), Unit::BYTES, Direction::Lower), peak_rss_kib * 1024.0, &[]);
        }
        for (name, count) in &self.counts {
            push(Metric::new(*name, Unit::COUNT, Direction::None), *count, &[]);
        }
    }
}

/// Reads `h:mm:ss` and `m:ss.cc`.
fn seconds(text: &str) -> Option<f64> {
    text.split(':').try_fold(0.0, |total: f64, part| Some(total * 60.0 + part.parse::<f64>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_text(text: &str) -> Result<Parsed, ParseError> {
        let mut reader = text.as_bytes();
        let mut inputs = [Input { name: "time.txt", modified: None, reader: &mut reader }];
        crate::parse(Harness::GnuTime, &mut inputs)
    }

    fn block(command: &str, elapsed: &str, status: i32) -> String {
        format!(
            "\tCommand being timed: \"{command}\"\n\tUser time (seconds): 0.25\n\tSystem time (seconds): 0.50\n\
             \tElapsed (wall clock) time (h:mm:ss or m:ss): {elapsed}\n\
             \tMaximum resident set size (kbytes): 2\n\tSwaps: 0\n\tExit status: {status}\n"
        )
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str], complaints: &[&str]) {
        let parsed = parse_text(text).expect("text");
        let seen: Vec<_> = parsed
            .measurements
            .iter()
            .map(|m| format!("{} {} {} {:?} {:?}", m.benchmark, m.metric.name, m.value, m.samples, m.outcome))
            .collect();
        assert_eq!(seen, expected);
        let said: Vec<_> = parsed.complaints.iter().map(|complaint| complaint.message.as_str()).collect();
        assert_eq!(said, complaints);
    }

    #[test]
    fn a_block_is_read() {
        check(
            &format!("some output\n{}", block("sleep 1", "0:01.50", 0)),
            &[
                "sleep 1 time 1500000000 [] Success",
                "sleep 1 cpu_time 750000000 [] Success",
                "sleep 1 peak_rss 2048 [] Success",
            ],
            &[],
        );
    }

    #[test]
    fn long_times_and_failures_are_read() {
        assert_eq!(seconds("1:02:03"), Some(3_723.0));
        assert_eq!(seconds("2:03.50"), Some(123.5));
        assert_eq!(seconds("soon"), None);
        let outcome = |text: &str| parse_text(text).map(|parsed| parsed.measurements[0].outcome);
        assert_eq!(outcome(&block("x", "0:01.00", 3)).ok(), Some(Outcome::Failed));
        let killed = format!("Command terminated by signal 9\n{}", block("x", "0:01.00", 0));
        assert_eq!(outcome(&killed).ok(), Some(Outcome::Failed));
    }

    #[test]
    fn blocks_of_one_command_are_samples() {
        let text = [block("x", "0:01.00", 0), block("x", "0:03.00", 0), block("x", "0:02.00", 0)].concat();
        check(
            &text,
            &[
                "x time 2000000000 [1000000000.0, 3000000000.0, 2000000000.0] Success",
                "x cpu_time 750000000 [750000000.0, 750000000.0, 750000000.0] Success",
                "x peak_rss 2048 [2048.0, 2048.0, 2048.0] Success",
            ],
            &[],
        );
    }

    #[test]
    fn a_cut_block_is_named() {
        let cut = "\tCommand being timed: \"y\"\n\tUser time (seconds): 0.25\n";
        let error = parse_text(cut).expect_err("cut");
        assert_eq!(error.to_string(), "time.txt ends in the middle: the block of y has no exit status");
        let parsed = parse_text(&format!("{}{cut}", block("x", "0:01.00", 0))).expect("one is whole");
        assert_eq!(parsed.complaints[0].message, "y: left out, its block ends early");
    }
}
