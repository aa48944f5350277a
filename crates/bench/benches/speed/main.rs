//! The speeds the project promises, each beside its floor measured in the same run.
//!
//! `cargo bench -p plimsoll-bench --bench speed` prints the table of docs/performance.md; `-- --json FILE` also writes what
//! `plimsoll run speed` reads.

mod clock;
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
    parsing::measure(&mut table);
    processes::measure(&mut table, folder.path())?;
    tracking::measure(&mut table, folder.path())?;
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
