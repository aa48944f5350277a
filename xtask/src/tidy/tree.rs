//! The repository as the checks see it: read once, parsed once.

use std::collections::BTreeSet;

use crate::error::XtaskError;
use crate::workspace::Workspace;

/// A Rust file.
pub struct Source {
    /// Relative to the root.
    pub path: String,
    /// As written.
    pub text: String,
    /// As parsed.
    pub syntax: syn::File,
}

impl Source {
    /// Parses a file.
    pub fn parse(path: &str, text: &str) -> Result<Self, XtaskError> {
        let syntax =
            syn::parse_file(text).map_err(|source| XtaskError::Rust { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), text: text.to_owned(), syntax })
    }
}

/// A file that is not Rust.
pub struct Document {
    /// Relative to the root.
    pub path: String,
    /// As written.
    pub text: String,
}

/// A `Cargo.toml` of a crate.
pub struct Manifest {
    /// Relative to the root.
    pub path: String,
    /// As written.
    pub text: String,
    /// As parsed.
    pub table: toml::Table,
}

impl Manifest {
    /// Parses a manifest.
    pub fn parse(path: &str, text: &str) -> Result<Self, XtaskError> {
        let table = text.parse().map_err(|source| XtaskError::Toml { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), text: text.to_owned(), table })
    }
}

/// Everything the checks look at.
#[derive(Default)]
pub struct Tree {
    /// Every Rust file of our crates; files that tests read as input are not among them.
    pub sources: Vec<Source>,
    /// Every Markdown file and every `clippy.toml`.
    pub documents: Vec<Document>,
    /// Every crate's manifest.
    pub manifests: Vec<Manifest>,
    /// Every path, folders included.
    pub paths: BTreeSet<String>,
}

impl Tree {
    /// Reads the repository.
    pub fn read(workspace: &Workspace) -> Result<Self, XtaskError> {
        let mut tree = Self::default();
        for path in workspace.files()? {
            if is_source(&path) {
                tree.sources.push(Source::parse(&path, &workspace.read(&path)?)?);
            } else if path.ends_with("/Cargo.toml") && is_ours(&path) {
                tree.manifests.push(Manifest::parse(&path, &workspace.read(&path)?)?);
            } else if path.ends_with(".md") || path.ends_with("clippy.toml") {
                let text = workspace.read(&path)?;
                tree.documents.push(Document { path: path.clone(), text });
            }
            let mut folder = path.as_str();
            while let Some((parent, _)) = folder.rsplit_once('/') {
                tree.paths.insert(parent.to_owned());
                folder = parent;
            }
            tree.paths.insert(path);
        }
        Ok(tree)
    }

    /// The document at a path.
    pub fn document(&self, path: &str) -> Option<&Document> {
        self.documents.iter().find(|document| document.path == path)
    }
}

/// Whether a crate of ours lives there, rather than a project that tests or examples read.
fn is_ours(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["crates" | "libs", _, ..] | ["xtask", ..])
        && !parts.iter().any(|part| matches!(*part, "corpus" | "fixtures"))
}

fn is_source(path: &str) -> bool {
    path.ends_with(".rs") && is_ours(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_read_is_no_source() {
        assert!(is_source("crates/parse/src/lib.rs"));
        assert!(is_source("crates/cli/tests/run.rs"));
        assert!(is_source("xtask/src/main.rs"));
        assert!(!is_source("crates/parse/corpus/divan/0.1/benches/a.rs"));
        assert!(!is_source("docs/example.rs"));
        assert!(!is_source("crates/parse/src/notes.md"));
    }
}
