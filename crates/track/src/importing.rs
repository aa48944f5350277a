//! Runs from elsewhere, line by line, into history. Nothing is judged and no alert is opened.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use plimsoll_model::{Complaint, Run, format};
use plimsoll_store::{Imported, SqliteStore, StoreError};

/// A longer line is not taken into memory.
const MOST_LINE_BYTES: u64 = 1 << 30;
/// More complaints are counted but not kept.
const MOST_COMPLAINTS: usize = 100;
/// How many parsed runs wait for the store.
const WAITING_RUNS: usize = 8;

/// What stands in where a line names none.
#[derive(Debug, Clone, Copy)]
pub struct ImportDefaults<'a> {
    /// The project.
    pub project: &'a str,
    /// The suite.
    pub suite: &'a str,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// What the store took.
    pub stored: Imported,
    /// Lines that held something.
    pub lines: usize,
    /// Lines that are no run.
    pub broken: usize,
    /// What was not understood, the first hundred of it.
    pub complaints: Vec<Complaint>,
    /// Complaints beyond those.
    pub unlisted: usize,
    /// The projects of the runs, by name.
    pub projects: Vec<String>,
}

/// Why an import ended early. What was written before it stays: importing again goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The input cannot be read.
    #[error("the input cannot be read")]
    Read(#[source] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the reading thread hands over.
enum Item {
    Run(Box<Run>, u64),
    Broken(Complaint),
    Failed(io::Error),
}

/// Reads runs, one `plimsoll.run/1` document a line, and stores them. `progress` is told how many bytes were read.
pub fn import_lines(
    store: &mut SqliteStore,
    input: impl BufRead + Send,
    defaults: ImportDefaults<'_>,
    mut progress: impl FnMut(u64),
) -> Result<ImportSummary, ImportError> {
    let mut summary = ImportSummary::default();
    let (sender, receiver) = sync_channel(WAITING_RUNS);
    // Reading and parsing goes on while the store writes.
    thread::scope(|scope| {
        scope.spawn(move || parse_lines(input, defaults, &sender));
        store_runs(store, receiver, &mut summary, &mut progress)
    })?;
    summary.projects.sort_unstable();
    Ok(summary)
}

fn store_runs(
    store: &mut SqliteStore,
    receiver: Receiver<(Item, u64)>,
    summary: &mut ImportSummary,
    progress: &mut impl FnMut(u64),
) -> Result<(), ImportError> {
    let mut importer = store.importer();
    for (item, bytes) in receiver {
        match item {
            Item::Run(run, line) => {
                summary.lines += 1;
                // So the format's reader begins what it says of a measurement that it left out.
                let left_out = |complaint: &&Complaint| complaint.message.starts_with("measurements[");
                for complaint in run.complaints.iter().filter(left_out) {
                    summary.complain(Complaint::at_line(line, &complaint.message));
                }
                if !summary.projects.contains(&run.project) {
                    summary.projects.push(run.project.clone());
                }
                importer.push(*run)?;
            }
            Item::Broken(complaint) => {
                summary.lines += 1;
                summary.broken += 1;
                summary.complain(complaint);
            }
            Item::Failed(error) => {
                importer.finish()?;
                return Err(ImportError::Read(error));
            }
        }
        progress(bytes);
    }
    summary.stored = importer.finish()?;
    Ok(())
}

impl ImportSummary {
    fn complain(&mut self, complaint: Complaint) {
        if self.complaints.len() < MOST_COMPLAINTS {
            self.complaints.push(complaint);
        } else {
            self.unlisted += 1;
        }
    }
}

/// Sends every line's run or complaint with the bytes read so far, until the input ends or nobody listens.
fn parse_lines(mut input: impl BufRead, defaults: ImportDefaults<'_>, sender: &SyncSender<(Item, u64)>) {
    let mut line = Vec::new();
    let mut number = 0;
    let mut bytes = 0;
    loop {
        line.clear();
        let item = match read_line(&mut input, &mut line) {
            Ok(0) => return,
            Ok(read) => {
                bytes += read;
                number += 1;
                match parse_line(&line, read, number, defaults) {
                    Some(item) => item,
                    None => continue,
                }
            }
            Err(error) => Item::Failed(error),
        };
        let is_last = matches!(item, Item::Failed(_));
        // Nobody listens any more once the store has failed.
        if sender.send((item, bytes)).is_err() || is_last {
            return;
        }
    }
}

/// A line into `line`, as far as it is not too long; tells how many bytes were passed in all.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    let mut read = input.by_ref().take(MOST_LINE_BYTES).read_until(b'\n', line)? as u64;
    if read == MOST_LINE_BYTES && line.last() != Some(&b'\n') {
        read += input.skip_until(b'\n')? as u64;
    }
    Ok(read)
}

