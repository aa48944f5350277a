//! Checks on what a compiler does not look at: sizes, arrows, names, purity, documents.

mod arrows;
mod documents;
mod purity;
mod size;
mod tokens;
mod tree;
mod words;

use std::fmt;

use crate::error::XtaskError;
use crate::step::Tally;
use crate::workspace::Workspace;
use tree::Tree;

/// Something that should be otherwise.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// A path, with a line number where there is one.
    place: String,
    /// What is wrong with it.
    what: String,
}

impl Problem {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

type Check = fn(&Tree) -> Vec<Problem>;

const CHECKS: [(&str, Check); 13] = [
    ("files are short", size::files),
    ("functions fit a screen", size::functions),
    ("crates use only what the arrows permit", arrows::manifests),
    ("ARCHITECTURE.md shows the same arrows", arrows::architecture),
    ("every dependency has a reason", arrows::reasons),
    ("modules are named after what they hold", words::module_names),
    ("nothing is left to do, skipped or allowed", words::forbidden),
    ("pure crates cannot look", purity::sources),
    ("clippy holds the pure crates too", purity::configurations),
    ("README.md and ARCHITECTURE.md are short", documents::lengths),
    ("links lead somewhere", documents::links),
    ("every ADR is listed", documents::decisions),
    ("every guide is in the index", documents::index),
];

/// Runs every check over the repository.
pub fn check(workspace: &Workspace) -> Result<Tally, XtaskError> {
    let tree = Tree::read(workspace)?;
    let mut tally = Tally::default();
    for (name, check) in CHECKS {
        let problems = check(&tree);
        if !problems.is_empty() {
            println!("{name}:");
        }
        for problem in &problems {
            println!("  {problem}");
        }
        tally.add(Tally::one(problems.is_empty()));
    }
    println!("{} checks", CHECKS.len());
    Ok(tally)
}
