//! What the programs of a measured command measured themselves: the lines they left in its private spool.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use plimsoll_measure::combine_repeats;
use plimsoll_model::{AllocationSite, Complaint, Measurement, Metric, Name, Note, Outcome, Parameters, Run};

use crate::spool::{LEFT_OUT_FILE, SpoolReading, look_into_spool};

/// So many of the places that allocate most are kept, as many as one line has.
const MOST_SITES: usize = 10;
/// More remarks or complaints are counted but not kept.
const MOST_REMARKS: usize = 100;

/// What programs said of themselves besides what they measured.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// How many lines they left.
    pub lines: usize,
    /// The suites that their lines name.
    pub suites: BTreeSet<String>,
    /// The sessions that their lines name.
    pub sessions: BTreeSet<String>,
    /// Where most memory was allocated, the most first.
    pub allocators: Vec<AllocationSite>,
    /// Their remarks, each once.
    pub notes: Vec<Note>,
}

impl Told {
    /// The suite, where all lines name the same.
    pub fn suite(&self) -> Option<&str> {
        only(&self.suites)
    }

    /// The session, where all lines name the same.
    pub fn session(&self) -> Option<&str> {
        only(&self.sessions)
    }

    /// What is said of the lines of a command that failed.
    pub fn left_out(&self) -> Option<String> {
        let lines = counted(self.lines, "line");
        (self.lines > 0).then(|| format!("{lines} of its programs left out: the command failed"))
    }

    /// Adds what others said. A place that allocates is kept once, with the most it ever allocated.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.lines += other.lines;
        self.suites.extend(other.suites);
        self.sessions.extend(other.sessions);
        for site in other.allocators {
            match self.allocators.iter_mut().find(|known| known.site == site.site) {
                Some(known) if known.bytes < site.bytes => *known = site,
                Some(_) => {}
                None => self.allocators.push(site),
            }
        }
        self.allocators.sort_by_key(|site| std::cmp::Reverse(site.bytes));
        self.allocators.truncate(MOST_SITES);
        for note in other.notes {
            if self.notes.len() < MOST_REMARKS && !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}

fn only(names: &BTreeSet<String>) -> Option<&str> {
    names.first().filter(|_| names.len() == 1).map(String::as_str)
}

/// What the lines of one command say.
#[derive(Debug, Default)]
pub(crate) struct ProgramLines {
    /// What they measured, each series once.
    pub(crate) measurements: Vec<Measurement>,
    /// Versions of tools by name.
    pub(crate) tools: BTreeMap<String, String>,
    /// What they say besides.
    pub(crate) told: Told,
    /// What was not understood or not as it should be.
    pub(crate) complaints: Vec<Complaint>,
}

impl ProgramLines {
    /// Reads the spool of a command that has ended.
    pub(crate) fn read(spool: &Path) -> Self {
        let mut lines = match look_into_spool(spool) {
            Ok(reading) => Self::of(reading),
            Err(error) => Self { complaints: vec![Complaint::new(error.to_string())], ..Self::default() },
        };
        // The next line would have told; there is none.
        if let Ok(left_out) = std::fs::metadata(spool.join(LEFT_OUT_FILE)) {
            let count = usize::try_from(left_out.len()).unwrap_or(usize::MAX);
            let message =
                format!("{} of the command's programs left out: its spool was full", counted(count, "line"));
            lines.complaints.push(Complaint::new(message));
        }
        lines
    }

    /// What stands in for the lines where there was no room for a spool.
    pub(crate) fn without_room(error: &std::io::Error) -> Self {
        let message = format!("what the command's programs measure themselves has no room: {error}");
        Self { complaints: vec![Complaint::new(message)], ..Self::default() }
    }

    /// What is told where the command failed, so that its results do not count: a failed run belongs to the suite of the good
    /// ones.
    pub(crate) fn left_out(self) -> (Told, Vec<Complaint>) {
        let mut complaints = self.complaints;
        if let Some(message) = self.told.left_out() {
            complaints.push(Complaint::new(message));
        }
        (Told { lines: self.told.lines, suites: self.told.suites, ..Told::default() }, complaints)
    }

