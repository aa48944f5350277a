//! Console blocks of the documentation, run as tests.
//!
//! A block fenced as `console` holds commands (`$ …`, continued by `> …`) and what each prints. The blocks of
//! one file run in order in one fresh folder. `...` alone on a line stands for any lines, `[..]` within a line
//! for any characters. HTML comments before a block prepare it without being shown:
//! `<!-- setup: shell lines -->`, `<!-- needs: program -->` (skipped, and it says so, where the program is
//! not installed).

mod block;
mod pattern;
mod session;

use std::path::Path;

use crate::error::XtaskError;
use crate::step::Tally;
use crate::workspace::Workspace;
use block::{Block, Piece};
pub use session::Session;

/// Runs the blocks of every document: one check for each command. The Rust example stands beside `plimsoll`.
pub fn check(workspace: &Workspace, plimsoll: &Path) -> Result<Tally, XtaskError> {
    workspace.build("rust-pipeline", "rust-pipeline", false)?;
    let mut tally = Tally::default();
    for path in workspace.files()? {
        let documentation = path == "README.md" || (path.starts_with("docs/") && path.ends_with(".md"));
        if !documentation {
            continue;
        }
        let blocks = block::read(&workspace.read(&path)?);
        if !blocks.is_empty() {
            tally.add(check_document(&path, &blocks, plimsoll)?);
        }
    }
    println!("{} console commands", tally.passed + tally.failed);
    Ok(tally)
}

fn check_document(path: &str, blocks: &[Block], plimsoll: &Path) -> Result<Tally, XtaskError> {
    let session = Session::start(plimsoll)?;
    let mut tally = Tally::default();
    for block in blocks {
        if let Some(missing) = block.needs.iter().find(|program| !session.has(program)) {
            println!("{path}:{}: skipped: `{missing}` is not installed", block.line);
            continue;
        }
        for piece in &block.pieces {
            match piece {
                Piece::Setup(lines) => {
                    let outcome = session.run(lines)?;
                    if !outcome.success {
                        println!("{path}:{}: the set-up failed:\n{}", block.line, outcome.output);
                        tally.failed += 1;
                    }
                }
                Piece::Command { line, text, expected } => {
                    let outcome = session.run(text)?;
                    let held = outcome.success && pattern::matches(expected, &outcome.output);
                    if !held {
                        print_difference(&format!("{path}:{line}"), text, expected, &outcome);
                    }
                    tally.add(Tally::one(held));
                }
            }
        }
    }
    Ok(tally)
}

fn print_difference(place: &str, command: &str, expected: &str, outcome: &session::Outcome) {
    println!("{place}: `{command}` does not do what the document says");
    if !outcome.success {
        println!("it failed (end it with `; echo $?` where that is the point)");
    }
    println!("--- expected\n{}\n--- printed\n{}\n---", expected.trim_end(), outcome.output.trim_end());
}
