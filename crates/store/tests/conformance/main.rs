//! What any engine of the store must keep, held against the one there is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics, in its helpers too")]

mod alerts;
mod append;
mod faults;
mod ledger;
mod order;
mod processes;
mod round_trip;
mod sample;
mod settings;
