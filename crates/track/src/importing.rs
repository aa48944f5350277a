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
