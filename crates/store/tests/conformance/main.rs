//! What any engine of the store must keep, held against the one there is.

mod alerts;
mod append;
mod faults;
mod order;
mod processes;
mod round_trip;
mod sample;
mod settings;
