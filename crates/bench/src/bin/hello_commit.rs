//! The floor of every process that stores something: it says hello and makes one durable commit to the SQLite file that its
//! argument names.

use rusqlite::Connection;

#[expect(clippy::print_stdout, reason = "that is half of what it does")]
fn main() -> rusqlite::Result<()> {
    let path = std::env::args_os().nth(1).unwrap_or_default();
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS commits (value REAL);
         INSERT INTO commits VALUES (1.0);",
    )?;
    println!("hello");
    Ok(())
}
