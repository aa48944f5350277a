//! How often each way to time a call allocates once it is warm; for the bench `probe`, which asks. Counting costs, so that
//! nothing is timed in this process.

mod rows;

use std::alloc::System;

use plimsoll_probe::{Allocated, CountingAllocator};

#[global_allocator]
static ALLOCATOR: CountingAllocator<System> = CountingAllocator::system();

/// Calls of a round.
const CALLS: u64 = 10_000;
/// Threads of the peers' own allocate too: the round with the fewest is the calls'.
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for row in rows::all()? {
        row.run(CALLS);
        let rounds = (0..ROUNDS).map(|_| {
            let before = count();
            row.run(CALLS);
            count() - before
        });
        let least = rounds.min().unwrap_or_default();
        print(row.name, least as f64 / CALLS as f64);
    }
    Ok(())
}

fn count() -> u64 {
    Allocated::now().unwrap_or_default().count
}

#[expect(clippy::print_stdout, reason = "the bench `probe` reads it")]
fn print(name: &str, allocations: f64) {
    println!("{name}\t{allocations}");
}
