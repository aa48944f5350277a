//! From files, standard input or captured output to what a harness measured.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use plimsoll_parse::{HEAD_BYTES, Harness, Input, ParseError, Parsed, Recognition, parse, recognise};

/// Where results are read from.
#[derive(Debug)]
pub enum Source {
    /// One file.
    File(PathBuf),
    /// Several small files that are one result, as Criterion leaves them.
    Files(Vec<PathBuf>),
    /// Standard input.
    Stdin,
    /// Something that was captured, with a name for complaints.
    Bytes {
        /// What it is called in complaints.
        name: String,
        /// What was captured.
        bytes: Vec<u8>,
    },
}

/// What was read from one source.
#[derive(Debug)]
pub struct Reading {
    /// The harness it was read as.
    pub harness: Harness,
    /// Why it was taken for that, when nobody said.
    pub because: Option<String>,
    /// What the harness measured.
    pub parsed: Parsed,
    /// When the file was last changed.
    pub modified: Option<Timestamp>,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    /// The file cannot be opened or read.
    #[error("{name} cannot be read")]
    Unreadable {
        /// The path.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is nothing in it, so that no format can fit.
    #[error("{name} is empty")]
    Empty {
        /// The path.
        name: String,
    },
    /// No format fits.
    #[error("{name} fits no known format: {}", recognition.because)]
    Unrecognised {
        /// The path.
        name: String,
        /// What was looked for.
        recognition: Recognition,
    },
    /// The format is known, the content breaks it.
    #[error(transparent)]
    Parse(#[from] ParseError),
}

/// Reads one source, as `harness` or as what it is recognised to be.
pub fn read(source: Source, harness: Option<Harness>) -> Result<Reading, ReadingError> {
    match source {
        Source::File(path) => {
            let name = path.display().to_string();
            let (file, modified) = open(&path, &name)?;
            read_stream(&name, modified, file, harness)
        }
        Source::Files(paths) => read_files(&paths, harness),
        Source::Stdin => read_stream("-", None, io::stdin().lock(), harness),
        Source::Bytes { name, bytes } => read_stream(&name, None, Cursor::new(bytes), harness),
    }
}

fn open(path: &Path, name: &str) -> Result<(File, Option<Timestamp>), ReadingError> {
    let unreadable = |source| ReadingError::Unreadable { name: name.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(unreadable(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    let modified = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    Ok((file, modified))
}

fn read_stream(
    name: &str,
    modified: Option<Timestamp>,
    mut stream: impl Read,
    harness: Option<Harness>,
) -> Result<Reading, ReadingError> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    stream
        .by_ref()
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|source| ReadingError::Unreadable { name: name.to_owned(), source })?;
    let (harness, because) = match harness {
        Some(harness) => (harness, None),
        None if head.trim_ascii().is_empty() => {
            return Err(ReadingError::Empty { name: name.to_owned() });
        }
        None => {
            let recognition = recognise(name, &head);
            match recognition.harness {
                Some(harness) => (harness, Some(recognition.because)),
                None => {
                    return Err(ReadingError::Unrecognised { name: name.to_owned(), recognition });
                }
            }
        }
    };
    let mut reader = Cursor::new(head).chain(stream);
    let parsed = parse(harness, &mut [Input { name, modified, reader: &mut reader }])?;
    Ok(Reading { harness, because, parsed, modified })
}

/// Criterion's small files: all are opened before the first is read, which is bounded by how many benchmarks a run has.
fn read_files(paths: &[PathBuf], harness: Option<Harness>) -> Result<Reading, ReadingError> {
    let mut contents = Vec::with_capacity(paths.len());
    let mut newest = None;
    for path in paths {
        let name = path.display().to_string();
        let (mut file, modified) = open(path, &name)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|source| ReadingError::Unreadable { name: name.clone(), source })?;
        newest = newest.max(modified);
        contents.push((name, modified, Cursor::new(bytes)));
    }
    let mut inputs: Vec<Input<'_>> = contents
        .iter_mut()
        .map(|(name, modified, reader)| Input { name, modified: *modified, reader })
        .collect();
    let harness = harness.unwrap_or(Harness::Criterion);
    let parsed = parse(harness, &mut inputs)?;
    Ok(Reading { harness, because: None, parsed, modified: newest })
}
