//! What can go wrong besides a failed check.

use std::path::{Path, PathBuf};

/// A step could not be carried out at all.
#[derive(Debug, thiserror::Error)]
pub enum XtaskError {
    /// No folder above the working directory is this repository.
    #[error("no folder above the working directory holds xtask/Cargo.toml")]
    NoWorkspace,
    /// A file or folder could not be read or written.
    #[error("could not {action} {}", path.display())]
    File {
        /// `read`, `write`, …
        action: &'static str,
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program could not be started or watched.
    #[error("could not run `{program}`")]
    Spawn {
        /// The program.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program that had to succeed did not.
    #[error("`{command}` failed: {detail}")]
    Command {
        /// The command line.
        command: String,
        /// Its exit and what it said.
        detail: String,
    },
    /// A Rust file that cannot be parsed.
    #[error("{path} is not Rust")]
    Rust {
        /// Relative to the repository.
        path: String,
        /// Where and why.
        #[source]
        source: syn::Error,
    },
    /// A manifest that cannot be parsed.
    #[error("{path} is not TOML")]
    Toml {
        /// Relative to the repository.
        path: String,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
    /// JSON that a program printed cannot be read.
    #[error("{what} is not the JSON that was expected")]
    Json {
        /// Whose output.
        what: String,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// Something was not as a scenario needs it.
    #[error("{0}")]
    Expectation(String),
}

impl XtaskError {
    /// For `map_err` on a file operation.
    pub fn file<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Self + 'a {
        move |source| Self::File { action, path: path.to_owned(), source }
    }
}