/// What a line is; nothing where it is blank.
fn parse_line(line: &[u8], read: u64, number: u64, defaults: ImportDefaults<'_>) -> Option<Item> {
    let line = match number {
        1 => line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line),
        _ => line,
    };
    let line = line.trim_ascii();
    if line.is_empty() {
        return None;
    }
    let broken = |message: String| Item::Broken(Complaint::at_line(number, message));
    if read > MOST_LINE_BYTES {
        return Some(broken(format!("the line is longer than {MOST_LINE_BYTES} bytes")));
    }
    Some(match format::run::read(line, defaults.project, defaults.suite) {
        Ok(run) => Item::Run(Box::new(run), number),
        // The document is one line of many: which of them, the complaint says.
        Err(error) => broken(error.to_string().replace(" at line 1 column ", " at column ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::{ExportFilter, export};
    use crate::scratch::{ScratchHistory, at};
    use plimsoll_model::Interval;

    const DEFAULTS: ImportDefaults<'static> = ImportDefaults { project: "p", suite: "default" };

    fn import(store: &mut SqliteStore, lines: &str) -> ImportSummary {
        import_lines(store, lines.as_bytes(), DEFAULTS, |_| ()).expect("it is imported")
    }

    fn exported(store: &SqliteStore, filter: &ExportFilter<'_>) -> String {
        let mut lines = String::new();
        let count = export::<StoreError>(store, filter, |run, done, total| {
            assert!(done < total);
            lines += &format::run::write(&run).expect("a stored run can be written");
            lines += "\n";
            Ok(())
        });
        assert_eq!(count.expect("it is exported"), lines.lines().count());
        lines
    }

    /// Enough runs that some are folded, one of them with everything that a measurement may carry.
    fn rich_history() -> ScratchHistory {
        let mut history = ScratchHistory::quiet();
        let mut rich = history.run("feature", &[("parse", 101.5)]);
        let measurement = &mut rich.measurements[0];
        measurement.samples = vec![101.0, 101.5, 102.25];
        measurement.interval = Some(Interval { low: 101.0, high: 102.0, level: 0.95 });
        measurement.iterations = 12.into();
        measurement.estimates.insert("mean".to_owned(), 101.583);
        measurement.items.insert("pages".to_owned(), 100.0);
        measurement.parameters.insert("n", "8");
        rich.notes.push(plimsoll_model::Note {
            severity: plimsoll_model::Severity::Info,
            message: "cache\nmiss \u{1f980}".to_owned(),
        });
        rich.unknown.insert("later".to_owned(), 7.into());
        history.store.append(&rich).expect("it is stored");
        for step in 0..300 {
            let run = history.run("main", &[("parse", 100.0 + f64::from(step % 7) / 10.0)]);
            history.store.append(&run).expect("it is stored");
        }
        history
    }

    #[test]
    fn what_was_exported_comes_back_the_same() {
        let history = rich_history();
        let filter = ExportFilter { project: "p", ..ExportFilter::default() };
        let lines = exported(&history.store, &filter);
        let mut other = ScratchHistory::new();
        let summary = import(&mut other.store, &lines);
        assert_eq!((summary.stored.new, summary.broken), (308, 0));
        assert_eq!(exported(&other.store, &filter), lines);
        assert!(other.store.check(|_, _| ()).expect("it is checked").is_sound());
        let again = import(&mut other.store, &lines);
        assert_eq!((again.stored.runs, again.stored.new), (308, 0));
    }

    #[test]
    fn filters_narrow_what_is_exported() {
        let history = rich_history();
        let count = |filter: ExportFilter<'_>| exported(&history.store, &filter).lines().count();
        let all = ExportFilter { project: "p", ..ExportFilter::default() };
        assert_eq!(count(all), 308);
        assert_eq!(count(ExportFilter { branch: Some("feature"), ..all }), 1);
        assert_eq!(count(ExportFilter { suite: Some("slow"), ..all }), 0);
        assert_eq!(count(ExportFilter { since: Some(at(300)), ..all }), 9);
    }

    #[test]
    fn broken_lines_are_named_and_the_rest_is_read() {
        let mut history = ScratchHistory::new();
        let run = history.run("main", &[("parse", 1.0)]);
        let good = format::run::write(&run).expect("it can be written");
        let half = &good[..good.len() / 2];
        let lines = format!(
            "\u{feff}{good}\r\n\n{half}\n{{\"format\":\"other/1\"}}\n\u{0}\n{}",
            good.replace("1.0", "2.0")
        );
        let summary = import(&mut history.store, &lines);
        assert_eq!((summary.lines, summary.broken, summary.stored.new), (5, 3, 1));
        assert_eq!(summary.stored.conflicts, [run.id]);
        let numbers: Vec<_> = summary.complaints.iter().map(|complaint| complaint.line).collect();
        assert_eq!(numbers, [Some(3), Some(4), Some(5)]);
    }

    #[test]
    fn a_measurement_that_was_left_out_is_named_with_its_line() {
        let mut history = ScratchHistory::new();
        let run = history.run("main", &[("parse", 1.0), ("render", 2.0)]);
        let line = format::run::write(&run).expect("it can be written");
        let summary = import(&mut history.store, &line.replace("\"value\":2.0", "\"value\":null"));
        assert_eq!((summary.stored.new, summary.stored.measurements), (1, 1));
        assert_eq!(summary.complaints[0].line, Some(1));
    }

    #[test]
    fn an_import_opens_no_alert() {
        let mut source = ScratchHistory::quiet();
        source.track("main", &[("parse", 200.0), ("render", 50.0)]);
        let filter = ExportFilter { project: "p", ..ExportFilter::default() };
        let lines = exported(&source.store, &filter);
        let mut other = ScratchHistory::new();
        import(&mut other.store, &lines);
        assert_eq!(other.store.alerts(&Default::default()).expect("alerts are read"), []);
        let all = plimsoll_store::AlertFilter { project: "p", ..Default::default() };
        assert_eq!(other.store.alerts(&all).expect("alerts are read"), []);
    }
}