    fn of(reading: SpoolReading) -> Self {
        let mut lines = Self::default();
        let mut complaints: Vec<Complaint> =
            reading.broken.into_iter().map(|broken| broken.complaint).collect();
        complaints.extend(reading.left.iter().map(|left| Complaint::new(left.to_string())));
        let mut measured = Vec::with_capacity(reading.runs.len());
        for mut run in reading.runs {
            complaints.append(&mut run.complaints);
            lines.tools.append(&mut run.context.environment.tools);
            measured.push(measurements_of(&mut run));
            lines.told.absorb(Told {
                lines: 1,
                suites: (run.suite != plimsoll_parse::UNNAMED).then_some(run.suite).into_iter().collect(),
                sessions: run.session.into_iter().collect(),
                allocators: run.allocators,
                notes: run.notes,
            });
        }
        let (measurements, left_out) = combine(measured);
        lines.measurements = measurements;
        if left_out > 0 {
            complaints.push(Complaint::new(format!(
                "{} of what failed left out: other lines of the command measured the same",
                counted(left_out, "value")
            )));
        }
        lines.complaints = each_once(complaints);
        lines
    }
}

/// The measurements of a line. What belongs to a line that failed has failed.
fn measurements_of(run: &mut Run) -> Vec<Measurement> {
    let mut measurements = std::mem::take(&mut run.measurements);
    if run.outcome != Outcome::Success {
        let succeeded = measurements.iter_mut().filter(|one| one.outcome == Outcome::Success);
        succeeded.for_each(|one| one.outcome = run.outcome);
    }
    measurements
}

/// Makes one measurement of each series, as repeats do: the values of several lines become samples, their median the value. What
/// failed counts only where nothing succeeded; tells how many values that left out.
fn combine(lines: Vec<Vec<Measurement>>) -> (Vec<Measurement>, usize) {
    let is_good = |one: &Measurement| one.outcome == Outcome::Success;
    let (good, failed): (Vec<_>, Vec<_>) =
        lines.into_iter().map(|line| line.into_iter().partition::<Vec<_>, _>(is_good)).unzip();
    let mut measurements = combine_repeats(good);
    let mut failed: Vec<Vec<Measurement>> = failed;
    let mut left_out = 0;
    {
        let good: HashSet<_> = measurements.iter().map(key).collect();
        for line in &mut failed {
            let before = line.len();
            line.retain(|one| !good.contains(&key(one)));
            left_out += before - line.len();
        }
    }
    measurements.extend(combine_repeats(failed));
    (measurements, left_out)
}

fn key(measurement: &Measurement) -> (&Name, &Name, &Parameters, &Metric) {
    (&measurement.harness, &measurement.benchmark, &measurement.parameters, &measurement.metric)
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A thousand processes may all complain of the same.
fn each_once(complaints: Vec<Complaint>) -> Vec<Complaint> {
    let mut seen = HashSet::new();
    let mut kept: Vec<Complaint> = complaints
        .into_iter()
        .filter(|one| seen.insert((one.source.clone(), one.line, one.message.clone())))
        .collect();
    if kept.len() > MOST_REMARKS {
        let more = kept.len() - MOST_REMARKS;
        kept.truncate(MOST_REMARKS);
        kept.push(Complaint::new(format!("{more} more complaints were left out")));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool_lines::tests::line;

    fn read(files: &[(&str, &str)]) -> ProgramLines {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        ProgramLines::read(folder.path())
    }

    #[track_caller]
    fn check(lines: &ProgramLines, expected: &[(&str, f64, &[f64], Outcome)], complaints: &[&str]) {
        let seen: Vec<(&str, f64, &[f64], Outcome)> = lines
            .measurements
            .iter()
            .map(|one| (one.benchmark.as_str(), one.value, one.samples.as_slice(), one.outcome))
            .collect();
        assert_eq!(seen, expected);
        let said: Vec<&str> = lines.complaints.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(said, complaints);
    }

    #[test]
    fn one_line_stays_as_it_is() {
        let lines = read(&[("v1-runs.jsonl", &line("a", "build", 2.0)), ("v1-summary.jsonl", "{}")]);
        check(&lines, &[("build", 2e6, &[], Outcome::Success)], &[]);
        assert_eq!((lines.told.suite(), lines.told.session()), (Some("build"), Some("s-a")));
        assert_eq!(lines.tools.get("cpython").map(String::as_str), Some("3.11.7"));
    }

    #[test]
    fn values_of_several_processes_become_samples() {
        let lines = read(&[
            ("v1-runs.jsonl", &format!("{}\n{}\n", line("a", "build", 2.0), line("b", "build", 4.0))),
            ("v1-17-1.jsonl", &line("c", "build", 9.0)),
            ("v1-left-out", ".."),
        ]);
        check(
            &lines,
            &[("build", 4e6, &[2e6, 4e6, 9e6], Outcome::Success)],
            &["2 lines of the command's programs left out: its spool was full"],
        );
        assert_eq!((lines.told.suite(), lines.told.session()), (Some("build"), None));
    }

    #[test]
    fn what_failed_counts_only_where_nothing_succeeded() {
        let fail = |line: String| line.replace("\"suite\"", "\"outcome\":\"failed\",\"suite\"");
        let text = [line("a", "build", 2.0), fail(line("b", "build", 90.0)), fail(line("c", "serve", 3.0))]
            .join("\n");
        let lines = read(&[("v1-runs.jsonl", &(text + "\n{torn"))]);
        check(
            &lines,
            &[("build", 2e6, &[], Outcome::Success), ("serve", 3e6, &[], Outcome::Failed)],
            &[
                "left out: it is not what plimsoll-run writes: key must be a string at line 1 column 2",
                "1 value of what failed left out: other lines of the command measured the same",
            ],
        );
        assert_eq!((lines.told.lines, lines.told.suite()), (3, None));
    }

    #[test]
    fn remarks_and_allocations_are_kept_once() {
        let with = |id: &str, bytes: u64| {
            let said = format!(
                r#""allocators":[{{"site":"a.py:1","bytes":{bytes},"count":1}}],"notes":[{{"severity":"info","message":"m"}}],"complaints":[{{"message":"open"}}],"suite""#
            );
            line(id, "build", 2.0).replace("\"suite\"", &said)
        };
        let lines = read(&[("v1-runs.jsonl", &[with("a", 7), with("b", 9)].join("\n"))]);
        let sites: Vec<u64> = lines.told.allocators.iter().map(|site| site.bytes).collect();
        assert_eq!((sites, lines.told.notes.len(), lines.complaints.len()), (vec![9], 1, 1));
    }

    #[test]
    fn an_empty_spool_says_nothing() {
        check(&read(&[]), &[], &[]);
    }
}
