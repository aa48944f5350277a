//! The speeds the project promises, each beside its floor measured in the same run.
//!
//! `cargo bench -p plimsoll-bench --bench speed` prints the table of docs/performance.md; `-- --json FILE` also writes what
//! `plimsoll run speed` reads, and `-- --only judging` (or parsing, processes, tracking) measures one part.

mod clock;
mod judging;
mod parsing;
mod processes;
mod table;
mod tracking;

use table::Table;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |flag: &str| {
        let place = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(place + 1).cloned()
    };
    let mut table = Table::new();
    let folder = tempfile::tempdir()?;
    let only = after("--only");
    let is_asked = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if is_asked("parsing") {
        parsing::measure(&mut table);
    }
    if is_asked("judging") {
        judging::measure(&mut table, folder.path())?;
    }
    if is_asked("processes") {
        processes::measure(&mut table, folder.path())?;
    }
    if is_asked("tracking") {
        tracking::measure(&mut table, folder.path())?;
    }
    if let Some(path) = after("--json") {
        std::fs::write(path, table.json()?)?;
    }
    print(&table.markdown());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn print(text: &str) {
    println!("{text}");
}
