//! Prices a day's trades in three phases, and measures itself.
//!
//! ```text
//! rust-pipeline [TRADES]
//! ```

use std::alloc::System;
use std::collections::BTreeMap;

use plimsoll_probe::{CountingAllocator, Direction, Tracker};

/// Every phase is told with what it allocates.
#[global_allocator]
static ALLOCATOR: CountingAllocator<System> = CountingAllocator::system();

const SYMBOLS: [&str; 6] = ["BARK", "BRIG", "DHOW", "JUNK", "KETCH", "YAWL"];

struct Trade {
    symbol: String,
    quantity: u32,
    price: f64,
}

/// The day's lines. Those of the example are made up, the same each time; one in a hundred is broken.
fn read(count: usize) -> Vec<String> {
    let line = |number: usize| {
        let symbol = SYMBOLS[number * 5 % SYMBOLS.len()];
        let quantity = if number % 100 == 99 { "many".to_owned() } else { (number % 900 + 1).to_string() };
        format!("{symbol},{quantity},{}.{:02}", 10 + number % 90, number % 100)
    };
    (0..count).map(line).collect()
}

/// A line as a trade, or why it is none.
fn parse(line: &str) -> Result<Trade, &'static str> {
    let columns: Vec<&str> = line.split(',').collect();
    let [symbol, quantity, price] = columns[..] else {
        return Err("a trade has three columns");
    };
    Ok(Trade {
        symbol: symbol.to_owned(),
        quantity: quantity.parse().map_err(|_| "the quantity is no whole number")?,
        price: price.parse().map_err(|_| "the price is no number")?,
    })
}

/// What was paid for each symbol.
fn price(trades: &[Trade]) -> BTreeMap<&str, f64> {
    let mut totals = BTreeMap::new();
    for trade in trades {
        *totals.entry(trade.symbol.as_str()).or_insert(0.0) += f64::from(trade.quantity) * trade.price;
    }
    totals
}

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let tracker = Tracker::start("pipeline");
    tracker.declare("accepted", "ratio", Direction::Higher).target_min(0.98).target_id("PIPE-002");
    tracker.declare("rejected", "lines", Direction::Lower);

    let phase = tracker.phase("reading");
    let lines = read(count);
    phase.end();

    let phase = tracker.phase("parsing");
    let parse_trade = tracker.operation("parse_trade");
    let mut trades = Vec::with_capacity(lines.len());
    for line in &lines {
        match parse_trade.try_time(|| parse(line)) {
            Ok(trade) => trades.push(trade),
            Err(_) => tracker.count("rejected", 1),
        }
    }
    phase.items("trades", trades.len() as f64);
    phase.end();

    let phase = tracker.phase("pricing");
    let totals = price(&trades);
    phase.items("trades", trades.len() as f64);
    phase.end();

    tracker.items("trades", trades.len() as f64);
    tracker.record("accepted", trades.len() as f64 / lines.len() as f64);
    tracker.finish();
    for (symbol, total) in totals {
        println!("{symbol:6} {total:15.2}");
    }
}
