//! The corpus: `corpus/<harness>/<version>/<case>` with a `<case>.toml` that says how it came about.
#![expect(clippy::disallowed_methods, reason = "tests open the files that parsers may not")]

use std::path::{Path, PathBuf};

use plimsoll_parse::{Harness, Input, ParseError, Parsed};

/// One case: a file, or a directory of Criterion's.
pub struct Case {
    /// `harness/version/case`.
    pub name: String,
    /// The harness whose directory it lies in.
    pub harness: Harness,
    /// The content of its `.toml`.
    pub origin: String,
    /// Its files by name, sorted, the names relative to the version's directory.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Case {
    /// Reads the case as `harness`.
    pub fn parse_as(&self, harness: Harness) -> Result<Parsed, ParseError> {
        parse_files(harness, &self.files)
    }
}

/// Reads files that lie in memory.
pub fn parse_files(harness: Harness, files: &[(String, Vec<u8>)]) -> Result<Parsed, ParseError> {
    let mut readers: Vec<_> = files.iter().map(|(name, bytes)| (name, bytes.as_slice())).collect();
    let mut inputs: Vec<_> =
        readers.iter_mut().map(|(name, reader)| Input { name, modified: None, reader }).collect();
    plimsoll_parse::parse(harness, &mut inputs)
}

/// Every case, sorted by name.
pub fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut cases = Vec::new();
    for harness_directory in entries(&root) {
        let harness = file_name(&harness_directory);
        let harness: Harness = harness.parse().unwrap_or_else(|()| panic!("no harness is called {harness}"));
        for version in entries(&harness_directory) {
            cases.extend(cases_of(harness, &version));
        }
    }
    cases
}

fn cases_of(harness: Harness, version: &Path) -> Vec<Case> {
    let (origins, contents): (Vec<_>, Vec<_>) = entries(version)
        .into_iter()
        .partition(|path| path.extension().is_some_and(|extension| extension == "toml"));
    assert_eq!(origins.len(), contents.len(), "each case in {} has one .toml", version.display());
    contents
        .iter()
        .map(|content| {
            let stem = content.file_stem().expect("a name").to_string_lossy().into_owned();
            let origin = version.join(format!("{stem}.toml"));
            let mut files = Vec::new();
            collect(version, content, &mut files);
            Case {
                name: format!("{harness}/{}/{stem}", file_name(version)),
                harness,
                origin: std::fs::read_to_string(&origin)
                    .unwrap_or_else(|error| panic!("{}: {error}", origin.display())),
                files,
            }
        })
        .collect()
}

fn collect(base: &Path, path: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    if path.is_dir() {
        for entry in entries(path) {
            collect(base, &entry, files);
        }
    } else {
        let name = path.strip_prefix(base).expect("below its base").to_string_lossy().into_owned();
        files.push((name, std::fs::read(path).expect("readable")));
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    entries
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}
